"""The Brian2 network made of everything that a script has described."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import brian2
import numpy as np
from brian2 import Clock, ms
from brian2 import Network as BrianNetwork
from brian2.devices.device import all_devices
from brian2.utils.logger import BrianLogger
from pyNN.standardmodels.synapses import ElectricalSynapse

from brianhw.device import step
from brianhw.device.active import active
from brianhw.errors import PyNNError
from brianhw.pynn.building.cell_groups import CellGroup
from brianhw.pynn.building.monitors import Monitors
from brianhw.pynn.building.source_groups import ReplayedSpikes, source_group_of
from brianhw.pynn.building.variables import in_process
from brianhw.pynn.current_sources import AHEAD, Electrodes

__all__ = ["Network"]

SHORT = 1000  # steps; longer runs may show a bar
RUNS_ONCE = "cpp_standalone"


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


def _next_number() -> int:
    """Return a random number without taking it: sources have the same spikes on every device."""
    before = np.random.get_state()
    number = np.random.randint(2**31)
    np.random.set_state(before)
    return number


def _is_watched() -> bool:
    """Say whether a terminal or a notebook shows what is printed."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


class Network:
    """Populations, projections and current sources as Brian2 objects.

    Parameters
    ----------
    state : State
        What the script has described.
    before : Network, optional
        The network that this one goes on from.
    replayed : mapping of Population to (array, array), optional
        Cells and steps of the spikes that sources have instead of drawing them.
    """

    def __init__(
        self, state: Any, before: Network | None = None, replayed: Mapping[Any, tuple[Any, Any]] | None = None
    ) -> None:
        self.state, self._ran = state, False
        self._settled = False  # whether the last run saw the objects and delays as they are
        if state.hardware is not None:
            state.hardware.plan(state)
        if state.device == RUNS_ONCE:
            all_devices[RUNS_ONCE].reinit()
        with self._active():
            if state.device == RUNS_ONCE:
                brian2.seed(_next_number())  # the program has a generator of its own
            self.clock = Clock(state.dt * ms)
            # a program that runs once cannot fill the table of currents again
            ahead = AHEAD if state.device != RUNS_ONCE else 10 * AHEAD
            self.electrodes = Electrodes(state.current_sources, float(self.clock.dt), ahead)
            self.gaps = self._name_gaps()
            self.groups = {each: self._group(each, replayed or {}) for each in state.populations}
            self.links = [link for projection in state.projections for link in projection.linked(self)]
            if before is not None:
                self._go_on_from(before)
            self.monitors = {
                population: Monitors(group, population.recorder, self.clock)
                for population, group in self.groups.items()
            }
            self.brian = BrianNetwork(
                *(group.brian for group in self.groups.values()), *(link.brian for link in self.links)
            )
            for monitors in self.monitors.values():
                monitors.follow(state.step)
                self.brian.add(*monitors.objects)
            if in_process():
                self._set_time(state.step)

    def _group(self, population: Any, replayed: Mapping[Any, tuple[Any, Any]]) -> Any:
        if population in replayed:
            return ReplayedSpikes(population, self.clock, replayed[population])
        return source_group_of(population, self.clock) or CellGroup(
            population, self.clock, self.electrodes, self._gaps_into(population)
        )

    @contextmanager
    def _active(self) -> Iterator[None]:
        with active(self.state.device, self.state.device_options):
            yield

    def _name_gaps(self) -> dict[Any, str]:
        electrical = [p for p in self.state.projections if isinstance(p.synapse_type, ElectricalSynapse)]
        return {projection: f"I_gap_{number}" for number, projection in enumerate(electrical)}

    def _gaps_into(self, population: Any) -> list[str]:
        """Return the currents that electrical synapses feed into a population: they join cells both ways."""
        into = [name for projection, name in self.gaps.items() if population in projection.postsynaptic_populations]
        back = [f"{name}_back" for p, name in self.gaps.items() if population in p.presynaptic_populations]
        return into + back

    def _set_time(self, step: int) -> None:
        self.brian.t_ = step * float(self.clock.dt)
        self.clock.variables["timestep"].set_value(step)
        self.clock.variables["t"].set_value(step * float(self.clock.dt))

    def _go_on_from(self, before: Network) -> None:
        for population, group in self.groups.items():
            if population in before.groups:
                group.copy_state(before.groups[population])
        known = {(link.projection, link.pre.population, link.post.population): link for link in before.links}
        for link in self.links:
            other = known.get((link.projection, link.pre.population, link.post.population))
            if other is not None:
                link.copy_state(other)

    # -- time ---------------------------------------------------------------------------------------

    def run(self, steps: int) -> None:
        """Go on for *steps*."""
        first = self.state.step
        last = first + steps
        at_once = self.electrodes.steps_at_once or steps
        if self.state.device == RUNS_ONCE:
            self._check_runs_once(steps)
            at_once = steps
        with self._active():
            while first < last:
                end = min(first + at_once, last)
                end = min((group.prepare(first, end) for group in self.groups.values()), default=end)
                self.electrodes.fill(first, end)
                self._advance(end - first)
                first = end

    def _advance(self, steps: int) -> None:
        ours = self.state.device in (None, "brianhw")
        if self._settled and steps <= SHORT and ours and not self.state.progress:
            step(self.brian, steps)  # does not look for changes, which takes 12 ns per synapse
        else:
            # on our device a run of less than a second shows none
            bar = self.state.progress or (self.state.progress is None and ours and steps > SHORT and _is_watched())
            with _trusted_order():
                self.brian.run(steps * self.clock.dt, report="text" if bar else None, namespace={})
            self._settled = self._ran = True

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

    def restart(self) -> None:
        """Go back to time zero and the initial values."""
        with self._active(), self.state.own_random_numbers():
            for group in self.groups.values():
                group.restart()
            self.state.restart_sources_and_synapses()
            self._set_time(0)

    def unsettle(self) -> None:
        """Let the next run look at everything again: an object or a delay has changed."""
        self._settled = False

    # -- changes of values --------------------------------------------------------------------------

    def parameters_changed(self, population: Any, names: Iterable[str]) -> None:
        """Take new values of a population's parameters; if they do not fit, the network is made anew."""
        group = self.groups[population]
        if group.can_take(names):
            with self._active(), self.state.own_random_numbers():
                group.set_parameters(names)
        else:
            self.state.release()

    def initial_value_changed(self, population: Any, variable: str) -> None:
        if population not in self.groups:  # it is being created, after a run
            return
        with self._active():
            self.groups[population].set_initial(variable)

    # -- recording ----------------------------------------------------------------------------------

    def recording_changed(self, population: Any) -> None:
        """Begin and end monitors as the population's recorder wants."""
        monitors = self.monitors[population]
        with self._active():
            old = monitors.objects
            if monitors.follow(self.state.step):
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
        return self.monitors[population].chunks_of(name, self.state.step, with_now=True)

    def last_of(self, population: Any, name: str) -> list[Any]:
        """Return the state of a network that was released: the recorder has the samples before it."""
        if population not in self.monitors:
            return []
        with self._active():
            found: list[Any] = self.monitors[population].now(name, self.state.step)
        return found

    def forget(self, population: Any, step: int) -> None:
        """Drop the data of a population's monitors; their next samples are those from *step* on."""
        with self._active():
            self.monitors[population].forget(step)

    def release(self) -> None:
        """Give data to the recorders and values to the projections: the network ends."""
        for monitors in self.monitors.values():
            monitors.release(self.state.step)
        for projection in self.state.projections:
            projection.unlink()
