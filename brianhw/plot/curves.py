"""What a neuron makes of a constant current: its rate, the F-I curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Hz, Quantity, amp, get_dimensions, second

from brianhw.errors import ParameterError, UnitError
from brianhw.explore import Recording, sweep
from brianhw.model import NeuronModel
from brianhw.plot.drawing import best_unit, labelled, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["f_i"]

# names that models give the current that is injected, most usual first
_INJECTED = ("I_ext", "Isoma_const", "I_inj", "I_offset", "i_offset")


def f_i(
    model: NeuronModel,
    parameters: Mapping[str, Any],
    currents: Quantity,
    *,
    over: str | None = None,
    duration: Quantity = 1 * second,
    settle: Quantity = 0 * second,
    dt: Quantity | None = None,
    label: str | None = None,
    device: str | None = "brianhw",
    axes: Axes | None = None,
) -> Axes:
    """Draw the rate of a neuron over the constant current that is injected into it.

    The neurons of all currents run at once, by :func:`brianhw.explore.sweep`. The rate is that of the intervals
    between spikes, their number by their sum, so that it does not come in steps of one spike per *duration*; it is
    zero where there are fewer than two spikes.

    Parameters
    ----------
    model : NeuronModel
    parameters : mapping of str to Quantity
        Values of all its parameters but the current.
    currents : Quantity, amp
        As many as there are points.
    over : str, optional
        The parameter that is the current; ``I_ext`` or ``Isoma_const``, as the library's models have it.
    duration, settle : Quantity, second
        How long each neuron runs, and from when on spikes count: an adapting neuron slows down.
    dt : Quantity, second, optional
        Time step, as of Brian2's clock if not given.
    label : str, optional
        In a legend, of several curves in the same axes.
    device : str or None
        As for a sweep; None for Brian2's device in use.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.

    Raises
    ------
    ParameterError, UnitError
        If the model has no such current, or these are none.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import plot
    >>> from brianhw.equations import LIF
    >>> from brianhw.parameters import lif
    >>> currents = np.linspace(0, 1, 5)*nA
    >>> axes = plot.f_i(LIF, lif.NEST_DEFAULTS, currents, duration=100*ms, label="LIF", device=None)
    >>> axes.get_lines()[0].get_ydata().round().tolist()  # Hz
    [0.0, 0.0, 63.0, 111.0, 147.0]
    """
    who = "plot.f_i"
    over = _current_of(who, model, over)
    if get_dimensions(currents) != model.parsed[over].dim or np.ndim(currents) != 1 or not np.size(currents):
        raise UnitError(
            f"{who}: currents are a list of values of {over}, as np.linspace(0, 1, 50)*nA; it was given {currents!r}."
        )
    if get_dimensions(settle) != second.dim or not 0 <= float(settle) < float(duration):
        raise UnitError(f"{who}: settle is a time shorter than duration, {duration}; it was given {settle!r}.")
    begin = float(settle)

    def steady_rate(recording: Recording) -> Quantity:
        times = np.sort(recording.times)
        times = times[times >= begin]
        return (len(times) - 1) / (times[-1] - times[0]) * Hz if len(times) > 1 else 0 * Hz

    fixed = {name: value for name, value in parameters.items() if name != over}
    # a sweep takes each value once; the order in which they were given is that of the line
    distinct, back = np.unique(np.asarray(currents, dtype=float), return_inverse=True)
    found = sweep(
        model, {over: Quantity(distinct, dim=model.parsed[over].dim)}, {"rate": steady_rate}, duration=duration, dt=dt,
        fixed=fixed, device=device, progress=False, quiet=True,
    )  # fmt: skip
    rates = np.asarray(found["rate"].values, dtype=float)[back]
    unit, scale = best_unit(model.parsed[over].dim, currents)
    axes = new_axes(axes, (5, 3.5))
    axes.plot(np.asarray(currents, dtype=float) / scale, rates, marker=".", markersize=3, label=label)
    axes.set_xlabel(labelled(over, unit))
    axes.set_ylabel("rate (Hz)")
    if label:
        axes.legend(fontsize="small")
    else:
        axes.set_title(model.name)
    return axes


def _current_of(who: str, model: NeuronModel, over: str | None) -> str:
    """Return the name of the parameter that is the current."""
    currents = [name for name in model.parameters if model.parsed[name].dim == amp.dim]
    if over is not None:
        if over not in model.parameters:
            from brianhw.errors import unknown_name

            raise unknown_name(model.name, "parameter", over, currents or model.parameters)
        return over
    for name in _INJECTED:
        if name in currents:
            return name
    raise ParameterError(
        f"{who}: which parameter of {model.name} is the current? Give over='...', one of "
        f"{', '.join(currents) or 'none'}."
    )
