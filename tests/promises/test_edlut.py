"""EDLUT's interface: its phases, its reading of activity and weights, files, and what it says to bad input."""

from __future__ import annotations

import numpy as np
import pytest

import brianhw.edlut as pyedlut
from brianhw.errors import BrianHWError, EdlutError, EdlutWarning, ParameterError, UnknownNameError

EULER = pyedlut.PyModelDescription("Euler", {"step": 0.001})
STRONG = {"weight": 30.0, "max_weight": 30.0}
LISTED = [
    "InputCurrentNeuronModel",
    "InputSpikeNeuronModel",
    "PoissonGeneratorDeviceVector",
    "SinCurrentDeviceVector",
    "AdExTimeDrivenModel",
    "AdExTimeDrivenModelVector",
    "EgidioGranuleCell_TimeDriven",
    "HHTimeDrivenModel",
    "IzhikevichTimeDrivenModel",
    "LIFTimeDrivenModel",
    "ALIFTimeDrivenModel",
    "LIFTimeDrivenModel_IS",
    "TimeDrivenInferiorOliveCell",
    "TimeDrivenPurkinjeCell",
    "TimeDrivenPurkinjeCell_IP",
    "CompressSynchronousTableBasedModel",
    "CompressTableBasedModel",
    "SynchronousTableBasedModel",
    "TableBasedModel",
]


def new() -> pyedlut.PySimulation_API:
    return pyedlut.PySimulation_API(device="runtime")


def driven() -> tuple[pyedlut.PySimulation_API, list[int], list[int]]:
    """Return a simulation of two inputs, each of which makes a neuron fire, not initialised yet."""
    simulation = new()
    fibres = simulation.AddNeuronLayer(2, "InputSpikeNeuronModel", {}, False, False)
    cells = simulation.AddNeuronLayer(2, "LIFTimeDrivenModel", {"int_meth": EULER, "tau_exc": 0.5}, True, True)
    simulation.AddSynapticLayer(fibres, cells, STRONG)
    return simulation, fibres, cells


def test_models_methods_and_rules_are_listed_with_defaults_and_texts() -> None:
    simulation = new()
    assert simulation.GetAvailableNeuronModels() == LISTED
    for name in LISTED:
        defaults, info = simulation.GetNeuronModelDefParams(name), simulation.GetNeuronModelInfo(name)
        assert set(info) == {*defaults, "info"}
        assert set(simulation.GetVectorizableParameters(name)) <= set(defaults)
    assert simulation.GetIntegrationMethodDefParams("BDF") == {
        "bdf_order": 2,
        "name": "BDF",
        "step": 0.0010000000474974513,
    }
    for name in simulation.GetAvailableLearningRules():
        assert simulation.GetLearningRuleDefParams(name)
    assert len(simulation.GetAvailableLearningRules()) == 12


def test_activity_is_given_between_runs_and_read_once() -> None:
    simulation, fibres, cells = driven()
    simulation.Initialize()
    simulation.AddExternalSpikeActivity([0.005], [fibres[0]])
    simulation.RunSimulation(0.02)
    times, neurons = simulation.GetSpikeActivity()
    assert set(neurons) == {cells[0]}
    assert 0.006 < times[0] < 0.01
    assert simulation.GetSpikeActivity() == ([], [])
    simulation.AddExternalSpikeActivity([0.025], [fibres[1]])
    simulation.RunSimulation(0.04)
    assert set(simulation.GetSpikeActivity()[1]) == {cells[1]}


