"""Inhibitory plasticity that balances excitation.

Source: Vogels, Sprekeler, Zenke, Clopath & Gerstner 2011, Science 334:1569, eqs. 10-12 of the supporting material. NEST
calls it ``vogels_sprekeler_synapse``.

Deviation: weights stop at ``w_min`` and ``w_max``.
"""

from __future__ import annotations

from brianhw.equations.plasticity import JUST_NOW, WEIGHT, PlasticityRule, bounded

__all__ = ["vogels_rule"]


def vogels_rule(downwards: bool = False) -> PlasticityRule:
    """Return the rule that potentiates by every pair, whatever its order, and depresses by every presynaptic spike.

    Parameters
    ----------
    downwards : bool
        Whether weights are negative, ``w_max < w_min``; then the learning rate is negative, too.
    """
    return PlasticityRule(
        name="inhibitory STDP",
        source="Vogels et al. 2011, Science 334:1569",
        equations=f"""{WEIGHT}
        dtrace_pre_spikes/dt = -trace_pre_spikes/tau_coincidence : 1 (event-driven)
        dtrace_post_spikes/dt = -trace_post_spikes/tau_coincidence : 1 (event-driven)

        tau_coincidence : second (constant)    # time constant of the window, on both sides
        learning_rate : 1 (constant)           # potentiation by a pair of no difference, in the unit of the weight
        depression : 1 (constant)              # by a presynaptic spike, in learning rates: 2*target rate*time constant
        """,
        on_pre=f"""
        {bounded(f"+ learning_rate*(trace_post_spikes - {JUST_NOW})", downwards)}
        {bounded("- learning_rate*depression", downwards)}
        trace_pre_spikes += 1
        """,
        on_post=f"""
        {bounded("+ learning_rate*trace_pre_spikes", downwards)}
        trace_post_spikes += 1
        """,
        positive=("tau_coincidence",),
    )
