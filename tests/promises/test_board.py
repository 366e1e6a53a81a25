"""Boards: what is delivered in the simulation, mismatch, whole networks, and what is refused."""

import warnings

import numpy as np
import pytest
from brian2 import Hz, Network, PoissonGroup, SpikeGeneratorGroup, StateMonitor, ms, pA

from brianhw import Board
from brianhw.chips.mismatch import Mismatch
from brianhw.errors import (
    AddressError,
    AliasError,
    CapacityError,
    ChipWarning,
    ConnectionRefused,
    FanInError,
    FanOutError,
    ParameterError,
    RequestError,
    UnitError,
    UnknownNameError,
)


def ideal(**options):
    return Board(mismatch=None, **options)


def spike_at(n, time=1 * ms):
    """Return a source of *n* neurons that all spike once."""
    return SpikeGeneratorGroup(n, np.arange(n), [time] * n)


def jumps(board, population, synapse_type, *sources):
    """Return by how many words' currents the circuit of each neuron jumps when the sources spike, in words."""
    name = {"AMPA": "Iampa", "NMDA": "Inmda"}[synapse_type]
    monitor = StateMonitor(population, name, record=True)
    Network(board.objects, monitor, *sources).run(1.2 * ms)
    change = np.diff(monitor.get_states()[name], axis=0).max(axis=0)
    core = population._cores[0]
    return np.rint(np.asarray(change / (core.value(f"{name}_w0") * core.value(f"alpha_{name[1:]}"))))


def test_an_alias_that_is_let_is_delivered_in_the_simulation():
    board = ideal(aliases="deliver")
    x = board.population(3, chip=0, core=2, first=0, name="x")
    y = board.population(3, chip=1, core=2, first=0, name="y")
    t = board.population(2, chip=2, core=0, name="t")
    u = board.population(2, chip=2, core=0, name="u")
    kept = [board.connect(x, t, "AMPA", weight=2), board.connect(y, u, "NMDA", weight=3)]
    trigger = spike_at(3)
    z = board.population(3, chip=2, core=1, name="z")
    kept.append(board.connect(trigger, z, "AMPA"))
    assert set(board.unintended) == {("x", "u", "NMDA"), ("y", "t", "AMPA")}
    assert board.unintended["x", "u", "NMDA"].weight[:].tolist() == [3.0] * 6
    assert board.unintended["y", "t", "AMPA"].weight[:].tolist() == [2.0] * 6


@pytest.mark.parametrize(("address", "nmda"), [(1, [0, 0, 0]), (0, [54, 0, 63])])
def test_a_source_with_the_address_of_unused_words_drives_them_as_nmda_in_the_simulation(address, nmda):
    board, source = ideal(), spike_at(1)
    cells, beside = board.population(3, core=1), board.population(2, core=1)
    board.connect(source, cells, "AMPA", weight=[10, 64, 1], j=[0, 1, 2], i=[0, 0, 0])
    board.give_addresses(source, [address])
    assert jumps(board, cells, "NMDA", source).tolist() == nmda
    assert [each.weight[:].tolist() for key, each in board.unintended.items() if key[1] == beside.name] == (
        [[64, 64]] if any(nmda) else []
    )
    assert [each.kind for each in board.plan.report().hazards] == ["unused words"] * any(nmda)


def test_an_alias_is_refused_and_leaves_no_trace():
    board = ideal()
    x = board.population(10, chip=0, core=2, first=0, name="X")
    y = board.population(10, chip=1, core=2, first=0, name="Y")
    t = board.population(4, chip=2, core=0, name="T")
    board.connect(x, t, "AMPA")
    before = board.plan
    with pytest.raises(AliasError, match=r"both have address 512.*Move 'Y' to neurons 10 to 19 \(first=10\)") as caught:
        board.connect(y, t, "AMPA")
    assert caught.value.aliased_pairs == 10
    assert board.plan is before and list(board.connections) == ["AMPA_X_T"]


