import brianhw.pynn as sim
from brianhw import plot

sim.setup(timestep=0.1, rng_seed=1)
noise = sim.Population(400, sim.SpikeSourcePoisson(rate=800.0))
exc, inh = (sim.Population(n, sim.IF_curr_exp(), label=label) for n, label in [(320, "exc"), (80, "inh")])
sim.Projection(noise, exc + inh, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.3))
sim.Projection(exc, exc + inh, sim.FixedProbabilityConnector(0.1), sim.StaticSynapse(weight=0.05, delay=1.5))
sim.Projection(inh, exc + inh, sim.FixedProbabilityConnector(0.1), sim.StaticSynapse(weight=-0.4, delay=1.5))
(exc + inh).record("spikes")
sim.run(500.0)
plot.raster(exc, inh, rates=True)
