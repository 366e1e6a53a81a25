"""The simple spiking neuron of Izhikevich.

Source: Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569, eqs. 1-3. The paper's numbers are in mV and ms; its 0.04,
5 and 140 are no parameters there and stand in the text here.

Deviation: the paper's dimensionless input is a current over a capacitance ``C_m``, so that the receptors of the
other models fit: with ``C_m = 1 nF``, 1 nA is the paper's I = 1. Fourth-order Runge-Kutta between the exact
solutions of the receptors instead of the paper's two half steps of forward Euler (spike times of a neuron that
was tuned with those differ). Within the step that crosses the peak, ``v`` counts as no more than ``v_peak`` for ``u``.

Ports: ``I_syn`` is the synaptic current (positive depolarises), ``I_syn_slope`` its derivative by ``v``.
"""

from brianhw.model import NeuronModel

IZHIKEVICH = NeuronModel(
    name="Izhikevich",
    source="Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569",
    ports={"I_syn": "amp", "I_syn_slope": "siemens"},
    equations="""
    dv/dt = 0.04*v**2/(mV*ms) + 5*v/ms + 140*mV/ms - u + I/C_m : volt    # membrane potential
    du/dt = a*(b*clip(v, -1*volt, v_peak) - u) : volt/second             # recovery
    I = I_syn + I_ext : amp                                              # input

    a : 1/second (constant)                      # rate of recovery
    b : 1/second (constant)                      # sensitivity of the recovery to v
    c : volt (constant)                          # reset potential
    d : volt/second (constant)                   # jump of the recovery at a spike
    v_peak : volt (constant)                     # potential at which a spike is cut and counted
    C_m : farad (constant)                       # with 1 nF, 1 nA is the paper's I = 1
    I_ext : amp                                  # current injected, may change during a run
    """,
    positive=("C_m",),
    threshold="v >= v_peak",
    reset="""
    v = c
    u += d
    """,
    initial={"v": "c", "u": "b*v"},
    optional=("I_ext",),
    scheme="rk4",
)
