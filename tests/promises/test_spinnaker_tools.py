"""What scripts for SpiNNaker import beside PyNN: splitters, and recorded data as arrays of rows."""

import subprocess
import sys

import numpy as np
import pytest

import brianhw.spinnaker as sim
from brianhw import scripts
from brianhw.errors import PyNNError, SpinnakerError, UnknownNameError
from brianhw.spinnaker import ideal, neo_arrays, splitters
from brianhw.spinnaker.helpers import get_n_bits
from brianhw.spinnaker.panels import SpynnakerPanel
from paths import environment_of

pytestmark = pytest.mark.filterwarnings("ignore::brianhw.errors.SpinnakerWarning")


@pytest.fixture
def recorded():
    sim.setup(device="runtime")
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=[[1.0, 4.0], [], [2.0]]))
    cells = sim.Population(2, sim.IF_curr_exp(), label="cells")
    sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=3.0, delay=1.0))
    source.record("spikes")
    cells.record(["v", "gsyn_exc", "gsyn_inh"])
    sim.run(6.0)
    return source.get_data(), cells.get_data()


def test_spikes_are_rows_of_cell_and_time(recorded):
    spikes, _ = recorded
    assert neo_arrays.convert_spikes(spikes).tolist() == [[0, 1], [0, 4], [2, 2]]
    assert neo_arrays.count_spikes(spikes) == 3
    assert neo_arrays.convert_data(spikes, "spikes").tolist() == neo_arrays.convert_spikes(spikes).tolist()
    assert neo_arrays.convert_spiketrains([]).shape == (0, 2)


def test_samples_are_rows_of_cell_time_and_value(recorded):
    _, cells = recorded
    rows = neo_arrays.convert_data(cells, "v")
    signal = next(each for each in cells.segments[0].analogsignals if each.name == "v")
    n = len(signal)
    assert rows.shape == (2 * n, 3)
    assert rows[:, 0].tolist() == [0] * n + [1] * n
    assert np.array_equal(rows[n:, 2], signal.magnitude[:, 1])
    assert np.allclose(rows[:n, 1], np.arange(n))
    assert [each.shape for each in neo_arrays.convert_v_list(cells)] == [rows.shape]
    both = neo_arrays.convert_gsyn(cells, cells)
    assert both.shape == (2 * n, 4)
    assert np.array_equal(both[:, 2], neo_arrays.convert_gsyn_exc_list(cells)[0][:, 2]) and both[:, 2].max() > 0


@pytest.mark.parametrize(("name", "run", "message"), [
    ("all", 0, "would mix"), ("w", 0, "not 'w'"), ("v", 3, "segments 0 to 0; segment 3"),
])  # fmt: skip
def test_data_that_are_not_there_are_said_to_be(recorded, name, run, message):
    with pytest.raises(SpinnakerError, match=message):
        neo_arrays.convert_data(recorded[1], name, run)


def test_a_splitter_with_cores_for_synapses_is_the_option_of_that_name():
    sim.setup(device="runtime")
    split = sim.Population(
        100, sim.IF_curr_exp(), additional_parameters={
            "splitter": splitters.SplitterAbstractPopulationVertexNeuronsSynapses(3, 64, False)
        },
    )  # fmt: skip
    assert split.options["synapse_cores"] == 3
    fixed = sim.Population(10, sim.IF_curr_exp(), splitter=splitters.SplitterPopulationVertexFixed())
    assert fixed.options.get("synapse_cores") is None
    own = sim.Population(
        10, sim.IF_curr_exp(), splitter=splitters.SplitterPopulationVertexNeuronsSynapses(1), n_synapse_cores=2
    )
    assert own.options["synapse_cores"] == 2
    sim.Population(10, sim.SpikeSourcePoisson(rate=3.0), splitter=splitters.SplitterPoissonDelegate())
    with pytest.raises(SpinnakerError, match="splitter must be one of"):
        sim.Population(10, sim.IF_curr_exp(), splitter="fixed")


@pytest.mark.parametrize(("values", "bits"), [(1, 1), (2, 1), (3, 2), (256, 8), (257, 9)])
def test_bits_number_so_many_values(values, bits):
    assert get_n_bits(values) == bits
    assert 2**bits >= values


