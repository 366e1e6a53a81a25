"""Sources of random spikes.

Source: Cox 1962, "Renewal Theory", chapter 1 (Poisson process). Deviation: at most one spike in a step, found with the
probability ``rate*dt``; the mean rate is right up to one spike per step.
"""

from brianhw.model import NeuronModel

POISSON_SOURCE = NeuronModel(
    name="Poisson source",
    source="Cox 1962, Renewal Theory, chapter 1",
    equations="""
    rate : Hz (constant)         # mean rate while it is on
    t_on : second (constant)     # when it begins
    t_off : second (constant)    # when it ends
    """,
    not_negative=("rate",),
    # half a step of tolerance: t is a sum of steps, rounded
    threshold="rand() < rate*dt and t > t_on - 0.5*dt and t < t_off - 0.5*dt",
)
