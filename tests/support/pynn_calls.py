"""Calls that the PyNN back end must refuse, and calls that it must take: one a line, with the names of :func:`scene`.

Sources: PyNN 0.13's documentation of each argument; where it is silent, what NEST 3.10 refuses of the same model
(``SetDefaults``, ``Simulate``); vendor's scripts for SpiNNaker.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from pyNN import core, space

import brianhw.errors

#: Not one of these is a number that a parameter can have.
NEVER = (
    "float('nan')",
    "True",
    "None",
    "'1.0'",
    "1j",
    "{}",
    "[[1.0, 2.0], [3.0]]",
    "object()",
    "np.array([True, False])",
)


def scene(sim: ModuleType, topic: str = "") -> dict[str, Any]:
    """Return what the calls find: populations, views, projections, sources, and the modules; for runs, only a few."""
    sim.setup(timestep=0.1, min_delay=0.1, max_delay=10.0, device="runtime")
    # a network of sources costs little to run
    cells = sim.Population(4, sim.SpikeSourceArray() if topic == "runs" else sim.IF_cond_exp(), label="cells")
    dc = sim.DCSource(amplitude=0.1, start=1.0, stop=5.0)
    steps = sim.StepCurrentSource(times=[1.0], amplitudes=[1.0])
    if topic == "runs":
        return {"sim": sim, "np": np, "cells": cells, "dc": dc, "steps": steps, "nan": np.nan, "inf": np.inf}
    curr = sim.Population(4, sim.IF_curr_exp(), label="curr")
    adex = sim.Population(2, sim.EIF_cond_exp_isfa_ista(), label="adex")
    hh = sim.Population(2, sim.HH_cond_exp(), label="hh")
    train = sim.Population(2, sim.SpikeSourceArray(spike_times=[1.0, 2.0]), label="train")
    noise = sim.Population(2, sim.SpikeSourcePoisson(rate=10.0), label="noise")
    odd = sim.Population(7, sim.IF_cond_exp(), structure=space.Grid2D(), label="odd")
    all_to_all = sim.AllToAllConnector()
    pair = sim.SpikePairRule, sim.AdditiveWeightDependence
    plastic = sim.STDPMechanism(pair[0](), pair[1](w_max=1.0), weight=0.5)

    class Minus(core.IndexBasedExpression):
        def __call__(self, i: Any, j: Any) -> Any:
            return np.asarray(i) * 0.0 - 1.0

    def connected(synapse: Any = None, connector: Any = None, post: Any = cells, **more: Any) -> Any:
        return sim.Projection(noise, post, connector or all_to_all, synapse or sim.StaticSynapse(weight=0.1), **more)

    return {
        "sim": sim, "np": np, "space": space, "errors": brianhw.errors, "cells": cells, "curr": curr, "adex": adex,
        "hh": hh, "train": train, "noise": noise, "odd": odd, "view": cells[1:3], "both": cells + curr,
        "connected": connected,
        "to": connected(), "learns": connected(plastic), "fades": connected(sim.TsodyksMarkramSynapse(weight=0.1)),
        "dc": dc, "draw": sim.RandomDistribution, "Minus": Minus,
        "steps": steps, "pair": pair, "nan": np.nan, "inf": np.inf,
    }  # fmt: skip


#: Refused, by topic.
BAD = {
    "setup": """
        sim.setup(timestep=0)
        sim.setup(timestep=-0.1)
        sim.setup(timestep=nan)
        sim.setup(timestep=inf)
        sim.setup(timestep=True)
        sim.setup(timestep=None)
        sim.setup(timestep="0.1")
        sim.setup(timestep=[0.1])
        sim.setup(timestep=0.1, min_delay=nan)
        sim.setup(timestep=0.1, min_delay=0.0)
        sim.setup(timestep=0.1, min_delay=-1.0)
        sim.setup(timestep=0.1, min_delay=0.05)
        sim.setup(timestep=0.1, min_delay="Auto")
        sim.setup(timestep=0.1, min_delay=True)
        sim.setup(timestep=0.1, min_delay=2.0, max_delay=1.0)
        sim.setup(timestep=0.1, max_delay=0.01)
        sim.setup(timestep=0.1, max_delay=nan)
        sim.setup(timestep=0.1, max_delay=-5.0)
        sim.setup(timestep=0.1, max_delay="long")
        sim.setup(timestp=0.1)
        sim.setup(time_step=0.1)
        sim.setup(dt=0.1)
        sim.setup(mindelay=0.1)
        sim.setup(min_dely=0.1)
        sim.setup(maxdelay=0.1)
        sim.setup(thread=4)
        sim.setup(threads=0)
        sim.setup(threads=-2)
        sim.setup(threads=1.5)
        sim.setup(threads="four")
        sim.setup(rng_seeds=[-1])
        sim.setup(rng_seeds=["a"])
        sim.setup(grng_seed=1.5)
        sim.setup(spike_precision="off")
        sim.setup(t_flush=-1.0)
        sim.setup(rtol=-1.0)
        sim.setup(use_cvode="no")
        sim.setup(n_chip_required=3)
        sim.setup(rng_seed=-1)
        sim.setup(rng_seed=1.5)
        sim.setup(rng_seed=2**32)
        sim.setup(rng_seed="1")
        sim.setup(rng_seed=True)
        sim.setup(rng_seed=None)
        sim.setup(rng_seed=nan)
        sim.setup(strict="no")
        sim.setup(strict=None)
        sim.setup(same_lists="yes")
        sim.setup(progress="yes")
        sim.setup(device="gpu")
        sim.setup(device=3)
        sim.setup(device_options="strict")
    """,
    "runs": """
        sim.run(-1.0)
        sim.run(nan)
        sim.run(inf)
        sim.run(0.05)
        sim.run(10.03)
        sim.run(True)
        sim.run("10")
        sim.run(None)
        sim.run([10.0])
        sim.run_for(0.25)
        sim.run_until(-5.0)
        sim.run_until(nan)
        sim.run_until(1.05)
        sim.run(1.0, callbacks=3)
        sim.run(1.0, callbacks=[3])
        sim.run(1.0, callbacks="f")
        sim.run(1.0, callbacks=lambda t: t + 1)
        sim.run(1.0, callbacks=[lambda t: None])
        sim.run(1.0, callbacks=[lambda t: "soon"])
        sim.run(1.0, callbacks=[lambda t: nan])
        sim.run(1.0, callbacks=[lambda t: t])
        sim.run(1.0, callbacks=[lambda t: t - 5.0])
        sim.reset(annotations=3)
        sim.reset(annotations="text")
    """,
    "populations": """
        sim.Population(0, sim.IF_cond_exp())
        sim.Population(-3, sim.IF_cond_exp())
        sim.Population(2.5, sim.IF_cond_exp())
        sim.Population(nan, sim.IF_cond_exp())
        sim.Population(inf, sim.IF_cond_exp())
        sim.Population(True, sim.IF_cond_exp())
        sim.Population("10", sim.IF_cond_exp())
        sim.Population(None, sim.IF_cond_exp())
        sim.Population((2, 0), sim.IF_cond_exp())
        sim.Population((2, 2.5), sim.IF_cond_exp())
        sim.Population((2, True), sim.IF_cond_exp())
        sim.Population((2, 2, 2, 2), sim.IF_cond_exp())
        sim.Population((), sim.IF_cond_exp())
        sim.Population((2, 2), sim.IF_cond_exp(), structure=space.Line())
        sim.Population(2, "IF_cond_exp")
        sim.Population(2, None)
        sim.Population(2, 5)
        sim.Population(2, dict)
        sim.Population(2, sim.StaticSynapse())
        sim.Population(2, sim.IF_cond_exp, 5)
        sim.Population(2, sim.IF_cond_exp, {"tau": 3.0})
        sim.Population(2, sim.IF_cond_exp, {"tau_m": -3.0})
        sim.Population(2, sim.IF_cond_exp(), {"tau_m": 3.0})
        sim.Population(2, sim.IF_cond_exp(tau_m=[1.0, 2.0, 3.0]))
        sim.Population(2, sim.IF_cond_exp(tau_m=np.ones((2, 2))))
        sim.Population(2, sim.IF_cond_exp(tau_m=draw("normal", (-5.0, 1.0))))
        sim.Population(2, sim.IF_cond_exp(tau_m=lambda i: -i))
        sim.Population(2, sim.IF_cond_exp(tau_m=lambda i: "a"))
        sim.Population(2, sim.IF_cond_exp(v_rest=lambda i: i*nan))
        sim.Population(2, sim.IF_cond_exp(), structure=5)
        sim.Population(2, sim.IF_cond_exp(), structure=space.Grid2D)
        sim.Population(2, sim.IF_cond_exp(), structure=space.Line(dx=nan))
        sim.Population(2, sim.IF_cond_exp(), structure=space.Line(dx="1"))
        sim.Population(2, sim.IF_cond_exp(), structure=space.Grid2D(aspect_ratio=-1.0))
        sim.Population(2, sim.IF_cond_exp(), structure=space.Grid2D(aspect_ratio=nan))
        sim.Population(2, sim.IF_cond_exp(), structure=space.RandomStructure(space.Sphere(-1.0)))
        sim.Population(2, sim.IF_cond_exp(), structure=space.RandomStructure(space.Cuboid(1.0, nan, 1.0)))
        odd.positions
        odd[0].position
        sim.Population(2, sim.IF_cond_exp(), initial_values={"v": nan})
        sim.Population(2, sim.IF_cond_exp(), initial_values={"v": "low"})
        sim.Population(2, sim.IF_cond_exp(), initial_values={"v": [1.0, 2.0, 3.0]})
        sim.Population(2, sim.IF_cond_exp(), initial_values=[-65.0])
        cells.positions = np.zeros((2, 4))
        cells.positions = np.full((3, 4), nan)
        cells.positions = "here"
        cells[0].position = (0.0, nan, 0.0)
        cells[0].position = (0.0, 1.0)
        cells.structure = "line"
        sim.create(sim.IF_cond_exp(), n=0)
        sim.create(sim.IF_cond_exp, {"cm": 0.0}, n=2)
        sim.create("cell", n=2)
    """,
    "cells": """
        sim.IF_cond_exp(tau_mm=3.0)
        sim.IF_cond_exp(3.0)
        sim.IF_curr_exp(tau_refrac=-1.0)
        sim.IF_curr_exp(tau_refrac=[0.1, -0.1])
        sim.IF_curr_exp(v_reset=-40.0)
        sim.IF_curr_exp(v_thresh=-70.0)
        sim.IF_curr_exp(v_reset=-50.0, v_thresh=-50.0)
        sim.IF_curr_exp(v_thresh=-inf)
        sim.IF_curr_exp(v_rest=inf)
        sim.IF_curr_exp(cm=np.array([1.0, 0.0]))
        sim.EIF_cond_exp_isfa_ista(delta_T=0.0)
        sim.EIF_cond_exp_isfa_ista(delta_T=-1.0)
        sim.EIF_cond_exp_isfa_ista(tau_w=0.0)
        sim.EIF_cond_exp_isfa_ista(v_reset=-30.0)
        sim.EIF_cond_exp_isfa_ista(v_spike=-60.0)
        sim.HH_cond_exp(gbar_Na=-1.0)
        sim.HH_cond_exp(g_leak=-1.0)
        sim.IF_facets_hardware1(g_leak=0.0)
        sim.GIF_cond_exp(delta_v=0.0)
        sim.GIF_cond_exp(lambda0=-1.0)
        sim.GIF_cond_exp(tau_eta=(1.0, -10.0, 100.0))
        sim.Population(2, sim.GIF_cond_exp(tau_eta=(1.0, 10.0)))
        sim.IF_cond_exp_gsfa_grr(tau_sfa=0.0)
        sim.SpikeSourcePoisson(rate=-1.0)
        sim.SpikeSourcePoisson(rate=inf)
        sim.SpikeSourcePoisson(duration=-1.0)
        sim.SpikeSourcePoisson(start=nan)
        sim.Population(2, sim.SpikeSourcePoisson(rate=draw("normal", (-5.0, 0.1))))
        sim.SpikeSourcePoissonRefractory(tau_refrac=-1.0)
        sim.Population(2, sim.SpikeSourceGamma(alpha=0.0))
        sim.SpikeSourceGamma(beta=-1.0)
        sim.Population(2, sim.SpikeSourceInhGamma(a=[0.5]))
        sim.Population(2, sim.SpikeSourceArray(spike_times=[-1.0]))
        sim.Population(2, sim.SpikeSourceArray(spike_times=[nan]))
        sim.Population(2, sim.SpikeSourceArray(spike_times=[[1.0], [2.0], [3.0]]))
        sim.Population(2, sim.SpikeSourceArray(spike_times=[[1.0], [nan]]))
        sim.SpikeSourceArray(spike_times="1 2 3")
        sim.SpikeSourceArray(spike_times=[True, False])
        sim.SpikeSourceArray(spike_times=["1"])
        sim.SpikeSourceArray(spike_times={1.0, 2.0})
        sim.SpikeSourceArray(spiketimes=[1.0])
        sim.PointNeuron(sim.LIF(tau_m=-1.0), AMPA=sim.ExpPSR())
        sim.PointNeuron(sim.LIF(), AMPA=sim.ExpPSR(tau_syn=0.0))
        sim.PointNeuron(sim.AdExp(delta_T=0.0), AMPA=sim.ExpPSR())
        sim.PointNeuron(sim.LIF(), AMPA=sim.BetaPSR(tau_rise=-1.0))
        sim.PointNeuron(sim.LIF(), AMPA=sim.AlphaPSR(tau_syn=nan))
        sim.PointNeuron(sim.LIF(), AMPA=sim.ExpPSR(tau=1.0))
        sim.PointNeuron(sim.LIF(), AMPA=5)
        sim.PointNeuron("LIF")
    """,
    "changes": """
        cells.set(tau_mm=3.0)
        cells.set(tau_m=-3.0)
        cells.set(tau_m=[1.0, 2.0])
        cells.set(tau_m=[1.0, 2.0, 3.0, -4.0])
        cells.set(tau_m=np.array([1.0, 2.0, 3.0, nan]))
        cells.set(tau_m=draw("uniform", (-2.0, -1.0)))
        cells.set(tau_m=lambda i: 3.0 - i)
        cells.set(tau_m=sim.LazyArray(-1.0, shape=(4,)))
        cells.set(tau_m=10.0, cm=0.0)
        cells.set(v_reset=-10.0)
        cells.set(v_thresh=-80.0)
        cells.set(tau_m=(5.0, 6.0))
        view.set(tau_m=-1.0)
        view.set(tau_m=[1.0, 2.0, 3.0])
        view.set(v_reset=-10.0)
        cells[0].tau_m = -1.0
        cells[0].tau_m = nan
        cells[0].tau_m = True
        cells[0].tau_m = "fast"
        cells[0].tau_m = [1.0, 2.0]
        cells[0].tau_mm = 3.0
        cells[0].wrong
        cells[0].set_parameters(tau_m=-1.0)
        cells.tau_m = 3.0
        view.tau_m = 3.0
        to.weight = 3.0
        cells.celltype.tau_m = 3.0
        cells.tset("tau_m", [1.0, 2.0, 3.0, -1.0])
        cells.rset("tau_m", draw("uniform", (-2.0, -1.0)))
        both.set(tau_m=-1.0)
        both.set(tau_m=10.0, e_rev_E=-1.0)
        both.rset("tau_m", draw("uniform", (-2.0, -1.0)))
        sim.set(cells, tau_m=-1.0)
        sim.set(5, tau_m=1.0)
        adex.set(delta_T=0.0)
        adex.set(v_spike=-60.0)
        train.set(spike_times=[-1.0])
        train.set(spike_times=[nan])
        train.set(spike_times="soon")
        train.set(spike_times=[[1.0], [2.0], [3.0]])
        noise.set(rate=-1.0)
        noise.set(rate=[1.0, nan])
        noise[0].rate = -3.0
        cells.initialize(v=nan)
        cells.initialize(v=inf)
        cells.initialize(v=True)
        cells.initialize(v=[1.0, 2.0])
        cells.initialize(v=None)
        cells.initialize(v=-60.0, gsyn_exc=nan)
        cells.initialize(gsyn_exc=-1.0)
        cells.initialize(v=lambda i: i*nan)
        cells.initialize(v=draw("normal", (nan, 1.0)))
        view.initialize(v=nan)
        both.initialize(v=nan)
        hh.initialize(m=1.5)
        hh.initialize(h=-0.1)
        cells[0].set_initial_value("v", nan)
        sim.initialize(5, v=1.0)
        sim.initialize(cells, v=nan)
        cells.get("tau_mm")
        cells.get(["tau_m", "wrong"])
    """,
    "picking": """
        cells[4]
        cells[-5]
        cells[1.0]
        cells["0"]
        cells[None]
        cells[True]
        cells[cells[0]]
        cells[[0, 4]]
        cells[[0.5]]
        cells[[]]
        cells[2:2]
        cells[10:20]
        cells[::0]
        cells[0.5:2]
        cells[np.array([True, False])]
        cells[np.array([False]*4)]
        cells[np.array([[0, 1]])]
        cells[["a"]]
        view[2]
        view[[2]]
        both[8]
        both[-9]
        both[[0, 8]]
        both["a"]
        cells.sample(-1)
        cells.sample(0)
        cells.sample(5)
        cells.sample(1.5)
        cells.sample(True)
        cells.sample("2")
        cells.sample(None)
        cells.sample(2, rng=5)
        view.sample(3)
        both.sample(-1)
        both.sample(9)
        both.sample(2.5)
        sim.PopulationView(cells, [9])
        sim.PopulationView(cells, "all")
        sim.PopulationView(5, [0])
        sim.Assembly(5)
        sim.Assembly(cells, name="x")
        sim.Assembly().all_cells
        to[8]
        to[-9]
        to["a"]
        cells.id_to_index(10**6)
        view.id_to_index(cells[0])
    """,
    "recording": """
        cells.record("w")
        cells.record(["v", "w"])
        cells.record(5)
        cells.record([5])
        cells.record("v", sampling_interval=nan)
        cells.record("v", sampling_interval=0.0)
        cells.record("v", sampling_interval=-1.0)
        cells.record("v", sampling_interval=0.25)
        cells.record("v", sampling_interval="1")
        cells.record("v", sampling_interval=True)
        cells.record("v", sampling_interval=inf)
        cells.record("v", locations="soma")
        cells.record("v", to_file=5)
        train.record("v")
        both.record("w")
        view.record("w")
        cells.get_data()
        cells.get_data("w")
        cells.get_data(5)
        sim.record("v", 5, "file")
        sim.record("w", cells, "file")
    """,
    "electrodes": """
        sim.DCSource(amplitude=nan)
        sim.DCSource(amplitude=inf)
        sim.DCSource(amplitude=True)
        sim.DCSource(amplitude=None)
        sim.DCSource(amplitude=[0.1, 0.2])
        sim.DCSource(amplitud=0.1)
        sim.DCSource(start=10.0, stop=5.0)
        sim.DCSource(start=nan)
        sim.DCSource(stop=nan)
        sim.DCSource(start=inf)
        sim.DCSource(stop=-5.0)
        sim.ACSource(frequency=-1.0)
        sim.ACSource(frequency=nan)
        sim.ACSource(phase=nan)
        sim.ACSource(offset=inf)
        sim.ACSource(start=10.0, stop=5.0)
        sim.NoisyCurrentSource(stdev=-1.0)
        sim.NoisyCurrentSource(mean=nan)
        sim.NoisyCurrentSource(dt=0.0)
        sim.NoisyCurrentSource(dt=-0.1)
        sim.NoisyCurrentSource(dt=0.15)
        sim.NoisyCurrentSource(dt=nan)
        sim.NoisyCurrentSource(rng=5)
        sim.NoisyCurrentSource(start=10.0, stop=5.0)
        sim.StepCurrentSource(times=[1.0, 2.0], amplitudes=[1.0])
        sim.StepCurrentSource(times=[2.0, 1.0], amplitudes=[1.0, 2.0])
        sim.StepCurrentSource(times=[1.0, 1.0], amplitudes=[1.0, 2.0])
        sim.StepCurrentSource(times=[-1.0], amplitudes=[1.0])
        sim.StepCurrentSource(times=[nan], amplitudes=[1.0])
        sim.StepCurrentSource(times=[1.0], amplitudes=[nan])
        sim.StepCurrentSource(times="1", amplitudes=[1.0])
        sim.StepCurrentSource(times=[True], amplitudes=[1.0])
        dc.amplitude = nan
        dc.amplitude = True
        dc.start = 10.0
        dc.stop = 0.5
        dc.amplitud = 1.0
        dc.set_parameters(amplitude=0.2, stop=0.5)
        dc.set_parameters(wrong=1.0)
        steps.times = [1.0, 2.0]
        steps.amplitudes = [nan]
        dc.inject_into(train)
        dc.inject_into(5)
        dc.inject_into([5])
        dc.inject_into("cells")
        train.inject(dc)
        cells.inject(5)
        cells.inject(sim.DCSource)
        cells + 5
        view + None
        both + "cells"
        both.__iadd__(5)
        cells.find_units("foo")
        both.find_units("tau_w")
        cells.write_data("results.foo")
        view.write_data("results")
        both.write_data("results.txt")
        to.weightHistogram(min=2.0, max=1.0)
        to.weightHistogram(nbins=-1)
        cells.inject(None)
        both.inject("dc")
        cells[0].inject(5)
        dc.get_data()
    """,
    "synapses": """
        sim.StaticSynapse(weight=nan)
        sim.StaticSynapse(weight=inf)
        sim.StaticSynapse(weight=True)
        sim.StaticSynapse(weight={})
        sim.StaticSynapse(weight=[1.0, nan])
        sim.StaticSynapse(weight="d +")
        sim.StaticSynapse(weight="x")
        sim.StaticSynapse(delay=nan)
        sim.StaticSynapse(delay=-1.0)
        sim.StaticSynapse(delay=inf)
        sim.StaticSynapse(delay=True)
        sim.StaticSynapse(wieght=1.0)
        sim.StaticSynapse(1.0)
        sim.SimpleStochasticSynapse(p=1.5)
        sim.SimpleStochasticSynapse(p=-0.5)
        sim.SimpleStochasticSynapse(p=nan)
        sim.TsodyksMarkramSynapse(U=-0.5)
        sim.TsodyksMarkramSynapse(U=1.5)
        sim.TsodyksMarkramSynapse(tau_rec=-1.0)
        sim.TsodyksMarkramSynapse(tau_facil=-1.0)
        sim.TsodyksMarkramSynapse(tau_facil=nan)
        sim.StochasticTsodyksMarkramSynapse(U=2.0)
        sim.MultiQuantalSynapse(n=1.5)
        sim.MultiQuantalSynapse(n=0)
        sim.MultiQuantalSynapse(n=-1)
        sim.MultiQuantalSynapse(n=True)
        sim.MultiQuantalSynapse(U=1.1)
        sim.ElectricalSynapse(weight=nan)
        sim.ElectricalSynapse(delay=1.0)
        sim.SpikePairRule(tau_plus=0.0)
        sim.SpikePairRule(tau_minus=-1.0)
        sim.SpikePairRule(A_plus=nan)
        sim.SpikePairRule(tau=20.0)
        sim.SpikePairRule(20.0, 20.0, 0.01, 0.01, 0.01)
        sim.SpikePairRule(20.0, tau_plus=20.0)
        sim.PfisterSpikeTripletRule(tau_x=0.0)
        sim.Vogels2011Rule(tau=0.0)
        sim.Vogels2011Rule(rho=-1.0)
        sim.Vogels2011Rule(eta=nan)
        sim.AdditiveWeightDependence(w_min=1.0, w_max=0.0)
        sim.AdditiveWeightDependence(w_min=2.0)
        sim.AdditiveWeightDependence(w_min=0.5, w_max=-1.0)
        sim.AdditiveWeightDependence(w_max=inf)
        sim.AdditiveWeightDependence(w_max=nan)
        sim.AdditiveWeightDependence(wmax=1.0)
        sim.MultiplicativeWeightDependence(w_min=2.0, w_max=1.0)
        sim.GutigWeightDependence(mu_plus=-0.5)
        sim.STDPMechanism(pair[0](), pair[1](), dendritic_delay_fraction=1.5)
        sim.STDPMechanism(pair[0](), pair[1](), dendritic_delay_fraction=-0.5)
        sim.STDPMechanism(pair[0](), pair[1](), dendritic_delay_fraction=True)
        sim.STDPMechanism(pair[0](), pair[1](), dendritic_delay_fraction="1")
        sim.STDPMechanism(pair[0](), pair[1](), weight=nan)
        sim.STDPMechanism(pair[0](), pair[1](), delay=-1.0)
        sim.STDPMechanism(pair[0](), pair[1](), weight=True)
        sim.STDPMechanism(pair[0], pair[1]())
        sim.STDPMechanism(5, 5)
        sim.STDPMechanism(pair[0]())
    """,
    "projections": """
        sim.Projection(5, cells, sim.AllToAllConnector())
        sim.Projection(noise, "cells", sim.AllToAllConnector())
        sim.Projection(noise, cells[0], sim.AllToAllConnector())
        sim.Projection(noise, cells, sim.AllToAllConnector)
        sim.Projection(noise, cells, "all")
        sim.Projection(noise, cells, None)
        sim.Projection(noise, cells, sim.AllToAllConnector(), 0.1)
        sim.Projection(noise, cells, sim.AllToAllConnector(), sim.StaticSynapse)
        sim.Projection(noise, train, sim.AllToAllConnector())
        connected(receptor_type="AMPA")
        connected(receptor_type=5)
        connected(space=5)
        connected(space="xy")
        connected(sim.StaticSynapse(weight=-0.1), receptor_type="excitatory")
        connected(sim.StaticSynapse(weight=0.1), post=curr, receptor_type="inhibitory")
        connected(sim.StaticSynapse(weight=draw("normal", (nan, 1.0))))
        connected(sim.StaticSynapse(weight=lambda d: d*nan), receptor_type="excitatory")
        connected(sim.StaticSynapse(weight=[1.0, 2.0]))
        connected(sim.StaticSynapse(weight=np.ones((3, 3))))
        connected(sim.StaticSynapse(delay=draw("uniform", (-2.0, -1.0))))
        connected(sim.StaticSynapse(delay="d - 5"))
        connected(sim.StaticSynapse(delay=50.0))
        connected(sim.TsodyksMarkramSynapse(U=draw("uniform", (1.5, 2.0))))
        connected(sim.SimpleStochasticSynapse(p="2 + d"))
        connected(sim.MultiQuantalSynapse(n=draw("uniform", (1.2, 1.4))))
        to.set(weight=nan)
        to.set(weight=-1.0)
        to.set(weight=True)
        to.set(weight=None)
        to.set(weight=[0.1, 0.2])
        to.set(weight=[0.1]*7 + [nan])
        to.set(weight=np.ones((3, 3)))
        to.set(weight="d +")
        to.set(weight=draw("normal", (nan, 1.0)))
        to.set(delay=-1.0)
        to.set(delay=nan)
        to.set(delay=50.0)
        to.set(wieght=1.0)
        to.set(U=0.5)
        to.setWeights(nan)
        to.setDelays(-1.0)
        fades.set(U=1.5)
        fades.set(U=[0.5]*7 + [1.5])
        fades.set(tau_rec=-1.0)
        learns.set(tau_plus=0.0)
        learns.set(w_max=-1.0)
        learns.set(w_min=2.0)
        learns.set(dendritic_delay_fraction=0.5)
        to[0].weight = nan
        to[0].weight = -1.0
        to[0].weight = True
        to[0].weight = "heavy"
        to[0].weight = [1.0]
        to[0].delay = -1.0
        to[0].wieght = 1.0
        to[0].wrong
        fades[0].U = 1.5
        to.get("weight", format="table")
        to.get("weight", format=None)
        to.get("wieght", format="list")
        to.get(5, format="list")
        to.get(["weight", 5], format="list")
        to.get("weight", format="array", multiple_synapses="mean")
        sim.connect(noise, cells, weight=nan)
        sim.connect(noise, cells, p=1.5)
        sim.connect(noise, cells, p=-0.5)
        sim.connect(noise, cells, delay=-1.0)
        sim.connect(5, cells)
        sim.connect(noise, train)
    """,
    "connectors": """
        sim.FixedProbabilityConnector(1.5)
        sim.FixedProbabilityConnector(-0.1)
        sim.FixedProbabilityConnector(nan)
        sim.FixedProbabilityConnector("half")
        sim.FixedProbabilityConnector(True)
        sim.FixedProbabilityConnector(None)
        sim.FixedProbabilityConnector()
        sim.FixedProbabilityConnector(p=0.5)
        sim.FixedProbabilityConnector(0.5, allow_self_connections="no")
        sim.FixedProbabilityConnector(0.5, rng=5)
        sim.FixedProbabilityConnector(0.5, safe="no")
        sim.FixedProbabilityConnector(0.5, callback=5)
        sim.AllToAllConnector(allow_self_connections=5)
        sim.AllToAllConnector(allow_self_connection=False)
        sim.AllToAllConnector(safe=None)
        sim.OneToOneConnector(weights=0.1)
        sim.FixedNumberPreConnector(1.5)
        sim.FixedNumberPreConnector(-1)
        sim.FixedNumberPreConnector(nan)
        sim.FixedNumberPreConnector(True)
        sim.FixedNumberPreConnector("2")
        sim.FixedNumberPreConnector(None)
        sim.FixedNumberPreConnector(2, with_replacement="no")
        sim.FixedNumberPreConnector(2, 5)
        sim.FixedNumberPostConnector(1.5)
        sim.FixedNumberPostConnector(-1)
        sim.FixedNumberPostConnector(draw("uniform_int", (-5, -1)))
        sim.FixedTotalNumberConnector(1.5)
        sim.FixedTotalNumberConnector(-1)
        sim.FixedTotalNumberConnector(inf)
        sim.SmallWorldConnector(degree=-1.0, rewiring=0.1)
        sim.SmallWorldConnector(degree=nan, rewiring=0.1)
        sim.SmallWorldConnector(degree=1.0, rewiring=1.5)
        sim.SmallWorldConnector(degree=1.0, rewiring=nan)
        sim.SmallWorldConnector(degree=1.0, rewiring=0.1, n_connections=1.5)
        sim.SmallWorldConnector(degree="near", rewiring=0.1)
        sim.DistanceDependentProbabilityConnector("x")
        sim.DistanceDependentProbabilityConnector("-1 - d")
        sim.DistanceDependentProbabilityConnector(0.5)
        sim.DistanceDependentProbabilityConnector(None)
        sim.DistanceDependentProbabilityConnector("d<3", allow_self_connections="no")
        connected(connector=sim.DistanceDependentProbabilityConnector(lambda d: d*nan))
        connected(connector=sim.DistanceDependentProbabilityConnector(lambda d: -1.0 - d))
        sim.DisplacementDependentProbabilityConnector(5)
        sim.DisplacementDependentProbabilityConnector("d[0] <")
        connected(connector=sim.IndexBasedProbabilityConnector(Minus()))
        sim.IndexBasedProbabilityConnector(lambda i, j: 0.5)
        sim.IndexBasedProbabilityConnector(5)
        sim.ArrayConnector([1, 0])
        sim.ArrayConnector(np.array([[0.5, 1.0]]))
        sim.ArrayConnector("all")
        connected(connector=sim.ArrayConnector(np.ones((3, 3), dtype=bool)))
        sim.CloneConnector(5)
        connected(connector=sim.CloneConnector(to), post=curr)
        sim.FromListConnector([(0, 0, 0.1)])
        sim.FromListConnector([(0, 0), (0,)])
        sim.FromListConnector(["a"])
        sim.FromListConnector(5)
        sim.FromListConnector([(0, 0, 0.1)], column_names="weight")
        sim.FromListConnector([(0, 0, 0.1)], column_names=["weight", "delay"])
        connected(connector=sim.FromListConnector([(0, 9)]))
        connected(connector=sim.FromListConnector([(-1, 0)]))
        connected(connector=sim.FromListConnector([(0.5, 0)]))
        connected(connector=sim.FromListConnector([(0, 0, nan, 1.0)]))
        connected(connector=sim.FromListConnector([(0, 0, 0.1, -1.0)]))
        connected(connector=sim.FromListConnector([(0, 0, 0.1)], column_names=["wieght"]))
        sim.Space(axes="w")
        sim.Space(scale_factor=nan)
        sim.Space(periodic_boundaries=((0, 1),))
        sim.Space(periodic_boundaries=((1, 0), None, None))
        sim.Space(offset="far")
    """,
    "random numbers": """
        draw("uniform", (nan, 1.0))
        draw("uniform", (0.0, inf))
        draw("uniform", (0.0,))
        draw("uniform", low=0.0)
        draw("uniform", low=0.0, hi=1.0)
        draw("uniform", (0.0, 1.0), high=2.0)
        draw("unifrom", (0.0, 1.0))
        draw("normal", (0.0, -1.0))
        draw("normal", (0.0, True))
        draw("normal", ("a", 1.0))
        draw("normal", (0.0, 1.0), rng=5)
        draw("normal_clipped", mu=0.0, sigma=1.0, low=2.0, high=1.0)
        draw("normal_clipped", mu=0.0, sigma=1.0, low=1.0, high=1.0)
        draw("normal_clipped", mu=0.0, sigma=1.0, low=100.0, high=101.0, rng=sim.NumpyRNG(seed=1)).next(3)
        draw("normal_clipped_to_boundary", mu=0.0, sigma=1.0, low=2.0, high=1.0)
        draw("uniform_int", (5, 1))
        draw("uniform_int", (0.5, 3.0))
        draw("gamma", (-1.0, 1.0))
        draw("gamma", (1.0, -1.0))
        draw("exponential", (-1.0,))
        draw("poisson", (-1.0,))
        draw("binomial", (2.5, 0.5))
        draw("binomial", (2, 1.5))
        draw("lognormal", (0.0, -1.0))
        draw("vonmises", (0.0, -1.0))
        sim.NumpyRNG(seed=-1)
        sim.NumpyRNG(seed=1.5)
        sim.NumpyRNG(seed="1")
        sim.NumpyRNG(seed=2**40)
        sim.NumpyRNG(seed=True)
    """,
}

#: Taken, by topic.
GOOD = {
    "setup": """
        sim.setup()
        sim.setup(1)
        sim.setup(np.float32(0.5))
        sim.setup(np.array(0.5))
        sim.setup(0.1, 0.1, max_delay=10)
        sim.setup(timestep=0.1, min_delay="auto", max_delay="auto")
        sim.setup(timestep=0.1, min_delay=0.1, max_delay=0.1)
        sim.setup(timestep=0.1, min_delay=0.3, max_delay=0.30000000000000004)
        sim.setup(rng_seed=np.int64(3))
        sim.setup(rng_seed=3.0)
        sim.setup(rng_seed=[1, 2, 3])
        sim.setup(strict=1, same_lists=np.bool_(True), progress=False)
        sim.setup(threads=4, verbosity="error", spike_precision="on_grid", recording_precision=3)
        sim.setup(grng_seed=12, rng_seeds=[1, 2], rng_seeds_seed=5, t_flush=100.0, rng_type="mt19937")
        sim.setup(use_cvode=True, rtol=0.01, atol=1e-6, native_rng_baseseed=3, default_maxstep=10.0)
        sim.setup(n_chips_required=86.4, n_boards_required=None, hostname="spinn-1", time_scale_factor=10)
        sim.setup(debug=True, quit_on_end=False)
        sim.setup(loglevel=2, useSystemSim=True, maxNeuronLoss=0.0, speedupFactor=10000, label="VA")
        sim.setup(db_name="network.sqlite", hardwareNeuronSize=8, useweave=True, rngseeds=[12345, 67890])
    """,
    "runs": """
        sim.run(0)
        sim.run(0.0)
        sim.run(1)
        sim.run(np.float64(0.3))
        sim.run(0.1 + 0.2)
        sim.run(np.array(0.2))
        sim.run_until(sim.state.t + 0.7000000000000001)
        sim.run(1.0, callbacks=[lambda t: t + 0.5])
        sim.run(1.0, callbacks=[lambda t: inf])
        sim.run(1.0, callbacks=[lambda t: t + 1/3])
        sim.run(1.0, callbacks=[lambda t, more=[0.0, 0.5, 9.0]: t + (more.pop(0) if more else inf)])
        sim.run(1.0, callbacks=())
        sim.run(1.0, callbacks=None)
        sim.reset()
        sim.reset(annotations={"trial": 1})
    """,
    "populations": """
        sim.Population(20.0, sim.IF_cond_exp())
        sim.Population(np.int64(3), sim.IF_cond_exp())
        sim.Population(np.float64(3), sim.IF_cond_exp())
        sim.Population((2, 3), sim.IF_cond_exp()).positions
        sim.Population((2.0, np.int64(3)), sim.IF_cond_exp()).positions
        sim.Population((2, 2, 2), sim.IF_cond_exp()).positions
        sim.Population(2, sim.IF_cond_exp, {"tau_m": 10})
        sim.Population(2, sim.IF_cond_exp, None)
        sim.Population(2, sim.IF_cond_exp, {})
        sim.Population(7, sim.IF_cond_exp(), structure=space.Grid2D())
        sim.Population(8, sim.IF_cond_exp(), structure=space.Grid2D(aspect_ratio=2.0)).positions
        sim.Population(4, sim.IF_cond_exp(), structure=space.RandomStructure(space.Sphere(1.0))).positions
        sim.Population(4, sim.IF_cond_exp(), structure=space.Line(dx=0.0)).positions
        sim.Population(2, sim.IF_cond_exp(), initial_values={"v": [-60, -61]})
        cells.positions = np.zeros((3, 4), dtype=int)
        cells[0].position = (1, 2, 3)
        cells[0].position = np.array([1.0, 2.0, 3.0])
    """,
    "cells": """
        sim.IF_cond_exp(tau_refrac=0)
        sim.IF_cond_exp(tau_refrac=0.0, i_offset=-1)
        sim.IF_cond_exp(tau_m=np.float32(10.0), cm=np.array(0.5), v_rest=-70)
        sim.IF_cond_exp(tau_m=[10, 20.0])
        sim.IF_cond_exp(tau_m=(10, 20.0))
        sim.IF_cond_exp(tau_m=range(1, 3))
        sim.Population(2, sim.IF_curr_exp(v_thresh=inf))
        sim.Population(2, sim.IF_curr_exp(tau_m=lambda i: 10 + i))
        sim.Population(2, sim.IF_curr_exp(tau_m=draw("uniform", (10.0, 20.0), rng=sim.NumpyRNG(seed=1))))
        sim.Population(2, sim.IF_curr_exp(tau_m=sim.LazyArray(10.0)))
        sim.Population(2, sim.IF_curr_exp(v_reset=[-70.0, -60.0], v_thresh=[-69.0, -50.0]))
        sim.EIF_cond_exp_isfa_ista(a=-1.0, b=-0.1, v_reset=-45.0)
        sim.EIF_cond_exp_isfa_ista(v_spike=-50.4)
        sim.HH_cond_exp(gbar_K=0.0)
        sim.Izhikevich(a=0.0, b=-1.0, d=-2.0)
        sim.IF_cond_exp_gsfa_grr(q_sfa=-1.0)
        sim.SpikeSourcePoisson(rate=0)
        sim.SpikeSourcePoisson(start=-10.0, duration=inf)
        sim.SpikeSourcePoisson(duration=0.0)
        sim.Population(2, sim.SpikeSourceArray())
        sim.Population(2, sim.SpikeSourceArray(spike_times=[]))
        sim.Population(2, sim.SpikeSourceArray(spike_times=[0, 1, 2]))
        sim.Population(2, sim.SpikeSourceArray(spike_times=[[1.0], []]))
        sim.Population(2, sim.SpikeSourceArray(spike_times=[np.array([1.0]), np.array([])]))
        sim.Population(2, sim.SpikeSourceArray(spike_times=[sim.Sequence([1.0]), sim.Sequence([2.0, 3.0])]))
        sim.Population(2, sim.SpikeSourceArray(spike_times=sim.Sequence([1.0])))
        sim.Population(2, sim.SpikeSourceArray(spike_times=np.arange(5)))
        sim.Population(2, sim.SpikeSourceArray([1.0, 2.0])), sim.Population(2, sim.SpikeSourceArray([1.0, inf]))
        sim.PointNeuron(sim.LIF(v_thresh=inf), AMPA=sim.ExpPSR(tau_syn=1), GABA=sim.BetaPSR(e_syn=-70))
    """,
    "changes": """
        cells.set(tau_refrac=0)
        cells.set(tau_m=[10, 20, 30, 40])
        cells.set(v_thresh=-80.0, v_reset=-90.0)
        cells.set(i_offset=-0.5, e_rev_I=-100)
        view.set(tau_m=[10, 20])
        cells[0].tau_m = np.int64(3)
        both.set(tau_m=30.0, cm=[0.5, 0.6, 0.7, 0.8])
        both.initialize(v=-60.0)
        cells.tset("tau_m", [1.0, 2.0, 3.0, 4.0])
        train.set(spike_times=[3.0, 4.0])
        train[0].spike_times = [3.0]
        noise.set(rate=[0.0, 1000.0])
        cells.initialize(v=draw("uniform", (-70.0, -60.0)), gsyn_exc=0.0)
        curr.initialize(isyn_exc=-1.0)
        hh.initialize(m=0.0, h=1.0)
        cells.my_note = "mine"
    """,
    "picking": """
        cells[-1], cells[np.int64(0)], cells[1:], cells[::-1], cells[0:100], cells[[3, 0]], cells[(0, 1)]
        cells[np.array([True, False, True, False])], cells[np.array([0, 2])], cells[[-1]]
        both[0], both[-1], both[2:6], both[[0, 7]], both[[-1]]
        cells.sample(4), cells.sample(2.0), cells.sample(np.int64(1), rng=sim.NumpyRNG(seed=1))
        both.sample(3)
        sim.PopulationView(cells, [0, 1]), sim.PopulationView(cells, slice(0, 2))
        to[0], to[-1], to[2:4]
        cells.id_to_index(cells[2]), view.id_to_index(view[1]), cells.id_to_index(int(cells[1]))
    """,
    "recording": """
        cells.record("v", sampling_interval=0.2)
        cells.record(None)
        cells.record("v", sampling_interval=1)
        cells.record(["v", "spikes"])
        cells.record(("v",))
        cells.record("all")
        cells.record("v", to_file=None)
        view.record({"v"})
    """,
    "electrodes": """
        sim.DCSource(amplitude=-1, start=0, stop=0)
        sim.DCSource(start=-5.0)
        sim.DCSource(stop=inf)
        sim.ACSource(frequency=0.0, phase=-90)
        sim.NoisyCurrentSource(mean=-1.0, stdev=0.0, dt=0.2)
        sim.StepCurrentSource(times=[0, 1], amplitudes=[-1, 1])
        sim.StepCurrentSource(times=[], amplitudes=[])
        sim.StepCurrentSource()
        dc.set_parameters(start=100.0, stop=200.0)
        steps.set_parameters(times=[1.0, 2.0], amplitudes=[1.0, 0.0])
        dc.inject_into(cells), dc.inject_into(view), dc.inject_into([cells[0]]), dc.inject_into(both)
        cells[0].inject(dc)
        cells + both, view + cells, both + both, both.__iadd__(hh)
        cells.find_units("tau_m"), cells[0:1].find_units("v"), both.find_units("v"), train.find_units("spike_times")
    """,
    "synapses": """
        sim.StaticSynapse(weight=-1, delay=None), sim.StaticSynapse(weight=None)
        sim.StaticSynapse(weight="0.1 + d", delay=np.float32(1.0))
        sim.StaticSynapse(delay=0.0)
        sim.SimpleStochasticSynapse(p=0), sim.SimpleStochasticSynapse(p=1)
        sim.TsodyksMarkramSynapse(U=0.0, tau_rec=0.0, tau_facil=0.0), sim.TsodyksMarkramSynapse(U=1)
        sim.MultiQuantalSynapse(n=5.0), sim.MultiQuantalSynapse(n=np.int64(2))
        connected(sim.MultiQuantalSynapse(n=draw("uniform_int", (1, 5))))
        sim.SpikePairRule(20, 20.0, -0.01, A_minus=0.0)
        sim.AdditiveWeightDependence(w_min=0.0, w_max=-1.0), sim.AdditiveWeightDependence(-1.0, 0.0)
        sim.AdditiveWeightDependence(w_min=0.5, w_max=0.5), sim.GutigWeightDependence(mu_plus=0.0, mu_minus=1)
        sim.STDPMechanism(pair[0](), pair[1](), dendritic_delay_fraction=0, weight="0.1*d", delay=1)
        sim.STDPMechanism(pair[0](), pair[1](), weight=5.0)
        sim.Vogels2011Rule(tau=20, eta=-1e-3, rho=0)
    """,
    "projections": """
        connected(sim.StaticSynapse(weight=-0.1), post=curr, receptor_type="inhibitory")
        connected(sim.StaticSynapse(weight=np.ones((2, 4))))
        connected(sim.StaticSynapse(weight=[0.1]*8))
        connected(sim.StaticSynapse(weight=draw("uniform", (0.1, 0.2)), delay="0.5 + d/10"))
        connected(space=sim.Space("xy"), label="named", source=None)
        to.set(weight=0), to.set(weight=[0.1]*8), to.set(weight=(0.1,)*8), to.set(delay=np.float32(0.5))
        to.set(weight="0.1 + d"), to.set(weight=lambda d: d), to.set(weight=np.ones((2, 4)))
        fades.set(U=0.1, tau_rec=10), fades.set(U=draw("uniform", (0.0, 1.0)))
        learns.set(w_max=2.0), learns.set(weight=3.0)
        to[0].weight = np.float64(1)
        to.get("weight", "list"), to.get(("weight", "delay"), "array", multiple_synapses="max")
        sim.connect(noise, cells, weight=0.1, p=0.5), sim.connect(noise[0], cells[0])
    """,
    "connectors": """
        sim.FixedProbabilityConnector(0), sim.FixedProbabilityConnector(1)
        sim.FixedProbabilityConnector(np.float32(0.5))
        sim.FixedProbabilityConnector(0.5, "NoMutual", rng=sim.NumpyRNG(seed=1), callback=print)
        sim.FixedProbabilityConnector(p_connect=0.5, allow_self_connections=np.bool_(False))
        connected(connector=sim.FixedNumberPreConnector(2.0))
        connected(connector=sim.FixedNumberPostConnector(np.int64(3)))
        connected(connector=sim.FixedNumberPreConnector(0)), connected(connector=sim.FixedTotalNumberConnector(5.0))
        connected(connector=sim.FixedNumberPreConnector(draw("uniform_int", (1, 3))))
        connected(connector=sim.SmallWorldConnector(degree=2, rewiring=0))
        connected(connector=sim.DistanceDependentProbabilityConnector("d < 3"))
        connected(connector=sim.DistanceDependentProbabilityConnector(lambda d: 2.0 - d/1e3))
        connected(connector=sim.ArrayConnector(np.ones((2, 4), dtype=int)))
        connected(connector=sim.FromListConnector([(0, 0), (1, 3)])), connected(connector=sim.FromListConnector([]))
        connected(connector=sim.FromListConnector(np.array([[0, 1, 0.1, 0.5]])))
        connected(connector=sim.FromListConnector([(0, 1, 0.3)], column_names=["weight"]))
        connected(connector=sim.CloneConnector(to))
        sim.Space("xyz", 2, 1.0, ((0, 1), None, (-1, 1)))
    """,
    "random numbers": """
        draw("uniform", (-63.0, -67.0)).next(2), draw("uniform", (1.0, 0.0), rng=sim.NativeRNG(seed=1)).next(2)
        sim.Population(3, sim.IF_curr_exp(tau_m=draw("uniform", (20.0, 10.0))))
        draw("uniform", (1, 1)).next(2), draw("uniform", low=0, high=np.float64(1)).next()
        draw("normal", (0, 0)).next(2), draw("uniform_int", (0.0, 3.0)).next(2), draw("poisson", (0,)).next()
        draw("normal_clipped", mu=0, sigma=1, low=-inf, high=inf).next(2)
        draw("normal_clipped", (0, 1, 0.0, inf)).next(2), draw("gamma", (1, 2)).next(3)
        draw("binomial", (0, 0.0)).next()
        sim.NumpyRNG(), sim.NumpyRNG(seed=0), sim.NumpyRNG(np.int64(3)), sim.NumpyRNG(3.0), sim.NumpyRNG(2**32 - 1)
    """,
}


def listed(table: dict[str, str]) -> list[tuple[str, str]]:
    """Return (topic, call) of each line."""
    return [(topic, line.strip()) for topic, lines in table.items() for line in lines.strip().splitlines()]
