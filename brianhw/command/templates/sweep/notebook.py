# %% [markdown]
# # NAME
#
# A neuron over two of its parameters. The model and the grid are in NAME.py.

# %%
import matplotlib.pyplot as plt
from NAME import simulate

rates = simulate(store="NAME_points")
rates.sweep.lines("firing_rate", x="I_ext")
plt.show()

# %% [markdown]
# Results have names and coordinates. **Try:** more values in `GRID`, and run again: only new points are computed.

# %%
rates.firing_rate.sel(t_ref=5, method="nearest").to_pandas()
