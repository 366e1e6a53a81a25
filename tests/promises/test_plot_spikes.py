"""Figures of spikes and weights: they take what users have, and draw its counts."""

from __future__ import annotations

from itertools import combinations

import matplotlib
import neo
import numpy as np
import pytest
import quantities as pq
from brian2 import (
    Network,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    SpikeMonitor,
    Synapses,
    ms,
    mV,
    nA,
    second,
)

import brianhw.spinnaker as sim
from brianhw import Chip, plot
from brianhw.equations.lif import LIF
from brianhw.equations.receptors import exponential_current, static_synapse
from brianhw.errors import ParameterError, UnitError, UnknownNameError
from brianhw.explore import Recording
from brianhw.parameters import receptors
from brianhw.parameters.lif import PYNN_DEFAULTS
from brianhw.spinnaker.compare import Comparison, PopulationComparison

matplotlib.use("Agg")

NEURONS, TIMES = [0, 2, 2, 1], [1.0, 2.5, 7.0, 9.0]  # ms, of three neurons in 10 ms


def monitor():
    source = SpikeGeneratorGroup(3, NEURONS, TIMES * ms, name="cells")
    spikes = SpikeMonitor(source)
    rates = PopulationRateMonitor(source)
    Network(source, spikes, rates).run(10 * ms)
    return spikes, rates


def trains():
    made = [[time for neuron, time in zip(NEURONS, TIMES, strict=True) if neuron == k] for k in range(3)]
    return [neo.SpikeTrain(each * pq.ms, t_stop=10 * pq.ms) for each in made]


def segment():
    made = neo.Segment(name="cells")
    made.spiketrains = trains()
    return made


def block():
    made = neo.Block(name="cells")
    made.segments = [neo.Segment(), segment()]
    return made


FORMS = {
    "monitor": lambda: monitor()[0],
    "neo trains": trains,
    "neo segment": segment,
    "neo block": block,
    "recording": lambda: Recording(3, 10 * ms, np.array(NEURONS), np.array(TIMES) * 1e-3),
    "labelled": lambda: {"cells": trains()},
}


@pytest.mark.parametrize("form", FORMS)
def test_spikes_are_drawn_alike_from_whatever_holds_them(form):
    given = FORMS[form]()
    x, y = plot.raster(given).get_lines()[0].get_data()
    order = np.argsort(x)
    assert x[order] == pytest.approx(TIMES)
    assert y[order].tolist() == NEURONS
    values = plot.rate(given, bin=5 * ms).patches[0].get_data()
    # two spikes in each half, of three neurons in 5 ms
    assert values.values == pytest.approx([2 / 3 / 5e-3] * 2)
    assert values.edges == pytest.approx([0, 5, 10])


def test_spikes_of_edlut_are_two_lists():
    given = [time * 1e-3 for time in TIMES], NEURONS
    x, y = plot.raster(given).get_lines()[0].get_data()
    assert x == pytest.approx(TIMES)
    assert y.tolist() == NEURONS


@pytest.mark.parametrize("nothing", [([], []), (np.zeros(0), np.zeros(0, int))], ids=["lists", "arrays"])
def test_a_group_of_edlut_without_a_spike_keeps_its_place(nothing):
    axes = plot.raster({"silent": nothing, "active": ([0.1], [2])})
    assert [label.get_text() for label in axes.get_yticklabels()] == ["silent", "active"]
    assert [len(line.get_xdata()) for line in axes.get_lines()] == [0, 1]


def test_a_rate_monitor_gives_the_rate_of_its_groups_spikes():
    spikes, rates = monitor()
    from_spikes, from_rates = (plot.rate(each, bin=2 * ms).patches[0].get_data() for each in (spikes, rates))
    assert from_rates.values == pytest.approx(from_spikes.values)
    assert from_rates.edges == pytest.approx(from_spikes.edges)


def test_the_last_bin_is_divided_by_its_own_length():
    values = plot.rate(monitor()[0], bin=4 * ms).patches[0].get_data()
    assert values.edges == pytest.approx([0, 4, 8, 10])
    assert values.values == pytest.approx([2 / 3 / 4e-3, 1 / 3 / 4e-3, 1 / 3 / 2e-3])


def test_a_spike_at_an_edge_is_the_next_bins():
    # 39 steps of 0.1 ms are less than three times 1.3 ms by the last bit; a plain comparison puts them before the edge
    source = SpikeGeneratorGroup(1, [0, 0], [1.3, 3.9] * ms)
    spikes = SpikeMonitor(source)
    Network(source, spikes).run(5.2 * ms)
    assert spikes.t_[1] < 3 * float(1.3 * ms)
    values = plot.rate(spikes, bin=1.3 * ms).patches[0].get_data().values
    assert np.rint(values * 1.3e-3).tolist() == [0, 1, 0, 1]


