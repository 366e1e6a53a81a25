"""Which neurons a connection joins, as arrays: decided here so that a plan can be checked before it is built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from brianhw.errors import ConnectionRefused

__all__ = ["Draw", "Pairs", "choose_pairs", "evaluate"]


class Draw(NamedTuple):
    """A connection by chance: the uniform numbers of all candidate pairs, whatever became of them."""

    pre: np.ndarray
    post: np.ndarray
    uniform: np.ndarray
    n: int = 1  # synapses per pair

    def below(self, probability: float) -> Pairs:
        """Return the pairs that this draw joins with *probability*."""
        joined = self.uniform < probability
        return Pairs(np.repeat(self.pre[joined], self.n), np.repeat(self.post[joined], self.n))


class Pairs(NamedTuple):
    """Synapses as index arrays, and how they were chosen: *n* for each pair, by chance (*draw*) or *by_condition*."""

    pre: np.ndarray
    post: np.ndarray
    draw: Draw | None = None
    n: int = 1
    by_condition: bool = False

    def redrawn(self, random: Any) -> Draw:
        """Return the draw that the same request with a probability would have made."""
        pre, post = self.pre[:: self.n], self.post[:: self.n]
        return Draw(pre, post, random.random(len(pre)), self.n)

    def names(self, namespace: Mapping[str, Any], n_pre: int, n_post: int) -> dict[str, Any]:
        """Return what an expression of these synapses may use: units, *namespace* and their indices."""
        from brian2.core.namespace import DEFAULT_UNITS

        return {**DEFAULT_UNITS, **namespace, "i": self.pre, "j": self.post, "N_pre": n_pre, "N_post": n_post}


def choose_pairs(
    n_pre: int,
    n_post: int,
    *,
    condition: str | bool | None = None,
    i: Any = None,
    j: Any = None,
    p: Any = 1.0,
    n: int = 1,
    skip_if_invalid: bool = False,
    random: Any = np.random,
    namespace: Mapping[str, Any] | None = None,
    owner: str = "connect",
) -> Pairs:
    """Return the pairs that Brian2's ``Synapses.connect`` would make of the same arguments.

    Parameters
    ----------
    n_pre, n_post : int
        Sizes of the two groups.
    condition : str or bool, optional
        Expression of ``i``, ``j``, ``N_pre``, ``N_post`` and names of the *namespace*; ``True`` for all pairs.
    i, j : array of int, or str, optional
        Index arrays of equal length (or one scalar), or for one of them an expression of the other (``j="i"``,
        ``i="j + 1"``). Targets outside the group are an error, as in Brian2.
    p : float or str
        Probability of each pair, a number or an expression.
    n : int
        Synapses per pair.
    skip_if_invalid : bool
        Leave out the pairs of an expression that lie outside the group instead of refusing them.
    random : object with ``random(size)``
        Source of the uniform numbers.
    namespace : mapping, optional
        Names that expressions may use beside the indices.
    owner : str
        Who asks, for messages.

    Raises
    ------
    ConnectionRefused
        If the arguments contradict each other, an expression cannot be evaluated, or an index is outside its
        group.
    """
    given = sum(argument is not None for argument in (i, j))
    if condition is not None and given:
        raise ConnectionRefused(f"{owner}: give a condition or indices i and j, not both.")
    if not (condition is None or isinstance(condition, str | bool | np.bool_)):
        raise ConnectionRefused(f"{owner}: a condition is an expression, True or False, not {condition!r}.")
    if isinstance(n, bool | np.bool_) or not isinstance(n, int | np.integer) or n < 0:
        raise ConnectionRefused(f"{owner}: n, the synapses per pair, must be a whole number from 0, not {n!r}.")
    names = {**(namespace or {}), "N_pre": n_pre, "N_post": n_post}
    if given == 2 and not isinstance(i, str) and not isinstance(j, str):
        pre, post = _index_arrays(owner, i, j)
    elif isinstance(j, str) and i is None:
        names["i"] = np.arange(n_pre)
        post, pre = _indices(owner, j, names, n_pre, n_post, random, skip_if_invalid)
    elif isinstance(i, str) and j is None:
        names["j"] = np.arange(n_post)
        pre, post = _indices(owner, i, names, n_post, n_pre, random, skip_if_invalid)
    elif given:
        raise ConnectionRefused(
            f"{owner}: give both i and j as arrays, or one of them as an expression of the other (j='i')."
        )
    else:
        pre, post = (index.ravel() for index in np.indices((n_pre, n_post)))
        if isinstance(condition, str):
            keep = np.broadcast_to(
                evaluate(owner, condition, {**names, "i": pre, "j": post}, len(pre), random), pre.shape
            )
            pre, post = pre[keep.astype(bool)], post[keep.astype(bool)]
        elif condition is not None and not condition:
            pre, post = pre[:0], post[:0]
    _check_range(owner, "i", pre, n_pre)
    _check_range(owner, "j", post, n_post)

    pairs = Pairs(pre, post)
    if isinstance(p, str):
        chance = np.broadcast_to(evaluate(owner, p, {**names, "i": pre, "j": post}, len(pre), random), pre.shape)
        joined = random.random(len(pre)) < chance
        pairs = Pairs(pre[joined], post[joined])
    elif not 0 <= float(p) <= 1:
        raise ConnectionRefused(f"{owner}: p = {p} is no probability; it lies from 0 to 1.")
    elif p < 1:
        draw = Draw(pre, post, random.random(len(pre)), n)
        return draw.below(p)._replace(draw=draw)
    by_condition = not given and not isinstance(p, str)
    return Pairs(np.repeat(pairs.pre, n), np.repeat(pairs.post, n), n=n, by_condition=by_condition)


def _index_arrays(owner: str, i: Any, j: Any) -> tuple[np.ndarray, np.ndarray]:
    pre, post = np.atleast_1d(np.asarray(i)), np.atleast_1d(np.asarray(j))
    for name, index in (("i", pre), ("j", post)):
        if index.ndim != 1 or (len(index) and not np.issubdtype(index.dtype, np.integer)):
            raise ConnectionRefused(f"{owner}: {name} must be a flat array of whole numbers.")
    if len(pre) != len(post) and 1 not in (len(pre), len(post)):
        raise ConnectionRefused(f"{owner}: i has {len(pre)} entries and j has {len(post)}; they must be as many.")
    pre, post = np.broadcast_arrays(pre, post)
    return pre.astype(np.int64), post.astype(np.int64)


def _check_range(owner: str, name: str, index: np.ndarray, size: int) -> None:
    outside = (index < 0) | (index >= size)
    if outside.any():
        group = "source" if name == "i" else "target"
        raise ConnectionRefused(
            f"{owner}: {name} = {index[outside][0]} is outside the {group}, which has {size} neurons (0 to {size - 1})."
        )


def _indices(
    owner: str, expression: str, names: Mapping[str, Any], source_size: int, target_size: int, random: Any, skip: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return one neuron per entry of the other side, as the expression says, and that entry."""
    if " for " in expression:
        raise ConnectionRefused(
            f"{owner}: {expression!r} is a generator; a chip must know its synapses before it is built. "
            "Give a condition, or index arrays i and j."
        )
    index = np.broadcast_to(np.asarray(evaluate(owner, expression, names, source_size, random)), (source_size,))
    other = np.arange(source_size)
    if not np.all(index == np.floor(index)):
        raise ConnectionRefused(f"{owner}: {expression!r} is not a whole number for every neuron; use int(...) or //.")
    valid = (index >= 0) & (index < target_size) if skip else np.ones(source_size, dtype=bool)
    return index[valid].astype(np.int64), other[valid]


