"""Plans on a small chip."""

import numpy as np

from brianhw.allocation import Plan
from brianhw.chips import DYNAP_SE1

EMPTY = Plan(DYNAP_SE1)


def all_pairs(n_pre, n_post):
    pre, post = np.divmod(np.arange(n_pre * n_post), n_post)
    return pre, post


def connect_all(plan, name, source, target, weights=1, synapse_type="AMPA", source_size=None):
    n_pre = plan.placements[source].n if source in plan.placements else source_size
    pairs = all_pairs(n_pre, plan.placements[target].n)
    return plan.connect(name, source, target, *pairs, weights, synapse_type, source_size)
