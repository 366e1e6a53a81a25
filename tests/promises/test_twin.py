"""What twins promise: what they refuse, what they leave alone, how values go in and out."""

from __future__ import annotations

import copy
import gc
from typing import Any

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    check_units,
    defaultclock,
    ms,
    mV,
    nA,
    network_operation,
    nS,
    pA,
    second,
    set_device,
    volt,
)
from brian2.utils.logger import catch_logs

from brianhw import DynapSE1
from brianhw.equations.dpi_faithful import DPI_NEURON_FAITHFUL
from brianhw.equations.lif import LIF
from brianhw.equations.receptors import exponential_conductance, static_synapse
from brianhw.errors import FanInError, ParameterError, TwinError, UnknownNameError, WeightError
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS
from brianhw.parameters.lif import PYNN_DEFAULTS

torch = pytest.importorskip("torch")
from brianhw.torch import Inputs, stopgrad, twin  # noqa: E402

STEP = 0.1 * ms
RELAXING = "dv/dt = (I - v)/tau : volt\nI : volt"
NAMES = {"tau": 10 * ms, "mV": mV, "ms": ms}


def relaxing(size: int = 1, equations: str = RELAXING, **options: Any) -> NeuronGroup:
    given = {"threshold": "v > 10*mV", "reset": "v = 0*mV", "method": "euler", "dt": STEP, "namespace": dict(NAMES)}
    return NeuronGroup(size, equations, **{**given, **options})


# -- what has no form -------------------------------------------------------------------------------


@check_units(x=1, result=1)
def my_own_function(x: Any) -> Any:
    return x


def with_regular_statements() -> Any:
    group = relaxing()
    group.run_regularly("v = 0*mV", dt=1 * ms)
    return group


def with_a_network_operation() -> Any:
    @network_operation
    def something() -> None: ...

    return Network(relaxing(), something)


def with_a_sum() -> Any:
    group = relaxing(equations="dv/dt = -v/tau : volt\ns : volt")
    synapses = Synapses(group, group, "s_post = v_pre : volt (summed)", dt=STEP)
    synapses.connect()
    return [group, synapses]


def with_a_lost_end() -> Any:
    group = relaxing()
    synapses = Synapses(PoissonGroup(2, 10 / second, dt=STEP), group, on_pre="v += 1*mV", dt=STEP)
    synapses.connect()
    return [group, synapses]


