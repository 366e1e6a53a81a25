"""The Brian2 network made of everything that a script has described."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from itertools import count
from typing import Any, NamedTuple

import brian2
import numpy as np
from brian2 import Clock, ms, prefs
from brian2 import Network as BrianNetwork
from brian2.devices.device import all_devices, get_device
from brian2.utils.logger import BrianLogger
from pyNN.standardmodels.synapses import ElectricalSynapse

from brianhw.bars import in_notebook
from brianhw.device import step
from brianhw.device.active import active
from brianhw.errors import PyNNError
from brianhw.pynn.building.cell_groups import CellGroup
from brianhw.pynn.building.electrodes import AHEAD, Electrodes
from brianhw.pynn.building.groups import Group
from brianhw.pynn.building.hardware import Hardware
from brianhw.pynn.building.linked import Links
from brianhw.pynn.building.links import Link
from brianhw.pynn.building.monitors import Listener, Monitors
from brianhw.pynn.building.single_steps import single_steps
from brianhw.pynn.building.source_groups import RandomSpikes, ReplayedSpikes, draw_together, source_group_of
from brianhw.pynn.building.variables import in_process
from brianhw.pynn.models.grid import Grid

__all__ = ["Described", "Machine", "Network"]

SHORT = 1000  # steps; longer runs may show a bar


@contextmanager
def _trusted_order() -> Iterator[None]:
    """Keep Brian2 from telling the user that the order of synapses may matter.

    Brian2 cannot see that it does not where a statement draws random numbers; every statement here is the library's.
    """

    def says_more(record: logging.LogRecord) -> bool:
        return "the outcome may depend on the order of execution" not in record.getMessage()

    console = BrianLogger.console_handler
    if console is not None:
        console.addFilter(says_more)
    try:
        yield
    finally:
        if console is not None:
            console.removeFilter(says_more)


@contextmanager
def _numbers_of(float_type: type) -> Iterator[None]:
    """Let Brian2's variables have this type where they say nothing."""
    before = prefs.core.default_float_dtype
    prefs.core.default_float_dtype = float_type
    try:
        yield
    finally:
        prefs.core.default_float_dtype = before


def _next_number() -> int:
    """Return a random number without taking it: sources have the same spikes on every device."""
    before = np.random.get_state()
    number = np.random.randint(2**31)
    np.random.set_state(before)
    return number


def _is_watched() -> bool:
    """Say whether a terminal or a notebook shows what is printed."""
    return sys.stderr.isatty() or in_notebook()


class Described(NamedTuple):
    """What a network is made of."""

    populations: Sequence[Any]
    projections: Sequence[Any]
    current_sources: Sequence[Any] = ()


class Machine(NamedTuple):
    """Where Brian2 runs a network, and with what numbers.

    Parameters
    ----------
    device, options
        Brian2's.
    progress : bool, optional
        Whether long runs show a bar.
    precision : str
        ``"double"`` or ``"single"``: of the states of cells and synapses.
    """

    device: str = "brianhw"
    options: Mapping[str, Any] = {}
    progress: bool | None = None
    precision: str = "double"

    @property
    def float_type(self) -> type:
        """The type of states."""
        return np.float32 if self.precision == "single" else np.float64

    @property
    def runs_once(self) -> bool:
        """Whether the network is a program of its own, which cannot go on."""
        return self.device == "cpp_standalone"

    @property
    def is_ours(self) -> bool:
        """Whether it is the brianhw device."""
        return self.device == "brianhw"


