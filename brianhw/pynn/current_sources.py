"""Current sources, and how their waveforms reach neurons.

The waveforms of all sources are computed with NumPy for some steps ahead, summed for each group of cells with the same
electrodes, and looked up by the neurons step by step: one column of a table per such group, whatever the sources are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
from brian2 import TimedArray, amp, second
from pyNN.parameters import ParameterSpace, Sequence
from pyNN.random import AbstractRNG
from pyNN.standardmodels import build_translations
from pyNN.standardmodels import electrodes as standard

from brianhw.errors import PyNNError
from brianhw.model import Block, Feed
from brianhw.pynn.building.variables import put
from brianhw.pynn.checks.domains import NOT_NEGATIVE, POSITIVE, REACHABLE, Domain, Order, check, check_orders
from brianhw.pynn.checks.refusals import (
    DimensionsRefused,
    KindRefused,
    UnknownParameter,
    ValueRefused,
    as_ours,
    refuse_unknown,
)
from brianhw.pynn.checks.text import plain_numbers
from brianhw.pynn.simulator import ID, state

__all__ = ["ACSource", "CurrentSource", "DCSource", "Electrodes", "NoisyCurrentSource", "StepCurrentSource"]

AHEAD = 1000  # steps of waveform that are computed at once
NANO = 1e-9


#: When a source is switched on and off; it may stay on without end.
WHEN: Mapping[str, Domain] = {"stop": REACHABLE}


class CurrentSource:
    """What all current sources share; mixed in before PyNN's class, which has the parameters."""

    _is_playable = True
    domains: Mapping[str, Domain] = WHEN
    orders: tuple[Order, ...] = (Order("start", "stop", strict=False),)

    default_parameters: Any  # these two are PyNN's
    get_schema: Any
    cell_list: list[Any]
    _values: dict[str, Any]
    _recording: bool
    _recorded: list[tuple[int, np.ndarray]]
    _played: np.ndarray | None  # the current of every step, where it is given

    def __init__(self, **parameters: Any) -> None:
        refuse_unknown(type(self).__name__, parameters, self.default_parameters)
        here = self.__dict__  # PyNN's attribute access would take these for parameters
        here["parameter_space"] = ParameterSpace(self.default_parameters, self.get_schema(), shape=(1,))
        here["cell_list"] = []
        here["_recording"] = False
        here["_recorded"] = []
        here["_played"] = None
        here["session"] = state.session
        self.set_parameters(**{**self.default_parameters, **parameters})
        state.current_sources.append(self)

    def inject_into(self, cells: Iterable[Any]) -> None:
        """Inject the current into these cells: a population, view, assembly, or list of cells."""
        state.require(self, f"This {type(self).__name__}")
        for part in getattr(cells, "populations", [cells] if hasattr(cells, "_population") else []):
            state.require(part._population, part.label)
        if isinstance(cells, ID):
            cells = [cells]
        if not np.iterable(cells):
            raise KindRefused(f"{type(self).__name__}: a current is injected into cells, not into {cells!r}.")
        cells = list(cells)
        for cell in cells:
            if not hasattr(cell, "as_view"):
                raise KindRefused(f"{type(self).__name__}: {cell!r} is no cell.")
            if not cell.celltype.injectable:
                raise KindRefused(f"{type(self).__name__}: {cell.parent.label} is a spike source; it takes no current.")
        state.release()
        known = set(map(int, self.cell_list))
        self.cell_list.extend(cell for cell in cells if int(cell) not in known)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "set":  # what Python or PyNN ask for
            raise AttributeError(f"{type(self).__name__} has no {name!r}; set_parameters() changes parameters.")
        if name not in self.default_parameters:
            raise UnknownParameter(type(self).__name__, name, self.default_parameters)
        return self.get_parameters()[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in self.default_parameters or hasattr(type(self), name) or name in self.__dict__):
            raise UnknownParameter(type(self).__name__, name, self.default_parameters)
        super().__setattr__(name, value)

    def set_parameters(self, copy: bool = True, **parameters: Any) -> None:
        """Set parameters, all or nothing; those that depend on each other, such as start and stop, in one call."""
        owner = type(self).__name__
        refuse_unknown(owner, parameters, self.default_parameters)
        plain = plain_numbers(owner, parameters)
        with as_ours(owner):
            super().set_parameters(copy=copy, **plain)  # type: ignore[misc]

    def set_native_parameters(self, parameters: ParameterSpace) -> None:
        parameters.evaluate(simplify=True)
        new = {name: self._value(value) for name, value in parameters.as_dict().items()}
        values = {**self.__dict__.get("_values", {}), **new}
        check(type(self).__name__, values, self.domains)
        check_orders(type(self).__name__, values, self.orders)
        self.__dict__["_values"] = self._checked(values)

    def get_parameters(self) -> dict[str, Any]:
        """Return all parameters, as numbers and arrays."""
        return dict(self._values)

    @staticmethod
    def _value(value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.shape == (1,):
            value = value[0]
        return np.array(value.value, dtype=float) if isinstance(value, Sequence) else float(value)

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return *values* as they are used; raise where they make no sense together."""
        return values

    # -- the current --------------------------------------------------------------------------------

    def waveform(self, first: int, last: int) -> np.ndarray:
        """Return the current in nA during the steps from *first* up to *last*."""
        if self._played is not None:
            return self._played[first:last]
        times = state.time_at(np.arange(first, last))
        return self._on(times) * self._current(times, first)

    def _on(self, times: np.ndarray) -> Any:
        half = state.dt / 2
        return (times > self._values["start"] - half) & (times < self._values["stop"] - half)

    def _current(self, times: np.ndarray, first: int) -> Any:
        raise NotImplementedError

    # -- recording ----------------------------------------------------------------------------------

    def record(self) -> None:
        """Record the current."""
        self.__dict__["_recording"] = True

    def _keep(self, first: int, current: np.ndarray) -> None:
        if self._recording:
            self._recorded.append((first, current.copy()))

    def _get_data(self) -> tuple[np.ndarray, np.ndarray]:
        if not self._recording:
            raise PyNNError(f"{type(self).__name__} was not recorded: call record() before the run.")
        current = np.zeros(state.step + 1)
        for first, part in self._recorded:
            current[first : first + len(part)] = part[: len(current) - first]
        if not (self._recorded and self._recorded[-1][0] + len(self._recorded[-1][1]) > state.step):
            with state.own_random_numbers():
                current[-1] = self.waveform(state.step, state.step + 1)[0]
        return state.time_at(np.arange(state.step + 1)), current

    def restart(self) -> None:
        """Begin again at time zero."""
        self._recorded.clear()

    # -- another network beside the script's own ----------------------------------------------------

    def put_aside(self) -> dict[str, Any]:
        """Return all that a network changes, and begin at time zero, recording; :meth:`take_back` ends it."""
        kept = dict(self.__dict__)
        self.__dict__.update(_recording=True, _recorded=[])
        self.restart()
        return kept

    def play_again(self) -> None:
        """Let the next network have the current that the last one had."""
        if self._recorded:
            self.__dict__["_played"] = np.concatenate([part for _, part in self._recorded])

    def take_back(self, kept: dict[str, Any]) -> None:
        """Have again what was put aside."""
        self.__dict__.clear()
        self.__dict__.update(kept)


def _identity(source: Any) -> dict[str, Any]:
    return build_translations(*((name, name) for name in source.default_parameters))


class DCSource(CurrentSource, standard.DCSource):
    __doc__ = standard.DCSource.__doc__
    translations = _identity(standard.DCSource)

    def _current(self, times: np.ndarray, first: int) -> Any:
        return np.full(len(times), self._values["amplitude"])


class ACSource(CurrentSource, standard.ACSource):
    __doc__ = standard.ACSource.__doc__
    domains = {**WHEN, "frequency": NOT_NEGATIVE}
    translations = _identity(standard.ACSource)

    def _current(self, times: np.ndarray, first: int) -> Any:
        own = self._values
        angle = 2 * np.pi * own["frequency"] * (times - own["start"]) / 1000 + np.radians(own["phase"])
        return own["amplitude"] * np.sin(angle) + own["offset"]


class StepCurrentSource(CurrentSource, standard.StepCurrentSource):
    __doc__ = standard.StepCurrentSource.__doc__
    domains = {"times": NOT_NEGATIVE}
    translations = _identity(standard.StepCurrentSource)

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return times on the grid of steps; of those that round to one step the last counts."""
        times, amplitudes = values["times"], values["amplitudes"]
        if len(times) != len(amplitudes):
            raise DimensionsRefused(
                f"StepCurrentSource: {len(times)} times and {len(amplitudes)} amplitudes were given; set both in one "
                "call, as many of each."
            )
        if (np.diff(times) <= 0).any():
            raise ValueRefused(f"StepCurrentSource: times must ascend, not {times}.")
        steps = np.rint(times / state.dt)
        last = np.append(np.diff(steps) > 0, True)[: len(steps)]
        return {"times": state.time_at(steps[last]), "amplitudes": amplitudes[last]}

    def _on(self, times: np.ndarray) -> Any:
        return 1.0

    def _current(self, times: np.ndarray, first: int) -> Any:
        steps = np.rint(self._values["times"] / state.dt).astype(np.int64)
        amplitudes = np.concatenate([[0.0], self._values["amplitudes"]])
        return amplitudes[np.searchsorted(steps, first + np.arange(len(times)), side="right")]


class NoisyCurrentSource(CurrentSource, standard.NoisyCurrentSource):
    __doc__ = standard.NoisyCurrentSource.__doc__
    domains = {**WHEN, "stdev": NOT_NEGATIVE, "dt": POSITIVE}
    translations = _identity(standard.NoisyCurrentSource)

    def __init__(self, rng: Any = None, **parameters: Any) -> None:
        if not isinstance(rng, AbstractRNG | None):
            raise KindRefused(f"NoisyCurrentSource: rng must be a random number generator, not {rng!r}.")
        self.__dict__["rng"] = rng
        self.__dict__["_drawn"] = (-1, 0.0)  # the interval that the last number was for, and the number
        super().__init__(**{"dt": state.dt, **parameters})

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        steps = values["dt"] / state.dt
        if round(steps) < 1 or abs(steps - round(steps)) > 1e-6:
            raise ValueRefused(
                f"NoisyCurrentSource: dt must be a multiple of the time step, {state.dt} ms, not {values['dt']} ms."
            )
        return values

    def _current(self, times: np.ndarray, first: int) -> Any:
        own = self._values
        begin = round(own["start"] / state.dt)
        interval = (first + np.arange(len(times)) - begin) // round(own["dt"] / state.dt)
        known, value = self._drawn
        if not interval[0] - 1 <= known <= interval[0]:  # the time or the intervals have changed
            known = interval[0] - 1
        drawn = own["mean"] + own["stdev"] * self._normal(interval[-1] - known)
        numbers = np.append(value, drawn)  # of the intervals from the known one on
        self.__dict__["_drawn"] = (int(interval[-1]), float(numbers[-1]))
        return numbers[interval - known]

    def _normal(self, n: int) -> np.ndarray:
        if self.rng is None:
            return np.random.normal(size=n)
        return np.atleast_1d(self.rng.next(n, distribution="normal", parameters={"mu": 0.0, "sigma": 1.0}))

    def restart(self) -> None:
        super().restart()
        self.__dict__["_drawn"] = (-1, 0.0)

    def put_aside(self) -> dict[str, Any]:
        kept = super().put_aside()
        self.__dict__["rng"] = deepcopy(self.rng)
        return kept


class Electrodes:
    """The currents of a network's neurons: a table of waveforms, one column per set of sources.

    Parameters
    ----------
    sources : list of CurrentSource
        Those of the script, in the order of their creation.
    dt : float
        The step in seconds.
    ahead : int
        Rows of the table, in steps.
    """

    def __init__(self, sources: list[CurrentSource], dt: float, ahead: int = AHEAD) -> None:
        self.sources = [source for source in sources if source.cell_list]
        self.ahead = ahead
        self._groups: list[Any] = []
        patterns: dict[int, tuple[int, ...]] = {}
        for number, source in enumerate(self.sources):
            for cell in source.cell_list:
                patterns[int(cell)] = (*patterns.get(int(cell), ()), number)
        self._sets = [(), *sorted(set(patterns.values()))]
        column = {pattern: number for number, pattern in enumerate(self._sets)}
        self._column_of = {cell: column[pattern] for cell, pattern in patterns.items()}
        self._table = np.zeros((ahead, len(self._sets)))
        if self.sources:
            self._waveform = TimedArray(self._table * amp, dt=dt * second, name="electrode_waveform*")

    def columns(self, population: Any) -> np.ndarray:
        """Return the column of the table that each cell of *population* has; 0 for none."""
        first = int(population.first_id)
        own = np.zeros(population.size, dtype=np.int32)
        for cell, column in self._column_of.items():
            if first <= cell < first + population.size:
                own[cell - first] = column
        return own

    def block(self, population: Any, port: str) -> Block | None:
        """Return what feeds the currents into the neurons of *population*, if any has an electrode."""
        if not self.columns(population).any():
            return None
        return Block(
            name="electrodes",
            equations="""
            I_electrode = electrode_waveform(t - t_waveform, electrode) : amp (constant over dt)   # all current sources
            electrode : integer (constant)                                      # column of the table
            t_waveform : second (shared)                                        # when the table begins
            """,
            feeds=(Feed(port, "I_electrode"),),
            namespace={"electrode_waveform": self._waveform},
        )

    def connect(self, population: Any, group: Any) -> None:
        """Tell the neurons of *group* their columns."""
        columns = self.columns(population)
        if columns.any():
            put(group, "electrode", columns)
            self._groups.append(group)

    @property
    def steps_at_once(self) -> int | None:
        """The steps that may be run before the table must be filled anew; ``None`` for any number."""
        return self.ahead if self._groups else None

    def fill(self, first: int, last: int) -> None:
        """Compute the currents during the steps from *first* up to *last*."""
        if not self._groups:
            return
        currents = [source.waveform(first, last) for source in self.sources]
        for source, current in zip(self.sources, currents, strict=True):
            source._keep(first, current)
        table = self._waveform.values
        for column, members in enumerate(self._sets):
            table[: last - first, column] = NANO * sum((currents[member] for member in members), np.zeros(last - first))
        for group in self._groups:
            put(group, "t_waveform", first * state.dt * 1e-3)
