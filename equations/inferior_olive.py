"""A neuron of the inferior olive: a leaky integrator whose spikes are drawn as triangles, for use with gap junctions.

Source: EDLUT (branch head 74220e7, 2023, TimeDrivenInferiorOliveCell). Its gap junctions are those of Schweighofer,
Doya & Kawato 1999, J. Neurophysiol. 82:804: add :func:`~brianhw.equations.gap_junction.gap_input`. They see the
drawn spike.

Deviation: none in the neuron. EDLUT takes the injected current in uA where it says pA; here a current has its unit.

Ports: ``I_syn`` is the synaptic current (positive depolarises), ``I_syn_slope`` its derivative by ``v``; both
belong to the whole cell, and the membrane's constants to its area.
"""

from __future__ import annotations

from brianhw.equations.drawn_spike import AFTER, BEFORE, INITIAL, OPTIONAL, RESET, THRESHOLD, VARIABLES, drawn_or
from brianhw.integration import NearSpike
from brianhw.model import NeuronModel

__all__ = ["inferior_olive"]


def inferior_olive(faithful: bool = False) -> NeuronModel:
    """Return the neuron; both fidelities are the same: what EDLUT does otherwise lies in what feeds it.

    A table for the block of NMDA receptors is an argument of :func:`~brianhw.equations.nmda.gated_conductance`.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeMonitor, ms, pA, run
    >>> from brianhw.equations import inferior_olive
    >>> from brianhw.parameters.inferior_olive import EDLUT
    >>> cell = inferior_olive()
    >>> group = NeuronGroup(1, **cell, dt=0.5*ms)
    >>> cell.set(group, EDLUT, I_ext=10*pA)
    >>> spikes = SpikeMonitor(group)
    >>> run(60*ms)
    >>> print(spikes.t/ms)  # the first after C_m/g_L*log(1/(1 - 3 pA/10 pA)) = 23.8 ms
    [23.5 49. ]
    """
    return NeuronModel(
        name="inferior olive",
        source="EDLUT (branch head 74220e7, 2023), TimeDrivenInferiorOliveCell",
        ports={"I_syn": "amp", "I_syn_slope": "siemens"},
        equations=f"""
    dv/dt = {drawn_or("(g_L*(E_L - v) + (I_syn + I_ext)/area)/C_m")} : volt    # membrane potential

    C_m : farad/meter**2 (constant)              # membrane capacitance
    g_L : siemens/meter**2 (constant)            # leak conductance
    E_L : volt (constant)                        # leak reversal potential
    area : meter**2 (constant)                   # of the membrane
    I_ext : amp                                  # current injected, may change during a run
    {VARIABLES}
    """,
        positive=("C_m", "area", "t_ref"),
        not_negative=("g_L",),
        before=BEFORE,
        after=AFTER,
        threshold=THRESHOLD,
        reset=RESET,
        initial=INITIAL,
        optional=OPTIONAL,
        near_spike=NearSpike("v > (E_L + V_th)/2", "v < E_L + 5*mV"),
        scheme="rk4",
    )