@pytest.mark.parametrize("hardware", [[], ["--hardware", "spinnaker"]])
def test_scripts_find_the_vendors_packages(tmp_path, hardware):
    script = tmp_path / "script.py"
    script.write_text(
        "from spynnaker.pyNN.extra_algorithms.splitter_components import SplitterPoissonDelegate\n"
        "from spynnaker.pyNN.utilities import neo_convertor\n"
        "from spynnaker8.utilities import neo_convertor as older\n"
        "from spynnaker.spynnaker_plotting import SpynnakerPanel\n"
        "from spynnaker8.spynnaker_plotting import SpynnakerPanel as Older\n"
        "assert older.convert_spikes is neo_convertor.convert_spikes and Older is SpynnakerPanel\n"
        "from spynnaker.pyNN.utilities.utility_calls import get_n_bits\n"
        "from pacman.model.partitioner_splitters import SplitterSliceLegacy\n"
        "import pyNN.spiNNaker as sim\n"
        "sim.setup(1.0)\n"
        "sim.Population(3, sim.IF_curr_exp(), additional_parameters={'splitter_object': SplitterSliceLegacy()})\n"
        "print(get_n_bits(300), neo_convertor.convert_spiketrains([]).shape, SplitterPoissonDelegate.__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "brianhw", "run", *hardware, str(script)],
        capture_output=True, text=True, env=environment_of(), cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["9", "(0,", "2)", "SplitterPoissonDelegate"], done.stderr


def test_the_vendors_arguments_that_mean_nothing_here_are_taken():
    sim.setup(device="runtime", n_boards_required=2)
    source, cells = sim.Population(2, sim.SpikeSourceArray(spike_times=[1.0])), sim.Population(2, sim.IF_curr_exp())
    projection = sim.Projection(
        source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0), download_synapses=True, partition_id="x"
    )
    sim.set_allow_delay_extensions(sim.IF_curr_exp, False)
    assert len(projection) == 2
    assert sim.run(2.0, sync_time=0) == 2.0 and sim.run(1.0, 0.0) == 3.0 and sim.run_for(1.0) == 4.0
    with pytest.raises(SpinnakerError, match="sync_time or callbacks"):
        sim.run(1.0, [lambda t: t + 1], sync_time=1.0)
    machine = sim.get_machine()
    assert (machine.n_boards, machine.n_chips, machine.n_cores) == (2, 96, 1728)
    assert str(machine) == "96 chips with 1728 cores on 2 board(s), simulated"
    with pytest.raises(SpinnakerError):
        sim.set_allow_delay_extensions(sim.HH_cond_exp)


@pytest.mark.parametrize("arithmetic", ["integer", "float"])
def test_states_at_time_zero_may_be_parameters_of_a_cell(arithmetic):
    sim.setup(device="runtime", arithmetic=arithmetic)
    cells = sim.Population(2, sim.Izhikevich(v=-75.0, u=-3.0, a=0.03))
    others = sim.Population(2, sim.Izhikevich())
    said = sim.Population(2, sim.IF_curr_exp, {"v": -64.0, "tau_m": 12.0}, initial_values={"v": -61.0})
    for population in (cells, others, said):
        population.record("v")
    sim.run(1.0)
    first = [each.get_data().segments[0].analogsignals[0].magnitude[0, 0] for each in (cells, others, said)]
    assert first == pytest.approx([-75.0, -70.0, -61.0], abs=2**-15)  # the chip's step of potentials
    assert cells.get("a") == pytest.approx(0.03) and said.get("tau_m") == 12.0
    sim.reset()
    sim.run(1.0)
    assert cells.get_data().segments[-1].analogsignals[0].magnitude[0, 0] == pytest.approx(-75.0, abs=2**-15)


@pytest.mark.parametrize("line", [
    "from spynnaker.pyNN.utilities import neo_compare", "import spynnaker.pyNN.data", "import spinnman",
    "from pacman.model.constraints.placer_constraints import ChipAndCoreConstraint",
])  # fmt: skip
def test_a_part_of_the_boards_tools_that_is_not_here_is_said_to_be(tmp_path, line):
    script = tmp_path / "script.py"
    script.write_text(line)
    with pytest.raises(ModuleNotFoundError, match=r"is a part of SpiNNaker's tools for boards.*docs/spinnaker_support"):
        scripts.run(script)
    script.write_text(f"try:\n    {line}\nexcept ImportError:\n    pass\n")
    scripts.run(script)  # as scripts ask whether it is there


