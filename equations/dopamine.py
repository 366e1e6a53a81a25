"""Dopamine that comes to a neuron: its synapses hear of it as of an event of its own.

Source: Izhikevich 2007, Cereb. Cortex 17:2443, eq. 3 (the concentration jumps where dopamine comes). Deviation: concentration and decay
are the synapses', which see it after their delay.
"""

from __future__ import annotations

from dataclasses import replace

from brianhw.model import Block, NeuronModel

__all__ = ["taking_dopamine"]


def taking_dopamine(model: NeuronModel) -> NeuronModel:
    """Return a neuron with an entry ``dopamine_input``; ``dopamine_came`` is what came for the present step, a number.

    Examples
    --------
    >>> from brian2 import NeuronGroup, defaultclock, run
    >>> from brianhw.equations import LIF, taking_dopamine
    >>> from brianhw.parameters import lif
    >>> cell = taking_dopamine(LIF)
    >>> group = NeuronGroup(1, **cell)
    >>> cell.set(group, lif.PYNN_DEFAULTS)
    >>> group.dopamine_input = 0.5  # as a synapse with on_pre="dopamine_input_post += 0.5" does
    >>> run(defaultclock.dt)
    >>> print(group.dopamine_came[0], group.dopamine_input[0])
    0.5 0.0
    """
    block = Block(
        name="dopamine",
        source="Izhikevich 2007, Cereb. Cortex 17:2443, eq. 3",
        equations="""
        dopamine_input : 1                       # what has come for the next step
        dopamine_came : 1                        # what has come for this one
        """,
        optional=("dopamine_input", "dopamine_came"),
    )
    before = "\n".join(["dopamine_came = dopamine_input", "dopamine_input = 0", model.before])
    return replace(model + block, before=before)
