"""Parameters of the Purkinje cell."""

from math import pi

from brian2.units import cmetre, ms, msiemens, mV, uamp, ufarad

from brianhw.parameters import ParameterSet

_FIXED = dict(
    g_L=0.02 * msiemens / cmetre**2,
    E_L=-70 * mV,
    g_Ca=0.001 * msiemens / cmetre**2,
    E_Ca=125 * mV,
    g_M=0.75 * msiemens / cmetre**2,
    E_M=-95 * mV,
    area=pi * 0.0015 * 2 * 0.0008 * cmetre**2,
    V_th=-35 * mV,
    V_peak=31 * mV,
    V_reset=-70 * mV,
    t_ref=1.35 * ms,
)

EDLUT = ParameterSet(
    "Purkinje cell",
    "EDLUT (branch head 74220e7, 2023), TimeDrivenPurkinjeCell, defaults; "
    "Luque et al. 2019, PLoS Comput. Biol. 15:e1006298",
    C_m=0.95 * ufarad / cmetre**2,
    **_FIXED,
)

EDLUT_PLASTIC = ParameterSet(
    "Purkinje cell with intrinsic plasticity",
    "EDLUT (branch head 74220e7, 2023), TimeDrivenPurkinjeCell_IP, defaults",
    C_min=0.5 * ufarad / cmetre**2,
    tau_C=12000 * ms,
    jump_C=0.0475 * ufarad * ms / cmetre**2,
    I_C=1 * uamp / cmetre**2,
    **_FIXED,
)
