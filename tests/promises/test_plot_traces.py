"""`plot.traces` draws what was recorded, in one unit that stands at the axis, each line under its name."""

from __future__ import annotations

import matplotlib
import neo
import numpy as np
import pytest
import quantities as pq
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    mA,
    ms,
    mV,
    nA,
    nS,
    pA,
    second,
    volt,
)

import brianhw.pynn as sim
from brianhw import plot
from brianhw.equations.lif import LIF
from brianhw.errors import ParameterError, UnitError, UnknownNameError
from brianhw.explore import Recording, sweep, trace
from brianhw.parameters.lif import PYNN_DEFAULTS

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    matplotlib.pyplot.close("all")


@pytest.fixture
def recorded():
    """Return what two of three neurons were: v in mV, I and J in pA and nA, x without a unit."""
    cells = NeuronGroup(3, "v : volt\nI : amp\nJ : amp\nx : 1")
    cells.v, cells.I, cells.J, cells.x = [-70, -60, -50] * mV, [10, 20, 30] * pA, 2 * nA, 0.5
    monitor = StateMonitor(cells, ["v", "I", "J", "x"], record=[0, 2], name="recorded*")
    Network(cells, monitor).run(0.3 * ms)
    return monitor


def drawn(axes):
    """Return the first value of each line, by its label."""
    return {line.get_label(): pytest.approx(line.get_ydata()[0]) for line in axes.get_lines()}


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_all_recorded_neurons_are_drawn_over_time_in_the_unit_that_reads_best(recorded):
    axes = plot.traces(recorded, "v")
    assert drawn(axes) == {"neuron 0": -70, "neuron 2": -50}
    assert axes.get_lines()[0].get_xdata() == pytest.approx([0, 0.1, 0.2])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (ms)", "v (mV)")


def test_variables_share_the_unit_of_the_largest_and_the_name_of_what_they_are(recorded):
    axes = plot.traces(recorded, ["I", "J"], neurons=1)
    assert drawn(axes) == {"I": 0.03, "J": 2}
    assert axes.get_ylabel() == "current (nA)"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({}, ["I", "J"]),
        ({"variables": {"J": "input", "I": "I"}}, ["input", "I"]),
        ({"labels": ["a", "b"]}, ["a", "b"]),
        ({"neurons": [1, 0]}, ["I, neuron 2", "I, neuron 0", "J, neuron 2", "J, neuron 0"]),
        ({"levels": {"threshold": 1 * nA}}, ["I", "J", "threshold"]),
    ],
    ids=str,
)
def test_lines_are_called_what_they_are_or_as_asked(recorded, given, shown):
    assert legend(plot.traces(recorded, **({"variables": ["I", "J"], "neurons": 0} | given))) == shown


def test_a_single_line_without_a_label_has_no_legend(recorded):
    assert plot.traces(recorded, "v", neurons=0).get_legend() is None


@pytest.mark.parametrize(
    ("given", "at_the_axis"),
    [
        ({"variables": {"v": "membrane"}}, "membrane (mV)"),
        ({"name": "potential"}, "potential (mV)"),
        ({"unit": volt}, "v (V)"),
    ],
    ids=str,
)
def test_the_axis_is_called_as_asked(recorded, given, at_the_axis):
    assert plot.traces(recorded, **({"variables": "v", "neurons": 0} | given)).get_ylabel() == at_the_axis


def test_a_unit_that_was_asked_for_is_drawn_in(recorded):
    axes = plot.traces(recorded, "J", neurons=0, unit=pA, time_unit=second)
    assert drawn(axes)["_child0"] == 2000
    assert axes.get_lines()[0].get_xdata()[-1] == pytest.approx(2e-4)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (s)", "J (pA)")


def test_what_has_no_unit_is_drawn_as_it_is(recorded):
    axes = plot.traces(recorded, "x", neurons=0)
    assert drawn(axes) == {"_child0": 0.5}
    assert axes.get_ylabel() == "x"


def test_a_level_is_drawn_in_the_unit_of_the_lines(recorded):
    axes = plot.traces(recorded, "v", levels={"threshold": -0.055 * volt})
    assert drawn(axes)["threshold"] == -55


def test_what_comes_later_into_the_same_axes_is_in_their_unit(recorded):
    axes = plot.traces(recorded, "J", neurons=0, labels="J")
    plot.traces(recorded, "I", neurons=1, labels="I", style="k:", axes=axes)
    assert drawn(axes) == {"J": 2, "I": 0.03}
    assert axes.get_ylabel() == "J (nA)"
    assert legend(axes) == ["J", "I"]


def test_traces_join_currents_in_nanoampere(recorded):
    axes = plot.currents(recorded, ["J"])
    plot.traces(recorded, "I", neurons=0, labels="I", axes=axes)
    assert drawn(axes) == {"J": 2, "I": 0.01}


