"""Spikes that are drawn: after the threshold the potential is a triangle, whatever the input.

Source: EDLUT (branch head 74220e7, 2023, TimeDrivenInferiorOliveCell and TimeDrivenPurkinjeCell). Deviation: none.

From the upward crossing of ``V_th`` on the potential rises from there to ``V_peak`` in half of ``t_ref`` and falls
to ``V_reset`` in the other half. The spike is counted at the crossing. What else a neuron has (gates, receptors,
gap junctions) sees the drawn potential.
"""

from __future__ import annotations

__all__ = ["AFTER", "BEFORE", "INITIAL", "OPTIONAL", "RESET", "THRESHOLD", "VARIABLES", "drawn_or"]

VARIABLES = """
    V_th : volt (constant)                       # spike threshold
    V_peak : volt (constant)                     # tip of the drawn spike
    V_reset : volt (constant)                    # potential at its end
    t_ref : second (constant)                    # its length
    since : second                               # time since the last spike
    was_below : 1                                # whether v was below the threshold at the start of the step
    draws = int(since < t_ref) : 1               # whether the potential is drawn
    rises = int(since < t_ref/2) : 1             # whether it rises
    drawn_slope = (rises*(V_peak - V_th) + (1 - rises)*(V_reset - V_peak))/(t_ref/2) : volt/second
"""

# Not v itself: NumPy would keep a view of it, which changes with it.
BEFORE = "was_below = int(v < V_th)"

# The part of a step in which the triangle ends gives V_reset.
AFTER = """
_draws = int(since < t_ref)
since += dt
_rises = int(since < t_ref/2)
_ends = int(since >= t_ref)
_tip = V_peak - 2*abs(since - t_ref/2)/t_ref*(V_peak - _rises*V_th - (1 - _rises)*V_reset)
v = (1 - _draws)*v + _draws*(_ends*V_reset + (1 - _ends)*_tip)
"""

THRESHOLD = "v >= V_th and was_below > 0"

RESET = """
v = V_th
since = 0*second
"""

INITIAL = {"v": "V_reset", "since": "100*second", "was_below": "0"}

OPTIONAL = ("since", "was_below", "I_ext")


def drawn_or(slope: str) -> str:
    """Return the slope of the potential: that of the triangle while it is drawn, *slope* otherwise."""
    return f"draws*drawn_slope + (1 - draws)*({slope})"
