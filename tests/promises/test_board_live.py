"""Boards that change while a network steps: rewiring, biases, learning in words, rates that are kept, tuning."""

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    PoissonGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    TimedArray,
    ms,
    mV,
    pA,
    second,
    set_device,
)
from brian2.core.base import BrianObjectException
from hypothesis import given
from hypothesis import strategies as st

from brianhw import Board
from brianhw.errors import FanInError, ParameterError, RequestError, UnitError, UnknownNameError
from brianhw.hardware.learning import fitted, rounded_by_chance


def live_pairs(connection):
    synapses = zip(
        *(np.asarray(each[:]).tolist() for each in (connection.i, connection.j, connection.weight)), strict=True
    )
    return sorted(each for each in synapses if each[2] > 0)


# -- rewiring ---------------------------------------------------------------------------------------


def test_rewiring_leaves_the_pairs_that_were_asked_for_and_their_words():
    board = Board(mismatch=None)
    source, cells = PoissonGroup(6, 10 * Hz), board.population(5)
    synapses = board.connect(source, cells, "AMPA", i=[0, 1, 2], j=[0, 1, 2], weight=[3, 4, 5])
    synapses.rewire(i=[2, 3, 0, 0], j=[2, 3, 4, 4], weight=[7, 1, 2, 2])
    assert live_pairs(synapses) == [(0, 4, 2), (0, 4, 2), (2, 2, 7), (3, 3, 1)]
    assert board.plan.fan_in(cells.name).tolist() == [0, 0, 7, 1, 4]
    synapses.rewire(i=[0, 1], j=[0, 1])
    assert live_pairs(synapses) == [(0, 0, 1), (1, 1, 1)]
    assert len(synapses) == 6  # pairs that come back are used again


def test_rewiring_that_does_not_fit_leaves_the_old_pairs():
    board = Board(mismatch=None)
    source, cells = PoissonGroup(65, 10 * Hz), board.population(2)
    synapses = board.connect(source, cells, "AMPA", i=[0], j=[1], weight=60)
    before = board.plan
    with pytest.raises(FanInError):
        synapses.rewire()
    assert board.plan is before and live_pairs(synapses) == [(0, 1, 60)] and len(synapses) == 1
    synapses.rewire(p=0.0)
    assert live_pairs(synapses) == []


def test_rewiring_of_parts_counts_inside_them():
    board = Board(mismatch=None)
    source, cells = board.population(10, name="from_"), board.population(10, name="to")
    synapses = board.connect(source[2:6], cells[5:], "NMDA", i=[0], j=[0])
    synapses.rewire(i=[3], j=[4])
    wiring = board.plan.connections[synapses.name]
    assert wiring.pre[wiring.words > 0].tolist() == [5] and wiring.post[wiring.words > 0].tolist() == [9]


def test_connections_that_share_words_are_restored_in_any_order():
    board = Board(1, mismatch=None)
    source, cells = SpikeGeneratorGroup(3, [], [] * ms), board.population(1)
    first, second_one = (board.connect(source, cells, each, i=[0], j=[0], weight=4) for each in ("AMPA", "NMDA"))
    network = Network(board.objects, source)
    for large, small in ((first, second_one), (second_one, first)):
        small.weight = 4
        large.weight = 60
        network.store()
        before = board.plan
        large.weight = 4
        small.rewire(i=[1, 2], j=[0, 0], weight=30)
        network.restore()
        assert (live_pairs(large), live_pairs(small)) == ([(0, 0, 60)], [(0, 0, 4)])
        assert board.plan == before


@pytest.mark.standalone
def test_biases_and_wiring_change_in_place_while_a_network_steps():
    set_device("brianhw")
    board = Board(mismatch=None, seed=1)
    source = SpikeGeneratorGroup(2, [0, 1] * 10, np.repeat(np.arange(10), 2) * 2 * ms + 0.5 * ms)
    cells = board.population(2, name="cells_live")
    synapses = board.connect(source, cells, "AMPA", i=[0], j=[0], weight=2)
    network = Network(board.objects, source)
    step = float(board.core(0).value("Iampa_w0") * board.core(0).value("alpha_ampa"))

    def jumps():
        before = np.array(cells.Iampa_[:])
        network.run(0.1 * ms)
        decay = np.exp(-1e-4 * 0.705 * float(cells.Iampa_tau[0]) / (24.5e-12 * 0.025))
        return (np.array(cells.Iampa_[:]) - before * decay) / step

    network.run(0.5 * ms)
    assert jumps() == pytest.approx([2, 0], abs=0.02)  # the dark current
    network.run(1.9 * ms)
    synapses.rewire(i=[1], j=[1], weight=5)
    assert jumps() == pytest.approx([0, 5], abs=0.02)
    network.run(1.9 * ms)
    board.core(0).bias(Iampa_w0=50 * pA)
    half = float(board.core(0).value("Iampa_w0") * board.core(0).value("alpha_ampa")) / step
    assert jumps() == pytest.approx([0, 5 * half], abs=0.02)


