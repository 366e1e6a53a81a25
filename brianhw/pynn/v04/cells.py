"""The cells of PyNN 0.4, with the defaults and units of its documentation, made of those of 0.13.

What differs: initial values (``v_init``, ``w_init``) are parameters; the Hodgkin-Huxley conductances are in nS; the
hardware neuron has its capacitance, refractory period and excitatory reversal potential as parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pyNN.parameters import Sequence

import brianhw.pynn as sim
from brianhw.pynn.checks.domains import POSITIVE, Domain
from brianhw.pynn.checks.text import domains_of
from brianhw.pynn.v04.models import Computed, StandardModelType, Translation

__all__ = [
    "EIF_cond_alpha_isfa_ista",
    "HH_cond_exp",
    "IF_cond_alpha",
    "IF_cond_exp",
    "IF_cond_exp_gsfa_grr",
    "IF_curr_alpha",
    "IF_curr_exp",
    "IF_facets_hardware1",
    "SpikeSourceArray",
    "SpikeSourceInhGamma",
    "SpikeSourcePoisson",
    "StandardCellType",
]

INITIAL = {"v_init": "v", "w_init": "w"}  # parameter of 0.4 -> state variable of 0.13


def _same(parameters: Mapping[str, Any], **others: Any) -> dict[str, Any]:
    """Return translations: all parameters but initial values by the same name, but for *others*."""
    return {**{name: Translation(name) for name in parameters if name not in INITIAL}, **others}


class StandardCellType(StandardModelType):
    """Base class of standardised cells."""

    target: ClassVar[Any] = None  # the cell type of 0.13
    initial: ClassVar[dict[str, Any]] = {}  # initial values that are no parameters here: variable -> parameter

    @classmethod
    def domain_of(cls, name: str) -> Domain:
        """Return what a parameter can be: what that of 0.13 can be, unless the class says otherwise."""
        own = super().domain_of(name)
        translation = cls.translations.get(name)
        if name in cls.domains or not isinstance(translation, Translation) or cls.target is None:
            return own
        return domains_of(cls.target()).get(translation.name, own)

    def celltype(self) -> Any:
        """Return the cell type of PyNN 0.13."""
        native = {name: _sequence(value) for name, value in self.translate(self.parameters).items()}
        return self.target(**native)

    def initial_values(self) -> dict[str, Any]:
        """Return the initial values of state variables."""
        found = {variable: self.parameters[name] for name, variable in INITIAL.items() if name in self.parameters}
        return {**found, **{variable: self.parameters[name] for variable, name in self.initial.items()}}


def _sequence(value: Any) -> Any:
    return Sequence(value) if isinstance(value, list) else value


MEMBRANE = {
    "tau_refrac": 0.0, "tau_m": 20.0, "i_offset": 0.0, "cm": 1.0, "v_init": -65.0, "v_thresh": -50.0, "v_rest": -65.0,
    "v_reset": -65.0,
}  # fmt: skip
REVERSALS = {"e_rev_E": 0.0, "e_rev_I": -70.0}


class IF_curr_alpha(StandardCellType):
    """Leaky integrate-and-fire neuron with alpha-shaped synaptic currents."""

    default_parameters = {**MEMBRANE, "tau_syn_E": 0.5, "tau_syn_I": 0.5}
    translations = _same(default_parameters)
    target = sim.IF_curr_alpha


class IF_curr_exp(StandardCellType):
    """Leaky integrate-and-fire neuron with exponentially decaying synaptic currents."""

    default_parameters = {**MEMBRANE, "tau_syn_E": 5.0, "tau_syn_I": 5.0}
    translations = _same(default_parameters)
    target = sim.IF_curr_exp


class IF_cond_alpha(StandardCellType):
    """Leaky integrate-and-fire neuron with alpha-shaped synaptic conductances."""

    default_parameters = {**MEMBRANE, **REVERSALS, "tau_syn_E": 0.3, "tau_syn_I": 0.5}
    translations = _same(default_parameters)
    target = sim.IF_cond_alpha


class IF_cond_exp(StandardCellType):
    """Leaky integrate-and-fire neuron with exponentially decaying synaptic conductances."""

    default_parameters = {**MEMBRANE, **REVERSALS, "tau_syn_E": 5.0, "tau_syn_I": 5.0}
    translations = _same(default_parameters)
    target = sim.IF_cond_exp


class IF_cond_exp_gsfa_grr(StandardCellType):
    """The same, with an adaptation conductance and one for a relative refractory period (Muller et al. 2007)."""

    default_parameters = {
        **IF_cond_exp.default_parameters, "e_rev_rr": -75.0, "tau_sfa": 100.0, "q_sfa": 15.0, "q_rr": 3000.0,
        "tau_rr": 2.0, "e_rev_sfa": -75.0,
    }  # fmt: skip
    translations = _same(default_parameters)
    target = sim.IF_cond_exp_gsfa_grr


class IF_facets_hardware1(StandardCellType):
    """Leaky integrate-and-fire neuron with conductances, as in the FACETS hardware; it starts at rest."""

    default_parameters = {
        "tau_refrac": 1.0, "e_rev_E": 0.0, "g_leak": 20.0, "cm": 0.2, "e_rev_I": -75.0, "v_thresh": -57.0,
        "tau_syn_E": 20.0, "v_reset": -80.0, "tau_syn_I": 20.0, "v_rest": -70.0,
    }  # fmt: skip
    translations = _same(
        default_parameters,
        g_leak=Computed("tau_m", lambda p: 1000.0 * p["cm"] / p["g_leak"], lambda p: 1000.0 * p["cm"] / p["tau_m"]),
    )
    domains = {"g_leak": POSITIVE}
    target = sim.IF_cond_exp  # 0.13's hardware neuron has fewer parameters
    initial = {"v": "v_rest"}


class HH_cond_exp(StandardCellType):
    """Hodgkin-Huxley neuron with the channels of Traub and Miles; conductances in nS."""

    default_parameters = {
        "gbar_K": 6000.0, "e_rev_E": 0.0, "gbar_Na": 20000.0, "cm": 0.2, "e_rev_leak": -65.0, "e_rev_I": -80.0,
        "e_rev_K": -90.0, "v_init": -65.0, "e_rev_Na": 50.0, "tau_syn_E": 0.2, "tau_syn_I": 2.0, "v_offset": -63.0,
        "i_offset": 0.0, "g_leak": 10.0,
    }  # fmt: skip
    translations = _same(
        default_parameters, **{name: Translation(name, 1e-3) for name in ("gbar_K", "gbar_Na", "g_leak")}
    )
    target = sim.HH_cond_exp


class EIF_cond_alpha_isfa_ista(StandardCellType):
    """Adaptive exponential integrate-and-fire neuron with alpha-shaped conductances (Brette & Gerstner 2005)."""

    default_parameters = {
        "tau_refrac": 0.0, "a": 4.0, "tau_m": 9.3667, "e_rev_E": 0.0, "i_offset": 0.0, "cm": 0.281, "delta_T": 2.0,
        "v_init": -70.6, "v_thresh": -50.4, "b": 0.0805, "tau_syn_E": 5.0, "v_reset": -70.6, "v_spike": 0.0,
        "e_rev_I": -80.0, "tau_syn_I": 5.0, "tau_w": 144.0, "w_init": 0.0, "v_rest": -70.6,
    }  # fmt: skip
    translations = _same(default_parameters)
    target = sim.EIF_cond_alpha_isfa_ista


class SpikeSourceArray(StandardCellType):
    """Source of spikes at given times."""

    default_parameters: ClassVar[dict[str, Any]] = {"spike_times": []}
    translations = _same(default_parameters)
    target = sim.SpikeSourceArray


class SpikeSourcePoisson(StandardCellType):
    """Source of spikes at random."""

    default_parameters = {"duration": 1000000.0, "start": 0.0, "rate": 1.0}
    translations = _same(default_parameters)
    target = sim.SpikeSourcePoisson


class SpikeSourceInhGamma(StandardCellType):
    """Source with an inhomogeneous gamma process, by thinning (Muller et al. 2007).

    ``rmax``, the rate to thin from, is checked and not used: the largest hazard of the process is known.
    """

    default_parameters: ClassVar[dict[str, Any]] = {
        "a": [1.0], "b": [1.0], "rmax": 1.0, "start": 0.0, "tbins": [0.0], "duration": 1000000.0,
    }  # fmt: skip
    translations = {name: Translation(name) for name in default_parameters if name != "rmax"}
    target = sim.SpikeSourceInhGamma
