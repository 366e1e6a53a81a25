"""The mean input of PyNN's standard cells against their membrane, in PyNN's parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from brianhw.why.membranes import Case, Membrane, Term, adex, izhikevich, leaky
from brianhw.why.pynn_currents import Injected

__all__ = ["CELLS", "case_of_cells"]


class _Cell(NamedTuple):
    membrane: str  # "leaky", "adex" or "izhikevich"
    synapses: str  # "current" or "conductance"
    area: float  # of the response to a spike, in weight times time constant


#: The cells that have a closed form, by the name of their type.
CELLS: Mapping[str, _Cell] = {
    "IF_curr_exp": _Cell("leaky", "current", 1.0),
    "IF_curr_alpha": _Cell("leaky", "current", np.e),
    "IF_cond_exp": _Cell("leaky", "conductance", 1.0),
    "IF_cond_alpha": _Cell("leaky", "conductance", np.e),
    "EIF_cond_exp_isfa_ista": _Cell("adex", "conductance", 1.0),
    "EIF_cond_alpha_isfa_ista": _Cell("adex", "conductance", np.e),
    "Izhikevich": _Cell("izhikevich", "current", 1.0),
    "Izhikevich_cond": _Cell("izhikevich", "conductance", 1.0),
}

_Read = Callable[[str], Any]


def case_of_cells(
    population: Any,
    brought: Mapping[str, np.ndarray],
    neurons: np.ndarray,
    on_chip: bool,
    injected: Injected,
    goes_on: bool = True,
) -> Case | None:
    """Return the mean input of *neurons* against their membrane.

    Parameters
    ----------
    population : PyNN population
    brought : mapping of receptor to array
        For each cell the sum of weights that come per second.
    neurons : array of int
    on_chip : bool
        Whether it is SpiNNaker's: its Izhikevich cells have synaptic currents, and nA are the paper's unit.
    injected : Injected
        The currents of sources.
    goes_on : bool
        Whether what the sources would bring after the end of the run counts.
    """
    cell = CELLS[type(population.celltype).__name__]
    names = set(population.celltype.get_parameter_names())

    def of(name: str) -> Any:
        values = np.asarray(population.get(name, simplify=False), dtype=float)
        return np.broadcast_to(values, (population.size,))[neurons][:, None]

    sums = {receptor: each[neurons][:, None] for receptor, each in brought.items()}
    terms = []
    for receptor, end, sign in (("excitatory", "E", 1.0), ("inhibitory", "I", -1.0)):
        if f"tau_syn_{end}" in names:
            mean = cell.area * sums[receptor] * of(f"tau_syn_{end}") * 1e-3
        elif cell.membrane == "izhikevich":  # a spike lifts v by its weight, in mV: nF*mV/s are pA
            mean = sums[receptor] * 1e-6
        else:
            return None
        if cell.synapses == "conductance":
            terms.append(Term.of_conductance(receptor, mean * 1e-6, of(f"e_rev_{end}") * 1e-3))
        else:
            terms.append(Term.of_current(receptor, sign * mean * 1e-9))
    if np.isin(neurons, injected.flows()).any():
        tau = None
        if cell.membrane == "leaky":
            conductance = sum((term.slope(np.zeros_like(of("cm"))) for term in terms), of("cm") / of("tau_m") * 1e-6)
            tau = (of("cm") * 1e-9 / conductance)[:, 0]
        current = injected.strongest(neurons, tau, goes_on)[:, None]
        terms.append(Term.of_current(injected.names(neurons), current, injected.strongest(neurons)[:, None]))
    membrane = {"leaky": _leaky, "adex": _adex, "izhikevich": _izhikevich}[cell.membrane](of, on_chip)
    return Case(membrane, tuple(terms), of("i_offset") * 1e-9)


def _leaky(of: _Read, on_chip: bool) -> Membrane:
    conductance = of("cm") / of("tau_m") * 1e-6
    found = leaky({"g_L": conductance, "E_L": of("v_rest") * 1e-3, "V_th": of("v_thresh") * 1e-3})
    return replace(found, formula="cm/tau_m*(v_thresh - v_rest)")


def _adex(of: _Read, on_chip: bool) -> Membrane:
    volts = {"E_L": "v_rest", "V_T": "v_thresh", "Delta_T": "delta_T", "V_cut": "v_spike"}
    values = {name: of(given) * 1e-3 for name, given in volts.items()}
    values["g_L"] = of("cm") / of("tau_m") * 1e-6
    return adex({**values, "C": of("cm") * 1e-9, "a": of("a") * 1e-9, "tau_w": of("tau_w") * 1e-3})


def _izhikevich(of: _Read, on_chip: bool) -> Membrane:
    # the paper's I = 1 is 1 nA on SpiNNaker and 1 pA in PyNN
    capacitance = np.full_like(of("a"), 1e-9 if on_chip else 1e-12)
    peak = np.full_like(of("a"), 30e-3)
    return izhikevich({"a": of("a") * 1e3, "b": of("b") * 1e3, "C_m": capacitance, "v_peak": peak})
