"""Random expressions of whole numbers, booleans and floating-point numbers, for models that NumPy and C++ both run.

Run as a script it compares many: ``python tests/support/random_expressions.py 100``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

__all__ = ["Expressions"]


class Expressions:
    """Makes expressions of a given type that NumPy accepts.

    Parameters
    ----------
    source : random.Random
        Where choices come from.
    integers, booleans, floats : sequence of str
        The names that stand for values; the first one of each differs from element to element.
    exact : bool
        Whether jumps (``//``, ``%``, comparisons, ``int``) are only taken of numbers without rounding errors: code
        that may reorder sums differs elsewhere by one bit, at a jump by more.
    jumps : str
        The types of numbers that jumps are taken of: where *floats* have rounding errors themselves, integers only.
    """

    def __init__(
        self,
        source: random.Random,
        integers: Sequence[str],
        booleans: Sequence[str],
        floats: Sequence[str],
        exact: bool = False,
        jumps: str = "if",
    ) -> None:
        self.source, self.exact, self.jumps = source, exact, jumps
        self.names = {"i": integers, "b": booleans, "f": floats}

    def of(self, kind: str, depth: int = 3, rounded: bool = True) -> str:
        """Return an expression of integers ``"i"``, booleans ``"b"`` or floating-point numbers ``"f"``.

        Where not *rounded*, its values have no rounding errors.
        """
        if depth <= 0 or self.source.random() < 0.15:
            return self._leaf(kind)
        make: Callable[[int, bool], str] = getattr(self, f"_{kind}")
        return make(depth - 1, rounded)

    def _leaf(self, kind: str) -> str:
        literals = {"i": ["0", "1", "2", "3", "7", "-1", "-5"], "b": ["True", "False"]}
        literals["f"] = ["0.0", "0.5", "2.0", "-1.5", "3.25"]
        return self.source.choice([*self.names[kind] * 3, *literals[kind]])

    def _at_jump(self, depth: int) -> str:
        return self.of(self.source.choice(self.jumps), depth, rounded=not self.exact)

    def _factor(self) -> str:
        # sympy, which Brian2 asks, calculates with names of booleans and not with comparisons
        return self.source.choice(self.names["b"])

    def _divisor(self, other: str) -> str:
        # Python and sympy refuse a zero that stands in the text, arrays may hold some
        vector = self.names["i"][0]
        return self.source.choice([vector, "3", "-4", f"({vector} + {other})", f"({vector} - {self._factor()})"])

    def _i(self, depth: int, rounded: bool) -> str:
        one, two = self.of("i", depth), self.of("i", depth)
        return self.source.choice(
            [
                lambda: f"({one} {self.source.choice('+-*')} {two})",
                lambda: f"({one} {self.source.choice(['//', '%'])} {self._divisor(two)})",
                lambda: f"({one} {self.source.choice('+-*')} {self._factor()})",
                lambda: f"({self._factor()} {self.source.choice(['//', '%'])} {self._divisor(two)})",
                lambda: f"(-{one})",
                lambda: f"abs({one})",
                lambda: f"sign({one})",
                lambda: f"({one})**{self.source.choice('23')}",
                lambda: f"clip({one}, {self._leaf('i')}, {two})",
                lambda: f"int({self._at_jump(depth)})",
                lambda: f"int({self.of('b', depth)})",
                lambda: f"{self.source.choice(['floor', 'ceil'])}({self._at_jump(depth)})",
            ]
        )()

    def _b(self, depth: int, rounded: bool) -> str:
        sign = self.source.choice(["<", "<=", ">", ">=", "==", "!="])
        return self.source.choice(
            [
                lambda: f"({self._at_jump(depth)} {sign} {self._at_jump(depth)})",
                lambda: f"({self.of('b', depth)} {self.source.choice(['and', 'or'])} {self.of('b', depth)})",
                lambda: f"(not {self.of('b', depth)})",
            ]
        )()

    def _f(self, depth: int, rounded: bool) -> str:
        one, two, whole = (self.of(kind, depth, rounded) for kind in "ffi")
        choices = [
            lambda: f"({one} {self.source.choice('+-')} {two})",
            lambda: f"({one} * {self._leaf(self.source.choice('fi'))})",
            lambda: f"({one} {self.source.choice('+-*')} {self._factor()})",
            lambda: f"({one} + {whole})",
            lambda: f"(-{one})",
            lambda: f"abs({one})",
            lambda: f"sign({one})",
            lambda: f"clip({one}, {self._leaf('f')}, {self._leaf(self.source.choice('fi'))})",
            lambda: f"clip({whole}, {self._leaf('f')}, {two})",
            lambda: f"({whole} / {self.source.choice('248')})",
        ]
        if rounded and "f" in self.jumps:
            jump = (lambda: self.of("f", depth)) if not self.exact else (lambda: self.of("f", depth, False))
            choices += [
                lambda: f"({jump()} {self.source.choice(['//', '%'])} {self.names['f'][0]})",
                lambda: f"({jump()} {self.source.choice(['//', '%'])} {self.source.choice(['0.1', '-0.3', '2.5'])})",
                lambda: f"({jump()} {self.source.choice(['//', '%'])} {self._divisor(whole)})",
            ]
        if rounded:
            choices += [
                lambda: f"({one} * {two})",
                lambda: f"({one} / {two})",
                lambda: f"({whole} / {self.of('i', depth)})",
                lambda: f"({one})**2",
                lambda: f"abs({one})**0.5",
                lambda: f"exp(-abs({one}))",
                lambda: f"sqrt(abs({whole}))",
                lambda: f"sin({whole})",
            ]
        return self.source.choice(choices)()
