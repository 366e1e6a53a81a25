"""Electrical synapses: gap junctions that join two neurons by a conductance.

Source: Hodgkin & Huxley's Ohmic conductance, as in Sterratt, Graham, Gillies & Willshaw 2011, Principles of Computational
Modelling in Neuroscience, section 7.7. Deviation: the current is constant within a time step, that of the potentials at its
beginning: an error of the order of the step.
"""

from __future__ import annotations

from brianhw.model import SynapseModel

__all__ = ["gap_junction"]


def gap_junction(current: str, back: str, counted_in: str = "siemens") -> SynapseModel:
    """Return a junction whose conductance is ``weight``: the same current leaves one neuron and enters the other.

    Parameters
    ----------
    current : str
        Variable of the postsynaptic neurons, in amp, which takes the sum of the currents into each.
    back : str
        The like of the presynaptic neurons. Both sums belong to this set of connections alone: where pre- and postsynaptic
        neurons are one group, the two names must differ.
    counted_in : str
        The Brian2 unit that the weight counts in.
    """
    unit, weight = ("siemens", "weight") if counted_in == "siemens" else ("1", f"weight*{counted_in}")
    return SynapseModel(
        name=f"gap junction into {current}",
        source="I = weight*(v_pre - v_post)",
        equations=f"""
        weight : {unit}    # conductance
        {current}_post = {weight}*(v_pre - v_post) : amp (summed)
        {back}_pre = {weight}*(v_post - v_pre) : amp (summed)
        """,
        weight="weight",
    )
