"""EDLUT's recordings, replayed through its interface: spikes in the same steps, states and weights.

EDLUT computes in single precision; the tolerances are a hundred times wider than what is found (AdEx, with its steep
upstroke, 7e-3 mV; all others below 2e-3 mV). Spikes of Hodgkin-Huxley and of the granule cell are so steep that
rounding moves them within a step: there the median counts.
"""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, mV, nS, pA, second

from brianhw.edlut.building.cell_groups import model_of, values_of
from brianhw.edlut.catalogue.methods import method_of
from brianhw.edlut.described import Description
from edlut_replay import cases, parameters, recorded, replay

STEEP = ("HHTimeDrivenModel", "EgidioGranuleCell_TimeDriven")
# EDLUT keeps iterates of Newton's method that have not converged, which are chaotic: judged step by step below
OPEN = {"integrator_AdExTimeDrivenModel_BDF3": 0.95, "integrator_IzhikevichTimeDrivenModel_BDF3": 0.9}
COMPILED = [name for name in cases() if any(model in name for model in STEEP)]
IN_NUMPY = [name for name in cases() if name not in (*COMPILED, *OPEN)]
SMALLEST_CHANGE = 2.5e-3  # nS


def grid(times: np.ndarray, index: np.ndarray) -> list[tuple[float, int]]:
    """Return spikes in order, with their times in single precision."""
    return sorted(zip(np.asarray(times, np.float32).tolist(), index.tolist(), strict=True))


def check(name: str, device: str) -> None:
    """Replay a case, and compare everything that was recorded of it."""
    case, expected, found = cases()[name], recorded(name), replay(name, device=device)
    assert grid(found.spike_times, found.spike_index) == grid(expected["spike_times_s"], expected["spike_index"])
    for key, states in found.states.items():
        ours, theirs = np.stack(list(states.values()), axis=1), expected[key]
        if case.get("keep_all_rows"):
            theirs = theirs[np.isin(theirs[:, 0], np.float32(states["t_s"]))]
            ours = ours[np.searchsorted(np.float32(states["t_s"]), theirs[:, 0])]
            # of an update there is a row, and one more if it spiked; rows of arrivals may share its time
            matched = [any(np.allclose(row, other, atol=1e-4) for other in ours) for row in theirs]
            assert np.mean(matched) > 0.7
            continue
        assert ours.shape == theirs.shape
        difference = abs(ours[:, 1] - theirs[:, 1]) * (1e3 if "V_V" in states else 1)
        steep = any(model in name for model in STEEP)
        assert (np.median(difference) if steep else difference.max()) < 0.05
        assert np.abs(ours[:, 0] - theirs[:, 0]).max() < 1e-6
    if "weights" in expected:
        changed = abs(expected["weights"] - expected["weights"][0])
        assert changed.max() > 0.01
        assert (abs(found.weights - expected["weights"]) <= np.maximum(SMALLEST_CHANGE, 0.005 * changed)).all()


@pytest.mark.parametrize("name", IN_NUMPY)
def test_a_recording_is_met(name: str) -> None:
    check(name, "runtime")


@pytest.mark.standalone
@pytest.mark.parametrize("name", [*COMPILED, "rule_SinBufferedAdditiveKernel_a", "gap_junction_IO_a"])
def test_a_recording_is_met_in_compiled_code(name: str) -> None:
    check(name, "brianhw")


