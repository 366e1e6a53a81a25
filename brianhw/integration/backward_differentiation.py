"""Backward differentiation (BDF) of orders 1 to 6, implicit: for stiff equations.

Source: Gear 1971, "Numerical Initial Value Problems in Ordinary Differential Equations"; Hairer & Wanner 1996, "Solving
Ordinary Differential Equations II", III.1 and V.1. Steps are equal, so that the history is kept as backward
differences.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from brianhw.errors import ModelError
from brianhw.integration.runge_kutta import check_variables, clipped, slope, statements, subexpressions

if TYPE_CHECKING:
    from brian2 import Equations

__all__ = ["BDF", "HIGHEST_ORDER"]

HIGHEST_ORDER = 6  # beyond it the formula is unstable at any step
TYPICAL = 1e-3, 1e-12, 1e-9  # volt, amp, siemens: sizes for derivatives of variables that are zero


def _gamma(order: int) -> float:
    return sum(1 / m for m in range(1, order + 1))


@dataclass(frozen=True)
class BDF:
    """A Brian2 state updater: backward differentiation, with closed forms where given.

    The order is 1 for two steps and grows by one in each after, up to *order*; so it does after every step in which
    ``bdf_order`` has been set to 0, as whatever makes a state jump must do: a reset, a synapse that acts on the
    membrane itself. It stays there while a neuron is refractory. The differences are those of the values that the
    method found; what floors, or statements *after* a step, make of them does not count. The equations at the end of a
    step are solved by Newton's method, with derivatives by differences.

    Orders 1 and 2 are stable at any step for whatever decays (A-stable); from 3 on oscillations that decay slowly may
    grow.

    Parameters
    ----------
    order : int
        1 to 6.
    iterations : int
        Of Newton's method in each step.
    increments : mapping of str to str
        State variable -> difference for the derivatives by it, an expression in its unit.
    solutions, floors, limits, before, after
        As for :class:`~brianhw.integration.Integrator`; closed forms have their values at the end of the step, and each
        iterate is brought between the limits.

    Raises
    ------
    ModelError
        If the order or the number of iterations is wrong.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, run
    >>> from brianhw.integration import BDF
    >>> method = BDF(2)
    >>> equations = method.with_state("dx/dt = -(x - cos(t/second))/(10*us) : 1")  # stiff: a step is 100 time constants
    >>> group = NeuronGroup(1, equations, method=method, dt=1*ms)
    >>> run(20*ms)
    >>> print(group.x[:].round(4))  # cos(0.02)
    [0.9998]
    """

    order: int
    iterations: int = 4
    increments: Mapping[str, str] = field(default_factory=dict)
    solutions: Mapping[str, str] = field(default_factory=dict)
    floors: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    before: str = ""
    after: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.order, int) or not 1 <= self.order <= HIGHEST_ORDER:
            raise ModelError(f"Backward differentiation has the orders 1 to {HIGHEST_ORDER}, not {self.order!r}.")
        if not isinstance(self.iterations, int) or self.iterations < 1:
            raise ModelError(f"Newton's method takes 1 or more iterations, not {self.iterations!r}.")

    @property
    def __name__(self) -> str:  # Brian2 logs the name of the method
        return f"bdf{self.order}"

    def __hash__(self) -> int:
        mappings = (self.increments, self.solutions, self.floors, self.limits)
        return hash((self.order, self.iterations, self.before, self.after, *(tuple(m.items()) for m in mappings)))

    def with_state(self, equations: str) -> str:
        """Return *equations* with the variables that the method remembers."""
        from brian2 import Equations

        parsed = Equations(equations)
        lines = ["bdf_order : 1                                # of the formula in the last step"]
        for name in sorted(parsed.diff_eq_names - self.solutions.keys()):
            dimension = parsed[name].dim
            unit = "1" if dimension.is_dimensionless else repr(dimension)  # base units: Brian2 reads no parentheses
            lines += [f"{_difference(name, j)} : {unit}" for j in range(1, self.order + 1)]
        return "\n".join([equations.rstrip(), *lines])

    def __call__(self, equations: Equations, variables: Any = None, method_options: Any = None) -> str:
        """Return the abstract code of one step."""
        check_variables(self, equations)
        names = sorted(equations.diff_eq_names - self.solutions.keys())
        for name in names:
            if _difference(name, 1) not in equations.names:
                raise ModelError(
                    f"{self.__name__} remembers differences of {name!r}: give the group with_state(equations)."
                )
        system = _System(equations, self, names)
        lines = statements(self.before)
        lines += [f"_{name}_end = {solution}" for name, solution in self.solutions.items()]
        lines += [f"_has_{j} = int(bdf_order > {j - 0.5})" for j in range(1, self.order + 1)]
        later = [f"_has_{j}*{1 / j!r}" for j in range(2, self.order + 1)]
        lines.append(f"_gamma = {' + '.join(['1.0', *later])}")
        lines += system.prediction()
        for iteration in range(self.iterations):
            lines += system.iteration(iteration)
        lines += self._history(names)
        for name in names:
            lines.append(f"{name} = _{name}_new")
        lines += [f"{name} = _{name}_end" for name in self.solutions]
        lines += [f"{name} = clip({name}, {floor}, inf)" for name, floor in self.floors.items()]
        grown = f"clip(bdf_order + 1, 0, {self.order})"
        frozen = any("unless refractory" in equations[name].flags for name in names)
        lines.append(f"bdf_order = int(not_refractory)*{grown}" if frozen else f"bdf_order = {grown}")
        return "\n".join([*lines, *statements(self.after)])

    def _history(self, names: Iterable[str]) -> list[str]:
        lines = []
        for name in names:
            lines.append(f"_{name}_difference_1 = _{name}_new - {name}")
            for j in range(2, self.order + 1):
                before = f"{_difference(name, j - 1)}"
                lines.append(f"_{name}_difference_{j} = _has_{j - 1}*(_{name}_difference_{j - 1} - {before})")
            lines += [f"{_difference(name, j)} = _{name}_difference_{j}" for j in range(1, self.order + 1)]
        return lines


def _difference(name: str, order: int) -> str:
    return f"{name}_difference_{order}"


class _System:
    """The equations of a step: ``gamma*(y - y_predicted) + psi - dt*f(y) = 0`` for all *names*."""

    def __init__(self, equations: Equations, method: BDF, names: list[str]) -> None:
        self.equations, self.method, self.names = equations, method, names
        depends = self._dependencies()
        # what few others depend on is eliminated first; the membrane, on which all depend, last
        self.names = sorted(names, key=lambda name: (sum(name in depends[other] for other in names), name))
        self.depends = depends

    def _dependencies(self) -> dict[str, set[str]]:
        """Return the variables of the system that the slope of each depends on."""
        equations = self.equations
        expressions = {
            name for name in equations.names - self.method.solutions.keys() if equations[name].expr is not None
        }

        def variables(identifiers: Iterable[str], seen: frozenset[str] = frozenset()) -> set[str]:
            found: set[str] = set()
            for name in identifiers:
                if name in self.names:
                    found.add(name)
                elif name in expressions and name not in seen:
                    found |= variables(equations[name].identifiers, seen | {name})
            return found

        return {name: variables(equations[name].identifiers) for name in self.names}

    def prediction(self) -> list[str]:
        """Return the lines that begin with the history; in the first step, with Euler's method."""
        order, lines = self.method.order, []
        values = self._values({name: name for name in self.names})
        lines += subexpressions(self.equations, "start", values)
        for name in self.names:
            terms = [f"_has_{j}*{_difference(name, j)}" for j in range(1, order + 1)]
            weighted = [f"{_gamma(j)!r}*{term}" for j, term in enumerate(terms, 1)]
            lines += [
                f"_{name}_predicted = {name} + {' + '.join(terms)}",
                f"_{name}_psi = {' + '.join(weighted)}",
                f"_{name}_new = _{name}_predicted + (1 - _has_1)*dt*{self._slope(name, values)}",
            ]
        return lines

    def iteration(self, number: int) -> list[str]:
        """Return the lines of one iteration of Newton's method."""
        where, lines = f"iteration_{number}", []
        limits = self.method.limits
        lines += [f"_{name}_new = {clipped(f'_{name}_new', limits[name])}" for name in self.names if name in limits]
        values = self._values({name: f"_{name}_new" for name in self.names})
        lines += subexpressions(self.equations, where, values)
        for name in self.names:
            lines += [
                f"_{name}_slope_{number} = {self._slope(name, values)}",
                f"_{name}_rest = _gamma*(_{name}_predicted - _{name}_new) - _{name}_psi + dt*_{name}_slope_{number}",
            ]
        matrix: dict[tuple[str, str], str] = {}
        for by in self.names:
            lines += self._column(by, number, values, matrix)
        lines += _solve(self.names, matrix)
        return [*lines, *(f"_{name}_new = _{name}_new + _{name}_change" for name in self.names)]

    def _column(self, by: str, number: int, values: Mapping[str, str], matrix: dict[tuple[str, str], str]) -> list[str]:
        """Return the lines of the derivatives by one variable, whose names go into *matrix*."""
        given = self.method.increments.get(by)
        increment = f"_{by}_increment" if given is None else f"({given})"
        lines = [f"{increment} = {self._increment(by)}"] if given is None else []
        lines.append(f"_{by}_moved = _{by}_new - {increment}")
        if by in self.method.limits:
            lines.append(f"_{by}_moved = {clipped(f'_{by}_moved', self.method.limits[by])}")
        moved = {by: f"_{by}_moved"}
        lines += subexpressions(self.equations, f"moved_{by}", moved, values)
        all_values = {**values, **moved}
        for name in self.names:
            if by in self.depends[name]:
                matrix[name, by] = f"_{name}_by_{by}"
                slope_moved = self._slope(name, all_values)
                derivative = f"dt*(_{name}_slope_{number} - {slope_moved})/{increment}"
                lines.append(f"{matrix[name, by]} = {'_gamma' if name == by else '0'} - {derivative}")
            elif name == by:
                matrix[name, by] = "_gamma"
        return lines

    def _increment(self, name: str) -> str:
        from brian2 import amp, siemens, volt

        dimension = self.equations[name].dim
        sizes = {unit.dim: size for unit, size in zip((volt, amp, siemens), TYPICAL, strict=True)}
        size = sizes.get(dimension, 1e-3 if dimension.is_dimensionless else 1e-100)
        return f"1e-6*(abs(_{name}_new) + {size!r})"

    def _values(self, values: dict[str, str]) -> dict[str, str]:
        """Return the names at the end of the step, of closed forms too."""
        return {**values, **{name: f"_{name}_end" for name in self.method.solutions}, "t": "(t + dt)"}

    def _slope(self, name: str, values: Mapping[str, str]) -> str:
        return slope(self.equations, name, values, freeze=True)


