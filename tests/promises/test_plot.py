"""Figures show what they are given: every neuron once in its population's colour, every spike, every current."""

from __future__ import annotations

from collections import Counter

import matplotlib
import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, StateMonitor, ms, nA
from matplotlib.colors import to_hex

from brianhw import Board, Chip, plot
from brianhw.equations.lif import LIF
from brianhw.errors import ParameterError
from brianhw.parameters.lif import PYNN_DEFAULTS

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    matplotlib.pyplot.close("all")


def chip_of(cores: int, neurons: int) -> Chip:
    return Chip("toy", cores=cores, neurons_per_core=neurons, model=LIF, synapses={}, parameters=PYNN_DEFAULTS)


def squares(axes) -> Counter[str]:
    """Return how many squares of each colour are drawn."""
    colours: Counter[str] = Counter()
    for image in axes.get_images():
        rgba = image.cmap(image.norm(image.get_array())).reshape(-1, 4)
        colours.update(to_hex(colour) for colour in rgba)
    return colours


def legend(axes) -> dict[str, str]:
    """Return the colour of each label."""
    box = axes.get_legend()
    if box is None:
        return {}
    return {
        text.get_text(): to_hex(patch.get_facecolor())
        for text, patch in zip(box.get_texts(), box.get_patches(), strict=True)
    }


FREE, NOTHING = "#ececec", "#ffffff"


@pytest.mark.parametrize(
    ("cores", "neurons", "sizes"),
    [(1, 1, [1]), (4, 16, [10, 6, 16]), (3, 7, [7, 7, 7]), (5, 10, [1] * 15), (9, 4, [3, 2]), (2, 8, [])],
    ids=str,
)
def test_occupancy_draws_every_neuron_once_in_its_populations_colour(cores, neurons, sizes):
    chip = chip_of(cores, neurons)
    populations = [chip.population(size) for size in sizes]
    axes = plot.occupancy(chip)
    drawn, colours = squares(axes), legend(axes)
    assert list(colours) == [population.name for population in populations]
    assert len(set(colours.values())) == len(populations)
    for population in populations:
        assert drawn[colours[population.name]] == len(population)
    assert drawn[FREE] == cores * neurons - sum(sizes)
    assert sum(drawn.values()) - drawn[NOTHING] == cores * neurons


def test_occupancy_draws_a_population_on_the_squares_of_its_neurons():
    chip = chip_of(2, 9)
    chip.population(4)
    second = chip.population(7)
    axes = plot.occupancy(chip)
    colour = legend(axes)[second.name]
    on_core_1 = axes.get_images()[1]
    where = [to_hex(rgba) == colour for rgba in on_core_1.cmap(on_core_1.norm(on_core_1.get_array())).reshape(-1, 4)]
    assert second.placement.slices() == [(1, 0, 6)]
    assert np.flatnonzero(where).tolist() == list(range(7))


def test_occupancy_says_how_full_each_core_is_and_draws_no_core_upon_another():
    chip = chip_of(6, 4)
    chip.population(3, 5)
    axes = plot.occupancy(chip)
    assert [text.get_text() for text in axes.texts] == [f"core {core}: {3 * (core == 5)}/4" for core in range(6)]
    assert len({tuple(image.get_extent()) for image in axes.get_images()}) == 6
    for image in axes.get_images():
        left, right, bottom, top = image.get_extent()
        assert axes.get_xlim()[0] <= left < right <= axes.get_xlim()[1]
        assert axes.get_ylim()[0] >= bottom > top >= axes.get_ylim()[1]


def test_a_figure_is_drawn_where_it_is_asked_to():
    axes = matplotlib.pyplot.subplots()[1]
    assert plot.occupancy(chip_of(1, 4), axes) is axes


def test_raster_draws_every_spike_above_the_groups_before():
    first = SpikeGeneratorGroup(5, [0, 4], [1, 2] * ms)
    second = NeuronGroup(3, "x : 1", threshold="i == 2 and t_in_timesteps == 30")
    monitors = {"first": SpikeMonitor(first), "second": SpikeMonitor(second[1:])}
    Network(first, second, *monitors.values()).run(4 * ms)
    axes = plot.raster(monitors)
    (low_x, low_y), (high_x, high_y) = (line.get_data() for line in axes.get_lines())
    assert low_x == pytest.approx([1, 2])
    assert low_y.tolist() == [0, 4]
    assert high_x == pytest.approx([3])
    assert high_y.tolist() == [5 + 2 + 1]  # behind five neurons and a gap of two, the second of its subgroup
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["first", "second"]


def test_currents_are_drawn_in_nanoampere_with_the_labels_given():
    group = NeuronGroup(2, "x : amp\ny : amp")
    group.x, group.y = [1, 2] * nA, 3 * nA
    monitor = StateMonitor(group, ["x", "y"], record=True)
    Network(group, monitor).run(0.2 * ms)
    axes = plot.currents(monitor, ["x", "y"], neuron=1, labels={"x": "input"})
    assert [line.get_label() for line in axes.get_lines()] == ["input", "y"]
    assert [line.get_ydata()[0] for line in axes.get_lines()] == pytest.approx([2, 3])
    assert axes.get_yscale() == "log"


