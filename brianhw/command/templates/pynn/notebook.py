# %% [markdown]
# # NAME
#
# Excitation and inhibition in balance. The network is in NAME.py; change it there, or here between the runs.

# %%
import matplotlib.pyplot as plt
from NAME import mean_rate, simulate

from brianhw import plot

plot.raster(simulate(), rates=True)
plt.show()

# %% [markdown]
# How does the rate depend on the weight of inhibition? **Try:** the same in the chip's integers, with
# `import brianhw.spinnaker as sim` in NAME.py.

# %%
weights = [0.0, 0.02, 0.05, 0.1]
plt.plot(weights, [mean_rate(simulate(inhibition=weight)["excitatory"]) for weight in weights], "o-")
plt.xlabel("weight of inhibition (uS)")
plt.ylabel("rate of an excitatory cell (Hz)")
plt.show()
