"""In words and numbers: what a neuron with a membrane gets, what it needs, and what would be enough."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

import numpy as np
from brian2 import Quantity, amp, siemens, volt

from brianhw.why.membranes import Case, Term, smallest_factor

__all__ = ["MARGIN", "Names", "enough", "explain", "short"]

#: Share of the rheobase that advice is beyond it: exactly at it, a neuron would take forever to spike.
MARGIN = 0.02


class Names(NamedTuple):
    """How a model calls the injected current, and what is said after the potential that has to be passed."""

    injected: str = "I_ext"
    threshold: str = ""


def short(value: float, unit: Any) -> str:
    """Return a value with its unit, or dimensions, and three digits: NumPy writes 5 pA as "5. pA"."""
    dimensions = getattr(unit, "dim", unit)
    return re.sub(r"\.(?= )", "", str(Quantity(float(f"{float(value):.3g}"), dim=dimensions)))


def enough(value: float, digits: int = 3) -> float:
    """Return *value* with three digits and no less than it.

    Examples
    --------
    >>> from brianhw.why.saying import enough
    >>> enough(10.41), enough(-10.41)
    (10.5, -10.4)
    """
    if value == 0 or not math.isfinite(value):
        return value
    step = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    return float(f"{math.ceil(value / step * (1 - 1e-5 * math.copysign(1, value))) * step:.{digits}g}")


def explain(case: Case, who: str, names: Names) -> tuple[str, str]:
    """Return text and advice for the one neuron of *case*, the one of *who* that comes nearest."""
    at, total = (float(each[0]) for each in case.critical())
    needed = -_own(case, at)
    injected = _number(case.injected)
    parts = [_part(term, at) for term in case.terms if _at(term, at) or _number(term.conductance)]
    if injected or not parts:
        parts.append(f"{names.injected} {short(injected, amp)}")
    bends = any(term.conductance is not None for term in case.terms)
    where = f" at {short(at, volt)}" if bends else ""
    formula = f", {case.membrane.formula}" if case.membrane.formula else ""
    text = (
        f"The input of {who}{where} is at most {short(total + needed, amp)} on average ({', '.join(parts)}); they "
        f"spike steadily above {short(needed, amp)}{formula}."
    )
    exciting = [term for term in case.terms if _at(term, at) > 0 and term.peak is None]
    holding = [term for term in case.terms if _at(term, at) < 0]
    never, advice = "", []
    if exciting:
        factor = smallest_factor(lambda factor: case.with_factor(_names(exciting), factor).spikes(MARGIN))
        if factor is None:
            never = f"No factor of {_listed(exciting)} suffices. "
        else:
            advice.append(f"raise {_listed(exciting)} {enough(factor):.3g} times: weights, rates or more synapses")
    else:
        never = "".join(_never(term, names, at) for term in holding if _at(term, _number(case.membrane.rest)) > 0)
    for term in case.terms:
        if term.peak is not None and _at(term, at) > 0:
            advice += _more_current(case, term)
    advice.append(f"set {names.injected} to {short(enough(injected - total + MARGIN * case.rheobase()), amp)}")
    share = _share_of(case, _names(holding))
    if share is not None:
        advice.append(f"lower {_listed(holding)} to {share:.3g} of what it is")
    said = ", or ".join(advice)
    return text, f"{never}{said[0].upper()}{said[1:]}."


def _more_current(case: Case, term: Term) -> list[str]:
    factor = smallest_factor(lambda factor: case.with_factor([term.name], factor).spikes(MARGIN))
    if factor is None:
        return []
    times = enough(factor)
    return [f"raise the current of {term.name} {times:.3g} times, to {short(enough(times * _number(term.peak)), amp)}"]


def _share_of(case: Case, names: list[str]) -> float | None:
    """Return to which share of it what holds the neuron back has to fall; None if even none of it is not enough."""
    if not names or not case.with_factor(names, 0).spikes(MARGIN):
        return None
    low, high = 0.0, 1.0
    while high - low > 1e-5:
        middle = (low + high) / 2
        low, high = (middle, high) if case.with_factor(names, middle).spikes(MARGIN) else (low, middle)
    return -enough(-low)


def _never(term: Term, names: Names, at: float) -> str:
    towards = short(_number(term.reversal), volt)
    limit = short(at, volt)
    return (
        f"No factor of {term.name} suffices: its reversal potential, {towards}, is not above {limit}{names.threshold}. "
    )


def _names(terms: list[Term]) -> list[str]:
    return [term.name for term in terms]


def _listed(terms: list[Term]) -> str:
    return " and ".join(_names(terms))


def _number(value: object) -> float:
    return 0.0 if value is None else float(np.ravel(np.asarray(value))[0])


def _at(term: Term, v: float) -> float:
    return float(np.ravel(term.current(np.array([[v]])))[0])


def _own(case: Case, v: float) -> float:
    return float(np.ravel(case.membrane.own(np.array([[v]])))[0])


def _part(term: Term, at: float) -> str:
    said = f"{term.name} {short(_at(term, at), amp)}"
    if term.peak is not None and abs(_number(term.peak) - _at(term, at)) > 0.01 * abs(_at(term, at)):
        return f"{said} of its {short(_number(term.peak), amp)}, as the membrane follows it"
    if term.conductance is None or term.reversal is None:
        return said
    return f"{said} by {short(_number(term.conductance), siemens)} to {short(_number(term.reversal), volt)}"
