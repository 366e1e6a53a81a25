"""What equations and statements may say, in Brian2 and as a twin: whole numbers, booleans, names, order, times."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, Synapses, linked_var, ms, second

torch = pytest.importorskip("torch")
from brianhw.errors import ParameterError, TwinError  # noqa: E402
from brianhw.torch import twin  # noqa: E402
from twin_replay import assert_equal, both  # noqa: E402

STEP, STEPS = 0.1 * ms, 200
NAMES = {"tau": 10 * ms, "ms": ms, "g0": 0.7, "second": second}


def group_of(equations: str, size: int = 4, **options: Any) -> NeuronGroup:
    return NeuronGroup(size, equations, **{"method": "euler", "dt": STEP, "namespace": dict(NAMES), **options})


def source_of(channels: int = 4, number: int = 3) -> tuple[SpikeGeneratorGroup, np.ndarray]:
    given = (np.random.default_rng(number).random((STEPS, channels)) < 0.05).astype(float)
    steps, indices = np.nonzero(given)
    return SpikeGeneratorGroup(channels, indices, steps * STEP, dt=STEP), given


NOTHING = np.zeros((STEPS, 1))
EQUATIONS = {
    "an index": "dv/dt = (2.2*i/(N - 1) - v)/tau : 1",
    "whole numbers": "dv/dt = (g0/n + n%3*0.1 + n//2*0.3 - v)/tau : 1\nn : integer",
    "a boolean": "dv/dt = (0.3*int(open) + int(not open)*0.1 - v)/tau : 1\nopen : boolean",
    "numbers in clip": "dv/dt = (clip(g0, 0, 0.1*(i + 1)) - v)/tau : 1",
    "a power of the time": "dv/dt = ((t/ms)**3 - v)/tau : 1",
    "by zero": "dv/dt = (clip(a/b, -3, 3) - v)/tau : 1\na : 1\nb : 1",
    "names of code": "dx/dt = (divide + spike - x)/tau : 1\ndivide : 1\nspike : 1\nv = x : 1",
    "a subexpression that stays": "dv/dt = (w - v)/tau : 1\nw = 1 + sin(t/ms) : 1 (constant over dt)",
}


@pytest.mark.parametrize("method", ["euler", "exponential_euler", "rk4"])
@pytest.mark.parametrize("case", EQUATIONS)
def test_equations_mean_the_same(case: str, method: str) -> None:
    group = group_of(EQUATIONS[case], method=method, threshold="t > 15*ms", reset="", refractory=1 * ms)
    for name, values in (
        ("n", [1, 2, 3, 4]),
        ("open", [True, False, True, True]),
        ("a", 0.3),
        ("divide", 0.5),
        ("spike", 1),
    ):
        if name in group.variables:
            setattr(group, name, values)
    assert_equal([group], NOTHING, group, ["x" if case == "names of code" else "v"])


ON_PRE = {
    "a boolean of the synapse": ("open : boolean", "v_post += 0.1*int(open)"),
    "whole numbers of the neuron": ("w : 1", "n_post += 1; v_post += w"),
    "a variable that is called spike": ("dspike/dt = -spike/tau : 1 (event-driven)", "spike += 0.1; v_post += spike"),
    "infinite where nothing arrives": ("w : 1", "v_post += 0.01/w"),
    "integrated between spikes": ("dw/dt = -w/tau : 1 (clock-driven)", "w += 0.1; v_post += w"),
}


@pytest.mark.parametrize("delay", [0, 0.5, 1, 2.5])  # in steps
@pytest.mark.parametrize("case", ON_PRE)
def test_statements_of_synapses_mean_the_same(case: str, delay: float) -> None:
    equations, on_pre = ON_PRE[case]
    group = group_of("dv/dt = -v/tau : 1\nn : integer", threshold="v > 0.5", reset="v = 0")
    source, given = source_of()
    make = {"on_pre": on_pre, "delay": delay * STEP, "dt": STEP, "namespace": dict(NAMES), "method": "exact"}
    wires = Synapses(source, group, equations, **make)
    wires.connect()
    if "open" in wires.variables:
        wires.open = "i % 2 == 0"
    if "n_post" in on_pre:
        wires.w = 0.1
    if case.startswith("infinite"):
        source, given = source_of(5)
        given[:, 4] = 0
        steps, indices = np.nonzero(given)
        source = SpikeGeneratorGroup(5, indices, steps * STEP, dt=STEP)
        wires = Synapses(source, group, equations, **make)
        wires.connect()
        wires.w = "0.2*(4 - i)"  # zero where no spike comes from
    assert_equal([group, source, wires], given, group, ["v", "n"] if "n_post" in on_pre else ["v"])


@pytest.mark.parametrize(
    "on_pre", ["v_post += 0.5*(1 - v_post)", "v_post += w*int(v_post < 0.5)", "v_post += w*u_post; u_post += 0.1"]
)
def test_what_depends_on_the_order_of_synapses_is_refused(on_pre: str) -> None:
    group = group_of("dv/dt = -v/tau : 1\nu : 1")
    source, _ = source_of()
    wires = Synapses(source, group, "w : 1", on_pre=on_pre, dt=STEP)
    wires.connect()
    with pytest.raises(TwinError, match="reads what these statements change"):
        twin([group, source, wires])


def test_inputs_reach_all_copies_or_are_refused() -> None:
    group = group_of("dv/dt = -v/tau : 1")
    source, _ = source_of()
    wires = Synapses(source, group, "w : 1", on_pre="v += w", dt=STEP)
    wires.connect()
    wires.w = "i + 1"
    module = twin([group, source, wires])
    _, state = module(module.init_state(3), torch.tensor([1.0, 0, 0, 0]))
    assert torch.equal(state[f"{group.name}.v"], torch.ones(3, 4, dtype=torch.float64))
    with pytest.raises(TwinError, match="of 1 copies, the input .* of 3"):
        module(module.init_state(1), torch.zeros(3, 4))


def test_a_twin_of_what_has_run_goes_on_from_there_and_gives_its_state_back() -> None:
    text = "dv/dt = (1.5 - v)/tau : 1 (unless refractory)"
    group = group_of(text, 1, threshold="v > 1", reset="v = 0", refractory=2 * ms)
    source = SpikeGeneratorGroup(1, [0, 0, 0], [5, 25, 31] * ms, dt=STEP)
    wires = Synapses(
        source,
        group,
        "dy/dt = -y/tau : 1 (event-driven)",
        on_pre="y += 1; v_post += 0.1*y",
        dt=STEP,
        namespace=dict(NAMES),
    )
    wires.connect()
    monitor = SpikeMonitor(group)
    network = Network(group, source, wires, monitor)
    network.run(STEPS * STEP)
    module = twin([group, source, wires])
    given = torch.zeros(STEPS, 1, 1)
    given[50] = given[110] = 1
    fired, state, _ = module.run(given)
    network.run(STEPS * STEP)
    late = np.rint(np.array(monitor.t / STEP)) - STEPS
    assert np.flatnonzero(fired[:, 0, 0]).tolist() == late[late >= 0].tolist() != []
    assert state[f"{wires.name}.y"].item() == wires.y_[0]
    module.to_brian2(state)
    assert float(group.lastspike[0] / second) < 0  # the next network begins at 0 s
    assert wires.lastupdate_[0] < 0


def test_half_steps_of_delay_and_a_threshold_that_is_the_same_for_all() -> None:
    group = group_of("dv/dt = -v/tau : 1", threshold="t > 1*ms", reset="")
    module = twin(group)
    fired, _, _ = module.run(steps=20, state=module.init_state(2))
    assert fired.shape == (20, 2, 4)
    assert fired.sum() == 9 * 8


def test_neurons_that_are_thresholds_only_spike() -> None:
    poisson = NeuronGroup(50, "rate : Hz", threshold="rand() < rate*dt", reset="", dt=STEP)
    poisson.rate = "100*Hz"
    fired, _, _ = twin(poisson).run(steps=2000)
    assert fired.sum() == pytest.approx(50 * 100 * 0.2, rel=0.15)  # a standard deviation is 3 %
    always = group_of("dv/dt = -v/tau : 1\non : boolean", threshold="on", reset="")
    always.on = True
    assert twin(always).run(steps=5)[0].sum() == 20


def test_the_schedule_of_a_network_holds() -> None:
    group = group_of("dv/dt = -v/tau : 1")
    source, given = source_of()
    wires = Synapses(source, group, on_pre="v += 0.05", dt=STEP)
    wires.connect()
    network = Network(group, source, wires)
    network.schedule = ["start", "synapses", "groups", "thresholds", "resets", "end"]
    with pytest.raises(TwinError, match="thresholds first"):
        twin(network)
    network.schedule = ["start", "thresholds", "synapses", "resets", "groups", "end"]
    module = twin(network)
    other = twin([group, source, wires])
    network.run(STEPS * STEP)
    _, state, _ = module.run(torch.tensor(given[:, None]))
    _, usual, _ = other.run(torch.tensor(given[:, None]))
    assert (group.v_[:] > 0).all()
    key = f"{group.name}.v"
    assert np.array_equal(state[key][0], group.v_[:])
    assert not torch.equal(state[key], usual[key])


def test_what_is_missing_double_or_without_effect_is_refused() -> None:
    first, last = (
        group_of("dv/dt = (1 - v)/tau : 1"),
        group_of("dv/dt = (y - v)/tau : 1\ny : 1 (linked)", threshold="v > 2", reset=""),
    )
    last.y = linked_var(first, "v")
    with pytest.raises(TwinError, match="was not given"):
        twin([last])
    assert_equal([first, last], NOTHING, last, ["v"])
    same = [group_of("dv/dt = -v/tau : 1", name="twice"), group_of("dv/dt = -v/tau : 1", name="twice_too")]
    same[1]._name = "twice"
    with pytest.raises(TwinError, match="'twice'"):
        twin(same)
    group = group_of("dv/dt = (E - v)/tau : 1\nE : 1", threshold="v > 1", reset="v = 0")
    with pytest.raises(ParameterError, match="not in train"):
        twin(group, rounding={"E": np.rint})
    for width in (0, -1, float("nan")):
        with pytest.raises(ParameterError, match="above zero"):
            twin(group, width=width)


def test_being_trained_changes_no_bit() -> None:
    group = group_of("dv/dt = (E - v)/tau : 1\nE : 1", 1000, threshold="v > 2", reset="")
    group.E = values = np.random.default_rng(2).uniform(-1, 0.3, 1000)
    module = twin(group, train={"E": (-2, 0.5)})
    assert np.array_equal(module.quantity("E"), values)
    module.project()
    module.to_brian2()
    assert np.array_equal(group.E[:], values)
    assert both([group], NOTHING, group, ["v"])[0][0]["v"].shape == (1000, STEPS)
