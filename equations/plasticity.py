"""Learning rules: what spikes on either side do to the weight of a synapse.

Source: Morrison, Diesmann & Gerstner 2008, Biol. Cybern. 98:459, section 4. Deviation: none.

A rule says what happens to the number ``weight`` at a presynaptic and at a postsynaptic spike; :func:`plastic_synapse`
makes a synapse of it, which transmits the weight *after* the update at the presynaptic spike, as NEST does.
(:func:`~brianhw.equations.stdp.pair_stdp` transmits the one before, as Song, Miller & Abbott do.)

Spikes that reach the synapse in the same time step are, in NEST, no pair: neither sees the trace of the other. That holds
here if the pathway of postsynaptic spikes runs first (``synapses.post.order = -2``): then the presynaptic side leaves the
spike of this very step, which :data:`JUST_NOW` is one for, out of the trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from brianhw.equations.receptors import Receptor, entry_of
from brianhw.model import SynapseModel

__all__ = ["JUST_NOW", "PlasticityRule", "plastic_synapse"]

# One if the synapse has seen a spike in this time step already. Brian2 sets `lastupdate` after the statements of a pathway.
JUST_NOW = "int(lastupdate == t)"


@dataclass(frozen=True)
class PlasticityRule:
    """What spikes do to the number ``weight`` of a synapse, between the bounds ``w_min`` and ``w_max``.

    Parameters
    ----------
    name, source : str
        What it is, and where it comes from.
    equations : str
        Traces and parameters, ``weight`` included.
    on_pre, on_post : str
        Statements at the arrival of a spike at the synapse.
    positive : tuple of str
        Parameters above zero.
    """

    name: str
    source: str
    equations: str
    on_pre: str
    on_post: str
    positive: tuple[str, ...] = ()
    # before any spike, also one at the time zero, nothing has been seen
    initial: Mapping[str, str] = field(default_factory=lambda: {"lastupdate": "-1*second"})


def bounded(change: str, downwards: bool = False) -> str:
    """Return the statement that changes the weight and keeps it in its bounds; *downwards* where ``w_max < w_min``."""
    bounds = "w_max, w_min" if downwards else "w_min, w_max"
    return f"weight = clip(weight {change}, {bounds})"


WEIGHT = """
weight : 1                   # in the unit of the connection
w_min : 1 (constant)         # bound that depression leads to
w_max : 1 (constant)         # bound that potentiation leads to
"""


def plastic_synapse(rule: PlasticityRule, target: Receptor | str, counted_in: str) -> SynapseModel:
    """Return a synapse onto *target* that learns by *rule*; its ``weight`` counts in the unit *counted_in*.

    Parameters
    ----------
    rule : PlasticityRule
        For example ``pair_rule(ADDITIVE)``.
    target : Receptor or str
        A receptor, or the name of the variable of the target neuron that takes the spikes.
    counted_in : str
        Name of a Brian2 unit, such as ``"nS"``.
    """
    entry, _ = entry_of(target, None if isinstance(target, Receptor) else counted_in)
    return SynapseModel(
        name=f"{rule.name} onto {entry}",
        source=rule.source,
        equations=rule.equations,
        positive=rule.positive,
        on_pre=f"{rule.on_pre}\n{entry}_post += weight*{counted_in}",
        on_post=rule.on_post,
        weight="weight",
        initial=rule.initial,
    )
