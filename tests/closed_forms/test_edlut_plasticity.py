"""STDP through EDLUT's interface against a slow sum over pairs: traces of neurons, and those of synapses."""

from __future__ import annotations

import numpy as np
import pytest

import brianhw.edlut as pyedlut

RULE = {"max_LTP": 0.02, "tau_LTP": 0.03, "max_LTD": 0.025, "tau_LTD": 0.05}
STEP = float(np.float32(0.001))
LARGEST = 1.0


def slow_weight(start: float, arrivals: np.ndarray, firings: np.ndarray, nearest: bool = False) -> float:
    """Return a weight after all pairs, or the nearest; a firing at a time comes before an arrival at that time."""
    some = slice(-1, None) if nearest else slice(None)
    events = sorted([(time, 1, True) for time in arrivals] + [(time, 0, False) for time in firings])
    weight = start
    for time, _, is_arrival in events:
        if is_arrival:
            earlier = firings[firings <= time][some]
            change = -RULE["max_LTD"] * np.exp(-(time - earlier) / RULE["tau_LTD"]).sum()
        else:
            earlier = arrivals[arrivals < time][some]
            change = RULE["max_LTP"] * np.exp(-(time - earlier) / RULE["tau_LTP"]).sum()
        weight = min(max(weight + change, 0.0), LARGEST)
    return weight


@pytest.mark.parametrize(("exact", "tolerance"), [(False, 1e-6), (True, 0.02)])  # a table of exp errs by 0.25 %
def test_weights_are_those_of_all_pairs(exact: bool, tolerance: float) -> None:
    random = np.random.default_rng(5)
    simulation = pyedlut.PySimulation_API(exact=exact, device="runtime")
    fibres = simulation.AddNeuronLayer(6, "InputSpikeNeuronModel")
    drive = simulation.AddNeuronLayer(2, "InputSpikeNeuronModel")
    method = pyedlut.PyModelDescription("Euler", {"step": 0.001})
    cells = simulation.AddNeuronLayer(2, "LIFTimeDrivenModel", {"int_meth": method, "tau_exc": 0.5}, False, True)
    rule = simulation.AddLearningRule("STDP", RULE)
    simulation.AddSynapticLayer(drive, cells, {"weight": 30.0, "max_weight": 30.0})  # a spike for each of these
    delays = [0.001, 0.001, 0.0023, 0.004, 0.0105, 0.001] * 2
    simulation.AddSynapticLayer(
        fibres * 2,
        [cells[0]] * 6 + [cells[1]] * 6,
        # conductances at the resting potential do nothing
        {"weight": 0.5, "max_weight": LARGEST, "type": 1, "delay": delays, "wchange": rule},
    )
    simulation.Initialize()
    trains = [np.sort(random.uniform(0, 0.3, random.integers(4, 12))) for _ in fibres]
    for number in range(3):  # given between runs
        for fibre, train in zip(fibres, trains, strict=True):
            now = train[(train >= 0.1 * number) & (train < 0.1 * (number + 1))]
            simulation.AddExternalSpikeActivity(now, [fibre] * len(now))
        for cell in drive:
            times = 0.1 * number + np.sort(random.uniform(0.005, 0.095, 3))
            simulation.AddExternalSpikeActivity(times, [cell] * 3)
        simulation.RunSimulation(0.1 * (number + 1))
    simulation.RunSimulation(0.35)
    weights = np.array(simulation.GetWeights()[2:])
    times, neurons = map(np.array, simulation.GetSpikeActivity())
    assert len(times) > 8
    for synapse in range(12):
        cell = cells[synapse // 6]
        firings = np.rint(times[neurons == cell] / STEP) * STEP
        delay = np.floor(delays[synapse] * 1e4 + 5e-5) * 1e-4
        expected = slow_weight(0.5, trains[synapse % 6] + delay, firings)
        assert weights[synapse] == pytest.approx(expected, abs=tolerance * max(0.05, abs(expected - 0.5)))
    assert np.ptp(weights) > 0.05


@pytest.mark.parametrize("name", ["STDP", "STDPLS"])
@pytest.mark.parametrize("steps", [(0.001, 0.0001), (0.0003, 0.00025), (0.0005, 0.0002), (0.0001, 0.001)])
def test_neurons_with_other_steps_learn_from_exact_times(steps: tuple[float, float], name: str) -> None:
    simulation = pyedlut.PySimulation_API(device="runtime")
    fibres = simulation.AddNeuronLayer(2)
    methods = [{"int_meth": pyedlut.PyModelDescription("Euler", {"step": step})} for step in steps]
    pre, post = (simulation.AddNeuronLayer(1, "LIFTimeDrivenModel", method, False, True) for method in methods)
    rule = simulation.AddLearningRule(name, RULE)
    simulation.AddSynapticLayer(fibres, pre + post, {"weight": 20.0, "max_weight": 20.0})
    delays = [0.001, 0.0023]
    learning = simulation.AddSynapticLayer(
        pre * 2, post * 2, {"weight": 0.5, "max_weight": LARGEST, "type": 1, "delay": delays, "wchange": rule}
    )
    simulation.Initialize()
    simulation.AddExternalSpikeActivity([0.01, 0.05, 0.0123, 0.06], [0, 0, 1, 1])
    simulation.RunSimulation(0.15)
    times, neurons = map(np.array, simulation.GetSpikeActivity())
    trains = []
    for cell, step in zip(pre + post, steps, strict=True):
        train = times[neurons == cell]
        trains.append(np.rint(train / step) * float(np.float32(step)))
        assert len(train) > 10
    for synapse, delay in zip(learning, delays, strict=True):
        expected = slow_weight(0.5, trains[0] + delay, trains[1], nearest=name == "STDPLS")
        assert abs(expected - 0.5) > 0.02
        assert simulation.GetSelectedWeights([synapse])[0] == pytest.approx(expected, abs=1e-7)  # single precision
