"""Recorded runs of SpiNNaker's software, replayed in Brian2 by hand: what differs from the record."""

from __future__ import annotations

from typing import Any

import brian2
import numpy as np
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, StateMonitor, Synapses, TimedArray, ms

from brianhw.equations import spinnaker as models
from brianhw.equations.spinnaker import stdp
from brianhw.equations.spinnaker.parts import ChipNeuron
from brianhw.equations.spinnaker.receptors import exponential_current
from brianhw.model import Block, Feed
from paths import DATA

FOLDER = DATA / "spinnaker"
NEURONS = [file.stem for file in sorted((FOLDER / "arithmetic").glob("i*.npz"))]
SYNAPSES = [file.stem for file in sorted((FOLDER / "stdp").glob("*.npz"))]
MODELS = {
    "IF_curr_exp": models.IF_CURR_EXP,
    "IF_cond_exp": models.IF_COND_EXP,
    "IF_curr_alpha": models.IF_CURR_ALPHA,
    "IF_curr_delta": models.IF_CURR_DELTA,
    "IF_curr_exp_ca2": models.IF_CURR_EXP_CA2,
    "IZK_curr_exp": models.IZK_CURR_EXP,
}
INJECTED = Block("given current", "I_given : amp", feeds=(Feed("I_inj", "I_given"),), optional=("I_given",))
AFTER = {"v_after": "v_raw", "refract_after": "refract", "u_after": "u_raw", "next_h_after": "next_step"}
CONSTANTS = {
    "const_R": "resistance",
    "const_exp_TC": "exp_TC",
    "const_T_refract_steps": "refractory_steps",
    "const_reset_h": "step_raw",
}
for _name in ("exc", "inh"):
    AFTER |= {f"syn_{_name}_after": f"syn_{_name}", f"alpha_lin_{_name}_after": f"linear_{_name}"}
    AFTER |= {f"alpha_exp_{_name}_after": f"exponential_{_name}"}
    CONSTANTS |= {f"const_decay_{_name}": f"decay_{_name}", f"const_init_{_name}": f"init_{_name}"}
    CONSTANTS |= {f"const_dt_over_tau2_{_name}": f"slope_{_name}"}


def _differing(found: Any, recorded: np.ndarray) -> int:
    """Return how many 32-bit integers differ, whatever their sign is taken to be."""
    return int(np.count_nonzero(np.asarray(found).astype(np.int64) % 2**32 != recorded.astype(np.int64) % 2**32))


def _quantity(value: np.ndarray, unit: str) -> Any:
    return value if unit == "1" else value * getattr(brian2, unit)


def neuron(name: str) -> tuple[dict[str, int], int]:
    """Replay a neuron; return the differing integers by field, and the spikes."""
    recorded = np.load(FOLDER / "arithmetic" / f"{name}.npz")
    dt = float(recorded["dt_ms"]) * ms
    model = MODELS[str(recorded["model"])] + INJECTED
    steps, _, n = recorded["ring_buffer_in"].shape
    values = {field.removeprefix("param_").removesuffix("_init"): recorded[field] for field in recorded.files
              if field.startswith("param_")}  # fmt: skip
    cells = [TimedArray(recorded["ring_buffer_in"][:, k, :].astype(float), dt=dt) for k in (0, 1)]
    injected = TimedArray(recorded["injected_current_raw"].astype(float), dt=dt)

    group = NeuronGroup(n, **model, dt=dt)
    shifts = dict(zip(("shift_exc", "shift_inh"), recorded["left_shift"].tolist(), strict=True))
    model.set(group, {key: _quantity(value, model.units[key]) for key, value in values.items()}, shifts)
    group.namespace.update({"exc_cells": cells[0], "inh_cells": cells[1], "injected_raw": injected})
    # what came before a step is there when it begins
    group.run_regularly(
        """
        input_exc = int(exc_cells(t, i))
        input_inh = int(inh_cells(t, i))
        I_given = injected_raw(t, i)*nA/32768
        """, when="start", order=-5, dt=dt,
    )  # fmt: skip
    before = {"rec_v": "v_raw", "rec_gsyn_exc": "syn_exc_now", "rec_gsyn_inh": "syn_inh_now"}
    after = {field: variable for field, variable in AFTER.items() if field in recorded.files}
    begin = StateMonitor(group, list(before.values()), record=True, when="start", dt=dt)
    end = StateMonitor(group, list(after.values()), record=True, when="end", dt=dt)
    spikes = SpikeMonitor(group)
    Network(group, begin, end, spikes).run(steps * dt)

    differing = {field: _differing(getattr(begin, variable).T, recorded[field]) for field, variable in before.items()}
    differing |= {field: _differing(getattr(end, variable).T, recorded[field]) for field, variable in after.items()}
    fired = np.zeros((steps, n), dtype=int)
    fired[np.rint(spikes.t / dt).astype(int), spikes.i] = 1
    differing["spikes"] = _differing(fired, recorded["spikes"])
    for field, variable in CONSTANTS.items():
        if field in recorded.files:
            differing[field] = _differing(getattr(group, variable)[:], recorded[field])
    return differing, int(fired.sum())


