"""The mathematics of a model in LaTeX, from its Brian2 text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from brian2.equations.equations import DIFFERENTIAL_EQUATION, PARAMETER, SUBEXPRESSION, Equations
from brian2.units import get_unit
from brian2.units.fundamentalunits import DIMENSIONLESS

__all__ = ["Quantity", "latex_of", "quantities_of"]

_GREEK = set(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)
_STATEMENT = re.compile(r"^\s*(\w+)\s*([-+*/])?=(?!=)\s*(.+?)\s*$")


class Quantity(NamedTuple):
    """A variable or parameter of a model.

    Attributes
    ----------
    name, unit : str
        As in the model's text; ``"1"`` for a number without a unit.
    kind : str
        ``"differential equation"``, ``"subexpression"`` or ``"parameter"``.
    meaning : str
        The comment beside it.
    """

    name: str
    unit: str
    kind: str
    meaning: str


def quantities_of(equations: str) -> list[Quantity]:
    """Return the variables and parameters of Brian2 *equations* in their order, with the comments beside them."""
    comments = dict(re.findall(r"(?m)^\s*(?:d)?(\w+?)(?:/dt)?\s*[=:][^#\n]*#\s*(.+?)\s*$", equations))
    kinds = {DIFFERENTIAL_EQUATION: "differential equation", SUBEXPRESSION: "subexpression", PARAMETER: "parameter"}
    return [
        Quantity(name, _unit(each.dim), kinds[each.type], comments.get(name, ""))
        for name, each in _in_order(Equations(equations), equations)
    ]


def latex_of(equations: str, **statements: str) -> list[str]:
    """Return the lines of a model as LaTeX: what its *equations* define, then *statements* by their title.

    Parameters
    ----------
    equations : str
        Brian2's.
    **statements : str
        A condition (``threshold="v > V_t"``), or statements one below the other (``reset="v = V_r"``).
    """
    parsed = Equations(equations)
    lines = []
    for name, each in _in_order(parsed, equations):
        if each.type == DIFFERENTIAL_EQUATION:
            only = r" \quad \text{unless refractory}" if "unless refractory" in each.flags else ""
            lines.append(rf"\frac{{d{_symbol(name)}}}{{dt}} = {_expression(each.expr.code)}{only}")
        elif each.type == SUBEXPRESSION:
            lines.append(f"{_symbol(name)} = {_expression(each.expr.code)}")
    for title, text in statements.items():
        lines += [rf"\text{{{title.replace('_', ' ')}:}} \quad {line}" for line in _statements(text)]
    return lines


def _unit(dimension: Any) -> str:
    return "1" if dimension is DIMENSIONLESS else str(get_unit(dimension))


def _in_order(parsed: Any, text: str) -> Iterable[tuple[str, Any]]:
    """Return the equations as the text has them; Brian2 sorts them by their kind."""
    places = {name: re.search(rf"(?m)^\s*(?:d{name}/dt\s*=|{name}\s*[=:])", text) for name in parsed}
    return sorted(parsed.items(), key=lambda each: found.start() if (found := places[each[0]]) else 0)


def _statements(text: str) -> Iterable[str]:
    for line in (line.split("#")[0].strip() for part in text.split(";") for line in part.splitlines()):
        if not line:
            continue
        found = _STATEMENT.match(line)
        if found is None:
            yield _expression(line)
            continue
        name, operation, value = found.groups()
        value = value if operation is None else f"{name} {operation} ({value})"
        yield rf"{_symbol(name)} \leftarrow {_expression(value)}"


def _expression(code: str) -> str:
    from brian2.parsing.sympytools import str_to_sympy
    from sympy import Symbol
    from sympy.printing.latex import LatexPrinter

    class Printer(LatexPrinter):
        """SymPy's, with Iverson's bracket for Brian2's ``int(condition)``: 1 where it holds and 0 elsewhere."""

        def _print_Function(self, expression: Any, exp: Any = None) -> Any:
            if expression.func.__name__.rstrip("_") != "int" or exp is not None:
                return super()._print_Function(expression, exp)
            return rf"\left[ {self._print(expression.args[0])} \right]"

    expression = str_to_sympy(code)
    names = {each: _symbol(each.name) for each in expression.atoms(Symbol)}
    found: str = Printer({"symbol_names": names, "mul_symbol": r" \, ", "order": "none"}).doprint(expression)
    return found


def _symbol(name: str) -> str:
    """Return a name as LaTeX: what follows an underscore is an index, a name of several letters is upright."""
    first, *rest = [part for part in name.split("_") if part]
    index = r"\,".join(_word(part) for part in rest)
    base = _word(first)
    return base if not index else f"{{{base}}}_{{{index}}}" if "_" in base else f"{base}_{{{index}}}"


def _word(part: str) -> str:
    found = re.fullmatch(r"([A-Za-z]+)(\d+)", part)
    if found is not None:
        return f"{_word(found[1])}_{{{found[2]}}}"
    if part in _GREEK:
        return f"\\{part}"
    return part if len(part) == 1 else rf"\mathrm{{{part}}}"
