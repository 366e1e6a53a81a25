"""The leaky integrate-and-fire neuron whose refractory period may end within a step.

Source: the membrane is that of :mod:`brianhw.equations.lif` (Gerstner et al. 2014, Neuronal Dynamics, eqs. 1.5-1.8). The
treatment of the refractory period is that of EDLUT (branch head 74220e7, 2023, LIFTimeDrivenModel): in the step in which it
ends, the slopes count for the share of the step that is left, so that its length need not be a multiple of the step.

Deviation: a spike is reset at the end of its step; the refractory period begins there.

Ports: ``I_syn`` is the synaptic current (positive depolarises), ``I_syn_slope`` its derivative by ``v``.
"""

from brianhw.integration import NearSpike
from brianhw.model import NeuronModel

LIF_FRACTIONAL = NeuronModel(
    name="LIF with fractional refractoriness",
    source="Gerstner et al. 2014, Neuronal Dynamics, eqs. 1.5-1.8; EDLUT (branch head 74220e7, 2023)",
    ports={"I_syn": "amp", "I_syn_slope": "siemens"},
    equations="""
    dv/dt = active*(g_L*(E_L - v) + I_syn + I_ext)/C_m : volt    # membrane potential
    active : 1                                   # share of the step after the refractory period
    since : second                               # time since the last spike

    C_m : farad (constant)                       # membrane capacitance
    g_L : siemens (constant)                     # leak conductance
    E_L : volt (constant)                        # leak reversal potential
    V_th : volt (constant)                       # spike threshold
    V_reset : volt (constant)                    # reset potential
    t_ref : second (constant)                    # refractory period
    I_ext : amp                                  # current injected, may change during a run
    """,
    positive=("C_m", "g_L"),
    not_negative=("t_ref",),
    unbounded=("V_th",),
    before="active = clip((since + dt - t_ref)/dt, 0, 1)",
    after="since += dt",
    threshold="v > V_th",
    reset="""
    v = V_reset
    since = 0*second
    """,
    initial={"v": "E_L", "since": "100*second"},
    optional=("t_ref", "I_ext", "active", "since"),
    jacobian={"v": "active*(I_syn_slope - g_L)/C_m"},
    near_spike=NearSpike("v > (E_L + V_th)/2", "v < (E_L + V_th)/2"),
    scheme="rk4",
)
