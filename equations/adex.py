"""The adaptive exponential integrate-and-fire neuron (AdEx).

Source: Brette & Gerstner 2005, J. Neurophysiol. 94:3637, eqs. 1-3; reset to ``V_r`` as in Touboul & Brette 2008,
Biol. Cybern. 99:319, and Naud, Marcille, Clopath & Gerstner 2008, Biol. Cybern. 99:335.

Deviation: within the step that crosses the cut, ``v`` counts in the exponential and in the adaptation as no more
than ``V_cut`` (as in NEST), so that neither overflows. A refractory period ``t_ref`` may be given; it is zero in
the paper. ``Delta_T`` must be positive.

Ports: ``I_syn`` is the synaptic current (positive depolarises), ``I_syn_slope`` its derivative by ``v``.

Integration: fourth-order Runge-Kutta between the exact solutions of the receptors.
"""

from brianhw.model import NeuronModel

ADEX = NeuronModel(
    name="AdEx",
    source="Brette & Gerstner 2005, J. Neurophysiol. 94:3637; Naud et al. 2008, Biol. Cybern. 99:335",
    ports={"I_syn": "amp", "I_syn_slope": "siemens"},
    equations="""
    dv/dt = (g_L*(E_L - v) + I_spike + I_syn + I_ext - w)/C : volt (unless refractory)   # membrane potential
    dw/dt = (a*(V - E_L) - w)/tau_w : amp                # adaptation current
    I_spike = g_L*Delta_T*exp((V - V_T)/Delta_T) : amp   # upstroke of the spike
    V = clip(v, -1*volt, V_cut) : volt                   # v, but not beyond the cut

    C : farad (constant)                         # membrane capacitance
    g_L : siemens (constant)                     # leak conductance
    E_L : volt (constant)                        # leak reversal potential
    V_T : volt (constant)                        # threshold: where the exponential takes over
    Delta_T : volt (constant)                    # slope factor: sharpness of the upstroke
    a : siemens (constant)                       # subthreshold adaptation
    b : amp (constant)                           # jump of the adaptation at a spike
    tau_w : second (constant)                    # adaptation time constant
    V_r : volt (constant)                        # reset potential
    V_cut : volt (constant)                      # potential at which a spike is cut and counted
    t_ref : second (constant)                    # refractory period
    I_ext : amp                                  # current injected, may change during a run
    """,
    positive=("C", "g_L", "Delta_T", "tau_w"),
    not_negative=("t_ref",),
    threshold="v >= V_cut",
    reset="""
    v = V_r
    w += b
    """,
    refractory="t_ref + dt",  # Brian2 counts from the start of the step at whose end v is reset
    initial={"v": "E_L", "w": "0*amp"},
    optional=("t_ref", "I_ext"),
    scheme="rk4",
)