def test_connectors_take_the_vendors_arguments():
    sim.setup(device="runtime")
    source, cells = sim.Population(6, sim.SpikeSourceArray()), sim.Population(6, sim.IF_curr_exp())
    made = {
        "AllToAllConnector": (36, {}),
        "OneToOneConnector": (6, {}),
        "FixedProbabilityConnector": (36, {"p_connect": 1.0}),
        "FixedNumberPreConnector": (12, {"n": 2}),
        "FixedNumberPostConnector": (18, {"n": 3}),
        "FixedTotalNumberConnector": (7, {"n": 7}),
        "FromListConnector": (2, {"conn_list": [(0, 1), (2, 3)]}),
        "ArrayConnector": (6, {"array": np.eye(6, dtype=bool)}),
        "DistanceDependentProbabilityConnector": (36, {"d_expression": "d < 100"}),
        "IndexBasedProbabilityConnector": (5, {"index_expression": "1.0*(j == i + 1)"}),
    }
    for name, (count, arguments) in made.items():
        connector = getattr(sim, name)(**arguments, verbose=True, safe=True)
        assert len(sim.Projection(source, cells, connector, sim.StaticSynapse(weight=0.1))) == count, name
    with pytest.raises(UnknownNameError, match="verbos"):
        sim.AllToAllConnector(verbos=True)


def test_text_with_indices_is_a_probability_and_never_python():
    sim.setup(device="runtime")
    cells = sim.Population(60, sim.IF_curr_exp())
    connector = sim.IndexBasedProbabilityConnector("exp(-abs(i - j)/4) / 2 + 0*min(i, j)")
    i, j, _ = np.array(sim.Projection(cells, cells, connector, sim.StaticSynapse(weight=0.1)).get("weight", "list")).T
    for apart in (0, 1, 5):
        there, p = 60 - apart, np.exp(-apart / 4) / 2
        assert abs(np.sum(j - i == apart) - there * p) < 4 * np.sqrt(there * p * (1 - p))
    with pytest.raises(PyNNError, match="not allowed|not known"):
        sim.IndexBasedProbabilityConnector("__import__('os').system('true')")


def test_a_panel_draws_spikes_as_points_and_signals_as_a_map(recorded):
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    spikes, cells = recorded
    figure, (above, middle, below) = pyplot.subplots(3)
    SpynnakerPanel(spikes, neo_arrays.convert_spikes(spikes), data_labels=["a", "b"], xlim=(0, 6)).plot(above)
    assert [line.get_xydata().tolist() for line in above.lines] == [[[1, 0], [4, 0], [2, 2]]] * 2
    assert above.get_xlim() == (0, 6) and len(above.get_legend().get_texts()) == 2
    v = cells.segments[0].filter(name="v")[0]
    for axes, data in ((middle, v), (below, neo_arrays.convert_data(cells, "v"))):
        SpynnakerPanel(data, xticks=True).plot(axes)
        (image,) = axes.images
        assert np.array_equal(image.get_array(), v.magnitude.T)
        assert list(image.get_extent()) == [0, 6, -0.5, 1.5]
    for wrong, message in ((cells, "which of v, gsyn_exc, gsyn_inh"), (np.zeros((2, 5)), r"not \(2, 5\)")):
        with pytest.raises(SpinnakerError, match=message):
            SpynnakerPanel(wrong)


def test_scipy_and_neo_wait_until_they_are_used():
    code = "import sys, brianhw.spinnaker; print(*({'scipy.stats', 'scipy.special', 'neo.core'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment_of(), check=True
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", ["ConvolutionConnector", "PoolDenseConnector", "PoolDense"])
def test_what_is_not_here_is_refused_by_name(name):
    for module in (sim, ideal):
        with pytest.raises(SpinnakerError, match=f"{name}: .*FromListConnector"):
            getattr(module, name)
    with pytest.raises(SpinnakerError, match="cerebellum"):
        getattr(sim.extra_models, "TimingDependence" + "PFPC")
    assert not hasattr(sim, "NoSuchThing") and not hasattr(sim.extra_models, "NoSuchThing")
