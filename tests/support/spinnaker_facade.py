"""Recorded runs of SpiNNaker's software, replayed as a script does it: what differs from the record.

The ring buffers' scale is set as the vendor's option says it (``max_expected_summed_weight``), all else follows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import ms

import brianhw.spinnaker as sim
from brianhw.equations.spinnaker import stdp as models
from spinnaker_replay import FOLDER, plastic

EXTRA = sim.extra_models
CELLS = {
    "IF_curr_exp": sim.IF_curr_exp,
    "IF_cond_exp": sim.IF_cond_exp,
    "IF_curr_alpha": sim.IF_curr_alpha,
    "IF_curr_delta": sim.IF_curr_delta,
    "IF_curr_exp_ca2": EXTRA.IFCurrExpCa2Adaptive,
    "IZK_curr_exp": sim.Izhikevich,
}
RECEPTORS = {"excitatory": "exc", "inhibitory": "inh"}
FIXED = {"IZK_curr_exp": ("v_thresh",)}  # by the vendor


def option(shifts: Any, scale: float = 1.0) -> dict[str, Any]:
    """Return the option by which the ring buffers get these left shifts."""
    return {"max_expected_summed_weight": [0.75 * 2.0 ** int(shift) / scale for shift in shifts]}


def signal(cells: Any, name: str, steps: int) -> np.ndarray:
    """Return a recorded signal as S16.15 numbers, shape (steps, cells)."""
    (found,) = cells.get_data(name).segments[0].filter(name=name)
    return np.rint(found.magnitude[:steps] * 32768).astype(np.int64)


def fired(cells: Any, dt: float, steps: int) -> np.ndarray:
    """Return how many spikes each cell has in each step."""
    counts = np.zeros((steps, cells.size), dtype=int)
    for cell, train in enumerate(cells.get_data("spikes").segments[0].spiketrains):
        np.add.at(counts, (np.rint(train.magnitude / dt).astype(int), cell), 1)
    return counts


def _differing(found: np.ndarray, recorded: np.ndarray) -> int:
    return int(np.count_nonzero(found != recorded))


def _bring(raw: np.ndarray, cells: Any, receptor: str, one: float, dt: float) -> None:
    """Bring raw weights to cells, shape (steps, cells), by one source for each step; *one* is the weight of 1."""
    steps, targets = np.nonzero(raw[1:])
    sent = sim.Population(len(raw), sim.SpikeSourceArray(spike_times=[[step * dt] for step in range(len(raw))]))
    pairs = np.column_stack([steps, targets, raw[1:][steps, targets] * one, np.full(len(steps), dt)])
    sim.Projection(sent, cells, sim.FromListConnector(pairs), receptor_type=receptor)


def _arrived_before(cells: Any, raw: dict[str, np.ndarray]) -> None:
    """Let cells have input in step 0, from spikes before time zero, which no script can send."""
    sim.run(0.0)
    for short, values in raw.items():
        setattr(sim.state.network.groups[cells].brian, f"input_{short}", values.astype(int))


def neuron(name: str, most: int, device: str = "runtime") -> tuple[dict[str, int], int]:
    """Replay a neuron, *most* steps; return the differing numbers by what was recorded, and the spikes."""
    recorded = np.load(FOLDER / "arithmetic" / f"{name}.npz")
    dt, model = float(recorded["dt_ms"]), str(recorded["model"])
    arrived = recorded["ring_buffer_in"][:most].astype(float)
    steps, _, n = arrived.shape
    sim.setup(timestep=dt, device=device)
    given = {field.removeprefix("param_"): recorded[field] for field in recorded.files if field.startswith("param_")}
    cell = CELLS[model]
    parameters = {name: values for name, values in given.items() if name in cell.default_parameters}
    initial = {name.removesuffix("_init"): values for name, values in given.items() if name not in parameters}
    initial = {name: values for name, values in initial.items() if name not in FIXED.get(model, ())}
    scale = 1024.0 if cell.conductance_based else 1.0
    cells = sim.Population(n, cell(**parameters), initial_values=initial, **option(recorded["left_shift"], scale))
    for place, receptor in enumerate(RECEPTORS):
        _bring(arrived[:, place], cells, receptor, 2.0 ** (int(recorded["left_shift"][place]) - 15) / scale, dt)
    for index, column in enumerate(recorded["injected_current_raw"][:steps].T):
        changes = np.flatnonzero(np.diff(column, prepend=0))
        if len(changes):
            source = sim.StepCurrentSource(times=changes * dt, amplitudes=column[changes] / 32768)
            source.inject_into(cells[index : index + 1])
    cells.record("all")
    _arrived_before(cells, dict(zip(RECEPTORS.values(), arrived[0], strict=True)))
    sim.run(steps * dt)
    found = {f"rec_{field}": signal(cells, field, steps) for field in ("v", "gsyn_exc", "gsyn_inh")}
    found["spikes"] = fired(cells, dt, steps)
    differing = {field: _differing(values, recorded[field][:steps]) for field, values in found.items()}
    return differing, int(found["spikes"].sum())


# -- plasticity -------------------------------------------------------------------------------------


def stdp(recorded: Any) -> Any:
    """Return the synapse type of a recorded run, as a script makes it."""
    kind, plus, minus = str(recorded["rule"]), float(recorded["tau_plus"]), float(recorded["tau_minus"])
    up, down = float(recorded["a_plus_effective"]), float(recorded["a_minus_effective"])
    bounds = {"w_min": float(recorded["w_min"]), "w_max": float(recorded["w_max"])}
    timing, weights = {
        "pair_add": (sim.SpikePairRule, sim.AdditiveWeightDependence),
        "pair_mul": (sim.SpikePairRule, sim.MultiplicativeWeightDependence),
        "near_add": (EXTRA.SpikeNearestPairRule, sim.AdditiveWeightDependence),
        "trip_add": (EXTRA.PfisterSpikeTriplet, EXTRA.WeightDependenceAdditiveTriplet),
        "vogels_add": (EXTRA.Vogels2011Rule, sim.AdditiveWeightDependence),
    }[kind]
    times = {"tau_plus": plus, "tau_minus": minus}
    if kind == "vogels_add":
        times = {"tau": plus, "alpha": float(recorded["alpha"])}
    if kind == "trip_add":
        x, y, bounds["A3_plus"], bounds["A3_minus"] = (float(each) for each in recorded["triplet"])
        times |= {"tau_x": x, "tau_y": y}
    rule = timing(**times, A_plus=up, A_minus=down)
    return sim.STDPMechanism(rule, weights(**bounds), backprop_delay=bool(recorded["backprop_delay"]))


KICK = 1000.0  # nA for one step, beyond any plastic input; times 20 MOhm it still fits S16.15


def puppets(cell: Any, post: np.ndarray, dt: float, shift: int, scale: float = 1.0) -> Any:
    """Return cells that spike when they are told to, shape (steps, cells); plastic input is the inhibitory one's."""
    cells = sim.Population(post.shape[1], cell, n_synapse_cores=1, **option([11, shift], scale))
    cells.record(["spikes", "gsyn_inh"])
    _bring(post.astype(float), cells, "excitatory", KICK, dt)
    return cells


