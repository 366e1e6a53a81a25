"""Plasticity at a synapse with an axon and a dendrite: what each spike that arrives does to the weight.

Source: Morrison, Diesmann & Gerstner 2008, Biol. Cybern. 98:459, section 4.1 (pairs, all to all); Pfister & Gerstner 2006,
J. Neurosci. 26:9673, eqs. 2-4 (triplets, all to all); Vogels et al. 2011, Science 334:1569, eqs. S8-S9 of the supplement
(inhibitory, alpha = 2*rho*tau).

Deviation: none. Amplitudes of pairs and triplets are shares that a weight dependence scales; the papers on triplets and on
inhibition have additive changes. Of two spikes that arrive in the same time step the postsynaptic one comes first, so it
potentiates with the presynaptic trace before the other, and the presynaptic one does not see it: as in NEST.

The traces are solved exactly from one spike to the next, here in so many words (``t_seen`` is when the synapse saw the last
spike): Brian2's own event-driven equations would also be solved where a spike is only delivered.
"""

from __future__ import annotations

from dataclasses import dataclass

from brianhw.equations.weight_dependence import BOUNDS, WeightDependence

__all__ = ["PlasticityRule", "pair_rule", "triplet_rule", "vogels_rule"]


@dataclass(frozen=True)
class PlasticityRule:
    """Changes of a variable ``weight``, a number in some unit.

    Attributes
    ----------
    name, source : str
        For reading.
    equations : str
        The weight, the traces, and the parameters.
    on_pre, on_post : str
        Statements at a spike that arrives at the synapse. In the same step ``on_post`` comes first.
    """

    name: str
    source: str
    equations: str
    on_pre: str
    on_post: str


def pair_rule(dependence: WeightDependence) -> PlasticityRule:
    """Return the rule by which each pair of spikes, ``s`` apart, changes the weight by ``A*exp(-s/tau)``."""
    return _rule(
        f"pair STDP, {dependence.name}",
        f"Morrison, Diesmann & Gerstner 2008, Biol. Cybern. 98:459; {dependence.source}",
        f"""
        A_plus : 1 (constant)               # potentiation of one pair, as a share
        A_minus : 1 (constant)              # depression of one pair, as a share
        {_TAUS}
        {dependence.equations}
        """,
        traces={"trace_pre_spikes": "tau_plus", "trace_post_spikes": "tau_minus"},
        learn_post=dependence.grown("A_plus*trace_pre_spikes"),
        learn_pre=dependence.shrunk(f"A_minus*{_earlier('trace_post_spikes')}"),
    )


def triplet_rule(dependence: WeightDependence) -> PlasticityRule:
    """Return the rule of pairs and triplets: an earlier spike of the same side adds to what a pair does."""
    return _rule(
        f"triplet STDP, {dependence.name}",
        f"Pfister & Gerstner 2006, J. Neurosci. 26:9673; {dependence.source}",
        f"""
        A2_plus : 1 (constant)              # potentiation of one pair, as a share
        A2_minus : 1 (constant)             # depression of one pair, as a share
        A3_plus : 1 (constant)              # potentiation of one triplet post-pre-post, as a share
        A3_minus : 1 (constant)             # depression of one triplet pre-post-pre, as a share
        {_TAUS}
        tau_x : second (constant)           # memory of presynaptic spikes for triplets
        tau_y : second (constant)           # memory of postsynaptic spikes for triplets
        {dependence.equations}
        """,
        traces={
            "trace_pre_spikes": "tau_plus",
            "trace_post_spikes": "tau_minus",
            "slow_pre_spikes": "tau_x",
            "slow_post_spikes": "tau_y",
        },
        learn_post=dependence.grown("trace_pre_spikes*(A2_plus + A3_plus*slow_post_spikes)"),
        learn_pre=dependence.shrunk(f"{_earlier('trace_post_spikes')}*(A2_minus + A3_minus*slow_pre_spikes)"),
    )


def vogels_rule() -> PlasticityRule:
    """Return the rule that settles the postsynaptic rate: pairs of either order potentiate, each presynaptic spike depresses."""
    return _rule(
        "inhibitory STDP",
        "Vogels et al. 2011, Science 334:1569",
        f"""
        eta : 1 (constant)                  # change by a pair, in the unit of the weight
        rho : Hz (constant)                 # postsynaptic rate to settle at
        tau_vogels : second (constant)      # how near the spikes of a pair are
        {BOUNDS}
        """,
        traces={"trace_pre_spikes": "tau_vogels", "trace_post_spikes": "tau_vogels"},
        learn_post="weight = clip(weight + eta*trace_pre_spikes, w_low, w_high)",
        learn_pre=f"""
        weight = clip(weight + eta*{_earlier("trace_post_spikes")}, w_low, w_high)
        weight = clip(weight - eta*2*rho*tau_vogels, w_low, w_high)
        """,
    )


_TAUS = """
        tau_plus : second (constant)        # how long a presynaptic spike can potentiate
        tau_minus : second (constant)       # how long a postsynaptic spike can depress
"""


def _earlier(trace: str) -> str:
    """Return the trace of postsynaptic spikes without one that has just arrived in this step."""
    return f"({trace} - int(t_seen == t))"


def _rule(
    name: str, source: str, equations: str, *, traces: dict[str, str], learn_post: str, learn_pre: str
) -> PlasticityRule:
    def lines(text: str) -> list[str]:
        return [line.strip() for line in text.splitlines() if line.strip()]

    states = [f"{trace} : 1                # decays with {tau}" for trace, tau in traces.items()]
    decay = [f"{trace} *= exp(-(t - t_seen)/{tau})" for trace, tau in traces.items()]
    jumps = {side: [f"{trace} += 1" for trace in traces if f"_{side}_" in trace] for side in ("pre", "post")}
    weight = "weight : 1"
    seen = "t_seen : second              # when the last spike arrived from either side"
    return PlasticityRule(
        name=name,
        source=source,
        equations="\n".join([weight, *states, seen, *lines(equations)]),
        on_pre="\n".join([*decay, *lines(learn_pre), *jumps["pre"], "t_seen = t"]),
        on_post="\n".join([*decay, *lines(learn_post), *jumps["post"], "t_seen = t"]),
    )
