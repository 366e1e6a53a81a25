"""
A script for EDLUT
==================

Does a script for EDLUT's Python interface run without its build? Fifty fibres spike one after the other and excite a
cell, whose spikes pair with theirs: synapses that were active before the cell's spike gain by its learning rule.
"""

import matplotlib.pyplot as plt
import numpy as np

import brianhw.edlut as pyedlut  # was: import pyedlut

simulation = pyedlut.PySimulation_API()
fibres = simulation.AddNeuronLayer(50, "InputSpikeNeuronModel")
cells = simulation.AddNeuronLayer(1, "LIFTimeDrivenModel", {"c_m": 100.0, "tau_exc": 0.5}, output_activity=True)
given = {"max_LTP": 0.1, "tau_LTP": 0.02, "max_LTD": 0.05, "tau_LTD": 0.02}
rule = simulation.AddLearningRule("STDP", given)
plastic = {"weight": 0.5, "max_weight": 2.0, "wchange": rule}
synapses = simulation.AddSynapticLayer(fibres, cells * 50, plastic)
teacher = simulation.AddNeuronLayer(1, "InputSpikeNeuronModel")
simulation.AddSynapticLayer(teacher, cells, {"weight": 300.0, "max_weight": 300.0})
simulation.Initialize()
times = 0.02 + 0.002 * np.arange(50)  # seconds
simulation.AddExternalSpikeActivity(times.tolist(), fibres)
simulation.AddExternalSpikeActivity([0.07], teacher)
simulation.RunSimulation(0.2)
(firing,), _ = simulation.GetSpikeActivity()
change = np.array(simulation.GetSelectedWeights(synapses)) - 0.5

since = firing - 0.001 - times  # from the arrival, after the delay of 1 ms, to the cell's spike
axes = plt.figure(figsize=(7, 4), layout="constrained").subplots()
axes.plot(1000 * since, change, "o")
axes.set(xlabel="cell's spike after the fibre's (ms)", ylabel="change of the weight (nS)")
gain, loss = 0.1 * np.exp(-np.abs(since) / 0.02), 0.05 * np.exp(-np.abs(since) / 0.02)
assert np.allclose(change, np.where(since > -0.0005, gain, -loss), atol=1e-5)  # it keeps times in 32 bits
plt.show()
