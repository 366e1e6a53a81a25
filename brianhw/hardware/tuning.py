"""Codes found by simulation: a population is run again and again until it has the rate that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from brian2 import Hz, Network, Quantity, SpikeMonitor, second

from brianhw import html
from brianhw.chips.bias_codes import BiasCode, usable_codes
from brianhw.errors import ParameterError
from brianhw.hardware.board_population import BoardPopulation
from brianhw.hardware.learning import time_of
from brianhw.hardware.units import in_unit

__all__ = ["Tuned", "tune"]

# how many codes are tried where the first and the last do not enclose the rate that is wanted
_LOOKS = 9


@dataclass(frozen=True)
class Tuned:
    """What tuning found.

    Attributes
    ----------
    asked, rate : Quantity
        The rate that was wanted, and that of the codes found.
    codes : dict
        The codes by bias; they are set.
    at_limit : tuple of str
        The biases that ended at the first or the last code: the rate is out of their reach.
    tried : list of tuple
        All simulations in order: bias, its code, rate in hertz.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import Board
    >>> board = Board(mismatch=None)
    >>> cells = board.population(1)
    >>> found = board.tune(cells, 60*Hz, vary=["IF_DC_P"], duration=50*ms, settle=0*ms, tolerance=0.3)
    >>> print(found)
    60 Hz of 60 Hz asked, with IF_DC_P (2, 236) (5 runs)
    """

    asked: Quantity
    rate: Quantity
    codes: dict[str, BiasCode]
    at_limit: tuple[str, ...] = ()
    tried: list[tuple[str, BiasCode, float]] = field(default_factory=list, repr=False)

    def __str__(self) -> str:
        codes = ", ".join(f"{bias} {tuple(code)}" for bias, code in self.codes.items())
        end = f"; {', '.join(self.at_limit)} ended at the end of the range" if self.at_limit else ""
        return f"{self.rate / Hz:.4g} Hz of {self.asked / Hz:.4g} Hz asked, with {codes}{end} ({len(self.tried)} runs)"

    def _repr_html_(self) -> str:
        rows = [[bias, str(tuple(code)), f"{rate:.4g}"] for bias, code, rate in self.tried]
        return html.paragraph(str(self)) + html.table(["bias", "code", "rate (Hz)"], rows)


def tune(
    board: Any,
    population: BoardPopulation,
    rate: Quantity,
    vary: Sequence[str],
    *,
    duration: Quantity,
    settle: Quantity,
    tolerance: float,
    also: Sequence[Any],
    namespace: Mapping[str, Any],
) -> Tuned:
    """Return the codes with which *population* fires at *rate*, and set them; see :meth:`Board.tune`."""
    wanted = in_unit(f"{board.name}: the rate to tune to", rate, Hz)
    if wanted < 0:
        raise ParameterError(f"{board.name}: the rate to tune to is one from 0 Hz, not {rate}.")
    counted, before_it = (in_unit(f"{board.name}: the time to tune for", each, second) for each in (duration, settle))
    if counted <= 0 or before_it < 0:
        raise ParameterError(f"{board.name}: tuning runs for a time above 0, not {duration} after {settle}.")
    biases = [board.bias_name(each) for each in ([vary] if isinstance(vary, str) else vary)]
    if not biases:
        raise ParameterError(f"{board.name}: vary= names no bias; give some, for instance ('Isoma_dpi_tau',).")
    monitor = SpikeMonitor(population, record=False)
    things = [*board.objects, *board.sources.values(), *also, monitor]
    things = list({id(each): each for each in things}.values())
    parts = [part for each in things for part in _with_contents(each)]
    before = [each._network for each in parts]
    for each in parts:
        each._network = None  # they may have run in a network of the user's, and will again
    network = Network(*things)
    network.t_ = time_of(population.clock)  # neurons remember when they spiked
    network.store("before tuning")
    tried: list[tuple[str, BiasCode, float]] = []
    settings = {core: core.settings() for core in population._cores}
    resting = [each.operation for each in board._helpers if each.operation.active]
    for each in resting:
        each.active = False

    def rate_with(bias: str, code: BiasCode) -> float:
        network.restore("before tuning")
        for core in population._cores:
            core.put_back(settings[core])
            core.bias(**{bias: code})
        network.run(settle, namespace=namespace)
        started = int(monitor.num_spikes)
        network.run(duration, namespace=namespace)
        found = (int(monitor.num_spikes) - started) / (len(population) * counted)
        tried.append((bias, code, found))
        return found

    try:
        found, codes, ends = _search(rate_with, biases, wanted, tolerance, settings)
    finally:
        for each in resting:
            each.active = True
        network.restore("before tuning")
        for each, its_network in zip(parts, before, strict=True):
            each._network = its_network
        for core in population._cores:
            core.put_back(settings[core])
    for core in population._cores:
        core.bias(**codes)
    return Tuned(rate, found * Hz, codes, tuple(ends), tried)


def _with_contents(thing: Any) -> list[Any]:
    """Return a Brian2 object and the parts it is made of."""
    return [thing, *(part for each in thing.contained_objects for part in _with_contents(each))]


def _search(
    rate_with: Callable[[str, BiasCode], float],
    biases: Sequence[str],
    wanted: float,
    tolerance: float,
    settings: dict[Any, Any],
) -> tuple[float, dict[str, BiasCode], list[str]]:
    """Return the nearest rate, the codes that gave it, and which biases ended at the end of their range."""
    codes: dict[str, BiasCode] = {}
    ends: list[str] = []
    best = np.inf
    for bias in biases:
        best, code, at_end = _bisected(partial(rate_with, bias), wanted, tolerance)
        codes[bias] = code
        for core, each in settings.items():
            settings[core] = {**each, "codes": {**each["codes"], bias: list(code)}}
        if at_end:
            ends.append(bias)
        if abs(best - wanted) <= tolerance * wanted:
            break
    return best, codes, ends


def _bisected(
    rate_of: Callable[[BiasCode], float], wanted: float, tolerance: float
) -> tuple[float, BiasCode, bool]:  # fmt: skip
    """Return the rate nearest to *wanted*, its code, and whether it is an end of the range that cannot reach it."""
    all_codes, _ = usable_codes()
    found: dict[int, float] = {}

    def rate(index: int) -> float:
        if index not in found:
            found[index] = rate_of(BiasCode(*all_codes[index].tolist()))
        return found[index]

    last = len(all_codes) - 1
    low, high = 0, last
    if not _between(rate(low), wanted, rate(high)):
        # a rate may rise and fall with a code: look in between for two neighbours with the wanted one between them
        points = np.linspace(0, last, _LOOKS).astype(int).tolist()
        pairs = [(a, b) for a, b in pairwise(points) if _between(rate(a), wanted, rate(b))]
        low, high = pairs[0] if pairs else (0, 0)
    rising = rate(high) >= rate(low)
    while high - low > 1 and not any(abs(each - wanted) <= tolerance * wanted for each in found.values()):
        middle = (low + high) // 2
        if (rate(middle) < wanted) == rising:
            low = middle
        else:
            high = middle
    # of codes as near, the lower one: less current
    best = min(sorted(found), key=lambda index: abs(found[index] - wanted))
    return found[best], BiasCode(*all_codes[best].tolist()), high == 0


def _between(one: float, wanted: float, other: float) -> bool:
    return min(one, other) <= wanted <= max(one, other)
