# %% [markdown]
# # NAME
#
# Cells that random spikes drive. The network is in NAME.py; change it there, or here between the runs.

# %%
import matplotlib.pyplot as plt
from brian2 import Hz, nA
from NAME import mean_rate, simulate

from brianhw import plot

spikes = simulate()
plot.raster(spikes, rates=True)
plt.show()

# %% [markdown]
# How does the rate depend on the input? **Try:** other weights.

# %%
rates = [50, 100, 150, 200]
plt.plot(rates, [mean_rate(simulate(rate=rate * Hz, strength=0.15 * nA)) for rate in rates], "o-")
plt.xlabel("rate of each train (Hz)")
plt.ylabel("rate of a cell (Hz)")
plt.show()
