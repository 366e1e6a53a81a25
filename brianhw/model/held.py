"""Synaptic weights that stay within the bounds of their model in whatever way a script writes them.

Brian2 hands out views of a variable, and all that a script writes goes through one: ``synapses.weight = ...``, slices,
conditions, expressions, parts of synapses, ``set_states``. So the variable of a weight, and those of its bounds, give
views that look at what has been written and take it back. What statements and ``restore`` do is not written by views.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from brian2.core.variables import ArrayVariable, DynamicArrayVariable, VariableView

__all__ = ["hold", "let_go", "rule_of"]

_Rule = Callable[[Mapping[str, Any]], None]


class _HeldView(VariableView):
    """A view that takes back what its variable's rule does not allow."""

    def set_item(self, item: Any, value: Any, level: int = 0, namespace: Any = None) -> None:
        before = None if self.variable.rule is None else _read(self.variable)
        super().set_item(item, value, level=level + 1, namespace=namespace)
        if before is None:
            return
        owner = self.variable.owner
        try:
            self.variable.rule(self._written(before, owner))
        except Exception:
            whole = VariableView(self.variable.name, self.variable, owner, dimensions=None)
            whole.set_item(slice(None), before.item() if self.variable.scalar else before)
            raise

    def _written(self, before: np.ndarray, owner: Any) -> dict[str, Any]:
        """Return the values of all variables that belong together, where this one has another value than before."""
        values: dict[str, Any] = {name: _read(owner.variables[name]) for name in self.variable.names}
        after = values[self.variable.name]
        if self.variable.scalar or after is None:
            return values
        # synapses that have been made since may still have no weight
        changed = ~(after == before)
        return {name: each[changed] if np.shape(each) == after.shape else each for name, each in values.items()}


class _Held(ArrayVariable):
    """What is added to a variable: who says what it may be, and of which variables together."""

    rule: _Rule | None
    names: tuple[str, ...]

    def get_addressable_value(self, name: str, group: Any) -> VariableView:
        return _HeldView(name=name, variable=self, group=group, dimensions=None)

    def get_addressable_value_with_unit(self, name: str, group: Any) -> VariableView:
        return _HeldView(name=name, variable=self, group=group, dimensions=self.dim)


class _HeldArray(_Held):
    """Of one size."""


class _HeldDynamicArray(_Held, DynamicArrayVariable):
    """Of a size that changes."""


_KINDS: dict[type, type] = {ArrayVariable: _HeldArray, DynamicArrayVariable: _HeldDynamicArray}


def hold(group: Any, names: tuple[str, ...], rule: _Rule) -> None:
    """Let *rule* look at the variables *names* of *group*, in SI units, whenever a script has written one of them."""
    for name in names:
        variable = group.variables[name]
        kind = _KINDS.get(type(variable))
        if kind is not None:
            variable.__class__ = kind
        if isinstance(variable, _Held):
            variable.rule, variable.names = rule, names


def rule_of(group: Any, name: str) -> _Rule | None:
    """Return the rule that holds for a variable of *group*, if there is one."""
    return getattr(group.variables[name], "rule", None)


@contextmanager
def let_go(group: Any, names: tuple[str, ...]) -> Iterator[None]:
    """Let several of the variables be written in the block, one after the other."""
    held = [each for each in (group.variables.get(name) for name in names) if isinstance(each, _Held)]
    rules = [each.rule for each in held]
    for each in held:
        each.rule = None
    try:
        yield
    finally:
        for each, rule in zip(held, rules, strict=True):
            each.rule = rule


def _read(variable: Any) -> np.ndarray | None:
    """Return a copy of a variable's values; none in a program that has yet to run."""
    try:
        return np.array(variable.get_value(), dtype=float)
    except NotImplementedError:
        return None
