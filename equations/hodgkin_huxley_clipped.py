"""The Hodgkin-Huxley neuron with the channels of Traub and Miles, kept within limits, with spikes as upward crossings.

Source: that of :mod:`brianhw.equations.hodgkin_huxley`, whose equations it shares; limits and spike condition of
EDLUT (branch head 74220e7, 2023, HHTimeDrivenModel).

Deviation: whenever slopes are evaluated, the potential is held between ``E_K`` and 1 mV below ``E_Na``, the gates
between 0 and 1 and ``n`` below 0.72. A spike is counted when ``v`` crosses ``V_th`` from below; there is no reset
and no refractory period. ``faithful=True`` takes the rates from EDLUT's table of 262144 points on [-90, 50] mV.

Ports: ``I_syn`` is the synaptic current (positive depolarises), ``I_syn_slope`` its derivative by ``v``.

Integration: fourth-order Runge-Kutta between the exact solutions of the receptors. With EDLUT's parameters it takes
steps of 0.02 ms. It is stable up to ``15*C_m/(g_Na + g_K)``, measured for four sets (EDLUT's: 0.069 ms). Beyond, the limits
hide that: the potential stays near 80 mV after one spike. ``set`` refuses a longer step; ``faithful=True`` does as EDLUT does.
"""

from __future__ import annotations

from brianhw.equations.drawn_spike import BEFORE
from brianhw.equations.grids import on_grid
from brianhw.equations.hodgkin_huxley import CHANNELS, SOURCE, STEADY_GATES, VALUES
from brianhw.integration import NearSpike
from brianhw.model import NeuronModel

__all__ = ["LIMITS", "hodgkin_huxley_clipped"]

TABLE = ("-90*mV", "50*mV", 262144)
LIMITS = {"v": ("E_K", "E_Na - 1*mV"), "m": ("0", "1"), "h": ("0", "1"), "n": ("0", "0.72")}


def hodgkin_huxley_clipped(faithful: bool = False) -> NeuronModel:
    """Return the neuron; *faithful* takes the rates of its gates from EDLUT's table.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeMonitor, ms, nA, run
    >>> from brianhw.equations import hodgkin_huxley_clipped
    >>> from brianhw.parameters.hodgkin_huxley import EDLUT
    >>> cell = hodgkin_huxley_clipped()
    >>> group = NeuronGroup(1, **cell, dt=0.02*ms)
    >>> cell.set(group, EDLUT, I_ext=1*nA)
    >>> spikes = SpikeMonitor(group)
    >>> run(4*ms)
    >>> print(spikes.t/ms)
    [3.22]
    """
    return NeuronModel(
        name="Hodgkin-Huxley, clipped",
        source=f"{SOURCE}; EDLUT (branch head 74220e7, 2023)",
        ports={"I_syn": "amp", "I_syn_slope": "siemens"},
        equations=f"""
    {CHANNELS}
    V = {on_grid("v", *TABLE) if faithful else "v"} - V_T : volt    # potential above the shift
    was_below : 1                                # whether v was below the threshold at the start of the step
    V_th : volt (constant)                       # crossing it upwards is a spike
    {VALUES}
    """,
        positive=("C_m",),
        not_negative=("g_L", "g_Na", "g_K"),
        before=BEFORE,
        threshold="v > V_th and was_below > 0",
        reset="was_below = 0",  # the crossing is past
        initial={"v": "E_L", **STEADY_GATES, "was_below": "0"},
        optional=("I_ext", "was_below"),
        limits=LIMITS,
        longest_step="" if faithful else "15*C_m/(g_Na + g_K)",
        near_spike=NearSpike("v > V_T", "v < V_T", "2*ms"),
        scheme="rk4",
    )
