"""A chain of cells that is closed to a ring: the spike goes round at the speed of delay and rise."""

import matplotlib.pyplot as plt
import numpy as np
import pyNN.spiNNaker as p
from spynnaker.pyNN.utilities import neo_convertor

n_neurons, weight_to_spike, delay, run_time = 60, 2.0, 7, 1200
cell = {"cm": 0.25, "i_offset": 0.0, "tau_m": 20.0, "tau_refrac": 2.0, "tau_syn_E": 5.0, "tau_syn_I": 5.0,
        "v_reset": -70.0, "v_rest": -65.0, "v_thresh": -50.0}  # fmt: skip

p.setup(timestep=1.0, min_delay=1.0)
p.set_number_of_neurons_per_core(p.IF_curr_exp, n_neurons / 2)

links = [(i, (i + 1) % n_neurons, weight_to_spike, delay) for i in range(n_neurons)]
populations, projections = [], []
populations.append(p.Population(n_neurons, p.IF_curr_exp(**cell), label="pop_1"))
populations.append(p.Population(1, p.SpikeSourceArray(spike_times=[[0]]), label="inputSpikes_1"))
projections.append(p.Projection(populations[0], populations[0], p.FromListConnector(links), p.StaticSynapse()))
projections.append(
    p.Projection(populations[1], populations[0], p.FromListConnector([(0, 0, weight_to_spike, 1)]), p.StaticSynapse())
)
populations[0].record(["v", "gsyn_exc", "gsyn_inh", "spikes"])
p.run(run_time)

neo = populations[0].get_data(variables=["spikes", "v"])
spikes = neo_convertor.convert_spikes(neo)
v = populations[0].spinnaker_get_data("v")
weights = projections[0].get("weight", "list")
plt.plot(spikes[:, 1], spikes[:, 0], ".")
plt.show()
p.end()

# The potential after one input: I0 R tau_s/(tau_m - tau_s) (exp(-t/tau_m) - exp(-t/tau_s)). It passes the threshold
# within a step; a spike has the time at which that step begins.
t = np.arange(0.0, 12.0, 1e-3)
psp = weight_to_spike * 20.0 / 0.25 * 5.0 / 15.0 * (np.exp(-t / 20.0) - np.exp(-t / 5.0))
rise = int(t[np.argmax(psp > 15.0)])
order = spikes[np.argsort(spikes[:, 1])]
assert set(np.diff(order[:, 1])) == {delay + rise}, (rise, np.diff(order[:, 1]))
assert order[0, 1] == 1 + rise
assert list(order[:, 0]) == [k % n_neurons for k in range(len(order))]
assert len(order) == 1 + (run_time - 2 - rise) // (delay + rise) > n_neurons
assert v.shape == (n_neurons * run_time, 3) and -70.0 <= v[:, 2].min() < v[:, 2].max() < -50.0
assert len(weights) == n_neurons and {w for _, _, w in weights} == {2.0}
