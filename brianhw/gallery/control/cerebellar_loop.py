"""
A cerebellum learns when to act
===============================

Can a cerebellar network learn the time of a response? Parallel fibres are active one after the other; a teacher weakens
those before the wanted time, so that their Purkinje cell pauses then. The loop decides when the teacher spikes.
"""

import matplotlib.pyplot as plt
import numpy as np

import brianhw.edlut as pyedlut

random, phases, trials, rates = np.random.default_rng(1), 50, 20, np.zeros((20, 50))
loop = pyedlut.PySimulation_API()
fibres = loop.AddNeuronLayer(phases, "InputSpikeNeuronModel")
olive = loop.AddNeuronLayer(1, "InputSpikeNeuronModel")
cell = {"c_m": 100.0, "g_leak": 10.0, "int_meth": pyedlut.PyModelDescription("Euler", {"step": 0.0005})}
purkinje = loop.AddNeuronLayer(1, "LIFTimeDrivenModel", cell, output_activity=True)
kernel = {"fixed_change": 0.02, "kernel_change": -0.1, "kernel_peak": 0.04, "exp": 4}  # nS, seconds
rule = loop.AddLearningRule("SinAdditiveKernel", kernel)
parallel = loop.AddSynapticLayer(fibres, purkinje * phases, {"weight": 5.0, "max_weight": 8.0, "wchange": rule})
loop.AddSynapticLayer(olive, purkinje, {"weight": 0.0, "max_weight": 0.0, "trigger_wchange": rule})
loop.Initialize()
for trial in range(trials):
    times = trial + (np.repeat(np.arange(phases), 6) + random.uniform(0, 1, 6 * phases)) / phases
    loop.AddExternalSpikeActivity(times.tolist(), np.repeat(fibres, 6).tolist())
    for step in range(50):
        end = trial + (step + 1) * 0.02
        loop.RunSimulation(end)
        rates[trial, step] = len(loop.GetSpikeActivity()[0]) / 0.02
        if random.uniform() < (0.6 if 0.55 < end - trial < 0.65 else 0.02):
            loop.AddExternalSpikeActivity([end + 0.001], olive)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
left.imshow(rates, aspect="auto", extent=(0, 1, trials, 1))
left.set(xlabel="time in the trial (s)", ylabel="trial", title="rate of the Purkinje cell")
right.plot(np.arange(phases) / phases, loop.GetSelectedWeights(parallel))
right.set(xlabel="phase of the fibre (s)", ylabel="weight (nS)")
assert rates[-5:, 28:32].mean() < rates[-5:, :25].mean() / 4  # a pause, from 0.56 to 0.64 s
plt.show()
