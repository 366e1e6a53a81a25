# %% [markdown]
# # NAME
#
# Silicon neurons on a chip. The network is in NAME.py; change it there, or here between the runs.

# %%
import matplotlib.pyplot as plt
from brian2 import pA
from NAME import mean_rate, simulate

from brianhw import plot

chip, spikes = simulate()
plot.raster(spikes, rates=True)
plt.show()

# %% [markdown]
# How full is the chip?

# %%
chip.summary()

# %% [markdown]
# How does the rate depend on inhibition? **Try:** `Isoma_dpi_tau=10 * pA` among the biases of core 1.

# %%
currents = [0, 50, 100, 200]
plt.plot(currents, [mean_rate(simulate(current * pA)[1]["exc"]) for current in currents], "o-")
plt.xlabel("weight current of inhibition (pA)")
plt.ylabel("rate of an excitatory neuron (Hz)")
plt.show()
