"""Pair-based spike-timing-dependent plasticity (STDP), additive with hard bounds.

Source: Song, Miller & Abbott 2000, Nat. Neurosci. 3:919, eq. 1 and methods; all-to-all pairing with one trace per
side as in Morrison, Diesmann & Gerstner 2008, Biol. Cybern. 98:459, section 4.1.

Deviation: none. Time differences are between the arrival of the presynaptic spike at the synapse (a delay of the
connection counts as axonal) and the postsynaptic spike. A presynaptic spike is transmitted with the weight before
its own depression. Two spikes at the same time step are a pair of zero difference and potentiate.
"""

from __future__ import annotations

from brianhw.equations.receptors import Receptor, entry_of
from brianhw.model import SynapseModel

__all__ = ["pair_stdp"]


def pair_stdp(target: Receptor | str, unit: str | None = None) -> SynapseModel:
    """Return a synapse onto *target* whose ``weight`` learns from pairs of spikes, between 0 and ``w_max``.

    A pair with the presynaptic spike first, by ``s``, adds ``A_plus*w_max*exp(-s/tau_plus)``; one with the
    postsynaptic first subtracts ``A_minus*w_max*exp(-s/tau_minus)``. The traces cost nothing between
    spikes. Parameters are shared by all synapses of the connection.

    Parameters
    ----------
    target, unit
        As for :func:`~brianhw.equations.receptors.static_synapse`.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, nA, run
    >>> from brianhw.equations import pair_stdp
    >>> from brianhw.parameters.synapses import SONG_STDP
    >>> source = SpikeGeneratorGroup(1, [0], [1]*ms)
    >>> target = NeuronGroup(1, "I : amp", threshold="t_in_timesteps == 110", reset="")  # spikes at 11 ms
    >>> model = pair_stdp("I", unit="amp")
    >>> synapses = Synapses(source, target, **model)
    >>> synapses.connect()
    >>> model.set(synapses, SONG_STDP, weight=1*nA, w_max=2*nA)
    >>> run(12*ms)
    >>> print((synapses.weight/nA).round(5))  # 1 + 0.005*2*exp(-10/20)
    [1.00607]
    """
    entry, unit = entry_of(target, unit)
    return SynapseModel(
        name=f"pair STDP onto {entry}",
        source="Song, Miller & Abbott 2000, Nat. Neurosci. 3:919; Morrison et al. 2008, Biol. Cybern. 98:459",
        equations=f"""
        weight : {unit}                              # what a spike adds to the target, between 0 and w_max
        dtrace_pre_spikes/dt = -trace_pre_spikes/tau_plus : 1 (event-driven)
        dtrace_post_spikes/dt = -trace_post_spikes/tau_minus : 1 (event-driven)

        tau_plus : second (shared, constant)         # time constant of potentiation
        tau_minus : second (shared, constant)        # time constant of depression
        A_plus : 1 (shared, constant)                # potentiation of one pair, as a share of w_max
        A_minus : 1 (shared, constant)               # depression of one pair, as a share of w_max
        w_max : {unit} (shared, constant)            # largest weight
        """,
        positive=("tau_plus", "tau_minus"),
        on_pre=f"""
        {entry}_post += weight
        trace_pre_spikes += 1
        weight = clip(weight - A_minus*w_max*trace_post_spikes, 0*w_max, w_max)
        """,
        on_post="""
        trace_post_spikes += 1
        weight = clip(weight + A_plus*w_max*trace_pre_spikes, 0*w_max, w_max)
        """,
        weight="weight",
        bounds=("0", "w_max"),
    )