@pytest.mark.parametrize(("name", "share"), OPEN.items())
def test_single_steps_of_backward_differentiation_are_met(name: str, share: float) -> None:
    case, arrays = cases()[name], recorded(name)
    (given,) = (layer for layer in case["layers"] if layer.get("monitor"))
    layer = Description().add_layer(1, given["model"], parameters(given["params"]), False, False)
    layer.method = method_of(given["model"], layer.values["int_meth"])
    assert layer.method is not None
    model = model_of(layer, [0, 1, 2], exact=True)
    met = []
    for cell in range(2):
        rows = arrays[f"state_cell_{cell}"].astype(float)
        voltage, recovery = rows[:, 1], rows[:, 2]
        of_cell = arrays["spike_index"] == case["global_index_ranges"]["cell"][0] + cell
        at_steps = np.rint(arrays["spike_times_s"][of_cell] / layer.method.step)
        spikes = np.isin(np.rint(rows[:, 0] / layer.method.step), at_steps)
        # the order grows by one in each step after a spike
        order = np.zeros(len(rows), int)
        for row in range(1, len(rows)):
            order[row] = 0 if spikes[row] else min(order[row - 1] + 1, 3)
        steps = np.flatnonzero(~spikes[1:])[3:]
        group = NeuronGroup(len(steps), **model, dt=layer.method.step * second)
        model.set(group, values_of(layer, model))
        decay = {"exc": 5.0, "inh": 10.0, "nmda": 20.0}
        for number, (receptor, tau) in enumerate(decay.items()):
            after = rows[steps + 1, 3 + number]
            setattr(group, f"g_{receptor}", after * np.exp(layer.method.step * 1e3 / tau) * nS)
        group.I_ext = rows[steps + 1, 6] * pA
        second_unit = pA if "AdEx" in name else mV / (1e-3 * second)
        for variable, values, unit in (("v", voltage, mV), ("w" if "AdEx" in name else "u", recovery, second_unit)):
            setattr(group, variable, values[steps] * unit)
            differences = values[:, None] * np.ones(3)
            before = values
            for j in range(3):
                before = np.concatenate([[0.0], np.diff(before)])
                differences[:, j] = before
                setattr(group, f"{variable}_difference_{j + 1}", before[steps] * unit)
        group.bdf_order = order[steps]
        Network(group).run(layer.method.step * second)
        met.append(abs(np.asarray(group.v / mV) - voltage[steps + 1]) < 0.01)
    assert np.concatenate(met).mean() > share


def test_the_notebook_gives_its_own_output() -> None:
    """The network of EDLUT's example notebook, without the 19,991 neurons that nothing reaches."""
    import brianhw.edlut as pyedlut

    simulation = pyedlut.PySimulation_API(exact=True, device="runtime")
    spikes_in = simulation.AddNeuronLayer(3, "InputSpikeNeuronModel", {}, False, True)
    currents_in = simulation.AddNeuronLayer(3, "InputCurrentNeuronModel")
    sines = simulation.AddNeuronLayer(3, "SinCurrentDeviceVector")
    method = pyedlut.PyModelDescription("Euler", {"step": 0.001})
    cell = {"tau_exc": 0.5, "tau_inh": 10.0, "tau_nmda": 15.0, "int_meth": method}
    cells = simulation.AddNeuronLayer(9, "LIFTimeDrivenModel", cell, False, True)
    rule = simulation.AddLearningRule("STDP", {"max_LTP": 0.016, "tau_LTP": 0.05, "max_LTD": 0.033, "tau_LTD": 0.05})
    sources = [neuron for neuron in spikes_in for _ in range(2)] + currents_in + sines
    targets = cells[:2] * 3 + cells[2:8]
    types = [0, 0, 1, 1, 2, 2, *[3] * 6]
    simulation.AddSynapticLayer(
        sources, targets, {"weight": [1.0] * 12, "max_weight": 100.0, "type": types, "wchange": rule}
    )
    simulation.Initialize()
    for neuron, first, interval in zip(spikes_in, (0.001, 0.004, 0.002), (0.005, 0.05, 0.01), strict=True):
        times, time = [], first
        while time < 0.5:
            times.append(time)
            time += interval
        simulation.AddExternalSpikeActivity(times, [neuron] * len(times))
    time, value = 0.01, 2.0
    while time < 0.5:
        simulation.AddExternalCurrentActivity([time], [currents_in[0]], [value])
        time, value = time + 0.025, 1.0 - value
    for neuron, frequency in zip(sines, (1.0, 5.0, 10.0), strict=True):
        simulation.SetSpecificNeuronParams(neuron, {"amplitude": 5.0, "offset": 0.0, "frequency": frequency})
    weights, time = [simulation.GetWeights()], 0.0
    while time < 1.0:
        simulation.RunSimulation(time + 0.01)
        time += 0.01
        weights.append(simulation.GetWeights())
    times, neurons = simulation.GetSpikeActivity()
    assert len(times) == 245
    assert weights[-1] == pytest.approx([0, 0, 0.72902, 0.72902, 0, 0, *[1] * 6], abs=1e-5)
    expected = recorded("notebook")
    print(sorted(expected))
    assert grid(np.array(times), np.array(neurons)) == grid(expected["spike_times_s"], expected["spike_index"])
