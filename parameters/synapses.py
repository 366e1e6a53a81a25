"""Parameters of plastic synapses. Weights (``weight``, ``w_max``) are the network's and not here."""

from brian2.units import ms, us

from brianhw.parameters import ParameterSet

SONG_STDP = ParameterSet(
    "additive STDP of cortical synapses",
    "Song, Miller & Abbott 2000, Nat. Neurosci. 3:919, methods: A_minus/A_plus = 1.05",
    tau_plus=20 * ms,
    tau_minus=20 * ms,
    A_plus=0.005,
    A_minus=0.00525,
)

PFISTER_TRIPLETS = ParameterSet(
    "triplets of spikes in visual cortex",
    "Pfister & Gerstner 2006, J. Neurosci. 26:9673, minimal model, all-to-all",
    tau_plus=16.8 * ms,
    tau_minus=33.7 * ms,
    tau_x=101 * ms,  # of triplets that depress, which the minimal model has none of
    tau_y=125 * ms,
    A2_plus=0,
    A2_minus=7.1e-3,
    A3_plus=6.5e-3,
    A3_minus=0,
)

DEPRESSING = ParameterSet(
    "depressing synapse between pyramidal cells",
    "Tsodyks, Pawelzik & Markram 1998, Neural Comput. 10:821, figure 1A",
    U_SE=0.5,
    tau_rec=800 * ms,
    tau_facil=1 * us,  # the figure has no facilitation
)

FACILITATING = ParameterSet(
    "facilitating synapse from a pyramidal cell to an interneuron",
    "Tsodyks, Pawelzik & Markram 1998, Neural Comput. 10:821, figure 1B",
    U_SE=0.03,
    tau_rec=130 * ms,
    tau_facil=530 * ms,
)
