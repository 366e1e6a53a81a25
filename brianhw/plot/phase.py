"""The phase plane of a model with two state variables, from its equation text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import DEFAULT_FUNCTIONS, Quantity
from brian2.core.namespace import DEFAULT_CONSTANTS, DEFAULT_UNITS
from brian2.parsing.sympytools import str_to_sympy
from brian2.units.fundamentalunits import have_same_dimensions

from brianhw.errors import ModelError, ParameterError, UnitError
from brianhw.model import NeuronModel
from brianhw.plot.drawing import best_unit, labelled, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Flow", "phase_plane"]

_POINTS = 401  # of a nullcline
_ARROWS = 21  # along each axis


@dataclass(frozen=True)
class Flow:
    """Slopes of two variables of a model as functions of both, all in SI units.

    Attributes
    ----------
    x, y : str
        The variables.
    slopes : (callable, callable)
        dx/dt and dy/dt of arrays of x and y.
    nullclines : (callable or None, callable or None)
        The y at which a slope is zero, as a function of x, where the slope is linear in y; None where it is not.
    """

    x: str
    y: str
    slopes: tuple[Callable[..., Any], Callable[..., Any]]
    nullclines: tuple[Callable[..., Any] | None, Callable[..., Any] | None]

    @classmethod
    def of(cls, who: str, model: NeuronModel, x: str, y: str, values: Mapping[str, Any]) -> Flow:
        """Return the flow of *model* where parameters and all other variables have these *values*.

        Equations are substituted into each other and made into functions by Brian2's parser and SymPy.
        """
        import sympy

        expressions = dict(model.parsed.get_substituted_expressions())
        symbols = tuple(sympy.Symbol(name, real=True) for name in (x, y))
        numbers = _numbers(model, values)
        slopes, nullclines = [], []
        for name in (x, y):
            slope = str_to_sympy(expressions[name].code)
            known = {symbol: numbers[symbol.name] for symbol in slope.free_symbols if symbol.name in numbers}
            slope = slope.subs(known)
            left = {symbol.name for symbol in slope.free_symbols} - {x, y}
            if left:
                raise ParameterError(
                    f"{who}: d{name}/dt of {model.name} depends on {', '.join(sorted(left))}, too. A phase plane is of "
                    f"two variables; give the others a value among the parameters, or leave the block out."
                )
            slopes.append(_function(who, model, symbols, slope))
            nullclines.append(_zero(who, model, symbols, slope))
        return cls(x, y, (slopes[0], slopes[1]), (nullclines[0], nullclines[1]))


def _numbers(model: NeuronModel, values: Mapping[str, Any]) -> dict[str, float]:
    """Return what names in the text stand for, in SI units."""
    plain = {name: float(np.asarray(value)) for name, value in values.items()}
    units = {name: float(np.asarray(unit)) for name, unit in DEFAULT_UNITS.items()}
    constants = {name: float(each.value) for name, each in DEFAULT_CONSTANTS.items()}
    own = {
        name: float(np.asarray(each))
        for name, each in model.namespace.items()
        if isinstance(each, int | float | Quantity)
    }
    optional = dict.fromkeys(model.optional, 0.0)
    # nothing is refractory, and it is the beginning
    return {**units, **constants, "not_refractory": 1.0, "t": 0.0, **optional, **own, **plain}


def _function(who: str, model: NeuronModel, symbols: Any, slope: Any) -> Callable[..., Any]:
    import sympy

    functions = {name: function.pyfunc for name, function in DEFAULT_FUNCTIONS.items()}
    functions |= {"clip": np.clip, "int_": lambda value: np.asarray(value, dtype=int), "exp": np.exp}
    own = {name: each for name, each in model.namespace.items() if callable(each)}
    made = sympy.lambdify(symbols, slope, modules=[{**functions, **own}, "numpy"])

    def slopes(x: Any, y: Any) -> np.ndarray:
        try:
            with np.errstate(all="ignore"):  # beyond the spike, exponentials may overflow
                found = np.asarray(made(x, y), dtype=float)
            return np.broadcast_to(found, np.broadcast_shapes(np.shape(x), np.shape(y)))
        except (NameError, TypeError) as error:
            raise ModelError(f"{who}: {model.name} uses something that cannot be drawn: {error}.") from error

    return slopes


def _zero(who: str, model: NeuronModel, symbols: Any, slope: Any) -> Callable[..., Any] | None:
    """Return the y at which *slope* is zero as a function of x, if it is linear in y."""
    import sympy

    _, y = symbols
    rise = sympy.diff(slope, y)
    if rise == 0 or rise.has(y) or rise.atoms(sympy.Derivative, sympy.Subs):
        return None
    at_zero = _function(who, model, symbols, -slope.subs(y, 0) / rise)
    return lambda x: at_zero(x, np.zeros_like(x))


def phase_plane(
    model: NeuronModel,
    parameters: Mapping[str, Any],
    *more: Mapping[str, Any],
    x: str | None = None,
    y: str | None = None,
    x_range: Sequence[Any] | None = None,
    y_range: Sequence[Any] | None = None,
    trajectory: Any = None,
    axes: Axes | None = None,
) -> Axes:
    """Draw both nullclines of a model, the direction of its flow and, if given, a trajectory.

    All is computed from the model's equation text. A nullcline is exact where its slope is linear in *y* (AdEx and
    Izhikevich are) and a contour otherwise.

    Parameters
    ----------
    model : NeuronModel
        With two state variables; values of further ones, held fixed, stand among the parameters.
    parameters, *more : mapping of str to Quantity
        Parameter sets; a later one overrides an earlier one. The current is among them: ``{"I_ext": 0.5*nA}``.
    x, y : str, optional
        The variable along each axis; the model's two, ``v`` along x.
    x_range, y_range : (Quantity, Quantity), optional
        What to draw; around the reset and the spike, and around the x-nullcline's lowest part, if not given.
    trajectory : StateMonitor, or (Quantity, Quantity), optional
        Holds both variables (its first neuron is drawn); or their values.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.

    Raises
    ------
    ParameterError, UnitError, UnknownNameError, ModelError
        If the model has not two variables left, a value is missing, or has the wrong unit.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import plot
    >>> from brianhw.equations import ADEX
    >>> from brianhw.parameters import adex
    >>> axes = plot.phase_plane(ADEX, adex.TONIC_SPIKING, {"I_ext": 0.5*nA}, x_range=(-80*mV, -40*mV))
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('v (mV)', 'w (nA)')
    """
    who = "plot.phase_plane"
    values = {name: value for each in (parameters, *more) for name, value in each.items()}
    model.check(values)
    model.refuse_missing(model.missing(values))
    x, y = _axes_of(who, model, values, x, y)
    fixed = {name: value for name, value in values.items() if name not in (x, y)}
    flow = Flow.of(who, model, x, y, fixed)
    low_x, high_x = _range(who, model, x, x_range) or _usual_range(who, model, values, x)
    across = np.linspace(low_x, high_x, _POINTS)
    low_y, high_y = _range(who, model, y, y_range) or _around(who, flow, across)
    (x_unit, x_scale), (y_unit, y_scale) = (
        best_unit(model.parsed[name].dim, ends) for name, ends in ((x, (low_x, high_x)), (y, (low_y, high_y)))
    )
    axes = new_axes(axes, (6, 4.5))
    _draw_arrows(axes, flow, (low_x, high_x, x_scale), (low_y, high_y, y_scale))
    for number, name in enumerate((x, y)):
        nullcline = flow.nullclines[number]
        if nullcline is not None:
            axes.plot(across / x_scale, nullcline(across) / y_scale, color=f"C{number}", label=f"d{name}/dt = 0")
        else:
            _draw_contour(axes, flow.slopes[number], across, np.linspace(low_y, high_y, _POINTS),
                          (x_scale, y_scale), f"C{number}", f"d{name}/dt = 0")  # fmt: skip
    if trajectory is not None:
        along_x, along_y = _trajectory(who, model, trajectory, x, y)
        axes.plot(along_x / x_scale, along_y / y_scale, color="black", linewidth=0.8, label="trajectory")
    axes.set_xlim(low_x / x_scale, high_x / x_scale)
    axes.set_ylim(low_y / y_scale, high_y / y_scale)
    axes.set_xlabel(labelled(x, x_unit))
    axes.set_ylabel(labelled(y, y_unit))
    axes.set_title(model.name)
    axes.legend(fontsize="small", loc="upper right")
    return axes


def _axes_of(who: str, model: NeuronModel, values: Mapping[str, Any], x: str | None, y: str | None) -> tuple[str, str]:
    states = model.state_variables
    for name in (x, y):
        if name is not None and name not in states:
            from brianhw.errors import unknown_name

            raise unknown_name(model.name, "state variable", name, states)
    free = [name for name in states if name not in values or name in (x, y)]
    free.sort(key=lambda name: (name != "v", name))  # the potential along x
    first = x or next((name for name in free if name != y), None)
    second = y or next((name for name in free if name != first), None)
    if first is None or second is None or set(free) - {first, second}:
        raise ModelError(
            f"{who}: {model.name} has the state variables {', '.join(states)}; a phase plane is of two. "
            + ("Give the others a value among the parameters." if len(states) > 2 else "Choose another model.")
        )
    return first, second


def _range(who: str, model: NeuronModel, name: str, ends: Sequence[Any] | None) -> tuple[float, float] | None:
    if ends is None:
        return None
    dimensions = model.parsed[name].dim
    if len(ends) != 2 or not all(have_same_dimensions(each, dimensions) for each in ends):
        raise UnitError(f"{who}: the range of {name} is two values of its unit, low and high; it was given {ends!r}.")
    low, high = (float(np.asarray(each)) for each in ends)
    if not low < high:
        raise ParameterError(f"{who}: the range of {name} is from low to high; it was given {ends!r}.")
    return low, high


def _usual_range(who: str, model: NeuronModel, values: Mapping[str, Any], x: str) -> tuple[float, float]:
    """Return the range around what potentials the parameters have."""
    dimensions = model.parsed[x].dim
    known = [float(np.asarray(value)) for name, value in values.items() if have_same_dimensions(value, dimensions)
             and not isinstance(value, str)]  # fmt: skip
    if len(known) < 2:
        raise ParameterError(f"{who}: {model.name} does not say where {x} lies; give x_range=(low, high).")
    margin = 0.1 * (max(known) - min(known))
    return min(known) - margin, max(known) + margin


def _around(who: str, flow: Flow, across: np.ndarray) -> tuple[float, float]:
    """Return a range of y that shows where the nullclines are near each other."""
    lines = [nullcline(across) for nullcline in flow.nullclines if nullcline is not None]
    if not lines:
        raise ParameterError(f"{who}: the nullclines of {flow.x} and {flow.y} are not functions of {flow.x}; "
                             "give y_range=(low, high).")  # fmt: skip
    second = lines[-1][np.isfinite(lines[-1])]
    low, high = float(second.min()), float(second.max())
    # the valley of the first one, if it lies below
    valley = float(np.nanmin(np.where(np.isfinite(lines[0]), lines[0], np.nan)))
    low, high = min(low, valley), max(high, valley)
    margin = 0.3 * (high - low) or 1.0
    return low - margin, high + margin


def _draw_arrows(axes: Axes, flow: Flow, x: tuple[float, float, float], y: tuple[float, float, float]) -> None:
    """Draw the direction of the flow as it looks in these axes, all arrows of one length."""
    at_x, at_y = np.meshgrid(np.linspace(x[0], x[1], _ARROWS), np.linspace(y[0], y[1], _ARROWS))
    along_x = flow.slopes[0](at_x, at_y) / (x[1] - x[0])
    along_y = flow.slopes[1](at_x, at_y) / (y[1] - y[0])
    length = np.hypot(along_x, along_y)
    with np.errstate(all="ignore"):
        along_x, along_y = (np.where(length > 0, each / length, 0.0) for each in (along_x, along_y))
    axes.quiver(at_x / x[2], at_y / y[2], along_x, along_y, color="grey", alpha=0.6, angles="uv", width=0.002)


def _draw_contour(
    axes: Axes, slope: Callable[..., Any], x: np.ndarray, y: np.ndarray, scales: tuple[float, float], colour: str,
    label: str,
) -> None:  # fmt: skip
    from matplotlib.lines import Line2D

    at_x, at_y = np.meshgrid(x, y)
    axes.contour(at_x / scales[0], at_y / scales[1], slope(at_x, at_y), levels=[0.0], colors=[colour])
    axes.add_line(Line2D([], [], color=colour, label=label))  # a contour has no entry in a legend


def _trajectory(who: str, model: NeuronModel, given: Any, x: str, y: str) -> tuple[np.ndarray, np.ndarray]:
    if hasattr(given, "record_variables"):
        missing = [name for name in (x, y) if name not in given.record_variables]
        if missing:
            lacking = ", ".join(missing)
            raise ParameterError(f"{who}: {given.name} does not record {lacking}; the plane is of {x} and {y}.")
        return (np.asarray(getattr(given, f"{x}_")[0]), np.asarray(getattr(given, f"{y}_")[0]))
    if len(given) != 2 or not all(
        have_same_dimensions(each, model.parsed[name].dim) for name, each in zip((x, y), given, strict=True)
    ):
        raise UnitError(f"{who}: a trajectory is a StateMonitor of {x} and {y}, or a pair of their values with units.")
    return np.asarray(given[0], dtype=float), np.asarray(given[1], dtype=float)
