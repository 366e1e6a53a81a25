"""Synapses on a chip: Brian2 synapses whose number and weights are always those of the chip's plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Synapses
from brian2.core.namespace import DEFAULT_UNITS, get_local_namespace
from brian2.core.variables import VariableView
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from brianhw.errors import ReleasedError
from brianhw.hardware.pairs import Pairs, choose_pairs, evaluate
from brianhw.hardware.parts import first

if TYPE_CHECKING:
    from brianhw.allocation import Plan
    from brianhw.hardware.chip import Chip
    from brianhw.model import SynapseModel

__all__ = ["Connection"]


class Connection(Synapses):
    """Synapses of one type onto a population; ``chip.connect(...)`` makes them.

    Brian2 ``Synapses`` in every respect but one: what they are and what they weigh is planned on the chip
    before it is done, so ``connect`` and every way of writing the weights may be refused.
    """

    def __init__(self, chip: Chip, source: Any, target: Any, synapse_type: str, model: SynapseModel, name: str) -> None:
        self.chip = chip
        self.synapse_type = synapse_type
        self.model = model
        self.asked_weights = np.zeros(0)  # in synapse order and SI units; the plan has the realised ones
        self._released = False
        super().__init__(source, target, **model, name=name)
        self._weight_name = model.weight

    # -- pairs ----------------------------------------------------------------------------------

    def connect(
        self,
        condition: str | bool | None = None,
        i: Any = None,
        j: Any = None,
        p: Any = 1.0,
        n: int = 1,
        skip_if_invalid: bool = False,
        namespace: Mapping[str, Any] | None = None,
        level: int = 0,
    ) -> None:
        """Make synapses, as Brian2's ``connect``, once the chip has room for them.

        Takes Brian2's arguments but generator expressions. New synapses weigh 0 (and take no input word)
        until a weight is set.

        Raises
        ------
        ConnectionRefused, FanOutError
            As :meth:`Chip.connect`; nothing has been made then.
        """
        if condition is None and i is None and j is None:
            condition = True
        names = get_local_namespace(level=level + 1) if namespace is None else namespace
        with self.chip.kept_random_state():
            pairs = choose_pairs(
                len(self.source), len(self.target), condition=condition, i=i, j=j, p=p, n=n,
                random=self.chip.random, namespace=names, owner=self.name, skip_if_invalid=skip_if_invalid,
            )  # fmt: skip
            weights = np.zeros(())
            plan = self.chip.planned(self.name, self.source, self.target, self.synapse_type, pairs, weights)
            self.build(pairs, weights, plan)

    def build(self, pairs: Pairs, weights: np.ndarray, plan: Plan) -> None:
        """Make the synapses of *pairs* in Brian2 and adopt the *plan* in which they are; the chip calls this."""
        if len(pairs.pre):
            super().connect(i=pairs.pre, j=pairs.post)
        self.chip.adopt(plan)
        self.asked_weights = np.concatenate([self.asked_weights, np.broadcast_to(weights, pairs.pre.shape)])
        if np.any(self.asked_weights):
            self.write_weights(self.asked_weights)

    def write_weights(self, weights: np.ndarray) -> None:
        """Write *weights* (SI units, synapse order) into Brian2's array, unchecked."""
        self.asked_weights = weights
        same = len(np.unique(weights)) == 1
        view = super().state(self._weight_name, use_units=False)
        view.set_item(slice(None), float(weights[0]) if same else weights)

    # -- weights --------------------------------------------------------------------------------

    def state(self, name: str, use_units: bool = True, level: int = 0) -> Any:
        if name == self.__dict__.get("_weight_name"):
            variable = self.variables[name]
            return CheckedWeights(name, variable, self, dimensions=variable.dim if use_units else None)
        return super().state(name, use_units=use_units, level=level + 1)

    def __setattr__(self, key: str, value: Any, level: int = 0) -> None:
        weight = self.__dict__.get("_weight_name")
        if weight and key in (weight, f"{weight}_"):
            self.state(weight, use_units=key == weight).set_item(slice(None), value, level=level + 1)
        else:
            super().__setattr__(key, value, level=level + 1)

    # -- life -----------------------------------------------------------------------------------

    def release(self) -> None:
        """Mark the connection as no longer on the chip; the chip calls this."""
        self._released = True

    def before_run(self, run_namespace: Any) -> None:
        if self._released:
            raise ReleasedError(
                f"Connection {self.name!r} was freed from {self.chip.name} and cannot run; take it out of the network."
            )
        super().before_run(run_namespace)


class CheckedWeights(VariableView):
    """The weights of a connection: reading as in Brian2, writing only what the chip can hold."""

    def set_item(self, item: Any, value: Any, level: int = 0, namespace: Any = None) -> None:
        connection = self.group
        connection.check_variable_write(self.variable)
        names = get_local_namespace(level=level + 1) if namespace is None else namespace
        value, index = (self._evaluated(text, names) for text in (value, item))
        if self.dim is not None:
            fail_for_dimension_mismatch(
                value,
                self.dim,
                f"{connection.name}.{self.name} was given {{value}}, which has another unit",
                value=value,
            )
        weights = connection.asked_weights.copy()
        value = np.asarray(value, dtype=float)
        weights[index] = value[index] if value.shape == weights.shape and item is not index else value
        connection.chip.adopt(connection.chip.planned_weights(connection, weights))
        connection.write_weights(weights)

    def _evaluated(self, text: Any, names: Mapping[str, Any]) -> Any:
        """Return the value of an expression of the synapses' ``i`` and ``j``; anything else as it is."""
        if not isinstance(text, str):
            return text
        connection = self.group
        wiring = connection.chip.plan.connections[connection.name]
        own = {"i": wiring.pre - first(connection.source), "j": wiring.post - first(connection.target)}
        sizes = {"N_pre": len(connection.source), "N_post": len(connection.target)}
        units = {name: unit for name, unit in DEFAULT_UNITS.items()}
        return evaluate(
            connection.name, text, {**units, **names, **own, **sizes}, len(wiring.pre), connection.chip.random
        )
