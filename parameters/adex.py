"""Parameters of the adaptive exponential integrate-and-fire neuron.

Each firing pattern of Naud et al. 2008 comes with the current that makes it (``I_ext``).
"""

from brian2.units import ms, mV, nS, pA, pF

from brianhw.parameters import ParameterSet

_NAUD = (
    "Naud, Marcille, Clopath & Gerstner 2008, Biol. Cybern. 99:335, table 1, with the corrections by P. Mueller "
    "(Heidelberg) as in Brian2's example frompapers/Naud_et_al_2008"
)

BRETTE_GERSTNER = ParameterSet(
    "AdEx, regular spiking pyramidal cell",
    "Brette & Gerstner 2005, J. Neurophysiol. 94:3637, table 1; reset to E_L, spikes cut at 20 mV",
    C=281 * pF,
    g_L=30 * nS,
    E_L=-70.6 * mV,
    V_T=-50.4 * mV,
    Delta_T=2 * mV,
    a=4 * nS,
    b=80.5 * pA,
    tau_w=144 * ms,
    V_r=-70.6 * mV,
    V_cut=20 * mV,
)

# The detailed model that these values were fitted to is a regular spiking pyramidal cell (same paper, methods).
REGULAR_SPIKING = BRETTE_GERSTNER


def _pattern(
    name: str, C: float, g_L: float, E_L: float, a: float, tau_w: float, b: float, V_r: float, I_ext: float
) -> ParameterSet:
    """Return one row of the table; V_T, Delta_T and the cut are the same in all."""
    return ParameterSet(
        f"AdEx, {name}",
        _NAUD,
        C=C * pF,
        g_L=g_L * nS,
        E_L=E_L * mV,
        V_T=-50 * mV,
        Delta_T=2 * mV,
        a=a * nS,
        b=b * pA,
        tau_w=tau_w * ms,
        V_r=V_r * mV,
        V_cut=0 * mV,
        I_ext=I_ext * pA,
    )


# fmt: off
#                                                                  C  g_L  E_L    a tau_w    b  V_r I_ext
TONIC_SPIKING            = _pattern("tonic spiking",             200,  10, -70,   2,   30,   0, -58, 500)
ADAPTATION               = _pattern("adaptation",                200,  12, -70,   2,  300,  60, -58, 500)
INITIAL_BURST            = _pattern("initial burst",             130,  18, -58,   4,  150, 120, -50, 400)
REGULAR_BURSTING         = _pattern("regular bursting",          200,  10, -58,   2,  120, 100, -46, 210)
DELAYED_ACCELERATING     = _pattern("delayed accelerating",      200,  12, -70, -10,  300,   0, -58, 300)
DELAYED_REGULAR_BURSTING = _pattern("delayed regular bursting",  100,  10, -65, -10,   90,  30, -47, 110)
TRANSIENT_SPIKING        = _pattern("transient spiking",         100,  10, -65,  10,   90, 100, -47, 180)
IRREGULAR_SPIKING        = _pattern("irregular spiking",         100,  12, -60, -11,  130,  30, -48, 160)
# fmt: on