@pytest.mark.parametrize("how", ["monitors", "list", "mixed", "with axes"])
def test_raster_takes_monitors_as_they_come(how):
    sources = [SpikeGeneratorGroup(3, [0, 2], [1, 2] * ms, name=f"source_{k}*") for k in range(2)]
    first, second = (SpikeMonitor(source) for source in sources)
    Network(sources, first, second).run(3 * ms)
    figure_axes = matplotlib.pyplot.subplots()[1]
    axes = {
        "monitors": lambda: plot.raster(first, second),
        "list": lambda: plot.raster([first, second]),
        "mixed": lambda: plot.raster(first, {second.source.name: second}),
        "with axes": lambda: plot.raster(first, second, figure_axes),
    }[how]()
    assert (axes is figure_axes) == (how == "with axes")
    assert [label.get_text() for label in axes.get_yticklabels()] == [source.name for source in sources]
    assert [len(line.get_xdata()) for line in axes.get_lines()] == [2, 2]


def test_raster_draws_two_monitors_of_one_group_apart():
    source = SpikeGeneratorGroup(3, [0], [1] * ms)
    first, second = SpikeMonitor(source), SpikeMonitor(source)
    Network(source, first, second).run(2 * ms)
    heights = [line.get_ydata()[0] for line in plot.raster(first, second).get_lines()]
    assert heights == [0, 5]


@pytest.mark.parametrize("wrong", [(), ("spikes",), (3,), ({"a": None},), ([],)])
def test_raster_says_what_it_cannot_draw(wrong):
    with pytest.raises(ParameterError, match="plot.raster draws spike"):
        plot.raster(*wrong)


def test_raster_names_a_monitor_without_spikes():
    group = NeuronGroup(2, "v : 1")
    with pytest.raises(ParameterError, match="StateMonitor 'potential"):
        plot.raster(StateMonitor(group, "v", record=True, name="potential*"))


# -- words and connections --------------------------------------------------------------------------


def wired_board():
    board = Board(mismatch=None)
    source = SpikeGeneratorGroup(2, [], [] * ms, name="source")
    a, b = board.population(3, chip=0, core=1, name="a"), board.population(2, chip=1, core=0, name="b")
    board.connect(source, a, "AMPA", i=[0, 1, 1], j=[0, 0, 2], weight=[3, 4, 5])
    board.connect(a, b, "NMDA", weight=2)
    board.connect(a, b, "GABA_B", i=[0], j=[1], weight=10)
    return board


def test_words_are_drawn_as_a_histogram_with_the_limit():
    axes = plot.words(wired_board())
    heights = {round(bar.get_x() + 0.5): bar.get_height() for bar in axes.patches}
    # a: 7, 0, 5 words; b: 6 and 16
    assert {words: number for words, number in heights.items() if number} == {0: 1, 5: 1, 6: 1, 7: 1, 16: 1}
    assert axes.get_legend().get_texts()[0].get_text() == "limit: 64"
    assert axes.get_xlabel() == "CAM words of a neuron"


def test_fan_in_is_stacked_by_type():
    axes = plot.fan_in(wired_board())
    tops = {}
    for bar in axes.patches:
        neuron = round(bar.get_x() + 0.5)
        tops[neuron] = max(tops.get(neuron, 0), bar.get_y() + bar.get_height())
    assert tops == {0: 7, 1: 0, 2: 5, 3: 6, 4: 16}
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["AMPA", "NMDA", "GABA_B"]


def test_connectivity_has_the_words_from_each_core_to_each():
    axes = plot.connectivity(wired_board())
    counts = axes.get_images()[0].get_array().filled(0)
    assert counts[1, 0] == 12  # from outside to chip 0 core 1
    assert counts[4, 2] == 22  # from chip 0 core 1, the column after "outside" and core 0, to chip 1 core 0
    assert np.count_nonzero(counts) == 2
    assert [label.get_text() for label in axes.get_yticklabels()][4] == "C1c0"


@pytest.mark.parametrize("draw", [plot.occupancy, plot.words, plot.fan_in, plot.connectivity])
def test_what_is_no_chip_is_not_drawn_as_one(draw):
    population = chip_of(2, 4).population(3, name="cells")
    with pytest.raises(ParameterError, match=f"plot.{draw.__name__} draws a chip or a board; it was given 5"):
        draw(5)
    with pytest.raises(ParameterError, match="cells.*is on one: give its .chip"):
        draw(population)
    assert matplotlib.pyplot.get_fignums() == []


def test_a_chip_without_connections_is_drawn_too():
    chip = chip_of(2, 4)
    chip.population(3)
    for draw in (plot.words, plot.fan_in, plot.connectivity):
        draw(chip)