@pytest.mark.parametrize("delay", [0.001, 0.0034])
def test_spikes_of_neurons_are_given_in_addition_to_their_own(delay: float) -> None:
    simulation, fibres, cells = driven()
    target = simulation.AddNeuronLayer(1, "LIFTimeDrivenModel", {"int_meth": EULER, "v_thr": 1000.0})
    simulation.AddSynapticLayer(cells, target * 2, {"weight": 0.5, "delay": delay})
    simulation.RecordStates(target)
    simulation.Initialize()
    simulation.AddExternalSpikeActivity([0.02, 0.0305], cells)  # first these, then one that drives a cell
    simulation.RunSimulation(0.015)
    simulation.AddExternalSpikeActivity([0.035], [cells[1]])
    simulation.RunSimulation(0.05)
    times, neurons = simulation.GetSpikeActivity()
    assert neurons == [*cells, cells[1]]
    assert times == pytest.approx([0.02, 0.0305, 0.035])
    states = simulation.GetStates()
    decayed = states["g_AMPA_nS"][:, 0] / np.exp(-1 / 5)  # as it was before the step
    risen = np.flatnonzero(np.diff(decayed, prepend=0.0) > 0.3)
    # the first update after the arrival, in steps that single precision makes a little longer
    assert states["t_s"][risen] == pytest.approx(
        [np.ceil((time + delay) * 1e3 - 1e-4) * 1e-3 for time in times], abs=1e-6
    )


@pytest.mark.standalone
def test_many_short_runs_are_one_long_run() -> None:
    found = []
    for stops in ([0.3], np.sort(np.random.default_rng(3).uniform(0, 0.3, 200)).tolist() + [0.3]):
        simulation = pyedlut.PySimulation_API()
        fibres = simulation.AddNeuronLayer(20, "InputSpikeNeuronModel", {}, False, True)
        cells = simulation.AddNeuronLayer(5, "LIFTimeDrivenModel", {"int_meth": EULER}, False, True)
        rule = simulation.AddLearningRule("STDP", {})
        simulation.AddSynapticLayer(
            fibres * 5, cells * 20, {"weight": 0.4, "max_weight": 2.0, "wchange": rule, "delay": [0.001, 0.0032] * 50}
        )
        simulation.AddSynapticLayer(cells, cells[1:] + cells[:1], {"weight": 0.3, "wchange": rule, "delay": 0.0017})
        simulation.Initialize()
        random = np.random.default_rng(1)
        simulation.AddExternalSpikeActivity(random.uniform(0, 0.3, 300), random.choice(fibres, 300))
        spikes: list[tuple[float, int]] = []
        for stop in stops:
            simulation.RunSimulation(stop)
            spikes += zip(*simulation.GetSpikeActivity(), strict=True)
        found.append((sorted(spikes), simulation.GetWeights()))
    assert found[0][0] == found[1][0]
    assert found[0][1] == found[1][1]
    assert len({neuron for _, neuron in found[0][0]}) == 25


def test_weights_are_clipped_selected_and_compressed() -> None:
    simulation = new()
    fibres = simulation.AddNeuronLayer(4, "InputSpikeNeuronModel")
    cells = simulation.AddNeuronLayer(1, "LIFTimeDrivenModel")
    simulation.AddSynapticLayer(fibres, cells * 4, {"weight": [0.5, 0.5, 5.0, 0.25], "max_weight": 2.0})
    simulation.Initialize()
    assert simulation.GetWeights() == [0.5, 0.5, 2.0, 0.25]
    assert simulation.GetSelectedWeights([3, 2]) == [0.25, 2.0]
    assert simulation.GetCompressedWeights() == ([2, 1, 1], [0.5, 2.0, 0.25])


def test_parameters_of_single_neurons_and_of_rules_change_on_the_way() -> None:
    simulation = new()
    sources = simulation.AddNeuronLayer(2, "PoissonGeneratorDeviceVector", {"frequency": 0.0}, False, True)
    cells = simulation.AddNeuronLayer(1, "LIFTimeDrivenModel")
    rule = simulation.AddLearningRule("STDP", {})
    simulation.AddSynapticLayer(sources, cells * 2, {"weight": 0.0, "wchange": rule})
    simulation.Initialize()
    simulation.RunSimulation(0.05)
    assert simulation.GetSpikeActivity() == ([], [])
    simulation.SetSpecificNeuronParams(sources[1], {"frequency": 2000.0})
    simulation.RunSimulation(0.1)
    assert set(simulation.GetSpikeActivity()[1]) == {sources[1]}
    assert simulation.GetSpecificNeuronParams([sources[1]])[0]["frequency"] == 2000.0
    assert simulation.GetNeuronParams([sources[1]])[0]["frequency"] == 0.0
    simulation.SetLearningRuleParams(rule, {"max_LTP": 0.5})
    assert simulation.GetLearningRuleParams(rule)["max_LTP"] == 0.5


