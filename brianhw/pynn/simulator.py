"""What the PyNN back end holds between calls: the cells and connections described so far, and the network made of them.

PyNN calls this module "the simulator". Everything a script makes is a description until the first ``run()``; the
network of Brian2 objects is built there, at once, and followed by later changes of values. A change of structure
(a new population, an array where there was one value) releases the network: the next run builds another one that goes
on from the state of the first.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from pyNN import common

from brianhw.errors import PyNNError, PyNNWarning
from brianhw.pynn.building.hardware import Hardware
from brianhw.pynn.building.network import Described, Machine, Network
from brianhw.pynn.checks.refusals import UnknownParameter, ValueRefused
from brianhw.pynn.models.grid import grid
from brianhw.runs import Runs

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


@contextmanager
def drawing_from(random: np.random.RandomState) -> Iterator[None]:
    """Let NumPy's global generator, which Brian2 uses, be *random*; the script's goes on afterwards as it was."""
    outside = np.random.get_state()
    np.random.set_state(random.get_state())
    try:
        yield
    finally:
        random.set_state(np.random.get_state())
        np.random.set_state(outside)


class State(common.control.BaseState):
    """Time, time step, options, and everything that the script has made since ``setup()``.

    Attributes
    ----------
    grid : Grid
        The steps, and how far the simulation has come.
    hardware : Hardware
        What networks are made for.
    machine : Machine
        Where they run.
    strict : bool
        Whether a loss is an error.
    same_lists : bool
        Whether connections are PyNN's own, too, where no generator was given.
    network : Network or None
        The one that holds all values, from a run to the next change of structure.
    released : Network or None
        The one before, whose state goes on in the next.
    runs : Runs
        The runs since the time was zero.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mpi_rank = 0
        self.num_processes = 1
        self.grid = grid
        self.machine, self.hardware = Machine(), Hardware()
        self.strict = False
        self.same_lists = False
        self.clear()

    # -- the grid, by the names that PyNN asks for --------------------------------------------------

    @property
    def dt(self) -> float:
        """The time step in ms."""
        return self.grid.dt

    @property
    def min_delay(self) -> Any:
        """The smallest delay in ms, or ``"auto"`` until there are connections."""
        return self.grid.min_delay

    @property
    def max_delay(self) -> Any:
        """The largest delay in ms, or ``"auto"`` where there is no limit."""
        return self.grid.max_delay

    @property
    def step(self) -> int:
        """The step at hand."""
        return self.grid.step

    @property
    def t(self) -> float:
        """The time in ms."""
        return self.grid.t

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
        self.released: Network | None = None
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

    def require_cells(self, cells: Any) -> None:
        """Raise if a population that *cells* has cells of has been forgotten."""
        for part in getattr(cells, "populations", [cells] if hasattr(cells, "_population") else []):
            self.require(part._population, part.label)

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

    def own_random_numbers(self) -> Any:
        """Let NumPy's global generator, which Brian2 uses, be ours for a while."""
        return drawing_from(self.random)

    # -- time ---------------------------------------------------------------------------------------

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
        if not self.hardware.ends_late:
            before, after = (self.grid.time_at(side(steps)) for side in (np.floor, np.ceil))
            raise ValueRefused(
                f"{time:g} ms was asked for; a run ends with a step of {self.dt:g} ms. Run until {before:g} or "
                f"{after:g} ms, or choose another setup(timestep=)."
            )
        end = int(np.ceil(steps))
        self.say("time off the grid", f"{time:g} ms is no multiple of the step, {self.dt:g} ms; it runs until "
                 f"{self.grid.time_at(end):g} ms.")  # fmt: skip
        return end

    def run_steps(self, end: int) -> bool:
        """Go on until the step *end*; return whether the run got there, or has been asked to stop before."""
        self.running = True
        self.build()
        for pause in self.hardware.pauses(self, end):
            network = self.build()  # values may have changed in a pause
            if pause > self.step:
                try:
                    self._advance(network, pause - self.step)
                except BaseException:  # Ctrl-C, or what an object of the network raises
                    self.grid.step = network.broken_off()
                    raise
                self.grid.step = pause
        return self.step >= end

    def _advance(self, network: Network, steps: int) -> None:
        """Go on for *steps*; a single step after others costs little."""
        if steps == 1 and not network.draws_in_steps and network.step_on():
            return
        with self.own_random_numbers():
            if steps > 1 or not network.step_on():
                network.run(steps)

    def prepare(self) -> None:
        """Make and compile the network, so that the next run begins at once."""
        network = self.build()
        with self.own_random_numbers():
            network.prepare()

    def reset(self) -> None:
        """Go back to time zero and the initial values."""
        self.running = False
        self.runs = Runs()
        self.grid.step = 0
        self.t_start = 0
        self.segment_counter += 1
        if self.network is not None:
            with self.own_random_numbers():
                self.network.restart()
        for each in (*self.projections, *self.current_sources):
            each.restart()
        for change in self.network.changes if self.network is not None else ():
            change.restart()
        self.released = None

    # -- the network --------------------------------------------------------------------------------

    def build(self) -> Network:
        """Return the Brian2 network of everything; it is made if there is none."""
        if self.network is None:
            described = Described(self.populations, self.projections, self.current_sources)
            self.hardware.plan(described.populations, described.projections, self.dt)
            with self.own_random_numbers():
                network = Network(described, self.grid, self.hardware, self.machine, self.released, owns=True)
            self.network, self.released = network, None
            self.find_min_delay()
            for projection in self.projections:
                projection.follow(network.links.get(projection))
            return network
        return self.network

    def find_min_delay(self) -> None:
        """Let an automatic smallest delay be that of all connections."""
        if self.min_delay == "auto":
            delays = [projection.smallest_delay() for projection in self.projections if len(projection)]
            self.grid.min_delay = min((delay for delay in delays if delay is not None), default=self.dt)

    def release(self) -> None:
        """Take all values back from the network: its structure is about to change."""
        if self.network is not None:
            network, self.network = self.network, None
            network.give_data()
            for projection in self.projections:
                projection.unlink()
            if self.step:
                self.released = network

    def take_parameters(self, population: Any, names: Iterable[str]) -> None:
        """Let the network follow new values of a population's parameters; if they do not fit it, it ends."""
        if self.network is not None:
            with self.own_random_numbers():
                fit = self.network.take_parameters(population, names)
            if not fit:
                self.release()

    def look_again(self) -> None:
        """Let the next run see that delays have changed."""
        if self.network is not None:
            self.network.unsettle()

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
