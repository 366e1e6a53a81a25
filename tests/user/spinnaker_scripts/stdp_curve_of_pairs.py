"""The curve of STDP: one pair of spikes many times, at each of some distances."""

import math

import pyNN.spiNNaker as sim

time_between_pairs, num_pairs, start_w = 150, 4, 0.5
delta_t = [-30, -10, -1, 1, 10, 30]
a_plus, a_minus, tau_plus, tau_minus = 0.02, 0.03, 12.0, 16.0
cell_params = {"cm": 0.25, "i_offset": 0.0, "tau_m": 10.0, "tau_refrac": 2.0, "tau_syn_E": 2.5, "tau_syn_I": 2.5,
               "v_reset": -70.0, "v_rest": -65.0, "v_thresh": -55.4}  # fmt: skip

sim.setup(timestep=1.0, min_delay=1.0)
projections, recorded, sim_time = [], [], 0
for t in delta_t:
    # the dendrite takes a step: a postsynaptic spike comes to the synapse one later
    pre_phase, post_phase = (10, 10 + t - 1) if t > 0 else (10 - t + 1, 10)
    sim_time = max(sim_time, num_pairs * time_between_pairs + 60)
    times = [[phase + k * time_between_pairs for k in range(num_pairs)] for phase in (pre_phase, post_phase)]
    times[0].append(num_pairs * time_between_pairs + 40)  # one more presynaptic spike brings all changes
    pops = [sim.Population(1, sim.IF_curr_exp, cell_params) for _ in times]
    stims = [sim.Population(1, sim.SpikeSourceArray(spike_times=[each])) for each in times]
    for stim, pop in zip(stims, pops, strict=True):
        sim.Projection(stim, pop, sim.OneToOneConnector(), receptor_type="excitatory",
                       synapse_type=sim.StaticSynapse(weight=4, delay=1))  # fmt: skip
        pop.record("spikes")
    stdp_model = sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(tau_plus=tau_plus, tau_minus=tau_minus, A_plus=a_plus, A_minus=a_minus),
        weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=1),
        weight=start_w,
    )
    projections.append(sim.Projection(pops[0], pops[1], sim.OneToOneConnector(), synapse_type=stdp_model))
    recorded.append(pops)

sim.run(sim_time)
end_w = [p.get("weight", "list", with_address=False)[0] for p in projections]
trains = [[pop.get_data("spikes").segments[0].spiketrains[0].magnitude for pop in pops] for pops in recorded]
sim.end()

for t, w, (pre, post) in zip(delta_t, end_w, trains, strict=True):
    assert len(pre) == num_pairs + 1 and len(post) == num_pairs
    change = 0.0
    for begin in pre:
        for end in post + 1:
            apart = end - begin
            if apart > 0:
                change += a_plus * math.exp(-apart / tau_plus)
            elif apart < 0:
                change -= a_minus * math.exp(apart / tau_minus)
    largest = num_pairs * (a_plus if change > 0 else a_minus)
    # the chip looks exponentials up in 2048ths; where 4 + 1 nA may come at once, weights go in steps of 8/2^15
    assert abs(w - start_w - change) < num_pairs * (2.0**-11 * a_minus + 2.0**-12), (t, w - start_w, change)
    assert abs(change) < largest and (t > 0) == (change > 0)