def test_files_are_read_and_written(tmp_path) -> None:
    (tmp_path / "in.txt").write_text("1\n0.005 3 0.01 0 2\n")
    simulation, _, cells = driven()
    simulation.AddFileInputSpikeActivityDriver(str(tmp_path / "in.txt"))
    simulation.AddFileOutputSpikeActivityDriver(str(tmp_path / "spikes.txt"))
    simulation.AddFileOutputWeightDriver(str(tmp_path / "weights.txt"), 0.01)
    simulation.AddFileOutputMonitorDriver(str(tmp_path / "states.txt"), True)
    simulation.Initialize()
    simulation.RunSimulation(0.04)
    times, neurons = np.loadtxt(tmp_path / "spikes.txt").T
    assert sorted(zip(times.astype(np.float32).tolist(), neurons.astype(int).tolist(), strict=True)) == sorted(
        zip(*simulation.GetSpikeActivity(), strict=True)
    )
    assert len(times) >= 6
    assert np.loadtxt(tmp_path / "weights.txt")[:, 0] == pytest.approx([0.01, 0.02, 0.03, 0.04])
    assert np.loadtxt(tmp_path / "states.txt").shape == (2 * 39, 7)


@pytest.mark.parametrize(
    "line", ["0.1 -1 0.1 0 1", "-0.1 1 0.1 0 1", "0 2000000000 0.1 0 1000", "0 1 0.1 0", "a 1 0 0 1"]
)
def test_activity_files_that_cannot_be_are_refused(tmp_path, line: str) -> None:
    (tmp_path / "in.txt").write_text(f"1\n{line}\n")
    simulation, *_ = driven()
    with pytest.raises(EdlutError, match="in.txt"):
        simulation.AddFileInputSpikeActivityDriver(str(tmp_path / "in.txt"))


@pytest.mark.parametrize("device", ["runtime", pytest.param("brianhw", marks=pytest.mark.standalone)])
def test_nothing_runs_as_nothing(device: str) -> None:
    simulation = pyedlut.PySimulation_API(device=device)
    simulation.Initialize()
    simulation.RunSimulation(1.0)
    assert simulation.GetSpikeActivity() == ([], [])
    assert simulation.GetWeights() == []


def test_spikes_of_a_far_future_do_not_come() -> None:
    simulation, fibres, _ = driven()
    simulation.Initialize()
    simulation.AddExternalSpikeActivity([0.01, 3e5, 1e10, 1e300], [fibres[0]] * 4)
    simulation.RunSimulation(0.005)
    assert simulation.GetSpikeActivity() == ([], [])
    simulation.RunSimulation(0.02)
    assert len(simulation.GetSpikeActivity()[0]) > 0


def test_users_are_told_of_what_cannot_be_integrated() -> None:
    simulation = new()
    with pytest.warns(EdlutWarning, match="steps of 0.0001 ms at most"):
        cells = simulation.AddNeuronLayer(2, "EgidioGranuleCell_TimeDriven", {"int_meth": EULER}, False, True)
    simulation.AddNeuronLayer(1, "HHTimeDrivenModel", {"int_meth": pyedlut.PyModelDescription("BDF", {"step": 0.001})})
    simulation.RecordStates(cells)
    simulation.Initialize()
    simulation.RunSimulation(0.1)
    with pytest.warns(EdlutWarning, match="2 of 2 neurons of EgidioGranuleCell_TimeDriven .* Euler with steps of 1 ms"):
        simulation.GetSpikeActivity()
    simulation.GetStates()  # and not again


def test_a_negative_conductance_is_pointed_out() -> None:
    simulation, fibres, cells = driven()
    with pytest.warns(EdlutWarning, match=r"2 of those given are negative.*GABA"):
        simulation.AddSynapticLayer(fibres, cells, {"weight": -1.0})


