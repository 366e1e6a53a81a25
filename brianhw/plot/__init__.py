"""Figures: where a network lies on its chip, its spikes, signals and weights, what a model does, two runs.

Each function draws where ``axes`` says, or makes a figure, and returns the axes. Units are on the labels.
"""

from brianhw.plot.compared import comparison
from brianhw.plot.curves import f_i
from brianhw.plot.held import weights
from brianhw.plot.on_chip import connectivity, fan_in, occupancy, words
from brianhw.plot.phase import phase_plane
from brianhw.plot.signals import currents, traces
from brianhw.plot.spiking import isi, raster, rate
from brianhw.plot.windows import stdp_window

__all__ = [
    "comparison",
    "connectivity",
    "currents",
    "f_i",
    "fan_in",
    "isi",
    "occupancy",
    "phase_plane",
    "raster",
    "rate",
    "stdp_window",
    "traces",
    "weights",
    "words",
]
