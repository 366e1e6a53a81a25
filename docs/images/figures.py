"""Draws the figures of docs/figures.md: ``python docs/images/figures.py`` writes ``figures.png`` beside it."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from brian2 import Hz, Network, PoissonGroup, SpikeMonitor, ms, mV, nA, prefs, seed

from brianhw import plot
from brianhw.equations.adex import ADEX
from brianhw.equations.izhikevich import IZHIKEVICH
from brianhw.equations.lif import LIF
from brianhw.equations.stdp import pair_stdp
from brianhw.parameters import adex, izhikevich, lif
from brianhw.parameters.synapses import SONG_STDP


def main() -> None:
    prefs.codegen.target = "numpy"
    seed(1)
    groups = [PoissonGroup(80, 20 * Hz, name="excitatory"), PoissonGroup(20, 40 * Hz, name="inhibitory")]
    monitors = [SpikeMonitor(group) for group in groups]
    Network(groups, monitors).run(400 * ms)
    figure, axes = plt.subplots(2, 3, figsize=(12, 6.5), layout="constrained")
    plot.raster(*monitors, rates=True, axes=axes[0, 0])
    plot.isi(*monitors, axes=axes[0, 1])
    plot.stdp_window(pair_stdp("ge", "amp"), SONG_STDP, {"w_max": 1 * nA}, axes=axes[0, 2])
    currents = np.linspace(0, 1, 60) * nA
    plot.f_i(LIF, lif.NEST_DEFAULTS, currents, label="LIF", axes=axes[1, 0])
    plot.f_i(ADEX, adex.ADAPTATION, currents, label="AdEx, adapted", settle=500 * ms, axes=axes[1, 0])
    plot.phase_plane(ADEX, adex.TONIC_SPIKING, {"I_ext": 0 * nA}, x_range=(-80 * mV, -40 * mV), axes=axes[1, 1])
    plot.phase_plane(IZHIKEVICH, izhikevich.REGULAR_SPIKING, x_range=(-90 * mV, -40 * mV), axes=axes[1, 2])
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=90)


if __name__ == "__main__":
    main()
