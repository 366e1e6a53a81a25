"""Parameter values of many connections at once: PyNN's lazy arrays, evaluated for pairs of cells."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any

import numpy as np
from pyNN.core import IndexBasedExpression
from pyNN.parameters import LazyArray, ParameterSpace
from pyNN.random import NativeRNG, RandomDistribution
from pyNN.standardmodels import StandardSynapseType

from brianhw.pynn.checks.random_numbers import is_numpy
from brianhw.pynn.checks.refusals import DimensionsRefused, as_ours
from brianhw.pynn.wiring import distances
from brianhw.pynn.wiring.drawing import GeneratorRNG, claim, draw, native_generator, new_generator

__all__ = ["Value", "column_bounds", "evaluate", "native_values", "on_pairs", "on_distances"]

Value = float | np.ndarray

CHUNK = 1_000_000  # pairs whose distances are held at a time


def evaluate(
    lazy: LazyArray,
    projection: Any,
    i: np.ndarray,
    j: np.ndarray,
    *,
    columns: np.ndarray | None = None,
    rng: Any = None,
    user: str = "a parameter",
    generator: np.random.Generator | None = None,
) -> Value:
    """Return a parameter's value for the pairs ``i[k]``, ``j[k]``: a number where it is the same for all.

    Parameters
    ----------
    lazy
        A number, a random distribution, a function of the distance, an index expression, a matrix (pre, post), a list
        with one value per pair, or something that a lazy array can hold; with its operations.
    columns
        Bounds of runs of equal ``j``: draw as PyNN does, one run after the other, where it makes a difference.
    rng
        Draw from this random number generator instead of the distribution's own; *user* names the parameter if it has
        other users.
    generator
        Draws what has no seed.
    """
    with as_ours(user):
        return _evaluated(lazy, projection, i, j, columns, rng, user, generator)


def _evaluated(
    lazy: LazyArray,
    projection: Any,
    i: np.ndarray,
    j: np.ndarray,
    columns: np.ndarray | None,
    rng: Any,
    user: str,
    generator: np.random.Generator | None,
) -> Value:
    base = lazy.base_value
    if isinstance(base, RandomDistribution):
        value: Any = _drawn(base, len(i), columns, rng or base.rng, user, generator)
    elif isinstance(base, IndexBasedExpression):
        value = on_pairs(base, projection, i, j)
    elif _is_distance_map(base):
        value = distances.of_pairs(projection, i, j)
    elif callable(base):
        value = on_distances(base, projection, i, j)
    elif isinstance(base, np.ndarray) or hasattr(base, "tocsr"):
        value = _picked(base, projection, i, j, user)
    elif np.isscalar(base):
        value = base
    else:
        value = _by_columns(LazyArray(base, (projection.pre.size, projection.post.size)), i, j)
    for operation, argument in lazy.operations:
        value = _operated(operation, value, argument, projection, i, j, generator)
    return float(value) if np.ndim(value) == 0 else _full(value, len(i), user)


def _drawn(
    base: RandomDistribution, number: int, columns: np.ndarray | None, rng: Any, user: str, generator: Any
) -> np.ndarray:
    native = native_generator(rng)
    if native is not None:
        return draw(base, GeneratorRNG(native), number)
    if isinstance(rng, NativeRNG) or (is_numpy(rng) and rng.seed is None):
        return draw(base, GeneratorRNG(generator or new_generator()), number)
    claim(rng, user)
    return draw(base, rng, number, columns)


def _is_distance_map(base: Any) -> bool:
    """Tell whether this is what ``Space.distance_generator`` returns, a function of two indices."""
    return getattr(base, "__qualname__", "").startswith("Space.distance_generator")


def on_distances(function: Any, projection: Any, i: np.ndarray, j: np.ndarray) -> Value:
    """Return a function of the distance for each pair."""
    if len(i) <= CHUNK:
        return function(distances.of_pairs(projection, i, j))
    values = np.empty(len(i))
    for start in range(0, len(i), CHUNK):
        part = slice(start, start + CHUNK)
        values[part] = function(distances.of_pairs(projection, i[part], j[part]))
    return values


def on_pairs(expression: IndexBasedExpression, projection: Any, i: np.ndarray, j: np.ndarray) -> Value:
    """Return an index expression for each pair, in one call if it takes arrays on both sides.

    PyNN calls it with many sources and one target. If that gives something else for the first target, it is right.
    """
    own = copy(expression)  # PyNN, too, leaves the user's object as it is
    own.projection = projection
    if not len(i):
        return np.empty(0)
    same = int(np.argmin(j == j[0])) or len(j)  # the first run of one target
    first = np.asarray(own(i[:same].astype(int), int(j[0])))
    try:
        values = np.asarray(own(i[:CHUNK].astype(int), j[:CHUNK].astype(int)))
    except Exception:  # whatever a user's function raises when it cannot take arrays
        return _runs(own, i, j)
    same = min(same, CHUNK)
    if values.ndim == first.ndim == 0:
        return float(values)
    if values.shape != (min(len(i), CHUNK),) or not np.array_equal(values[:same], first[:same], equal_nan=True):
        return _runs(own, i, j)
    rest = (slice(start, start + CHUNK) for start in range(CHUNK, len(i), CHUNK))
    return np.concatenate([values, *(own(i[part].astype(int), j[part].astype(int)) for part in rest)])


def _runs(function: Any, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Call a function once for each run of equal targets."""
    values = np.empty(len(i))
    bounds = np.flatnonzero(np.diff(j)) + 1
    for start, stop in zip([0, *bounds.tolist()], [*bounds.tolist(), len(j)], strict=True):
        values[start:stop] = function(i[start:stop].astype(int), int(j[start]))
    return values