def _solve(names: list[str], matrix: Mapping[tuple[str, str], str]) -> list[str]:
    """Return the lines that solve the linear system, by elimination where there is something to eliminate."""
    filled, lines = dict(matrix), []
    right = {name: f"_{name}_rest" for name in names}
    for at, pivot in enumerate(names):
        for row in names[at + 1 :]:
            if (row, pivot) not in filled:
                continue
            factor = f"_factor_{row}_{pivot}"
            lines.append(f"{factor} = {filled[row, pivot]}/{filled[pivot, pivot]}")
            for column in names[at + 1 :]:
                if (pivot, column) in filled:
                    entry = f"_{row}_by_{column}_after_{pivot}"
                    before = filled.get((row, column), "0")
                    lines.append(f"{entry} = {before} - {factor}*{filled[pivot, column]}")
                    filled[row, column] = entry
            lines.append(f"_{row}_rest_after_{pivot} = {right[row]} - {factor}*{right[pivot]}")
            right[row] = f"_{row}_rest_after_{pivot}"
    for at in reversed(range(len(names))):
        name = names[at]
        known = [f" - {filled[name, later]}*_{later}_change" for later in names[at + 1 :] if (name, later) in filled]
        lines.append(f"_{name}_change = ({right[name]}{''.join(known)})/{filled[name, name]}")
    return lines
