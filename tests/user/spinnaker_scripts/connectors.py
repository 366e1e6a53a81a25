"""Every connector: how many synapses it makes, and which, is known or has a known distribution."""

import numpy as np
import pyNN.spiNNaker as sim
from pyNN.random import NumpyRNG
from pyNN.space import Grid2D

n, side, p, rng = 36, 6, 0.3, NumpyRNG(seed=11)
sim.setup(1.0)
space = Grid2D(aspect_ratio=1.0, dx=1.0, dy=1.0)
pre = sim.Population(n, sim.SpikeSourceArray(spike_times=[5.0]), structure=space, label="pre")
post = sim.Population(n, sim.IF_curr_exp(), structure=space, label="post")
other = sim.Population(n, sim.IF_curr_exp(), structure=space, label="other")
post.record("gsyn_exc")
connectors = {
    "one": sim.OneToOneConnector(),
    "all": sim.AllToAllConnector(),
    "others": sim.AllToAllConnector(allow_self_connections=False),
    "probability": sim.FixedProbabilityConnector(p, rng=rng),
    "pre": sim.FixedNumberPreConnector(5, rng=rng),
    "pre again": sim.FixedNumberPreConnector(40, with_replacement=True, rng=rng),
    "post": sim.FixedNumberPostConnector(7, rng=rng),
    "total": sim.FixedTotalNumberConnector(100, with_replacement=True, rng=rng),
    "list": sim.FromListConnector([(0, 1, 0.5, 2.0), (0, 1, 0.25, 3.0), (3, 2, 0.5, 4.0)]),
    "array": sim.ArrayConnector(np.eye(n, k=1, dtype=bool)),
    "near": sim.DistanceDependentProbabilityConnector("d < 1.1", rng=rng),
    "kernel": sim.KernelConnector((side, side), (side, side), (3, 3), weight_kernel=np.full((3, 3), 0.125)),
    "small world": sim.SmallWorldConnector(degree=1.1, rewiring=0.0, rng=rng),
}
made = {}
for name, connector in connectors.items():
    made[name] = sim.Projection(
        pre, other if name in ("list", "others") else post, connector, sim.StaticSynapse(weight=1.0, delay=1.0),
        label=name,
    )  # fmt: skip
itself = sim.Projection(post, post, sim.AllToAllConnector(allow_self_connections=False), sim.StaticSynapse(weight=0.0))
sim.run(12)
pairs = {name: [(int(i), int(j)) for i, j, _ in each.get("weight", "list")] for name, each in made.items()}
received = post.get_data("gsyn_exc").segments[0].analogsignals[0].magnitude
weights = {name: np.array(each.get("weight", "list", with_address=False)) for name, each in made.items()}
sim.end()


def per(side, name):
    return np.bincount([pair[side] for pair in pairs[name]], minlength=n)


assert pairs["one"] == [(i, i) for i in range(n)]
assert len(set(pairs["all"])) == len(pairs["all"]) == n * n
assert len(itself) == n * (n - 1)
deviation = (n * n * p * (1 - p)) ** 0.5
assert abs(len(pairs["probability"]) - n * n * p) < 4 * deviation
assert set(per(1, "pre")) == {5} and len(set(pairs["pre"])) == 5 * n
assert set(per(1, "pre again")) == {40}
assert set(per(0, "post")) == {7} and len(set(pairs["post"])) == 7 * n
assert len(pairs["total"]) == 100
assert sorted(pairs["list"]) == [(0, 1), (0, 1), (3, 2)]
assert sorted(made["list"].get("delay", "list", with_address=False)) == [2.0, 3.0, 4.0]
assert sorted(pairs["array"]) == [(i, i + 1) for i in range(n - 1)]
neighbours = 2 * 2 * side * (side - 1)  # each of the grid's edges, there and back
assert len(pairs["near"]) == neighbours + n
assert len(pairs["kernel"]) == (3 * side - 2) ** 2  # in one dimension 3 for each, but for both ends
assert len(pairs["small world"]) >= neighbours
# Into one population come all of the same delay: their weights add up, in one step.
at_once = sum(w.sum() for name, w in weights.items() if name not in ("list", "others"))
total = received.max(axis=0).sum()
factor = 5.0 * (1 - np.exp(-1 / 5.0))  # of a step's mean on the chip
assert min(abs(total / at_once - 1), abs(total / at_once / factor - 1)) < 0.02, (total, at_once)
