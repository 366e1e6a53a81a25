"""Plastic PyNN synapses and the trains of spikes that they are tried with."""

from __future__ import annotations

from typing import Any

import numpy as np

import brianhw.pynn as sim
from plastic_pairs import Replay, random_trains

PAIRS = 24

STEPS = 3000

LAST = 2900

RATES = {"tau_plus": 17.0, "tau_minus": 31.0, "A_plus": 0.05, "A_minus": 0.06}

MUS = {"mu_plus": 0.4, "mu_minus": 0.6}

EXPONENTS = {
    "AdditiveWeightDependence": (0.0, 0.0),
    "MultiplicativeWeightDependence": (1.0, 1.0),
    "AdditivePotentiationMultiplicativeDepression": (0.0, 1.0),
    "GutigWeightDependence": (0.4, 0.6),
}


def trains() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return trains of both sides; with so many spikes, some reach the synapse in the same step."""
    rng = np.random.default_rng(11)
    return random_trains(rng, PAIRS, LAST, 150), random_trains(rng, PAIRS, LAST, 150)


def plastic(f: float = 1.0, w_max: float = 2.0, timing: Any = None, by_weight: str = "GutigWeightDependence") -> Any:
    own = MUS if by_weight.startswith("Gutig") else {}
    rule = getattr(sim, by_weight)(w_min=0.0, w_max=w_max, **own)
    return sim.STDPMechanism(timing or sim.SpikePairRule(**RATES), rule, None, f, weight=1.0)


def values_of(mechanism: Any, **other: Any) -> dict[str, Any]:
    space = mechanism.parameter_space
    return {name: space[name].base_value for name, _ in space.items()} | other


def released(synapse: Any, steps: np.ndarray, count: int = 1, time_constant: str = "", **values: Any) -> np.ndarray:
    """Return what *count* synapses transmit at each spike of one train, shape (count, spikes)."""
    space = synapse.parameter_space
    values = {name: space[name].base_value for name, _ in space.items()} | values
    none = [np.array([], dtype=int)] * count
    replay = Replay(synapse, [steps] * count, none, 0, 0, values, time_constant).run(int(steps[-1]) + 2)
    return np.diff(replay.received, prepend=0)[:, steps]