def test_axes_that_share_their_scale_share_the_unit(recorded):
    upper, lower = matplotlib.pyplot.subplots(2, 1, sharey=True)[1]
    plot.traces(recorded, "J", neurons=0, axes=upper)
    plot.traces(recorded, "I", neurons=0, axes=lower)
    assert lower.get_lines()[0].get_ydata()[0] == pytest.approx(0.01)
    assert lower.get_ylabel() == "I (nA)"


def test_signals_under_labels_in_a_dict_are_called_by_them(recorded):
    axes = plot.traces({"one": recorded, "other": (recorded.t, recorded.v[1])}, neurons=0, variables=["v"])
    assert drawn(axes) == {"one": -70, "other": -50}


def test_values_beside_their_times_are_drawn():
    axes = plot.traces(([0, 2, 4] * ms, [[1, 2, 3], [4, 5, 6]] * nS), "conductance", labels=["a", "b"])
    assert axes.get_lines()[1].get_xydata() == pytest.approx(np.array([[0, 4], [2, 5], [4, 6]]))
    assert axes.get_ylabel() == "conductance (nS)"


def test_panels_over_one_time_say_it_once(recorded):
    upper, lower = matplotlib.pyplot.subplots(2, 1, sharex=True)[1]
    plot.raster(recorded.t, axes=upper)
    plot.traces(recorded, "v", axes=lower)
    assert (upper.get_xlabel(), lower.get_xlabel()) == ("", "time (ms)")


@pytest.mark.parametrize(("unit", "at_the_axis"), [(nA, "current (nA)"), (nS, "conductance (nS)"), (1, "value")])
def test_values_without_a_name_are_called_what_they_are(unit, at_the_axis):
    assert plot.traces(([0, 1] * ms, np.ones(2) * unit)).get_ylabel() == at_the_axis


def test_a_missing_value_leaves_a_gap_and_not_the_whole_line():
    axes = plot.traces(([0, 1, 2] * ms, [1, np.nan, 3] * mV), "v")
    assert axes.get_lines()[0].get_ydata() == pytest.approx([1, np.nan, 3], nan_ok=True)
    assert axes.get_ylabel() == "v (mV)"


def test_a_scale_is_logarithmic_if_asked(recorded):
    assert plot.traces(recorded, "J").get_yscale() == "linear"
    assert plot.traces(recorded, "J", log=True).get_yscale() == "log"


def test_of_many_lines_each_has_a_colour_of_its_own():
    lines = plot.traces(([0, 1] * ms, np.arange(60).reshape(30, 2) * mV), "v").get_lines()
    assert len({line.get_color() for line in lines}) == 30


def test_synapses_are_numbered_as_synapses():
    source = SpikeGeneratorGroup(2, [], [] * ms)
    synapses = Synapses(source, source, "w : 1")
    synapses.connect()
    monitor = StateMonitor(synapses, "w", record=[1, 3])
    Network(source, synapses, monitor).run(0.2 * ms)
    assert legend(plot.traces(monitor)) == ["synapse 1", "synapse 3"]


def signal(values, units, name):
    return neo.AnalogSignal(values, units=units, sampling_period=0.5 * pq.ms, t_start=1 * pq.ms, name=name)


@pytest.mark.parametrize(
    ("units", "at_the_axis", "value"),
    [("mV", "y (mV)", 2), ("V", "y (V)", 2), ("uS", "y (uS)", 2), ("pA", "y (pA)", 2), ("dimensionless", "y", 2)],
)
def test_signals_of_neo_keep_their_unit(units, at_the_axis, value):
    axes = plot.traces(signal([[1, 2], [1, 2]], units, "y"), neurons=1)
    assert axes.get_lines()[0].get_xydata() == pytest.approx(np.array([[1, value], [1.5, value]]))
    assert axes.get_ylabel() == at_the_axis


def test_of_a_block_the_last_segment_is_drawn():
    block = neo.Block(name="runs")
    for value in (1, 2):
        segment = neo.Segment()
        segment.analogsignals.append(signal([[value]], "mV", "v"))
        block.segments.append(segment)
    assert drawn(plot.traces(block)) == {"_child0": 2}
    assert plot.traces(block.segments[0]).get_lines()[0].get_ydata() == pytest.approx([1])


def test_cells_of_pynn_are_numbered_as_in_their_population():
    sim.setup(timestep=0.1)
    cells = sim.Population(3, sim.IF_curr_exp(), initial_values={"v": -60.0})
    cells[1:].record(["v", "spikes"])
    sim.run(1.0)
    axes = plot.traces(cells, "v")
    assert drawn(axes) == {"neuron 1": -60, "neuron 2": -60}
    assert axes.get_ylabel() == "v (mV)"


