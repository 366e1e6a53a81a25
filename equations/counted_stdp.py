"""Pair-based STDP that is only counted: the changes add up until something reads them, as closed-loop users of chips do.

Source: Song, Miller & Abbott 2000, Nat. Neurosci. 3:919, eq. 1; Morrison, Diesmann & Gerstner 2008, Biol. Cybern.
98:459, section 4.1.

Deviation: the weight is not changed, and nothing is transmitted; ``change`` is what the weight would have changed by
without bounds.
"""

from brianhw.model import SynapseModel

COUNTED_STDP = SynapseModel(
    name="counted pair STDP",
    source="Song, Miller & Abbott 2000, Nat. Neurosci. 3:919; Morrison et al. 2008, Biol. Cybern. 98:459",
    equations="""
    change : 1                                   # sum of all changes since it was last read
    dtrace_pre_spikes/dt = -trace_pre_spikes/tau_plus : 1 (event-driven)
    dtrace_post_spikes/dt = -trace_post_spikes/tau_minus : 1 (event-driven)

    tau_plus : second (shared, constant)         # time constant of potentiation
    tau_minus : second (shared, constant)        # time constant of depression
    A_plus : 1 (shared, constant)                # potentiation of one pair of spikes
    A_minus : 1 (shared, constant)               # depression of one pair of spikes
    """,
    positive=("tau_plus", "tau_minus"),
    on_pre="""
    trace_pre_spikes += 1
    change -= A_minus*trace_post_spikes
    """,
    on_post="""
    trace_post_spikes += 1
    change += A_plus*trace_pre_spikes
    """,
    weight="change",
)
