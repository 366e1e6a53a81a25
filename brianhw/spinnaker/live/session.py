"""What a script has said about input and output while the network runs, and who is told of a run."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from brianhw.errors import SpinnakerError, SpinnakerWarning
from brianhw.spinnaker.counts import whole
from brianhw.spinnaker.live import connections
from brianhw.spinnaker.live.callbacks import Tasks
from brianhw.spinnaker.live.connections import NOTIFY_PORT, Connection
from brianhw.spinnaker.live.injector import SpikeInjector, train_of
from brianhw.spinnaker.live.run import Run

__all__ = ["Live", "Output", "port_of"]

PACINGS = ("wall clock", "simulated")
LATE = 50.0  # ms behind the wall clock that are worth a word


@dataclass
class Output:
    """That the spikes of a population are sent as they come, to the connections at these ports."""

    ports: set[int] = field(default_factory=set)
    with_time: bool = True


def port_of(given: Any) -> int:
    """Return the port of a connection, which the vendor's software has from a file where a script names none."""
    return NOTIFY_PORT if given is None else whole("A live connection", "database_notify_port_num", given, 0)


class Live:
    """What a script has said about input and output while the network runs, since ``setup()``.

    Parameters
    ----------
    pacing : str or None
        ``"wall clock"``, as the chip; ``"simulated"``, as fast as it goes, the same each time; ``None`` for the former.
    slow_down : float
        How much slower than real time the chip runs.

    Attributes
    ----------
    outputs : dict of Population to Output
        Whose spikes are sent.
    rates : dict of Population to set of int
        Poisson sources whose rates may be changed, and the ports of the connections that are told of it.
    ports : set of int
        More ports that are told of runs.
    pending : dict of str to list
        For each population spikes that are to come: a heap of (step, order, cells).
    run : Run or None
        The one at hand.
    """

    def __init__(self, pacing: str | None = None, slow_down: float = 1.0) -> None:
        if pacing not in (None, *PACINGS):
            raise SpinnakerError(f"setup(): live must be one of {', '.join(map(repr, PACINGS))}, not {pacing!r}.")
        self.pacing, self.slow_down = pacing, slow_down
        self.outputs: dict[Any, Output] = {}
        self.rates: dict[Any, set[int]] = {}
        self.ports: set[int] = set()
        self.pending: dict[str, list[Any]] = {}
        self.run: Run | None = None
        self.tasks = Tasks(slow_down)
        self._told: dict[Connection, list[Any]] = {}  # and the populations that they know of
        self._said: set[Any] = set()

    # -- the hooks of a run -------------------------------------------------------------------------

    @contextmanager
    def attending(self, state: Any, end: int, forever: bool = False) -> Iterator[None]:
        """Tell connections of a run until the step *end*, and of its end.

        Raises
        ------
        SpinnakerError
            If another run is going on, or what a connection expects is not there.
        """
        if self.run is not None:
            raise SpinnakerError("A run is going on already, in another thread or around this callback.")
        told = self._connections(state)
        if state.step == 0:
            self._begin_anew(state)
        if not told and not forever:
            yield
            return
        if state.machine.runs_once:
            raise SpinnakerError("cpp_standalone is a program of its own, which spikes cannot reach while it runs.")
        state.build().listen(self.outputs)
        state.prepare()  # the clock should not run while a compiler does
        length = -1.0 if forever else state.grid.time_at(end) - state.t
        self.run = run = Run(self, state, length, told)
        try:
            with run.told([each for each in told if self._is_new(each, state)]):
                yield
        finally:
            self.run = None
        self._say_lateness(run)

    def pauses(self, state: Any, end: int) -> Iterator[int]:
        """Yield the steps at which a run is to be interrupted; nothing more once it is asked to stop."""
        if self.run is None:
            yield end
        else:
            yield from self.run.steps(end)

    def _begin_anew(self, state: Any) -> None:
        """Forget what was sent: the time is zero again."""
        for population in _injectors(state):
            train_of(population).clear()
        self.pending.clear()
        self.tasks.rewind(0.0)

    def refuse_to_end(self) -> None:
        """Raise if a run is going on: ``setup()`` would take the network away from it."""
        if self.run is not None:
            raise SpinnakerError("setup() was called while a run is going on in another thread. Stop it first.")

    def close(self) -> None:
        """End callbacks that wait in simulated time: ``setup()`` has begun anew."""
        self.tasks.close()

    # -- who is told --------------------------------------------------------------------------------

    def _connections(self, state: Any) -> list[Connection]:
        """Return the connections that are told of a run; say who is not, and why.

        Raises
        ------
        SpinnakerError
            If one of them has labels of populations that there are not, or that do not send or receive.
        """
        ports = self._named_ports(state)
        known = connections.known
        for port, who in ports.items():
            if port not in known:
                self._say(
                    port,
                    f"{who} is for a connection at port {port}; in this process there is none, and nobody is told. "
                    "Make a SpynnakerLiveSpikesConnection with that local_port.",
                )
        labels = {population.label for population in state.populations}
        for port, connection in known.items():
            if port not in ports and labels & {connection.population_of(each) for each in connection.labels}:
                self._say(
                    connection,
                    f"{connection} has labels of this network, but nothing names its port: it is not told of the run. "
                    "Give SpikeInjector or activate_live_output_for database_notify_port_num=connection.local_port, "
                    "or close a connection that is of no use any more.",
                )
        found = [known[port] for port in ports if port in known]
        for each in found:
            self._check(each, state)
        return found

    def _named_ports(self, state: Any) -> Mapping[int, str]:
        """Return the ports that are told of runs, and what names them."""
        found = dict.fromkeys(self.ports, "add_database_socket_address()")
        for population, output in self.outputs.items():
            found |= dict.fromkeys(output.ports, f"activate_live_output_for({population.label})")
        for population, ports in self.rates.items():
            found |= dict.fromkeys(ports, f"add_poisson_live_rate_control({population.label})")
        for population in _injectors(state):
            if population.celltype.notify:
                found[port_of(population.celltype.notify_port)] = f"SpikeInjector {population.label}"
        return found

    def _check(self, connection: Connection, state: Any) -> None:
        populations = {population.label: population for population in state.populations}
        for label in connection.labels:
            population = populations.get(connection.population_of(label))
            if population is None:
                known = ", ".join(populations)
                raise SpinnakerError(f"{connection}: there is no population {label!r}. There are: {known}.")
            if label in connection.receive_labels and population not in self.outputs:
                raise SpinnakerError(f"{connection}: call activate_live_output_for for {label}, to receive its spikes.")
            if label in connection.send_labels:
                self._check_target(connection, population)

    def _check_target(self, connection: Connection, population: Any) -> None:
        if connection.sends_rates and population not in self.rates:
            raise SpinnakerError(f"{connection}: call add_poisson_live_rate_control for {population.label}.")
        if not connection.sends_rates and not isinstance(population.celltype, SpikeInjector):
            raise SpinnakerError(
                f"{connection}: {population.label} has cells of {type(population.celltype).__name__}; spikes can be "
                "sent to those of SpikeInjector."
            )

    def _is_new(self, connection: Connection, state: Any) -> bool:
        """Return whether a connection has not been told of the network as it is."""
        before, self._told[connection] = self._told.get(connection), state.populations[:]
        return before != state.populations

    # -- what the user should know ------------------------------------------------------------------

    def _say(self, topic: Any, message: str) -> None:
        if topic not in self._said:
            self._said.add(topic)
            warnings.warn(message, SpinnakerWarning, stacklevel=2)

    def _say_lateness(self, run: Run) -> None:
        if run.most_behind > LATE:
            message = (
                f"The run was up to {run.most_behind:.0f} ms behind the wall clock, of which the chip keeps "
                f"{self.slow_down:g} ms for each ms of the model; spikes came and went that much later. Use a larger "
                'time_scale_factor, or setup(live="simulated").'
            )
            warnings.warn(message, SpinnakerWarning, stacklevel=2)


def _injectors(state: Any) -> list[Any]:
    return [each for each in state.populations if isinstance(each.celltype, SpikeInjector)]
