"""Adaptation by conductances that open at a neuron's own spikes.

Source: Muller, Buesing, Schemmel & Meier 2007, Neural Comput. 19:2958, eqs. 2.1-2.4. Deviation: none.
"""

from __future__ import annotations

from dataclasses import replace

from brianhw.equations.receptors import Receptor, exponential_conductance

__all__ = ["spike_conductance"]


def spike_conductance(name: str, port: str = "I_syn") -> Receptor:
    """Return a conductance ``g_{name}`` that each spike of the neuron raises by ``q_{name}``, and that decays.

    A slow one below the resting potential adapts the firing rate; a fast and strong one is a relative refractory period.
    Ports and parameters as for :func:`~brianhw.equations.receptors.exponential_conductance`.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeMonitor, ms, mV, nA, nS, run
    >>> from brianhw.equations import LIF, spike_conductance
    >>> from brianhw.parameters import lif
    >>> cell = LIF + spike_conductance("slow")
    >>> group = NeuronGroup(2, **cell, dt=1*ms)
    >>> cell.set(group, lif.PYNN_DEFAULTS, I_ext=1.5*nA, tau_slow=100*ms, E_slow=-70*mV, q_slow=[0, 20]*nS)
    >>> spikes = SpikeMonitor(group)
    >>> run(100*ms)
    >>> print(spikes.count[:])  # without and with adaptation
    [7 3]
    """
    conductance = exponential_conductance(name, port)
    return replace(
        conductance,
        name=f"spike-triggered conductance {name}",
        source="Muller, Buesing, Schemmel & Meier 2007, Neural Comput. 19:2958",
        equations=f"{conductance.equations}\nq_{name} : siemens (constant)                    # rise at a spike",
        reset=f"g_{name} += q_{name}",
        entry="",  # no synapse feeds it
    )