class Network:
    """Populations, projections and current sources as Brian2 objects.

    Parameters
    ----------
    described : Described
        What the script has described.
    grid : Grid
        The steps, and how far the network has come; who runs it moves the latter on.
    hardware : Hardware
        What it is made for.
    machine : Machine
        Where it runs.
    before : Network, optional
        The network that this one goes on from.
    replayed : mapping of Population to (array, array), optional
        Cells and steps of the spikes that sources have instead of drawing them.
    owns : bool
        Whether the arrays of the projections are the network's from now on: its synapses take them for their memory.

    Attributes
    ----------
    groups : dict of Population to Group
    links : dict of Projection to Links
        Of those that have connections.
    """

    def __init__(
        self,
        described: Described,
        grid: Grid,
        hardware: Hardware,
        machine: Machine,
        before: Network | None = None,
        replayed: Mapping[Any, tuple[Any, Any]] | None = None,
        owns: bool = False,
    ) -> None:
        self.grid, self.hardware, self.machine, self._owns, self._ran = grid, hardware, machine, owns, False
        self._listeners: dict[Any, Listener] = {}
        self._numbers = count()
        self._one_more: Any = None  # what goes single steps on
        self._settled = False  # whether the last run saw the objects and delays as they are
        if machine.runs_once:
            all_devices[machine.device].reinit()
        with self.active():
            if machine.runs_once:
                brian2.seed(_next_number())  # the program has a generator of its own
            self.clock = Clock(grid.dt * ms)
            # a program that runs once cannot fill the table of currents again
            ahead = AHEAD if not machine.runs_once else 10 * AHEAD
            self.electrodes = Electrodes(described.current_sources, grid, ahead)
            self._gaps = _named_gaps(described.projections)
            self.groups = {each: self._group(each, replayed or {}) for each in described.populations}
            self._random = [group for group in self.groups.values() if isinstance(group, RandomSpikes)]
            made = {each: self._links(each) for each in described.projections}
            self.links = {each: Links(links) for each, links in made.items() if links}
            if before is not None:
                self._go_on_from(before)
            self.monitors = {
                population: Monitors(group, population.recorder, grid, self.clock)
                for population, group in self.groups.items()
            }
            synapses = [link.brian for links in self.links.values() for link in links.each]
            self.changes = hardware.changes(self)
            between = [each.brian for each in self.changes]
            self.brian = BrianNetwork(*(group.brian for group in self.groups.values()), *synapses, *between)
            for monitors in self.monitors.values():
                monitors.follow(grid.step)
                self.brian.add(*monitors.objects)
            if in_process():
                self._set_time(grid.step)

    def _group(self, population: Any, replayed: Mapping[Any, tuple[Any, Any]]) -> Group:
        if population in replayed:
            return ReplayedSpikes(population, self.grid, self.clock, replayed[population])
        source = source_group_of(population, self.grid, self.clock)
        if source is not None:
            return source
        realisation = self.hardware.cells(population, self.grid.dt)
        gaps = self._gaps_into(population)
        made = population, realisation, self.grid, self.clock, self.electrodes, gaps
        return CellGroup(*made, name=self._next_name("cells"))

    def _next_name(self, kind: str) -> str:
        """Return a name for a Brian2 object.

        Brian2 runs objects, and so draws random numbers and adds up, in the order of their names. Those that it gives
        depend on what else is alive, which may be networks that have ended.
        """
        return f"{kind}_{next(self._numbers):06d}*"

    def _links(self, projection: Any) -> list[Link]:
        """Return the Brian2 synapses of a projection, one for each pair of populations."""
        found = []
        for part, values, states in projection.to_build():
            pre, post = self.groups[part.pre], self.groups[part.post]
            realisation = self.hardware.synapses(projection, post, self._gaps.get(projection, ""))
            made = projection.label, realisation, pre, post, part, values, states, self.grid, self.clock
            found.append(Link(*made, name=self._next_name("synapses"), owns=self._owns))
        return found

    @contextmanager
    def active(self) -> Iterator[None]:
        """Let Brian2 use the network's device; what happens there is no part of what ``device.run`` repeats."""
        with active(self.machine.device, dict(self.machine.options)), _numbers_of(self.machine.float_type):
            history = getattr(get_device(), "history", None)
            with nullcontext() if history is None else history.paused():
                yield

    def _gaps_into(self, population: Any) -> list[str]:
        """Return the currents that electrical synapses feed into a population: they join cells both ways."""
        into = [name for projection, name in self._gaps.items() if population in projection.postsynaptic_populations]
        back = [f"{name}_back" for p, name in self._gaps.items() if population in p.presynaptic_populations]
        return into + back

    def _set_time(self, step: int) -> None:
        self.brian.t_ = step * float(self.clock.dt)
        self.clock.variables["timestep"].set_value(step)
        self.clock.variables["t"].set_value(step * float(self.clock.dt))

    def _go_on_from(self, before: Network) -> None:
        for population, group in self.groups.items():
            if population in before.groups:
                group.copy_state(before.groups[population])
        for projection, links in self.links.items():
            if projection in before.links:
                links.copy_state(before.links[projection])

    # -- time ---------------------------------------------------------------------------------------

    def run(self, steps: int) -> None:
        """Go on for *steps*."""
        first = self.grid.step
        last = first + steps
        at_once = self.electrodes.steps_at_once or steps
        if self.machine.runs_once:
            self._check_runs_once(steps)
            at_once = steps
        with self.active():
            while first < last:
                end = self._prepare(first, min(first + at_once, last))
                self.electrodes.fill(first, end)
                self._advance(end - first)
                if self.brian._stopped or BrianNetwork._globally_stopped:
                    raise KeyboardInterrupt  # for which Brian2 ends this piece of the run, and would begin the next
                first = end
        if self._one_more is None and self._settled and self.electrodes.steps_at_once is None:
            self._one_more = single_steps(self.brian, self.clock, self.machine.device)

    def step_on(self) -> bool:
        """Go one step further with as little as possible around it; return whether that could be done.

        It can after a run that drew what is to be drawn before the first step.
        """
        if self._one_more is None:
            return False
        end = self.grid.step + 1
        self._prepare(self.grid.step, end)
        with self.active() if self._one_more.needs_device else nullcontext():
            self._one_more(end)
        return True

    def _prepare(self, first: int, end: int) -> int:
        """Prepare all groups for the steps from *first* on; return up to which step they are, *end* at most."""
        draw_together(self._random, first, end)
        return min((group.prepare(first, end) for group in self.groups.values()), default=end)

    @property
    def draws_in_steps(self) -> bool:
        """Whether :meth:`step_on` may draw random numbers."""
        return self._one_more is not None and self._one_more.needs_device

    def _advance(self, steps: int) -> None:
        ours, progress = self.machine.is_ours, self.machine.progress
        # on our device a run of less than a second shows no bar
        bar = progress or (progress is None and ours and steps > SHORT and _is_watched())
        if self._settled and ours and not bar:
            step(self.brian, steps)  # does not look for changes
        else:
            with _trusted_order():
                self.brian.run(steps * self.clock.dt, report="text" if bar else None, namespace={})
            self._settled = self._ran = True

    def prepare(self) -> None:
        """Compile what the next run needs."""
        if not (self._settled and self.machine.is_ours):
            with self.active():
                self._advance(0)

    def _check_runs_once(self, steps: int) -> None:
        if self._ran:
            raise PyNNError(
                "cpp_standalone is a program of its own that runs once. Call run() once, or leave device= out of "
                "setup() to go on as often as you like."
            )
        at_most = self.electrodes.steps_at_once
        if at_most is not None and steps > at_most:
            raise PyNNError(
                f"cpp_standalone: current sources work for at most {at_most} steps, {steps} were asked for. Leave "
                "device= out of setup()."
            )

    def _step_reached(self) -> int:
        return int(self.clock.variables["timestep"].get_value().item())

    def broken_off(self) -> int:
        """Make it ready to go on from the step that a run has got to which was broken off; return that step."""
        self.unsettle()
        with self.active():
            if not in_process():
                return self.grid.step
            step = self._step_reached()
            self._set_time(step)
            return step

    def restart(self) -> None:
        """Go back to time zero and the initial values."""
        self._one_more = None
        with self.active():
            for group in self.groups.values():
                group.restart()
            for projection, links in self.links.items():
                links.restart(projection.begun_with, projection.initial_states)
            self._set_time(0)

    def unsettle(self) -> None:
        """Let the next run look at everything again: an object or a delay has changed."""
        self._settled, self._one_more = False, None

    # -- changes of values --------------------------------------------------------------------------

    def take_parameters(self, population: Any, names: Iterable[str]) -> bool:
        """Take new values of a population's parameters; return whether they fit the network as it is."""
        group = self.groups[population]
        fit = group.can_take(names)
        self._look_at_values()
        if fit:
            with self.active():
                group.set_parameters(names)
        return fit

    def take_initial_value(self, population: Any, variable: str) -> None:
        """Take a new initial value of one of a population's state variables."""
        if population not in self.groups:  # it is being created, after a run
            return
        self._look_at_values()
        with self.active():
            self.groups[population].set_initial(variable)

    def _look_at_values(self) -> None:
        """Let the next run look at all values: NumPy code has read those that hold for a whole group."""
        if self._one_more is not None and self._one_more.needs_device:
            self._one_more = None

    # -- recording ----------------------------------------------------------------------------------

    def recording_changed(self, population: Any) -> None:
        """Begin and end monitors as the population's recorder wants."""
        monitors = self.monitors[population]
        with self.active():
            old = monitors.objects
            if monitors.follow(self.grid.step):
                self.unsettle()
                now = {id(monitor) for monitor in monitors.objects}
                known = {id(monitor) for monitor in old}
                self.brian.remove(*(monitor for monitor in old if id(monitor) not in now))
                self.brian.add(*(monitor for monitor in monitors.objects if id(monitor) not in known))

    def spikes_of(self, population: Any) -> tuple[np.ndarray, np.ndarray] | None:
        """Return cell indices and times in ms of the spikes that a monitor holds."""
        return self.monitors[population].spikes()

    def chunks_of(self, population: Any, name: str) -> list[Any]:
        """Return the samples of a variable up to now, the state at this moment included."""
        return self.monitors[population].chunks_of(name, self.grid.step, with_now=True)

    def last_of(self, population: Any, name: str) -> list[Any]:
        """Return the state of a network that was released: the recorder has the samples before it."""
        if population not in self.monitors:
            return []
        with self.active():
            found: list[Any] = self.monitors[population].now(name, self.grid.step)
        return found

    def listen(self, populations: Iterable[Any]) -> None:
        """Let :meth:`heard` know of the spikes of *populations* from now on, whether they are recorded or not."""
        for population in populations:
            if population not in self._listeners:
                with self.active():
                    listener = self._listeners[population] = Listener(self.groups[population])
                    self.brian.add(listener.brian)
                self.unsettle()

    def heard(self, population: Any) -> list[int]:
        """Return the cells that have spiked since this was last asked; one stands there for each spike."""
        return self._listeners[population].heard()

    def forget(self, population: Any, step: int) -> None:
        """Drop the data of a population's monitors; their next samples are those from *step* on."""
        with self.active():
            self.monitors[population].forget(step)

    def give_data(self) -> None:
        """Give what was recorded to the recorders: the network ends."""
        for monitors in self.monitors.values():
            monitors.release(self.grid.step)


def _named_gaps(projections: Iterable[Any]) -> dict[Any, str]:
    """Return a name for the current of each projection that is electrical."""
    electrical = [each for each in projections if isinstance(each.synapse_type, ElectricalSynapse)]
    return {projection: f"I_gap_{number}" for number, projection in enumerate(electrical)}