def _by_columns(lazy: LazyArray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    return _runs(lambda sources, target: lazy[sources, target], i, j) if len(i) else np.empty(0)


def _picked(base: Any, projection: Any, i: np.ndarray, j: np.ndarray, user: str) -> Value:
    """Return the entries of a matrix, or a list with one value per connection."""
    shape = (projection.pre.size, projection.post.size)
    if base.shape == shape:
        return np.asarray(base[i, j]).reshape(-1)  # a sparse matrix gives a row
    if base.shape in ((), (1,)):
        return float(base.reshape(-1)[0])
    if base.shape == (len(i),):
        return base
    raise DimensionsRefused(
        f"{user}: an array of shape {base.shape} was given; it must be a matrix {shape} or a list of {len(i)} values, "
        "one for each connection."
    )


def _operated(
    operation: Any, value: Any, argument: Any, projection: Any, i: np.ndarray, j: np.ndarray, generator: Any
) -> Any:
    if argument is None:
        return operation(value)
    if hasattr(argument, "base_value"):
        argument = evaluate(argument, projection, i, j, generator=generator)
    elif isinstance(argument, np.ndarray) and argument.ndim == 2:
        argument = argument[i, j]
    return operation(value, argument)


def _full(value: Any, number: int, user: str) -> np.ndarray:
    values = np.ascontiguousarray(value, dtype=float)
    if values.shape != (number,):
        raise DimensionsRefused(f"{user}: {number} values were expected, its function gave shape {values.shape}.")
    return values


def column_bounds(j: np.ndarray, size: int) -> np.ndarray:
    """Return where each target's connections start in an ascending *j*, and, last, the end."""
    return np.concatenate([[0], np.cumsum(np.bincount(j, minlength=size))])


# -- all parameters of a projection -----------------------------------------------------------------


def native_values(
    projection: Any, i: np.ndarray, j: np.ndarray, given: dict[str, np.ndarray], generator: np.random.Generator
) -> dict[str, Value]:
    """Return the native parameters of the synapse type for each connection; *given* standard ones replace its own."""
    synapse = projection.synapse_type
    own, columns = _own_generators(synapse), None
    translated = _translated(synapse, given, len(i))
    values: dict[str, Value] = {}
    for name, lazy in _native(synapse):
        if name in translated:
            values[name] = _full(translated[name].evaluate(simplify=False), len(i), name)
            continue
        if columns is None and isinstance(lazy.base_value, RandomDistribution):
            columns = column_bounds(j, projection.post.size)
        user = f"{name} of {projection.label or 'a projection'}"
        rng = own.get(name)
        values[name] = evaluate(
            lazy, projection, i, j, columns=columns, rng=rng, user=user, generator=generator
        )  # fmt: skip
    return values


def _native(synapse: Any) -> Iterator[tuple[str, LazyArray]]:
    for name, value in synapse.native_parameters.items():
        yield name, value if hasattr(value, "base_value") else LazyArray(value)


def _own_generators(synapse: Any) -> dict[str, Any]:
    """Return the user's random number generators by native name; the native parameters have copies of them."""
    translations = getattr(synapse, "translations", {})
    return {
        translations.get(name, {}).get("translated_name", name): value.base_value.rng
        for name, value in synapse.parameter_space.items()
        if isinstance(getattr(value, "base_value", None), RandomDistribution)
    }


def _translated(synapse: Any, given: dict[str, np.ndarray], number: int) -> dict[str, LazyArray]:
    """Return given standard parameters under their native names."""
    if not given:
        return {}
    if not isinstance(synapse, StandardSynapseType):
        return {name: LazyArray(value, (number,)) for name, value in given.items()}
    wanted = {synapse.translations[name]["translated_name"] for name in given}
    everything: dict[str, Any] = dict(given)
    if synapse.computed_parameters_include(given):
        others = {name: value for name, value in synapse.parameter_space.items() if name not in given}
        everything |= {name: value.evaluate(simplify=True) for name, value in others.items() if value.is_homogeneous}
    space = ParameterSpace(everything, synapse.get_schema(), (number,))
    return {name: value for name, value in synapse.translate(space, copy=False).items() if name in wanted}
