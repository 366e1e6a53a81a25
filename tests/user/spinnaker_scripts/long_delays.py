"""Delays of a step and of many hundreds: each spike comes when it should."""

import pyNN.spiNNaker as p

delays = [1, 16, 17, 32, 144, 145, 300, 511]
start = 5

p.setup(timestep=1.0, min_delay=1.0, max_delay=1000.0)
p.set_number_of_neurons_per_core(p.IF_curr_exp, 4)
source = p.Population(1, p.SpikeSourceArray(spike_times=[[start]]), label="source")
cells = p.Population(len(delays), p.IF_curr_exp(tau_refrac=50.0), label="cells")
listed = [(0, k, 30.0, delay) for k, delay in enumerate(delays)]
long_ones = p.Projection(source, cells, p.FromListConnector(listed), label="long")
# the same from cells, which have spiked when their input came; weights that reach nobody's threshold
onward = p.Projection(cells, cells, p.FromListConnector([(0, k, 0.5, 200.0) for k in range(1, 8)]), label="onward")
cells.record(["spikes", "gsyn_exc"])
p.run(600)
trains = cells.get_data("spikes").segments[0].spiketrains
current = cells.get_data("gsyn_exc").segments[0].analogsignals[0].magnitude
asked = long_ones.get("delay", "list", with_address=False)
p.end()

assert asked == [float(delay) for delay in delays]
# 30 nA reach the threshold in the step in which they come
assert [train.magnitude.tolist() for train in trains] == [[float(start + delay)] for delay in delays]
# the first cell's spike brings 0.5 nA to the second 200 steps later, when its own input is long gone
step = start + delays[0] + 200
assert current[step - 1, 1] < 1e-3 < 0.4 < current[step : step + 2, 1].max() < 0.5001
assert len(onward) == 7