@pytest.mark.parametrize(
    ("model", "method"),
    [("EgidioGranuleCell_TimeDriven", "Bifixed_Euler")]
    + [("TimeDrivenPurkinjeCell_IP", method) for method in new().GetAvailableIntegrationMethods()],
)
def test_every_method_takes_every_unit(model: str, method: str) -> None:
    simulation = new()
    description = pyedlut.PyModelDescription(method, {"step": 1e-7})
    cells = simulation.AddNeuronLayer(1, model, {"int_meth": description})
    simulation.RecordStates(cells)
    simulation.Initialize()
    simulation.RunSimulation(3.5e-7)
    assert len(simulation.GetStates()["V_mV"]) == 3
    assert np.isfinite(simulation.GetStates()["V_mV"]).all()


def bad(simulation: pyedlut.PySimulation_API) -> dict[str, tuple]:
    """Return calls that must be refused before ``Initialize``: the method, its arguments and a word of the message."""
    lif, cosine = "LIFTimeDrivenModel", "CosAdditiveKernel"
    return {
        "unknown parameter": (simulation.AddNeuronLayer, (1, lif, {"tau_reff": 1.0}), "Did you mean 'tau_ref'"),
        "integer for float": (simulation.AddNeuronLayer, (1, lif, {"tau_ref": 1}), "write 1.0"),
        "unknown model": (simulation.AddNeuronLayer, (1, "LIFTimeDrivenMode", {}), "Did you mean"),
        "no neurons": (simulation.AddNeuronLayer, (0, lif, {}), "1 or more"),
        "names that are none": (simulation.AddNeuronLayer, (1, []), "Known"),
        "rules that are none": (simulation.AddLearningRule, ({}, {}), "Known"),
        "too many neurons": (simulation.AddNeuronLayer, (2**70, lif, {}), "at most"),
        "table": (simulation.AddNeuronLayer, (1, "TableBasedModel", {}), "time-driven"),
        "method by name": (simulation.AddNeuronLayer, (1, lif, {"int_meth": "Euler"}), "PyModelDescription"),
        "order": (
            simulation.AddNeuronLayer,
            (1, lif, {"int_meth": pyedlut.PyModelDescription("BDF", {"bdf_order": 7})}),
            "1 to 6",
        ),
        "index": (simulation.AddSynapticLayer, ([0], [99], {}), "0 to 3"),
        "lengths": (simulation.AddSynapticLayer, ([0, 1], [2], {}), "give as many"),
        "weights": (simulation.AddSynapticLayer, ([0, 1], [2, 3], {"weight": [1.0]}), "list of 2"),
        "type": (simulation.AddSynapticLayer, ([0], [2], {"type": 7}), "type 7"),
        "current from spikes": (simulation.AddSynapticLayer, ([0], [2], {"type": 3}), "sends spikes"),
        "onto an input": (simulation.AddSynapticLayer, ([0], [1], {}), "takes no synapses"),
        "no such rule": (simulation.AddSynapticLayer, ([0], [2], {"wchange": 0}), "none has been added"),
        "long delay": (simulation.AddSynapticLayer, ([0], [2], {"delay": 1e300}), "1000 s at most"),
        "odd power": (simulation.AddLearningRule, ("SinAdditiveKernel", {"exp": 3}), "even"),
        "unknown rule": (simulation.AddLearningRule, ("Cos", {}), cosine),
        "run": (simulation.RunSimulation, (0.1,), "Initialize"),
        "weights too early": (simulation.GetWeights, (), "Initialize"),
        "no states": (simulation.RecordStates, ([0],), "no states"),
        "a file without a name": (simulation.AddFileInputSpikeActivityDriver, (None,), "string"),
        "no file": (simulation.AddFileInputSpikeActivityDriver, ("/nowhere/in.txt",), "cannot be read"),
    }


@pytest.mark.parametrize("case", bad(new()))
def test_bad_input_is_refused_with_a_remedy(case: str) -> None:
    simulation, *_ = driven()
    method, arguments, word = bad(simulation)[case]
    with pytest.raises(BrianHWError, match=word):
        method(*arguments)
    simulation.Initialize()  # and has left nothing behind
    assert simulation.GetWeights() == [30.0, 30.0]