def test_a_population_that_may_move_does_so_with_its_mismatch():
    board = Board(serial=5)
    x = board.population(10, chip=0, core=2, first=0, name="X")
    y = board.population(250, chip=1, core=2, name="Y")  # more than there are quiet addresses
    t = board.population(4, chip=2, core=0, name="T")
    board.connect(x, t, "AMPA")
    board.connect(y, t, "NMDA", i=np.arange(240, 250), j=[0] * 10)
    addresses = board.addresses(y)[240:]
    assert not np.isin(addresses, board.addresses(x)).any()
    factors = board.silicon.factors("Iampa_w0", y.placement.neurons, 1024)
    assert np.allclose(y.Iampa_w0 / board.core(0).value("Iampa_w0"), factors, rtol=1e-12)  # a product in another order


def test_the_same_board_has_the_same_mismatch_whatever_is_allocated_in_whatever_order():
    first = Board(serial=3)
    first.population(100, chip=1, core=0, name="before")
    cells = first.population(20, chip=1, core=1, first=7, name="cells")
    second = Board(serial=3)
    again = second.population(30, chip=1, core=1, first=2, name="again")
    assert np.array_equal(cells.Isoma_dpi_tau, again.Isoma_dpi_tau[5:25])
    other = Board(serial=4).population(30, chip=1, core=1, first=2, name="other")
    assert not np.isclose(other.Isoma_dpi_tau / again.Isoma_dpi_tau, 1, rtol=1e-6).any()


def test_mismatch_has_the_stated_distribution():
    neurons = np.arange(4 * 1024)
    factors = np.concatenate([Mismatch(serial, cv=0.2).factors("alpha_ampa", neurons, 1024) for serial in range(25)])
    # of 102,400 draws: 4 standard errors of the mean and of the coefficient of variation
    assert factors.mean() == pytest.approx(1, abs=4 * 0.2 / np.sqrt(factors.size))
    assert factors.std() == pytest.approx(0.2, abs=4 * 0.2 / np.sqrt(2 * factors.size))
    edge = 3 * 0.2 / 0.98658
    assert 1 - edge < factors.min() < 1 - 0.95 * edge and 1 + 0.95 * edge < factors.max() < 1 + edge
    # a normal distribution cut at three deviations: 68.35 % within one of the uncut one, to 4 standard errors
    within = np.abs(factors - 1) < 0.2 / 0.98658
    assert within.mean() == pytest.approx(0.68269 / 0.99730, abs=4 * np.sqrt(0.22 / factors.size))


def test_mismatch_of_parameters_and_of_chips_is_independent():
    silicon, neurons = Mismatch(1), np.arange(2048)
    a, b = silicon.factors("Iampa_w0", neurons, 1024), silicon.factors("Inmda_w0", neurons, 1024)
    limit = 4 / np.sqrt(1024)  # 4 standard errors of a correlation
    assert abs(np.corrcoef(a[:1024], b[:1024])[0, 1]) < limit
    assert abs(np.corrcoef(a[:1024], a[1024:])[0, 1]) < limit


def test_mismatch_can_differ_by_parameter_and_be_none():
    silicon = Mismatch(0, cv=0.0, overrides={"Csoma_mem": 0.1})
    cells = Board(mismatch=silicon).population(500, spread=True)
    assert np.std(cells.Csoma_mem) / np.mean(cells.Csoma_mem) == pytest.approx(0.1, rel=0.15)  # 4.5 standard errors
    assert np.ptp(cells.Iampa_w0) == 0


@pytest.mark.parametrize("value", [-0.1, 0.33, np.nan, "much"])
def test_a_mismatch_that_no_board_has_is_refused(value):
    with pytest.raises(ParameterError, match="coefficient of variation from 0 to 0.33"):
        Mismatch(0, value)


def test_a_bias_belongs_to_its_core():
    board = Board(serial=1)
    a, b = board.population(3, chip=1, core=0), board.population(3, chip=1, core=0)
    c = board.population(3, chip=1, core=1)
    before = np.array(c.Iampa_w0)
    a.Iampa_w0 = 200 * pA
    assert np.allclose(b.Iampa_w0 / board.core("C1c0").value("Iampa_w0"), b.mismatch("Iampa_w0"), rtol=1e-12)
    assert np.array_equal(np.array(c.Iampa_w0), before)


