"""A panel of sliders for the biases of a core, in a notebook: traces and rates are redrawn while the network goes on.

::

    panel = bias_panel(board.core("C0c1"), network, spikes, potential)
    panel                                   # shows it
    panel.set("IF_DC_P", 200*pA)            # moves a slider

It needs ipywidgets (``pip install 'brianhw[notebooks]'``), which is imported when a panel is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from brian2 import Network, Quantity, SpikeMonitor, StateMonitor, amp, get_dimensions, ms, second
from brian2.core.namespace import get_local_namespace
from brian2.units.fundamentalunits import get_unit

from brianhw import html
from brianhw.errors import BrianHWError, ParameterError, UnitError, unknown_name
from brianhw.hardware.board_core import BoardCore
from brianhw.hardware.core import Core

__all__ = ["BiasPanel", "bias_panel"]

# shown where nothing else is asked for: what drives a DPI neuron, as parameters and as biases of the board
_USUAL = (
    *("Isoma_const", "Isoma_dpi_tau", "Iampa_w0", "Inmda_w0", "Igaba_a_w0", "Igaba_b_w0", "Iampa_tau"),
    *("IF_DC_P", "IF_TAU1_N", "IF_THR_N", "PS_WEIGHT_EXC_F_N", "PS_WEIGHT_EXC_S_N"),
    *("PS_WEIGHT_INH_F_N", "PS_WEIGHT_INH_S_N"),
)
_LOWEST, _HIGHEST = 1e-13, 2.4e-5  # ampere: below the dark current, and the largest current of a code
_STEPS_A_DECADE = 50
_WIDTH, _HEIGHT = 560, 90  # of a curve, in pixels
_EM_A_LETTER = 0.68  # capitals, of which names of biases are, are wider than others


def bias_panel(
    core: Core,
    network: Network,
    *monitors: Any,
    biases: Sequence[str] | None = None,
    step: Quantity = 20 * ms,
    window: Quantity = 500 * ms,
) -> BiasPanel:
    """Return sliders for biases of a core, in ampere, and what the monitors see, redrawn with each move.

    Parameters
    ----------
    core : Core
        Of a chip, whose biases are currents; or of a board, where each slider goes to the nearest code and shows it.
    network : Network
        What runs on: *step* further with each move, and again and again while the panel plays.
    *monitors : SpikeMonitor or StateMonitor
        In the network. Of spikes the mean rate is drawn, of states each recorded variable of the first neuron.
    biases : sequence of str, optional
        Which, by the names of the core; input, leak, gain and weights if not given.
    step, window : Quantity, second
        How far a move goes, and how much of the past is shown.

    Raises
    ------
    ParameterError, UnitError, UnknownNameError
        If there is no such bias, a monitor is none, or ipywidgets is not installed.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import DynapSE1
    >>> from brianhw.panel import bias_panel
    >>> chip = DynapSE1()
    >>> cells = chip.population(4, name="cells")
    >>> spikes = SpikeMonitor(cells)
    >>> network = Network(chip.objects, spikes)
    >>> panel = bias_panel(chip.core(0), network, spikes, biases=["Isoma_const"])
    >>> panel.set("Isoma_const", 8*nA)  # as by hand
    >>> panel.rates()  # Hz
    {'cells': 200.0}
    """
    try:
        import ipywidgets  # noqa: F401
    except ImportError as error:
        raise ParameterError(
            "bias_panel shows widgets of a notebook, which need ipywidgets: pip install 'brianhw[notebooks]'."
        ) from error
    if not isinstance(core, Core):
        raise ParameterError(f"bias_panel is of a core, as chip.core(0) gives it; it was given {core!r}.")
    if not isinstance(network, Network):
        raise ParameterError(f"bias_panel needs the Network that runs on; it was given {network!r}.")
    for each in monitors:
        if not isinstance(each, SpikeMonitor | StateMonitor):
            raise ParameterError(f"bias_panel draws SpikeMonitors and StateMonitors; {each!r} is none.")
    for name, time in (("step", step), ("window", window)):
        if get_dimensions(time) != second.dim or not float(time) > 0:
            raise UnitError(f"bias_panel: {name} is a time above zero; it was given {time!r}.")
    return BiasPanel(core, network, monitors, biases, float(step), float(window), get_local_namespace(level=1))


class BiasPanel:
    """Sliders, and curves below; the last line of a notebook's cell shows it. :func:`bias_panel` makes it.

    Attributes
    ----------
    sliders : dict of str to ipywidgets.FloatLogSlider
        By bias, in ampere.
    labels : dict of str to ipywidgets.HTML
        What each realises: on a board its code and current.
    play : ipywidgets.Play
        Goes on ten times a second while it plays.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import Board
    >>> from brianhw.panel import bias_panel
    >>> board = Board(seed=1)
    >>> cells = board.population(4, core="C0c1")
    >>> panel = bias_panel(board.core("C0c1"), Network(board.objects), biases=["IF_DC_P"])
    >>> panel.set("IF_DC_P", 200*pA)
    >>> panel.labels["IF_DC_P"].value  # the nearest code
    '(2, 62) = 199 pA'
    """

    def __init__(
        self, core: Core, network: Network, monitors: Sequence[Any], biases: Sequence[str] | None, step: float,
        window: float, namespace: Any,
    ) -> None:  # fmt: skip
        import ipywidgets

        self.core, self.network, self.step, self.window = core, network, step, window
        self._monitors, self._namespace = tuple(monitors), namespace
        names = _names(core, biases)
        width = max(len(name) for name in names) * _EM_A_LETTER + 1
        self.sliders = {name: self._slider(name, width) for name in names}
        self.labels = {name: ipywidgets.HTML(escape(self.realised(name))) for name in names}
        self.play = ipywidgets.Play(min=0, max=10**9, interval=100, show_repeat=False)
        self.play.observe(lambda change: self.advance(), "value")
        self.view = ipywidgets.HTML()
        rows = [ipywidgets.HBox([self.sliders[name], self.labels[name]]) for name in names]
        said = ipywidgets.HTML(f"each move and each tick runs the network for {_engineering(step)}s")
        self.widget = ipywidgets.VBox([*rows, ipywidgets.HBox([self.play, said]), self.view])
        self.draw()

    def _slider(self, name: str, width: float) -> Any:
        """Return a slider whose name takes a *width* in em, so that all are below each other."""
        import ipywidgets

        slider = ipywidgets.FloatLogSlider(
            value=min(max(self.current(name), _LOWEST), _HIGHEST), base=10, min=np.log10(_LOWEST),
            max=np.log10(_HIGHEST), step=1 / _STEPS_A_DECADE, description=name, readout=False,
            style={"description_width": f"{width:.3g}em"}, layout={"width": f"{width + 19:.3g}em", "flex": "0 0 auto"},
        )  # fmt: skip
        slider.observe(lambda change: self._moved(name, change["new"]), "value")
        return slider

    # -- biases ---------------------------------------------------------------------------------

    def current(self, name: str) -> float:
        """Return the current that a bias is at, in ampere: of a board's bias the nominal one of its code."""
        if isinstance(self.core, BoardCore) and name in self.core.codes:
            return self.core.codes[name].current
        return float(self.core.value(name))

    def realised(self, name: str) -> str:
        """Return what stands beside a slider: the current, on a board behind its code."""
        shown = f"{_engineering(self.current(name))}A"
        if isinstance(self.core, BoardCore) and name in self.core.codes:
            code = self.core.codes[name]
            return f"({code.coarse}, {code.fine}) = {shown}"
        return shown

    def set(self, name: str, current: Quantity) -> None:
        """Move a slider, as by hand: the bias is set, the network goes on, all is redrawn.

        Raises
        ------
        UnknownNameError, UnitError
            If there is no such slider, or it is no current.
        """
        if name not in self.sliders:
            raise unknown_name("bias_panel", "slider", name, self.sliders)
        if get_dimensions(current) != amp.dim:
            raise UnitError(f"bias_panel: {name} takes a current, as 5*pA, not {current!r}.")
        self.sliders[name].value = float(current)

    def _moved(self, name: str, current: float) -> None:
        try:
            self.core.bias(**{name: current * amp})
        except BrianHWError as error:  # a slider has nobody to raise it to
            self.labels[name].value = escape(str(error))
            return
        for each, label in self.labels.items():  # one bias may change what another gives
            label.value = escape(self.realised(each))
        self.advance()

    # -- running and drawing --------------------------------------------------------------------

    def advance(self) -> None:
        """Run the network one step of the panel further, and redraw."""
        self.network.run(self.step * second, namespace=self._namespace)
        self.draw()

    def rates(self) -> dict[str, float]:
        """Return the mean rate of each monitored group in the window, in Hz."""
        now = float(self.network.t_)
        span = min(self.window, now)
        found = {}
        for monitor in self._spikes():
            times = np.asarray(monitor.t_[:])
            recent = int(np.count_nonzero(times >= now - span))
            found[str(monitor.source.name)] = recent / (len(monitor.source) * span) if span else 0.0
        return found

    def _spikes(self) -> list[Any]:
        return [each for each in self._monitors if isinstance(each, SpikeMonitor)]

    def draw(self) -> None:
        """Draw what the monitors have seen in the window."""
        self.view.value = self._curves()

    def _curves(self) -> str:
        now = float(self.network.t_)
        start = max(0.0, now - self.window)
        drawn = []
        for monitor in self._monitors:
            name = str(monitor.source.name)
            if isinstance(monitor, SpikeMonitor):
                drawn.append(_rate_curve(name, monitor, start, now, self.step))
            else:
                times = np.asarray(monitor.t_[:])
                recent = slice(int(np.searchsorted(times, start)), None)
                for variable in monitor.record_variables:
                    values = np.asarray(getattr(monitor, f"{variable}_")[0])[recent]
                    dimensions = monitor.variables[variable].dim
                    unit = "" if dimensions.is_dimensionless else str(get_unit(dimensions))
                    drawn.append(_curve(f"{variable} of {name}", unit, times[recent], values, start, now))
        return "".join(drawn) or html.paragraph("no monitors")

    # -- showing --------------------------------------------------------------------------------

    def _repr_html_(self) -> str:
        """Return how it stands, without sliders that move: for pages without a kernel."""
        rows = [[name, self.realised(name)] for name in self.sliders]
        title = html.paragraph(f"{self._core_name()}: biases")
        return title + html.table(["bias", "is at"], rows) + self._curves()

    def _core_name(self) -> str:
        description = self.core.circuits.description
        return f"{self.core.circuits.name} {description.core_name(self.core.number)}"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = self.widget._repr_mimebundle_(**options) or {}
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return {**data, "text/html": self._repr_html_(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<panel of {self._core_name()}: {', '.join(self.sliders)}>"


def _names(core: Core, biases: Sequence[str] | None) -> list[str]:
    """Return which biases get a slider."""
    model = core.circuits.model
    currents = [name for name in model.parameters if model.parsed[name].dim == amp.dim]
    known = [*core.bias_map.by_name, *currents] if isinstance(core, BoardCore) else currents
    if biases is None:
        usual = [name for name in _USUAL if name in known]
        if isinstance(core, BoardCore):  # where a bias and its parameter are both known, codes are what is set
            usual = [name for name in usual if name in core.bias_map.by_name]
        return usual or known
    for name in biases:
        if name not in known:
            raise unknown_name("bias_panel", "bias that is a current", name, known)
    return list(biases)


def _engineering(value: float) -> str:
    """Return a number with three digits and a prefix."""
    if value == 0:
        return "0 "
    for prefix, size in (("f", 1e-15), ("p", 1e-12), ("n", 1e-9), ("u", 1e-6), ("m", 1e-3)):
        if abs(value) < 999.5 * size:
            return f"{value / size:.3g} {prefix}"
    return f"{value:.3g} "


def _rate_curve(name: str, monitor: Any, start: float, now: float, width: float) -> str:
    bins = max(1, round((now - start) / width))
    times = np.asarray(monitor.t_[:])
    counts, edges = np.histogram(times[times >= start], bins, (start, max(now, start + width)))
    rates = counts / (len(monitor.source) * (edges[1] - edges[0]))
    along = np.repeat(edges, 2)[1:-1]
    return _curve(f"rate of {name}", "Hz", along, np.repeat(rates, 2), start, now)


def _curve(title: str, unit: str, times: np.ndarray, values: np.ndarray, start: float, now: float) -> str:
    """Return a line over time as SVG, in the reader's own colours, with its lowest and highest value."""
    span = max(now - start, 1e-12)
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    if len(values) > 2 * _WIDTH:  # more points than there are to see: what is lowest and highest of each piece stays
        pieces = len(values) // _WIDTH
        whole = len(values) // pieces * pieces
        cut = values[:whole].reshape(-1, pieces)
        values = np.column_stack([cut.min(axis=1), cut.max(axis=1)]).ravel()
        times = np.repeat(times[:whole].reshape(-1, pieces)[:, 0], 2)
    x = (times - start) / span * _WIDTH
    y = _HEIGHT - (values - low) / ((high - low) or 1.0) * (_HEIGHT - 2) - 1
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    said = f"{title}: {_engineering(low)}{unit} to {_engineering(high)}{unit}, {start * 1e3:.0f} to {now * 1e3:.0f} ms"
    if unit == "Hz":
        said = f"{title}: now {values[-1] if len(values) else 0:.1f} Hz, at most {high:.1f} Hz, "
        said += f"{start * 1e3:.0f} to {now * 1e3:.0f} ms"
    line = (
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5" '
        'stroke-linejoin="round" vector-effect="non-scaling-stroke"/>'
    )
    ground = (
        f'<line x1="0" y1="{_HEIGHT}" x2="{_WIDTH}" y2="{_HEIGHT}" stroke="currentColor" stroke-opacity="0.3" '
        'vector-effect="non-scaling-stroke"/>'
    )
    box = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none"'
    style = f"display:block;width:100%;max-width:{_WIDTH}px;height:{_HEIGHT}px;color:inherit"
    caption = f'<p style="margin:0.8em 0 0.2em">{escape(said)}</p>'
    return f'{caption}<svg {box} style="{style}" role="img" aria-label="{escape(title)}">{ground}{line}</svg>'
