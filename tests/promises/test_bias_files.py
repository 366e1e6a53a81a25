"""Labs' files of biases: what is written is read again, and what is wrong is named with its place."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brianhw.chips.bias_codes import BiasCode
from brianhw.chips.bias_files import biases_as_text, biases_from_text, read_biases, write_biases
from brianhw.chips.dynapse1 import BIASES
from brianhw.errors import BrianHWError, ParameterError, UnknownNameError
from paths import DATA

LAB = DATA / "dynapse" / "biases" / "se1_lab_parameters.json"
CODES = st.builds(BiasCode, st.integers(0, 7), st.integers(0, 255))
CORES = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.dictionaries(st.sampled_from(sorted(BIASES)), CODES, min_size=1),
    min_size=1,
)


def test_a_labs_json_file_gives_all_25_codes_of_all_16_cores() -> None:
    found = read_biases(LAB)
    assert set(found) == {(chip, core) for chip in range(4) for core in range(4)}
    assert all(set(codes) == set(BIASES) for codes in found.values())
    assert found[3, 2]["IF_THR_N"] == (5, 80)


@given(CORES, st.sampled_from(["lines", "json"]))
def test_what_is_written_is_read_again(codes: Any, form: Any) -> None:
    assert biases_from_text(biases_as_text(codes, form)) == codes


@pytest.mark.parametrize("name", ["board.txt", "board.json", "board"])
def test_a_whole_board_goes_through_a_file_of_either_form(tmp_path: Path, name: str) -> None:
    board = read_biases(LAB)
    write_biases(tmp_path / name, board)
    assert read_biases(tmp_path / name) == board


def test_lines_are_as_the_helper_writes_them() -> None:
    codes = {(1, 2): {"IF_THR_N": (5, 80), "IF_AHTAU_N": (4, 80)}}
    assert biases_as_text(codes) == "C1c2:(IF_AHTAU_N,4,80)\nC1c2:(IF_THR_N,5,80)\n"


def test_json_has_the_keys_that_the_helper_reads() -> None:
    (entry,) = json.loads(biases_as_text({(1, 2): {"IF_THR_N": (5, 80)}}, "json"))["parameters"]
    assert entry == {"chip": 1, "core": 2, "parameter_name": "IF_THR_N", "coarse_value": 5, "fine_value": 80}


def test_spaces_empty_lines_and_windows_line_ends_do_no_harm() -> None:
    assert biases_from_text("\r\n C0 c3 : ( IF_DC_P , 1 , 200 ) \r\n\r\n") == {(0, 3): {"IF_DC_P": (1, 200)}}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("C0c0:(IF_AHTAU_N,4)", r"line 2: 'C0c0:\(IF_AHTAU_N,4\)' is no bias. A line is C0c0:\(IF_AHTAU_N,4,80\)"),
        ("C0c0:(IF_AHTAU_N,4,80) # mine", "line 2: .* is no bias"),
        ("C0c0:(IF_AHTAU_N,4,1+1)", "line 2: .* is no bias"),
        ("C0c0:(IF_AHTAU_N,-4,80)", "line 2: .* is no bias"),
        ("C4c0:(IF_AHTAU_N,4,80)", "line 2: a chip is a whole number from 0 to 3, not 4"),
        ("C0c4:(IF_AHTAU_N,4,80)", "line 2: a core is a whole number from 0 to 3, not 4"),
        ("C0c0:(IF_AHTAU_N,8,80)", r"line 2: IF_AHTAU_N: .* coarse code from 0 to 7 .*, not \(8, 80\)"),
        ("C0c0:(IF_AHTAU_N,4,256)", "line 2: IF_AHTAU_N: .* fine code from 0 to 255"),
        ("C0c0:(IF_AHTAU_N,80,4)", r"line 2: IF_AHTAU_N: .* did you mean \(4, 80\)"),
        ("C0c0:(IF_DC_P,4,80)", "line 2: IF_DC_P of chip 0, core 0 was given already in line 1"),
    ],
)
def test_a_wrong_line_is_named_with_file_and_line(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "mine.txt"
    file.write_text(f"C0c0:(IF_DC_P,0,0)\n{line}\n", encoding="utf-8")
    with pytest.raises(ParameterError, match=f"mine.txt, {said}"):
        read_biases(file)


def test_an_unknown_bias_is_named_with_the_nearest_known_one() -> None:
    with pytest.raises(UnknownNameError, match="mine.txt, line 1: DYNAP-SE1 has no bias 'IF_AHTAU'. Did you mean"):
        biases_from_text("C0c0:(IF_AHTAU,4,80)", "mine.txt")


GOOD = {"chip": 0, "core": 0, "name": "IF_DC_P", "coarse": 0, "fine": 3}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({**GOOD, "fine": 3.0}, "entry 1: IF_DC_P: .* whole numbers"),
        ({**GOOD, "fine": "3"}, "entry 1: IF_DC_P: .* whole numbers"),
        ({**GOOD, "fine": True}, "entry 1: IF_DC_P: .* whole numbers"),
        ({**GOOD, "chip": "0"}, "entry 1: a chip is a whole number from 0 to 3, not '0'"),
        ({**GOOD, "core": None}, "entry 1: a core is a whole number from 0 to 3, not None"),
        ({**GOOD, "fines": 3}, "entry 1: .* is no bias. An entry has the keys chip, core, parameter_name"),
        ({key: GOOD[key] for key in ("chip", "core", "name")}, "entry 1: .* is no bias"),
        ({**GOOD, "fine_value": 3}, "entry 1: .* is no bias"),
        ([0, 0, "IF_DC_P", 0, 3], "entry 1: .* is no bias"),
    ],
)
def test_a_wrong_entry_of_json_is_named_with_its_number(entry: Any, said: str) -> None:
    with pytest.raises(ParameterError, match=f"mine.json, {said}"):
        biases_from_text(json.dumps({"parameters": [entry]}), "mine.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"parameters": [\n{"chip": 0,}]}', "mine, line 2: this is not JSON"),
        ("[]", "sets no bias"),
        ('{"parameters": {}}', 'a list, by itself or under "parameters"'),
        ("[" * 100_000, "not JSON of biases"),
        ('{"parameters": [{"chip": 0, "chip": 1}]}', "a key is there twice"),
        ('{"parameters": []}', "sets no bias"),
        ("", "sets no bias"),
    ],
)
def test_a_text_that_holds_no_biases_is_refused(text: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        biases_from_text(text, "mine")


@given(st.text() | st.text('C0c1:(IF_DC_P,4)\n {}[]"parameters', max_size=60))
def test_any_other_text_is_refused_with_an_error_of_ours(text: str) -> None:
    with contextlib.suppress(BrianHWError):
        assert biases_from_text(biases_as_text(found := biases_from_text(text))) == found


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_bytes(b"C0c0:(IF_DC_P,\xff")
    with pytest.raises(ParameterError, match="mine.txt is no text in UTF-8"):
        read_biases(tmp_path / "mine.txt")


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ({(4, 0): {"IF_DC_P": (0, 0)}}, "chip is a whole number from 0 to 3"),
        ({}, "no code to write"),
        ({0: {"IF_DC_P": (0, 0)}}, r"go by \(chip, core\)"),
        ({(0, 0): {"IF_DC_P": (0, 256)}}, "IF_DC_P: .* fine code"),
        ({(0, 0): {"IF_DC": (0, 0)}}, "has no bias 'IF_DC'"),
    ],
)
def test_what_no_board_has_is_not_written(tmp_path: Path, codes: Any, said: str) -> None:
    file = tmp_path / "mine.txt"
    with pytest.raises((ParameterError, UnknownNameError), match=said):
        write_biases(file, codes)
    assert not file.exists()


def test_a_form_that_no_lab_uses_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="has no format of bias files 'yaml'"):
        biases_as_text({(0, 0): {"IF_DC_P": (0, 0)}}, "yaml")  # type: ignore[arg-type]
