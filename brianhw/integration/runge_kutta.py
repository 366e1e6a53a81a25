"""Integration where part of a model has a closed form: exact for that part, Runge-Kutta for the rest.

A DPI synapse is a plain exponential and an alpha conductance a known polynomial times one; only the
membrane needs a numerical scheme. An :class:`Integrator` takes the closed forms from the model and uses
them at the end of a step and at every intermediate point where the scheme evaluates the other equations,
so the scheme keeps its order. Brian2 takes it as ``method=``, on every device.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from brianhw.errors import ModelError

if TYPE_CHECKING:
    from brian2 import Equations

__all__ = [
    "SCHEMES",
    "STATEMENT",
    "Integrator",
    "Tableau",
    "check_variables",
    "clipped",
    "parted",
    "slope",
    "statements",
    "step_lines",
    "subexpressions",
    "target",
]


class Tableau(NamedTuple):
    """An explicit Runge-Kutta scheme: when its stages are, how they build on each other, how they add up.

    Examples
    --------
    >>> from brianhw.integration import SCHEMES
    >>> rk4 = SCHEMES["rk4"]
    >>> print(rk4.order, rk4.times, rk4.stages)
    4 (0, 0.5, 0.5, 1) ((), (0.5,), (0, 0.5), (0, 0, 1))
    """

    times: tuple[float, ...]
    stages: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...]
    order: int


STATEMENT = re.compile(r"\s*(\w+)\s*([-+*/]?)=(?!=)\s*(.+)")  # target, operator, value
STEEPEST = 3  # the largest growth exponent per step that the Rosenbrock scheme follows


SCHEMES: Mapping[str, Tableau] = {
    "euler": Tableau((0,), ((),), (1,), 1),
    "heun": Tableau((0, 1), ((), (1,)), (1 / 2, 1 / 2), 2),
    "midpoint": Tableau((0, 1 / 2), ((), (1 / 2,)), (0, 1), 2),
    "rosenbrock": Tableau((1 / 2,), ((),), (1,), 2),
    "rk4": Tableau((0, 1 / 2, 1 / 2, 1), ((), (1 / 2,), (0, 1 / 2), (0, 0, 1)), (1 / 6, 1 / 3, 1 / 3, 1 / 6), 4),
}


@dataclass(frozen=True)
class Integrator:
    r"""A Brian2 state updater: closed forms where given, the Runge-Kutta *scheme* elsewhere, then floors.

    Parameters
    ----------
    scheme : str
        A key of ``SCHEMES``.
    solutions : mapping of str to str
        State variable -> its value a time ``dt`` later, as an expression of values at the start of the step.
    floors : mapping of str to str
        State variable -> value that it never falls below, tested at the end of each step.
    substeps : int
        How many equal parts a step is taken in.
    before, after : str
        Statements at the beginning and at the end of each part, such as ``since += dt``.
    limits : mapping of str to (str, str)
        State variable -> lowest and highest value at which slopes are evaluated. The state itself is brought between
        them at the beginning of each part, and where the scheme evaluates slopes at its last point, there.

    Raises
    ------
    ModelError
        If the scheme is unknown, or a solution or floor belongs to no differential equation.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, run
    >>> from brianhw.integration import Integrator
    >>> method = Integrator("heun", solutions={"x": "x*exp(-dt/(5*ms))"}, floors={"x": "0.25"})
    >>> group = NeuronGroup(1, "dx/dt = -x/(5*ms) : 1\ndy/dt = x/(5*ms) : 1", method=method, dt=1*ms)
    >>> group.x = 1
    >>> run(5*ms)
    >>> print(group.x[:].round(5), group.y[:].round(3))  # exp(-1) exactly; 1 - exp(-1) to second order
    [0.36788] [0.634]
    """

    scheme: str
    solutions: Mapping[str, str]
    floors: Mapping[str, str]
    jacobian: Mapping[str, str] = field(default_factory=dict)
    substeps: int = 1
    before: str = ""
    after: str = ""
    limits: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES:
            raise ModelError(
                f"There is no scheme {self.scheme!r} to integrate beside closed forms with; "
                f"known: {', '.join(SCHEMES)}."
            )

    @property
    def __name__(self) -> str:  # Brian2 logs the name of the method
        return f"exact+{self.scheme}"

    def __hash__(self) -> int:
        mappings = (tuple(each.items()) for each in (self.solutions, self.floors, self.jacobian, self.limits))
        return hash((self.scheme, *mappings, self.substeps, self.before, self.after))

    def __call__(self, equations: Equations, variables: Any = None, method_options: Any = None) -> str:
        """Return the abstract code of one step."""
        check_variables(self, equations)
        if self.scheme == "rosenbrock":
            numeric = sorted(equations.diff_eq_names - self.solutions.keys())
            missing = [name for name in numeric if name not in self.jacobian]
            if missing:
                raise ModelError(f"The scheme 'rosenbrock' needs the jacobian of {', '.join(missing)}.")
            if len(numeric) > 1:
                raise ModelError(
                    f"The scheme 'rosenbrock' takes one variable without a closed form, here are {', '.join(numeric)}: "
                    "it knows no derivatives of one by another. Use 'rk4'."
                )
        step = "\n".join(step_lines(equations, self))
        return "\n".join(parted(step, number, self.substeps) for number in range(self.substeps))


def parted(step: str, number: int, parts: int) -> str:
    """Return the code of part *number*, from 0, of *parts* equal parts of a step.

    Each part has intermediate variables of its own: Brian2 lets no code change one that all neurons share.
    """
    from brian2.utils.stringtools import word_substitute

    if number:
        own = {name for name in map(target, statements(step)) if name.startswith("_")}
        step = word_substitute(step, {"t": f"(t + {number}*dt)", **{name: f"{name}_{number}" for name in sorted(own)}})
    return step if parts == 1 else word_substitute(step, {"dt": f"(dt/{parts}.)"})


def target(statement: str) -> str:
    """Return the name of the variable that a *statement* gives a value."""
    found = STATEMENT.match(statement)
    if found is None:
        raise ModelError(f"{statement.strip()!r} is no statement that gives a variable a value.")
    return found[1]


def step_lines(equations: Equations, integrator: Integrator) -> list[str]:
    """Return the statements of one part of a step, with those before and after it."""
    lines = [integrator.before, *_step(equations, integrator), integrator.after]
    return statements(*lines)


def statements(*texts: str) -> list[str]:
    """Return the lines of the *texts*, without comments and empty lines."""
    lines = (line.split("#")[0].rstrip() for text in texts for line in text.splitlines())
    return [line.strip() for line in lines if line.strip()]


def check_variables(integrator: Any, equations: Equations) -> None:
    """Raise :class:`ModelError` if a solution, floor or limit belongs to no equation, or if there is noise."""
    for name in (*integrator.solutions, *integrator.floors, *integrator.limits):
        if name not in equations.diff_eq_names:
            raise ModelError(f"{name!r} has a solution, a floor or limits but no differential equation.")
    if equations.stochastic_variables:
        noise = ", ".join(sorted(equations.stochastic_variables))
        raise ModelError(f"{integrator.__name__} cannot integrate noise ({noise}). Leave out solutions and floors.")


def _step(equations: Equations, integrator: Integrator) -> list[str]:
    tableau, solutions = SCHEMES[integrator.scheme], integrator.solutions
    numeric = sorted(equations.diff_eq_names - solutions.keys())  # sorted: equal text in every process
    lines = [f"{name} = {clipped(name, integrator.limits[name])}" for name in numeric if name in integrator.limits]
    exact_at: dict[float, dict[str, str]] = {0: {}}
    for time in sorted({time for time in tableau.times if time} | {1.0}):
        exact_at[time] = {name: f"_{name}_at_{round(time * 100)}" for name in solutions}
        lines += [f"{exact_at[time][name]} = {_after(solutions[name], time)}" for name in solutions]

    slopes: list[dict[str, str]] = []
    for stage, (time, row) in enumerate(zip(tableau.times, tableau.stages, strict=True)):
        values = {name: name for name in equations.diff_eq_names} | exact_at[time] | {"t": "t"}
        if any(row):
            for name in numeric:
                values[name] = f"_{name}_stage_{stage}"
                lines += _floored(
                    values[name], f"{name} + {_increment(name, row, slopes)}", integrator.floors.get(name)
                )
                if name in integrator.limits:
                    lines.append(f"{values[name]} = {clipped(values[name], integrator.limits[name])}")
        if time:
            values["t"] = f"(t + {time!r}*dt)"
        lines += subexpressions(equations, f"stage_{stage}", values)
        slopes.append({name: f"_{name}_slope_{stage}" for name in numeric})
        for name in numeric:
            value = slope(equations, name, values, freeze=len(numeric) > 1)
            response, division = _linear_response(name, integrator, values)
            lines += [*response, f"{slopes[-1][name]} = {value}{division}"]

    # what is limited at the last point of Heun's scheme goes on from there
    from_there = integrator.scheme == "heun" and bool(integrator.limits)
    weights = (-1 / 2, 1 / 2) if from_there else tableau.weights
    origin = {name: f"_{name}_stage_1" if from_there else name for name in numeric}
    after = {name: f"{origin[name]} + {_increment(name, weights, slopes)}" for name in numeric} | exact_at[1]
    for name, value in after.items():
        lines += _floored(name, value, integrator.floors.get(name))
    return lines


def _floored(target: str, value: str, floor: str | None) -> list[str]:
    """Return the lines that give *target* the *value*, or the *floor* where that is higher.

    ``clip`` would test an upper limit too. Brian2 makes one branch of a boolean factor, which is cheaper in C++
    (11.3 instead of 14 ns per DPI neuron and step); a value that is not a number stays one.
    """
    if floor is None:
        return [f"{target} = {value}"]
    lines, below = [], f"_below_{target.lstrip('_')}"
    if not value.isidentifier():
        lines, value = [f"_new_{target.lstrip('_')} = {value}"], f"_new_{target.lstrip('_')}"
    lines.append(f"{below} = {value} < {floor}")
    lines.append(f"{target} = int(not {below})*{value} + int({below})*({floor})")
    return lines


def clipped(name: str, limits: tuple[str, str]) -> str:
    """Return *name* between its limits."""
    return f"clip({name}, {limits[0]}, {limits[1]})"


def _linear_response(name: str, integrator: Integrator, values: dict[str, str]) -> tuple[list[str], str]:
    """Return lines, and the division that makes a slope the mean slope of the linearised equation over a step.

    For ``dx/dt = f + J (x - x0)`` the mean slope is ``f (exp(z) - 1)/z`` with ``z = J dt``; ``1/(1 - z/2 +
    z**2/12)`` is its Pade approximation, exact to fourth order and positive for every ``z``. It falls again
    beyond ``z = 3.46``, while the true one grows: ``z`` counts as 3 from there, a slope at most four times
    as steep. What grows so fast in one step does not stay linear for long.
    """
    from brian2.utils.stringtools import word_substitute

    if integrator.scheme != "rosenbrock" or name not in integrator.jacobian:
        return [], ""
    lines = [
        f"_raw_response_{name} = dt*({word_substitute(integrator.jacobian[name], values)})",
        f"_steep_{name} = _raw_response_{name} > {STEEPEST}",
        f"_response_{name} = int(not _steep_{name})*_raw_response_{name} + int(_steep_{name})*{STEEPEST}",
    ]
    return lines, f"/(1 - _response_{name}*(0.5 - _response_{name}*(1/12.)))"


def _after(solution: str, time: float) -> str:
    from brian2.utils.stringtools import word_substitute

    return solution if time == 1 else word_substitute(solution, {"dt": f"({time!r}*dt)"})


def _increment(name: str, row: tuple[float, ...], slopes: list[dict[str, str]]) -> str:
    """Return ``dt*(a0*slope0 + a1*slope1 ...)`` without the terms that vanish."""
    terms = [f"{a!r}*{slope[name]}" if a != 1 else slope[name] for a, slope in zip(row, slopes, strict=False) if a]
    return f"dt*({' + '.join(terms)})"


def subexpressions(
    equations: Equations, where: str, values: dict[str, str], others: Mapping[str, str] | None = None
) -> list[str]:
    """Return the lines that evaluate, once, every subexpression that depends on the names in *values*.

    Their names there, which end in *where*, are added to *values*; *others* are names that stand for something else,
    too. Subexpressions of constants keep their own name: Brian2 inserts them, outside its loop over neurons where they
    are shared.
    """
    from brian2.equations.equations import SUBEXPRESSION
    from brian2.utils.stringtools import word_substitute

    lines = []
    for equation in equations.ordered:
        if equation.type == SUBEXPRESSION and not equation.identifiers.isdisjoint(values):
            expression = word_substitute(equation.expr.code, {**(others or {}), **values})
            values[equation.varname] = f"_{equation.varname}_{where}"
            lines.append(f"{values[equation.varname]} = {expression}")
    return lines


def slope(equations: Equations, name: str, values: Mapping[str, str], freeze: bool) -> str:
    """Return the slope of a variable where the states have *values*; *freeze* makes it zero for refractory neurons."""
    from brian2.utils.stringtools import word_substitute

    value = word_substitute(equations[name].expr.code, dict(values))
    # A frozen variable must be frozen at the intermediate points too, or what depends on it moves.
    if freeze and "unless refractory" in equations[name].flags:
        return f"int(not_refractory)*({value})"
    return f"({value})"
