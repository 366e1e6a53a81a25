"""The map from bias codes to circuit parameters, and the nearest codes to what is wanted."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brianhw.chips.bias_codes import BiasCode, usable_codes
from brianhw.chips.bias_files import read_biases
from brianhw.chips.bias_lines import BiasLine
from brianhw.chips.bias_map import INTENTS, BiasMap, Realised, Silicon
from brianhw.chips.dynapse1 import BIASES
from brianhw.errors import BrianHWError, ParameterError, UnknownNameError
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS
from paths import DATA

MAP = BiasMap.load()
USUAL = MAP.usual_codes()
# all circuits on, so that each parameter moves with its bias
LIVELY = USUAL | {
    name: BiasCode(*code)
    for name, code in {
        "IF_AHTAU_N": (1, 80),
        "IF_AHTHR_N": (7, 80),
        "IF_AHW_P": (7, 80),
        "IF_CASC_N": (6, 80),
        "IF_DC_P": (2, 150),
        "NPDPII_THR_F_P": (4, 80),
        "NPDPII_THR_S_P": (4, 80),
        "PS_WEIGHT_INH_F_N": (7, 80),
        "PS_WEIGHT_INH_S_N": (7, 80),
    }.items()
}
SIMULATOR = {name: float(value) for name, value in SIMULATOR_DEFAULTS.items()}
PARAMETERS = sorted(line.parameter for line in MAP.lines if line.parameter)
TIME_CONSTANTS = {
    "membrane": ("Csoma_mem", "Isoma_dpi_tau"),
    "adaptation": ("Csoma_ahp", "Isoma_ahp_tau"),
    "AMPA": ("Campa", "Iampa_tau"),
    "NMDA": ("Cnmda", "Inmda_tau"),
    "GABA_A": ("Cgaba_a", "Igaba_a_tau"),
    "GABA_B": ("Cgaba_b", "Igaba_b_tau"),
}
WANTED = [(name, None) for name in PARAMETERS]
WANTED += [("time_constant", circuit) for circuit in (*TIME_CONSTANTS, "membrane_2")]
WANTED += [(what, circuit) for what in ("gain", "threshold_current") for circuit in TIME_CONSTANTS]
WANTED += [(w, circuit) for w in ("weight_current", "jump") for circuit in TIME_CONSTANTS if circuit != "membrane"]
WANTED += [("refractory_period", None), ("pulse_width", None)]


def bias_of(what: str, of: str | None) -> str:
    return MAP.code_for(what, MAP.value(what, LIVELY, of=of), LIVELY, of=of).bias


def over_codes(what: str, of: str | None) -> np.ndarray:
    return MAP.over_codes(what, LIVELY, of=of)


# -- the file of the package ------------------------------------------------------------------------


def test_the_map_has_a_line_for_each_bias_of_the_chip() -> None:
    assert {line.name for line in MAP.lines} == set(BIASES)


def test_each_line_says_where_its_numbers_are_from_and_how_far_to_trust_them() -> None:
    assert all(line.source and line.trust for line in MAP.lines)
    text = MAP.describe()
    assert all(line.name in text and line.trust in text for line in MAP.lines)


def test_each_line_sets_the_parameter_that_the_chips_table_of_biases_names() -> None:
    named = {name: bias.parameter for name, bias in BIASES.items() if bias.parameter}
    assert named == {line.name: line.parameter for line in MAP.lines if line.parameter}


def test_the_map_sets_parameters_that_the_neuron_has() -> None:
    assert set(MAP.parameters(USUAL)) < set(SIMULATOR)


def test_what_no_bias_sets_is_as_in_the_simulator() -> None:
    assert Silicon()._asdict() == {name: SIMULATOR[name] for name in Silicon._fields}


def test_the_usual_codes_are_those_of_the_labs_file() -> None:
    for codes in read_biases(DATA / "dynapse" / "biases" / "se1_lab_parameters.json").values():
        assert codes == USUAL


def test_a_map_is_equal_to_one_that_was_pickled() -> None:
    assert pickle.loads(pickle.dumps(MAP)) == MAP


# -- from codes to values ---------------------------------------------------------------------------


@pytest.mark.parametrize(("circuit", "names"), TIME_CONSTANTS.items())
def test_a_time_constant_is_that_of_the_equations(circuit: str, names: tuple[str, str]) -> None:
    values = MAP.parameters(LIVELY)
    expected = values[names[0]] * 0.025 / (0.705 * values[names[1]])
    assert MAP.value("time_constant", LIVELY, of=circuit) == pytest.approx(expected, rel=1e-12)


def test_a_leak_is_never_below_the_dark_current() -> None:
    dark = {name: BiasCode(0, 0) for name in BIASES}
    values = MAP.parameters(dark, silicon=Silicon(I0=3e-13))
    assert {values[leak] for _, leak in TIME_CONSTANTS.values()} == {3e-13}
    assert values["alpha_soma"] == 1  # the membrane's gain current neither


def test_all_codes_at_zero_give_values_that_the_neuron_accepts() -> None:
    values = MAP.parameters({name: BiasCode(0, 0) for name in BIASES})
    assert all(np.isfinite(value) and value >= 0 for value in values.values())


def test_neurons_on_the_second_leak_keep_the_threshold_current_of_the_first() -> None:
    one, two = MAP.parameters(LIVELY), MAP.parameters(LIVELY, second_leak=True)
    changed = {name for name in one if one[name] != two[name]}
    assert changed == {"Isoma_dpi_tau", "alpha_soma"}
    assert two["Isoma_dpi_tau"] == pytest.approx(2.4e-9, rel=1e-12)  # (7,255) by 1e-4
    assert two["alpha_soma"] * two["Isoma_dpi_tau"] == pytest.approx(one["alpha_soma"] * one["Isoma_dpi_tau"])


def test_a_pulse_charges_a_synapse_by_the_share_that_its_time_constant_leaves() -> None:
    pulse = MAP.value("pulse_width", LIVELY)
    tau = MAP.value("time_constant", LIVELY, of="AMPA")
    assert pulse == pytest.approx(0.5e-12 * 0.7 / LIVELY["PULSE_PWLK_P"].current, rel=1e-12)
    expected = 0.005 * LIVELY["PS_WEIGHT_EXC_F_N"].current * (1 - np.exp(-pulse / tau))
    assert MAP.parameters(LIVELY)["Iampa_w0"] == pytest.approx(expected, rel=1e-12)


def test_the_cascode_bounds_the_jump_of_adaptation_and_cuts_it_off_at_zero() -> None:
    def jump(code: tuple[int, int]) -> float:
        return MAP.value("jump", LIVELY | {"IF_CASC_N": BiasCode(*code)}, of="adaptation")

    assert jump((0, 0)) == 0
    assert 0.9 * 0.005 * BiasCode(2, 80).current < jump((2, 80)) < 0.005 * BiasCode(2, 80).current
    free = jump((7, 255))
    assert jump((2, 80)) < jump((3, 80)) < jump((6, 80)) < free


def test_a_core_without_a_code_for_some_bias_is_refused() -> None:
    codes = {name: code for name, code in USUAL.items() if name != "IF_DC_P"}
    with pytest.raises(ParameterError, match="25 biases; there is no code for IF_DC_P"):
        MAP.parameters(codes)


def test_a_code_of_no_bias_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'IF_DC_P'"):
        MAP.parameters(USUAL | {"IF_DC": BiasCode(0, 0)})


def test_a_wrong_code_is_named_with_its_bias() -> None:
    with pytest.raises(ParameterError, match=r"\(0, 300\).* given for IF_DC_P"):
        MAP.parameters({**USUAL, "IF_DC_P": (0, 300)})


# -- every code -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("what", "of"), WANTED)
def test_what_a_bias_sets_goes_one_way_with_its_code(what: str, of: str | None) -> None:
    steps = np.diff(over_codes(what, of))
    assert (steps >= 0).all() or (steps <= 0).all()
    moves = steps != 0
    assert moves[np.argmax(moves) :].all()  # standing still only below the dark current


def test_each_bias_with_an_effect_is_among_those_whose_codes_are_all_tried() -> None:
    tried = {bias_of(*wanted) for wanted in WANTED} | {"IF_CASC_N"}
    assert tried == set(BIASES) - {"R2R_P", "IF_BUF_P"}


def test_a_larger_cascode_code_never_lowers_the_jump_of_adaptation() -> None:
    codes = usable_codes()[0].tolist()
    jumps = [MAP.value("jump", LIVELY | {"IF_CASC_N": BiasCode(*code)}, of="adaptation") for code in codes]
    assert (np.diff(jumps) > 0).all()


@pytest.mark.parametrize("circuit", TIME_CONSTANTS)
def test_biases_act_in_the_direction_that_users_tune_by(circuit: str) -> None:
    assert over_codes("gain", circuit)[-1] > over_codes("gain", circuit)[0]
    assert over_codes("time_constant", circuit)[-1] < over_codes("time_constant", circuit)[0]  # more current, faster
    if circuit != "membrane":
        assert over_codes("weight_current", circuit)[-1] > over_codes("weight_current", circuit)[0]


@pytest.mark.parametrize("what", ["refractory_period", "pulse_width"])
def test_more_current_makes_a_duration_shorter(what: str) -> None:
    assert over_codes(what, None)[-1] < over_codes(what, None)[0]


@pytest.mark.parametrize("what", ["alpha_ampa", "alpha_soma", "Iampa_w0", "Isoma_ahp_w"])
def test_a_value_changes_by_no_more_than_a_code_changes_the_current(what: str) -> None:
    codes, currents = usable_codes()
    values = over_codes(what, None)
    above = np.flatnonzero((currents[:-1] > 0) & (values[:-1] > 0))
    # continuous over the coarse ranges: no step is larger than that of the current
    assert (values[above + 1] / values[above] <= currents[above + 1] / currents[above] * (1 + 1e-9)).all()


@pytest.mark.parametrize(("what", "of"), WANTED)
def test_all_codes_at_once_give_what_each_gives_alone(what: str, of: str | None) -> None:
    values, name = over_codes(what, of), bias_of(what, of)
    for number in range(0, len(values), 59):
        code = BiasCode(*usable_codes()[0][number].tolist())
        assert values[number] == pytest.approx(MAP.value(what, LIVELY | {name: code}, of=of), rel=1e-14)  # rounding


@pytest.mark.parametrize(("what", "of"), WANTED)
def test_the_search_finds_for_each_value_that_a_code_gives_a_code_that_gives_it(what: str, of: str | None) -> None:
    values = over_codes(what, of)
    for value in values[:: len(values) // 60]:
        found = MAP.code_for(what, value, LIVELY, of=of)
        assert found.realised == value and found.deviation == 0
        assert MAP.value(what, LIVELY | {found.bias: found.code}, of=of) == value
        assert MAP.code_for(what, found.realised, LIVELY, of=of).code == found.code


@given(st.sampled_from(WANTED), st.floats(0, 1))
def test_no_code_comes_nearer(wanted: tuple[str, str | None], share: float) -> None:
    what, of = wanted
    middle = MAP.code_for(what, MAP.value(what, LIVELY, of=of), LIVELY, of=of)  # for the range
    asked = middle.low + share * (middle.high - middle.low)
    found = MAP.code_for(what, asked, LIVELY, of=of)
    values = over_codes(what, of)
    assert abs(found.realised - asked) == np.abs(values - asked).min()
    assert (found.low, found.high) == (values.min(), values.max())


# -- what is asked for ------------------------------------------------------------------------------


def test_a_time_constant_finds_the_code_of_its_circuits_leak() -> None:
    found = MAP.code_for("time_constant", 10e-3, USUAL, of="AMPA")
    assert (found.bias, found.asked) == ("NPDPIE_TAU_F_P", 10e-3)
    assert found.realised == pytest.approx(10e-3, rel=0.01)  # a step is at most one in 32, here one in 210


@pytest.mark.parametrize(
    ("what", "of", "bias"),
    [
        ("time_constant", "membrane_2", "IF_TAU2_N"),
        ("gain", "membrane", "IF_THR_N"),
        ("threshold_current", "GABA_B", "NPDPII_THR_S_P"),
        ("weight_current", "NMDA", "PS_WEIGHT_EXC_S_N"),
        ("jump", "adaptation", "IF_AHW_P"),
        ("refractory_period", None, "IF_RFR_N"),
        ("pulse_width", None, "PULSE_PWLK_P"),
        ("Isoma_const", None, "IF_DC_P"),
    ],
)
def test_an_intent_is_set_by_the_bias_of_its_circuit(what: str, of: str | None, bias: str) -> None:
    assert bias_of(what, of) == bias


def test_a_jump_is_the_gain_times_the_current_of_a_word() -> None:
    found = MAP.code_for("jump", 400e-12, LIVELY, of="GABA_B")
    values = MAP.parameters(LIVELY | {found.bias: found.code})
    assert found.realised == pytest.approx(values["alpha_gaba_b"] * values["Igaba_b_w0"], rel=1e-12)


def test_what_was_found_is_said_with_its_unit() -> None:
    found = Realised("IF_TAU1_N", BiasCode(4, 181), 0.02, 0.0199835, 2.95508e-05, 0.0709220, "s")
    assert str(found) == "20 ms with IF_TAU1_N (4, 181); 20 ms was asked for, 29.6 us to 70.9 ms are in reach"
    assert "12 pA was asked for, 0 A to" in str(MAP.code_for("jump", 12e-12, USUAL, of="AMPA"))
    assert "; 4 was asked for, " in str(MAP.code_for("gain", 4.0, USUAL, of="membrane"))


def test_the_largest_time_constant_is_at_the_code_where_the_dark_current_takes_over() -> None:
    longest = MAP.code_for("Iampa_tau", 1e-12, USUAL)
    assert longest.code == (0, 17)  # 1 pA


def test_the_end_of_the_range_is_in_reach_and_beyond_it_the_range_is_said() -> None:
    end = MAP.code_for("refractory_period", 3.5e-3, USUAL).low
    assert MAP.code_for("refractory_period", end, USUAL).code == (7, 255)
    said = r"IF_RFR_N sets refractory_period of membrane from 3\.65 us to 1\.05 s; 3\.28 us was asked for"
    with pytest.raises(ParameterError, match=said):
        MAP.code_for("refractory_period", 0.9 * end, USUAL)


def test_a_value_that_other_biases_keep_out_of_reach_names_them() -> None:
    with pytest.raises(ParameterError, match=r"with IF_AHTHR_N .*IF_CASC_N \(0, 0\)\. Change the other biases first"):
        MAP.code_for("Isoma_ahp_w", 1e-12, USUAL)


@pytest.mark.parametrize("value", [-1e-12, float("nan"), float("inf"), "1", None, True])
def test_what_is_no_value_is_refused(value: Any) -> None:
    with pytest.raises(ParameterError, match="Iampa_tau takes a finite number from 0 up"):
        MAP.code_for("Iampa_tau", value, USUAL)


@pytest.mark.parametrize(
    ("what", "of", "said"),
    [
        ("time_constants", "AMPA", "Did you mean 'time_constant'"),
        ("time_constant", None, "of which circuit\\? Give of=, one of .*AMPA"),
        ("time_constant", "AMPAR", "Did you mean 'AMPA'"),
        ("weight_current", "membrane", "no circuit with a weight_current, 'membrane'"),
        ("Iampa_tau", "AMPA", "leave out of='AMPA'"),
        ("Isoma_th", None, "no parameter or intent 'Isoma_th'"),
    ],
)
def test_what_no_bias_sets_is_refused(what: str, of: str | None, said: str) -> None:
    with pytest.raises((ParameterError, UnknownNameError), match=said):
        MAP.code_for(what, 1e-12, USUAL, of=of)


def test_each_intent_can_be_asked_for() -> None:
    assert {what for what, _ in WANTED} == {*PARAMETERS, *INTENTS}


# -- a whole set ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def defaults() -> dict[str, Realised]:
    return MAP.nearest_codes(SIMULATOR, USUAL)


def test_the_simulators_defaults_are_all_in_reach(defaults: dict[str, Realised]) -> None:
    assert {name for name, found in defaults.items() if not found.reached} == set()
    assert {MAP.by_name[name].parameter for name in defaults} == {*PARAMETERS, None}  # and the cascode


@pytest.mark.parametrize(("circuit", "names"), TIME_CONSTANTS.items())
def test_the_simulators_time_constants_stay_with_the_capacitances_of_the_map(
    defaults: dict[str, Realised], circuit: str, names: tuple[str, str]
) -> None:
    values = MAP.parameters(USUAL | {name: found.code for name, found in defaults.items()})
    capacitance, leak = names
    asked, found = SIMULATOR[capacitance] / SIMULATOR[leak], values[capacitance] / values[leak]
    assert found == pytest.approx(asked, rel=1 / 64)  # half of the coarsest step, one in 32


@pytest.mark.parametrize("name", [name for name in PARAMETERS if "tau" not in name])
def test_the_simulators_other_values_stay(defaults: dict[str, Realised], name: str) -> None:
    values = MAP.parameters(USUAL | {bias: found.code for bias, found in defaults.items()})
    assert values[name] == pytest.approx(SIMULATOR[name], rel=1 / 32)  # the coarsest step


def test_codes_come_back_from_the_parameters_that_they_give() -> None:
    again = MAP.nearest_codes(MAP.parameters(LIVELY), LIVELY)
    codes = LIVELY | {name: found.code for name, found in again.items()}
    assert {name for name in codes if codes[name] != LIVELY[name]} <= {"IF_CASC_N", "IF_AHW_P"}  # the cascode opens
    before, after = MAP.parameters(LIVELY), MAP.parameters(codes)
    assert after == {name: pytest.approx(value, rel=1 / 64) for name, value in before.items()}  # half a step of AHW


def test_a_value_beyond_the_codes_takes_the_last_and_says_so() -> None:
    found = MAP.nearest_codes({"Isoma_const": 1e-3}, USUAL)["IF_DC_P"]
    assert found.code == (7, 255) and not found.reached
    assert found.deviation == pytest.approx(24e-6 / 1e-3 - 1)


def test_a_capacitance_of_zero_is_refused() -> None:
    with pytest.raises(ParameterError, match="Campa must be above 0"):
        MAP.nearest_codes({"Iampa_tau": 2e-12, "Campa": 0}, USUAL)


# -- a lab's own file -------------------------------------------------------------------------------


def lab_file(folder: Path, text: str, head: str = "format = 1\n") -> Path:
    file = folder / "mine.toml"
    file.write_text(head + text, encoding="utf-8")
    return file


def test_a_labs_file_replaces_the_numbers_that_it_gives_and_no_others(tmp_path: Path) -> None:
    text = '[IF_TAU1_N]\nfactor = 2e-4\nsource = "measured on board 12"\n'
    mine = BiasMap.load(lab_file(tmp_path, text))
    changed = [line for line in mine.lines if line not in MAP.lines]
    assert [line.name for line in changed] == ["IF_TAU1_N"]
    assert (changed[0].factor, changed[0].capacitance) == (2e-4, 2e-12)
    assert (changed[0].source, changed[0].trust) == ("measured on board 12", "as its source says")
    assert mine.value("time_constant", USUAL, of="membrane") == pytest.approx(
        MAP.value("time_constant", USUAL, of="membrane") / 2, rel=1e-12
    )


def test_what_a_lab_has_measured_is_no_longer_assumed(tmp_path: Path) -> None:
    text = '[IF_TAU1_N]\nfactor = 2e-4\nsource = "measured on board 12"\n'
    assert set(MAP.assumed) - set(BiasMap.load(lab_file(tmp_path, text)).assumed) == {"IF_TAU1_N"}


def test_a_copy_of_the_packages_file_is_a_labs_file(tmp_path: Path) -> None:
    from brianhw.chips.bias_lines import SHIPPED

    assert BiasMap.load(lab_file(tmp_path, SHIPPED.read_text(encoding="utf-8"), head="")) == MAP


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[IF_TAU1_N]\nfactor = 0\nsource = "me"', "IF_TAU1_N: factor must be a number above 0, not 0"),
        ('[IF_TAU1_N]\nfactor = nan\nsource = "me"', "IF_TAU1_N: factor must be a number above 0, not nan"),
        ('[IF_TAU1_N]\nfactor = "1e-4"\nsource = "me"', "IF_TAU1_N: factor must be a number above 0, not '1e-4'"),
        ('[IF_TAU1_N]\nfactor = true\nsource = "me"', "IF_TAU1_N: factor must be a number above 0, not True"),
        ("[IF_TAU1_N]\nfactor = 1e-4", "IF_TAU1_N gives no source"),
        ('[IF_TAU1_N]\nsource = " "', "IF_TAU1_N: source must be a text"),
        ('[IF_TAU1_N]\nfactr = 1\nsource = "me"', "IF_TAU1_N has no key 'factr'. .* factor, capacitance_pF, source"),
        ('[IF_TAU1_N]\nvoltage_V = 1\nsource = "me"', "IF_TAU1_N has no key 'voltage_V'"),
        ('[IF_TAU1_N]\nlaw = "gain"\nsource = "me"', "IF_TAU1_N: law is 'leak' on this chip, not 'gain'"),
        ('[IF_TAU_N]\nsource = "me"', "'IF_TAU_N'. Did you mean"),
        ("IF_TAU1_N = 1e-4", "IF_TAU1_N must be a section"),
        ("[IF_TAU1_N\n", "is not TOML: .*line 2"),
    ],
)
def test_a_wrong_file_of_a_lab_is_named_with_bias_and_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BrianHWError, match=f"mine.toml.*{said}"):
        BiasMap.load(lab_file(tmp_path, text))


@pytest.mark.parametrize("head", ["", "format = 2\n", "format = true\n", 'format = "1"\n'])
def test_a_file_of_another_format_is_refused(tmp_path: Path, head: str) -> None:
    with pytest.raises(ParameterError, match="begins with 'format = 1'"):
        BiasMap.load(lab_file(tmp_path, "", head))


def test_a_line_that_two_maps_share_cannot_be_changed() -> None:
    line: BiasLine = MAP.lines[0]
    with pytest.raises(AttributeError):
        line.factor = 2.0  # type: ignore[misc]
