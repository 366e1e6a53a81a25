"""Inferior olive, Purkinje, Hodgkin-Huxley and granule cells against EDLUT: every spike's step, the potential at every step."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
import pytest
from brian2 import (
    Clock,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    mV,
    ms,
    nS,
    pA,
    second,
    uA,
)

from brianhw.equations.granule_cell import granule_cell
from brianhw.equations.hodgkin_huxley_clipped import hodgkin_huxley_clipped
from brianhw.equations.inferior_olive import inferior_olive
from brianhw.equations.nmda import gated_conductance
from brianhw.equations.purkinje import purkinje, purkinje_plastic
from brianhw.equations.receptors import exponential_conductance, static_synapse
from brianhw.parameters import granule_cell as granule_values
from brianhw.parameters import hodgkin_huxley as hodgkin_huxley_values
from brianhw.parameters import inferior_olive as olive_values
from brianhw.parameters import purkinje as purkinje_values
from brianhw.parameters.receptors import MAGNESIUM_BLOCK
from paths import DATA

EDLUT = DATA / "edlut"
DELAY = 1e-3  # s, of all synapses
RECEPTORS = (
    exponential_conductance("exc"),
    exponential_conductance("inh"),
    gated_conductance("nmda", grid=("E_inh", "E_exc", 256)),
)


class Case(NamedTuple):
    """A recorded run: inputs and what came of them, times as numbers of steps."""

    dt: float
    steps: int
    trains: list[tuple[int, int, float, list[int]]]  # receptor, cell, weight in nS, steps after which it arrives
    currents: list[tuple[int, float]]  # step after which it holds, for cell 0
    spikes: list[tuple[int, int]]  # cell, step
    states: np.ndarray  # (columns, cells, steps)


def recorded(name: str) -> Case:
    """Return the case *name*. What arrives at or after the update k, and before the next, is seen by the next."""
    (case,) = (each for each in json.loads((EDLUT / "cases.json").read_text())["cases"] if each["name"] == name)
    cells = case["layers"][2]
    dt = float(np.float32(cells["params"]["int_meth"]["step"]))

    def seen(times: list[float]) -> list[int]:
        return [int(np.floor((time + DELAY) / dt)) for time in times]

    _, spikes = case["synapses"]
    times = {each["index"]: seen(each["times_s"]) for each in case["spikes"]}
    trains = [
        (receptor, cell, weight, times[source])
        for (_, source), (_, cell), receptor, weight in zip(*(spikes[key] for key in KEYS), strict=True)
    ]
    (current,) = case["currents"]
    with np.load(EDLUT / f"{name}.npz", allow_pickle=False) as file:
        first = case["global_index_ranges"]["cell"][0]
        found = zip(file["spike_index"] - first, np.rint(file["spike_times_s"] / dt), strict=True)
        states = np.array([file[f"state_cell_{cell}"].T for cell in range(3)], dtype=float).swapaxes(0, 1)
        return Case(
            dt,
            states.shape[2],
            trains,
            list(zip(seen(current["times_s"]), current["pA"], strict=True)),
            sorted((int(cell), int(step)) for cell, step in found if cell >= 0),
            states,
        )


KEYS = ("source", "target", "type", "weight")


def replayed(model: Any, values: dict[str, Any], case: Case, unit: Any = pA) -> tuple[list[tuple[int, int]], Any]:
    """Return spikes (cell, step) and a monitor of the states after each step, for the inputs of *case*."""
    for receptor in RECEPTORS:
        model = model + receptor
    clock = Clock(case.dt * second)
    cells = NeuronGroup(3, **model, clock=clock)
    model.set(cells, values)
    network = Network(cells)
    for receptor, cell, weight, steps in case.trains:
        # a spike that is sent in a step arrives at its end
        times = (np.array(steps) - 0.5) * case.dt
        source = SpikeGeneratorGroup(1, np.zeros(len(steps), dtype=int), times * second, clock=clock)
        synapse = static_synapse(RECEPTORS[receptor])
        synapses = Synapses(source, cells, **synapse, clock=clock)
        synapses.connect(i=0, j=cell)
        synapse.set(synapses, weight=weight * nS)
        network.add(source, synapses)
    spikes = SpikeMonitor(cells)
    states = StateMonitor(cells, sorted(model.state_variables), record=True, when="end", clock=clock)
    network.add(spikes, states)
    done = 0
    for step, current in [*case.currents, (case.steps, 0.0)]:
        network.run((step - done) * case.dt * second, namespace={})
        cells.I_ext[0] = current * unit
        done = step
    ends = np.rint(spikes.t / second / case.dt).astype(int) + 1
    return sorted(zip(np.asarray(spikes.i).tolist(), ends.tolist(), strict=True)), states


def kinetics(exc_ms: float, inh_ms: float, nmda_ms: float, **more: Any) -> dict[str, Any]:
    """Return values of the receptors with these decay times and EDLUT's reversal potentials."""
    times = {"tau_exc": exc_ms * ms, "tau_inh": inh_ms * ms, "tau_nmda": nmda_ms * ms}
    reversals = {"E_exc": 0 * mV, "E_inh": -80 * mV, "E_nmda": 0 * mV}
    return {**times, **reversals, **MAGNESIUM_BLOCK.suffixed("nmda"), **more}


def difference_mv(case: Case, states: Any) -> np.ndarray:
    """Return by how much the potential differs from the recorded one at each step."""
    return np.abs(states.v / mV - case.states[1])


def test_an_inferior_olive_is_edluts() -> None:
    case = recorded("model_TimeDrivenInferiorOliveCell_a")
    # EDLUT takes exp(-62*v) where v is in mV: the block never opens below 0 mV
    values = {**olive_values.EDLUT, **kinetics(1, 2, 20, V_Mg_nmda=mV / 62)}
    spikes, states = replayed(inferior_olive(faithful=True), values, case, unit=uA)
    print(difference_mv(case, states).max(axis=1), np.median(difference_mv(case, states)))
    assert spikes == case.spikes
    assert len(spikes) > 5
    assert difference_mv(case, states).max() < 2e-3


@pytest.mark.parametrize("plastic", [False, True])
def test_a_purkinje_cell_is_edluts(plastic: bool) -> None:
    model, values = (
        (purkinje_plastic, purkinje_values.EDLUT_PLASTIC) if plastic else (purkinje, purkinje_values.EDLUT)
    )
    case = recorded(f"model_TimeDrivenPurkinjeCell{'_IP' if plastic else ''}_a")
    spikes, states = replayed(model(faithful=True), {**values, **kinetics(1, 2, 20)}, case)
    print(difference_mv(case, states).max(axis=1), abs(states.c - case.states[2]).max(), abs(states.m-case.states[3]).max())
    assert spikes == case.spikes
    assert len(spikes) > 10
    assert difference_mv(case, states).max() < 2e-3


def test_a_hodgkin_huxley_neuron_is_edluts() -> None:
    case = recorded("model_HHTimeDrivenModel_a")
    values = {**hodgkin_huxley_values.EDLUT, **kinetics(5, 10, 20)}
    spikes, states = replayed(hodgkin_huxley_clipped(faithful=True), values, case)
    d = difference_mv(case, states)
    print(d.max(axis=1), np.median(d))
    assert spikes == case.spikes
    assert len(spikes) > 10
    assert np.median(d) < 2e-3
