"""Teaching: an event at a neuron that learning rules of its other synapses wait for, beside spikes.

Source: the teaching signal of climbing fibres, Albus 1971, Math. Biosci. 10:25, and Ito 1989, Annu. Rev. Neurosci. 12:85;
as "trigger synapses" in EDLUT (branch head 74220e7, 2023). Deviation: none.

A teaching synapse raises ``taught`` of its target; in the same step the target has its event ``trigger``, at which the
rules of :mod:`brianhw.equations.teaching_rules` change the weights of its other synapses::

    cell = LIF + exc + TAUGHT
    cells = NeuronGroup(100, **cell, events=dict(TRIGGER))
    taught(cells)                                               # takes the event's place in the step
    Synapses(teachers, cells, **teaching_synapse())

Two teachers of one neuron in one step are one event that counts twice (``taught`` is 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from brianhw.model import Block, SynapseModel

if TYPE_CHECKING:
    from brian2 import NeuronGroup

__all__ = ["TAUGHT", "TRIGGER", "taught", "teaching_synapse"]

TAUGHT = Block(
    name="teaching",
    source="Albus 1971, Math. Biosci. 10:25; Ito 1989, Annu. Rev. Neurosci. 12:85",
    equations="""
    taught : 1                                   # teachers that have fired in this step
    t_taught : second                            # when the last of them did
    """,
    optional=("taught", "t_taught"),
)

#: For ``events`` of a group with the block ``TAUGHT``, as ``dict(TRIGGER)``: Brian2 adds the spike to what it gets.
TRIGGER: Mapping[str, str] = MappingProxyType({"trigger": "taught > 0"})


def taught(group: NeuronGroup) -> Any:
    """Let *group* have its event ``trigger`` in the step in which it is taught, and forget the teachers then.

    Call it once, before synapses are made that wait for the event.

    Examples
    --------
    >>> from brian2 import EventMonitor, NeuronGroup, SpikeGeneratorGroup, Synapses, ms, run
    >>> from brianhw.equations.teaching import TAUGHT, TRIGGER, taught, teaching_synapse
    >>> teachers, cells = SpikeGeneratorGroup(1, [0], [3]*ms), NeuronGroup(2, TAUGHT.equations, events=dict(TRIGGER))
    >>> forgetting = taught(cells)
    >>> teaching = Synapses(teachers, cells, **teaching_synapse())
    >>> teaching.connect(i=0, j=1)
    >>> events = EventMonitor(cells, "trigger")
    >>> run(5*ms)
    >>> print(events.i[:], events.t/ms)
    [1] [3.]
    """
    group.set_event_schedule("trigger", when="after_synapses", order=0)
    return group.run_on_event("trigger", "taught = 0", when="after_synapses", order=2)


def teaching_synapse(time: str = "t") -> SynapseModel:
    """Return a synapse whose spikes teach the target, at the time that the expression *time* says.

    Examples
    --------
    >>> from brianhw.equations.teaching import teaching_synapse
    >>> print(teaching_synapse("t - 0.1*ms").on_pre)  # the teacher's spike was in the middle of a step
    taught_post += 1
    t_taught_post = t - 0.1*ms
    """
    return SynapseModel(
        name="teaching synapse",
        source="Ito 1989, Annu. Rev. Neurosci. 12:85",
        equations="",
        on_pre=f"""
        taught_post += 1
        t_taught_post = {time}
        """,
        weight="",
    )
