"""Biases of a board, set by codes, currents, parameters and intents; temperature; the second leak."""

import numpy as np
import pytest
from brian2 import Network, amp, kelvin, ms, mV, nA, pA, pF, second, uA

from brianhw import Board
from brianhw.chips.bias_codes import BiasCode
from brianhw.errors import ParameterError, UnitError, UnknownNameError


@pytest.fixture
def board():
    return Board(mismatch=None)


def test_a_board_begins_near_the_parameters_of_the_simulator():
    core = Board().core(0)
    for bias, each in core.asked.items():
        # half a step of the coarsest place of the scale in use, 1 in 32 codes, through a gain and its leak
        assert abs(each.deviation) < 2 / 64, bias
        assert each.code == core.codes[bias]
    assert len(core.codes) == 25


def test_time_constants_stay_though_capacitances_are_the_silicons(board):
    cells = board.population(1)
    kappa, voltage = 0.705, 25 * mV
    for capacitance, leak, tau in (
        (cells.Csoma_mem, cells.Isoma_dpi_tau, 14.18),
        (cells.Campa, cells.Iampa_tau, 3.55),
        (cells.Cnmda, cells.Inmda_tau, 35.46),
    ):
        assert float((capacitance * voltage / (kappa * leak) / ms)[0]) == pytest.approx(tau, rel=0.02)  # steps of codes


def test_a_bias_can_be_set_by_code_by_current_by_parameter_and_by_what_is_meant(board):
    core, cells = board.core("C1c2"), board.population(3, chip=1, core=2)
    core.bias(IF_DC_P=(1, 200))
    assert float(cells.Isoma_const[0]) == pytest.approx(105e-12 * 200 / 255, rel=1e-12)
    core.bias(PS_WEIGHT_EXC_F_N=1 * uA)
    assert core.codes["PS_WEIGHT_EXC_F_N"] == (6, 80)  # 3.2 uA x 80/255 = 1.004 uA, 79 gives 0.991
    core.bias(Isoma_const=1 * nA)
    assert core.codes["IF_DC_P"] == (3, 39)  # 6.5 nA x 39/255 = 0.994 nA
    assert core.asked["IF_DC_P"].asked == 1e-9
    found = core.time_constant("AMPA", 10 * ms)
    tau = cells.Campa * cells.Ut / (0.705 * cells.Iampa_tau)
    assert float((tau / second)[0]) == pytest.approx(found.realised, rel=1e-12)
    assert found.realised == pytest.approx(0.010, rel=1 / 64)
    assert core.refractory(2 * ms).realised == pytest.approx(float((cells.soma_refP / second)[0]), rel=1e-12)
    assert core.gain("NMDA", 3).realised == pytest.approx(float(cells.alpha_nmda[0]), rel=1e-12)
    jump = core.weight("AMPA", 500 * pA)
    assert float((cells.Iampa_w0 * cells.alpha_ampa / amp)[0]) == pytest.approx(jump.realised, rel=1e-9)


def test_a_gain_is_a_ratio_to_its_leak_so_that_it_changes_with_the_leaks_code(board):
    core, cells = board.core(0), board.population(1)
    before, leak = float(cells.alpha_ampa[0]), float((cells.Iampa_tau / amp)[0])
    core.time_constant("AMPA", 7 * ms)
    assert float(cells.alpha_ampa[0]) == pytest.approx(before * leak / float((cells.Iampa_tau / amp)[0]), rel=1e-12)
    assert "NPDPIE_THR_F_P" not in core.asked  # it is no longer what was asked for


def test_several_parameters_at_once_are_met_together(board):
    core, cells = board.core(0), board.population(1)
    core.bias(Iampa_tau=100 * pA, alpha_ampa=2)
    assert float(cells.alpha_ampa[0]) == pytest.approx(2, rel=1 / 64)
    assert float((cells.Iampa_tau / pA)[0]) == pytest.approx(100, rel=1 / 64)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"IF_DC_P": (8, 0)}, ParameterError, "coarse code from 0 to 7"),
        ({"IF_DC_P": 3 * mV}, UnitError, "takes a code .coarse, fine. or a current"),
        ({"IF_DC_P": 3 * ms}, UnitError, "refractory, time_constant and pulse_width"),
        ({"IF_DC_P": 1 * amp}, ParameterError, "codes give IF_DC_P from 0 to 24 uA"),
        ({"IF_DC_P": 1e-9}, ParameterError, "a current with its unit"),
        ({"IF_DC": (1, 1)}, UnknownNameError, "Did you mean 'IF_DC_P'"),
        ({"if_dc_p": (1, 1)}, UnknownNameError, "Did you mean 'IF_DC_P'"),
        ({"isoma_th": 1 * nA}, UnknownNameError, "Did you mean 'Isoma_th'"),
        ({"VDD": (1, 1)}, UnknownNameError, "Known: IF_AHTAU_N, .*R2R_P"),
        ({"Isoma_dpi_tau": 1 * uA}, ParameterError, "IF_TAU1_N sets Isoma_dpi_tau .*to 2.4 nA"),
        ({"Isoma_dpi_tau": 3 * mV}, UnitError, "Isoma_dpi_tau"),
        ({"Campa": 2 * pF}, ParameterError, "'Campa' is the silicon's"),
        ({"IF_DC_P": (1, 1), "Isoma_th": -1 * pA}, ParameterError, "Isoma_th"),
    ],
)
def test_what_cannot_be_set_is_refused_and_nothing_has_changed(board, values, error, message):
    core, cells = board.core(0), board.population(2)
    before, states = core.settings(), cells.get_states(units=False)
    with pytest.raises((error, ValueError, TypeError), match=message) as caught:
        core.bias(**values)
    assert core.settings() == before
    assert all(np.array_equal(each, states[name]) for name, each in cells.get_states(units=False).items())
    assert not isinstance(caught.value, AssertionError)


