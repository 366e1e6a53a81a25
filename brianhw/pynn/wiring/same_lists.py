"""PyNN's own choices for the same seed: its sequence of random numbers, drawn in as few calls as possible.

PyNN 0.13, ``pyNN/connectors.py``, defines the sequence. Where it is wrong (a crash, an argument without effect) the
choice is ours, and the function says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from brianhw.pynn.checks.random_numbers import is_numpy

__all__ = ["rows_of_distinct", "rows_with_repeats", "total_pairs", "uniform_hits"]

CHUNK = 1_000_000  # words read at a time
COMPARED = 2**16  # pairs compared at a time: what is known of them fits the processor's cache


def uniform_hits(rng: Any, n_pre: int, n_post: int, probability: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield pairs, by target, for which a uniform number is below a probability.

    *probability(start, stop)* gives it for the targets *start* to *stop*: a number, or an array (targets, sources).
    """
    rows = max(1, COMPARED // max(n_pre, 1))
    for start in range(0, n_post, rows):
        stop = min(start + rows, n_post)
        uniform = rng.next((stop - start) * n_pre, "uniform", {"low": 0, "high": 1})
        hits = np.flatnonzero(uniform.reshape(stop - start, n_pre) < probability(start, stop))
        j = hits // n_pre
        hits -= j * n_pre
        j += start
        yield hits.astype(np.int32), j.astype(np.int32)


def rows_with_repeats(rng: Any, size: int, counts: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return, row after row, counts[r] members of range(size) but own[r], drawn with replacement.

    PyNN stops with an IndexError where a number that it drew again is the excluded one, too; here it is drawn again.
    """
    if not (own >= 0).any():
        return _integers(rng, int(counts.sum()), size).astype(np.int32)
    return _joined([_excluding(rng, n, size, out) for n, out in zip(counts.tolist(), own.tolist(), strict=True)])


def _integers(rng: Any, number: int, size: int) -> np.ndarray:
    return rng.next(number, "uniform_int", {"low": 0, "high": size}, mask=None)


def _excluding(rng: Any, number: int, size: int, out: int) -> np.ndarray:
    drawn = _integers(rng, number, size)
    again = np.flatnonzero(drawn == out)
    while again.size:
        drawn[again] = _integers(rng, again.size, size)
        again = again[drawn[again] == out]
    return drawn


def rows_of_distinct(rng: Any, size: int, counts: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return, row after row, counts[r] members of range(size) but own[r]; all once before any comes twice."""
    everyone = np.arange(size, dtype=np.int32)
    rows = []
    for number, out in zip(counts.tolist(), own.tolist(), strict=True):
        allowed = everyone if out < 0 else np.delete(everyone, out)
        full, rest = divmod(number, len(allowed)) if number else (0, 0)
        rows += [allowed] * full
        if rest:
            # a copy: a slice would keep the whole permutation alive
            rows.append(rng.permutation(allowed)[:rest].copy())
    return _joined(rows)


def _joined(rows: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.empty(0, dtype=np.int32), *rows]).astype(np.int32, copy=False)


# -- FixedTotalNumber -------------------------------------------------------------------------------


def total_pairs(rng: Any, number: int, n_pre: int, n_post: int) -> tuple[np.ndarray, np.ndarray]:
    """Return sources and targets of *number* pairs, in the order drawn: a source, a target, a source, ..."""
    rng.next(1, "binomial", {"n": number, "p": 1.0})  # PyNN's share of the one process: always all of them
    if not is_numpy(rng):
        listed = [(_integers(rng, 1, n_pre)[0], rng.choice(np.arange(n_post), size=1)[0]) for _ in range(number)]
        pairs = np.array(listed, dtype=np.int32).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]
    if n_pre == 1 or n_post == 1:  # NumPy draws nothing for a range of one number
        drawn = _integers(rng, number, max(n_pre, n_post)).astype(np.int32)
        zero = np.zeros(number, dtype=np.int32)
        return (zero, drawn) if n_pre == 1 else (drawn, zero)
    return _interleaved(rng.rng, number, n_pre, n_post)


def _interleaved(random: np.random.RandomState, number: int, n_pre: int, n_post: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what *number* alternate calls of ``randint(n_pre)`` and ``randint(n_post)`` give.

    NumPy's legacy ``randint`` takes 32-bit words, keeps the low bits that the range needs and rejects a word whose bits
    exceed the range. Which words become sources and which targets is a machine with two states; its run over all words
    is a prefix sum, because a word either sets the state, swaps it or leaves it.
    """
    sources, targets = np.empty(number, dtype=np.int32), np.empty(number, dtype=np.int32)
    n_sources = n_targets = 0
    wants_target = False
    while n_targets < number:
        begun = random.get_state()
        missing = number - n_targets
        words = random.randint(0, 2**32, size=min(5 * missing + 64, CHUNK), dtype=np.uint32)
        as_source, fits_source = _accepted(words, n_pre)
        as_target, fits_target = _accepted(words, n_post)
        before = _states(fits_source, fits_target, wants_target)
        takes_source, takes_target = fits_source & ~before, fits_target & before
        ends = np.flatnonzero(takes_target)
        if len(ends) >= missing:  # give back the words that are not needed
            used = int(ends[missing - 1]) + 1
            random.set_state(begun)
            random.randint(0, 2**32, size=used, dtype=np.uint32)
        else:
            used = len(words)
            wants_target = bool(before[-1] ^ (takes_source[-1] | takes_target[-1]))
        new_sources, new_targets = as_source[:used][takes_source[:used]], as_target[:used][takes_target[:used]]
        sources[n_sources : n_sources + len(new_sources)] = new_sources
        targets[n_targets : n_targets + len(new_targets)] = new_targets
        n_sources += len(new_sources)
        n_targets += len(new_targets)
    return sources, targets


def _accepted(words: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the low bits of each word, and whether they are in range(size)."""
    mask = (1 << (size - 1).bit_length()) - 1
    bits = words & np.uint32(mask)
    return bits, bits < size


def _states(fits_source: np.ndarray, fits_target: np.ndarray, wants_target: bool) -> np.ndarray:
    """Return, for each word, whether a target is wanted when it comes."""
    swaps = np.cumsum(fits_source & fits_target, dtype=np.int32)
    sets = fits_source ^ fits_target  # a word that fits one use only: afterwards the other one is wanted
    last = np.where(sets, np.arange(len(sets), dtype=np.int32), np.int32(-1))
    np.maximum.accumulate(last, out=last)
    known = last >= 0
    value = np.where(known, fits_source[last], wants_target)
    parity = (swaps - np.where(known, swaps[last], 0)) & 1
    after = value ^ (parity == 1)
    return np.concatenate([[wants_target], after[:-1]])
