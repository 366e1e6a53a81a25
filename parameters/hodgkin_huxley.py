"""Parameters of the Hodgkin-Huxley neuron."""

from brian2.units import mV, nS, pF

from brianhw.parameters import ParameterSet

EDLUT = ParameterSet(
    "Hodgkin-Huxley, defaults of EDLUT",
    "EDLUT (branch head 74220e7, 2023), HHTimeDrivenModel, defaults",
    C_m=120 * pF,
    g_L=10 * nS,
    E_L=-65 * mV,
    g_Na=20000 * nS,
    E_Na=50 * mV,
    g_K=6000 * nS,
    E_K=-90 * mV,
    V_T=-52 * mV,
    V_th=-30 * mV,
)