def test_bad_input_after_initialize_is_refused_with_a_remedy() -> None:
    simulation, fibres, cells = driven()
    simulation.Initialize()
    simulation.RunSimulation(0.01)
    for call, kind, word in (
        (lambda: simulation.AddNeuronLayer(1), EdlutError, "before Initialize"),
        (simulation.Initialize, EdlutError, "once"),
        (lambda: simulation.RunSimulation(0.005), EdlutError, "absolute"),
        (lambda: simulation.RunSimulation(float("nan")), EdlutError, "seconds"),
        (lambda: simulation.AddExternalSpikeActivity([0.02], [cells[0]]), EdlutError, "before the first"),
        (lambda: simulation.AddExternalSpikeActivity([0.02, 0.03], [fibres[0]]), EdlutError, "one for each"),
        (lambda: simulation.AddExternalCurrentActivity([0.02], [fibres[0]], [1.0]), EdlutError, "InputCurrent"),
        (lambda: simulation.SetSpecificNeuronParams(cells[0], {"v_thr": -40.0}), EdlutError, "its layer"),
        (lambda: simulation.GetSelectedWeights([2]), EdlutError, "0 to 1"),
        (lambda: simulation.GetLearningRuleParams(0), EdlutError, "none has been added"),
        (lambda: simulation.RecordStates([cells[0]]), EdlutError, "before the first"),
        (lambda: simulation.GetStates(), EdlutError, "RecordStates"),
        (lambda: simulation.GetNeuronModelInfo("LIF"), UnknownNameError, "Known|Did you mean"),
        (lambda: simulation.GetLearningRuleDefParams([]), UnknownNameError, "Known"),
        (lambda: simulation.RunSimulation(1e300), EdlutError, "cannot be reached"),
    ):
        with pytest.raises(kind, match=word):
            call()
    with pytest.warns(EdlutWarning, match="1 of 1 events lie before now"):
        simulation.AddExternalSpikeActivity([0.001], [fibres[0]])


def test_a_poisson_layer_without_synapses_is_refused() -> None:
    simulation = new()
    simulation.AddNeuronLayer(3, "PoissonGeneratorDeviceVector")
    with pytest.raises(EdlutError, match="no synapses"):
        simulation.Initialize()


def test_weights_are_floating_point_numbers() -> None:
    simulation, fibres, cells = driven()
    with pytest.raises(ParameterError, match="write 1.0"):
        simulation.AddSynapticLayer(fibres, cells, {"weight": [1, 2]})


def test_currents_into_the_olive_are_picoampere_unless_edluts_fault_is_wanted() -> None:
    rest = {}
    for exact in (False, True):
        simulation = pyedlut.PySimulation_API(exact=exact, device="runtime")
        (current,), (sine,) = (
            simulation.AddNeuronLayer(1, "InputCurrentNeuronModel"),
            simulation.AddNeuronLayer(
                1, "SinCurrentDeviceVector", {"amplitude": 0.0, "offset": 2e-6 if exact else 2.0}
            ),
        )
        cells = simulation.AddNeuronLayer(2, "TimeDrivenInferiorOliveCell", {"int_meth": EULER})
        simulation.AddSynapticLayer([current, sine], cells, {"type": 3})
        simulation.RecordStates(cells)
        simulation.Initialize()
        simulation.AddExternalCurrentActivity([0.0], [current], [2e-6 if exact else 2.0])
        simulation.RunSimulation(1.0)
        rest[exact] = simulation.GetStates()["V_mV"][-1]
    # g_leak of 0.015 mS/cm2 on 1e-5 cm2, from -70 mV
    assert rest[False] == pytest.approx([-70 + 2 / (0.015e3 * 1e-5 * 1e3)] * 2, abs=0.01)
    assert rest[True] == pytest.approx(rest[False], abs=1e-3)


def test_a_burst_is_refused_at_its_call_and_spoils_nothing() -> None:
    simulation, fibres, _ = driven()
    simulation.Initialize()
    for begin in (0.0, 0.05):
        with pytest.raises(EdlutError, match="more than 10 spikes"):
            simulation.AddExternalSpikeActivity([begin + 0.01 + 1e-5 * k for k in range(12)], [fibres[0]] * 12)
        simulation.AddExternalSpikeActivity([begin + 0.01 + 1e-4 * k for k in range(9)], [fibres[0]] * 9)
        simulation.RunSimulation(begin + 0.05)
    assert len(simulation.GetSpikeActivity()[0]) > 4


