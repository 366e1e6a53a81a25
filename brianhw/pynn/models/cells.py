"""PyNN's standard cells, written with the models of :mod:`brianhw.equations`.

Neurons that are linear between spikes have a closed form for their step; AdEx and Hodgkin-Huxley are integrated to
fourth order; Izhikevich's neuron takes the forward Euler step that it was published and tuned with, as in NEST.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from pyNN.standardmodels import cells as standard

from brianhw.equations import ADEX, HODGKIN_HUXLEY, IZHIKEVICH, gif, linear_lif
from brianhw.equations.adaptation import spike_conductance
from brianhw.equations.receptors import (
    Receptor,
    alpha_conductance,
    alpha_current,
    exponential_conductance,
    exponential_current,
)
from brianhw.model import NeuronModel
from brianhw.pynn.checks.domains import Order
from brianhw.pynn.checks.refusals import DimensionsRefused
from brianhw.pynn.models.realisation import FromPyNN, Realisation, Realised, identity, made_of

__all__ = [
    "EIF_cond_alpha_isfa_ista",
    "EIF_cond_exp_isfa_ista",
    "GIF_cond_exp",
    "HH_cond_exp",
    "IF_cond_alpha",
    "IF_cond_exp",
    "IF_cond_exp_gsfa_grr",
    "IF_curr_alpha",
    "IF_curr_delta",
    "IF_curr_exp",
    "IF_facets_hardware1",
    "Izhikevich",
]


def constant(value: float, unit: str) -> FromPyNN:
    """Return a Brian2 value that PyNN fixes."""
    return FromPyNN(lambda _: value, unit)


@made_of("cm", "tau_m")
def leak(values: Mapping[str, Any]) -> Any:
    """Return the leak conductance in uS."""
    return values["cm"] / values["tau_m"]


MEMBRANE = {
    "C_m": FromPyNN("cm", "nF"),
    "g_L": FromPyNN(leak, "uS"),
    "E_L": FromPyNN("v_rest", "mV"),
    "V_th": FromPyNN("v_thresh", "mV"),
    "V_reset": FromPyNN("v_reset", "mV"),
    "t_ref": FromPyNN("tau_refrac", "ms"),
    "I_ext": FromPyNN("i_offset", "nA"),
}
TIME_CONSTANTS = {"tau_exc": FromPyNN("tau_syn_E", "ms"), "tau_inh": FromPyNN("tau_syn_I", "ms")}
REVERSALS = {"E_exc": FromPyNN("e_rev_E", "mV"), "E_inh": FromPyNN("e_rev_I", "mV")}
V = {"v": ("v", "mV")}
RESET_BELOW = (Order("v_reset", "v_thresh"),)  # or a spike is followed by another one at once; NEST, too, wants it
TAUS = {"excitatory": "tau_exc", "inhibitory": "tau_inh"}


def currents(exc: Receptor, inh: Receptor) -> Realisation:
    """Return a leaky integrate-and-fire neuron with two synaptic currents; inhibitory weights are negative."""
    return Realisation(
        linear_lif(exc, inh),
        {**MEMBRANE, **TIME_CONSTANTS},
        {**V, "isyn_exc": (exc.response, "nA"), "isyn_inh": (inh.response, "nA")},
        {"excitatory": (exc.entry, "nA"), "inhibitory": (inh.entry, "nA")},
        current_port="I_step",
        time_constants=TAUS,
        orders=RESET_BELOW,
    )


def conductance_states(exc: Receptor, inh: Receptor) -> dict[str, tuple[str, str]]:
    """Return the states of a neuron with two synaptic conductances."""
    return {**V, "gsyn_exc": (exc.response, "uS"), "gsyn_inh": (inh.response, "uS")}


def conductance_receptors(exc: Receptor, inh: Receptor) -> dict[str, tuple[str, str]]:
    """Return the receptors of a neuron with two synaptic conductances."""
    return {"excitatory": (exc.entry, "uS"), "inhibitory": (inh.entry, "uS")}


def conductances(exc: Receptor, inh: Receptor, membrane: Mapping[str, FromPyNN] = MEMBRANE) -> Realisation:
    """Return a leaky integrate-and-fire neuron with two synaptic conductances."""
    return Realisation(
        linear_lif(exc, inh),
        {**TIME_CONSTANTS, **REVERSALS, **membrane},
        conductance_states(exc, inh),
        conductance_receptors(exc, inh),
        current_port="I_step",
        time_constants=TAUS,
        orders=RESET_BELOW,
    )


EXP_CURRENTS = exponential_current("exc"), exponential_current("inh")
ALPHA_CURRENTS = alpha_current("exc"), alpha_current("inh")
EXP_CONDUCTANCES = exponential_conductance("exc"), exponential_conductance("inh")
ALPHA_CONDUCTANCES = alpha_conductance("exc"), alpha_conductance("inh")


class IF_curr_exp(Realised, standard.IF_curr_exp):
    __doc__ = standard.IF_curr_exp.__doc__
    translations = identity(standard.IF_curr_exp)
    realisation = currents(*EXP_CURRENTS)


class IF_curr_alpha(Realised, standard.IF_curr_alpha):
    __doc__ = standard.IF_curr_alpha.__doc__
    translations = identity(standard.IF_curr_alpha)
    realisation = currents(*ALPHA_CURRENTS)


class IF_curr_delta(Realised, standard.IF_curr_delta):
    __doc__ = standard.IF_curr_delta.__doc__
    translations = identity(standard.IF_curr_delta)
    realisation = Realisation(
        linear_lif(),
        MEMBRANE,
        V,
        {"excitatory": ("v", "mV"), "inhibitory": ("v", "mV")},
        current_port="I_step",
        orders=RESET_BELOW,
    )


class IF_cond_exp(Realised, standard.IF_cond_exp):
    __doc__ = standard.IF_cond_exp.__doc__
    translations = identity(standard.IF_cond_exp)
    realisation = conductances(*EXP_CONDUCTANCES)


class IF_cond_alpha(Realised, standard.IF_cond_alpha):
    __doc__ = standard.IF_cond_alpha.__doc__
    translations = identity(standard.IF_cond_alpha)
    realisation = conductances(*ALPHA_CONDUCTANCES)


class IF_facets_hardware1(Realised, standard.IF_facets_hardware1):
    __doc__ = standard.IF_facets_hardware1.__doc__
    translations = identity(standard.IF_facets_hardware1)
    realisation = conductances(
        *EXP_CONDUCTANCES,
        MEMBRANE
        | {
            "C_m": constant(0.2, "nF"),
            "g_L": FromPyNN("g_leak", "nS"),
            "t_ref": constant(1.0, "ms"),
            "I_ext": constant(0.0, "nA"),
            "E_exc": constant(0.0, "mV"),
        },
    )


class IF_cond_exp_gsfa_grr(Realised, standard.IF_cond_exp_gsfa_grr):
    __doc__ = standard.IF_cond_exp_gsfa_grr.__doc__
    translations = identity(standard.IF_cond_exp_gsfa_grr)
    realisation = Realisation(
        linear_lif(*EXP_CONDUCTANCES, spike_conductance("sfa"), spike_conductance("rr")),
        {
            **MEMBRANE,
            **TIME_CONSTANTS,
            **REVERSALS,
            "tau_sfa": FromPyNN("tau_sfa", "ms"),
            "E_sfa": FromPyNN("e_rev_sfa", "mV"),
            "q_sfa": FromPyNN("q_sfa", "nS"),
            "tau_rr": FromPyNN("tau_rr", "ms"),
            "E_rr": FromPyNN("e_rev_rr", "mV"),
            "q_rr": FromPyNN("q_rr", "nS"),
        },
        {**conductance_states(*EXP_CONDUCTANCES), "g_s": ("g_sfa", "nS"), "g_r": ("g_rr", "nS")},
        conductance_receptors(*EXP_CONDUCTANCES),
        current_port="I_step",
        time_constants=TAUS,
        orders=RESET_BELOW,
    )


# -- neurons that are not linear --------------------------------------------------------------------


ADEX_MEMBRANE = {
    "C": FromPyNN("cm", "nF"),
    "g_L": FromPyNN(leak, "uS"),
    "E_L": FromPyNN("v_rest", "mV"),
    "V_T": FromPyNN("v_thresh", "mV"),
    "Delta_T": FromPyNN("delta_T", "mV"),
    "a": FromPyNN("a", "nS"),
    "b": FromPyNN("b", "nA"),
    "tau_w": FromPyNN("tau_w", "ms"),
    "V_r": FromPyNN("v_reset", "mV"),
    "V_cut": FromPyNN("v_spike", "mV"),
    "t_ref": FromPyNN("tau_refrac", "ms"),
    "I_ext": FromPyNN("i_offset", "nA"),
}


# as in NEST: a spike is cut above the threshold, and the reset lies below the cut (though not always below threshold)
BELOW_CUT = (Order("v_reset", "v_spike"), Order("v_thresh", "v_spike", strict=False))


def adex(exc: Receptor, inh: Receptor) -> Realisation:
    """Return an AdEx neuron with two synaptic conductances."""
    return Realisation(
        ADEX + exc + inh,
        {**ADEX_MEMBRANE, **TIME_CONSTANTS, **REVERSALS},
        {**conductance_states(exc, inh), "w": ("w", "nA")},
        conductance_receptors(exc, inh),
        time_constants=TAUS,
        orders=BELOW_CUT,
    )


class EIF_cond_exp_isfa_ista(Realised, standard.EIF_cond_exp_isfa_ista):
    __doc__ = standard.EIF_cond_exp_isfa_ista.__doc__
    translations = identity(standard.EIF_cond_exp_isfa_ista)
    realisation = adex(*EXP_CONDUCTANCES)


class EIF_cond_alpha_isfa_ista(Realised, standard.EIF_cond_alpha_isfa_ista):
    __doc__ = standard.EIF_cond_alpha_isfa_ista.__doc__
    translations = identity(standard.EIF_cond_alpha_isfa_ista)
    realisation = adex(*ALPHA_CONDUCTANCES)


PART = 0.025  # ms; the Hodgkin-Huxley neuron is stable with Runge-Kutta steps of up to 0.05 ms


def _in_parts(timestep_ms: float) -> NeuronModel:
    """Return the Hodgkin-Huxley neuron with as many parts to a step as it needs."""
    exc, inh = EXP_CONDUCTANCES
    return replace(HODGKIN_HUXLEY, substeps=max(1, round(timestep_ms / PART))) + exc + inh


class HH_cond_exp(Realised, standard.HH_cond_exp):
    __doc__ = standard.HH_cond_exp.__doc__
    translations = identity(standard.HH_cond_exp)
    recordable = [*standard.HH_cond_exp.recordable, "m", "h", "n"]
    gates = ("m", "h", "n")
    realisation = Realisation(
        _in_parts(PART),
        {
            **TIME_CONSTANTS,
            **REVERSALS,
            "C_m": FromPyNN("cm", "nF"),
            "g_L": FromPyNN("g_leak", "uS"),
            "E_L": FromPyNN("e_rev_leak", "mV"),
            "g_Na": FromPyNN("gbar_Na", "uS"),
            "E_Na": FromPyNN("e_rev_Na", "mV"),
            "g_K": FromPyNN("gbar_K", "uS"),
            "E_K": FromPyNN("e_rev_K", "mV"),
            "V_T": FromPyNN("v_offset", "mV"),
            "t_ref": constant(2.0, "ms"),
            "I_ext": FromPyNN("i_offset", "nA"),
        },
        {**conductance_states(*EXP_CONDUCTANCES), "m": ("m", "1"), "h": ("h", "1"), "n": ("n", "1")},
        conductance_receptors(*EXP_CONDUCTANCES),
        time_constants=TAUS,
        model_at=_in_parts,
    )


class Izhikevich(Realised, standard.Izhikevich):
    __doc__ = standard.Izhikevich.__doc__
    translations = identity(standard.Izhikevich)
    realisation = Realisation(
        replace(IZHIKEVICH, scheme="euler"),
        {
            "a": FromPyNN("a", "1/ms"),
            "b": FromPyNN("b", "1/ms"),
            "c": FromPyNN("c", "mV"),
            "d": FromPyNN("d", "mV/ms"),
            "v_peak": constant(30.0, "mV"),
            "C_m": constant(0.001, "nF"),  # PyNN counts the paper's dimensionless current in pA
            "I_ext": FromPyNN("i_offset", "nA"),
        },
        {**V, "u": ("u", "mV/ms")},
        {"excitatory": ("v", "mV"), "inhibitory": ("v", "mV")},
    )


class GIF_cond_exp(Realised, standard.GIF_cond_exp):
    __doc__ = standard.GIF_cond_exp.__doc__
    translations = identity(standard.GIF_cond_exp)
    receptors = conductance_receptors(*EXP_CONDUCTANCES)

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        for name in ("eta", "gamma"):
            self._terms(name)

    def _terms(self, name: str) -> int:
        taus, amplitudes = (_length(self.parameter_space[f"{each}_{name}"]) for each in ("tau", "a"))
        if taus != amplitudes:
            raise DimensionsRefused(
                f"GIF_cond_exp: tau_{name} has {taus} elements and a_{name} {amplitudes}; they must be as many."
            )
        return taus

    @property
    def realisation(self) -> Realisation:
        """The neuron, with as many exponentials as its parameters have."""
        number = {name: self._terms(name) for name in ("eta", "gamma")}
        parts = {}
        for name, unit in (("eta", "nA"), ("gamma", "mV")):
            for k in range(number[name]):
                parts[f"tau_{name}_{k}"] = FromPyNN(_element(f"tau_{name}", k), "ms")
                parts[f"q_{name}_{k}"] = FromPyNN(_element(f"a_{name}", k), unit)
        membrane = {name: value for name, value in MEMBRANE.items() if name != "V_th"}
        return Realisation(
            linear_lif(*EXP_CONDUCTANCES, neuron=gif(number["eta"], number["gamma"])),
            {
                **membrane,
                **TIME_CONSTANTS,
                **REVERSALS,
                **parts,
                "V_t_star": FromPyNN("v_t_star", "mV"),
                "Delta_V": FromPyNN("delta_v", "mV"),
                "lambda_0": FromPyNN("lambda0", "Hz"),
            },
            {**conductance_states(*EXP_CONDUCTANCES), "i_eta": ("I_eta", "nA"), "v_t": ("V_t", "mV")},
            self.receptors,
            current_port="I_step",
            time_constants=TAUS,
        )


def _length(lazy: Any) -> int:
    value = lazy.base_value
    first = value.ravel()[0] if hasattr(value, "ravel") else value
    return len(first.value)


def _element(name: str, k: int) -> Any:
    """Return a function that takes element *k* of an array parameter, of one cell type or of each cell."""

    @made_of(name)
    def element(values: Mapping[str, Any]) -> Any:
        arrays = values[name]
        if isinstance(arrays, np.ndarray):
            return np.array([array.value[k] for array in arrays])
        return arrays.value[k]

    return element
