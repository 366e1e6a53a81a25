"""Steps of 0.1 ms: the answer to one input has the height and the place of its peak that the formula says."""

import math

import numpy as np
import pyNN.spiNNaker as p

tau_m, tau_s, cm, weight, dt = 20.0, 5.0, 1.0, 2.0, 0.1

p.setup(timestep=dt, time_scale_factor=10)
source = p.Population(2, p.SpikeSourceArray(spike_times=[[4.7], [12.3]]), label="source")
cells = p.Population(
    2, p.IF_curr_exp(tau_m=tau_m, cm=cm, tau_syn_E=tau_s, v_rest=-65.0, v_thresh=0.0, v_reset=-65.0), label="cells"
)
p.Projection(source, cells, p.OneToOneConnector(), p.StaticSynapse(weight=weight, delay=0.3))
fast = p.Population(1, p.IF_curr_exp(tau_m=tau_m, cm=cm, tau_refrac=1.5, i_offset=2.0), label="fast")
cells.record(["v"])
fast.record("spikes")
p.run(45.0)
v = cells.get_data("v").segments[0].analogsignals[0].magnitude + 65.0
times = fast.get_data("spikes").segments[0].spiketrains[0].magnitude
p.end()

assert v.shape == (450, 2)
peak = math.log(tau_m / tau_s) / (1 / tau_s - 1 / tau_m)
height = weight * tau_m / cm * tau_s / (tau_m - tau_s) * (math.exp(-peak / tau_m) - math.exp(-peak / tau_s))
for cell, arrival in enumerate((5.0, 12.6)):
    assert abs(np.argmax(v[:, cell]) * dt - arrival - peak) <= 3 * dt, (np.argmax(v[:, cell]) * dt, arrival + peak)
    # a current that comes at the start of a step is held through it: less than dt/tau_s of the answer
    assert abs(v[:, cell].max() / height - 1) < 0.02, (v[:, cell].max(), height)
    assert abs(v[: int(round(arrival / dt)), cell]).max() < 1e-3
# a constant current: the period is refractory time and time to the threshold
period = 1.5 + tau_m * math.log(2.0 * tau_m / cm / (2.0 * tau_m / cm - 15.0))
assert abs(np.diff(times).mean() - period) < dt and len(times) == int(45 / period), (np.diff(times), period)
