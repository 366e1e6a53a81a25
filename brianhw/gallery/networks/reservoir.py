"""
How long does a reservoir remember?
===================================

For how long can be read from a random network on the chip which of two pulses it got? A linear readout learns that
from half of the trials. With recurrent excitation, one bias, the memory outlasts the pulse.
"""

from brian2 import *

from brianhw import DynapSE1

set_device("brianhw")
trials, answers = 160, arange(160) ** 2 % 163 % 2  # as good as random
answer = TimedArray(answers, dt=240 * ms)
source, noise = PoissonGroup(32, "150*Hz*int(t % (240*ms) < 40*ms)*int(i//16 == answer(t))"), PoissonGroup(32, 30 * Hz)
chip = DynapSE1(seed=4)
reservoir = chip.population(120, core=0, name="reservoir")
chip.core(0).bias(Iampa_w0=40 * pA, Inmda_tau=1 * pA, Igaba_b_w0=20 * pA, Isoma_ahp_w=0 * pA, soma_refP=2 * ms)
chip.connect(source, reservoir, "AMPA", p=0.3)
chip.connect(noise, reservoir, "AMPA", p=0.2)
chip.connect(reservoir, reservoir, "NMDA", condition="i < 90", p=0.15)
chip.connect(reservoir, reservoir, "GABA_B", condition="i >= 90", p=0.3)
spikes = SpikeMonitor(reservoir)
network, right = Network(chip.objects, source, noise, spikes), []
network.store()
for nmda in (0, 4):  # pA a word: without and with recurrent excitation
    network.restore()
    chip.core(0).bias(Inmda_w0=nmda * pA)
    network.run(trials * 240 * ms)
    place = [spikes.t / ms % 240 // 40, spikes.t / ms // 240, spikes.i]  # window of 40 ms, trial, neuron
    counts = histogramdd(place, [arange(7), arange(trials + 1), arange(121)])[0]
    readouts = [linalg.solve(x.T @ x + 3 * eye(120), x.T @ (2 * answers[::2] - 1)) for x in counts[:, ::2]]
    right.append([mean((x @ w > 0) == answers[1::2]) for x, w in zip(counts[:, 1::2], readouts, strict=True)])
    plot(arange(20, 240, 40), right[-1], "o-", label=f"recurrent weight {nmda} pA")
gca().set(xlabel="time after the beginning of the pulse (ms)", ylabel="share of right answers")
legend()
assert min(right[0][0], right[1][0]) > 0.95  # while the pulse is on
assert mean(right[1][2:4]) > mean(right[0][2:4]) + 0.15  # 3 standard errors of 160 guesses
show()
