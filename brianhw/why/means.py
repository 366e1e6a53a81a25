"""The mean input of a Brian2 group: of its receptors, which are linear filters, what settles at the rates that come."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from brian2 import Quantity
from brian2.core.namespace import DEFAULT_UNITS
from brian2.parsing.sympytools import str_to_sympy

from brianhw.why.inputs import Input, acts
from brianhw.why.membranes import Case, Membrane, Term, adex, izhikevich, leaky
from brianhw.why.spiked import span, values_of

__all__ = ["Means", "means_of"]

# names, threshold, membrane, capacitance, what is settled at a potential
_MODELS: tuple[tuple[str, str, Callable[[Any], Membrane], str, dict[str, Any]], ...] = (
    ("v g_L E_L V_th I_ext C_m", r"v\s*>=?\s*V_th", leaky, "C_m", {}),
    (
        "v w C g_L E_L V_T Delta_T a tau_w V_cut I_ext", r"v\s*>=?\s*V_cut", adex, "C",
        {"w": lambda of, v: of["a"] * (v - of["E_L"])},
    ),
    ("v u a b C_m v_peak I_ext", r"v\s*>=?\s*v_peak", izhikevich, "C_m", {"u": lambda of, v: of["b"] * v}),
)  # fmt: skip

_ADDS = re.compile(r"^\s*(\w+?)(?:_post)?\s*\+=\s*(.+?)\s*(?:#.*)?$", re.MULTILINE)
_FUNCTIONS = [{"clip": np.clip, "int": lambda value: value, "_clip": np.clip}, "numpy"]


class _Unknown(Exception):
    """Something of a group has no mean that is known from here."""


def means_of(group: Any, inputs: Sequence[Input], poissons: Sequence[Any]) -> Means | None:
    """Return what tells the mean input of a group's neurons; None if the model is another or the input unknown."""
    condition = str(group.events.get("spike", ""))
    for names, threshold, membrane, capacitance, settled in _MODELS:
        if set(group.variables).issuperset(names.split()) and re.fullmatch(rf"\s*{threshold}\s*", condition):
            try:
                return Means(group, _arriving(group, inputs, poissons), membrane, capacitance, settled)
            except _Unknown:
                return None
    return None