def test_limits_are_at_sixty_four_words_and_three_chips():
    board = ideal()
    inputs = PoissonGroup(65, 1 * Hz, name="inputs")
    cell = board.population(1, chip=0, core=0, name="cell")
    board.connect(inputs, cell, "AMPA", i=np.arange(64), j=[0] * 64)
    with pytest.raises(FanInError, match=r"'cell' \(chip 0 core 0 neuron 1\) would listen to 65 CAM words"):
        board.connect(inputs, cell, "NMDA", i=[64], j=[0])
    others = [board.population(1, chip=chip, core=1) for chip in range(4)]
    for other in others[:3]:
        board.connect(cell, other, "AMPA")
    with pytest.raises(FanOutError, match="would need 4 SRAM words, one per chip it sends to, .* has 3"):
        board.connect(cell, others[3], "AMPA")


def test_a_broken_word_is_one_fewer():
    board = ideal(broken_words={(0, 0, 1): [5, 6]})
    cell = board.population(1, chip=0, core=0, first=1)
    inputs = PoissonGroup(1, 1 * Hz)
    with pytest.raises(FanInError, match="has 64 and 2 of this neuron's are broken"):
        board.connect(inputs, cell, "AMPA", weight=63)
    board.connect(inputs, cell, "AMPA", weight=62)


@pytest.mark.parametrize("broken", [{(0, 0): [1]}, {(0, 0, 256): [1]}, {(0, 0, 0): [64]}, {(4, 0, 0): [1]}])
def test_broken_words_that_do_not_exist_are_refused(broken):
    with pytest.raises((ParameterError, UnknownNameError)):
        Board(broken_words=broken)


def test_sources_outside_get_addresses_of_their_own_and_never_that_of_unused_words():
    board = ideal()
    cells = board.population(256, chip=0, core=0)
    targets = board.population(8, chip=0, core=3)
    board.connect(cells, targets, "AMPA", i=np.arange(60), j=np.arange(60) % 8)
    inputs = PoissonGroup(500, 1 * Hz)
    board.connect(inputs, targets, "AMPA", i=np.arange(400), j=np.arange(400) % 8)
    addresses = board.addresses(inputs)
    assert np.unique(addresses[:400]).size == 400 and addresses[:400].min() > 0
    assert not np.isin(addresses[:400], board.addresses(cells)).any()
    assert (addresses[400:] == -1).all()


def test_addresses_that_a_user_chose_stay_or_are_refused():
    board = ideal()
    cells = board.population(4, chip=0, core=0, first=10)
    targets = board.population(4, chip=0, core=1)
    inputs, others = PoissonGroup(2, 1 * Hz), PoissonGroup(2, 1 * Hz)
    board.connect(cells, targets, "AMPA")
    board.connect(inputs, targets, "AMPA")
    board.give_addresses(inputs, [700, 3])
    assert board.addresses(inputs).tolist() == [700, 3]
    before = board.plan
    with pytest.raises(AliasError, match=r"both have address 11.*Give 'poissongroup\w*' other addresses"):
        board.give_addresses(inputs, [11, 700])
    with pytest.raises(AddressError, match="addresses 0 to 1023"):
        board.give_addresses(inputs, [1, 1024])
    board.connect(others, targets, "AMPA")
    with pytest.raises(AddressError, match="address 700 belongs to"):
        board.give_addresses(others, [700, 5])
    with pytest.raises(RequestError, match="2 different whole numbers"):
        board.give_addresses(inputs, [5, 5])
    assert board.addresses(inputs).tolist() == [700, 3] and before.connections.keys() < board.plan.connections.keys()


def test_neurons_are_found_by_place_and_places_by_neuron():
    board = ideal()
    cells = board.population(300, chip=3, spread=True, name="cells")
    for index in (0, 17, 299):
        assert board.locate(*cells.locations[index]) == ("cells", index)
    assert board.locate(0, 0, 0) is None


def test_no_room_says_where_there_is_some():
    board = ideal()
    board.population(250, chip=1, core=2)
    with pytest.raises(
        CapacityError, match=r"chip 1 core 2 has 6 of 256 neurons free, 10 were.*chip 0 core 0"
    ) as caught:
        board.population(10, chip=1, core=2)
    error = caught.value
    assert (error.limit, error.where, error.asked, error.allowed) == ("neurons", {"chip": 1, "core": 2}, 10, 6)


