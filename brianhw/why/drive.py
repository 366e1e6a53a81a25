"""Whether what comes is enough: the mean input of neurons against the smallest current that makes them spike."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from brian2 import amp
from brian2.core.namespace import DEFAULT_UNITS

from brianhw.why.biases import bias_for
from brianhw.why.dpi import Balance, Comes, balance, mean_current
from brianhw.why.explanation import Cause, some_of
from brianhw.why.inputs import Input, acts, poisson_inputs_of
from brianhw.why.means import means_of
from brianhw.why.membranes import smallest_factor
from brianhw.why.saying import MARGIN, Names, enough, explain, short
from brianhw.why.spiked import values_of

__all__ = ["too_weak"]

_DPI = ("Isoma_mem", "Isoma_dpi_tau", "alpha_soma", "Isoma_th", "I0", "Isoma_const")
_DPI_VALUES = (
    "Isoma_dpi_tau",
    "alpha_soma",
    "Isoma_th",
    "I0",
    "Isoma_pfb_gain",
    "Isoma_pfb_th",
    "Isoma_pfb_norm",
    "Inmda_thr",
    "Isoma_ahp_tau",
)
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


def _said(current: float) -> str:
    return short(current, amp)


# -- the DPI neuron ---------------------------------------------------------------------------------

_CIRCUITS = ("AMPA", "NMDA", "GABA_A", "GABA_B")


@dataclass(frozen=True)
class _Dpi:
    """DPI neurons: their parameters, and the mean currents of their synapses before the dark current's floor."""

    values: dict[str, np.ndarray]
    constant: np.ndarray
    synapses: dict[str, np.ndarray]

    def of(self, neuron: int) -> _Dpi:
        one = slice(neuron, neuron + 1)
        values = {name: each[one] for name, each in self.values.items()}
        return _Dpi(values, self.constant[one], {name: each[one] for name, each in self.synapses.items()})

    def floored(self) -> dict[str, np.ndarray]:
        """Return the currents of the synapse circuits, none of which falls below the dark current."""
        return {name: np.maximum(self.values["I0"], each) for name, each in self.synapses.items()}

    def comes(self) -> Comes:
        dark, nothing = self.values["I0"], np.zeros(len(self.constant))
        mean = {**dict.fromkeys(_CIRCUITS, nothing), **self.floored()}
        leak = mean["GABA_A"] + (dark if "Isoma_ahp_tau" in self.values else nothing)
        return Comes(self.constant + mean["AMPA"] - mean["GABA_B"], mean["NMDA"], leak)

    def balance(self) -> Balance:
        return balance(self.values, self.comes())

    def spikes(self) -> bool:
        """Say whether the (one) neuron does, with a margin."""
        found = self.balance()
        return bool(found.missing[0] <= -MARGIN * found.needed[0])

    def with_synapses(self, kind: str, factor: float) -> _Dpi:
        return replace(self, synapses={**self.synapses, kind: factor * self.synapses[kind]})

    def with_value(self, name: str, factor: float) -> _Dpi:
        return replace(self, values={**self.values, name: factor * self.values[name]})


def _dpi_of(group: Any, running: list[Input]) -> _Dpi | None:
    values = {name: values_of(group, name) for name in _DPI_VALUES if name in group.variables}
    nothing = np.zeros(len(group))
    means = {kind: nothing for kind in _CIRCUITS if f"I{kind.lower()}" in group.variables}
    for each in running:
        if each.kind not in means or not acts(each):
            continue
        if each.rates is None:  # a rate that nobody knows may be any
            return None
        name = each.kind.lower()
        pre, post = each.pairs
        weights = np.ones(len(pre)) if each.weights is None else each.weights
        arriving = np.bincount(post, weights=weights * np.asarray(each.rates)[pre], minlength=len(group))
        jump = values_of(group, f"I{name}_w0") * values_of(group, f"alpha_{name}")
        means[each.kind] = means[each.kind] + mean_current(jump, values_of(group, f"tau_{name}"), arriving)
    return _Dpi(values, values_of(group, "Isoma_const"), means)