def test_raster_with_rates_draws_both_over_one_time():
    above, below = plot.raster(monitor()[0], rates=True, bin=5 * ms)
    assert below in above.get_shared_x_axes().get_siblings(above)
    assert below.patches[0].get_data().values == pytest.approx([2 / 3 / 5e-3] * 2)
    assert (below.get_xlabel(), below.get_ylabel()) == ("time (ms)", "rate (Hz)")


def test_raster_with_rates_divides_an_axes():
    figure, axes = matplotlib.pyplot.subplots(1, 2)
    above, below = plot.raster(monitor()[0], rates=True, axes=axes[0])
    assert above is axes[0]
    assert below.figure is figure
    assert len(figure.axes) == 3
    with pytest.raises(ParameterError, match="2 axes here; it was given 3"):
        plot.raster(monitor()[0], rates=True, axes=figure.axes)


@pytest.mark.parametrize("bin", [0 * ms, 3, 1 * mV, -1 * ms])
def test_a_bin_is_a_time(bin):
    with pytest.raises(UnitError, match="plot.rate: bin is a time above zero"):
        plot.rate(trains(), bin=bin)


@pytest.mark.parametrize("draw", [plot.rate, plot.isi])
def test_what_has_no_spikes_is_named(draw):
    with pytest.raises(ParameterError, match=f"plot.{draw.__name__} draws spikes; 3 has none"):
        draw(3)


def test_currents_are_drawn_from_neo_too():
    made = neo.Segment()
    signal = neo.AnalogSignal([[1.0, 3.0], [2.0, 4.0]], units="pA", sampling_period=1 * pq.ms, name="i_syn")
    made.analogsignals = [signal, neo.AnalogSignal([[1.0]], units="mV", sampling_period=1 * pq.ms, name="v")]
    [drawn] = plot.currents(made, ["i_syn"], neuron=1).get_lines()
    assert drawn.get_xdata() == pytest.approx([0, 1])
    assert drawn.get_ydata() == pytest.approx([3e-3, 4e-3])
    with pytest.raises(UnitError, match="v is in mV"):
        plot.currents(made, ["v"])
    with pytest.raises(UnknownNameError, match="recorded signal 'i'"):
        plot.currents(made, ["i"])


# -- SpiNNaker --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def network():
    """A network on SpiNNaker that has run; its weights are rounded, the smallest to nothing."""
    sim.setup(1.0)
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[[5.0, 30.0], [12.0]]), label="source")
    cells = sim.Population(3, sim.IF_curr_exp(), label="cells")
    pairs = [(0, 0, 40.0, 1.0), (1, 1, 25.0, 1.0), (0, 2, 1e-5, 1.0)]
    projection = sim.Projection(source, cells, sim.FromListConnector(pairs))
    cells.record("spikes")
    sim.run(50.0)
    return source, cells, projection


def test_weights_on_spinnaker_are_drawn_as_asked_and_as_held(network):
    axes = plot.weights(network[2], bins=4)
    held, asked = (patch.get_data().values for patch in axes.patches)
    assert held.tolist() == asked.tolist() == [1, 0, 1, 1]  # 0 to 40 nA in four
    assert axes.get_title() == "weights: 1 of 3 became 0"
    assert axes.get_xlabel() == "weight (nA)"
    assert [each.get_text() for each in axes.get_legend().get_texts()] == ["realised", "asked for"]


def test_a_population_of_pynn_is_drawn_with_its_label(network):
    cells = network[1]
    spikes = cells.get_data("spikes").segments[0].spiketrains
    axes = plot.raster(cells)
    assert len(axes.get_lines()[0].get_xdata()) == sum(len(train) for train in spikes) > 0
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["cells"]


def test_a_population_that_was_not_recorded_is_named(network):
    with pytest.raises(ParameterError, match="source has no spikes"):
        plot.raster(network[0])


def test_a_comparison_of_spinnaker_draws_both_runs():
    chip, ideal = (np.array([0, 1, 1]), np.array([3, 10, 30])), (np.array([0, 1]), np.array([3, 11]))
    found = Comparison(50.0, 1.0, (PopulationComparison("cells", 3, 50, 1.0, chip, ideal),))
    above, middle, below = plot.comparison(found, bin=10 * ms)
    assert [line.get_xdata().tolist() for line in above.get_lines()] == [[3, 10, 30], [3, 11]]
    in_chip, in_float = (patch.get_data().values for patch in middle.patches)
    assert in_chip == pytest.approx(np.array([1, 1, 0, 1, 0]) / 3 / 10e-3)
    assert below.patches[0].get_data().values == pytest.approx(in_float - in_chip)
    assert below.get_legend().get_texts()[0].get_text() == "cells: 3 / 2 spikes"
    with pytest.raises(ParameterError, match="give it alone"):
        plot.comparison(found, found)


