"""The simple spiking neuron of Izhikevich that waits at its peak.

Source: Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569, eqs. 1-3; the rest of the step after the peak as in EDLUT (branch
head 74220e7, 2023, IzhikevichTimeDrivenModel).

Deviation: beyond ``v_peak`` both slopes are zero, so that a Runge-Kutta scheme whose intermediate points lie beyond the peak does
not run away. Otherwise it is :mod:`brianhw.equations.izhikevich`, except that it begins at its fixed point, not at ``c``.

Ports: ``I_syn`` is the synaptic current (positive depolarises), ``I_syn_slope`` its derivative by ``v``.
"""

from dataclasses import replace

from brianhw.equations.izhikevich import IZHIKEVICH
from brianhw.integration import NearSpike

_parameters = IZHIKEVICH.equations[IZHIKEVICH.equations.index("a : 1/second") :]

IZHIKEVICH_STOPPED = replace(
    IZHIKEVICH,
    name="Izhikevich, stopped at the peak",
    source="Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569; EDLUT (branch head 74220e7, 2023)",
    equations=f"""
    dv/dt = below*(0.04*v**2/(mV*ms) + 5*v/ms + 140*mV/ms - u + I/C_m) : volt    # membrane potential
    du/dt = below*a*(b*v - u) : volt/second      # recovery
    I = I_syn + I_ext : amp                      # input
    below = int(v <= v_peak) : 1                 # not beyond the peak

{_parameters}
    """,
    threshold="v > v_peak",
    near_spike=NearSpike("v > -40*mV", "v < c + 5*mV", "2*ms"),
    # the lower zero of both slopes
    initial={"v": "((b*ms - 5) - sqrt((5 - b*ms)**2 - 22.4))/0.08*mV", "u": "b*v"},
)
