"""Values of a twin that a step does not change: numbers, arrays, and what is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import Any

import numpy as np
import torch
from brian2.core.variables import ArrayVariable
from brian2.units import Quantity
from brian2.units.fundamentalunits import DIMENSIONLESS

from brianhw.chips import WeightRule
from brianhw.errors import ParameterError, TwinError, unknown_name
from brianhw.torch.pathways import attribute_of

__all__ = ["Rounding", "Values"]

#: What a chip makes of values in SI units: a function of an array, or the rule of a chip's weights.
Rounding = Callable[[np.ndarray], np.ndarray] | WeightRule
ALL = (None, None)


class Values(torch.nn.Module):
    """The values, by key: ``owner.name``, or ``owner:name`` of a number from the surroundings of the equations.

    Parameters
    ----------
    arrays : dict of str to ArrayVariable
        Of the Brian2 objects.
    constants : dict of str to (float, Dimension)
        Numbers that the equations take from elsewhere.
    train : iterable of str, or mapping of str to (lowest, highest)
        Which become parameters, and between what; None for no bound.
    rounding : mapping of str to Rounding
        What a chip makes of them.
    dtype : torch.dtype
    aliases : mapping of str to str
        Further names of keys, such as ``"population.bias"`` of what belongs to a core.
    """

    def __init__(
        self,
        arrays: Mapping[str, ArrayVariable],
        constants: Mapping[str, Any],
        train: Iterable[str] | Mapping[str, Any],
        rounding: Mapping[str, Rounding],
        dtype: torch.dtype,
        aliases: Mapping[str, str],
    ) -> None:
        super().__init__()
        self._arrays, self._constants, self._dtype = dict(arrays), dict(constants), dtype
        self._by_name: dict[str, list[str]] = {}
        for key in (*self._arrays, *self._constants):
            for name in (key.replace(":", "."), _short(key)):
                self._by_name.setdefault(name, []).append(key)
        for name, key in aliases.items():
            self._by_name.setdefault(name, [key])
        self._numbers: dict[str, Any] = {}  # values that are one number
        self._tensors: dict[str, str] = {}  # attributes of buffers and parameters, by key
        self._scales: dict[str, str] = {}  # attributes of what parameters are counted in
        self._bounds: dict[str, tuple[float, float]] = {}
        for name in rounding:
            if self.keys_of(name) and name not in train:
                raise ParameterError(f"twin: the rounding of {name!r} is for what is trained; it is not in train.")
        self._rounding = {key: _function(rule) for name, rule in rounding.items() for key in self.keys_of(name)}
        bounds = (
            dict(train) if isinstance(train, Mapping) else dict.fromkeys([train] if isinstance(train, str) else train)
        )
        trained = {key: (name, each) for name, each in bounds.items() for key in self.keys_of(name)}
        for key in (*self._arrays, *self._constants):
            value = self._value_in_brian2(key)
            if key in trained:
                self._make_parameter(key, value, *trained[key])
            elif value.size and (value == value.flat[0]).all():
                self._numbers[key] = value.flat[0].item()
            else:
                tensor = torch.as_tensor(value)
                self._tensors[key] = attribute_of(key)
                # whole numbers, too, or their quotients would be in single precision
                self.register_buffer(attribute_of(key), tensor if value.dtype.kind == "b" else tensor.to(dtype))

    def _value_in_brian2(self, key: str) -> np.ndarray:
        return np.array(self._arrays[key].get_value() if key in self._arrays else self._constants[key].get_value())

    def _make_parameter(self, key: str, value: np.ndarray, name: str, bounds: Any) -> None:
        low, high = (None if each is None else self._in_si(key, name, each) for each in bounds or ALL)
        largest = float(np.abs(value).max()) if value.size else 0.0
        largest = largest or max((abs(each) for each in (low, high) if each is not None), default=0.0) or 1.0
        # a power of two, so that no value changes by being counted in it
        scale = 2.0 ** np.floor(np.log2(largest))
        self.register_buffer(f"{attribute_of(key)}__scale", torch.tensor(scale, dtype=torch.float64))
        self._scales[key] = f"{attribute_of(key)}__scale"
        self._bounds[key] = (-inf if low is None else low, inf if high is None else high)
        if self._bounds[key][0] > self._bounds[key][1]:
            raise ParameterError(f"twin: the bounds of {name!r} are {bounds[0]} and {bounds[1]}: the lower first.")
        scaled = torch.as_tensor(value.astype(float) / scale).to(self._dtype)
        self.register_parameter(attribute_of(key), torch.nn.Parameter(scaled))
        self._tensors[key] = attribute_of(key)

    def _in_si(self, key: str, name: str, value: Any) -> float:
        dimension = getattr(value, "dim", DIMENSIONLESS)
        if dimension != self._dimension(key):
            wanted = self._quantity(key, 1.0)
            raise ParameterError(f"twin: a bound of {name!r} is {value!r}; it is a quantity like {wanted!r}.")
        return float(np.asarray(value, float))

    def _dimension(self, key: str) -> Any:
        variable = self._arrays.get(key, self._constants.get(key))
        return getattr(variable, "dim", DIMENSIONLESS)

    def _quantity(self, key: str, value: Any) -> Any:
        dimension = self._dimension(key)
        return value if dimension is DIMENSIONLESS else Quantity(value, dim=dimension)

    # -- by name ------------------------------------------------------------------------------------

    @property
    def names(self) -> set[str]:
        """The names of all values, without their owners."""
        return {_short(key) for key in (*self._arrays, *self._constants)}

    def keys_of(self, name: str) -> list[str]:
        """Return the keys of a name: ``"owner.name"``, or the name that one or several owners have.

        Raises
        ------
        UnknownNameError
            If a step changes what has this name, or nothing has it.
        """
        found = self._by_name.get(name)
        if found is None:
            raise unknown_name("The twin", "value", name, self.names)
        return found

    def quantity(self, name: str, asked: bool = False) -> Any:
        """Return a value as a Brian2 quantity: as the model has it, or as it was *asked* for, not rounded or bounded.

        Raises
        ------
        TwinError
            If several owners have a value of this name.
        """
        keys = self.keys_of(name)
        if len(keys) > 1:
            raise TwinError(f"Several have a value {name!r}: {', '.join(key.replace(':', '.') for key in keys)}.")
        with torch.no_grad():
            value = self._asked(keys[0]) if asked and keys[0] in self._scales else self.current()[keys[0]]
        return self._quantity(keys[0], value.cpu().numpy() if isinstance(value, torch.Tensor) else value)

    # -- in a step ----------------------------------------------------------------------------------

    def current(self) -> dict[str, Any]:
        """Return all values by key: numbers as numbers, arrays as tensors, in SI units."""
        values = dict(self._numbers)
        for key, attribute in self._tensors.items():
            tensor = getattr(self, attribute)
            values[key] = self._realised(key, self._asked(key)) if key in self._scales else tensor
        return values

    def _asked(self, key: str) -> torch.Tensor:
        value: torch.Tensor = getattr(self, self._tensors[key]) * self._scale(key)
        return value

    def _scale(self, key: str) -> torch.Tensor:
        scale: torch.Tensor = getattr(self, self._scales[key])
        return scale

    def _realised(self, key: str, value: torch.Tensor) -> torch.Tensor:
        """Return a trained value between its bounds and as a chip has it; the gradient is that of the value."""
        low, high = self._bounds[key]
        is_bounded = low > -inf or high < inf
        if key not in self._rounding and not is_bounded:
            return value
        held = value.detach()
        if is_bounded:
            held = held.clamp(low, high)
        if key in self._rounding:
            held = torch.as_tensor(self._rounding[key](held.cpu().numpy())).to(value)
        realised: torch.Tensor = _Held.apply(value, held)
        return realised

    @torch.no_grad()
    def project(self) -> None:
        """Bring what is trained back between its bounds, after a step of an optimiser."""
        for key in self._scales:
            low, high = self._bounds[key]
            scale = float(self._scale(key))
            getattr(self, self._tensors[key]).clamp_(low / scale, high / scale)

    # -- Brian2 -------------------------------------------------------------------------------------

    @torch.no_grad()
    def to_brian2(self, objects: Mapping[str, Any]) -> None:
        """Give Brian2 objects, by their names, what has been trained; a chip checks it as it checks any value."""
        values = self.current()
        for key in self._scales:
            if key in self._arrays:
                owner, name = key.rsplit(".", 1)
                setattr(objects[owner], name, self._quantity(key, values[key].cpu().numpy()))

    @torch.no_grad()
    def from_brian2(self) -> None:
        """Take all values from the Brian2 objects again."""
        for key in self._arrays:
            value = self._value_in_brian2(key)
            if key in self._scales:
                getattr(self, self._tensors[key]).copy_(torch.as_tensor(value / float(self._scale(key))))
            elif key in self._tensors:
                getattr(self, self._tensors[key]).copy_(torch.as_tensor(value))
            elif value.size and (value == value.flat[0]).all():
                self._numbers[key] = value.flat[0].item()
            else:
                tensor = torch.as_tensor(value)
                del self._numbers[key]
                self._tensors[key] = attribute_of(key)
                self.register_buffer(attribute_of(key), tensor.to(self._dtype) if value.dtype.kind == "f" else tensor)


class _Held(torch.autograd.Function):
    """What is held instead of a value, with the value's gradient."""

    @staticmethod
    def forward(ctx: Any, value: torch.Tensor, held: torch.Tensor) -> torch.Tensor:
        return held.clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradient, None


def _function(rule: Rounding) -> Callable[[np.ndarray], np.ndarray]:
    return np.vectorize(rule.nearest, otypes=[float]) if isinstance(rule, WeightRule) else rule


def _short(key: str) -> str:
    return key.replace(":", ".").rsplit(".", 1)[-1]
