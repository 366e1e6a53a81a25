"""Synapses on a chip: Brian2 synapses whose number and weights are always those of the chip's plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2 import Synapses
from brian2.core.namespace import get_local_namespace
from brian2.core.variables import VariableView
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from brianhw.allocation import Plan
from brianhw.errors import ParameterError
from brianhw.hardware.allocated import Allocated, Holder, NamedVariables
from brianhw.hardware.pairs import Pairs, choose_pairs, evaluate
from brianhw.hardware.parts import first
from brianhw.hardware.planning import Planning
from brianhw.model import SynapseModel

__all__ = ["Connection"]


class Connection(Allocated, Synapses):
    """Synapses of one type onto a population; ``chip.connect(...)`` makes them.

    Brian2 ``Synapses`` in every respect but one: what they are and what they weigh is planned on the chip
    before it is done, so ``connect`` and every way of writing the weights may be refused.

    Attributes
    ----------
    synapse_type : str
        One of the chip's.
    asked_weights : array, shape (synapses,)
        As they were asked for, in input words or SI units.

    Raises
    ------
    FanInError, FanOutError, CapacityError, WeightError, ConnectionRefused
        By ``connect``, ``rewire`` and writing weights, where the chip cannot hold it. Nothing has changed then.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import DynapSE1
    >>> chip = DynapSE1(seed=1)
    >>> cells = chip.population(8, name="cells")
    >>> synapses = chip.connect(cells, cells, "AMPA", condition="i != j", weight=2)
    >>> len(synapses), chip.plan.fan_in("cells").tolist()
    (56, [14, 14, 14, 14, 14, 14, 14, 14])
    >>> synapses.weight = 10  # 70 CAM words each, of 64
    Traceback (most recent call last):
        ...
    brianhw.errors.FanInError: neuron 0 of population 'cells' would listen to 70 CAM words, DYNAP-SE1 has 64. ...
    >>> synapses.rewire(j="(i + 1) % 8", weight=10)
    >>> chip.plan.fan_in("cells").tolist()
    [10, 10, 10, 10, 10, 10, 10, 10]
    """

    def __init__(
        self,
        chip: Holder,
        planning: Planning,
        source: Any,
        target: Any,
        synapse_type: str,
        model: SynapseModel,
        name: str,
    ) -> None:
        self.set_chip(chip, planning.register.connections)
        self._planning = planning
        self.synapse_type = synapse_type
        self.model = model
        self._left_out = np.zeros(0, dtype=int)  # synapses that a rewiring left without pairs
        self.asked_weights = np.zeros(0)  # in synapse order and SI units; the plan has the realised ones
        super().__init__(source, target, **model, name=name)
        NamedVariables.of(self, model)
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
        self.check_allocated()
        names = get_local_namespace(level=level + 1) if namespace is None else namespace
        with self._planning.kept_random_state():
            pairs = self._chosen(condition, i, j, p, n, names, skip_if_invalid)
            weights = np.zeros(())
            plan = self._planning.with_synapses(self.name, *self._ends, pairs, weights)
            self.build(pairs, weights, plan)

    def _chosen(
        self, condition: Any, i: Any, j: Any, p: Any, n: int, names: Mapping[str, Any], skip_if_invalid: bool = False
    ) -> Pairs:
        """Return the pairs that ``connect`` and ``rewire`` are asked for; all of them where nothing is said."""
        if condition is None and i is None and j is None:
            condition = True
        return choose_pairs(
            len(self.source), len(self.target), condition=condition, i=i, j=j, p=p, n=n,
            random=self._planning.random, namespace=names, owner=self.name, skip_if_invalid=skip_if_invalid,
        )  # fmt: skip

    def rewire(
        self,
        condition: str | bool | None = None,
        i: Any = None,
        j: Any = None,
        p: Any = 1.0,
        n: int = 1,
        weight: Any = None,
        namespace: Mapping[str, Any] | None = None,
        level: int = 0,
    ) -> None:
        """Join these pairs in the place of those there are, in a network that may have run.

        Synapses that are not among the new ones stay as Brian2's with weight 0, which takes no input word and sends
        nothing; a later call uses them again. Nothing is compiled.

        Parameters
        ----------
        condition, i, j, p, n
            As in :meth:`connect`.
        weight : float or array of one value per pair
            1 if not given, where weights have no unit.

        Raises
        ------
        ConnectionRefused, FanInError, FanOutError, CapacityError, WeightError
            As :meth:`Chip.connect`; the old synapses stay then.
        """
        self.check_allocated()
        names = get_local_namespace(level=level + 1) if namespace is None else namespace
        circuits = self.chip._circuits
        asked = circuits.usual_weight(self.model) if weight is None else weight
        with self._planning.kept_random_state():
            pairs = self._chosen(condition, i, j, p, n, names)
            asked = circuits.weights_without_unit(self.model, asked, len(pairs.pre))
            index, new = self._synapses_for(pairs)
            self.model.check_written(self, index, asked)
            weights = np.zeros(len(self.asked_weights) + len(new))
            weights[index] = asked
            now = self._whole_pairs()
            both = Pairs(
                np.concatenate([now.pre, pairs.pre[new] + first(self.source)]),
                np.concatenate([now.post, pairs.post[new] + first(self.target)]),
            )
            plan = self._planning.with_only(self.name, *self._ends, both, weights)
        if len(new):
            super().connect(i=pairs.pre[new], j=pairs.post[new])
        self._planning.adopt(plan)
        self.asked_weights = weights
        self._left_out = np.setdiff1d(np.arange(len(weights)), index)
        self.write_weights(slice(None), weights)

    @property
    def is_wired(self) -> np.ndarray:
        """Which synapses join a pair that was asked for; not those that a rewiring left behind, shape (synapses,)."""
        return ~np.isin(np.arange(len(self.asked_weights)), self._left_out)

    def _whole_pairs(self) -> Pairs:
        """Return the neurons of each synapse, numbered over the whole groups."""
        wiring = self._planning.register.plan.connections.get(self.name)
        return Pairs(np.zeros(0, int), np.zeros(0, int)) if wiring is None else Pairs(wiring.pre, wiring.post)

    def _synapses_for(self, pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
        """Return which synapse each of *pairs* gets, and which of them need a new one: after the last, in order."""
        free: dict[tuple[int, int], list[int]] = {}
        now = self._whole_pairs()
        own = zip((now.pre - first(self.source)).tolist(), (now.post - first(self.target)).tolist(), strict=True)
        for synapse, pair in enumerate(own):
            free.setdefault(pair, []).append(synapse)
        index: list[int] = []
        new: list[int] = []
        for number, pair in enumerate(zip(pairs.pre.tolist(), pairs.post.tolist(), strict=True)):
            if free.get(pair):
                index.append(free[pair].pop(0))
            else:
                index.append(len(now.pre) + len(new))
                new.append(number)
        return np.array(index, dtype=int), np.array(new, dtype=int)

    @property
    def _ends(self) -> tuple[Any, Any, str]:
        """Whom the synapses join, and how."""
        return self.source, self.target, self.synapse_type

    def build(self, pairs: Pairs, weights: np.ndarray, plan: Plan | None) -> None:
        """Make the synapses of *pairs* in Brian2 and adopt the *plan* in which they are; the chip calls this.

        Without a plan, the caller adopts one that has them afterwards.
        """
        if len(pairs.pre):
            super().connect(i=pairs.pre, j=pairs.post)
        else:
            self._connect_called = True  # asked for and none: Brian2's own connect(False) compiles to find none
        if plan is not None:
            self._planning.adopt(plan)
        new = np.broadcast_to(weights, pairs.pre.shape)
        old = len(self.asked_weights)
        self.asked_weights = np.concatenate([self.asked_weights, new])
        if np.any(new):
            self.write_weights(np.arange(old, old + len(new)), new)

    def write_weights(self, index: Any, weights: Any) -> None:
        """Write *weights* (SI units) of the synapses *index* into Brian2's array, unchecked."""
        try:
            array = self.variables[self._weight_name].get_value().copy()  # others may have learned
        except NotImplementedError:  # in a standalone program yet to run; there, only all can be written at once
            array = self.asked_weights.copy()
        array[index] = weights
        if len(array):
            same = np.all(array == array[0])
            view = super().state(self._weight_name, use_units=False)
            with self.model.together(self):  # they have been checked
                view.set_item(slice(None), float(array[0]) if same else array)

    def keep_asked(self, weights: np.ndarray) -> None:
        """Note the weights that were asked for, in place where they are as many: a device watches attributes."""
        if len(weights) == len(self.asked_weights):
            self.asked_weights[:] = weights
        else:
            self.asked_weights = weights.copy()

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

    # -- store and restore ----------------------------------------------------------------------

    def _full_state(self) -> dict[str, Any]:
        own = {"_asked_weights": self.asked_weights.copy(), "_left_out": self._left_out.copy()}
        return {**super()._full_state(), **own, "_plan": self._planning.register.plan}

    def _restore_from_full_state(self, state: dict[str, Any]) -> None:
        # the plan follows the synapses that Brian2 puts back
        restored = dict(state)
        asked, left_out, stored = (restored.pop(key) for key in ("_asked_weights", "_left_out", "_plan"))
        pre, post = (np.asarray(restored[f"_synaptic_{side}"][0]) for side in ("pre", "post"))
        plan = self._planning.restored(self.name, *self._ends, Pairs(pre, post), asked, stored) if len(pre) else None
        super()._restore_from_full_state(restored)
        if plan is not None:
            self._planning.adopt(plan)
        self.keep_asked(asked)
        if not np.array_equal(left_out, self._left_out):  # another array would have the device prepare the network anew
            self._left_out = left_out
        if plan is not None:
            for each in self._planning.register.connections.values():
                if each is not self:
                    each.follow_plan()

    def follow_plan(self) -> None:
        """Take the weights that the plan has, where another connection's restoring changed them."""
        wiring = self._planning.register.plan.connections.get(self.name)
        if wiring is not None and not np.array_equal(wiring.weights, self._planning.realised(self.asked_weights)):
            self.keep_asked(wiring.weights)
            self.write_weights(slice(None), wiring.weights)


