"""SpiNNaker's neurons, synapses and plasticity in the chip's own arithmetic: raw integers, equal to the bit.

::

    group = NeuronGroup(100, **IF_CURR_EXP, dt=1*ms)
    membrane = {"tau_m": 20*ms, "cm": 1*nF, "v_rest": -65*mV, "v_reset": -65*mV, "v_thresh": -50*mV, "tau_refrac": 2*ms}
    IF_CURR_EXP.set(group, membrane, tau_syn_E=5*ms, tau_syn_I=5*ms, i_offset=0*nA, v=-65*mV, shift_exc=5, shift_inh=5)

What the chip holds has names that end in ``_raw`` or say so at their line; ``v``, ``I_exc`` and ``g_exc`` are the same in SI
units, to read and record.
"""

from brianhw.equations.receptors import sum_of_currents
from brianhw.equations.spinnaker.neurons import CALCIUM_ADAPTATION, IZHIKEVICH, LIF, STOCHASTIC_LIF
from brianhw.equations.spinnaker.receptors import (
    alpha_current,
    delta_current,
    exponential_conductance,
    exponential_current,
    motion_detector,
)

__all__ = [
    "CALCIUM_ADAPTATION",
    "IF_COND_EXP",
    "IF_COND_EXP_STOC",
    "IF_CURR_ALPHA",
    "IF_CURR_DELTA",
    "IF_CURR_DUAL_EXP",
    "IF_CURR_EXP",
    "IF_CURR_EXP_CA2",
    "IF_CURR_EXP_SEMD",
    "IZHIKEVICH",
    "IZK_COND_EXP",
    "IZK_CURR_EXP",
    "LIF",
    "STOCHASTIC_LIF",
    "alpha_current",
    "delta_current",
    "exponential_conductance",
    "exponential_current",
    "motion_detector",
]

_CURRENTS = exponential_current("exc", "+", "tau_syn_E") + exponential_current("inh", "-", "tau_syn_I")
_CONDUCTANCES = exponential_conductance("exc", "+", "tau_syn_E", "e_rev_E") + exponential_conductance(
    "inh", "-", "tau_syn_I", "e_rev_I"
)

IF_CURR_EXP = (LIF + _CURRENTS).renamed("SpiNNaker IF_curr_exp")
IF_COND_EXP = (LIF + _CONDUCTANCES).renamed("SpiNNaker IF_cond_exp")
IF_COND_EXP_STOC = (STOCHASTIC_LIF + _CONDUCTANCES).renamed("SpiNNaker IF_cond_exp_stoc")
IF_CURR_ALPHA = (LIF + alpha_current("exc", "+", "tau_syn_E") + alpha_current("inh", "-", "tau_syn_I")).renamed(
    "SpiNNaker IF_curr_alpha"
)
IF_CURR_DELTA = (LIF + delta_current("exc") + delta_current("inh", "-")).renamed("SpiNNaker IF_curr_delta")
_SECOND = exponential_current("exc2", "+", "tau_syn_E2")
IF_CURR_DUAL_EXP = (LIF + _CURRENTS + _SECOND + sum_of_currents("I_exc_sum", "I_exc", "I_exc2")).renamed(
    "SpiNNaker IF_curr_dual_exp"
)
_FIRST, _LAST, _DETECTOR = motion_detector(exponential_current("exc", "+", "tau_syn_E"), _SECOND)
IF_CURR_EXP_SEMD = (LIF + _FIRST + _LAST + exponential_current("inh", "-", "tau_syn_I") + _DETECTOR).renamed(
    "SpiNNaker IF_curr_exp_sEMD"
)
IF_CURR_EXP_CA2 = (LIF + _CURRENTS + CALCIUM_ADAPTATION).renamed("SpiNNaker IF_curr_exp_ca2_adaptive")
IZK_CURR_EXP = (IZHIKEVICH + _CURRENTS).renamed("SpiNNaker IZK_curr_exp")
IZK_COND_EXP = (IZHIKEVICH + _CONDUCTANCES).renamed("SpiNNaker IZK_cond_exp")
