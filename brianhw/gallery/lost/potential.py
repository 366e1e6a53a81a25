"""
One potential in sixteen bits behind the point
==============================================

How far is a membrane potential of the chip from the ideal one? Each state is a whole number of 2^-15 mV, and so is
each step of the decay: the error stays at some hundreds of such steps, a few microvolts.
"""

import matplotlib.pyplot as plt

import brianhw.spinnaker as sim
from brianhw import plot

potentials = {}
for arithmetic in ("integer", "float"):
    sim.setup(timestep=1.0, arithmetic=arithmetic)
    cells = sim.Population(1, sim.IF_curr_exp(), label="cells")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0, 30.0, 50.0]))
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.8, delay=1.0))
    cells.record("v")
    sim.run(150.0)
    (potentials[arithmetic],) = cells.get_data().segments[0].filter(name="v")
time, error = potentials["float"].times, potentials["integer"].magnitude - potentials["float"].magnitude
top, bottom = plt.figure(figsize=(7, 4.5), layout="constrained").subplots(2, 1, sharex=True)
plot.traces(potentials["integer"], {"v": "potential"}, axes=top)
bottom.plot(time, error * 2**15)
bottom.set(xlabel="time (ms)", ylabel="difference (steps of $2^{-15}$ mV)")
steps = potentials["integer"].magnitude * 2**15
assert abs(steps - steps.round()).max() < 1e-3  # whole numbers, but for the conversion to volts and back
assert 0 < abs(error * 2**15).max() < 150  # a step of rounding in each millisecond, at most
plt.show()
