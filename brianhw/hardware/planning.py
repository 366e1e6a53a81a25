"""Synapses are planned before they are made: plans with other synapses or weights, or a refusal without a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from brianhw.allocation import Plan
from brianhw.errors import CapacityError, FanInError
from brianhw.hardware.pairs import Pairs, choose_pairs, evaluate
from brianhw.hardware.parts import first
from brianhw.hardware.register import Register

__all__ = ["Planning"]


class Planning:
    """The plans of a chip's connections: as they would be, and the one that holds.

    Parameters
    ----------
    register : Register
        What is on the chip now.
    random : module or Generator
        Random numbers of connections made by chance.
    """

    def __init__(self, register: Register, random: Any) -> None:
        self.register = register
        self.random = random

    def chosen(
        self, name: str, source: Any, target: Any, names: Mapping[str, Any], weight: Any, **how: Any
    ) -> tuple[Pairs, Any]:
        """Return the pairs that a connection *name* is asked for, and their weight; nothing is planned yet.

        Parameters
        ----------
        names : mapping
            What expressions may use.
        weight : number, array or str
            An expression is evaluated for these pairs; anything else is returned as it is.
        **how
            *condition*, *i*, *j*, *p* and *n*, as :func:`choose_pairs` takes them.
        """
        sizes = len(source), len(target)
        owner = f"{self.register.name}: {name}"
        pairs = choose_pairs(*sizes, **how, random=self.random, namespace=names, owner=owner)
        if isinstance(weight, str):
            weight = evaluate(name, weight, pairs.names(names, *sizes), len(pairs.pre), self.random)
        return pairs, weight

    def with_synapses(
        self, name: str, source: Any, target: Any, synapse_type: str, pairs: Pairs, weights: np.ndarray
    ) -> Plan:
        """Return the plan with these synapses added to the connection *name*, or raise; nothing changes.

        Parameters
        ----------
        weights : array of shape () or one value per pair, SI units
        """
        source_name, source_size = self.register.sender(source)
        target_name = self.register.receiver(target)
        now = self.register.plan
        old = now.connections.get(name)
        plan = now if old is None else now.disconnect(name)

        def attempt(pairs: Pairs) -> Plan:
            pre, post = pairs.pre + first(source), pairs.post + first(target)
            each = np.broadcast_to(self.realised(weights), pre.shape)
            if old is not None:
                pre, post, each = (np.concatenate(b) for b in ((old.pre, pre), (old.post, post), (old.weights, each)))
            new = plan.connect(name, source_name, target_name, pre, post, each, synapse_type, source_size=source_size)
            return replace(new, previous=now)  # one step of undo, also where a connection is extended

        try:
            return attempt(pairs)
        except FanInError as error:
            # what the same call will draw if it is repeated with a p: after an error the random numbers are put back
            draw = pairs.draw or (pairs.redrawn(self.random) if pairs.by_condition else None)
            if draw is not None and not np.ndim(weights):
                chance = _largest_probability(lambda p: _fits(lambda: attempt(draw.below(p))))
                if chance > 0:
                    raise error.with_advice(f"the largest p is {chance:.2f}") from None
            raise

    def with_weights(self, name: str, weights: np.ndarray) -> Plan:
        """Return the plan in which the connection *name* has these weights (SI units), or raise."""
        return self.register.plan.reweight(name, self.realised(weights))

    def with_only(
        self, name: str, source: Any, target: Any, synapse_type: str, pairs: Pairs, weights: np.ndarray
    ) -> Plan:
        """Return the plan in which the connection *name* has these synapses, numbered over whole groups, or raise."""
        plan = self.register.plan
        plan = plan.disconnect(name) if name in plan.connections else plan
        sender, size = self.register.sender(source)
        receiver, held = self.register.receiver(target), self.realised(weights)
        return plan.connect(name, sender, receiver, pairs.pre, pairs.post, held, synapse_type, source_size=size)

    def restored(
        self, name: str, source: Any, target: Any, synapse_type: str, pairs: Pairs, weights: np.ndarray, stored: Plan
    ) -> Plan:
        """Return the plan in which the connection *name* is as it was in the *stored* plan, or raise.

        Connections are restored one by one. Where one does not fit beside another that has yet to be, all that the
        stored plan holds is put back at once.
        """
        now = self.register.plan
        whole = (
            now.placements.keys() == stored.placements.keys() and now.connections.keys() == stored.connections.keys()
        )
        try:
            plan = self.with_only(name, source, target, synapse_type, pairs, weights)
        except CapacityError:
            if not whole:
                raise
            return _with_left_out(replace(stored, previous=None), now, name)
        if whole and all(each == stored.connections[key] for key, each in plan.connections.items()):
            return replace(stored, previous=None)  # with the addresses and the neurons that it had
        return plan

    def realised(self, weights: np.ndarray) -> np.ndarray:
        """Return the weights that the chip holds for those asked: the same, or an error when they are planned."""
        return weights

    def adopt(self, plan: Plan) -> None:
        """Let *plan* hold from now on: what it holds is built."""
        self.register.plan = plan

    @contextmanager
    def kept_random_state(self) -> Iterator[None]:
        """Put the random numbers back if the block raises, so that a refused request leaves no trace."""
        generator = self.random if self.random is not np.random else None
        state = generator.bit_generator.state if generator else np.random.get_state()
        try:
            yield
        except BaseException:
            if generator:
                generator.bit_generator.state = state
            else:
                np.random.set_state(state)
            raise


def _with_left_out(plan: Plan, now: Plan, restored: str) -> Plan:
    """Return *plan* with the synapses, of weight 0, that connections have *now* and had not then."""
    for name, each in now.connections.items():
        old = plan.connections[name]
        if name != restored and len(each.pre) > len(old.pre):
            weights = np.zeros(len(each.pre))
            weights[: len(old.pre)] = old.weights
            plan = plan.disconnect(name).connect(
                name, each.source, each.target, each.pre, each.post, weights, each.synapse_type, each.source_size
            )
    return plan


def _fits(attempt: Callable[[], Plan]) -> bool:
    try:
        attempt()
    except CapacityError:
        return False
    return True


def _largest_probability(fits: Callable[[float], bool]) -> float:
    """Return the largest p, in hundredths, for which ``fits(p)``: fitting is monotonic in p."""
    low, high = 0, 100
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle / 100) else (low, middle)
    return low / 100
