"""Parameters of the leaky integrate-and-fire neuron."""

from brian2.units import Mohm, ms, mV, nF, nS, pF

from brianhw.parameters import ParameterSet

PYNN_DEFAULTS = ParameterSet(
    "LIF, defaults of PyNN",
    "PyNN 0.13, standardmodels/cells.py, IF_curr_exp; g_L = cm/tau_m",
    C_m=1 * nF,
    g_L=50 * nS,  # tau_m = 20 ms
    E_L=-65 * mV,
    V_th=-50 * mV,
    V_reset=-65 * mV,
    t_ref=0.1 * ms,
)

NEST_DEFAULTS = ParameterSet(
    "LIF, defaults of NEST",
    "NEST 3.10, iaf_psc_exp; g_L = C_m/tau_m",
    C_m=250 * pF,
    g_L=25 * nS,  # tau_m = 10 ms
    E_L=-70 * mV,
    V_th=-55 * mV,
    V_reset=-70 * mV,
    t_ref=2 * ms,
)

VOGELS_ABBOTT = ParameterSet(
    "LIF of the Vogels-Abbott network",
    "Vogels & Abbott 2005, J. Neurosci. 25:10786, methods; in farad and siemens: Brette et al. 2007, "
    "J. Comput. Neurosci. 23:349, appendix B, benchmark 1",
    C_m=200 * pF,  # 1 uF/cm2 over 20,000 um2
    g_L=1 / (100 * Mohm),  # tau_m = 20 ms
    E_L=-60 * mV,
    V_th=-50 * mV,
    V_reset=-60 * mV,
    t_ref=5 * ms,
)