# -- learning in words ------------------------------------------------------------------------------


def test_rounding_by_chance_is_right_on_average():
    random = np.random.default_rng(1)
    values = np.repeat([-1.3, 0.0, 0.25, 2.9], 20000)
    rounded = rounded_by_chance(values, random).reshape(4, -1)
    assert np.allclose(rounded.mean(axis=1), [-1.3, 0, 0.25, 2.9], atol=4 * 0.5 / np.sqrt(20000))  # 4 standard errors
    assert (np.abs(rounded - np.array([[-1.3], [0], [0.25], [2.9]])) < 1).all()


@given(st.integers(0, 2**32), st.integers(1, 30), st.integers(1, 4))
def test_words_that_grow_never_take_more_than_there_is_room_for_and_all_of_that(seed, synapses, targets):
    random = np.random.default_rng(seed)
    post = random.integers(0, targets, synapses)
    words, wanted = random.integers(0, 5, (2, synapses))
    room = np.bincount(post, words, minlength=targets).astype(int) + random.integers(0, 6, targets)
    new = fitted(words, wanted, post, room, random)
    used = np.bincount(post, new, minlength=targets)
    asked = np.bincount(post, wanted, minlength=targets)
    assert np.array_equal(used, np.minimum(asked, room))
    assert ((new >= np.minimum(words, wanted)) & (new <= wanted)).all()


def learning_pair(lag, pairs=25, **options):
    """Return the words of one synapse after *pairs* of spikes with *lag* between source and cell, started at 5."""
    board = Board(mismatch=None)
    times = 10 * ms + np.arange(pairs) * 50 * ms
    first = SpikeGeneratorGroup(1, [0] * pairs, times + (0 * ms if lag > 0 else -lag * ms))
    drive = SpikeGeneratorGroup(1, [0] * pairs, times + (lag * ms if lag > 0 else 0 * ms))
    cell = board.population(1)
    synapses = board.connect(first, cell, "NMDA", weight=5)
    driving = board.connect(drive, cell, "AMPA", weight=50)
    board.core(0).bias(Inmda_w0=0 * pA)
    board.core(0).bias(PS_WEIGHT_EXC_F_N=(7, 255), IF_RFR_N=(4, 128))
    learning = board.learn(
        synapses, every=100 * ms, tau_plus=20 * ms, tau_minus=20 * ms, A_plus=0.5, A_minus=0.5, seed=3, **options
    )
    spikes = SpikeMonitor(cell)
    Network(board.objects, first, drive, spikes).run(50 * pairs * ms + 100 * ms)
    del driving
    return int(synapses.weight[0]), learning, spikes, board


def test_words_grow_where_the_source_is_first_and_shrink_where_it_is_last():
    up, learning, spikes, board = learning_pair(10, pairs=8)
    assert len(spikes.t) >= 8
    assert up > 5 and board.plan.fan_in(spikes.source.name).tolist() == [up + 50]
    down, *_ = learning_pair(-10, pairs=8)
    assert down < 5
    del learning


def test_words_stay_within_what_a_neuron_has_and_what_is_the_most():
    words, _, _, board = learning_pair(5)
    assert words == 14  # 64 less the 50 of the drive
    words, *_ = learning_pair(5, largest=7)
    assert words == 7
    del board


def test_learning_says_what_it_needs():
    board = Board(mismatch=None)
    source, cells = PoissonGroup(2, 10 * Hz), board.population(2)
    synapses = board.connect(source, cells, "AMPA")
    with pytest.raises(ParameterError, match="needs a value for A_minus, A_plus, tau_minus|needs a value for"):
        board.learn(synapses, tau_plus=20 * ms)
    with pytest.raises(UnitError):
        board.learn(synapses, tau_plus=20 * mV, tau_minus=20 * ms, A_plus=1, A_minus=1)
    with pytest.raises(UnitError):
        board.learn(synapses, every=3 * pA, tau_plus=20 * ms, tau_minus=20 * ms, A_plus=1, A_minus=1)


