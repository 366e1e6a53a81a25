"""Inferior olive, Purkinje, Hodgkin-Huxley and granule cells against EDLUT: spikes, the potential at each step."""

from __future__ import annotations

import json
import re
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
    cmetre,
    ms,
    mV,
    nS,
    pA,
    second,
    uA,
    ufarad,
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


def replayed(
    model: Any, values: dict[str, Any], case: Case, unit: Any = pA, bdf_order: int = 0
) -> tuple[list[tuple[int, int]], Any]:
    """Return spikes (cell, step) and a monitor of the states after each step, for the inputs of *case*."""
    for receptor in RECEPTORS:
        model = model + receptor
    if bdf_order:
        model = model.integrated("bdf", order=bdf_order)
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
    assert spikes == case.spikes
    assert len(spikes) > 5
    # EDLUT drops conductances below 1e-3 nS: 0.06 pA, of which the membrane (10 pF) shows 6e-3 mV within tau_exc
    assert difference_mv(case, states).max() < 1e-2
    assert np.median(difference_mv(case, states)) < 1e-4


@pytest.mark.parametrize("plastic", [False, True])
def test_a_purkinje_cell_is_edluts(plastic: bool) -> None:
    model, values = (purkinje_plastic, purkinje_values.EDLUT_PLASTIC) if plastic else (purkinje, purkinje_values.EDLUT)
    case = recorded(f"model_TimeDrivenPurkinjeCell{'_IP' if plastic else ''}_a")
    spikes, states = replayed(model(faithful=True), {**values, **kinetics(1, 2, 20)}, case)
    assert spikes == case.spikes
    assert len(spikes) > 10
    assert difference_mv(case, states).max() < 1e-3  # single precision
    assert abs(states.c - case.states[2]).max() < 1e-5
    assert abs(states.m - case.states[3]).max() < 1e-5
    if plastic:
        assert abs(states.C_m / (ufarad / cmetre**2) - case.states[4]).max() < 1e-5


@pytest.mark.standalone
def test_a_hodgkin_huxley_neuron_is_edluts(on_device: None) -> None:
    case = recorded("model_HHTimeDrivenModel_a")
    values = {**hodgkin_huxley_values.EDLUT, **kinetics(5, 10, 20)}
    spikes, states = replayed(hodgkin_huxley_clipped(faithful=True), values, case)
    assert spikes == case.spikes
    assert len(spikes) > 10
    assert np.median(difference_mv(case, states)) < 2e-3
    assert difference_mv(case, states).max() < 1  # on the flank of a spike, in single precision


@pytest.mark.standalone
def test_a_granule_cell_is_edluts(on_device: None) -> None:
    case = recorded("model_EgidioGranuleCell_TimeDriven_a")
    values = {**granule_values.DANGELO, **kinetics(0.5, 10, 15)}
    spikes, states = replayed(granule_cell(faithful=True), values, case, bdf_order=2)
    assert spikes == case.spikes
    assert len(spikes) > 3
    difference = difference_mv(case, states)
    assert np.median(difference) < 5e-3
    assert difference.max() < 2  # on the flank of a spike
    assert difference[1:].max() < 1e-3  # of the cells that stay silent


# -- the granule cell, step by step -----------------------------------------------------------------

GRANULE_STATES = "v x_Naf y_Naf x_Nar y_Nar x_Nap x_KV x_KA y_KA x_KIR x_KCa x_Ca y_Ca x_Ks Ca".split()
SI = np.array([1e-3, *[1] * 14])  # mV; calcium in mM is mol/m**3
INCREMENTS = np.array([*[1e-6] * 14, 1e-9])  # for derivatives


class Slopes:
    """The slopes of the granule cell's states, at many states at once: shape (states, variants, cells)."""

    def __init__(self, model: Any, values: dict[str, Any], count: int) -> None:
        slopes = re.sub(
            r"(?m)^\s*d(\w+)/dt = (.*?) : ([\w/*]+)", r"\1 : \3\nslope_\1 = \2 : \3/second", model.full_equations
        )
        self.cells = NeuronGroup(count, slopes.replace(" : 1/second", " : Hz"), namespace={})
        for name, value in values.items():
            setattr(self.cells, name, value)
        Network(self.cells)

    def __call__(self, states: np.ndarray) -> np.ndarray:
        for name, value in zip(GRANULE_STATES, states, strict=True):
            setattr(self.cells, f"{name}_", value.ravel())
        found = [self.cells.state(f"slope_{name}", use_units=False)[:] for name in GRANULE_STATES]
        return np.reshape(found, states.shape)


def step_of_second_order(
    slopes: Slopes, dt: float, before: np.ndarray, last: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """Return the states after a step of backward differentiation, by Newton's method from *start*; (states, cells)."""
    shifts = np.column_stack([np.zeros(15), np.diag(INCREMENTS)])[:, :, None]  # none, and one of each state

    def excess(states: np.ndarray) -> np.ndarray:
        return states - (4 * last - before)[:, None] / 3 - 2 / 3 * dt * slopes(states)

    states = start.copy()
    for _ in range(6):
        found = excess(states[:, None] - shifts)
        jacobian = (found[:, :1] - found[:, 1:]) / INCREMENTS[:, None]
        states -= np.linalg.solve(jacobian.transpose(2, 0, 1), found[:, 0].T[..., None])[..., 0].T
    return states


def test_each_step_of_a_granule_cell_is_edluts() -> None:
    case = recorded("model_EgidioGranuleCell_TimeDriven_a")
    model = granule_cell(faithful=True)
    for receptor in RECEPTORS:
        model = model + receptor
    rows = case.states[:, :, 100:500]
    values = {**granule_values.DANGELO, **kinetics(0.5, 10, 15)}
    exc, inh, nmda, current = (np.tile(row[:, 2:].ravel(), 16) for row in rows[16:])  # for each variant
    values |= {"g_exc": exc * nS, "g_inh": inh * nS, "g_nmda": nmda * nS, "I_ext": current * pA}
    states = rows[1:16] * SI[:, None, None]
    slopes = Slopes(model, values, 16 * states[0, :, 2:].size)
    before, last, after = (states[:, :, shift : shift + 398].reshape(15, -1) for shift in range(3))
    found = step_of_second_order(slopes, case.dt, before, last, after)
    assert rows[1].max() > 20  # spikes are among them
    difference = np.abs(found - after) / SI[:, None]
    assert np.median(difference[0]) < 1e-5  # mV; single precision has 4e-6 at -60 mV
    assert np.quantile(difference[0], 0.99) < 1e-3
    assert difference[0].max() < 0.1  # on the flank, where the table's point may be the next one
    assert np.median(difference, axis=1).max() < 1e-5
