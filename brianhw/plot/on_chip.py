"""Where a network lies on its chip: neurons, input words, and what joins its cores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from brianhw.allocation.wiring import fan_in as words_of
from brianhw.errors import ParameterError
from brianhw.plot.drawing import colours_of, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from brianhw.chips import ChipDescription

__all__ = ["connectivity", "fan_in", "occupancy", "words"]

_FREE = "#ececec"


def occupancy(chip: Any, axes: Axes | None = None) -> Axes:
    """Draw the chip core by core, one square per neuron, coloured by population.

    Parameters
    ----------
    chip : Chip
        The chip as it is allocated now.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.

    Raises
    ------
    ParameterError
        If it is neither a chip nor a board.

    Examples
    --------
    >>> from brianhw import DynapSE1, plot
    >>> chip = DynapSE1()
    >>> exc, inh = chip.population(200, name="exc"), chip.population(64, core=3, name="inh")
    >>> axes = plot.occupancy(chip)
    >>> [text.get_text() for text in axes.texts]
    ['core 0: 200/256', 'core 1: 0/256', 'core 2: 0/256', 'core 3: 64/256']
    """
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    report = _checked("plot.occupancy", chip).summary().report
    axes = new_axes(axes, (6, 3.6))
    colours = colours_of(report.names)
    width = int(np.ceil(np.sqrt(report.neurons_per_core)))
    height = -(-report.neurons_per_core // width)
    per_row = int(np.ceil(np.sqrt(len(report.cores))))
    rows = -(-len(report.cores) // per_row)
    palette = ListedColormap(["white", _FREE, *colours.values()])
    for core, owners in enumerate(report.occupancy()):
        # -2 is no neuron at all: the last row of a core need not be full
        square = np.full(width * height, -2)
        square[: len(owners)] = owners
        left = (core % per_row) * (width + 2)
        top = (core // per_row) * (height + 4)
        axes.imshow(
            square.reshape(height, width), cmap=palette, vmin=-2, vmax=len(colours) - 1,
            extent=(left, left + width, top + height, top), interpolation="none",
        )  # fmt: skip
        used = report.cores[core].neurons_used
        axes.text(
            left + width / 2, top - 0.6, f"{_short(chip.description, core)}: {used}/{report.neurons_per_core}",
            ha="center", fontsize="small" if report.chips == 1 else "x-small",
        )  # fmt: skip
    axes.set_xlim(-1, per_row * (width + 2) - 1)
    axes.set_ylim(rows * (height + 4) - 3, -3)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_title(f"{chip.name}: neurons used")
    if colours:
        handles = [Patch(color=colour, label=name) for name, colour in colours.items()]
        axes.legend(
            handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=min(4, len(handles)),
            frameon=False, fontsize="small",
        )  # fmt: skip
    return axes


def words(chip: Any, axes: Axes | None = None) -> Axes:
    """Draw how many neurons take how many input words, as bars; the limit is a line.

    Parameters
    ----------
    chip : Chip
        The chip or board as it is now.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.

    Raises
    ------
    ParameterError
        If it is neither a chip nor a board.

    Examples
    --------
    >>> from brian2 import PoissonGroup, Hz
    >>> from brianhw import DynapSE1, plot
    >>> chip = DynapSE1(seed=1)
    >>> cells = chip.population(20)
    >>> into = chip.connect(PoissonGroup(30, 20*Hz), cells, "AMPA", p=0.5)
    >>> axes = plot.words(chip)
    >>> axes.get_xlabel(), axes.get_legend().get_texts()[0].get_text()
    ('CAM words of a neuron', 'limit: 64')
    """
    report = _checked("plot.words", chip).summary().report
    axes = new_axes(axes, (6, 3))
    used = np.array(report.words_used)
    axes.bar(np.arange(used.size), used, width=1.0)
    if report.fan_in is not None:
        axes.axvline(report.fan_in + 0.5, color="black", linestyle=":", label=f"limit: {report.fan_in}")
        axes.legend()
    axes.set_xlabel(f"{report.word}s of a neuron")
    axes.set_ylabel("neurons")
    axes.set_title(f"{report.chip}: {report.word}s")
    return axes


def fan_in(chip: Any, axes: Axes | None = None) -> Axes:
    """Draw the input words of each neuron, population by population, stacked by synapse type.

    Parameters
    ----------
    chip : Chip
        The chip or board as it is now.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.

    Raises
    ------
    ParameterError
        If it is neither a chip nor a board.

    Examples
    --------
    >>> from brian2 import PoissonGroup, Hz
    >>> from brianhw import DynapSE1, plot
    >>> chip = DynapSE1(seed=1)
    >>> cells = chip.population(20)
    >>> into = chip.connect(PoissonGroup(30, 20*Hz), cells, "AMPA", p=0.5)
    >>> among = chip.connect(cells, cells, "GABA_A", p=0.2)
    >>> axes = plot.fan_in(chip)
    >>> [text.get_text() for text in axes.get_legend().get_texts()]
    ['AMPA', 'GABA_A']
    """
    plan = _checked("plot.fan_in", chip).plan
    axes = new_axes(axes, (7, 3))
    types = list(dict.fromkeys(each.synapse_type for each in plan.connections.values()))
    start = 0
    ticks: list[tuple[float, str]] = []
    for name, placement in plan.placements.items():
        neurons, below = start + np.arange(placement.n), np.zeros(placement.n)
        for number, synapse_type in enumerate(types):
            onto = (each for each in plan.connections.values() if each.target == name)
            of_type = words_of((each for each in onto if each.synapse_type == synapse_type), placement.n)
            axes.bar(
                neurons, of_type, bottom=below, width=1.0, color=f"C{number}", label=None if ticks else synapse_type
            )  # fmt: skip
            below = below + of_type
        ticks.append((start + placement.n / 2, name))
        start += placement.n
        axes.axvline(start - 0.5, color="lightgrey", linewidth=0.5)
    if plan.description.fan_in is not None:
        axes.axhline(plan.description.fan_in, color="black", linestyle=":")
    axes.set_xticks([place for place, _ in ticks], [name for _, name in ticks], rotation=30, ha="right")
    axes.set_ylabel(f"{plan.description.word}s")
    if types and ticks:
        axes.legend()
    axes.set_title(f"{chip.name}: fan-in")
    return axes


def connectivity(chip: Any, axes: Axes | None = None) -> Axes:
    """Draw how many input words join each core to each, the first column from outside; chips are set apart.

    Parameters
    ----------
    chip : Chip
        The chip or board as it is now.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.

    Raises
    ------
    ParameterError
        If it is neither a chip nor a board.

    Examples
    --------
    >>> from brianhw import Board, plot
    >>> board = Board(2, seed=1)
    >>> left, right = board.population(20, core="C0c0"), board.population(20, core="C1c2")
    >>> across = board.connect(left, right, "AMPA", p=0.5)
    >>> axes = plot.connectivity(board)
    >>> int(axes.get_images()[0].get_array().max())  # words from C0c0 to C1c2
    210
    """
    plan = _checked("plot.connectivity", chip).plan
    description = plan.description
    axes = new_axes(axes, (5.5, 5))
    counts = np.zeros((description.cores, description.cores + 1))
    for each in plan.connections.values():
        to = each.target_cores[each.post]
        from_ = np.zeros(len(each.pre), dtype=int)
        if not each.external:
            from_ = 1 + plan.placements[each.source].core_of[each.pre]
        np.add.at(counts, (to, from_), each.words)
    image = axes.imshow(np.where(counts > 0, counts, np.nan), cmap="viridis", aspect="auto")
    axes.figure.colorbar(image, ax=axes, label=f"{description.word}s")
    names = [_short(description, core) for core in range(description.cores)]
    axes.set_xticks(np.arange(description.cores + 1), ["outside", *names], rotation=90, fontsize="small")
    axes.set_yticks(np.arange(description.cores), names, fontsize="small")
    for edge in np.arange(0, description.cores, description.cores_per_chip):
        axes.axhline(edge - 0.5, color="grey", linewidth=0.5)
        axes.axvline(edge + 0.5, color="grey", linewidth=0.5)
    axes.set_xlabel("from")
    axes.set_ylabel("to")
    axes.set_title(f"{chip.name}: between cores")
    return axes


def _checked(who: str, chip: Any) -> Any:
    """Return *chip* if it is one, or a board; raise where it is something else."""
    from brianhw.hardware import Chip

    if isinstance(chip, Chip):
        return chip
    on_it = isinstance(getattr(chip, "chip", None), Chip)
    raise ParameterError(
        f"{who} draws a chip or a board; it was given {chip!r}"
        + (", which is on one: give its .chip." if on_it else ".")
    )


def _short(description: ChipDescription, core: int) -> str:
    """Return what a figure calls a core: as labs write it where there are several chips."""
    return description.lab_name(core) if description.chips > 1 else description.core_name(core)