def synapse(name: str, most: int, device: str = "runtime") -> dict[str, int]:
    """Replay a plastic synapse, *most* steps; return the differing numbers by what was recorded."""
    recorded = np.load(FOLDER / "stdp" / f"{name}.npz")
    dt, shift = float(recorded["dt_ms"]), int(recorded["left_shift"])
    pre, post, delays = (
        recorded["pre_spike"][:most],
        recorded["post_spikes"][:most],
        recorded["delay_steps"].astype(int),
    )
    steps, n = post.shape
    sim.setup(timestep=dt, device=device)
    cells = puppets(sim.IF_curr_delta(tau_refrac=0.0), post, dt, shift)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=np.flatnonzero(pre) * dt))
    weights = recorded["initial_weight_raw"] * 2.0 ** (shift - 15)
    pairs = np.column_stack([np.zeros(n), np.arange(n), weights, delays * dt])
    onto = sim.Projection(source, cells, sim.FromListConnector(pairs), stdp(recorded), receptor_type="inhibitory")
    _arrived_before(cells, {"exc": post[0] * KICK * 2.0 ** (15 - 11)})
    sim.run((steps + delays.max()) * dt)
    held = np.array(onto.get("weight", "list", with_address=False)) * 2.0 ** (15 - shift)
    arrived = signal(cells, "gsyn_inh", steps) >> shift
    return {
        "ring buffer": _differing(arrived, recorded["ring_buffer_read"][:steps]),
        "last weights": _differing(held, recorded["weight_raw_after_step"][steps - 1]),
        "spikes": _differing(fired(cells, dt, steps), post),
    }


# -- every rule onto every cell ---------------------------------------------------------------------

TARGETS: dict[str, Any] = {
    "IF_curr_exp": lambda: sim.IF_curr_exp(tau_refrac=0.0),
    "IF_cond_exp": lambda: sim.IF_cond_exp(tau_refrac=0.0),
    "IF_curr_alpha": lambda: sim.IF_curr_alpha(tau_refrac=0.0, tau_syn_E=3.0, tau_syn_I=3.0),
    "IF_curr_delta": lambda: sim.IF_curr_delta(tau_refrac=0.0),
    "Izhikevich": lambda: sim.Izhikevich(),
    "Izhikevich_cond": lambda: EXTRA.Izhikevich_cond(),
    "IFCurrExpCa2Adaptive": lambda: EXTRA.IFCurrExpCa2Adaptive(tau_refrac=0.0, i_alpha=0.1),
}
#: By the names of the chip's description, for weights of up to *most*.
RULES: dict[tuple[str, str], Any] = {
    ("pair", "additive"): lambda most: (
        sim.SpikePairRule(20.0, 20.0, most / 30, most / 25),
        sim.AdditiveWeightDependence(0.0, most),
    ),
    ("pair", "multiplicative"): lambda most: (
        sim.SpikePairRule(20.0, 20.0, 0.06, 0.08),
        sim.MultiplicativeWeightDependence(0.0, most),
    ),
    ("nearest pair", "additive"): lambda most: (
        EXTRA.SpikeNearestPairRule(20.0, 20.0, most / 30, most / 25),
        sim.AdditiveWeightDependence(0.0, most),
    ),
    ("nearest pair", "multiplicative"): lambda most: (
        EXTRA.SpikeNearestPairRule(20.0, 20.0, 0.06, 0.08),
        sim.MultiplicativeWeightDependence(0.0, most),
    ),
    ("Vogels 2011", "additive"): lambda most: (
        EXTRA.Vogels2011Rule(0.8, 20.0, most / 40),
        sim.AdditiveWeightDependence(0.0, most),
    ),
    ("triplet", "additive"): lambda most: (
        EXTRA.PfisterSpikeTriplet(16.8, 33.7, 101.0, 125.0, most / 30, most / 80),
        EXTRA.WeightDependenceAdditiveTriplet(0.0, most, most / 100, most / 100),
    ),
}
DELAY = 3  # steps
STEPS = 160


