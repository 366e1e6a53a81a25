"""Parameters of receptors, without the receptor's name: ``PYNN_EXCITATION.suffixed("exc")`` has ``tau_exc``."""

from brian2.units import mmolar, ms, mV

from brianhw.parameters import ParameterSet

_PYNN = "PyNN 0.13, standardmodels/cells.py, IF_cond_exp (time constants also IF_curr_exp)"
_VOGELS_ABBOTT = "Vogels & Abbott 2005, J. Neurosci. 25:10786, methods"

PYNN_EXCITATION = ParameterSet("excitatory conductance, defaults of PyNN", _PYNN, tau=5 * ms, E=0 * mV)
PYNN_INHIBITION = ParameterSet("inhibitory conductance, defaults of PyNN", _PYNN, tau=5 * ms, E=-70 * mV)

VOGELS_ABBOTT_EXCITATION = ParameterSet("AMPA of the Vogels-Abbott network", _VOGELS_ABBOTT, tau=5 * ms, E=0 * mV)
VOGELS_ABBOTT_INHIBITION = ParameterSet("GABA_A of the Vogels-Abbott network", _VOGELS_ABBOTT, tau=10 * ms, E=-80 * mV)

NEST_CURRENT = ParameterSet("exponential current, defaults of NEST", "NEST 3.10, iaf_psc_exp", tau=2 * ms)

NMDA = ParameterSet(
    "NMDA receptor",
    "block: Jahr & Stevens 1990, J. Neurosci. 10:3178, with 1 mM magnesium; kinetics: Brunel & Wang 2001, "
    "J. Comput. Neurosci. 11:63, methods (without their saturation)",
    tau_rise=2 * ms,
    tau_decay=100 * ms,
    E=0 * mV,
    Mg=1 * mmolar,
    K_Mg=3.57 * mmolar,
    V_Mg=1 / (0.062 / mV),
)

MAGNESIUM_BLOCK = ParameterSet(
    "block of the NMDA receptor by magnesium",
    "Jahr & Stevens 1990, J. Neurosci. 10:3178, with 1.2 mM magnesium as in EDLUT (branch head 74220e7, 2023)",
    Mg=1.2 * mmolar,
    K_Mg=3.57 * mmolar,
    V_Mg=1 / (0.062 / mV),
)