class CheckedWeights(VariableView):
    """The weights of a connection: reading as in Brian2, writing only what the chip can hold."""

    def set_item(self, item: Any, value: Any, level: int = 0, namespace: Any = None) -> None:
        connection = self.group
        connection.check_allocated()
        connection.check_variable_write(self.variable)
        names = get_local_namespace(level=level + 1) if namespace is None else namespace
        index = self._pairs(item) if isinstance(item, tuple) else self._evaluated(item, names)
        new = self._evaluated(value, names)
        if self.dim is not None:
            fail_for_dimension_mismatch(
                new, self.dim, f"{connection.name}.{self.name} was given {{value}}, which has another unit", value=new
            )
        new = np.asarray(new, dtype=float)
        weights = connection.asked_weights.copy()
        if isinstance(value, str):
            new = np.broadcast_to(new, weights.shape)[index]
        connection.model.check_written(connection, index, new)
        weights[index] = new
        plan = connection._planning.with_weights(connection.name, weights)
        connection.keep_asked(weights)
        connection._planning.adopt(plan)
        connection.write_weights(index, new)

    def _pairs(self, item: tuple[Any, ...]) -> np.ndarray:
        """Return the synapses of the pairs ``weight[i, j]``, as Brian2 indexes synapses."""
        if len(item) != 2:
            raise ParameterError(f"{self.group.name}.{self.name}: give one index of synapses, or two, i and j.")
        chosen = np.ones(len(self.group.asked_weights), dtype=bool)
        sizes = len(self.group.source), len(self.group.target)
        for of_synapses, neurons, size in zip(self._own_indices(), item, sizes, strict=True):
            chosen &= np.isin(of_synapses, np.arange(size)[neurons])
        return np.flatnonzero(chosen)

    def _own_indices(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the neurons of each synapse as the connection's source and target number them."""
        connection = self.group
        wiring = connection._planning.register.plan.connections[connection.name]
        return wiring.pre - first(connection.source), wiring.post - first(connection.target)

    def _evaluated(self, text: Any, names: Mapping[str, Any]) -> Any:
        """Return the value of an expression of the synapses' ``i`` and ``j``; anything else as it is."""
        if not isinstance(text, str):
            return text
        connection = self.group
        pairs = Pairs(*self._own_indices())
        names = pairs.names(names, len(connection.source), len(connection.target))
        return evaluate(connection.name, text, names, len(pairs.pre), connection._planning.random)