# -- rates ------------------------------------------------------------------------------------------


@pytest.mark.standalone
def test_a_rate_is_kept_by_a_bias():
    set_device("brianhw")
    board = Board(serial=3)
    cells = board.population(50)
    kept = board.keep_rate(cells, 40 * Hz, "IF_DC_P", every=200 * ms, steps=60)
    monitor = SpikeMonitor(cells, record=False)
    network = Network(board.objects, monitor)
    network.run(8 * second)
    before = monitor.num_spikes
    network.run(2 * second)
    rate = (monitor.num_spikes - before) / 50 / 2
    assert rate == pytest.approx(40, rel=0.25)  # the last steps go up and down by some codes
    assert board.core(0).codes["IF_DC_P"] != (0, 17) and len(kept.history) > 40


@pytest.mark.standalone
def test_tuning_finds_a_code_for_a_rate_and_leaves_all_else_as_it_was():
    set_device("brianhw")
    board = Board(serial=3, seed=1)
    source = PoissonGroup(50, 100 * Hz)
    cells = board.population(100)
    synapses = board.connect(source, cells, "AMPA", i=np.arange(100) % 50, j=np.arange(100), weight=5)
    monitor = SpikeMonitor(cells, record=False)
    network = Network(board.objects, source, monitor)
    network.run(100 * ms)
    states, before, spikes = cells.get_states(), board.core(0).codes, monitor.num_spikes
    tuned = board.tune(cells, 20 * Hz, vary=("Iampa_w0",), duration=1 * second)
    assert float(tuned.rate / Hz) == pytest.approx(20, rel=0.05)
    changed = {bias for bias, code in board.core(0).codes.items() if code != before[bias]}
    assert changed == {"PS_WEIGHT_EXC_F_N"} == set(tuned.codes)
    now = cells.get_states()
    assert all(np.array_equal(now[name], each) for name, each in states.items() if name not in ("Iampa_w0",))
    assert monitor.num_spikes == spikes
    network.run(1 * second)
    # a Poisson source is drawn anew: 4 standard errors of the mean of 100 correlated cells at 20 Hz
    assert (monitor.num_spikes - spikes) / 100 == pytest.approx(20, abs=3)
    assert (synapses.weight[:] == 5).all()


@pytest.mark.standalone
def test_tuning_stops_at_the_end_of_the_range_and_goes_on_with_the_next_bias():
    set_device("brianhw")
    board = Board(mismatch=None)
    cells = board.population(5)
    tuned = board.tune(cells, 50 * Hz, vary=("Isoma_ahp_w", "IF_DC_P"), duration=0.5 * second)
    assert tuned.at_limit == ("IF_AHW_P",)
    assert float(tuned.rate / Hz) == pytest.approx(50, rel=0.05) and "IF_DC_P" in tuned.codes
    never = board.tune(cells, 5000 * Hz, vary=("IF_DC_P",), duration=0.2 * second)
    assert never.at_limit == ("IF_DC_P",) and "ended at the end of the range" in str(never)


def test_tuning_says_what_it_cannot_tune():
    board = Board(mismatch=None)
    cells = board.population(2)
    with pytest.raises(UnknownNameError, match="Isoma_th"):
        board.tune(cells, 20 * Hz, vary=("Isoma_th",))
    with pytest.raises(UnitError):
        board.tune(cells, 20 * ms)
    with pytest.raises(ParameterError):
        board.tune(cells, 20 * Hz, duration=0 * ms)
    with pytest.raises(ParameterError, match="names no bias"):
        board.tune(cells, 20 * Hz, vary=())


@pytest.mark.parametrize("ask", ["tune", "keep_rate"])
def test_codes_follow_the_rate_of_whole_populations_only(ask):
    board = Board(mismatch=None)
    with pytest.raises(RequestError, match="codes are those of whole cores"):
        getattr(board, ask)(board.population(5)[1:3], 40 * Hz)


