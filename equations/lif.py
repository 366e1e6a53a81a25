"""The leaky integrate-and-fire neuron (LIF).

Source: Lapicque 1907, J. Physiol. Pathol. Gen. 9 (translated in Brunel & van Rossum 2007, Biol. Cybern. 97);
as in Gerstner, Kistler, Naud, Paninski, "Neuronal Dynamics", 2014, eqs. 1.5-1.8.

Deviation: none. The membrane time constant is ``C_m/g_L``.

Ports: ``I_syn`` is the synaptic current (positive depolarises), ``I_syn_slope`` its derivative by ``v``.

Integration: fourth-order Runge-Kutta between the exact solutions of the receptors; the membrane is linear, so
that one step of a tenth of the time constant errs by 1e-7. It is stable while ``dt`` is below 2.7 effective time
constants, ``C_m/(g_L - I_syn_slope)``. Strong conductances with a long step want
``dataclasses.replace(cell, scheme="rosenbrock")``: second order, stable at any step.
"""

from brianhw.model import NeuronModel

LIF = NeuronModel(
    name="LIF",
    source="Lapicque 1907; Gerstner et al. 2014, Neuronal Dynamics, eqs. 1.5-1.8",
    ports={"I_syn": "amp", "I_syn_slope": "siemens"},
    equations="""
    dv/dt = (g_L*(E_L - v) + I_syn + I_ext)/C_m : volt (unless refractory)   # membrane potential

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
    threshold="v >= V_th",
    reset="v = V_reset",
    refractory="t_ref + dt",  # Brian2 counts from the start of the step at whose end v is reset
    initial={"v": "E_L"},
    optional=("t_ref", "I_ext"),
    jacobian={"v": "(I_syn_slope - g_L)/C_m"},
    scheme="rk4",
)