def test_times_that_differ_by_rounding_are_the_same() -> None:
    simulation, fibres, _ = driven()
    simulation.Initialize()
    now = 0.0
    for step in range(1, 101):
        now += 0.002
        simulation.RunSimulation(now)
        simulation.AddExternalSpikeActivity([step * 0.002], [fibres[0]])
        simulation.RunSimulation(step * 0.002)
    simulation.RunSimulation(1.0)
    assert len(simulation.GetSpikeActivity()[0]) > 50


def test_what_may_be_meant_otherwise_is_pointed_out() -> None:
    simulation, fibres, cells = driven()
    for call, word in (
        (lambda: simulation.AddSynapticLayer(fibres, cells, {"weight": 5.0}), "2 weights begin there"),
        (lambda: simulation.AddSynapticLayer(fibres, cells, {"delay": 5.0}), "delays are in seconds"),
        (
            lambda: simulation.AddNeuronLayer(
                1, "LIFTimeDrivenModel", {"int_meth": pyedlut.PyModelDescription("Euler", {"step": 0.5})}
            ),
            "steps are in seconds",
        ),
    ):
        with pytest.warns(EdlutWarning, match=word):
            call()
    rule = simulation.AddLearningRule("ExpAdditiveKernel")
    simulation.AddSynapticLayer(fibres, cells, {"wchange": rule})
    with pytest.warns(EdlutWarning, match="nothing teaches them"):
        simulation.Initialize()


def test_a_buffered_kernel_counts_from_exact_times() -> None:
    simulation, fibres, cells = driven()
    rule = simulation.AddLearningRule(
        "ExpBufferedAdditiveKernel", {"fixed_change": 0.0, "kernel_change": -0.1, "kernel_peak": 0.1, "init_time": 0.05}
    )
    (learning,) = simulation.AddSynapticLayer(
        fibres[:1], cells[:1], {"weight": 1.0, "type": 1, "delay": 0.001, "wchange": rule}
    )
    simulation.AddSynapticLayer(
        fibres[1:], cells[:1], {"weight": 0.0, "type": 1, "delay": 0.001, "trigger_wchange": rule}
    )
    simulation.Initialize()
    simulation.AddExternalSpikeActivity([0.1, 0.152], fibres)  # on the grid of steps
    simulation.RunSimulation(0.3)
    share = 0.002 / 0.05
    expected = 1 - 0.1 * share * np.exp(1 - share)
    assert simulation.GetSelectedWeights([learning])[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.standalone
@pytest.mark.parametrize("model", [name for name in LISTED if "TimeDriven" in name])
def test_every_cell_runs_with_its_defaults(model: str) -> None:
    simulation = pyedlut.PySimulation_API()
    (fibre,) = simulation.AddNeuronLayer(1, "InputSpikeNeuronModel")
    (current,) = simulation.AddNeuronLayer(1, "InputCurrentNeuronModel")
    step = {"HHTimeDrivenModel": ("RK4", 2e-5), "EgidioGranuleCell_TimeDriven": ("BDF", 1e-4)}.get(model, ("RK4", 2e-4))
    method = pyedlut.PyModelDescription(step[0], {"step": step[1]})
    (cell,) = simulation.AddNeuronLayer(1, model, {"int_meth": method})
    simulation.AddSynapticLayer([fibre] * 3, [cell] * 3, {"weight": 0.1, "type": [0, 1, 2]})
    simulation.AddSynapticLayer([current], [cell], {"type": 3})
    simulation.RecordStates([cell])
    simulation.Initialize()
    simulation.AddExternalSpikeActivity([0.01, 0.02], [fibre, fibre])
    simulation.AddExternalCurrentActivity([0.005], [current], [2.0])
    simulation.RunSimulation(0.05)
    for values in simulation.GetStates().values():
        assert np.isfinite(values).all()