@pytest.mark.standalone
def test_learning_in_a_program_without_python_is_refused(tmp_path):
    set_device("cpp_standalone", directory=str(tmp_path / "program"))
    board = Board(mismatch=None)
    source, cells = PoissonGroup(5, 10 * Hz), board.population(5)
    synapses = board.connect(source, cells, "AMPA")
    board.learn(synapses, tau_plus=20 * ms, tau_minus=20 * ms, A_plus=0.1, A_minus=0.1)
    with pytest.raises(BrianObjectException) as caught:
        Network(board.objects, source).run(1 * ms)
    assert "a program without Python" in str(caught.value.__cause__)


def test_tuning_knows_the_names_that_sources_use():
    board = Board(mismatch=None)
    strength = TimedArray([50] * Hz, dt=1 * second)
    source, cells = PoissonGroup(3, rates="strength(t)"), board.population(3)
    board.connect(source, cells, "AMPA", j="i", weight=5)
    tuned = board.tune(cells, 0 * Hz, vary=("IF_DC_P",), duration=2 * ms, settle=0 * ms)
    assert float(tuned.rate) == 0
    del strength


def test_a_connection_learns_once():
    board = Board(mismatch=None)
    synapses = board.connect(PoissonGroup(2, 10 * Hz), board.population(2), "AMPA")
    rule = {"tau_plus": 20 * ms, "tau_minus": 20 * ms, "A_plus": 1, "A_minus": 1}
    board.learn(synapses, **rule)
    with pytest.raises(RequestError, match="learns already"):
        board.learn(synapses, **rule)


# -- what learns and keeps rates, when things around it change ---------------------------------------

LEARNING = {"tau_plus": 20 * ms, "tau_minus": 20 * ms, "A_plus": 0.1, "A_minus": 0.1, "seed": 1}


def test_pairs_that_a_rewiring_left_out_do_not_learn():
    board = Board(1, mismatch=None)
    source, cells = PoissonGroup(2, 10 * Hz), board.population(1)
    synapses = board.connect(source, cells, "AMPA", i=[0], j=[0])
    learning = board.learn(synapses, **LEARNING)
    synapses.rewire(i=[1], j=[0])
    learning.apply()
    learning.counted.change = 5
    learning.apply()
    assert live_pairs(synapses) == [(1, 0, 6)]


def test_a_synapse_without_a_word_learns_none_where_the_board_could_not_make_it():
    board = Board(mismatch=None)
    cell = board.population(1, chip=0, core=1)
    targets = [board.population(1, chip=chip, core=2) for chip in range(4)]
    for target in targets[:3]:
        board.connect(cell, target, "AMPA")
    fourth = board.connect(cell, targets[3], "AMPA", weight=0)
    learning = board.learn(fourth, **LEARNING)
    learning.counted.change = 3
    learning.apply()
    assert live_pairs(fourth) == [] and learning.counted.change[:].tolist() == [0]


def test_what_follows_something_is_off_the_board_with_it():
    board = Board(1, mismatch=None)
    source, cells, others = PoissonGroup(2, 10 * Hz), board.population(2), board.population(2)
    board.keep_rate(cells, 20 * Hz, "IF_DC_P")
    board.learn(board.connect(source, others, "AMPA"), **LEARNING)
    board.free(cells)
    board.free(next(iter(board.connections.values())))
    assert board.objects == [others]


def test_a_kept_rate_counts_anew_after_restoring():
    board = Board(1, mismatch=None)
    cells = board.population(2)
    board.bias(IF_DC_P=(3, 200))
    kept = board.keep_rate(cells, 40 * Hz, "IF_DC_P", every=10 * ms)
    network = Network(board.objects)
    network.store()
    network.run(30 * ms)
    first = list(kept.history)
    network.restore()
    network.run(30 * ms)
    assert kept.history == first and len(first) == 2


def test_what_keeps_a_rate_rests_while_codes_are_tuned():
    board = Board(1, mismatch=None)
    cells = board.population(1)
    kept = board.keep_rate(cells, 40 * Hz, "IF_DC_P", every=5 * ms)
    board.tune(cells, 20 * Hz, vary=("IF_DC_P",), duration=20 * ms, settle=0 * ms, tolerance=10.0)
    assert kept.history == []


@pytest.mark.parametrize(
    ("values", "message"), [({"rate": 0 * Hz}, "above 0 Hz"), ({"rate": 1 * Hz, "steps": 0}, "1 or more")]
)
def test_a_rate_that_cannot_be_kept_is_refused(values, message):
    board = Board(1, mismatch=None)
    with pytest.raises(ParameterError, match=message):
        board.keep_rate(board.population(1), bias="IF_DC_P", **values)
