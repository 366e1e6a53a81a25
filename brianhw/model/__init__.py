"""Models as mathematics: Brian2 text with input ports, put together with ``+``.

A :class:`NeuronModel` is the text of a neuron with named *ports*, sums that are still empty. A
:class:`Block` (a receptor, an adaptation current, a feedback) brings equations of its own and *feeds* a
port with a sign::

    cell = ADEX + exponential_current("exc") + exponential_current("inh", "-")
    print(cell.text)                       # all of it, to check against the paper
    group = NeuronGroup(100, **cell)       # any Brian2 group, any device
    cell.set(group, REGULAR_SPIKING, tau_exc=5 * ms, tau_inh=10 * ms)

Models are frozen: every operation gives a new one. The text is parsed (and Brian2 imported) at first use.
"""

from brianhw.model.neuron import Block, NeuronModel
from brianhw.model.port import Feed
from brianhw.model.synapse import SynapseModel
from brianhw.model.text import GIVEN_BY_BRIAN2

__all__ = ["GIVEN_BY_BRIAN2", "Block", "Feed", "NeuronModel", "SynapseModel"]
