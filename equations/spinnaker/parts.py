"""Neurons and blocks that take physical values and hold what the chip computes of them when it starts.

A user gives ``tau_m=20*ms``; the chip holds ``exp(-step/tau_m)`` as an integer. :meth:`ChipNeuron.set` converts every value to
S16.15 as the vendor's front end does, then computes the constants as the core does, in the same arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from brianhw.arithmetic.s1615 import to_s1615
from brianhw.errors import UnitError, unknown_name
from brianhw.model import Block
from brianhw.model.group_model import merged
from brianhw.model.text import distinct, frozen
from brianhw.stepped import SteppedBlock, SteppedNeuron

__all__ = ["ChipBlock", "ChipNeuron", "Constant", "Step"]


class Step(NamedTuple):
    """The chip's time step, S16.15 in ms: of the simulation, and of each part that it is taken in."""

    whole: int
    part: int

    @classmethod
    def of(cls, timestep_ms: float, parts: int = 1) -> Step:
        """Return the step of *timestep_ms*, in so many *parts*."""
        whole = int(to_s1615(timestep_ms, "timestep"))
        return cls(whole, whole // parts)


Constant = Callable[[Mapping[str, Any], Step], Any]


@dataclass(frozen=True, eq=False)
class _Physical:
    """What a part needs from the user, and what the chip makes of it.

    ``units`` is the Brian2 name of the unit in which the chip counts each physical parameter ("1" for none); ``constants``
    computes the raw parameters of the model from the physical ones, which are S16.15 by then. ``states`` is the raw
    variable of each physical name that is an initial value.
    """

    units: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, Constant] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)

    def _physical(self, other: Any) -> dict[str, Any]:
        own, more = self, getattr(other, "units", {})
        return {
            "units": frozen({**own.units, **more}),  # two receptors may share a parameter
            "constants": distinct("chip constants", own.constants, getattr(other, "constants", {})),
            "states": distinct("chip states", own.states, getattr(other, "states", {})),
        }


@dataclass(frozen=True, eq=False)
class ChipBlock(_Physical, SteppedBlock):
    """A block in the chip's arithmetic."""

    def _combined(self, other: Any) -> dict[str, Any]:
        return super()._combined(other) | self._physical(other)

    def __add__(self, other: Block) -> ChipBlock:
        return ChipBlock(**self._combined(other)) if isinstance(other, Block) else super().__add__(other)

    def __radd__(self, other: Block) -> ChipBlock:
        return self + other


@dataclass(frozen=True, eq=False)
class ChipNeuron(_Physical, SteppedNeuron):
    """A neuron in the chip's arithmetic; ``NeuronGroup(n, **neuron)`` makes a group of it.

    Examples
    --------
    >>> from brianhw.equations.spinnaker import LIF
    >>> values = {"tau_m": 20, "cm": 1, "v_rest": -65, "v_reset": -65, "v_thresh": -50, "tau_refrac": 2, "i_offset": 0}
    >>> raw = LIF.raw(values, timestep_ms=1.0)  # as numbers in ms, nF, mV, nA
    >>> print(raw["exp_TC"], raw["resistance"], raw["refractory_steps"])  # exp(-1/20)*32768, 20 MOhm*32768, 2
    31170 655360 2
    """

    def _combined(self, other: Any) -> dict[str, Any]:
        return super()._combined(other) | self._physical(other)

    def __add__(self, other: Block) -> ChipNeuron:
        return super().__add__(other)  # type: ignore[return-value]

    def raw(self, values: Mapping[str, Any], timestep_ms: float) -> dict[str, Any]:
        """Return the raw parameters, ``int32``, for physical *values* as numbers or arrays in the chip's units.

        Raises
        ------
        ParameterError
            If a value is missing or does not fit S16.15.
        """
        self.refuse_missing([name for name in self.units if name not in values and name not in self.states])
        step = Step.of(timestep_ms, self.substeps)
        fixed = {name: to_s1615(values[name], name) for name in self.units if name in values}
        return {name: constant(fixed, step) for name, constant in self.constants.items()}

    def set(self, group: Any, *values: Mapping[str, Any], **more: Any) -> None:
        """Give *group* its parameters and, where given, states (``v``): physical values, as Brian2 quantities.

        Raw integers are taken, too, under the names of the model's own variables (``shift_exc``).

        Parameters
        ----------
        group : NeuronGroup
            Made from this model; its time step enters the chip's constants.
        *values, **more : mapping of str to Quantity
            One value, or one per neuron; what is named later overrides.

        Raises
        ------
        UnknownNameError, ParameterError, UnitError
            For a name that does not exist, a missing value, one that does not fit S16.15, or a wrong unit or shape.
            Nothing has been set then.
        """
        given = merged(values, more)
        physical = {name: self._number(name, value) for name, value in given.items() if name in self.units}
        own = {name: value for name, value in given.items() if name not in self.units}
        for name in own:
            if name not in self.parsed.parameter_names:
                raise unknown_name(self.name, "parameter", name, [*self.units, *self.parsed.parameter_names])
        raw = self.raw(physical, float(group.clock.dt) * 1000)
        raw |= {self.states[name]: to_s1615(physical[name], name) for name in self.states if name in physical}
        raw |= own
        self.refuse_missing(self.missing(raw))
        for name, value in raw.items():
            self.check_count(name, int(np.size(value)), len(group))
        for name, value in raw.items():
            setattr(group, name, value)

    def _number(self, name: str, value: Any) -> Any:
        """Return a quantity as a number in the chip's unit."""
        import brian2

        unit = 1 if self.units[name] == "1" else getattr(brian2, self.units[name])
        if not brian2.have_same_dimensions(value, unit):
            wanted = "a number without unit" if self.units[name] == "1" else f"in {self.units[name]}"
            raise UnitError(f"{self.name}: {name!r} is {wanted}, it was given {value!r}.")
        number = np.asarray(value / unit, dtype=float)
        # 20*ms/ms is not 20 to the last bit; the chip's front end sees the decimal number that was written
        return np.round(number, 12)