def test_traces_of_a_sweep_are_called_by_their_point():
    currents = {"I_ext": [0, 0.5] * nA}
    found = sweep(LIF, currents, [trace("v")], duration=1 * ms, fixed=PYNN_DEFAULTS, device=None, quiet=True)
    for given in (found, found.trace_v):
        axes = plot.traces(given, "v" if given is found else None)
        assert legend(axes) == ["I_ext = 0 nA", "I_ext = 0.5 nA"]
        assert axes.get_lines()[1].get_ydata() == pytest.approx(found.trace_v.sel(I_ext=0.5).values)
        assert axes.get_lines()[1].get_xdata() == pytest.approx(np.arange(10) / 10)
        assert axes.get_ylabel() == "v (mV)"


def test_recordings_of_a_sweep_are_drawn():
    times = [0, 1] * ms
    recording = Recording(
        n=1, duration=2 * ms, times=np.zeros(0), indices=np.zeros(0, int), sample_times=times,
        traces={"v": np.array([[1, 2]]) * mV},
    )  # fmt: skip
    assert plot.traces(recording, "v").get_lines()[0].get_ydata() == pytest.approx([1, 2])


# -- what is refused --------------------------------------------------------------------------------


def test_variables_of_two_units_are_not_drawn_together(recorded):
    with pytest.raises(UnitError, match=r"v and I have different units.*traces\(..., 'I'"):
        plot.traces(recorded)


@pytest.mark.parametrize("same", ["axes", "scale"])
def test_axes_are_not_of_two_units(recorded, same):
    upper, lower = matplotlib.pyplot.subplots(2, 1, sharey=True)[1]
    plot.traces(recorded, "v", axes=upper)
    with pytest.raises(UnitError, match=r"I has another unit than what is in these axes, in mV"):
        plot.traces(recorded, "I", axes=upper if same == "axes" else lower)


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"variables": "w"}, UnknownNameError, "has no variable 'w'.*I, J, v, x"),
        ({"neurons": 2}, ParameterError, "of v 2 were recorded; there is none at position 2"),
        ({"neurons": [0, -3]}, ParameterError, "none at position -3"),
        ({"labels": ["one"]}, ParameterError, "2 lines and 1 labels"),
        ({"labels": {"v": "one", "w": "two"}}, ParameterError, r"variables=\{variable: name\}"),
        ({"unit": nA}, UnitError, "v cannot be drawn in"),
        ({"unit": 1}, UnitError, "v cannot be drawn in"),
        ({"time_unit": mV}, UnitError, "time_unit is a time"),
        ({"levels": {"threshold": -55}}, UnitError, "level 'threshold' is a value in mV"),
        ({"levels": {"threshold": 1 * mA}}, UnitError, "level 'threshold'"),
    ],
    ids=str,
)
def test_what_cannot_be_drawn_is_named(recorded, given, error, said):
    with pytest.raises(error, match=said):
        plot.traces(recorded, **({"variables": "v"} | given))


@pytest.mark.parametrize("wrong", [None, 3, "v", (), [], {}, ([1, 2], [3, 4]), ([1, 2] * ms, [3] * mV)], ids=str)
def test_what_holds_no_signals_is_refused(wrong):
    with pytest.raises(ParameterError, match="plot.traces"):
        plot.traces(wrong)


def test_a_refused_level_leaves_no_line(recorded):
    axes = matplotlib.pyplot.subplots()[1]
    with pytest.raises(UnitError):
        plot.traces(recorded, "v", levels={"threshold": 1 * mA}, axes=axes)
    assert not axes.get_lines()


@pytest.mark.parametrize("before", ["traces", "raster", "rate"])
def test_time_in_one_figure_is_in_one_unit(recorded, before):
    upper, lower = matplotlib.pyplot.subplots(2, 1, sharex=True)[1]
    given = recorded if before == "traces" else [1, 2] * ms
    getattr(plot, before)(given, *(["v"] if before == "traces" else []), axes=upper)
    with pytest.raises(UnitError, match="time is in ms in these axes; it cannot be in s"):
        plot.traces(recorded, "v", time_unit=second, axes=lower)
    assert not lower.get_lines()


# -- spikes of few neurons --------------------------------------------------------------------------


def test_raster_takes_the_spike_times_of_one_neuron():
    axes = plot.raster({"regular": [10, 20] * ms, "late": [25] * ms})
    assert [line.get_xdata().tolist() for line in axes.get_lines()] == [[10, 20], [25]]
    assert [line.get_ydata().tolist() for line in axes.get_lines()] == [[0, 0], [3]]
    assert axes.get_yticks().tolist() == [0, 3]


def test_marks_of_few_neurons_are_longer_than_those_of_many():
    few, many = plot.raster([1] * ms), plot.raster({str(k): [1] * ms for k in range(100)})
    assert many.get_lines()[0].get_markersize() == 3
    assert few.get_lines()[0].get_markersize() == 12
