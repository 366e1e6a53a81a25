"""The last neurons of a group, computed a few at a time, are as all others: with any types, in groups of any size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, StateMonitor, Synapses, defaultclock, ms, nA, pA, set_device

import brianhw  # noqa: F401  (registers the device)
from brianhw.device.code.remainder import END, LOOP, with_remainder
from brianhw.equations import ADEX, DPI_NEURON, exponential_current
from brianhw.parameters import adex
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS

pytestmark = pytest.mark.standalone

SIZES = (2, 7, 8, 9, 63, 64, 65, 100, 131)


@pytest.fixture(autouse=True)
def _device() -> None:
    set_device("brianhw")
    defaultclock.dt = 0.1 * ms


def adex_cells(drive: np.ndarray) -> tuple[NeuronGroup, str]:
    cell = ADEX + exponential_current("exc")
    group = NeuronGroup(len(drive), **cell)
    cell.set(group, dict(adex.REGULAR_SPIKING, tau_exc=5 * ms, I_ext=drive * nA))
    return group, "v"


def dpi_cells(drive: np.ndarray) -> tuple[NeuronGroup, str]:
    cell = DPI_NEURON.per_neuron("Isoma_const")
    group = NeuronGroup(len(drive), **cell)
    values = dict(SIMULATOR_DEFAULTS) | {"Isoma_const": drive * 100 * pA}
    cell.set(group, {name: value for name, value in values.items() if name in {*cell.parameters, "Isoma_mem"}})
    return group, "Isoma_mem"


def cells_with_all_types(drive: np.ndarray) -> tuple[NeuronGroup, str]:
    group = NeuronGroup(
        len(drive), """
        dv/dt = (I*exp(-v*b) - v*log(1 + v**2))/tau : 1 (unless refractory)
        b = int(up) + 0.5*kind : 1
        up = v > 0.2 and flag : boolean
        I : 1
        tau : second
        kind : integer
        flag : boolean
        """,
        threshold="v > 0.6", reset="v = 0", refractory=1 * ms, method="heun",
    )  # fmt: skip
    group.I, group.tau = drive, "(8 + i % 3)*ms"
    group.kind, group.flag = "i % 3", "i % 2 == 0"
    group.tau, group.kind, group.flag = 9 * ms, np.int32(3 * drive), drive > 0.3
    return group, "v"


MODELS = {"AdEx": adex_cells, "DPI": dpi_cells, "all types": cells_with_all_types}


def run(model: str, drive: np.ndarray) -> np.ndarray:
    group, name = MODELS[model](drive)
    trace = StateMonitor(group, name, record=True)
    Network(group, trace).run(60 * ms)
    return np.array(getattr(trace, name + "_"))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("model", MODELS)
def test_the_size_of_the_group_makes_no_difference(model: str, n: int) -> None:
    drive = np.linspace(0.2, 1, 192)  # three times 64: all in the loop itself
    if model not in _WHOLE:
        _WHOLE[model] = run(model, drive)
    # sums are in another order, and the upstroke of a spike makes more of that
    np.testing.assert_allclose(run(model, drive[:n]), _WHOLE[model][:n], rtol=1e-8)


_WHOLE: dict[str, np.ndarray] = {}


@pytest.mark.parametrize("precision", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 5, 70])
def test_values_are_those_of_numpy(n: int, precision: Any) -> None:
    found = []
    for device in ("brianhw", "runtime"):
        set_device(device)
        group = NeuronGroup(
            n, "dv/dt = (exp(-v) - v + I)/(10*ms) : 1\nI : 1\nlate = v > 0.5 : boolean", method="euler",
            dtype=precision,
        )  # fmt: skip
        group.I = np.linspace(0, 1, n)
        Network(group).run(20 * ms)
        found.append(np.array([group.v_[:], group.late[:]]))
    np.testing.assert_allclose(*found, rtol=1e-12 if precision is np.float64 else 1e-5)


def test_the_state_of_synapses_is_computed_so_too() -> None:
    found = []
    for device in ("brianhw", "runtime"):
        set_device(device)
        group = NeuronGroup(5, "v : 1")
        synapses = Synapses(group, group, "dx/dt = -x*exp(-x)/(5*ms) + v_post/ms : 1 (clock-driven)", method="euler")
        synapses.connect(condition="i != j")
        synapses.x, group.v = "0.1*i + 0.01*j", "0.01*i"
        Network(group, synapses).run(10 * ms)
        found.append(np.array(synapses.x[:]))
    np.testing.assert_allclose(*found, rtol=1e-12)


def test_equal_groups_of_any_size_share_one_function() -> None:
    groups = [NeuronGroup(n, "dv/dt = (exp(-v) - v)/ms : 1", method="euler") for n in (5, 7, 70)]
    net = Network(*groups)
    net.run(1 * ms)
    functions = net._brianhw_plan.program.functions
    assert len({each.address for (_, block), each in functions.items() if block == "run"}) == 1


def test_a_local_name_of_a_script_may_be_that_of_a_copy() -> None:
    group = NeuronGroup(9, "v : 1")
    group.v = "0.1*i"
    work = group.run_regularly("_few_array_v = exp(-v)\n_whole = 2*v\nv = exp(-_few_array_v)*_whole")
    Network(group, work).run(defaultclock.dt)
    v = 0.1 * np.arange(9)
    np.testing.assert_allclose(group.v, np.exp(-np.exp(-v)) * 2 * v, rtol=1e-12)


# -- the text ---------------------------------------------------------------------------------------------


def text(loop: str) -> str:
    return f"head;\n{LOOP}\nfor(int _idx=_first; _idx<_end; _idx++)\n{{\n{loop}\n}}\n{END}\ntail;"


CALLS = "double v_ = _ptr_array_v[_idx];\nv_ = exp(v_);\n_ptr_array_v[_idx] = v_;"


@pytest.mark.parametrize(
    ("loop", "is_fast"),
    [(CALLS, False), (CALLS.replace("exp", "2*"), True), (CALLS + "\nw_ = _ptr_array_w[_postsynaptic_idx];", True)],
    ids=["strict", "no function of the C library", "elements of others"],
)
def test_loops_that_gain_nothing_stay_as_they_are(loop: str, is_fast: bool) -> None:
    assert "_few" not in with_remainder(text(loop), is_fast)


def test_a_loop_with_functions_is_written_for_the_rest_as_well() -> None:
    body = with_remainder(text(CALLS), is_fast=True)
    assert "_few_array_v[_event] = _ptr_array_v[_idx];" in body
    assert "_ptr_array_v[_begin + _event] = _few_array_v[_event];" in body
    assert body.startswith("head;") and body.endswith("tail;")