# -- two runs ---------------------------------------------------------------------------------------


def test_a_comparison_draws_rates_and_their_difference():
    one, other = trains(), trains()
    other[0] = neo.SpikeTrain([6, 7] * pq.ms, t_stop=10 * pq.ms)
    above, middle, below = plot.comparison({"cells": one}, {"cells": other}, labels=("a", "b"), bin=5 * ms)
    difference = below.patches[0].get_data().values
    assert difference == pytest.approx(np.array([-1, 2]) / 3 / 5e-3)
    assert [len(each.get_xdata()) for each in above.get_lines()] == [4, 5]
    assert [text.get_text() for text in above.get_legend().get_texts()] == ["a", "b"]


def test_labels_of_a_comparison_do_not_lie_upon_each_other():
    chip = np.array([0, 1, 1]), np.array([3, 10, 300])
    found = Comparison(500.0, 1.0, (PopulationComparison("cells", 3, 500, 1.0, chip, chip),))
    axes = plot.comparison(found)
    axes[0].figure.draw_without_rendering()
    boxes = [each.yaxis.label.get_window_extent() for each in axes]
    boxes += [text.get_window_extent() for each in axes for text in each.get_legend().get_texts()]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert [text.get_text() for text in axes[1].get_legend().get_texts()] == ["SpiNNaker's integers", "floating point"]


def test_runs_are_compared_to_their_end_though_the_last_spike_was_before():
    above, middle, below = plot.comparison({"cells": trains()}, {"cells": trains()}, bin=5 * ms)
    assert above.get_xlim() == middle.get_xlim() == below.get_xlim()
    assert above.get_xlim()[1] >= 10  # ms; the last spike is at 9


def test_a_comparison_is_of_the_same_populations():
    with pytest.raises(ParameterError, match="cells has 3 neurons in first and 2 in second"):
        plot.comparison({"cells": trains()}, {"cells": trains()[:2]})
    with pytest.raises(ParameterError, match="first has 1 populations and second 2"):
        plot.comparison({"a": trains()}, {"a": trains(), "b": trains()})
    with pytest.raises(ParameterError, match="draws two runs"):
        plot.comparison(trains())


# -- weights on chips -------------------------------------------------------------------------------


def test_weights_of_a_chip_are_drawn_at_the_levels_that_it_has():
    exc = exponential_current("exc")
    chip = Chip(
        "levels", cores=1, neurons_per_core=8, model=LIF + exc, synapses={"exc": static_synapse(exc)},
        parameters=PYNN_DEFAULTS | receptors.NEST_CURRENT.suffixed("exc"), weights=[0, 1e-9, 2e-9],
    )  # fmt: skip
    cells = chip.population(4)
    source = SpikeGeneratorGroup(1, [], [] * second)
    chip.connect(source, cells, "exc", weight=[0, 2, 2, 1] * nA)
    axes = plot.weights(chip, bins=4)
    held, asked = (patch.get_data() for patch in axes.patches)
    assert held.edges == pytest.approx([0, 0.5, 1, 1.5, 2])
    assert held.values.tolist() == asked.values.tolist() == [1, 0, 1, 2]
    assert axes.get_title() == "weights"


def test_weights_of_brian2_synapses_are_drawn_in_their_unit():
    source = SpikeGeneratorGroup(3, [], [] * second)
    synapses = Synapses(source, source, "w : volt")
    synapses.connect(j="i")
    synapses.w = [1, 1, 3] * mV
    axes = plot.weights(synapses, bins=2)
    assert axes.patches[0].get_data().values.tolist() == [2, 1]
    assert axes.get_xlabel() == "weight (mV)"


@pytest.mark.parametrize("wrong", [(), (3,), ("weights",)])
def test_what_has_no_weights_is_named(wrong):
    with pytest.raises(ParameterError, match="plot.weights draws weights of synapses"):
        plot.weights(*wrong)


def test_weights_of_two_units_are_not_drawn_together():
    source = SpikeGeneratorGroup(1, [], [] * second)
    both = [Synapses(source, source, f"w : {unit}") for unit in ("volt", "amp")]
    for each in both:
        each.connect()
    with pytest.raises(ParameterError, match="draw them in axes of their own"):
        plot.weights(both)