REFUSED: dict[str, tuple[Any, str]] = {
    "run_regularly": (with_regular_statements, "run_regularly"),
    "network operation": (with_a_network_operation, "NetworkOperation"),
    "summed variable": (with_a_sum, "summed"),
    "a source that was not given": (with_a_lost_end, "not given"),
    "a function": (
        lambda: relaxing(equations="dv/dt = mine(1)*v/tau : volt", namespace={**NAMES, "mine": my_own_function}),
        "mine.*add_implementation",
    ),
    "a timed array": (
        lambda: relaxing(
            equations="dv/dt = drive(t)*v/tau : volt", namespace={**NAMES, "drive": TimedArray([1, 2], dt=1 * ms)}
        ),
        "drive",
    ),
    "an event": (lambda: relaxing(events={"high": "v > 5*mV"}), "'high'"),
    "two clocks": (lambda: [relaxing(), relaxing(dt=1 * ms)], "0.1 ms, 1 ms"),
    "no neurons": (lambda: [PoissonGroup(1, 10 / second)], "needs neurons"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_form_in_pytorch_is_refused_by_name(case: str) -> None:
    make, word = REFUSED[case]
    model = make()
    with pytest.raises(TwinError, match=word):
        twin(model)


def test_wrong_names_and_values_are_refused() -> None:
    group = relaxing()
    for options, error, word in (
        ({"train": ["J"]}, UnknownNameError, "'J'"),
        ({"train": {"I": (0 * nA, 1 * nA)}}, ParameterError, "I"),
        ({"train": {"I": (2 * mV, 1 * mV)}}, ParameterError, "lower first"),
        ({"surrogate": "sigmoid"}, UnknownNameError, "fast_sigmoid"),
        ({"size": 3}, TwinError, "NeuronModel"),
        ({"stopgrad": ["v"]}, UnknownNameError, "subexpression 'v'"),
        ({"rounding": {"K": np.rint}}, UnknownNameError, "'K'"),
    ):
        with pytest.raises(error, match=word):
            twin(group, **options)
    with pytest.raises(UnknownNameError, match="Isoma_sum"):
        twin(DPI_NEURON_FAITHFUL, parameters=SIMULATOR_DEFAULTS, stopgrad=["Isoma_summ"])
    module = twin(group)
    with pytest.raises(TwinError, match="0 inputs"):
        module(module.init_state(), torch.zeros(1))
    with pytest.raises(TwinError, match="how many steps"):
        module.run()
    with pytest.raises(UnknownNameError, match="'u'"):
        module.run(steps=1, record=["u"])
    with pytest.raises(UnknownNameError, match="'J'"):
        module(module.init_state(), values={"J": 1.0})


def test_inputs_have_their_number_of_channels() -> None:
    inputs = {"exc": Inputs(3, static_synapse(exponential_conductance("exc")), {"weight": 1 * nS})}
    lif = {"C_m": 0.2, "g_L": 1e-2}
    from brian2 import nF, uS

    values = {
        "C_m": lif["C_m"] * nF, "g_L": lif["g_L"] * uS, "E_L": -65 * mV, "V_th": -50 * mV, "V_reset": -65 * mV,
        "t_ref": 2 * ms, "E_exc": 0 * mV, "tau_exc": 5 * ms,
    }  # fmt: skip
    module = twin(LIF + exponential_conductance("exc"), parameters=values, inputs=inputs, dt=STEP)
    with pytest.raises(TwinError, match="exc has 3 channels, 2"):
        module(module.init_state(), torch.zeros(2))


def scale_of(module: Any) -> float:
    """Return what the one parameter is counted in."""
    (scale,) = (value.item() for name, value in module.named_buffers() if name.endswith("__scale"))
    return scale


def test_brian2s_functions_are_what_they_were() -> None:
    from brian2 import DEFAULT_FUNCTIONS

    before = {name: list(each.implementations) for name, each in DEFAULT_FUNCTIONS.items()}
    twin(
        relaxing(equations="dv/dt = (clip(exp(-v/volt), 0, 1)*volt - v)/tau : volt", namespace={**NAMES, "volt": volt})
    )
    assert {name: list(each.implementations) for name, each in DEFAULT_FUNCTIONS.items()} == before
    assert "torch" not in str(before["exp"])


# -- values in and out ------------------------------------------------------------------------------


def test_a_step_leaves_the_given_state_alone_and_pieces_are_the_whole() -> None:
    group = relaxing(3)
    group.I = [9, 12, 20] * mV
    module = twin(group)
    state = module.init_state(2)
    before = copy.deepcopy(state)
    spikes, end, _ = module.run(steps=100, state=state)
    assert all(torch.equal(state[key], before[key]) for key in before)
    first, middle, _ = module.run(steps=37, state=state)
    last, other_end, _ = module.run(steps=63, state=middle)
    assert torch.equal(torch.cat([first, last]), spikes)
    assert all(torch.equal(end[key], other_end[key]) for key in end)
    assert spikes.shape == (100, 2, 3)


def test_monitors_of_a_network_are_left_out_and_names_come_from_where_the_call_stands() -> None:
    tau = 10 * ms  # noqa: F841 - the equations find it
    group = NeuronGroup(1, "dv/dt = -v/tau : volt", method="exact", dt=STEP)
    network = Network(group, StateMonitor(group, "v", record=True))
    assert twin(network).groups == [group]


def test_replaced_values_are_those_of_each_copy() -> None:
    group = relaxing(3)
    drawn = torch.tensor([[9.0, 12.0, 20.0], [11.0, 15.0, 30.0]], dtype=torch.float64) * 1e-3
    module = twin(group)
    spikes, _, _ = module.run(steps=300, state=module.init_state(2), values={"I": drawn})
    for copy_, values in enumerate(drawn.numpy()):
        own = relaxing(3)
        own.I = values * volt
        monitor = SpikeMonitor(own)
        Network(own, monitor).run(300 * STEP)
        assert spikes[:, copy_].sum(0).tolist() == monitor.count[:].tolist()
    assert spikes.sum() > 5


def test_trained_values_go_to_brian2_and_back() -> None:
    group = relaxing(2)
    group.I = [12, 14] * mV
    module = twin(group, train={"I": (10 * mV, 20 * mV)})
    assert np.array_equal(module.quantity("I"), [12, 14] * mV)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter *= 2
    assert np.array_equal(module.quantity("I"), [20, 20] * mV)  # its bound
    _, state, recorded = module.run(steps=30, record=["v"])
    (same, *_) = module.to_brian2()
    assert same is group
    assert np.array_equal(group.I, [20, 20] * mV)
    monitor = StateMonitor(group, "v", record=True, when="end")
    Network(group, monitor).run(30 * STEP)
    assert np.array_equal(monitor.v_.T, recorded["v"][:, 0].detach().numpy())
    group.I = 11 * mV
    module.from_brian2()
    assert np.allclose(module.quantity("I") / mV, 11, rtol=1e-15)
    assert np.array_equal(next(value for key, value in module.init_state().items() if key.endswith(".v"))[0], group.v_)
    module.to_brian2(state)
    assert np.array_equal(group.v_, next(value for key, value in state.items() if key.endswith(".v"))[0].detach())


def test_values_outside_bounds_lead_back_and_are_brought_back() -> None:
    group = relaxing()
    group.I = 12 * mV
    module = twin(group, train={"I": (None, 13 * mV)})
    (parameter,) = module.parameters()
    with torch.no_grad():
        parameter.fill_(2.0)
    _, state = module(module.init_state())
    next(value for key, value in state.items() if key.endswith(".v")).sum().backward()
    assert parameter.grad.item() > 0
    module.project()
    assert parameter.item() * scale_of(module) == pytest.approx(13e-3)


def test_a_chips_rounding_is_what_is_computed_with_and_gradients_pass_by() -> None:
    group = relaxing()
    group.I = 12.4 * mV
    module = twin(group, train=["I"], rounding={"I": lambda value: np.rint(value * 1e3) / 1e3})
    assert module.quantity("I") / mV == pytest.approx(12)
    _, state = module(module.init_state())
    value = next(value for key, value in state.items() if key.endswith(".v"))
    assert value.item() == pytest.approx(12e-3 * 0.01)
    value.sum().backward()
    (parameter,) = module.parameters()
    assert parameter.grad.item() == pytest.approx(scale_of(module) * 0.01)


def test_parameters_are_saved_and_loaded() -> None:
    group = relaxing()
    group.I = 12 * mV
    module = twin(group, train=["I"])
    with torch.no_grad():
        next(module.parameters()).fill_(1.5)
    group.I = 700 * mV
    other = twin(group, train=["I"])  # with another scale
    assert set(module.state_dict()) == {f"values.{group.name}__I", f"values.{group.name}__I__scale"}  # no wires
    other.load_state_dict(module.state_dict())
    assert other.quantity("I") / mV == pytest.approx(1.5e3 * scale_of(module))


@pytest.mark.parametrize("name", ["cpp_standalone", "brianhw"])
def test_a_twin_can_be_made_under_any_device(name: str) -> None:
    set_device(name, **({"build_on_run": False} if name == "cpp_standalone" else {}))
    try:
        module = twin(DPI_NEURON_FAITHFUL, 2, parameters=SIMULATOR_DEFAULTS, dt=STEP)
        _, state = module(module.init_state())
        assert torch.isfinite(state[f"{module.groups[0].name}.Isoma_mem"]).all()
    finally:
        set_device("runtime")


def test_single_precision_stays_single_and_close() -> None:
    double, single = (
        twin(DPI_NEURON_FAITHFUL, 2, parameters=SIMULATOR_DEFAULTS, dt=STEP, dtype=dtype)
        for dtype in (torch.float64, torch.float32)
    )
    _, _, exact = double.run(steps=200, record=["Isoma_mem"])
    _, state, close = single.run(steps=200, record=["Isoma_mem"])
    assert close["Isoma_mem"].dtype == torch.float32
    assert state[f"{single.groups[0].name}.Iampa"].dtype == torch.float32
    assert close["Isoma_mem"].double() == pytest.approx(exact["Isoma_mem"], rel=1e-4)  # 200 roundings of 6e-8


def test_random_numbers_are_drawn_for_each_copy() -> None:
    group = NeuronGroup(
        4,
        "dv/dt = -v/tau + sigma*xi*tau**-0.5 : volt",
        method="euler",
        dt=STEP,
        namespace={"tau": 5 * ms, "sigma": 1 * mV},
    )
    module = twin(group)
    torch.manual_seed(1)
    _, _, recorded = module.run(steps=3000, state=module.init_state(50), record=["v"])
    settled = recorded["v"][500:]
    # the variance of an Ornstein-Uhlenbeck process; 10,000 samples of which a hundredth are independent
    assert settled.std().item() == pytest.approx(1e-3 * 0.5**0.5, rel=0.03)
    assert not torch.equal(settled[:, 0], settled[:, 1])


@pytest.mark.standalone
@pytest.mark.parametrize("device", ["brianhw", "runtime"])
def test_stopgrad_changes_nothing_in_compiled_code(device: str) -> None:
    values = []
    for text in ("dv/dt = (stopgrad(I) - v)/tau : volt\nI : volt", RELAXING):
        set_device(device)
        group = relaxing(2, text, namespace={**NAMES, "stopgrad": stopgrad}, codeobj_class=None)
        group.I = [5, 12] * mV
        Network(group).run(20 * ms)
        values.append(np.array(group.v))
        set_device("runtime")
    assert np.array_equal(*values)


# -- chips ------------------------------------------------------------------------------------------


def on_a_chip(weight: int = 2) -> tuple[DynapSE1, list[Any], np.ndarray]:
    """Return a chip with two populations, all its objects with their source, and spikes for that."""
    chip = DynapSE1(seed=7)
    given = (np.random.default_rng(0).random((1000, 12)) < 0.01).astype(float)
    steps, channels = np.nonzero(given)
    source = SpikeGeneratorGroup(12, channels, steps * STEP, dt=STEP)
    first, last = chip.population(20, core=1), chip.population(8, core=2)
    chip.core(1).bias(Isoma_dpi_tau=6 * pA)
    chip.connect(source, first, "AMPA", p=0.5, weight=4, name="into")
    chip.connect(first, last, "AMPA", p=0.3, weight=weight, name="onward")
    chip.connect(last, first, "GABA_B", weight=2, name="back")
    return chip, [*chip.objects, source], given


def test_populations_of_a_chip_have_twins_that_do_the_same() -> None:
    defaultclock.dt = STEP
    chip, objects, given = on_a_chip()
    module = twin(objects)
    first = module.groups[0]
    states, spikes = StateMonitor(first, "Isoma_mem", record=True, when="end"), SpikeMonitor(first)
    Network(objects, states, spikes).run(len(given) * STEP)
    fired, _, recorded = module.run(torch.tensor(given[:, None]), record=[f"{first.name}.Isoma_mem"])
    assert int(fired[first.name].sum()) == spikes.num_spikes > 20
    assert np.array_equal(recorded[f"{first.name}.Isoma_mem"][:, 0].detach().numpy().T, states.Isoma_mem_)


def test_trained_weights_are_the_chips_words_and_the_chip_checks_them() -> None:
    chip, objects, given = on_a_chip()
    onward = chip.connections["onward"]
    module = twin(objects, train={"onward.weight": (0, 6)}, rounding={"onward.weight": chip.description.weights})
    with torch.no_grad():
        next(module.parameters()).copy_(torch.linspace(0.1, 1.4, len(onward)))
    asked, realised = module.quantity("onward.weight", asked=True), module.quantity("onward.weight")
    assert np.array_equal(realised, np.ceil(asked - 0.5))
    assert len(np.unique(realised)) > 2
    module.to_brian2()
    assert np.array_equal(onward.weight, realised)
    free = twin(objects, train=["onward.weight"])
    with torch.no_grad():
        next(free.parameters()).mul_(1.01)
    with pytest.raises(WeightError, match="counts of CAM words"):
        free.to_brian2()
    assert np.array_equal(onward.weight, realised)
    crowded = twin(objects, train=["onward.weight"], rounding={"onward.weight": chip.description.weights})
    with torch.no_grad():
        next(crowded.parameters()).fill_(60.0)
    with pytest.raises(FanInError, match="64"):
        crowded.to_brian2()


def test_nothing_is_said_when_a_twin_of_a_model_is_deleted() -> None:
    exc = exponential_conductance("exc")
    parameters = PYNN_DEFAULTS | {"tau_exc": 5 * ms, "E_exc": 0 * mV}
    gc.collect()  # what other tests have left
    with catch_logs() as said:
        twin(LIF + exc, parameters=parameters, inputs={"fibres": Inputs(2, static_synapse(exc), {"weight": 1 * nS})})
        gc.collect()
    assert [message for _, name, message in said if "unused_brian_object" in name] == []
