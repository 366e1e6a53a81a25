"""The Hodgkin-Huxley neuron with the channels of Traub and Miles.

Source: Traub & Miles 1991, "Neuronal Networks of the Hippocampus", with the shift of the potential as in Brette et al. 2007, J.
Comput. Neurosci. 23:349, appendix 2 (benchmark 3). NEST calls it ``hh_cond_exp_traub``.

Deviation: a spike is counted in the step in which ``v`` lies above ``V_T + 30 mV`` and falls for the first time, as in NEST;
the rates are written with ``exprel(x) = (exp(x) - 1)/x``, which has no gap at zero.

Ports: ``I_syn`` is the synaptic current (positive depolarises), ``I_syn_slope`` its derivative by ``v``.

Integration: fourth-order Runge-Kutta between the exact solutions of the receptors. It is stable while a part of a step is
shorter than 0.05 ms; a step of 0.1 ms is taken in four parts.
"""

from brianhw.model import NeuronModel

SOURCE = "Traub & Miles 1991, Neuronal Networks of the Hippocampus; Brette et al. 2007, J. Comput. Neurosci. 23:349"

CHANNELS = """
    dv/dt = (g_L*(E_L - v) + I_Na + I_K + I_syn + I_ext)/C_m : volt    # membrane potential
    I_Na = g_Na*m**3*h*(E_Na - v) : amp                                # sodium current
    I_K = g_K*n**4*(E_K - v) : amp                                     # potassium current
    dm/dt = alpha_m*(1 - m) - beta_m*m : 1                             # activation of sodium
    dh/dt = alpha_h*(1 - h) - beta_h*h : 1                             # inactivation of sodium
    dn/dt = alpha_n*(1 - n) - beta_n*n : 1                             # activation of potassium
    alpha_m = 0.32*4/exprel((13*mV - V)/(4*mV))/ms : Hz
    beta_m = 0.28*5/exprel((V - 40*mV)/(5*mV))/ms : Hz
    alpha_h = 0.128*exp((17*mV - V)/(18*mV))/ms : Hz
    beta_h = 4/(1 + exp((40*mV - V)/(5*mV)))/ms : Hz
    alpha_n = 0.032*5/exprel((15*mV - V)/(5*mV))/ms : Hz
    beta_n = 0.5*exp((10*mV - V)/(40*mV))/ms : Hz
"""  # rates of V, the potential above the shift

VALUES = """
    C_m : farad (constant)                       # membrane capacitance
    g_L : siemens (constant)                     # leak conductance
    E_L : volt (constant)                        # leak reversal potential
    g_Na : siemens (constant)                    # peak conductance of sodium
    E_Na : volt (constant)                       # its reversal potential
    g_K : siemens (constant)                     # peak conductance of potassium
    E_K : volt (constant)                        # its reversal potential
    V_T : volt (constant)                        # shift of the potential: sets the threshold
    I_ext : amp                                  # current injected, may change during a run
"""

STEADY_GATES = {gate: f"alpha_{gate}/(alpha_{gate} + beta_{gate})" for gate in "mhn"}

HODGKIN_HUXLEY = NeuronModel(
    name="Hodgkin-Huxley",
    source=SOURCE,
    ports={"I_syn": "amp", "I_syn_slope": "siemens"},
    equations=f"""
    {CHANNELS}
    V = v - V_T : volt                           # potential above the shift
    v_before = v : volt (constant over dt)       # potential at the start of the step
    {VALUES}
    t_ref : second (constant)                    # time after a spike in which no other is counted
    """,
    positive=("C_m",),
    not_negative=("t_ref", "g_L", "g_Na", "g_K"),
    threshold="V > 30*mV and v < v_before",
    refractory="t_ref",
    initial={"v": "E_L", **STEADY_GATES},
    optional=("t_ref", "I_ext"),
    scheme="rk4",
    substeps=4,
)
