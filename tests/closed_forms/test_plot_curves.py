"""Figures of models against formulas: F-I curves, windows of plasticity, nullclines, intervals, smoothed rates."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    amp,
    ms,
    mV,
    nA,
    nS,
    pA,
    pF,
    second,
    volt,
)
from brian2.devices.device import get_device, runtime_device

from brianhw import plot
from brianhw.equations.additive_stdp import additive_stdp, shared_additive_stdp
from brianhw.equations.adex import ADEX
from brianhw.equations.dpi import DPI_NEURON
from brianhw.equations.gif import gif
from brianhw.equations.izhikevich import IZHIKEVICH
from brianhw.equations.kernel_stdp import symmetric_cosine_stdp
from brianhw.equations.lif import LIF
from brianhw.equations.receptors import exponential_current
from brianhw.equations.stdp import pair_stdp
from brianhw.equations.teaching_rules import exponential_kernel
from brianhw.errors import ModelError, ParameterError, UnitError, UnknownNameError
from brianhw.model import NeuronModel, SynapseModel
from brianhw.parameters import adex, izhikevich, lif, receptors
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS
from brianhw.parameters.learning_rules import ADDITIVE_STDP
from brianhw.parameters.synapses import SONG_STDP

matplotlib.use("Agg")


def line(axes, label: str) -> tuple[np.ndarray, np.ndarray]:
    [found] = [each for each in axes.get_lines() if each.get_label() == label]
    return found.get_xdata(), found.get_ydata()


# -- F-I curves -------------------------------------------------------------------------------------


def test_f_i_of_a_lif_is_the_closed_form():
    currents = np.array([0.1, 0.374, 0.38, 0.5, 1.0]) * nA
    axes = plot.f_i(LIF, lif.NEST_DEFAULTS, currents, device=None, dt=0.02 * ms, duration=0.5 * second, label="LIF")
    at, rates = line(axes, "LIF")
    assert at == pytest.approx([0.1, 0.374, 0.38, 0.5, 1.0])
    # rest and threshold are 15 mV apart, which 0.375 nA reach at 25 nS; 10 ms membrane, 2 ms refractory
    drive = at[2:] / 0.025
    expected = 1e3 / (2 + 10 * np.log(drive / (drive - 15)))
    assert rates[:2].tolist() == [0, 0]
    assert rates[2:] == pytest.approx(expected, rel=5e-3)  # an interval is rounded up to a step, up to 0.02 of 7 ms
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("I_ext (nA)", "rate (Hz)")


@pytest.mark.standalone
def test_f_i_is_the_same_compiled_and_leaves_the_device_as_it_was(compiled_quickly):
    group = NeuronGroup(1, "v : 1")  # of a script that is on its way
    network = Network(group)
    rates = [
        line(plot.f_i(LIF, lif.NEST_DEFAULTS, [0.5, 1.0] * nA, duration=0.1 * second, device=device, label="x"), "x")[1]
        for device in ("brianhw", None)
    ]
    assert rates[0] == pytest.approx(rates[1])
    assert get_device() is runtime_device
    network.run(1 * ms)
    assert float(network.t_) == pytest.approx(1e-3)


def test_f_i_keeps_the_order_and_repeats_of_the_currents():
    axes = plot.f_i(LIF, lif.NEST_DEFAULTS, [1.0, 0.5, 1.0] * nA, device=None, duration=0.1 * second, label="LIF")
    at, rates = line(axes, "LIF")
    assert at.tolist() == [1.0, 0.5, 1.0]
    assert rates[0] == rates[2] > rates[1] > 0


def test_f_i_counts_an_adapting_neuron_after_it_has_settled():
    early, late = (
        plot.f_i(
            ADEX, adex.ADAPTATION, [0.5] * nA, device=None, dt=0.1 * ms, duration=0.6 * second, settle=settle
        ).get_lines()[0].get_ydata()[0]
        for settle in (0 * ms, 300 * ms)
    )  # fmt: skip
    assert 0 < late < early


def test_f_i_finds_the_current_of_a_chips_neuron():
    values = {name: value for name, value in SIMULATOR_DEFAULTS.items() if name != "Isoma_const"}
    axes = plot.f_i(DPI_NEURON, values, [1, 1000] * pA, device=None, duration=0.2 * second)
    assert axes.get_xlabel() == "Isoma_const (nA)"
    silent, firing = axes.get_lines()[0].get_ydata()
    assert silent == 0 < firing


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"currents": [1, 2] * mV}, UnitError, "currents are a list of values of I_ext"),
        ({"currents": 1 * nA}, UnitError, "currents are a list"),
        ({"currents": [1] * nA, "over": "I"}, UnknownNameError, "I_ext"),
        ({"currents": [1] * nA, "settle": 2 * second}, UnitError, "settle is a time shorter than duration"),
    ],
)
def test_f_i_refuses_what_is_no_current(arguments, error, match):
    with pytest.raises(error, match=match):
        plot.f_i(LIF, lif.NEST_DEFAULTS, device=None, **arguments)


def test_f_i_asks_which_current_is_meant():
    model = NeuronModel("two", "dv/dt = (I_a + I_b)*ohm/ms : volt\nI_a : amp\nI_b : amp", threshold="v > 1*mV")
    with pytest.raises(ParameterError, match="one of I_a, I_b"):
        plot.f_i(model, {}, [1] * nA, device=None)


# -- windows ----------------------------------------------------------------------------------------


def window(axes) -> tuple[np.ndarray, np.ndarray]:
    lines = [each for each in axes.get_lines() if each.get_marker() == "."]
    return tuple(np.concatenate([getattr(each, f"get_{k}data")() for each in lines]) for k in "xy")


def test_the_window_of_pair_stdp_is_two_exponentials():
    differences = np.array([-60, -20, -0.1, 0.1, 5, 40])
    axes = plot.stdp_window(
        pair_stdp("ge", "amp"), SONG_STDP, {"w_max": 1 * nA, "A_plus": 0.01}, intervals=differences * ms, device=None
    )
    at, change = window(axes)
    assert at == pytest.approx(differences)
    expected = np.where(at > 0, 0.01 * np.exp(-at / 20), -0.00525 * np.exp(at / 20)) * 1e3
    assert change == pytest.approx(expected, rel=1e-9)
    assert axes.get_ylabel() == "change of the weight (pA)"


def test_a_window_at_a_bound_is_cut():
    values = {"w_max": 1 * nA, "weight": 1 * nA}
    axes = plot.stdp_window(pair_stdp("ge", "amp"), SONG_STDP, values, intervals=[-10, 10] * ms, device=None)
    change = window(axes)[1]
    assert change[0] < 0 == change[1]


def test_the_window_of_a_symmetric_rule_is_symmetric():
    values = dict(fixed_change=0 * nA, kernel_change=0.01 * nA, tau=100 * ms, exponent=2, w_max=1 * nA)
    axes = plot.stdp_window(
        symmetric_cosine_stdp("ge", "amp"), values, intervals=[-50, -20, 20, 50] * ms, device=None
    )  # fmt: skip
    change = window(axes)[1]
    s = np.array([50, 20, 20, 50]) / 100
    assert change == pytest.approx(10 * np.exp(-2 * s) * np.cos(np.pi * s / 2) ** 2, rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({}, ParameterError, "from which weight"),
        ({"w_max": 1 * mV}, UnitError, "'w_max' is in amp"),
        ({"weight": 1 * nA}, ParameterError, "needs a value for w_max"),
    ],
)
def test_a_window_says_what_is_missing(arguments, error, match):
    with pytest.raises(error, match=match):
        plot.stdp_window(pair_stdp("ge", "amp"), SONG_STDP, arguments, intervals=[1] * ms, device=None)


def test_a_window_of_what_others_keep_is_refused():
    with pytest.raises(ModelError, match=r"reads firings, last_firing, arrivals \(of its source\)"):
        plot.stdp_window(shared_additive_stdp("ge", "siemens"), ADDITIVE_STDP, {"w_max": 1 * nS}, device=None)
    with pytest.raises(ModelError, match="learns at a teaching event"):
        plot.stdp_window(exponential_kernel("ge", "siemens"), {}, device=None)


def test_the_window_of_an_additive_rule_has_its_amounts():
    axes = plot.stdp_window(
        additive_stdp("ge", "siemens"), ADDITIVE_STDP, {"w_max": 1 * nS}, intervals=[-50, 50] * ms, device=None
    )
    assert window(axes)[1] == pytest.approx(np.array([-20, 10]) * np.exp(-0.5), rel=1e-9)  # pS
    assert axes.get_ylabel() == "change of the weight (pS)"


def test_what_a_synapse_reads_of_its_target_is_held_where_it_is_asked():
    model = SynapseModel(
        "gated",
        "w : 1\nlast : second",
        on_pre="last = t",
        on_post="w += gate_post*exp(-(t - last)/(20*ms))",
        weight="w",
    )
    with pytest.raises(ModelError, match="reads gate"):
        plot.stdp_window(model, {"w": 0, "last": -1 * second}, intervals=[10] * ms, device=None)
    axes = plot.stdp_window(
        model, {"w": 0, "last": -1 * second}, target={"gate": 3.0}, intervals=[10, 20] * ms, device=None
    )  # fmt: skip
    assert window(axes)[1] == pytest.approx(3 * np.exp([-0.5, -1]))


# -- phase planes -----------------------------------------------------------------------------------


def test_the_nullclines_of_the_adex_are_its_formulas():
    values = dict(adex.TONIC_SPIKING)
    axes = plot.phase_plane(ADEX, values, x_range=(-80 * mV, -40 * mV))
    v, w = (each * unit for each, unit in zip(line(axes, "dv/dt = 0"), (1e-3, 1e-9), strict=True))
    number = {name: float(value) for name, value in values.items()}
    spike = number["g_L"] * number["Delta_T"] * np.exp((v - number["V_T"]) / number["Delta_T"])
    assert w == pytest.approx(number["g_L"] * (number["E_L"] - v) + spike + number["I_ext"], rel=1e-9)
    v, w = (each * unit for each, unit in zip(line(axes, "dw/dt = 0"), (1e-3, 1e-9), strict=True))
    assert w == pytest.approx(number["a"] * (v - number["E_L"]), rel=1e-9)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("v (mV)", "w (nA)")


def test_the_nullclines_of_the_izhikevich_neuron_are_its_formulas():
    axes = plot.phase_plane(
        IZHIKEVICH, izhikevich.REGULAR_SPIKING, {"I_ext": 5 * nA}, x_range=(-90 * mV, -30 * mV), y="u"
    )
    v, u = line(axes, "dv/dt = 0")
    assert u == pytest.approx(0.04 * v**2 + 5 * v + 140 + 5)  # mV/ms is V/s
    v, u = line(axes, "du/dt = 0")
    assert u == pytest.approx(0.2 * v)


def test_arrows_point_where_a_simulation_goes():
    axes = plot.phase_plane(
        IZHIKEVICH,
        izhikevich.REGULAR_SPIKING,
        x_range=(-80 * mV, -50 * mV),
        y_range=(-20 * volt / second, 0 * volt / second),
    )
    arrows = axes.collections[0]
    group = NeuronGroup(len(arrows.X), **IZHIKEVICH, dt=1e-4 * ms)
    IZHIKEVICH.set(group, izhikevich.REGULAR_SPIKING, v=arrows.X * mV, u=arrows.Y * volt / second)
    Network(group).run(1e-4 * ms)
    moved_x, moved_y = (np.asarray(group.v / mV) - arrows.X) / 30, (np.asarray(group.u_) - arrows.Y) / 20
    length = np.hypot(moved_x, moved_y)
    moving = length > 0  # some stand still for so short a time
    assert moving.mean() > 0.9
    # a step of a ten-thousandth of a ms errs by a millionth of its length, cancellation by some more
    assert arrows.U[moving] == pytest.approx(moved_x[moving] / length[moving], abs=1e-3)
    assert arrows.V[moving] == pytest.approx(moved_y[moving] / length[moving], abs=1e-3)


def test_a_trajectory_of_a_monitor_is_drawn_in_the_units_of_the_plane():
    group = NeuronGroup(1, **ADEX)
    ADEX.set(group, adex.TONIC_SPIKING)
    monitor = StateMonitor(group, ["v", "w"], record=True)
    Network(group, monitor).run(5 * ms)
    axes = plot.phase_plane(ADEX, adex.TONIC_SPIKING, trajectory=monitor)
    v, w = line(axes, "trajectory")
    assert v == pytest.approx(monitor.v[0] / mV)
    assert w == pytest.approx(monitor.w[0] / nA)


def test_a_nullcline_that_is_no_function_is_a_contour():
    model = NeuronModel("circle", "dx/dt = (x**2 + y**2 - 1)/ms : 1\ndy/dt = (x - y)/ms : 1")
    axes = plot.phase_plane(model, {}, x="x", y="y", x_range=(-2, 2), y_range=(-2, 2))
    points = np.concatenate([path.vertices for each in axes.collections[1:] for path in each.get_paths()])
    assert np.hypot(*points.T) == pytest.approx(1, abs=1e-4)  # straight between points a hundredth apart
    assert line(axes, "dy/dt = 0")[1] == pytest.approx(line(axes, "dy/dt = 0")[0])


def test_further_variables_are_held_where_the_parameters_say():
    cell = ADEX + exponential_current("exc")
    values = {**adex.TONIC_SPIKING, **receptors.NEST_CURRENT.suffixed("exc")}
    state = next(name for name in cell.state_variables if name not in ("v", "w"))
    with pytest.raises(ModelError, match="a phase plane is of two"):
        plot.phase_plane(cell, values)
    at_rest, driven = (
        line(plot.phase_plane(cell, values, {state: current * amp}, x_range=(-80 * mV, -40 * mV)), "dv/dt = 0")[1]
        for current in (0.0, 1e-9)
    )
    assert driven - at_rest == pytest.approx(1)  # nA


@pytest.mark.parametrize(
    ("model", "arguments", "error", "match"),
    [
        (LIF, {}, ModelError, "has the state variables v; a phase plane is of two"),
        (ADEX, {"x": "u"}, UnknownNameError, "state variable 'u'"),
        (ADEX, {"x_range": (0, 1)}, UnitError, "range of v is two values of its unit"),
        (ADEX, {"x_range": (0 * mV, -1 * mV)}, ParameterError, "from low to high"),
        (ADEX, {"trajectory": (1, 2)}, UnitError, "a trajectory is a StateMonitor of v and w"),
    ],
)
def test_a_phase_plane_says_what_it_cannot_draw(model, arguments, error, match):
    values = lif.NEST_DEFAULTS if model is LIF else adex.TONIC_SPIKING
    with pytest.raises(error, match=match):
        plot.phase_plane(model, values, **arguments)


# -- intervals and rates ----------------------------------------------------------------------------


def test_a_clock_has_one_interval_and_no_variation():
    clock = SpikeGeneratorGroup(3, [0, 0, 0, 0, 1, 1, 1, 2], [1, 6, 11, 16, 2, 9, 16, 3] * ms, name="clock")
    spikes = SpikeMonitor(clock)
    Network(clock, spikes).run(20 * ms)
    axes = plot.isi(spikes, bins=[0, 4.5, 5.5, 6.5, 7.5] * ms)
    assert axes.patches[0].get_data().values.tolist() == [0, 3, 0, 2]
    assert axes.patches[0].get_data().edges == pytest.approx([0, 4.5, 5.5, 6.5, 7.5])
    assert axes.get_legend().get_texts()[0].get_text() == "clock: CV = 0.00"


def test_a_poisson_process_has_exponential_intervals_and_a_variation_of_one():
    source = PoissonGroup(400, rates=20 / second, name="poisson")
    spikes = SpikeMonitor(source)
    Network(source, spikes).run(2 * second, namespace={})
    axes = plot.isi(spikes, bins=[0, 25, 50] * ms)
    first, second_bin = axes.patches[0].get_data().values
    # about 6,000 and 3,600 intervals; a window of 2 s misses some long ones, by a percent of these
    assert second_bin / first == pytest.approx(np.exp(-0.5), rel=0.06)
    said = axes.get_legend().get_texts()[0].get_text()
    assert float(said.split("= ")[1]) == pytest.approx(1, abs=0.1)  # of 40 intervals each, and 400 neurons; cut at 2 s


def test_intervals_need_two_spikes():
    source = SpikeGeneratorGroup(2, [0, 1], [1, 2] * ms)
    spikes = SpikeMonitor(source)
    Network(source, spikes).run(3 * ms)
    with pytest.raises(ParameterError, match="no neuron has two spikes"):
        plot.isi(spikes)


def test_a_smoothed_rate_of_one_spike_is_a_gaussian():
    source = SpikeGeneratorGroup(2, [0], [50] * ms)
    spikes = SpikeMonitor(source)
    Network(source, spikes).run(100 * ms)
    axes = plot.rate(spikes, smooth=5 * ms)
    times, rates = axes.get_lines()[0].get_data()
    expected = np.exp(-0.5 * ((times - 50.25) / 5) ** 2) / np.sqrt(2 * np.pi) / 5e-3 / 2
    assert rates == pytest.approx(expected, abs=1e-3)  # of 40 Hz; beyond five widths it is cut


def test_a_smoothed_steady_rate_is_steady_to_its_ends():
    source = SpikeGeneratorGroup(1, np.zeros(100, dtype=int), np.arange(100) * ms)
    spikes = SpikeMonitor(source)
    Network(source, spikes).run(100 * ms)
    rates = plot.rate(spikes, smooth=10 * ms).get_lines()[0].get_ydata()
    assert rates == pytest.approx(1000, rel=1e-2)  # steps of the line are 1 ms, as the spikes


def test_f_i_of_a_neuron_that_fires_at_random_is_drawn_point_by_point():
    # at rest, which is its threshold, a neuron fires as a Poisson process of rate lambda_0
    values = dict(C_m=100 * pF, g_L=5 * nS, E_L=-70 * mV, V_reset=-70 * mV, t_ref=0 * ms)
    values |= dict(V_t_star=-70 * mV, Delta_V=1 * mV, lambda_0=100 * Hz)
    axes = plot.f_i(gif(0, 0), values, [0.0] * pA, device=None, duration=2 * second, label="GIF")
    [rate] = line(axes, "GIF")[1]
    assert rate == pytest.approx(100, abs=4 * 100 / np.sqrt(200))  # some 200 intervals
