"""A leaky integrate-and-fire neuron as spiking elementary motion detector (sEMD): one input opens the way for another.

Source: Milde, Bertrand, Ramachandran, Egelhaaf & Chicca 2018, "Spiking elementary motion detector in neuromorphic systems", Neural
Comput. 30:2384; the neuron is that of sPyNNaker, synapse_types_semd_impl.h.

Deviation: none. While ``I_exc2`` is above 0.001 nA, the current is ``scaling_factor`` times ``I_exc2`` times ``I_exc`` as it was when the
former began, all counted in nA. ``I_exc`` alone does nothing.
"""

from __future__ import annotations

from dataclasses import replace

from brianhw.equations.linear_membrane import linear_lif
from brianhw.equations.receptors import Receptor, check_receptors
from brianhw.model import Block, Feed, NeuronModel

__all__ = ["motion_detector"]


def motion_detector(first: Receptor, second: Receptor, inhibition: Receptor) -> NeuronModel:
    """Return the neuron; *first* and *second* are exponential currents called ``exc`` and ``exc2``, which excite.

    Examples
    --------
    >>> from brian2 import NeuronGroup, defaultclock, ms, nA, run
    >>> from brianhw.equations import exponential_current, motion_detector
    >>> from brianhw.parameters import lif
    >>> inhibition = exponential_current("inh", sign="-")
    >>> cell = motion_detector(exponential_current("exc"), exponential_current("exc2"), inhibition)
    >>> group = NeuronGroup(2, **cell)
    >>> taus = {"tau_exc": 5*ms, "tau_exc2": 5*ms, "tau_inh": 5*ms}
    >>> cell.set(group, lif.PYNN_DEFAULTS, taus, scaling_factor=40, I_exc=1*nA, I_exc2=[0, 0.1]*nA)
    >>> print(group.I_semd/nA)  # the first input alone, and with the second
    [0. 4.]
    """
    check_receptors("motion_detector", first, second, inhibition)
    gain = "scaling_factor*multiplicator"
    seen = replace(
        second, feeds=(Feed("I_syn", f"{second.response}*{gain}"),), leaked=f"({second.leaked})*{gain}", integral=""
    )
    detector = Block(
        name="elementary motion detector",
        source="Milde et al. 2018, Neural Comput. 30:2384",
        equations="""
        scaling_factor : 1 (constant)                # of the second input
        multiplicator : 1                            # the first input in nA, when the second began
        exc2_old : amp                               # the second input, a step ago
        begins = int(multiplicator == 0 and exc2_old == 0*nA) : 1
        multiplicator_now = int(I_exc2 >= 0.001*nA)*(multiplicator + begins*I_exc/nA) : 1
        I_semd = I_exc2*multiplicator_now*scaling_factor : amp
        """,
        optional=("multiplicator", "exc2_old"),
    )
    model = linear_lif(seen, inhibition) + replace(first, feeds=()) + detector
    return replace(model, before="multiplicator = multiplicator_now\nexc2_old = I_exc2")
