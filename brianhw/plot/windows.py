"""What pairs of spikes do to a plastic synapse: its window."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import (
    Network,
    NeuronGroup,
    Quantity,
    Synapses,
    defaultclock,
    get_dimensions,
    ms,
    second,
)
from brian2.units.fundamentalunits import get_unit

from brianhw.errors import ModelError, ParameterError, SweepError, UnitError
from brianhw.explore import sweep
from brianhw.model import SynapseModel
from brianhw.plot.drawing import best_unit, in_ms, labelled, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["stdp_window"]


def stdp_window(
    model: SynapseModel,
    parameters: Mapping[str, Any],
    *more: Mapping[str, Any],
    intervals: Quantity | None = None,
    weight: Any = None,
    dt: Quantity = 0.1 * ms,
    target: Mapping[str, Any] | None = None,
    label: str | None = None,
    device: str | None = "brianhw",
    axes: Axes | None = None,
) -> Axes:
    """Draw by how much one pair of spikes changes the weight of a synapse, over the time between them.

    Measured: each pair is a synapse of its own, which sees one presynaptic and one postsynaptic spike; all run at once.

    Parameters
    ----------
    model : SynapseModel
        Of ``brianhw.equations``, or your own.
    parameters, *more : mapping of str to Quantity
        Values of all its parameters; a later mapping overrides an earlier one.
    intervals : Quantity, second, optional
        From the arrival of the presynaptic spike to the postsynaptic one: positive where the presynaptic one is first.
        Rounded to whole steps; from -100 ms to 100 ms, without 0, if not given.
    weight : Quantity, optional
        Before the pair; if not given that of the parameters, or half of ``w_max``.
    dt : Quantity, second
        Time step.
    target : mapping of str to Quantity, optional
        Variables of the target that the synapse names (``ge`` for ``ge_post``), and the value that each begins with.
        Those that it only adds to are zero in the weight's unit if not given.
    label : str, optional
        In a legend, of several windows in the same axes.
    device : str or None
        As for a sweep; None for Brian2's device in use.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.

    Raises
    ------
    ParameterError, UnitError, ModelError
        If a value is missing or has the wrong unit, or the synapse learns from something else than pairs of spikes:
        at teaching events, or from sums that its source and target keep.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import plot
    >>> from brianhw.equations import pair_stdp
    >>> from brianhw.parameters.synapses import SONG_STDP
    >>> synapse = pair_stdp("ge", "amp")
    >>> axes = plot.stdp_window(synapse, SONG_STDP, {"w_max": 1*nA}, intervals=[-10, 10]*ms, device=None)
    >>> [round(float(each.get_ydata()[0]), 2) for each in axes.get_lines()[-2:]]  # pA
    [-3.18, 3.03]
    """
    who = "plot.stdp_window"
    if not (model.on_post or model.on_pre) or model.on_trigger:
        raise ModelError(
            f"{who}: {model.name} " + ("learns at a teaching event" if model.on_trigger else "does nothing at spikes")
            + "; a window is of pairs of a presynaptic and a postsynaptic spike."
        )  # fmt: skip
    values = {name: value for each in (parameters, *more) for name, value in each.items()}
    values = {**values, model.weight: _weight(who, model, values, weight)}
    model.check(values)
    model.refuse_missing(model.missing(values))
    step = _step(who, dt)
    steps = _steps(who, intervals, step)
    changes = _measured(who, model, values, steps, step, dict(target or {}), device)
    unit, scale = best_unit(model.parsed[model.weight].dim, changes)
    axes = new_axes(axes, (5, 3.5))
    axes.axhline(0, color="grey", linewidth=0.5)
    axes.axvline(0, color="grey", linewidth=0.5)
    [line] = axes.plot([], [], ".-", markersize=3, linewidth=0.8, label=label)
    for side in (steps < 0, steps >= 0):  # a line across 0 would show what no pair did
        axes.plot(in_ms(steps[side] * step), changes[side] / scale, ".-", markersize=3, linewidth=0.8,
                  color=line.get_color())  # fmt: skip
    axes.set_xlabel("postsynaptic after presynaptic spike (ms)")
    axes.set_ylabel(labelled("change of the weight", unit))
    if label:
        axes.legend(fontsize="small")
    else:
        axes.set_title(model.name)
    return axes


def _weight(who: str, model: SynapseModel, values: Mapping[str, Any], weight: Any) -> Any:
    if weight is not None:
        return weight
    if model.weight in values:
        return values[model.weight]
    if "w_max" in values:
        return values["w_max"] / 2
    raise ParameterError(f"{who}: {model.name} starts from which weight? Give weight=...")


def _step(who: str, dt: Any) -> float:
    if get_dimensions(dt) != second.dim or not float(dt) > 0:
        raise UnitError(f"{who}: dt is a time above zero; it was given {dt!r}.")
    return float(dt)


def _steps(who: str, intervals: Any, step: float) -> np.ndarray:
    """Return the times between the spikes in whole steps."""
    if intervals is None:
        intervals = np.concatenate([np.arange(-100.0, 0), np.arange(1.0, 101)]) * ms
    if get_dimensions(intervals) != second.dim or np.ndim(intervals) != 1 or not np.size(intervals):
        raise UnitError(f"{who}: intervals are times, as np.arange(-50, 51)*ms; it was given {intervals!r}.")
    return np.rint(np.asarray(intervals, dtype=float) / step).astype(int)


def _measured(
    who: str, model: SynapseModel, values: Mapping[str, Any], steps: np.ndarray, step: float, target: dict[str, Any],
    device: str | None,
) -> np.ndarray:  # fmt: skip
    """Return what each pair does to the weight, in SI units."""
    received = _received(who, model, target)

    def pairs(once: int) -> dict[str, np.ndarray]:
        defaultclock.dt = step * second
        spikes = "spike_step : integer (constant)"
        threshold = "t_in_timesteps == spike_step"
        before = NeuronGroup(len(steps), spikes, threshold=threshold, reset="", name="presynaptic*")
        lines = "\n".join([spikes, *(f"{name} : {_unit_name(value)}" for name, value in received.items())])
        after = NeuronGroup(len(steps), lines, threshold=threshold, reset="", name="postsynaptic*")
        before.spike_step = 1 + np.maximum(0, -steps)
        after.spike_step = 1 + np.maximum(0, steps)
        for name, value in received.items():
            setattr(after, name, value)
        synapses = Synapses(before, after, **model)
        synapses.connect(j="i")
        model.set(synapses, values)
        lag = float(np.max(synapses.lag)) if model.on_delayed else 0.0
        begun = np.array(synapses.state(model.weight, use_units=False)[:])
        Network(before, after, synapses).run((int(np.abs(steps).max()) + 3 + round(lag / step)) * step * second)
        return {"change": np.array(synapses.state(model.weight, use_units=False)[:]) - begun}

    try:
        found = sweep(pairs, {"once": [0]}, device=device, way="rebuild", progress=False, quiet=True)
    except SweepError as error:
        if "DimensionMismatch" in str(error):
            names = ", ".join(f"{name}_post" for name in received)
            raise ModelError(
                f"{who}: {model.name} uses {names} in another unit than its weight. Give target={{name: value}}."
            ) from error
        raise
    return np.asarray(found["change"].values, dtype=float).ravel()


def _received(who: str, model: SynapseModel, target: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables of the target that the synapse names, and with which value each begins."""
    text = "\n".join([model.equations, model.on_pre, model.on_post, model.on_delayed])
    names = dict.fromkeys(re.findall(r"\b([A-Za-z]\w*)_post\b", text))
    names = {name: None for name in names if f"{name}_post" not in model.parsed.names and name != "N"}
    # where it stands on the left only, nothing comes back from it
    used = re.sub(r"(?m)^\s*[A-Za-z]\w*_post\s*[-+]?=", "", text)
    read = [name for name in names if name not in target and re.search(rf"\b{name}_post\b", used)]
    read += [f"{name} (of its source)" for name in dict.fromkeys(re.findall(r"\b([A-Za-z]\w*)_pre\b", text))
             if f"{name}_pre" not in model.parsed.names and name != "N"]  # fmt: skip
    if read:
        raise ModelError(
            f"{who}: {model.name} reads {', '.join(read)}, which others than a pair of spikes decide. Give the "
            "value of what is the target's: target={name: value}; a rule with sums of its own shows the same window."
        )
    return {**dict.fromkeys(names, Quantity(0, dim=model.parsed[model.weight].dim)), **target}


def _unit_name(value: Any) -> str:
    dimensions = get_dimensions(value)
    return "1" if dimensions.is_dimensionless else repr(get_unit(dimensions))
