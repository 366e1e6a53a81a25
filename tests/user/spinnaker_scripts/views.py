"""Parts of populations and several together: who gets what is counted."""

import numpy as np
import pyNN.spiNNaker as sim

sim.setup(1.0)
sources = sim.Population(10, sim.SpikeSourceArray(spike_times=[[10.0 + i] for i in range(10)]), label="sources")
left = sim.Population(10, sim.IF_curr_exp(tau_refrac=3.0, tau_syn_E=0.5), label="left")
right = sim.Population(10, sim.IF_curr_exp(tau_refrac=3.0, tau_syn_E=0.5), label="right")
odd, tail = left[1::2], sim.PopulationView(right, np.array([7, 8, 9]), label="tail")
both = sim.Assembly(left, right, label="both")
strong = sim.StaticSynapse(weight=60.0, delay=1.0)

one = sim.Projection(sources[0:5], odd, sim.OneToOneConnector(), strong, label="views")
every = sim.Projection(sources[9:10], both, sim.AllToAllConnector(), strong, label="assembly")
outwards = sim.Projection(odd, tail, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.0, delay=2.0), label="out")
left[0:3].set(v_thresh=10.0)  # beyond all reach
odd.initialize(v=-64.0)
both.record("spikes")
tail.record(["v", "gsyn_exc"])
sim.run(40)
counts = {label: pop.get_spike_counts() for label, pop in (("left", left), ("right", right))}
trains = left.get_data("spikes").segments[0].spiketrains
seen = tail.spinnaker_get_data("v")
mean = both.mean_spike_count()
sim.end()

assert [(i, j) for i, j, _ in sorted(one.get("weight", "list"))] == [(i, i) for i in range(5)]
assert len(every) == 20 and len(outwards) == 5 * 3
# each odd one spikes a step after its own source, all after the last; the first three cannot
assert [train.magnitude.tolist() for train in trains] == [
    [], [], [], [12.0, 20.0], [20.0], [13.0, 20.0], [20.0], [14.0, 20.0], [20.0], [15.0, 20.0]
]  # fmt: skip
assert [int(n) for n in counts["left"].values()] == [0, 0, 0, 2, 1, 2, 1, 2, 1, 2]
assert list(counts["right"].values()) == [1] * 10
assert mean == 21 / 20
assert sorted(set(seen[:, 0])) == [7, 8, 9] and len(seen) == 3 * 40