class Means:
    """The mean input of a group's neurons: its equations are taken apart once, however many neurons are asked about.

    Parameters
    ----------
    group : NeuronGroup
    arriving : dict of str to array
        By variable what spikes add to it per second, of all neurons.
    membrane : callable
        What makes a membrane of its values.
    capacitance : str
        What the model calls it.
    settled : dict of str to callable
        What variables of the membrane are at a potential.
    """

    def __init__(
        self, group: Any, arriving: dict[str, np.ndarray], membrane: Any, capacitance: str, settled: dict[str, Any]
    ) -> None:
        self.group, self.membrane, self.capacitance, self.at_rest = group, membrane, capacitance, settled
        equations = group.equations.get_substituted_expressions(group.variables, include_subexpressions=True)
        self.text = {name: str_to_sympy(expression.code) for name, expression in equations}
        self.at_once = arriving.get("v")
        self.arriving = {name: rate for name, rate in arriving.items() if name != "v"}
        self.states = set(group.equations.diff_eq_names)
        if not set(self.arriving) <= self.states:
            raise _Unknown("something adds to what is no state of the model")
        self._functions: dict[Any, Any] = {}
        self.neurons: np.ndarray = np.zeros(0, dtype=int)
        self.settled: dict[str, np.ndarray] = {}

    def __getitem__(self, name: str) -> Any:
        if name in self.settled:
            return self.settled[name]
        if name == "not_refractory":
            return np.ones((len(self.neurons), 1))
        if name in self.group.variables:
            return values_of(self.group, name)[self.neurons][:, None]
        namespace = self.group.namespace or {}
        found = namespace.get(name, DEFAULT_UNITS.get(name))
        if not isinstance(found, Quantity | float | int) or np.ndim(found):
            raise _Unknown(name)
        return np.full((len(self.neurons), 1), float(np.asarray(found)))

    def case(self, neurons: np.ndarray) -> Case | None:
        """Return the mean input of *neurons* against their membrane; None if something of it is not known."""
        try:
            return self._case(neurons)
        except _Unknown:
            return None

    def _case(self, neurons: np.ndarray) -> Case:
        self.neurons, self.settled = neurons, {}
        self._settle({name: rate[neurons] for name, rate in self.arriving.items()})
        terms = [self._term(each) for each in self._parts()]
        synaptic = list(terms)
        if self.at_once is not None:
            terms.append(Term.of_current("v", self[self.capacitance] * self.at_once[neurons][:, None]))
        case = Case(self.membrane(self), tuple(terms), self["I_ext"])
        self._check(case, synaptic)
        return case

    def _parts(self) -> list[Any]:
        import sympy

        whole = self.text.get("I_syn", sympy.Integer(0))
        return [each for each in sympy.Add.make_args(whole) if each != 0]

    def _term(self, part: Any) -> Term:
        import sympy

        v = next((each for each in part.free_symbols if each.name == "v"), sympy.Symbol("v", real=True))
        slope = -sympy.diff(part, v)
        states = sorted(each.name for each in part.free_symbols if each.name in self.settled)
        label = re.sub(r"^[gI]_", "", states[0]) if states else str(part)
        conductance = self.settled.get(f"g_{label}")
        reversal = self[f"E_{label}"] if f"E_{label}" in self.group.variables else None
        is_gated = v in slope.free_symbols
        return Term(label, self._of_v(part), self._of_v(slope), conductance, reversal, is_gated)

    def _of_v(self, expression: Any, **given: Any) -> Callable[[Any], Any]:
        names = sorted(each.name for each in expression.free_symbols)
        of = self._compiled(expression, names)
        held = {name: self[name] for name in names if name != "v" and name not in given}

        def at(v: Any) -> Any:
            own = {name: value(v) for name, value in given.items()}
            return np.asarray(of(*({"v": v, **held, **own}[name] for name in names)), dtype=float) + 0 * v

        return at

    def _compiled(self, expression: Any, names: list[str]) -> Any:
        if expression not in self._functions:
            import sympy

            by_name = {each.name: each for each in expression.free_symbols}
            arguments = [by_name[name] for name in names]
            self._functions[expression] = sympy.lambdify(arguments, expression, _FUNCTIONS)
        return self._functions[expression]

    def _settle(self, arriving: dict[str, np.ndarray]) -> None:
        """Let each filter have the value that it settles at; what depends on the membrane stays as it is."""
        pending = self.states - {"v"}
        depends = {name: {each.name for each in self.text[name].free_symbols} & self.states for name in pending}
        for name in sorted(pending):
            closure, new = {name}, {name}
            while new:
                new = set().union(*(depends.get(each, {"v"}) for each in new)) - closure
                closure |= new
            if "v" in closure:
                if name in arriving:
                    raise _Unknown(name)
                continue
            self.settled[name] = self._fixed_point(sorted(closure), arriving)[:, [sorted(closure).index(name)]]

    def _fixed_point(self, names: list[str], arriving: dict[str, np.ndarray]) -> np.ndarray:
        import sympy

        symbols = [next(s for n in names for s in self.text[n].free_symbols if s.name == each) for each in names]
        count = len(self.neurons)
        matrix, right = np.zeros((count, len(names), len(names))), np.zeros((count, len(names)))
        for row, name in enumerate(names):
            for column, symbol in enumerate(symbols):
                entry = sympy.diff(self.text[name], symbol)
                if entry.free_symbols & set(symbols):
                    raise _Unknown(f"{name} is no linear filter")
                matrix[:, row, column] = self._of_v(entry)(np.zeros((count, 1)))[:, 0]
            constant = self.text[name].subs({symbol: 0 for symbol in symbols})
            right[:, row] = self._of_v(constant)(np.zeros((count, 1)))[:, 0] + arriving.get(name, 0.0)
        try:
            return np.asarray(np.linalg.solve(matrix, -right[:, :, None])[:, :, 0])
        except np.linalg.LinAlgError:
            raise _Unknown(f"{names} have no fixed point") from None

    def _check(self, case: Case, terms: Sequence[Term]) -> None:
        """Raise if the group's own equation of the membrane is not what the case says it is."""
        v = case.membrane.low + (case.membrane.high - case.membrane.low) * np.array([[0.3, 0.9]])
        given = {name: (lambda at, form=form: form(self, at)) for name, form in self.at_rest.items()}
        own = self._of_v(self.text["v"], **given)(v) * self[self.capacitance]
        said = sum((term.current(v) for term in terms), case.membrane.own(v) + case.injected)
        if not np.allclose(own, said, rtol=1e-6, atol=1e-18):
            raise _Unknown("the membrane is another")


def _arriving(group: Any, inputs: Sequence[Input], poissons: Sequence[Any]) -> dict[str, np.ndarray]:
    """Return by variable what spikes add to it per second."""
    found: dict[str, np.ndarray] = {}
    for each in inputs:
        if not each.runs or not acts(each) or not len(each.synapses):
            continue
        if each.is_continuous:
            raise _Unknown(each.name)
        added = [
            (name, what) for name, what in _ADDS.findall(str(getattr(getattr(each.synapses, "pre", None), "code", "")))
            if name in group.variables and name not in each.synapses.equations.names
        ]  # fmt: skip
        for name, what in added:
            pre, post = each.pairs
            if each.rates is None:  # a rate that nobody knows may be any
                raise _Unknown(each.name)
            brought = _size(each, what) * np.asarray(each.rates)[pre]
            found[name] = found.get(name, 0) + np.bincount(post, weights=brought, minlength=len(group))
    for each in poissons:
        if not isinstance(each._weight, Quantity | float | int) or isinstance(each.rate, str):
            raise _Unknown(each.name)
        first, last = span(each._group)
        rate = np.zeros(len(group))
        rate[first:last] = float(np.asarray(each._weight)) * each.N * float(np.max(np.asarray(each.rate)))
        found[each._target_var] = found.get(each._target_var, 0) + rate
    return found


def _size(each: Input, what: str) -> np.ndarray:
    """Return by how much a spike of each synapse adds, where that is its weight or a number."""
    if each.weights is not None and what in ("weight", "w"):
        return each.weights
    if each.weights is not None and what in ("-weight", "-w"):
        return -each.weights
    raise _Unknown(what)
