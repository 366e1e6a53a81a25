"""Where a population is: numbers of neurons, and the choice of cores for a new one."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brianhw import html
from brianhw.chips import ChipDescription
from brianhw.errors import CapacityError

__all__ = ["ArrayValue", "Placement", "choose_cores"]


class ArrayValue:
    """A frozen dataclass whose fields may be arrays, equal if all its fields are."""

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        pairs = ((getattr(self, each.name), getattr(other, each.name)) for each in fields(self) if each.compare)  # type: ignore[arg-type]
        return all(
            np.array_equal(mine, theirs) if isinstance(mine, np.ndarray) else mine == theirs for mine, theirs in pairs
        )

    __hash__ = None  # type: ignore[assignment]


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return *array* itself, which from now on refuses to be written to."""
    array.flags.writeable = False
    return array


@dataclass(frozen=True, eq=False)
class Placement(ArrayValue):
    """The answer to a request for neurons.

    *neurons* holds, for each neuron of the population in order, its number on the chip:
    core x neurons_per_core + index in the core.

    Examples
    --------
    >>> from brianhw.allocation import Plan
    >>> from brianhw.chips import DYNAP_SE1
    >>> placement = Plan(DYNAP_SE1).place("large", 300, spread=True).placements["large"]
    >>> placement.cores, placement.slices()
    ((0, 1), [(0, 0, 255), (1, 0, 43)])
    """

    population: str
    neurons: NDArray[np.int64]
    neurons_per_core: int

    @property
    def n(self) -> int:
        """How many neurons the population has."""
        return len(self.neurons)

    @cached_property
    def core_of(self) -> NDArray[np.int64]:
        """The core of each neuron."""
        return frozen(self.neurons // self.neurons_per_core)

    @cached_property
    def index_in_core(self) -> NDArray[np.int64]:
        """The number of each neuron inside its core."""
        return frozen(self.neurons % self.neurons_per_core)

    @cached_property
    def cores(self) -> tuple[int, ...]:
        """The cores that hold at least one neuron, in order."""
        return tuple(int(core) for core in np.unique(self.core_of))

    def _repr_html_(self) -> str:
        rows = [[str(core), f"{first} to {last}", str(last - first + 1)] for core, first, last in self.slices()]
        return html.paragraph(f"{self.population}: {self.n} neurons") + html.table(["core", "indices", "neurons"], rows)

    def slices(self) -> list[tuple[int, int, int]]:
        """Return the runs of neighbouring neurons, in order, as (core, first index, last index)."""
        new = (np.diff(self.neurons) != 1) | (np.diff(self.core_of) != 0)
        first = np.concatenate([[0], np.flatnonzero(new) + 1])
        last = np.concatenate([first[1:] - 1, [self.n - 1]])
        runs = zip(self.core_of[first], self.index_in_core[first], self.index_in_core[last], strict=True)
        return [(int(core), int(begin), int(end)) for core, begin, end in runs]


def listed(numbers: list[int]) -> str:
    """Return "[0, 2, 3]", or the first eight and how many more."""
    shown = ", ".join(map(str, numbers[:8]))
    return f"[{shown}]" if len(numbers) <= 8 else f"[{shown} and {len(numbers) - 8} more]"


def named(cores: list[int]) -> str:
    """Return "core 0", "cores 0 and 2" or "cores 0, 2 and 3"."""
    if len(cores) == 1:
        return f"core {cores[0]}"
    if len(cores) > 8:
        return f"{len(cores)} cores"
    return f"cores {', '.join(map(str, cores[:-1]))} and {cores[-1]}"


def spread_over(free: NDArray[np.int64], n: int) -> list[int]:
    """Return the fewest cores that together have *n* neurons free, in order; none if all have not enough.

    Of several sets as small, the one with the most room, which leaves the least behind in fragments
    elsewhere; of equal ones, the lowest-numbered.
    """
    if n > free.sum():
        return []
    by_room = np.argsort(-free, kind="stable")
    needed = int(np.searchsorted(np.cumsum(free[by_room]), n)) + 1
    return sorted(int(core) for core in by_room[:needed])


def choose_cores(
    description: ChipDescription,
    free: NDArray[np.int64],
    n: int,
    core: int | None,
    spread: bool,
    chip: int | None = None,
) -> list[int]:
    """Return the cores that *n* neurons go to: *core*, else the first with room, else (if *spread*) the fewest.

    Parameters
    ----------
    free : array, shape (cores,)
        How many neurons each core has free.
    chip : int, optional
        The only chip whose cores are asked.

    Raises
    ------
    CapacityError
        if there is no room; it says where there would be.
    """
    everywhere = free
    if chip is not None:
        free = np.where(np.arange(free.size) // description.cores_per_chip == chip, free, 0)
    roomy = [int(each) for each in np.flatnonzero(free >= n)]
    if core is not None and free[core] >= n:
        return [core]
    if core is None and roomy:
        return roomy[:1]
    several = spread_over(free, n)
    if core is None and spread and several:
        return several
    raise CapacityError(
        _no_room(description, everywhere, n, core, chip),
        limit="neurons",
        where={} if core is None else core_place(description, core),
        asked=n,
        allowed=int(free.sum() if core is None and spread else free.max() if core is None else free[core]),
    )


def core_place(description: ChipDescription, core: int) -> dict[str, int]:
    """Return the numbers of the chip and of the core on it, for errors."""
    chip, inside = description.chip_and_core(core)
    return {"chip": chip, "core": inside}


def _no_room(description: ChipDescription, free: NDArray[np.int64], n: int, core: int | None, chip: int | None) -> str:
    asked = f"{n} {'was' if n == 1 else 'were'} asked for"
    roomy = [int(each) for each in np.flatnonzero(free >= n)]
    several = spread_over(free, n)
    whole = "board" if description.chips > 1 else "chip"
    if core is not None:
        text = (
            f"{description.name} {description.core_name(core)} has {free[core]} of {description.neurons_per_core} "
            f"neurons free, {asked}."
        )
    elif chip is not None:
        here = free.reshape(description.chips, -1)[chip].sum()
        text = f"{description.name} chip {chip} has {here} of {description.neurons_per_chip} neurons free, {asked}."
    else:
        text = f"{description.name} has {free.sum()} of {description.neurons} neurons free, {asked}."
    if roomy:
        names = listed(roomy)
        if description.chips > 1:
            names = ", ".join(description.core_name(each) for each in roomy[:4]) + (", ..." if roomy[4:] else "")
        return f"{text} Core(s) {names} have room for {n}."
    if several:
        return f"{text} No core has room for {n}; spread=True would place them on {named(several)}."
    if core is not None or chip is not None:
        text += f" The whole {whole} has {free.sum()} of {description.neurons} free."
    return f"{text} Ask for fewer, or free a population."
