"""Boards as files: what is saved comes back, and what is wrong in a file is said before anything is built."""

import copy
import json

import numpy as np
import pytest
from brian2 import Hz, PoissonGroup, SpikeGeneratorGroup, nA
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brianhw import Board
from brianhw.chips.mismatch import Mismatch
from brianhw.errors import ConfigurationError, RequestError


def example():
    board = Board(
        3, seed=1, monitoring=False, mismatch=Mismatch(4, 0.1, {"Csoma_mem": 0.05}), broken_words={(0, 1, 2): [7, 9]}
    )
    a = board.population(10, chip=0, core=1, first=0, name="a")
    b = board.population(300, spread=True, name="b")
    inputs = PoissonGroup(12, 10 * Hz, name="inputs")
    board.connect(inputs, a, "AMPA", p=0.3, weight=3, name="into")
    board.connect(a, b, "GABA_B", p=0.2, name="across")
    board.connect(inputs, b[20:30], "NMDA", i=[1, 2], j=[3, 4], name="part")
    board.give_addresses(inputs, np.arange(900, 912))
    a.use_second_leak([3])
    board.core((0, 1)).bias(IF_DC_P=(2, 9), Isoma_th=1.5 * nA)
    return board


def test_what_is_saved_comes_back(tmp_path):
    board = example()
    board.save(tmp_path / "board.json")
    again = Board.load(tmp_path / "board.json")
    assert again.to_dict() == board.to_dict()
    assert again.plan == board.plan
    for name, population in board.populations.items():
        states = again[name].get_states()
        for variable, values in population.get_states().items():
            assert np.array_equal(values, states[variable]), variable
    for name in ("into", "across"):  # "part" goes to a subgroup, whose neurons the file numbers over the population
        connection, other = board.connections[name], again.connections[name]
        for variable in ("i", "j", "weight"):
            assert np.array_equal(getattr(connection, variable)[:], getattr(other, variable)[:])


def test_sources_of_a_file_are_given_or_made_empty(tmp_path):
    example().save(tmp_path / "board.json")
    made = Board.load(tmp_path / "board.json").sources["inputs"]
    assert isinstance(made, SpikeGeneratorGroup) and len(made) == 12
    given = PoissonGroup(12, 5 * Hz, name="poisson")
    assert Board.load(tmp_path / "board.json", sources={"inputs": given}).sources == {"poisson": given}
    with pytest.raises(RequestError, match="'inputs' has 3 neurons; connection 'into' needs one of 12"):
        Board.load(tmp_path / "board.json", sources={"inputs": PoissonGroup(3, 5 * Hz)})


def test_a_file_is_plain_json_with_words_and_destinations(tmp_path):
    board = example()
    board.save(tmp_path / "board.json")
    data = json.loads((tmp_path / "board.json").read_text())
    assert data["format"] == "brianhw board" and data["version"] == 1
    words = [row for row in data["input_words"] if row[:3] == [0, 1, 2]]
    assert len(words) == board.plan.fan_in("a")[2] and not {row[3] for row in words} & {7, 9}
    assert {row[3] for row in data["destinations"]} <= {0, 1, 2}
    assert data["cores"]["C0c1"]["codes"]["IF_DC_P"] == [2, 9]


def test_a_file_has_the_event_that_each_chip_needs_for_a_spike_from_outside():
    board = Board(mismatch=None)
    inputs = PoissonGroup(3, 10 * Hz, name="inputs")
    for core, j in (("C0c1", 0), ("C0c3", 1), ("C2c0", 1)):
        board.connect(inputs, board.population(2, core=core), "AMPA", i=[1], j=[j])
    board.give_addresses(inputs, [700, 701, 702])
    assert board.to_dict()["events_from_outside"] == [["inputs", 1, 701, 0, [1, 3]], ["inputs", 1, 701, 2, [0]]]


