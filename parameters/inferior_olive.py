"""Parameters of the inferior olive's neuron; those of its gap junctions are in ``brianhw.parameters.gap_junction``."""

from brian2.units import cmetre, ms, msiemens, mV, ufarad

from brianhw.parameters import ParameterSet

EDLUT = ParameterSet(
    "inferior olive",
    "EDLUT (branch head 74220e7, 2023), TimeDrivenInferiorOliveCell, defaults",
    C_m=1 * ufarad / cmetre**2,
    g_L=0.015 * msiemens / cmetre**2,
    E_L=-70 * mV,
    area=1e-5 * cmetre**2,
    V_th=-50 * mV,
    V_peak=31 * mV,
    V_reset=-70 * mV,
    t_ref=1.35 * ms,
)
