"""Parameters of the cerebellar granule cell."""

from brian2.units import cmetre, coulomb, joule, kelvin, mmolar, mole, ms, mV, siemens, ufarad, umetre

from brianhw.parameters import ParameterSet

DANGELO = ParameterSet(
    "granule cell",
    "D'Angelo et al. 2001, J. Neurosci. 21:759, as in EDLUT (branch head 74220e7, 2023), EgidioGranuleCell_TimeDriven",
    C_m=1 * ufarad / cmetre**2,
    g_Naf=0.013 * siemens / cmetre**2,
    g_Nar=0.0005 * siemens / cmetre**2,
    g_Nap=0.0002 * siemens / cmetre**2,
    g_KV=0.003 * siemens / cmetre**2,
    g_KA=0.004 * siemens / cmetre**2,
    g_KIR=0.0009 * siemens / cmetre**2,
    g_KCa=0.004 * siemens / cmetre**2,
    g_Ks=0.00035 * siemens / cmetre**2,
    g_Ca=0.00046 * siemens / cmetre**2,
    g_L=5.68e-5 * siemens / cmetre**2,
    g_GABA=2.17e-5 * siemens / cmetre**2,
    E_Na=87.39 * mV,
    E_K=-84.69 * mV,
    E_L=-58 * mV,
    E_GABA=-65 * mV,
    Ca_out=2 * mmolar,
    Ca_rest=1e-4 * mmolar,
    tau_Ca=1 / 1.5 * ms,
    depth=0.2 * umetre,
    area=1e-9 / 3.34156941e-4 * cmetre**2,  # EDLUT: pA to mA/cm**2; a sphere of 9.76 um
    V_th=0 * mV,
    T=303.15 * kelvin,
    R=8.3134 * joule / (kelvin * mole),
    F=96485.309 * coulomb / mole,
)