def test_a_bias_written_as_an_attribute_is_refused(board):
    with pytest.raises(AttributeError, match=r"bias\(IF_DC_P=\(1, 200\)\)"):
        board.core(0).IF_DC_P = (1, 200)


def test_an_intent_out_of_reach_says_what_is_in_reach(board):
    with pytest.raises(ParameterError, match=r"from 3.65 us to 1.05e?\+?\d* s|from .* to .*; 3 s was asked for"):
        board.core(0).refractory(3 * second)
    with pytest.raises(UnknownNameError, match="circuit"):
        board.core(0).time_constant("soma", 3 * ms)
    with pytest.raises(UnitError):
        board.core(0).time_constant("AMPA", 3 * pA)


def test_adaptation_is_switched_on_in_one_call(board):
    core, cells = board.core(0), board.population(1)
    core.bias(IF_CASC_N=(0, 0))
    assert float(cells.Isoma_ahp_w[0]) == 0
    found = core.adaptation(100 * ms, 20 * pA)
    assert core.codes["IF_CASC_N"] == (7, 255)
    jump = float((cells.Isoma_ahp_w * cells.alpha_ahp / pA)[0])
    assert jump == pytest.approx(20, rel=0.02)  # a step of codes
    assert found["IF_AHTAU_N"].realised == pytest.approx(0.1, rel=0.02)


def test_neurons_with_the_second_leak_leak_with_it_and_the_others_do_not():
    board = Board(serial=2)
    cells = board.population(5)
    before = np.array(cells.Isoma_dpi_tau)
    cells.use_second_leak([1, 3])
    assert cells.uses_second_leak.tolist() == [False, True, False, True, False]
    board.core(0).bias(IF_TAU2_N=(4, 80))
    leak = cells.Isoma_dpi_tau / cells.mismatch("Isoma_dpi_tau")
    assert np.allclose(leak[[1, 3]] / pA, 1.5686, rtol=1e-3)  # 50 nA x 80/255 x 1e-4
    assert np.array_equal(np.array(cells.Isoma_dpi_tau)[[0, 2, 4]], before[[0, 2, 4]])
    ratio = (cells.alpha_soma * cells.Isoma_dpi_tau) / (
        cells.mismatch("alpha_soma") * cells.mismatch("Isoma_dpi_tau") * amp
    )
    assert np.allclose(ratio, ratio[0], rtol=1e-12)  # the gain's own current is the same
    cells.use_second_leak([1, 3], on=False)
    assert np.array_equal(np.array(cells.Isoma_dpi_tau), before)


def test_a_second_leak_at_its_maximum_silences(board):
    cells = board.population(2)
    board.core(0).bias(IF_DC_P=(3, 100))
    cells.use_second_leak([0])
    from brian2 import SpikeMonitor

    monitor = SpikeMonitor(cells)
    Network(board.objects, monitor).run(100 * ms)
    assert monitor.count[0] == 0 and monitor.count[1] > 5


def test_the_thermal_voltage_and_the_dark_current_follow_the_temperature():
    cold, warm = Board(temperature=290 * kelvin), Board(temperature=300 * kelvin)
    one, other = cold.core(0), warm.core(0)
    assert float(other.value("Ut")) / float(one.value("Ut")) == pytest.approx(300 / 290, rel=1e-9)
    assert float(one.value("Ut")) == pytest.approx(1.380649e-23 * 290 / 1.602176634e-19, rel=1e-9)
    # exp(-kappa V_T0/U_T) with 0.705 and 0.5 V: closed form
    k, q = 1.380649e-23, 1.602176634e-19
    expected = np.exp(-0.705 * 0.5 * q / k * (1 / 300 - 1 / 290))
    assert float(other.value("I0") / one.value("I0")) == pytest.approx(expected, rel=1e-9)
    assert one.codes == other.codes
    assert float(warm.temperature) == pytest.approx(300, rel=1e-12)
    cold.temperature = 310 * kelvin
    assert float(cold.temperature) == pytest.approx(310, rel=1e-12)
    with pytest.raises(ParameterError, match="233 to 398 kelvin"):
        cold.set_temperature(25 * kelvin)