def put(data, path, value):
    *parents, last = path
    for each in parents:
        data = data[each]
    data[last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["format"], "else", "is no board of brianhw"),
        (["version"], 2, "has version 2"),
        (["board", "chips"], 9, "1 to 4 chips, not 9"),
        (["board", "chips"], True, "board.chips must be a whole number"),
        (["board", "mismatch", "cv"], "x", "cv must be a number"),
        (["board", "mismatch", "cv"], float("nan"), "coefficient of variation"),
        (["board", "mismatch", "overrides"], {"Ut": 3}, "mismatch of Ut"),
        (["board", "broken_words"], [[0, 0, 0]], "rows .chip, core, neuron"),
        (["board", "broken_words"], [[0, 0, 0, [99]]], "from 0 to 63"),
        (["board", "broken_words"], [[{}, 0, 0, [1]]], "rows .chip, core, neuron"),
        (["board", "mismatch", "cv"], 10**400, "coefficient of variation"),
        (["board", "mismatch", "overrides"], {"Ut": "0.1"}, "overrides.Ut must be a number"),
        (["board", "bias_map"], "other", "another bias map"),
        (["cores", "C0c0", "parameters", "I0"], 10**400, "I0 must be a finite number"),
        (["sources", 0, "size"], 10**15, "size 1000000000000000 and 12 addresses"),
        (["connections", 0, "name"], "x y", "letters, digits and underscores"),
        (["cores", "C0c1", "codes", "IF_DC_P"], [9, 1], "coarse code"),
        (["cores", "C0c1", "codes", "IF_XX"], [1, 1], "each of the 25 biases"),
        (["cores", "C0c1", "parameters", "Isoma_th"], float("inf"), "must be a finite number"),
        (["cores", "C9c1"], {}, "no core C9c1"),
        (["populations", 0, "neurons"], [[0, 1, 0, 300]], r"populations\[0\].neurons\[0\] runs from 0 to 300"),
        (["populations", 0, "neurons"], [[0, 7, 0, 9]], r"populations\[0\].*no core \(0, 7\)"),
        (["populations", 0, "name"], 3, r"populations\[0\].name must be a text"),
        (["populations", 1, "neurons", 0], [0, 1, 0, 255], r"populations\[1\].*is taken by population 'a'"),
        (["sources", 0, "addresses"], [900] * 12, r"sources\[0\].*12 different whole numbers"),
        (["sources", 0, "addresses"], [900], r"sources\[0\] has size 12 and 1 addresses"),
        (["sources", 0, "size"], 5, "source_size is 12|is .* out of range|5"),
        (["connections", 0, "pre"], [99], r"connections\[0\]"),
        (["connections", 0, "words", 0], 65, r"connections\[0\].*would listen to"),
        (["connections", 0, "words", 0], 0.5, r"words\[0\] must be a whole number"),
        (["connections", 0, "type"], "XX", r"connections\[0\].*synapse type"),
        (["connections", 0, "target"], "nobody", "nobody"),
        (["input_words", 0, 4], 3, "'input_words' does not follow from the rest of the file: entry 0"),
        (["destinations"], [], "'destinations' does not follow"),
        (["events_from_outside", 0, 2], 3, "'events_from_outside' does not follow"),
        (["second_leak"], {"a": [10]}, "numbers from 0 to 9"),
        (["second_leak"], {"c": [0]}, "second_leak.c"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_and_nothing_is_built(tmp_path, path, value, message):
    data = copy.deepcopy(BOARD)
    put(data, path, value)
    (tmp_path / "board.json").write_text(json.dumps(data))
    with pytest.raises(ConfigurationError, match=message):
        Board.load(tmp_path / "board.json")


@pytest.mark.parametrize("key", ["board", "cores", "populations", "sources", "connections", "second_leak"])
def test_what_is_missing_in_a_file_is_said(tmp_path, key):
    data = copy.deepcopy(BOARD)
    del data[key]
    (tmp_path / "board.json").write_text(json.dumps(data))
    with pytest.raises(ConfigurationError, match=key):
        Board.load(tmp_path / "board.json")


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "[]", "null", "\x80", "1" * 5000])
def test_what_is_no_file_of_a_board_is_refused(tmp_path, text):
    (tmp_path / "board.json").write_text(text, encoding="latin-1")
    with pytest.raises(ConfigurationError):
        Board.load(tmp_path / "board.json")


def test_words_and_destinations_may_be_left_out(tmp_path):
    data = {name: each for name, each in BOARD.items() if name not in ("input_words", "destinations")}
    (tmp_path / "board.json").write_text(json.dumps(data))
    assert Board.load(tmp_path / "board.json").to_dict() == BOARD


BOARD = example().to_dict()


def places(data, path=()):
    """Return the paths to everything in nested data, lists by some of their entries."""
    items = data.items() if isinstance(data, dict) else enumerate(data[:2]) if isinstance(data, list) else ()
    for key, each in items:
        yield (*path, key)
        yield from places(each, (*path, key))


PLACES = sorted(places(BOARD), key=str)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES), st.sampled_from([None, -1, 3, 2**70, 0.5, "x", [], {}, [[1]], True, float("nan")]))
def test_a_file_that_was_changed_anywhere_gives_a_board_or_our_error(tmp_path, path, value):
    data = copy.deepcopy(BOARD)
    put(data, path, value)
    (tmp_path / "board.json").write_text(json.dumps(data))
    try:
        board = Board.load(tmp_path / "board.json")
    except ConfigurationError:
        return
    assert board.populations or data["populations"] == []


def test_biases_go_to_files_of_labs_and_come_back(tmp_path):
    board = example()
    for name in ("biases.json", "biases.txt"):
        board.save_biases(tmp_path / name)
        other = Board(3)
        other.load_biases(tmp_path / name)
        for core in range(12):
            assert other.core(core).codes == board.core(core).codes
    text = (tmp_path / "biases.txt").read_text()
    assert "C0c1:(IF_DC_P,2,9)" in text
