"""
Windows that are symmetric
==========================

What if the order does not matter? In some rules of the cerebellum a pair counts the same in both orders: near spikes
weaken and far ones strengthen, or the other way round. The kernel of the first is a damped cosine on a constant that
each presynaptic spike adds.
"""

import matplotlib.pyplot as plt
import numpy as np
from brian2 import ms, nS

from brianhw import plot
from brianhw.equations.kernel_stdp import symmetric_cosine_sine_stdp, symmetric_cosine_stdp
from brianhw.parameters.learning_rules import COSINE, COSINE_SINE

s = np.arange(-200, 201, 5)  # ms
settings = dict(intervals=s * ms, weight=0.5 * nS)
cosine, both = symmetric_cosine_stdp("ge", "siemens"), symmetric_cosine_sine_stdp("ge", "siemens")
axes = plot.stdp_window(cosine, COSINE, {"w_max": 1 * nS}, label="cosine", **settings)
plot.stdp_window(both, COSINE_SINE, {"w_max": 1 * nS}, label="cosine and sine", axes=axes, **settings)

before, after = axes.lines[3:5]  # of the first rule; without the line across 0, of which there is no pair
for line, part in ((before, s[s < 0]), (after, s[s >= 0])):
    closed = 1 - 10 * np.exp(-2 * abs(part) / 100) * np.cos(np.pi * part / 200) ** 2
    assert np.allclose(line.get_ydata(), closed, atol=1e-6)  # pS
plt.show()