def test_the_addresses_of_a_part_are_those_of_its_neurons():
    board = ideal()
    cells, source = board.population(20, chip=1, core=2, first=0), PoissonGroup(8, 10 * Hz)
    board.connect(cells, cells, "AMPA", p=0.1)
    board.connect(source, cells, "AMPA", p=0.5)
    assert board.addresses(cells[3:6]).tolist() == [515, 516, 517]
    assert board.addresses(source[2:5]).tolist() == board.addresses(source).tolist()[2:5]


@pytest.mark.parametrize("kind", [tuple, list, np.array])
def test_a_core_is_found_by_the_place_of_a_neuron(kind):
    assert ideal().core(kind([1, 2])).number == 6


# -- whole networks ---------------------------------------------------------------------------------


def test_a_draft_puts_populations_that_talk_on_one_core():
    draft = ideal().draft()
    a, b, c = draft.population("a", 100), draft.population("b", 200), draft.population("c", 100)
    draft.connect(a, c, "AMPA", i=np.arange(100), j=np.arange(100))
    draft.connect(b, b, "AMPA", i=np.arange(100), j=np.arange(100))
    populations, connections = draft.build()
    assert populations["a"].placement.cores == populations["c"].placement.cores != populations["b"].placement.cores
    assert list(connections) == ["AMPA_a_c", "AMPA_b_b"]
    assert draft.board.plan.core_of("a")[0] == 0


def test_a_draft_is_built_whole_or_not_at_all():
    board = ideal()
    draft = board.draft()
    a = draft.population("a", 65)
    b = draft.population("b", 1)
    draft.connect(a, b, "AMPA")
    with pytest.raises(FanInError):
        draft.build()
    assert not board.populations and not board.connections
    with pytest.raises(RequestError, match="already"):
        draft.population("b", 2)
    with pytest.raises(ConnectionRefused, match="another draft"):
        board.draft().connect(a, b, "AMPA")


def test_populations_apart_are_on_cores_of_their_own():
    draft = ideal().draft()
    for name in "abc":
        draft.population(name, 20, apart=name == "b")
    populations, _ = draft.build()
    cores = {name: each.placement.cores for name, each in populations.items()}
    assert cores["a"] == cores["c"] and not set(cores["b"]) & set(cores["a"])


def test_a_draft_joins_what_is_on_the_board_and_sources_outside():
    board = ideal(seed=1)
    there = board.population(5, core=3, name="there")
    inputs = PoissonGroup(10, 20 * Hz, name="inputs")
    draft = board.draft()
    new = draft.population("new", 5)
    draft.connect(inputs, new, "AMPA", p=0.5, weight="1 + i")
    draft.connect(new, there, "GABA_A", condition="i == j")
    populations, connections = draft.build()
    assert connections["GABA_A_new_there"].weight[:].tolist() == [1] * 5
    synapses = connections["AMPA_inputs_new"]
    assert np.array_equal(synapses.weight[:], 1 + synapses.i[:])
    Network(board.objects, inputs).run(1 * ms)


def test_connections_of_a_draft_have_the_delays_that_they_were_asked_for():
    draft = ideal().draft()
    a, b = draft.population("a", 3), draft.population("b", 3)
    draft.connect(a, b, "AMPA", j="i", delay=2 * ms)
    draft.connect(b, a, "AMPA", j="i", delay=[1, 2, 3] * ms)
    draft.connect(a, a, "AMPA", condition=False, delay=2 * ms)
    _, connections = draft.build()
    assert np.asarray(connections["AMPA_a_b"].delay) == pytest.approx([2e-3] * 3)
    assert np.asarray(connections["AMPA_b_a"].delay) == pytest.approx([1e-3, 2e-3, 3e-3])


REFUSED_IN_A_DRAFT = {
    "no time": ({"delay": 2}, UnitError, "a delay is a time"),
    "too many": ({"delay": [1, 2] * ms}, ParameterError, "2 delays were given for 9 synapses"),
    "name": ({"name": "0"}, RequestError, "a connection's name .* '0'"),
}


@pytest.mark.parametrize(("options", "error", "message"), REFUSED_IN_A_DRAFT.values(), ids=REFUSED_IN_A_DRAFT.keys())
def test_a_draft_refuses_a_connection_where_it_is_asked_for(options, error, message):
    draft = ideal().draft()
    a, b = draft.population("a", 3), draft.population("b", 3)
    with pytest.raises(error, match=message):
        draft.connect(a, b, "AMPA", **options)
    assert draft.build()[1] == {}


