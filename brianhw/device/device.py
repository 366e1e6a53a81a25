"""The Brian2 device ``brianhw``: compiled once, kept, loaded into the process and stepped.

Python owns all values. Statements that set a network up run at once on Brian2's NumPy target; what runs in the loop
over time is the C++ that Brian2's generator writes, built as a shared library and bound to the arrays.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from brian2.codegen.codeobject import check_compiler_kwds
from brian2.codegen.runtime.numpy_rt import NumpyCodeObject
from brian2.core.clocks import Clock
from brian2.core.magic import MagicNetwork
from brian2.core.namespace import get_local_namespace
from brian2.core.network import Network
from brian2.core.variables import DynamicArrayVariable
from brian2.devices.device import Device, all_devices, get_device, set_device
from brian2.units import Quantity, second
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from brianhw.device.code.codeobject import CompiledCodeObject, StrictCodeObject
from brianhw.device.code.drawing import TEMPLATE, draw_at_once
from brianhw.device.code.generator import is_elementwise, is_pure
from brianhw.device.core.arrays import GrowableArray
from brianhw.device.core.sources import draw_spikes
from brianhw.device.history.entries import Seed
from brianhw.device.history.notes import History
from brianhw.device.history.repeating import named_in, repeat, runs_of
from brianhw.device.history.run_arguments import assignments
from brianhw.device.library.wishes import KEYWORDS
from brianhw.device.mending.caches import forget_if_large
from brianhw.device.mending.excepthook import install
from brianhw.device.mending.keys import quicken
from brianhw.device.mending.pickling import register
from brianhw.device.mending.proxies import has_owner
from brianhw.device.running.advancing import Advance
from brianhw.device.running.plan import Plan
from brianhw.device.running.prepare import prepare
from brianhw.device.running.progress import Progress
from brianhw.device.running.simulation import Simulation
from brianhw.device.running.watch import Lookup, RecordingNamespace, caller, lookup_in
from brianhw.device.values import ValuesInMemory, not_here
from brianhw.errors import RequestError, RunArgumentError

__all__ = ["BrianHWDevice", "activate", "advancing", "brianhw_device", "step"]


class BrianHWDevice(ValuesInMemory):
    """The device; there is one, ``brianhw_device``."""

    # The standalone device cannot do these; Brian2's own code can, since values are in memory.
    network_store = not_here("network_store")
    network_restore = not_here("network_restore")
    network_get_profiling_info = not_here("network_get_profiling_info")

    # -- becoming the device ------------------------------------------------------------------------

    def activate(self, build_on_run: bool = True, **options: Any) -> None:
        """Become Brian2's device; *options* are those of ``set_device("brianhw", ...)``."""
        Device.activate(self, build_on_run=build_on_run)
        if self.history.is_asked_for == build_on_run:
            self.history = History(not build_on_run)
        try:
            self.build_options = self.engine.options.accept(options)
        finally:  # also with a wrong option: we are the device already, and must work when the user goes on
            self.engine.core.begin()

    def reinit(self) -> None:
        """Start with a new default clock. Objects of before keep their values and can be read and run."""
        self.has_been_run = False
        self.history = History(not self.build_on_run)
        self.defaultclock = None
        if get_device() is self:
            self.activate(self.build_on_run, **self.build_options)

    def delete(self, *arguments: Any, **keywords: Any) -> None:
        """Do nothing: there is no project folder."""

    def draw_spikes(
        self, counts: Any, cells: int, windows: Sequence[int], first: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Return cell and step of the spikes of Poisson sources, see `brianhw.device.core.sources`.

        Nothing where no compiler is: the core does it.
        """
        core = self.engine.core
        return draw_spikes(core.loaded(), counts, cells, windows, first, rng) if core.compiles else None

    def build(self, *arguments: Any, run: bool = True, run_args: Any = None, **keywords: Any) -> None:
        """Do nothing, since each run has been built and run where it was called; run again if *run_args* are given."""
        if run and run_args:
            self.run(run_args=run_args)

    def run(
        self,
        directory: str | None = None,
        results_directory: str | None = None,
        with_output: bool = True,
        run_args: Any = None,
    ) -> None:
        """Do all that the script has done once more from the beginning, with other values.

        All statements that set values and all runs are repeated, with the same seed where there was one. Groups,
        synapses and what is set by other means stay as they are.

        Parameters
        ----------
        directory, with_output
            Without a meaning here, but for files named in *run_args*, which are looked for in *directory*.
        results_directory : str, optional
            Without a meaning: nothing is written. As for Brian2 it must not be an absolute path.
        run_args : mapping or list of str, optional
            Variables, such as ``group.tau``, and TimedArrays, and their values in the coming run; or texts such as
            ``"group.tau=0.01"``. They are set before the first run, or where :meth:`apply_run_args` was called.
            Values of TimedArrays hold for this run only.

        Raises
        ------
        RequestError
            If nothing has been run, or more than can be repeated.
        RunArgumentError, UnknownNameError, DimensionMismatchError
            If a variable or value is wrong. Nothing is changed then.
        """
        if results_directory is not None and os.path.isabs(results_directory):
            raise RunArgumentError(f"results_directory is a relative path for Brian2, not {results_directory!r}.")
        runs = runs_of(self.history)
        if not run_args and self.history.is_new:  # the first time: what was run is what is asked for
            self.history.is_new = False
            return
        wanted = assignments(run_args or {}, named_in(runs), Path(directory or "."))
        if get_device() is not self:  # in another process
            set_device("brianhw", build_on_run=self.build_on_run, **(self.build_options or {}))
        repeat(self.history, self.engine.arrays, self, wanted)

    def apply_run_args(self) -> None:
        """Say that the values given to :meth:`run` are to be set here; statements that follow may use them."""
        self.history.mark()

    @contextmanager
    def own_history(self, is_kept: bool) -> Iterator[None]:
        """Leave the notes of the script, which :meth:`run` repeats, as they were; keep others in the block, or none."""
        before, self.history = self.history, History()
        try:
            with nullcontext() if is_kept else self.history.paused():
                yield
        finally:
            self.history = before

    def insert_code(self, slot: str, code: str) -> None:
        """Refuse code for a main program, which does not exist here."""
        raise NotImplementedError(
            "The brianhw device has no main program to insert C++ into. Use a network operation, a C++ function in "
            "the model, or set_device('cpp_standalone'); with brianhw run, --device as-written."
        )

    # -- going to another process -------------------------------------------------------------------

    def __reduce__(self) -> tuple[Any, ...]:
        # groups and variables refer to their device: it is that of the other process, which gets their values
        variables = [each for each in list(self.engine.arrays) if has_owner(each) and each not in self.engine.private]
        arrays = [(variable, np.array(self.engine.values_of(variable))) for variable in variables]
        state = {"arrays": arrays, "history": self.history, "options": self.build_options or {}}
        return _this_device, (), state

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        for variable, values in state["arrays"]:
            if isinstance(variable, DynamicArrayVariable):
                self.engine.arrays[variable] = GrowableArray(values.shape, values.dtype)
                self.engine.arrays[variable][:] = values
            else:
                self.engine.arrays[variable] = values
        self.history = state["history"]
        self.build_on_run = not self.history.is_asked_for
        self.build_options = self.engine.options.accept(state["options"])

    # -- random numbers -----------------------------------------------------------------------------

    def seed(self, seed: Any = None) -> None:
        np.random.seed(seed)
        self.history.note(Seed(seed))

    def get_random_state(self) -> dict[str, Any]:
        state: dict[str, Any] = {"numpy_state": np.random.get_state()}
        # for Brian2's runtime device: nothing is left in the buffers of its Cython code
        for name in ("rand", "randn"):
            state[f"{name}_buffer_index"] = np.zeros(1, dtype=np.int32)
            state[f"{name}_buffer"] = np.zeros(1)
        return state

    def set_random_state(self, state: Mapping[str, Any]) -> None:
        np.random.set_state(state["numpy_state"])

    # -- code ---------------------------------------------------------------------------------------

    def code_object_class(self, codeobj_class: Any = None, fallback_pref: str | None = None) -> Any:
        if codeobj_class is not None:
            return codeobj_class
        in_text = fallback_pref == "codegen.string_expression_target"
        if self.engine.generation is None or not self.engine.core.compiles or in_text:
            return NumpyCodeObject
        return StrictCodeObject if self.engine.options["mode"] == "strict" else CompiledCodeObject

    def code_object(
        self,
        owner: Any,
        name: str,
        abstract_code: Any,
        variables: Any,
        template_name: str,
        variable_indices: Any,
        codeobj_class: Any = None,
        template_kwds: Mapping[str, Any] | None = None,
        override_conditional_write: Any = None,
        compiler_kwds: Mapping[str, Any] | None = None,
    ) -> Any:
        codeobj_class, generation = self.code_object_class(codeobj_class), self.engine.generation
        if issubclass(codeobj_class, CompiledCodeObject):
            assert generation is not None
            check_compiler_kwds(compiler_kwds or {}, KEYWORDS, "C++")
            is_strict = issubclass(codeobj_class, StrictCodeObject)
            drawn = [] if is_strict else draw_at_once(variables, template_name, abstract_code)
            template_name = TEMPLATE if drawn else template_name
            name = generation.names.code_object(owner, template_name)
            others = {each: variable for each, variable in variables.items() if each not in drawn}
            template_kwds = {
                **(template_kwds or {}),
                "pure": is_pure(variables),
                "elementwise": is_elementwise(others, variable_indices),
                "drawn": drawn,
                "queue_name": generation.names.queue,
            }
        code_object = Device.code_object(
            self, owner, name, abstract_code, variables, template_name, variable_indices,
            codeobj_class=codeobj_class, template_kwds=template_kwds,
            override_conditional_write=override_conditional_write, compiler_kwds=compiler_kwds,
        )  # fmt: skip
        if generation is not None:
            generation.add(code_object)
        return code_object

    # -- running ------------------------------------------------------------------------------------

    def network_run(
        self,
        net: Network,
        duration: Quantity,
        report: Any = None,
        report_period: Quantity = 10 * second,
        namespace: Mapping[str, Any] | None = None,
        profile: bool | None = None,
        level: int = 0,
    ) -> None:
        """Run a network; Brian2 calls this for ``run`` and ``Network.run``."""
        fail_for_dimension_mismatch(duration, second, "A run lasts a time, not {value}.", value=duration)
        _check_duration(net, duration)
        Progress.check(report)
        if not self.engine.core.compiles:
            self._run_in_numpy(
                net, duration, report, report_period,
                get_local_namespace(level + 2) if namespace is None else namespace, profile,
            )  # fmt: skip
            return
        if profile is None:
            profile = bool(self.build_options.get("profile", False))
        with self.engine.lock, self.history.paused() as history:
            self.engine.refuse_inside(net)
            plan = self._same_plan(net, duration, lookup_in(namespace, caller(level + 2)))
            if plan is None or net not in history.times:
                history.before_run(net, self.engine.values_of)
            if plan is None:
                values = get_local_namespace(level + 2) if namespace is None else namespace
                plan = self._new_plan(net, duration, values)
            if plan.owners or plan.clocks:  # an empty network does not move in time
                progress = Progress.make(report, float(report_period), net.t, duration)
                self._simulate(net, plan, float(duration), progress, profile)
                self.has_been_run = True
        self._take_note_of_run(net, duration, report, report_period, plan.asked, profile, plan)

    def _simulate(
        self, net: Network, plan: Plan, duration: float, progress: Progress | None = None, profile: bool = False
    ) -> None:
        limit = self._maximum_run_time
        simulation = Simulation(self.engine, net, plan, float("inf") if limit is None else float(limit))
        try:
            simulation.run(duration, progress, profile)
        finally:
            self._last_run_time, self._last_run_completed_fraction = simulation.took, simulation.completed

    def _run_in_numpy(
        self, net: Network, duration: Quantity, report: Any, period: Any, values: Mapping[str, Any], profile: Any
    ) -> None:
        namespace = RecordingNamespace(values)
        # for `step`; it would keep alive what the script drops, as in `_new_plan`
        if not isinstance(net, MagicNetwork):
            net._brianhw_namespace = values
        with self.history.paused() as history:
            history.before_run(net, self.engine.values_of)
            Network.run.original_function(net, duration, report, period, namespace, profile)
        self._take_note_of_run(net, duration, report, period, namespace.asked, profile)

    def _take_note_of_run(
        self, net: Network, duration: Quantity, report: Any, period: Any, asked: Any, profile: Any, key: Any = None
    ) -> None:
        arguments = dict(duration=duration, report=report, report_period=period, namespace=dict(asked), profile=profile)
        self.history.ran(net, float(duration), arguments, key)

    def _same_plan(self, net: Network, duration: Quantity, lookup: Lookup) -> Plan | None:
        """Return the plan of the run before, made ready for this one, if it still holds."""
        plan: Plan | None = vars(net).get("_brianhw_plan")
        if plan is None:
            return None
        plan.take_new_spikes()
        if not plan.still_holds(net, lookup, self.engine.options.deciding()):
            return None
        if not plan.set_times(net.t_, net.t_ + float(duration)):
            self._set_clocks(net, duration)
            plan.take_ends()
        net._stopped = Network._globally_stopped = False
        plan.run_blocks("before_run")
        return plan

    def _set_clocks(self, net: Network, duration: Quantity) -> None:
        net._clocks = {each.clock for each in net.sorted_objects}
        for clock in net._clocks:
            clock.set_interval(net.t, net.t + duration)

    def _new_plan(self, net: Network, duration: Quantity, namespace: Mapping[str, Any]) -> Plan:
        vars(net).pop("_brianhw_plan", None)
        forget_if_large()
        self._set_clocks(net, duration)
        plan = prepare(self.engine, net, namespace)
        plan.take_ends()
        # a plan holds objects, and those of a magic network must be free to go when the script drops them
        if not isinstance(net, MagicNetwork):
            net._brianhw_plan = plan
        return plan

    def step(self, net: Network, n: int) -> None:
        """Run a network *n* steps further; see :func:`step`."""
        try:
            n = operator.index(n)
        except TypeError:
            raise RequestError(
                f"Network {net.name!r} goes a whole number of steps, not {n!r}. For a duration call its run."
            ) from None
        if n < 0:
            raise RequestError(f"Network {net.name!r} cannot go {n} steps; use 0 or more.")
        namespace = vars(net).get("_brianhw_namespace")
        if not self.engine.core.compiles and namespace is not None:
            dt = min((float(each.clock.dt_) for each in net.sorted_objects), default=0.0)
            Network.run.original_function(net, n * dt * second, namespace=namespace)
            return
        plan: Plan | None = vars(net).get("_brianhw_plan")
        if plan is None:
            raise RequestError(
                f"Network {net.name!r} cannot be stepped: it has not been run on the brianhw device. "
                "Call its run(0*ms) once. The magic network cannot be stepped; make a Network(collect())."
            )
        if not plan.clocks:  # an empty network does not move in time
            return
        with self.engine.lock:
            self.engine.refuse_inside(net)
            duration = plan.set_steps(n, net.t_)
            plan.take_new_spikes()
            net._stopped = Network._globally_stopped = False
            with self.history.paused():
                self._simulate(net, plan, duration)
        self.history.ran(net, n, None, plan)

    def advancing(self, net: Network, same_time: float) -> Advance:
        """Return what runs a network on; see :func:`advancing`."""
        plan: Plan | None = vars(net).get("_brianhw_plan")
        if plan is None:
            raise RequestError(f"Network {net.name!r} cannot be run on: call its run(0*ms) once.")
        return Advance(self.engine, net, plan, same_time)

    def network_stop(self, net: Network) -> None:
        """Stop a network after the step that is running; Brian2 calls this for ``Network.stop``."""
        net._stopped = True


LONGEST_RUN = 1e9  # seconds; steps of a nanosecond still fit into an integer of 64 bits


def _check_duration(net: Network, duration: Quantity) -> None:
    if np.ndim(duration) or not 0 <= float(duration) <= LONGEST_RUN:
        raise RequestError(
            f"Network {net.name!r} cannot run for {duration!r}: a non-negative duration of {LONGEST_RUN:g} s at most "
            "is expected."
        )


def _this_device() -> BrianHWDevice:
    brianhw_device.engine.core.begin()
    return brianhw_device


#: The device, as Brian2 knows it.
brianhw_device = BrianHWDevice()
all_devices["brianhw"] = brianhw_device
register()
install()
quicken()


def activate(**options: Any) -> None:
    """Make brianhw the device on which Brian2 simulates; the same as ``set_device("brianhw", **options)``.

    Parameters
    ----------
    **options
        ``mode`` ("fast" or "strict"), ``cache`` (bool), ``require_compiler`` (bool), ``openmp_threads`` (int); by
        default the preferences ``prefs.devices.brianhw``.

    Examples
    --------
    >>> from brian2 import get_device, set_device
    >>> from brianhw.device import activate
    >>> activate(cache=False)
    >>> print(get_device().build_options["cache"])
    False
    >>> set_device("runtime")  # Brian2's own again
    """
    set_device("brianhw", **options)


def step(net: Network, n: int = 1) -> None:
    """Run a network *n* steps further, as its last run left it: for closed loops, in microseconds.

    Values of variables, of arrays in functions and of spike generators' events may be changed between steps. What
    code was made from is not looked at again: after a change of an external constant, an object, a delay or a time
    step, call ``net.run`` once.

    Parameters
    ----------
    net : Network
        An explicit network that has been run on this device; ``net.run(0*ms)`` will do.
    n : int
        The number of steps; where there are several clocks, of the fastest one.

    Raises
    ------
    RequestError
        If the network has not been run, is the magic network, a time step has changed, or *n* is negative.

    Examples
    --------
    >>> from brian2 import Network, NeuronGroup, ms, set_device
    >>> from brianhw.device import activate, step
    >>> activate()
    >>> group = NeuronGroup(1, "dx/dt = -x/(10*ms) : 1", method="exact", dt=1*ms)
    >>> group.x = 1
    >>> net = Network(group)
    >>> net.run(0*ms)
    >>> for _ in range(10):
    ...     step(net)
    >>> print(group.x[:].round(4))  # exp(-1)
    [0.3679]
    >>> set_device("runtime")
    """
    brianhw_device.step(net, n)


def advancing(net: Network, same_time: float = Clock.epsilon_dt) -> Advance:
    """Return what runs a network on, as its last run left it, for loops of very short runs, in a few microseconds each.

    As for :func:`step`, what code was made from is not looked at again. The caller works out the steps at which the
    clocks end.

    Parameters
    ----------
    net : Network
        An explicit network that has been run on this device; ``net.run(0*ms)`` will do.
    same_time : float
        Share of the shorter step within which two clocks tick together; by default Brian2's.

    Raises
    ------
    RequestError
        If the network has not been run.

    Examples
    --------
    >>> from brian2 import Network, NeuronGroup, ms, set_device
    >>> from brianhw.device import activate, advancing
    >>> activate()
    >>> group = NeuronGroup(1, "dx/dt = -x/(10*ms) : 1", method="exact", dt=1*ms)
    >>> group.x = 1
    >>> net = Network(group)
    >>> net.run(0*ms)
    >>> advance = advancing(net)
    >>> advance([10], time=0.01)  # the end of the only clock, in steps; seconds
    >>> print(group.x[:].round(4))  # exp(-1)
    [0.3679]
    >>> set_device("runtime")
    """
    return brianhw_device.advancing(net, same_time)
