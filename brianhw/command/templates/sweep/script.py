"""The rate of a neuron over its input and its refractory period: a sweep, of which each point is kept.

``python NAME.py`` draws it, ``pytest`` checks it, NAME.ipynb is for trying things out.
"""

import numpy as np
from brian2 import ms, nA, second

from brianhw.equations import LIF
from brianhw.explore import firing_rate, sweep
from brianhw.parameters import lif

GRID = {"I_ext": np.linspace(0, 1.5, 16) * nA, "t_ref": [2, 5, 10] * ms}


def simulate(grid=GRID, duration=1 * second, store=None):
    """Return the rates, an xarray.Dataset; points that the folder *store* has are not computed again."""
    return sweep(LIF, grid, firing_rate, duration=duration, fixed=lif.NEST_DEFAULTS, store=store, quiet=True)


if __name__ == "__main__":
    import matplotlib.pyplot as plt

    found = simulate(store="NAME_points")
    print(found.firing_rate.to_pandas())
    found.sweep.lines("firing_rate", x="I_ext")
    plt.show()