# -- plasticity -------------------------------------------------------------------------------------

#: A neuron that spikes when it is told to.
FORCED = ChipNeuron(
    name="forced spikes",
    equations="given : integer",
    ports={"I_raw": "integer"},
    advance="""
    fires = given > 0
    given = 0
    """,
)


def rule_of(recorded: Any) -> stdp.StdpRule:
    """Return the rule of a recorded run."""
    dt, plus, minus = (float(recorded[key]) * ms for key in ("dt_ms", "tau_plus", "tau_minus"))
    kind = str(recorded["rule"])
    if kind == "vogels_add":
        return stdp.vogels_rule(plus, dt)
    if kind == "trip_add":
        x, y = recorded["triplet"][:2] * ms
        return stdp.triplet_rule(plus, minus, x, y, dt)
    made = stdp.nearest_pair_rule if kind == "near_add" else stdp.pair_rule
    return made(plus, minus, dt, stdp.MULTIPLICATIVE if kind == "pair_mul" else stdp.ADDITIVE)


def plastic(rule: stdp.StdpRule, dt: Any, pre: np.ndarray, post: np.ndarray, delays: np.ndarray, **values: Any) -> Any:
    """Run one presynaptic neuron onto many; return weights after each step and what each step's ring buffer held.

    Parameters
    ----------
    pre, post : array of bool, shape (steps,) and (steps, n)
        Spikes.
    delays : array of int, shape (n,)
        In steps.
    **values
        For the rule's ``set``.
    """
    steps, n = post.shape
    longest = int(delays.max())
    target = NeuronGroup(n, **(FORCED + exponential_current("exc") + rule.history(longest)), dt=dt)
    target.namespace["forced"] = TimedArray(post.astype(float), dt=dt)
    target.run_regularly("given = int(forced(t, i))", when="start", order=-5, dt=dt)
    times = np.flatnonzero(pre)
    source = SpikeGeneratorGroup(1, np.zeros(len(times), dtype=int), times * dt, dt=dt)
    synapses = Synapses(source, target, **rule.onto("exc", longest), dt=dt)
    synapses.connect()
    rule.set(synapses, delay=delays, **values)
    read = StateMonitor(target, "input_exc", record=True, when="start", dt=dt)
    weights = StateMonitor(synapses, "weight_raw", record=np.arange(n), when="end", dt=dt)
    Network(target, source, synapses, read, weights).run((steps + longest) * dt)
    # a weight changes as many steps later as its delay is longer than one step
    after = [weights.weight_raw[k, delay - 1 : delay - 1 + steps] for k, delay in enumerate(delays)]
    return np.array(after).T, read.input_exc.T[:steps]


def synapse(name: str) -> dict[str, int]:
    """Replay a plastic synapse; return the differing integers by field, and how many weights there are."""
    recorded = np.load(FOLDER / "stdp" / f"{name}.npz")
    rule = rule_of(recorded)
    shift = int(recorded["left_shift"])
    amplitudes = {"w_min": "w_min", "w_max": "w_max", "A_plus": "a_plus_effective", "A_minus": "a_minus_effective"}
    values = {key: float(recorded[field]) for key, field in amplitudes.items()}
    if rule.timing == "Vogels 2011":
        values["alpha"] = float(recorded["alpha"])
    if rule.timing == "triplet":
        values |= dict(zip(("A3_plus", "A3_minus"), map(float, recorded["triplet"][2:]), strict=True))
    weights, read = plastic(
        rule, float(recorded["dt_ms"]) * ms, recorded["pre_spike"], recorded["post_spikes"],
        recorded["delay_steps"].astype(int), weight=recorded["initial_weight_raw"] / 2.0 ** (15 - shift), shift=shift,
        dendritic=bool(recorded["backprop_delay"]), **values,
    )  # fmt: skip
    return {
        "weights": _differing(weights, recorded["weight_raw_after_step"]),
        "ring buffer": _differing(read, recorded["ring_buffer_read"]),
        **{
            f"lut_{side}": _differing(np.array(rule.tables[side].values), recorded[f"lut_{side}"])
            for side in ("plus", "minus")
        },
    }
