"""
A sweep over biases
===================

What does a neuron of the chip make of its input, at which weight and leak? A network is made once, and each point of
the grid sets its biases: 54 runs, nothing compiled between them. Results have names, units and coordinates.
"""

import matplotlib.pyplot as plt
import numpy as np
from brian2 import Hz, PoissonGroup, SpikeMonitor, ms, pA

from brianhw import DynapSE1
from brianhw.explore import Reusable, sweep


def build():
    chip = DynapSE1()
    cells = chip.population(10, core=1, name="cells")
    source = PoissonGroup(10, rates=0 * Hz)
    drive = chip.connect(source, cells, "AMPA", j="i")
    return {"chip": chip, "cells": cells, "source": source, "drive": drive, "spikes": SpikeMonitor(cells)}


def assign(objects, rate, weight, leak):
    objects["source"].rates = rate
    objects["chip"].core(1).bias(Iampa_w0=weight, Isoma_dpi_tau=leak)


def output_rate(objects):
    return objects["spikes"].num_spikes / (10 * 200 * ms)


grid = {"rate": np.linspace(0, 200, 6) * Hz, "weight": np.array([100, 200, 400]) * pA, "leak": [5, 10, 20] * pA}
found = sweep(Reusable(build, assign), grid, output_rate, duration=200 * ms, quiet=True)
found.sweep.small_multiples("output_rate", x="rate", y="weight", panels="leak")
assert np.all(found.output_rate.sel(rate=0) == 0)  # no input, no output
assert np.all(np.diff(found.output_rate.sel(rate=200), axis=0) > 0)  # more weight, more output
plt.show()