def _dpi_too_weak(group: Any, running: list[Input], silent: np.ndarray) -> list[Cause]:
    cells = _dpi_of(group, running)
    if cells is None:
        return []
    found, comes = cells.balance(), cells.comes()
    weak = silent[found.missing[silent] > 0]
    if not len(weak):
        return []
    best = int(weak[np.argmax(found.comes[weak] / found.needed[weak])])
    parts = {"constant": cells.constant, **cells.floored()}
    parts.pop("GABA_A", None)
    if "NMDA" in parts:
        parts["NMDA"] = parts["NMDA"] * found.share
    if "GABA_B" in parts:
        parts["GABA_B"] = -parts["GABA_B"]
    share = ", ".join(f"{name} {_said(float(part[best]))}" for name, part in parts.items())
    inhibited = ""
    leak = float(comes.leak[best])
    if leak > 2.01 * cells.values["I0"][best]:
        inhibited = f", shunting and adaptation {_said(leak)}"
    text = (
        f"The input of {some_of(group.name, weak.tolist(), len(group))} is at most {_said(float(found.comes[best]))} "
        f"on average ({share}); they spike steadily from {_said(float(found.needed[best]))} on (leak "
        f"{_said(float(cells.values['Isoma_dpi_tau'][best]))}{inhibited}, gain "
        f"{cells.values['alpha_soma'][best]:.3g}, threshold {_said(float(cells.values['Isoma_th'][best]))})."
    )
    advice = _dpi_advice(group, cells.of(best), running, best)
    return [Cause("below rheobase", text, advice, tuple(weak.tolist()))]


def _factor_of_synapses(cell: _Dpi, kind: str) -> float | None:
    return smallest_factor(lambda factor: cell.with_synapses(kind, factor).spikes())


def _dpi_advice(group: Any, cell: _Dpi, running: list[Input], best: int) -> str:
    """Return what would be enough, each way for itself."""
    advice = []
    for kind in _EXCITING:
        if kind not in cell.synapses or not cell.synapses[kind][0] or not any(each.kind == kind for each in running):
            continue
        factor = _factor_of_synapses(cell, kind)
        if factor is not None:
            times = enough(factor)
            name = f"I{kind.lower()}_w0"
            value = times * float(values_of(group, name)[best])
            advice.append(
                f"raise the input by {kind} {times:.3g} times: {bias_for(group, name, value, best)}, more words or "
                "synapses, higher rates"
            )
    found = cell.balance()
    constant = enough(float(cell.constant[0] + found.missing[0] + MARGIN * found.needed[0]))
    advice.append(f"set {bias_for(group, 'Isoma_const', constant, best)}")
    factor = smallest_factor(lambda factor: cell.with_value("alpha_soma", factor).spikes())
    if factor is not None:
        gain = enough(factor * float(cell.values["alpha_soma"][0]))
        advice.append(f"set the gain, {bias_for(group, 'alpha_soma', gain, best)}")
    said = ", or ".join(advice)
    return f"{said[0].upper()}{said[1:]}."


# -- neurons with a membrane -------------------------------------------------------------------------


def _membrane_too_weak(group: Any, inputs: list[Input], silent: np.ndarray) -> list[Cause]:
    means = means_of(group, inputs, poisson_inputs_of(group))
    case = None if means is None else means.case(silent)
    if means is None or case is None:
        return []
    _, total = case.critical()
    weak = silent[total <= 0]
    if not len(weak):
        return []
    best = int(silent[np.argmax(np.where(total <= 0, total, -np.inf))])
    nearest = means.case(np.array([best]))
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
        here = values_of(group, match[1])
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
        return values_of(group, expression)
    from brian2.parsing.sympytools import str_to_sympy

    text = str_to_sympy(expression)
    names = {symbol.name for symbol in text.free_symbols}
    units = {name: float(np.asarray(unit)) for name, unit in DEFAULT_UNITS.items() if name in names}
    external = {
        name: float(np.asarray(value))
        for name, value in (group.namespace or {}).items()
        if name in names and np.ndim(value) == 0
    }
    own = {name: values_of(group, name) for name in names if name in group.variables}
    if set(names) - {*units, *external, *own}:
        raise KeyError(expression)
    import sympy

    order = sorted(names)
    found = sympy.lambdify(order, text, "numpy")(*({**units, **external, **own}[name] for name in order))
    return np.broadcast_to(np.asarray(found, dtype=float), (len(group),))


def _with_unit(group: Any, name: str) -> Any:
    dimensions = group.variables[name].dim
    if dimensions.is_dimensionless:
        return lambda value: f"{value:.4g}"
    return lambda value: short(value, dimensions)