def trains(timing: str) -> tuple[np.ndarray, np.ndarray]:
    """Return steps of presynaptic spikes, shape (k,), and of postsynaptic ones, shape (l, n), never at once.

    In two things the chip differs by rule, not by arithmetic: Vogels' rule weakens only from the first postsynaptic
    spike on, which therefore comes first; the one of neighbours takes time zero for a presynaptic spike.
    """
    random, n = np.random.default_rng(3), 5
    pre = np.append(np.arange(6, 130, 16) + random.integers(0, 4, 8), 150)  # the last one brings all changes
    post = np.arange(14, 130, 27)[:, None] + random.integers(0, 12, (5, n))
    if timing == "Vogels 2011":
        post[0] = 2
    together = np.isin(post + DELAY, pre)  # on the chip they are a pair, in floating point none
    return pre, post + together


def learned(
    target: str, rule: tuple[str, str], receptor: str = "inhibitory", arithmetic: str = "integer", **setup: Any
) -> tuple[Any, Any, np.ndarray]:
    """Let cells that are told when to spike learn; return their cells, the plastic synapses and the weights."""
    sim.setup(**{"timestep": 1.0, "device": "runtime", "arithmetic": arithmetic, **setup})
    pre, post = trains(rule[0])
    cells = sim.Population(post.shape[1], TARGETS[target](), n_synapse_cores=1, label="cells")
    for index, steps in enumerate(post.T):
        times = np.column_stack([steps, steps + 1]).ravel().astype(float)
        amplitudes = np.tile([150.0, 0.0], len(steps))
        sim.StepCurrentSource(times=times, amplitudes=amplitudes).inject_into(cells[index : index + 1])
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=pre.astype(float)))
    most = largest(target)
    synapse_type = sim.STDPMechanism(*RULES[rule](most), weight=most / 2, delay=float(DELAY))
    pairs = [(0, index) for index in range(cells.size)]  # the host makes a list's rows, and rounds but once
    onto = sim.Projection(source, cells, sim.FromListConnector(pairs), synapse_type, receptor_type=receptor)
    cells.record(["spikes", "v"])
    sim.run(float(STEPS))
    for train, steps in zip(cells.get_data("spikes").segments[0].spiketrains, post.T, strict=True):
        assert train.magnitude.tolist() == steps.tolist()
    return cells, onto, np.array(onto.get("weight", "list", with_address=False))


def largest(target: str) -> float:
    """Return a weight that moves the potential by some mV."""
    return 0.02 if "cond" in target else 1.5


def learned_by_the_model(target: str, rule: tuple[str, str], receptor: str, shift: int) -> np.ndarray:
    """Return the weights by the integer model of the rule alone, which no facade has touched."""
    pre, post = trains(rule[0])
    most, scale = largest(target), 1024.0 if "cond" in target else 1.0
    timing, weights = (dict(part.parameter_space.items()) for part in RULES[rule](most))
    numbers = {name: float(value.base_value) for name, value in {**timing, **weights}.items()}
    sent = np.zeros(STEPS, dtype=bool)
    sent[pre] = True
    spiked = np.zeros((STEPS, post.shape[1]), dtype=bool)
    spiked[post, np.arange(post.shape[1])] = True
    made = integer_rule(rule, numbers)
    values = {name: numbers[name] for name in made.amplitudes if name in numbers}
    raw, _ = plastic(
        made, ms, sent, spiked, np.full(post.shape[1], DELAY), weight=most / 2, shift=shift, scale=scale, **values
    )
    return raw[-1] * 2.0 ** (shift - 15) / scale


def integer_rule(rule: tuple[str, str], numbers: dict[str, float]) -> models.StdpRule:
    """Return the chip's rule with these time constants."""
    timing, weights = rule
    taus = {name: value * ms for name, value in numbers.items() if name.startswith("tau")}
    if timing == "Vogels 2011":
        return models.vogels_rule(taus["tau"], ms)
    if timing == "triplet":
        return models.triplet_rule(**taus, timestep=ms)
    made = models.pair_rule if timing == "pair" else models.nearest_pair_rule
    return made(**taus, timestep=ms, weights=weights)
