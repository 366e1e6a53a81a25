"""
A script for the DynapSE simulator
==================================

Does a script for the DynapSE simulator run as it is? Its names are found in a folder of brianhw, and its numbers come
out the same. What the first lines do here, ``brianhw run`` does, so that not a character has to change.
"""

import sys

import brianhw.compat

sys.path.insert(0, str(brianhw.compat.path("dynapse_simulator")))

from brian2 import *
from DynapSE import DynapSE

from brianhw import plot

set_device("brianhw")
network = Network()
chip = DynapSE(network)
neurons = chip.get_neurons(4, "Core_1")
chip.set_bias({"Iampa_tau": 10 * pA}, "Core_1")
spikes = arange(10, 100, 10) * ms
source = SpikeGeneratorGroup(1, zeros(len(spikes)), spikes)
synapses = chip.add_connection(source, neurons, synapse_type="AMPA")
chip.connect(synapses, True)
synapses.weight = [1, 2, 4, 8]
current, output = StateMonitor(synapses, "Iampa", record=True), SpikeMonitor(neurons)
network.add(source, synapses, current, output)
network.run(120 * ms)

weights = array(synapses.weight)
panels = figure(figsize=(7, 4.5), layout="constrained").subplots(2, 1, sharex=True)
plot.traces(current, {"Iampa": "AMPA current"}, labels=[f"weight {weight:.0f}" for weight in weights], axes=panels[0])
panels[1].plot(output.t / ms, weights[output.i], "|", markersize=12)
panels[1].set(xlabel="time (ms)", ylabel="weight", title="spikes")
peaks = array([trace[int(10.2 * ms / defaultclock.dt)] for trace in current.Iampa / pA])
assert allclose(diff(peaks), 100 * 4 * diff(weights), rtol=0.01)  # pA: weight current, gain
show()
