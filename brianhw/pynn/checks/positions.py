"""Where cells are: structures and positions, checked before a population has them."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN import space as pynn
from pyNN.space import BaseStructure, Cuboid, RandomStructure, Sphere

from brianhw.pynn.checks.domains import NOT_NEGATIVE, NUMBER, POSITIVE, check, numbers_of, one_of
from brianhw.pynn.checks.refusals import DimensionsRefused, KindRefused, ValueRefused

__all__ = ["Space", "check_grid", "checked_positions", "checked_space", "checked_structure"]

RATIOS = {"aspect_ratio": POSITIVE, "aspect_ratios": POSITIVE}
EXTENTS = dict.fromkeys(("width", "height", "depth", "radius"), NOT_NEGATIVE)


def checked_structure(owner: str, structure: Any, size: Any) -> Any:
    """Return a structure that can hold so many cells.

    Raises
    ------
    KindRefused, ValueRefused
        If it is none, or its numbers make no sense.
    """
    if not isinstance(structure, BaseStructure):
        raise KindRefused(f"{owner}: {structure!r} is no structure; give one such as sim.space.Grid2D(), an object.")
    if isinstance(size, tuple):
        raise KindRefused(f"{owner}: the sizes of a grid were given, {size}, and a structure. Use one of the two.")
    who = f"{owner}: {type(structure).__name__}"
    own = {name: value for name, value in vars(structure).items() if name not in ("rng", "fill_order", "boundary")}
    own = {name: value for name, value in own.items() if not name.startswith("_") and _is_numeric(value)}
    check(who, own, RATIOS)
    if isinstance(structure, RandomStructure):
        _check_shape(who, structure.boundary)
    return structure


def _is_numeric(value: Any) -> bool:
    return isinstance(value, int | float | np.number | np.ndarray | tuple | list | str)


def _check_shape(who: str, shape: Any) -> None:
    if isinstance(shape, Cuboid | Sphere):
        check(f"{who}: {type(shape).__name__}", vars(shape), EXTENTS)


def check_grid(owner: str, structure: Any, size: int) -> None:
    """Raise if a grid does not hold so many cells; PyNN says neither who nor what is possible.

    It is asked when positions are: a population whose positions nobody wants may have any size.
    """
    if not hasattr(structure, "calculate_size"):
        return
    who = f"{owner}: {type(structure).__name__}"
    try:
        sides = structure.calculate_size(size)
        fits = int(np.prod(sides)) == size
    except Exception:  # PyNN raises Exception itself, or whatever follows from its arithmetic
        fits = False
    if not fits:
        ratio = getattr(structure, "aspect_ratio", getattr(structure, "aspect_ratios", None))
        raise DimensionsRefused(
            f"{who}: {size} cells do not fill a grid with the ratio of sides {ratio}. Give a number of cells that "
            "does, or another ratio."
        )


def checked_positions(owner: str, positions: Any, size: int) -> np.ndarray:
    """Return positions as an array of shape (3, size).

    Raises
    ------
    DimensionsRefused, ValueRefused
        If they have another shape, or are no finite numbers.
    """
    numbers_of(f"{owner}: positions", positions)
    found = np.array(positions, dtype=float)
    if found.shape != (3, size):
        raise DimensionsRefused(f"{owner}: positions must have the shape (3, {size}), not {found.shape}.")
    check(owner, {"positions": found}, {"positions": NUMBER})
    return found


def checked_space(owner: str, space: Any) -> Any:
    """Return a space in which distances can be measured.

    Raises
    ------
    KindRefused, ValueRefused
        If it is none, or its numbers make no sense.
    """
    if not isinstance(space, pynn.Space):
        raise KindRefused(f"{owner}: space must be a Space, such as sim.Space(axes='xy'), not {space!r}.")
    check(f"{owner}: Space", {"scale_factor": space.scale_factor, "offset": space.offset}, {})
    for bounds in space.periodic_boundaries or ():
        if bounds is None:
            continue
        if np.shape(bounds) != (2,):
            raise ValueRefused(f"{owner}: Space: each of periodic_boundaries must be a pair or None, not {bounds!r}.")
        check(f"{owner}: Space", {"periodic_boundaries": np.asarray(bounds)}, {})
        if not bounds[0] < bounds[1]:
            raise ValueRefused(f"{owner}: Space: periodic_boundaries must ascend, not {bounds!r}.")
    return space


class Space(pynn.Space):
    __doc__ = pynn.Space.__doc__

    def __init__(
        self, axes: str | None = None, scale_factor: float = 1.0, offset: Any = 0.0, periodic_boundaries: Any = None
    ) -> None:
        one_of("Space: axes", axes, list(pynn.Space.AXES))
        if periodic_boundaries is not None and len(np.atleast_1d(np.asarray(periodic_boundaries, dtype=object))) != 3:
            raise DimensionsRefused(
                f"Space: periodic_boundaries must be three pairs or None, one per axis, not {periodic_boundaries!r}."
            )
        super().__init__(axes, scale_factor, offset, periodic_boundaries)
        checked_space("Space", self)
