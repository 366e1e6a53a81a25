"""Triplet rule of spike-timing-dependent plasticity, all-to-all.

Source: Pfister & Gerstner 2006, J. Neurosci. 26:9673, eqs. 2-4, with all interactions. NEST calls it ``stdp_triplet_synapse``.

Deviation: changes are shares of ``w_max`` and may depend on the weight.
"""

from __future__ import annotations

from brianhw.equations.plasticity import JUST_NOW, WEIGHT, PlasticityRule, bounded
from brianhw.equations.weight_dependence import ADDITIVE, WeightDependence

__all__ = ["triplet_rule"]


def triplet_rule(dependence: WeightDependence = ADDITIVE, downwards: bool = False) -> PlasticityRule:
    """Return the rule in which the effect of a pair depends on the spike before it, on the side that spikes.

    A postsynaptic spike adds ``A2_plus + A3_plus*slow_post_spikes`` for each presynaptic spike before it, weighted by
    ``exp(-s/tau_plus)``; a presynaptic spike takes ``A2_minus + A3_minus*slow_pre_spikes`` likewise.

    Parameters
    ----------
    dependence : WeightDependence
        What the changes are multiplied by.
    downwards : bool
        Whether weights are negative, ``w_max < w_min``.
    """
    return PlasticityRule(
        name=f"triplet STDP ({dependence.name})",
        source="Pfister & Gerstner 2006, J. Neurosci. 26:9673",
        equations=f"""{WEIGHT}
        dtrace_pre_spikes/dt = -trace_pre_spikes/tau_plus : 1 (event-driven)       # r1
        dslow_pre_spikes/dt = -slow_pre_spikes/tau_x : 1 (event-driven)            # r2
        dtrace_post_spikes/dt = -trace_post_spikes/tau_minus : 1 (event-driven)    # o1
        dslow_post_spikes/dt = -slow_post_spikes/tau_y : 1 (event-driven)          # o2

        tau_plus : second (constant)     # time constant of potentiation by pairs
        tau_x : second (constant)        # memory of earlier presynaptic spikes
        tau_minus : second (constant)    # time constant of depression by pairs
        tau_y : second (constant)        # memory of earlier postsynaptic spikes
        A2_plus : 1 (constant)           # potentiation by a pair
        A3_plus : 1 (constant)           # and by a triplet
        A2_minus : 1 (constant)          # depression by a pair
        A3_minus : 1 (constant)          # and by a triplet
        {dependence.equations}""",
        on_pre=f"""
        {bounded(
            f"- {dependence.depression}*(trace_post_spikes - {JUST_NOW})*(A2_minus + A3_minus*slow_pre_spikes)", downwards
        )}
        trace_pre_spikes += 1
        slow_pre_spikes += 1
        """,
        on_post=f"""
        {bounded(f"+ {dependence.potentiation}*trace_pre_spikes*(A2_plus + A3_plus*slow_post_spikes)", downwards)}
        trace_post_spikes += 1
        slow_post_spikes += 1
        """,
        positive=("tau_plus", "tau_minus", "tau_x", "tau_y"),
    )
