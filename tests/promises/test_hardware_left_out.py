"""A run says what of a chip it leaves out, and says nothing where nothing is left out."""

from __future__ import annotations

import gc
import warnings
from types import SimpleNamespace

import pytest
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    collect,
    defaultclock,
    ms,
    nA,
    run,
)
from brian2.utils.logger import catch_logs

from brianhw import Chip
from brianhw.equations import LIF, exponential_current, static_synapse
from brianhw.errors import ChipWarning
from brianhw.hardware.left_out import left_out
from brianhw.parameters import lif

STEP = 0.1 * ms


EXC = exponential_current("exc")


def make_chip(name="toy"):
    return Chip(
        name,
        cores=2,
        neurons_per_core=16,
        model=LIF + EXC,
        synapses={"exc": static_synapse(EXC)},
        parameters=lif.PYNN_DEFAULTS | {"tau_exc": 5 * ms},
    )


@pytest.fixture
def chip():
    gc.collect()  # chips of other tests
    return make_chip()


def ours(said):
    return [each for each in said if each.category is ChipWarning]


@pytest.fixture
def silent():
    """Any warning of ours is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ChipWarning)
        yield


def spikes_of_a_driven_population(chip, keep):
    """Run 20 ms of strong input through a connection that *keep* holds; return the number of spikes."""
    source = SpikeGeneratorGroup(4, [0, 1, 2, 3] * 10, [k * 2 for k in range(10) for _ in range(4)] * ms)
    cells = chip.population(2, name="cells*")
    kept = keep(chip.connect(source, cells, "exc", weight=5 * nA))
    spikes = SpikeMonitor(cells)
    Network(collect()).run(20 * ms)
    del kept
    return spikes.num_spikes


PLACES = {
    "list": lambda it: [it],
    "dict": lambda it: {"input": it},
    "attribute": lambda it: SimpleNamespace(input=it),
    "nested": lambda it: ([{"input": it}],),
}


@pytest.mark.parametrize("keep", PLACES.values(), ids=PLACES)
def test_a_connection_that_no_variable_names_is_named_by_the_run(chip, keep):
    with pytest.warns(ChipWarning, match=r"connection 'exc_spikegeneratorgroup\w*_cells\w*' is on the chip") as said:
        assert spikes_of_a_driven_population(chip, keep) == 0
    said = ours(said)
    assert len(said) == 1
    assert said[0].filename == __file__  # the line of the run in the script
    assert "network.add(chip.objects)" not in str(said[0].message)  # the population is in the network already


def test_a_connection_that_a_variable_names_is_simulated_and_nothing_is_said(chip, silent):
    assert spikes_of_a_driven_population(chip, lambda it: it) > 0


def test_following_the_advice_simulates_it(chip):
    source = SpikeGeneratorGroup(1, [0] * 10, range(0, 20, 2) * ms)
    cells = chip.population(2)
    held = [chip.connect(source, cells, "exc", weight=5 * nA)]
    spikes = SpikeMonitor(cells)
    net = Network(source, cells, spikes)
    with pytest.warns(ChipWarning, match="Before the run write: ") as said:
        net.run(STEP)
    line = str(ours(said)[0].message).split("write: ")[1]
    assert line.startswith("net.add(chip.connections[")  # in the names of this script
    exec(line)
    net.run(20 * ms)
    assert spikes.num_spikes > 0
    assert held[0] in net.objects


def test_the_magic_network_says_it_with_the_line_that_replaces_run(chip):
    source, cells = PoissonGroup(2, 50 * Hz), chip.population(2)
    held = [chip.connect(source, cells, "exc", weight=1 * nA)]
    with pytest.warns(ChipWarning, match=r"In the place of run\(...\) write: Network\(collect\(\), chip.objects\)"):
        run(STEP)
    assert held


def test_each_object_is_named_once(chip):
    source, cells = PoissonGroup(2, 50 * Hz), chip.population(2)
    held = [chip.connect(source, cells, "exc", weight=1 * nA, name="first*")]
    net = Network(collect())
    with pytest.warns(ChipWarning, match="first"):
        net.run(STEP)
    held.append(chip.connect(source, cells, "exc", weight=1 * nA, name="second*"))
    with pytest.warns(ChipWarning) as said:
        net.run(STEP)
        net.run(STEP)
    assert ["first" in str(each.message) for each in ours(said)] == [False]


def test_populations_in_lists_are_named_with_their_connections_and_monitors(chip):
    source = PoissonGroup(2, 50 * Hz)
    layers = [chip.population(2, name=f"layer_{k}*") for k in range(3)]
    held = [chip.connect(a, b, "exc", weight=1 * nA) for a, b in zip([source, *layers[:-1]], layers, strict=True)]
    monitors = [SpikeMonitor(layer) for layer in layers]
    with pytest.warns(ChipWarning, match="populations 'layer_0") as said:
        run(STEP)  # finds the source only
    text = str(ours(said)[0].message)
    assert all(repr(each.name) in text for each in [*layers, *held, *monitors])


def test_an_empty_network_names_what_has_a_monitor(chip):
    cells = [chip.population(2, name="alone*")]
    monitors = [SpikeMonitor(cells[0])]
    with pytest.warns(ChipWarning, match="population 'alone.*Give the network 'spikemonitor"):
        run(STEP)
    assert monitors


def test_a_monitor_of_something_left_out_names_it(chip):
    groups = [chip.population(2, name="watched*")]
    spikes = SpikeMonitor(groups[0])
    with pytest.warns(ChipWarning, match="population 'watched"):
        run(STEP)
    assert spikes.num_spikes == 0


@pytest.mark.standalone
@pytest.mark.parametrize("device", ["brianhw", "cpp_standalone"])
def test_every_device_says_it(chip, device, tmp_path, request):
    from brian2 import get_device, set_device

    request.addfinalizer(lambda: (get_device().reinit(), set_device("runtime")))
    set_device(device, **({"build_on_run": False, "directory": str(tmp_path)} if device == "cpp_standalone" else {}))
    chip = make_chip()
    source, cells = PoissonGroup(2, 50 * Hz), chip.population(2)
    held = [chip.connect(source, cells, "exc", weight=1 * nA, name="first*")]
    net = Network(collect())
    with pytest.warns(ChipWarning, match="first"):
        net.run(STEP)
    held.append(chip.connect(source, cells, "exc", weight=1 * nA, name="second*"))
    with pytest.warns(ChipWarning, match="second"):  # also where the device kept the prepared network
        net.run(STEP)


# -- what to hand to a network ----------------------------------------------------------------------


@pytest.mark.parametrize("how", ["new", "add", "twice"])
def test_the_objects_of_a_chip_are_all_that_a_network_needs(chip, how, silent):
    source = SpikeGeneratorGroup(1, [0] * 10, range(0, 20, 2) * ms)
    cells = chip.population(2)
    parts = SimpleNamespace(connection=chip.connect(source, cells, "exc", weight=5 * nA), spikes=SpikeMonitor(cells))
    net = Network(collect(), parts.spikes) if how == "add" else Network(chip.objects, source, parts.spikes)
    if how != "new":
        net.add(chip.objects)
    net.run(20 * ms)
    assert parts.spikes.num_spikes > 0


def test_objects_made_after_the_network_are_named_until_they_are_added(chip):
    source, cells = PoissonGroup(2, 50 * Hz), chip.population(2)
    net = Network(chip.objects, source)
    net.run(STEP)
    late = chip.connect(source, cells, "exc", weight=1 * nA, name="late*")
    with pytest.warns(ChipWarning, match="connection 'late"):
        net.run(STEP)
    net.add(late)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ChipWarning)
        net.run(STEP)


def test_chips_are_named_each_for_itself(chip):
    other = make_chip()
    source = PoissonGroup(2, 50 * Hz)
    a, b = chip.population(2), other.population(2)
    held = [other.connect(a, b, "exc", weight=1 * nA, name="between*")]
    with pytest.warns(ChipWarning, match=r"connection 'between.*write: .*add\(other.connections"):
        Network(chip.objects, b, source).run(STEP)
    assert held


# -- no false alarms --------------------------------------------------------------------------------


def spare(chip, source, cells):
    return [chip.population(8), [chip.population(8)]]


def simulated_elsewhere(chip, source, cells):
    other = chip.population(2)
    network = Network(other, chip.connect(other, other, "exc", weight=1 * nA))
    network.run(STEP)
    return network, chip.connections


def waiting_in_another_network(chip, source, cells):
    return Network(chip.population(2), chip.connect(source, cells, "exc", weight=1 * nA))


def for_a_later_network(chip, source, cells):
    others = [chip.population(2), chip.population(2)]
    return others, chip.connect(*others, "exc", weight=1 * nA), SpikeMonitor(others[0])


def freed(chip, source, cells):
    gone = chip.population(2)
    kept = (
        chip.connect(source, cells, "exc", weight=1 * nA),
        chip.connect(gone, cells, "exc", weight=1 * nA),
        chip.connect(source, gone, "exc", weight=1 * nA),
    )
    chip.free(kept[0])
    chip.free(gone)
    return kept


def without_synapses(chip, source, cells):
    return [chip.add_connection(source, cells, "exc"), chip.connect(source, cells, "exc", weight=1 * nA, p=0)]


def switched_off(chip, source, cells):
    connection = chip.connect(source, cells, "exc", weight=1 * nA)
    connection.active = False
    return [connection]


def planned_only(chip, source, cells):
    plan = make_chip()
    first = plan.population(4)
    return plan, [plan.connect(PoissonGroup(2, 50 * Hz), first, "exc", weight=1 * nA)]


def not_of_the_chip(chip, source, cells):
    return [NeuronGroup(2, "v : 1")]


@pytest.mark.parametrize(
    "make",
    [
        spare, simulated_elsewhere, waiting_in_another_network, for_a_later_network, freed, without_synapses,
        switched_off, planned_only, not_of_the_chip,
    ],
)  # fmt: skip
@pytest.mark.parametrize("magic", [True, False])
def test_nothing_is_said_of_what_belongs_elsewhere(chip, make, magic, silent):
    source, cells = PoissonGroup(2, 50 * Hz), chip.population(2)
    kept = [make(chip, source, cells)]
    if magic:
        run(STEP)
    else:
        Network(source, cells).run(STEP)
    assert kept


def test_what_the_script_drops_after_a_run_is_left_out_on_purpose(chip, silent):
    source, cells = PoissonGroup(2, 50 * Hz), chip.population(2)
    connection = chip.connect(source, cells, "exc", weight=1 * nA)
    run(STEP)
    del connection
    run(STEP)


def test_a_chip_that_the_script_has_replaced_says_nothing(silent):
    source = PoissonGroup(2, 50 * Hz)
    for _ in range(2):
        chip = make_chip()  # as a cell of a notebook that is run again
        cells = chip.population(2)
        connection = chip.connect(source, cells, "exc", weight=1 * nA)
    Network(source, cells, connection).run(STEP)


def test_what_was_freed_goes_without_a_word_and_what_was_lost_does_not(chip):
    with catch_logs() as said:
        chip.free(chip.population(2, name="freed*"))
        gc.collect()
        make_chip().population(2, name="lost*")
        gc.collect()
    assert [text.split("'")[1][:4] for _, name, text in said if name.endswith("unused_brian_object")] == ["lost"]


def test_store_and_restore_say_nothing(chip, silent):
    source, cells = PoissonGroup(2, 50 * Hz), chip.population(2)
    connection = chip.connect(source, cells, "exc", weight=1 * nA)
    net = Network(collect())
    net.store()
    for _ in range(2):
        net.restore()
        net.run(defaultclock.dt)
    assert left_out(chip, net) == []
    assert connection in net.objects