def evaluate(owner: str, expression: str, names: Mapping[str, Any], size: int, random: Any = np.random) -> Any:
    """Return the value of a Brian2 expression over *size* entries, through Brian2's own NumPy functions.

    Raises
    ------
    ConnectionRefused
        If it is no expression of *names* and Brian2's functions.
    """
    from brian2.core.functions import DEFAULT_FUNCTIONS
    from brian2.core.namespace import DEFAULT_CONSTANTS
    from brian2.parsing.rendering import NumpyNodeRenderer

    functions = {name: function.pyfunc for name, function in DEFAULT_FUNCTIONS.items()} | {
        # one draw per entry, from the given random numbers
        "rand": lambda: random.random(size),
        "randn": lambda: random.standard_normal(size),
        "poisson": lambda rate: random.poisson(rate, size),
        "int": lambda x: np.asarray(x).astype(int),
        "logical_not": np.logical_not,
    }
    constants = {name: constant.value for name, constant in DEFAULT_CONSTANTS.items()} | {"True": True, "False": False}
    # functions last: "from brian2 import *" fills a script with NumPy's rand, which draws one number for all
    scope = {**constants, **names, **functions, "__builtins__": {}}
    try:
        # the renderer takes Brian2's syntax only, which has no attributes, no subscripts and no other calls
        return eval(NumpyNodeRenderer().render_expr(expression), scope)
    except Exception as error:
        raise ConnectionRefused(
            f"{owner}: {expression!r} cannot be evaluated: {error}. It may use i, j, N_pre, N_post, numbers defined "
            "in the script and Brian2's functions."
        ) from error
