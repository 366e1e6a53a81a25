"""Gap junctions: a current that flows while two membranes differ.

Source: Schweighofer, Doya & Kawato 1999, J. Neurophysiol. 82:804 (inferior olive), a conductance that falls with the
voltage across it; EDLUT's constants are in ``brianhw.parameters.gap_junction``. With ``open_gap = 1`` it is ohmic.

Deviation: the current is worked out at the start of a step and held during it, so that coupled cells are integrated to
first order in the step, whatever their own method.

A synapse is one direction of a junction: connect both ways, with the same ``w``, or current is not conserved.
"""

from __future__ import annotations

from brianhw.equations.grids import on_grid
from brianhw.model import Block, Feed, SynapseModel

__all__ = ["gap_input", "gap_junction"]

SOURCE = "Schweighofer, Doya & Kawato 1999, J. Neurophysiol. 82:804"


def gap_input(name: str = "gap", port: str = "I_syn") -> Block:
    """Return the block that gives a neuron the current ``I_{name}`` of its gap junctions.

    Brian2 sums a variable of one ``Synapses`` object: neurons that several objects couple need a block for each.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV, pA, run
    >>> from brianhw.equations import LIF, gap_input
    >>> from brianhw.parameters import lif
    >>> cell = LIF + gap_input("near") + gap_input("far")  # two Synapses objects
    >>> group = NeuronGroup(1, **cell, dt=1*ms)
    >>> cell.set(group, lif.PYNN_DEFAULTS, I_near=30*pA, I_far=20*pA)
    >>> run(20*ms)
    >>> print((group.v/mV).round(3))  # -65 + 1*(1 - exp(-1)), with 50 pA into 50 nS
    [-64.368]
    """
    return Block(
        name=f"gap junctions {name}",
        source=SOURCE,
        equations=f"I_{name} : amp                            # what flows in through gap junctions",
        feeds=(Feed(port, f"I_{name}"),),
        optional=(f"I_{name}",),
    )


def gap_junction(name: str = "gap", faithful: bool = False) -> SynapseModel:
    """Return a junction of conductance ``w`` that brings current from source to target, into ``I_{name}``.

    The share ``open_{name}`` stays open at any voltage; the rest closes with the square of the voltage across the
    junction, e-fold at ``V_{name}``. *faithful* takes that from EDLUT's table of 16384 points on [-20, 20].

    Examples
    --------
    >>> from brian2 import NeuronGroup, Synapses, defaultclock, mV, nS, pA, run
    >>> from brianhw.equations import LIF, gap_input, gap_junction
    >>> from brianhw.parameters import lif
    >>> from brianhw.parameters.gap_junction import INFERIOR_OLIVE
    >>> cell, junction = LIF + gap_input(), gap_junction()
    >>> group = NeuronGroup(2, **cell)
    >>> cell.set(group, lif.PYNN_DEFAULTS, v=[-65, -55]*mV)
    >>> synapses = Synapses(group, group, **junction)
    >>> synapses.connect(i=[0, 1], j=[1, 0])  # both directions
    >>> junction.set(synapses, INFERIOR_OLIVE, w=1*nS)
    >>> run(defaultclock.dt)
    >>> print((group.I_gap/pA).round(3))  # 1 nS*10 mV, less 0.6*(1 - exp(-(10/50)**2)) of it
    [ 9.765 -9.765]
    """
    exponent = f"(-(across/V_{name})**2)"
    if faithful:
        exponent = on_grid(exponent, "-20", "20", 16384)
    return SynapseModel(
        name=f"gap junction {name}",
        source=SOURCE,
        equations=f"""
        I_{name}_post = w*across*(open_{name} + (1 - open_{name})*exp({exponent})) : amp (summed)
        across = v_pre - v_post : volt               # voltage across the junction

        w : siemens                                  # conductance where both membranes are equal
        open_{name} : 1 (shared, constant)           # share that no voltage closes
        V_{name} : volt (shared, constant)           # voltage that closes the rest e-fold
        """,
        positive=(f"V_{name}",),
        not_negative=(f"open_{name}",),
    )
