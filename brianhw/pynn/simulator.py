"""What the PyNN back end holds between calls: the cells and connections described so far, and the network made of them.

PyNN calls this module "the simulator". Everything a script makes is a description until the first ``run()``; the
network of Brian2 objects is built there, at once, and followed by later changes of values. A change of structure
(a new population, an array where there was one value) releases the network: the next run builds another one that goes
on from the state of the first.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from pyNN import common

from brianhw.errors import PyNNError, PyNNWarning
from brianhw.pynn.checks.refusals import UnknownParameter, ValueRefused

if TYPE_CHECKING:
    from brianhw.pynn.building.hardware import Hardware
    from brianhw.pynn.building.network import Network

__all__ = ["ID", "State", "name", "state"]

name = "brianhw"
DEFAULT_SEED = 151985012  # PyNN's own default: a script without seeds gives the same result twice


class ID(int, common.IDMixin):
    """A cell: its number, and its parameters as attributes.

    Numbers begin anew at each ``setup()``; *session* is the one that this cell was made in.
    """

    def __new__(cls, number: Any, session: Any = None) -> ID:
        cell = super().__new__(cls, number)
        cell.__dict__["_session"] = session
        return cell

    def __reduce__(self) -> Any:  # a copy of the session would be another one
        return ID, (int(self),)

    def __copy__(self) -> ID:
        return self

    def __deepcopy__(self, memo: Any) -> ID:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python asks for its protocols, such as copying
            raise AttributeError(name)
        celltype = self.celltype
        if name != "set" and not celltype.has_parameter(name):
            raise UnknownParameter(type(celltype).__name__, name, celltype.get_parameter_names())
        return common.IDMixin.__getattr__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "position":
            self.parent._set_cell_position(self, value)
            return
        celltype = self.celltype
        if not celltype.has_parameter(name):  # PyNN would note it at this object, which is made anew at each look
            raise UnknownParameter(type(celltype).__name__, name, celltype.get_parameter_names())
        self.set_parameters(**{name: value})

    def require(self) -> None:
        """Raise if the cell has been forgotten.

        Raises
        ------
        PyNNError
            If ``setup()`` was called since.
        """
        session = self.__dict__["_session"]
        if session is not None and session is not state.session:
            raise PyNNError(
                f"The cell with the id {int(self)} was made before setup(), which has forgotten it. Ids begin anew; "
                "take it from its new population."
            )

    @property
    def parent(self) -> Any:
        """The population that the cell belongs to."""
        self.require()
        return state.population_of(int(self))

    def inject(self, current_source: Any, location: Any = None) -> None:
        """Inject the current of one of the sources of this back end."""
        self.as_view().inject(current_source)


class State(common.control.BaseState):
    """Time, time step, options, and everything that the script has made since ``setup()``."""

    step: int

    def __init__(self) -> None:
        super().__init__()
        self.mpi_rank = 0
        self.num_processes = 1
        self.dt = 0.1
        self.min_delay: Any = "auto"
        self.max_delay: Any = "auto"
        self.device: str | None = None  # None: brianhw
        self.device_options: dict[str, Any] = {}
        self.strict = False
        self.same_lists = False
        self.progress: bool | None = None
        self.hardware: Hardware | None = None
        self.clear()

    # -- what the script has made -------------------------------------------------------------------

    def clear(self) -> None:
        """Forget all of it."""
        self.populations: list[Any] = []
        self.projections: list[Any] = []
        self.current_sources: list[Any] = []
        self.recorders: set[Any] = set()
        self.write_on_end: list[Any] = []
        self.id_counter = 1
        self.segment_counter = -1
        self.session = object()  # what is made from now on belongs to it
        self.network: Network | None = None
        self.released: Network | None = None  # the state of this one goes on in the next
        self._said: set[str] = set()
        self.seed(DEFAULT_SEED)
        self.reset()

    def add_population(self, population: Any) -> None:
        """Take a new population, whose cells have the next ids."""
        self.populations.append(population)
        self.id_counter += population.size
        self.release()

    def require(self, made: Any, label: str) -> None:
        """Raise if *made* has been forgotten.

        Raises
        ------
        PyNNError
            If ``setup()`` was called since.
        """
        if made.session is not self.session:
            raise PyNNError(f"{label} was made before setup(), which has forgotten it. Make it again after setup().")

    def population_of(self, cell: int) -> Any:
        """Return the population with the id *cell*."""
        at = bisect_right(self.populations, cell, key=lambda population: int(population.first_id)) - 1
        if at < 0 or cell > int(self.populations[at].last_id):
            raise PyNNError(f"There is no cell with the id {cell}; setup() has forgotten the cells made before it.")
        return self.populations[at]

    # -- random numbers -----------------------------------------------------------------------------

    def seed(self, seed: int) -> None:
        """Begin the stream of random numbers of everything that has no ``rng`` of its own."""
        self.random = np.random.RandomState(seed)

    @contextmanager
    def own_random_numbers(self) -> Iterator[None]:
        """Let NumPy's global generator, which Brian2 uses, be ours; the script's goes on afterwards as it was."""
        outside = np.random.get_state()
        np.random.set_state(self.random.get_state())
        try:
            yield
        finally:
            self.random.set_state(np.random.get_state())
            np.random.set_state(outside)

    # -- time ---------------------------------------------------------------------------------------

    @property
    def t(self) -> float:
        """The time in ms."""
        return self.time_at(self.step)

    def time_at(self, step: Any) -> Any:
        """Return the time of *step*, in ms, as a decimal number is written."""
        return np.round(step * self.dt, 9) if np.ndim(step) else round(step * self.dt, 9)

    def steps_until(self, time: float) -> int:
        """Return the step at *time*, in ms.

        Raises
        ------
        ValueRefused
            If there is none. On a chip it is the next step, as its tools have it, and that is said.
        """
        steps = time / self.dt
        nearest = round(steps)
        if abs(steps - nearest) <= 1e-6 * max(1.0, abs(steps) * 1e-3):
            return nearest
        if self.hardware is None:
            raise ValueRefused(
                f"{time:g} ms was asked for; a run ends with a step of {self.dt:g} ms. Run until "
                f"{self.time_at(np.floor(steps)):g} or {self.time_at(np.ceil(steps)):g} ms, or choose another "
                "setup(timestep=)."
            )
        end = int(np.ceil(steps))
        self.say("time off the grid", f"{time:g} ms is no multiple of the step, {self.dt:g} ms; it runs until "
                 f"{self.time_at(end):g} ms.")  # fmt: skip
        return end

    def run_steps(self, end: int) -> None:
        """Go on until the step *end*."""
        self.running = True
        self.build()
        assert self.network is not None
        if end > self.step:
            with self.own_random_numbers():
                self.network.run(end - self.step)
            self.step = end

    def reset(self) -> None:
        """Go back to time zero and the initial values."""
        self.running = False
        self.step = 0
        self.t_start = 0
        self.segment_counter += 1
        if self.network is not None:
            self.network.restart()
        else:
            self.restart_sources_and_synapses()
        self.released = None

    def restart_sources_and_synapses(self) -> None:
        """Let all that changes by itself, in a network or not, go back to time zero."""
        for projection in self.projections:
            projection.restart()
        for source in self.current_sources:
            source.restart()

    # -- the network --------------------------------------------------------------------------------

    def build(self) -> None:
        """Make the Brian2 network, unless there is one."""
        if self.network is None:
            from brianhw.pynn.building.network import Network

            with self.own_random_numbers():
                self.network = Network(self, self.released)
            self.released = None
            self.find_min_delay()

    def find_min_delay(self) -> None:
        """Let an automatic smallest delay be that of all connections."""
        if self.min_delay == "auto":
            delays = [projection.smallest_delay() for projection in self.projections if len(projection)]
            self.min_delay = min((delay for delay in delays if delay is not None), default=self.dt)

    def release(self) -> None:
        """Take all values back from the network: its structure is about to change."""
        if self.network is not None:
            network, self.network = self.network, None
            network.release()
            if self.step:
                self.released = network

    # -- what the user should know ------------------------------------------------------------------

    def say(self, topic: str, message: str) -> None:
        """Warn of a loss, once per *topic*; raise if the user said ``setup(strict=True)``.

        Raises
        ------
        PyNNError
            With *message*, in strict mode.
        """
        if self.strict:
            raise PyNNError(message)
        if topic not in self._said:
            self._said.add(topic)
            warnings.warn(message, PyNNWarning, stacklevel=4)


state = State()
