"""Current sources, as a script holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

import numpy as np
from pyNN.parameters import ParameterSpace, Sequence
from pyNN.random import AbstractRNG
from pyNN.standardmodels import electrodes as standard

from brianhw.errors import PyNNError
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
from brianhw.pynn.models.realisation import identity
from brianhw.pynn.models.waveforms import Constant, Noise, Played, Sine, Steps, Waveform
from brianhw.pynn.simulator import ID, state

__all__ = ["ACSource", "CurrentSource", "DCSource", "NoisyCurrentSource", "StepCurrentSource"]

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
    _shape: type[Waveform]
    _waveform: Waveform
    _recording: bool
    _recorded: list[tuple[int, np.ndarray]]

    def __init__(self, **parameters: Any) -> None:
        refuse_unknown(type(self).__name__, parameters, self.default_parameters)
        here = self.__dict__  # PyNN's attribute access would take these for parameters
        here["parameter_space"] = ParameterSpace(self.default_parameters, self.get_schema(), shape=(1,))
        here["cell_list"] = []
        here["_recording"] = False
        here["_recorded"] = []
        here["_waveform"] = self._shaped({})
        here["session"] = state.session
        self.set_parameters(**{**self.default_parameters, **parameters})
        state.current_sources.append(self)

    def inject_into(self, cells: Iterable[Any]) -> None:
        """Inject the current into these cells: a population, view, assembly, or list of cells."""
        state.require(self, f"This {type(self).__name__}")
        state.require_cells(cells)
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
        values = {**self._values, **new}
        check(type(self).__name__, values, self.domains)
        check_orders(type(self).__name__, values, self.orders)
        self._waveform.values = self._checked(values)

    def _shaped(self, values: Mapping[str, Any]) -> Waveform:
        return self._shape(values)

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

    @property
    def _values(self) -> Any:
        return self._waveform.values

    def waveform(self, first: int, last: int) -> np.ndarray:
        """Return the current in nA during the steps from *first* up to *last*."""
        return self._waveform.between(first, last, state.grid)

    # -- recording ----------------------------------------------------------------------------------

    def record(self) -> None:
        """Record the current."""
        self.__dict__["_recording"] = True

    def keep(self, first: int, current: np.ndarray) -> None:
        """Note the current from the step *first* on, if it is recorded."""
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
        return state.grid.time_at(np.arange(state.step + 1)), current

    def restart(self) -> None:
        """Begin again at time zero."""
        self._recorded.clear()
        self._waveform.restart()

    # -- networks beside the script's own -----------------------------------------------------------

    def at_start(self) -> CurrentSource:
        """Return the source at time zero, recording, for another network."""
        return self._like(self._waveform.anew())

    def played_again(self) -> CurrentSource:
        """Return a source with the current that this one has recorded."""
        return self._like(Played(np.concatenate([np.empty(0), *(part for _, part in self._recorded)])))

    def _like(self, waveform: Waveform) -> CurrentSource:
        other = copy(self)
        other.__dict__.update(_waveform=waveform, _recording=True, _recorded=[])
        return other


class DCSource(CurrentSource, standard.DCSource):
    __doc__ = standard.DCSource.__doc__
    translations = identity(standard.DCSource)
    _shape = Constant


class ACSource(CurrentSource, standard.ACSource):
    __doc__ = standard.ACSource.__doc__
    domains = {**WHEN, "frequency": NOT_NEGATIVE}
    translations = identity(standard.ACSource)
    _shape = Sine


class StepCurrentSource(CurrentSource, standard.StepCurrentSource):
    __doc__ = standard.StepCurrentSource.__doc__
    domains = {"times": NOT_NEGATIVE}
    translations = identity(standard.StepCurrentSource)
    _shape = Steps

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
        return {"times": state.grid.time_at(steps[last]), "amplitudes": amplitudes[last]}


class NoisyCurrentSource(CurrentSource, standard.NoisyCurrentSource):
    __doc__ = standard.NoisyCurrentSource.__doc__
    domains = {**WHEN, "stdev": NOT_NEGATIVE, "dt": POSITIVE}
    translations = identity(standard.NoisyCurrentSource)

    def __init__(self, rng: Any = None, **parameters: Any) -> None:
        if not isinstance(rng, AbstractRNG | None):
            raise KindRefused(f"NoisyCurrentSource: rng must be a random number generator, not {rng!r}.")
        self.__dict__["rng"] = rng
        super().__init__(**{"dt": state.dt, **parameters})

    def _shaped(self, values: Mapping[str, Any]) -> Waveform:
        return Noise(values, self.rng)

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        steps = values["dt"] / state.dt
        if round(steps) < 1 or abs(steps - round(steps)) > 1e-6:
            raise ValueRefused(
                f"NoisyCurrentSource: dt must be a multiple of the time step, {state.dt} ms, not {values['dt']} ms."
            )
        return values
