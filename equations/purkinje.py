"""A Purkinje cell of one compartment: a calcium and an M current make bursts and pauses; spikes are drawn as triangles.

Source: Luque, Naveros, Carrillo, Ros & Arleo 2019, PLoS Comput. Biol. 15:e1006298; numbers of EDLUT (branch head
74220e7, 2023, TimeDrivenPurkinjeCell and TimeDrivenPurkinjeCell_IP).

Deviation: the rates are written with ``exprel(x) = (exp(x) - 1)/x``, which has no gap at zero; ``faithful=True``
takes them from EDLUT's table of 1024 points on [-100, 35] mV. In the plastic cell a net inhibitory current counts
as none for the speed of plasticity, which would diverge at -1 uA/cm**2; ``faithful=True`` lets it.

Ports: ``I_syn`` is the synaptic current (positive depolarises), ``I_syn_slope`` its derivative by ``v``; both
belong to the whole cell, and the membrane's constants to its area.
"""

from __future__ import annotations

from dataclasses import replace

from brianhw.equations.drawn_spike import AFTER, BEFORE, INITIAL, OPTIONAL, RESET, THRESHOLD, VARIABLES, drawn_or
from brianhw.equations.grids import on_grid
from brianhw.integration import NearSpike
from brianhw.model import NeuronModel

__all__ = ["purkinje", "purkinje_plastic"]

TABLE = ("-100*mV", "35*mV", 1024)
CAPACITANCE = "C_m : farad/meter**2 (constant)              # membrane capacitance"


def purkinje(faithful: bool = False) -> NeuronModel:
    """Return the cell; *faithful* takes the rates of its gates from EDLUT's table.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeMonitor, ms, nA, run
    >>> from brianhw.equations import purkinje
    >>> from brianhw.parameters.purkinje import EDLUT
    >>> group = NeuronGroup(1, **purkinje())
    >>> purkinje().set(group, EDLUT, I_ext=0.1*nA)
    >>> spikes = SpikeMonitor(group)
    >>> run(10*ms)
    >>> print(spikes.t/ms)
    [2.5 8.2]
    """
    return NeuronModel(
        name="Purkinje cell",
        source="Luque et al. 2019, PLoS Comput. Biol. 15:e1006298; EDLUT (branch head 74220e7, 2023)",
        ports={"I_syn": "amp", "I_syn_slope": "siemens"},
        equations=f"""
    dv/dt = {drawn_or("(g_L*(E_L - v) + I_Ca + I_M + I_in)/C_m")} : volt    # membrane potential
    I_Ca = g_Ca*c**2*(E_Ca - v) : amp/meter**2                              # calcium current
    I_M = g_M*m*(E_M - v) : amp/meter**2                                    # M current
    I_in = (I_syn + I_ext)/area : amp/meter**2                              # input
    dc/dt = alpha_c*(1 - c) - beta_c*c : 1                                  # gate of the calcium current
    dm/dt = alpha_m*(1 - m) - beta_m*m : 1                                  # gate of the M current
    alpha_c = 1.6/(1 + exp(-0.072*(V - 5*mV)/mV))/ms : Hz
    beta_c = 0.02*5/exprel((V + 8.9*mV)/(5*mV))/ms : Hz
    alpha_m = 0.3/(1 + exp(-(V + 2*mV)/(5*mV)))/ms : Hz
    beta_m = 0.001*exp(-(V + 60*mV)/(18*mV))/ms : Hz
    V = {on_grid("v", *TABLE) if faithful else "v"} : volt                  # potential at which the gates are

    {CAPACITANCE}
    g_L : siemens/meter**2 (constant)            # leak conductance
    E_L : volt (constant)                        # leak reversal potential
    g_Ca : siemens/meter**2 (constant)           # peak conductance of calcium
    E_Ca : volt (constant)                       # its reversal potential
    g_M : siemens/meter**2 (constant)            # peak conductance of the M current
    E_M : volt (constant)                        # its reversal potential
    area : meter**2 (constant)                   # of the membrane
    I_ext : amp                                  # current injected, may change during a run
    {VARIABLES}
    """,
        positive=("C_m", "area", "t_ref"),
        not_negative=("g_L", "g_Ca", "g_M"),
        before=BEFORE,
        after=AFTER,
        threshold=THRESHOLD,
        reset=RESET,
        initial={**INITIAL, "c": "alpha_c/(alpha_c + beta_c)", "m": "alpha_m/(alpha_m + beta_m)"},
        optional=OPTIONAL,
        near_spike=NearSpike("v > (V_reset + 3*V_th)/4", "v < (V_reset + 3*V_th)/4", "2*ms"),
        scheme="rk4",
    )


def purkinje_plastic(faithful: bool = False) -> NeuronModel:
    """Return the cell with intrinsic plasticity: each spike raises its capacitance, which falls in silence.

    It falls to ``C_min``, and more slowly with input. *faithful* as for :func:`purkinje`.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, ufarad, cmeter, run
    >>> from brianhw.equations import purkinje_plastic
    >>> from brianhw.parameters.purkinje import EDLUT_PLASTIC
    >>> group = NeuronGroup(1, **purkinje_plastic())
    >>> purkinje_plastic().set(group, EDLUT_PLASTIC)
    >>> run(5*ms)
    >>> print((group.C_m/(ufarad/cmeter**2)).round(6))  # 0.5 + 0.5*exp(-5/12000)
    [0.999792]
    """
    cell = purkinje(faithful)
    driven = "I_in" if faithful else "I_in*int(I_in > 0*amp/meter**2)"
    plastic = f"""dC_m/dt = -(C_m - C_min)/(tau_C*(1 + {driven}/I_C))*int(v < V_th) : farad/meter**2    # capacitance
    C_min : farad/meter**2 (constant)            # what it falls to
    tau_C : second (constant)                    # time constant of plasticity
    jump_C : farad*second/meter**2 (constant)    # a spike adds jump_C/tau_C
    I_C : amp/meter**2 (constant)                # input that halves the speed of the fall"""
    return replace(
        cell,
        name="Purkinje cell with intrinsic plasticity",
        equations=cell.equations.replace(CAPACITANCE, plastic),
        positive=("area", "t_ref", "C_min", "tau_C", "I_C"),
        not_negative=(*cell.not_negative, "jump_C"),
        reset=f"{RESET}C_m += jump_C/tau_C",
        initial={**cell.initial, "C_m": "2*C_min"},
    )