def test_store_and_restore_bring_biases_back(board):
    cells = board.population(2)
    network = Network(board.objects)
    network.store()
    before, leak = board.core(0).settings(), np.array(cells.Isoma_dpi_tau)
    board.core(0).bias(IF_TAU1_N=(4, 100), Isoma_th=1 * nA)
    cells.use_second_leak()
    network.restore()
    assert board.core(0).settings() == before
    assert np.array_equal(np.array(cells.Isoma_dpi_tau), leak) and not cells.uses_second_leak.any()


def test_a_board_with_other_silicon_has_other_factors_at_once():
    board = Board(serial=1)
    cells = board.population(20)
    first = np.array(cells.Iampa_w0)
    board.serial = 2
    assert not np.isclose(np.array(cells.Iampa_w0) / first, 1, rtol=1e-6).any()
    assert np.array_equal(cells.Iampa_w0, Board(serial=2).population(20, name="again").Iampa_w0)
    board.serial = 1
    assert np.array_equal(np.array(cells.Iampa_w0), first)


@pytest.mark.standalone
def test_a_network_on_other_silicon_is_not_prepared_again(on_device, compiled_quickly):
    board = Board(serial=1)
    cells = board.population(20)
    factors = cells.mismatch("Iampa_w0")
    network = Network(cells)
    network.run(0 * ms)
    plan = network._brianhw_plan
    board.serial = 2
    network.run(1 * ms)
    assert network._brianhw_plan is plan
    assert np.array_equal(factors, Board(serial=1).population(20, name="again").mismatch("Iampa_w0"))  # a copy


def test_the_summary_shows_codes_and_what_is_not_as_it_was_asked():
    board = Board()
    board.population(3, chip=1, core=2)
    board.population(3, chip=0, core=0)
    board.core("C1c2").bias(Isoma_const=0.031 * pA)
    summary = board.summary()
    text = str(summary)
    assert "all cores in use: " in text and "chip 1 core 2: IF_DC_P (0,1)" in text
    assert "IF_DC_P gives 5.882e-14 where 3.1e-14 was asked for (+89.8%)" in text.replace("\n    ", " ")
    rows = {row["name"]: row for row in summary.to_dict()["cores"]}
    assert rows["chip 1 core 2"]["codes"]["IF_DC_P"] == [0, 1]
    assert rows["chip 1 core 2"]["asked"]["IF_DC_P"]["asked"] == 3.1e-14
    assert rows["chip 3 core 3"]["codes"] == {}
    assert "IF_DC_P" in summary._repr_html_()
    assert text.endswith("\n\nclosest to its limit: neurons of chip 0 core 0, 3 of 256")


def test_codes_that_are_tuples_of_numpy_are_codes(board):
    board.core(0).bias(IF_DC_P=np.array([1, 200]))
    assert board.core(0).codes["IF_DC_P"] == BiasCode(1, 200)


def test_a_bias_can_be_written_as_labs_write_it(board):
    core, cells = board["C1c2"], board.population(2, chip=1, core=2)
    core.bias("IF_DC_P", 1, 200)
    core.bias("IF_TAU1_N", (4, 80), IF_RFR_N=(4, 128))
    assert board.codes["C1c2"]["IF_DC_P"] == (1, 200) and board.codes["C0c0"]["IF_DC_P"] == (0, 17)
    assert core.codes["IF_TAU1_N"] == (4, 80) and core.codes["IF_RFR_N"] == (4, 128)
    assert cells.cores == (core,) and "chip 1 core 2" in repr(core)
    board.bias("IF_DC_P", 0, 0)
    assert {codes["IF_DC_P"] for codes in board.codes.values()} == {(0, 0)}
    with pytest.raises(ParameterError, match="a bias is given as"):
        core.bias("IF_DC_P", 1, 2, 3)
    with pytest.raises(UnknownNameError):
        board["C9c9"]


def test_a_weight_without_gain_says_which_bias_is_off(board):
    core = board.core(0)
    core.bias(NPDPII_THR_F_P=(0, 0))
    with pytest.raises(ParameterError, match=r"gives no jump of GABA_A.*with NPDPII_THR_F_P \(0, 0\)"):
        core.weight("GABA_A", 10 * pA)


def test_a_current_beyond_all_codes_is_refused(board):
    before = board.core(0).codes
    with pytest.raises(ParameterError, match="codes give IF_DC_P from 0 to 24 uA"):
        board.core(0).bias(IF_RFR_N=(1, 1), IF_DC_P=1 * amp)
    assert board.core(0).codes == before


def test_a_code_and_the_parameter_that_it_sets_are_not_both_given(board):
    with pytest.raises(ParameterError, match="'Isoma_dpi_tau' is what IF_TAU1_N sets"):
        board.core(0).bias(IF_TAU1_N=(1, 200), Isoma_dpi_tau=5 * pA)