def test_a_plan_of_sixty_thousand_words_on_four_chips_holds_every_limit():
    random = np.random.default_rng(4)
    draft = ideal(seed=3).draft()
    handles = [draft.population(f"p{k}", 240) for k in range(16)]
    for k, handle in enumerate(handles):
        for other in (k, (k + 1) % 16):
            post = np.arange(1880) % 240
            draft.connect(handle, handles[other], "AMPA", i=random.integers(0, 240, 1880), j=post)
    plan = draft.plan().plan
    assert plan.report().totals()["words"] == 60160
    assert max(plan.fan_in(name).max() for name in plan.placements) <= 64
    assert max(plan.fan_out(name).max() for name in plan.placements) <= 3
    assert draft.plan().plan == plan  # deterministic


# -- drafts that are tight ---------------------------------------------------------------------------


def test_a_population_that_must_be_on_a_chip_gets_its_place_before_one_that_need_not():
    draft = Board(2, mismatch=None).draft()
    draft.population("anywhere", 1024)
    draft.population("bound", 1024, chip=0)
    placements = draft.plan().plan.placements
    assert placements["bound"].cores == (0, 1, 2, 3) and placements["anywhere"].cores == (4, 5, 6, 7)


def test_a_population_on_certain_neurons_gets_them_before_one_that_takes_any_of_the_core():
    draft = Board(1, mismatch=None).draft()
    draft.population("any_", 10, core=1)
    draft.population("certain", 10, core=1, first=0)
    assert draft.plan().plan.placements["certain"].index_in_core.tolist() == list(range(10))


def test_a_core_of_its_own_is_kept_where_others_could_spread_over_all():
    draft = Board(1, mismatch=None).draft()
    for name in "abc":
        draft.population(name, 200)
    draft.population("d", 100)
    draft.population("alone", 10, apart=True)
    plan = draft.plan().plan
    assert plan.populations_on(plan.placements["alone"].cores[0]) == ("alone",)


def test_a_core_that_is_asked_for_alone_and_shared_is_refused():
    draft = Board(1, mismatch=None).draft()
    draft.population("a", 10, core=1, apart=True)
    draft.population("b", 10, core=1)
    with pytest.raises(CapacityError, match="for population 'a' by itself, but 'b' is on it too"):
        draft.plan()


def test_neurons_with_broken_words_are_taken_last():
    board = Board(1, mismatch=None, broken_words={(0, 0, neuron): range(60) for neuron in range(100)})
    assert board.population(10).locations[:, 2].tolist() == list(range(100, 110))


def test_a_neuron_that_moves_to_be_told_apart_does_not_take_the_address_of_unused_words():
    board = Board(2, mismatch=None)
    board.population(1, chip=0, core=0, first=2, name="fixed_")
    moves = board.population(2, chip=1, core=0, name="moves")
    board.connect(board["fixed_"], moves, "AMPA")
    board.population(1, chip=0, core=0, first=1, name="same")
    board.connect(board["same"], moves, "AMPA")
    board.connect(moves, moves, "AMPA")
    assert 0 not in board.addresses(moves) and not board.unintended


def test_unintended_synapses_that_come_while_a_network_runs_are_asked_for_with_a_line_that_works():
    board = ideal(aliases="deliver")
    x = board.population(2, chip=0, core=2, first=0, name="x")
    y = board.population(2, chip=1, core=2, first=0, name="y")
    t = board.population(2, chip=2, core=0, name="t")
    first = board.connect(x, t, "AMPA")
    network = Network(board.objects)
    network.run(0.1 * ms)
    second = board.connect(y, t, "NMDA")
    network.add(second)
    wanted = r"parts 'unintended_.*write: network\.add\(\[each for each in board\.objects"
    with pytest.warns(ChipWarning, match=wanted) as seen:
        network.run(0.1 * ms)
    line = str(seen[0].message).split("Before the run write: ")[1]
    eval(line.removesuffix("."), {"network": network, "board": board})
    with warnings.catch_warnings():
        warnings.simplefilter("error", ChipWarning)
        network.run(0.1 * ms)
    assert set(board.objects) <= set(network) and first in set(network)
