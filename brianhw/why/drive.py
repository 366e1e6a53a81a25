"""Whether what comes is enough: the mean input of neurons against the smallest current that makes them spike."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from brian2 import Quantity, amp

from brianhw.why.dpi import gain_that_lets_fire, mean_current, rheobase
from brianhw.why.explanation import Cause, some_of
from brianhw.why.inputs import Input, poisson_inputs_of
from brianhw.why.means import case_of
from brianhw.why.saying import Names, explain

__all__ = ["too_weak"]

_DPI = ("Isoma_mem", "Isoma_dpi_tau", "alpha_soma", "Isoma_th", "I0", "Isoma_const")
_DPI_VALUES = ("Isoma_dpi_tau", "alpha_soma", "Isoma_th", "I0", "Isoma_pfb_gain", "Isoma_pfb_th", "Isoma_pfb_norm")
_EXCITING = ("AMPA", "NMDA")


def too_weak(group: Any, inputs: list[Input], silent: np.ndarray) -> list[Cause]:
    """Return why the input of silent neurons is not enough, in closed form if the model has one, else as it stands."""
    names = set(group.variables)
    if names.issuperset(_DPI):
        found = _dpi_too_weak(group, [each for each in inputs if each.runs], silent)
        if found:
            return found
    else:
        found = _membrane_too_weak(group, inputs, silent)
        if found:
            return found
    return _as_it_stands(group, silent)


def _values(group: Any, name: str) -> np.ndarray:
    return np.broadcast_to(np.asarray(group.state(name, use_units=False)[:], dtype=float), (len(group),))


def _said(current: float) -> str:
    return _short(Quantity(current, dim=amp.dim))


def _short(value: Quantity) -> str:
    """Return a value with three digits: NumPy writes 5 pA as "5. pA"."""
    return re.sub(r"\.(?= )", "", str(Quantity(float(f"{float(value):.3g}"), dim=value.dim)))


# -- the DPI neuron ---------------------------------------------------------------------------------


def _dpi_too_weak(group: Any, running: list[Input], silent: np.ndarray) -> list[Cause]:
    values = {name: _values(group, name) for name in _DPI_VALUES if name in group.variables}
    dark, nothing = values["I0"], np.zeros(len(group))
    means = {kind: nothing for kind in ("AMPA", "NMDA", "GABA_A", "GABA_B") if f"I{kind.lower()}" in group.variables}
    for each in running:
        if each.kind not in means:
            continue
        if each.rates is None:  # a rate that nobody knows may be any
            return []
        name = each.kind.lower()
        pre, post = each.pairs
        weights = np.ones(len(pre)) if each.weights is None else each.weights
        arriving = np.bincount(post, weights=weights * np.asarray(each.rates)[pre], minlength=len(group))
        jump = _values(group, f"I{name}_w0") * _values(group, f"alpha_{name}")
        means[each.kind] = means[each.kind] + mean_current(jump, _values(group, f"tau_{name}"), arriving)
    means = {kind: np.maximum(dark, mean) for kind, mean in means.items()}  # no circuit falls below the dark current
    leak = means.pop("GABA_A", nothing) + (dark if "Isoma_ahp" in group.variables else nothing)
    parts = {"constant": _values(group, "Isoma_const"), **means}
    if "GABA_B" in parts:
        parts["GABA_B"] = -parts["GABA_B"]
    total = np.sum(list(parts.values()), axis=0)
    needed = rheobase(values, leak)
    weak = silent[total[silent] < needed[silent]]
    if not len(weak):
        return []
    best = int(weak[np.argmax(total[weak] / needed[weak])])
    share = ", ".join(f"{name} {_said(float(part[best]))}" for name, part in parts.items())
    inhibited = ""
    if float(leak[best]) > 2.01 * dark[best]:
        inhibited = f", shunting and adaptation {_said(float(leak[best]))}"
    text = (
        f"The input of {some_of(group.name, weak.tolist(), len(group))} is at most {_said(float(total[best]))} "
        f"on average ({share}); they spike steadily from {_said(float(needed[best]))} on (leak "
        f"{_said(float(values['Isoma_dpi_tau'][best]))}{inhibited}, gain {values['alpha_soma'][best]:.3g}, threshold "
        f"{_said(float(values['Isoma_th'][best]))})."
    )
    return [
        Cause(
            "below rheobase", text, _dpi_advice(group, values, running, leak, total, needed, best), tuple(weak.tolist())
        )
    ]


def _dpi_advice(group: Any, values: Any, running: Any, leak: Any, total: Any, needed: Any, best: int) -> str:
    words = [name for name in _EXCITING if any(each.kind == name for each in running)]
    have = float(total[best])
    more = float(needed[best]) / have if have > 0 else np.inf
    factor = f" {more:.3g} times" if np.isfinite(more) else ""
    advice = []
    if words:
        biases = " or ".join(_bias(group, f"I{name.lower()}_w0") for name in words)
        advice.append(f"Raise the input{factor}: {biases}, more words or synapses, higher rates")
    advice.append(f"{'or set' if words else 'Set'} {_bias(group, 'Isoma_const')} above {_said(float(needed[best]))}")
    gain = gain_that_lets_fire(values, leak, have, best)
    if gain is not None:
        advice.append(f"or raise the gain, {_bias(group, 'alpha_soma')}, to {gain:.3g}")
    return ", ".join(advice) + "."


def _bias(group: Any, parameter: str) -> str:
    """Return what sets a parameter: on a board its bias, too."""
    bias_map = getattr(getattr(group, "chip", None), "bias_map", None)
    line = None if bias_map is None else bias_map.by_parameter.get(parameter)
    return parameter if line is None else f"{line.name} ({parameter})"


# -- neurons with a membrane -------------------------------------------------------------------------


def _membrane_too_weak(group: Any, inputs: list[Input], silent: np.ndarray) -> list[Cause]:
    poissons = poisson_inputs_of(group)
    case = case_of(group, inputs, poissons, silent)
    if case is None:
        return []
    _, total = case.critical()
    weak = silent[total <= 0]
    if not len(weak):
        return []
    best = int(silent[np.argmax(np.where(total <= 0, total, -np.inf))])
    nearest = case_of(group, inputs, poissons, np.array([best]))
    assert nearest is not None
    threshold = ", V_th" if "V_th" in group.variables else ""
    text, advice = explain(nearest, some_of(group.name, weak.tolist(), len(group)), Names("I_ext", threshold))
    return [Cause("below rheobase", text, advice, tuple(weak.tolist()))]


# -- any other --------------------------------------------------------------------------------------


def _as_it_stands(group: Any, silent: np.ndarray) -> list[Cause]:
    """Return how far the two sides of a threshold ``variable > expression`` are apart at the end of the run."""
    condition = str(group.events.get("spike", ""))
    match = re.fullmatch(r"\s*(\w+)\s*>=?\s*(.+?)\s*", condition)
    if match is None or match[1] not in group.variables:
        return []
    try:
        here = _values(group, match[1])
        limit = _limit(group, match[2])
    except Exception:  # an expression that names what only the run's namespace has
        return []
    below = silent[here[silent] < limit[silent]]
    if not len(below):
        return []
    best = int(below[np.argmax((here - limit)[below])])
    shown = _with_unit(group, match[1])
    advice = "Drive them more strongly, or lower the threshold. A StateMonitor shows how near they come."
    text = (
        f"At the end of the run {match[1]} of {some_of(group.name, below.tolist(), len(group))} is at most "
        f"{shown(here[best])}, below the threshold {match[2]} = {shown(limit[best])}."
    )
    return [Cause("below threshold", text, advice, tuple(below.tolist()))]


def _limit(group: Any, expression: str) -> np.ndarray:
    if expression in group.variables:
        return _values(group, expression)
    from brian2.parsing.sympytools import str_to_sympy

    text = str_to_sympy(expression)
    names = {symbol.name for symbol in text.free_symbols}
    units = {name: float(np.asarray(unit)) for name, unit in _units().items() if name in names}
    external = {
        name: float(np.asarray(value))
        for name, value in (group.namespace or {}).items()
        if name in names and np.ndim(value) == 0
    }
    own = {name: _values(group, name) for name in names if name in group.variables}
    if set(names) - {*units, *external, *own}:
        raise KeyError(expression)
    import sympy

    order = sorted(names)
    found = sympy.lambdify(order, text, "numpy")(*({**units, **external, **own}[name] for name in order))
    return np.broadcast_to(np.asarray(found, dtype=float), (len(group),))


def _units() -> dict[str, Any]:
    from brian2.core.namespace import DEFAULT_UNITS

    return dict(DEFAULT_UNITS)


def _with_unit(group: Any, name: str) -> Any:
    dimensions = group.variables[name].dim
    if dimensions.is_dimensionless:
        return lambda value: f"{value:.4g}"
    return lambda value: _short(Quantity(value, dim=dimensions))
