"""What was found out about silent neurons: text, HTML and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from textwrap import fill
from typing import Any

from brianhw import html

__all__ = ["Cause", "Explanation", "Explanations", "listed", "some_of"]

_WIDTH = 99


@dataclass(frozen=True)
class Cause:
    """One reason why neurons are silent.

    Attributes
    ----------
    kind : str
        ``"not in a network"``, ``"not run"``, ``"no threshold"``, ``"inactive"``, ``"connection not in a network"``,
        ``"no input"``, ``"silent source"``, ``"zero weight"``, ``"late"``, ``"no current"``, ``"inhibition only"``,
        ``"refractory"``, ``"below rheobase"``, ``"below threshold"`` or ``"not known"``.
    text : str
        What was found.
    advice : str
        What to do.
    which : tuple of int
        Of which neurons it is true.

    Examples
    --------
    >>> from brian2 import Network, NeuronGroup
    >>> from brianhw.equations import LIF
    >>> from brianhw.why import why_silent
    >>> cells, network = NeuronGroup(3, **LIF, name="cells"), Network()
    >>> [cause] = why_silent(cells).causes
    >>> print(cause.kind, cause.which)
    not in a network (0, 1, 2)
    >>> print(cause.text, cause.advice)
    'cells' is in no network, so it is not simulated. Give it to the network: network.add(...).
    """

    kind: str
    text: str
    advice: str = ""
    which: tuple[int, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """Why neurons of a population never spiked. ``print`` it, show it in a notebook, or take ``to_dict()``.

    Attributes
    ----------
    population : str
    size : int
        How many neurons it has.
    seconds : float
        How long the time is that it speaks of.
    silent : tuple of int
        The neurons that never spiked.
    known : bool
        Whether it is known which spiked; nothing records it in a group without monitor and without refractory period.
    causes : tuple of Cause
        The most certain first.
    since : float
        When that time began, in seconds of the simulation.
    runs : int
        How many runs that were, if it is the last one or several of the same length; 0 for all since a time.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, nA, run
    >>> from brianhw.equations import LIF
    >>> from brianhw.parameters import lif
    >>> from brianhw.why import why_silent
    >>> cells = NeuronGroup(2, **LIF, name="cells")
    >>> LIF.set(cells, lif.PYNN_DEFAULTS, I_ext=[0.5, 2]*nA)
    >>> run(20*ms)
    >>> found = why_silent(cells)
    >>> print(found.headline(), found.silent, found.kinds)
    cells: 1 of 2 neurons never spiked in 20 ms (0,) ('no input', 'below rheobase')
    """

    population: str
    size: int
    seconds: float
    silent: tuple[int, ...]
    known: bool
    causes: tuple[Cause, ...]
    since: float = 0.0
    runs: int = 0

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of all causes."""
        return tuple(cause.kind for cause in self.causes)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as dicts and lists that JSON can hold."""
        causes = [{**asdict(cause), "which": list(cause.which)} for cause in self.causes]
        return {**asdict(self), "silent": list(self.silent), "causes": causes}

    def headline(self) -> str:
        """Return in one line who was silent for how long, or when, if that is not from the beginning."""
        ran = f"in {self.seconds * 1e3:.6g} ms"
        if self.since:
            which = {0: "", 1: "the last run, "}.get(self.runs, f"the last {self.runs} runs, ")
            ran = f"in {which}{self.since * 1e3:.6g} to {(self.since + self.seconds) * 1e3:.6g} ms"
        never = "did not spike" if self.since else "never spiked"
        if not self.known:
            return f"{self.population}: whether its {listed_count(self.size)} spiked is not recorded"
        if not self.silent:
            return f"{self.population}: " + (
                f"all {self.size} neurons spiked {ran}" if self.size > 1 else f"it spiked {ran}"
            )
        if len(self.silent) == self.size:
            return f"{self.population}: none of {listed_count(self.size)} spiked {ran}"
        return f"{self.population}: {len(self.silent)} of {self.size} neurons {never} {ran}"

    def text(self) -> str:
        """Return the explanation as lines of fewer than 100 characters."""
        lines = [self.headline()]
        for cause in self.causes:
            said = f"{cause.text} {cause.advice}".strip()
            lines.append(fill(said, _WIDTH, initial_indent="  - ", subsequent_indent="    "))
        return "\n".join(lines)

    __str__ = text
    __repr__ = text

    def _repr_html_(self) -> str:
        said = [f"{cause.text} {cause.advice}".strip() for cause in self.causes]
        return html.paragraph(self.headline()) + (html.bullets(said) if said else "")


class Explanations(tuple[Explanation, ...]):
    """What is said of several populations: one :class:`Explanation` each, with the text of all below each other.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import DynapSE1
    >>> chip = DynapSE1()
    >>> first, second = chip.population(2, name="first"), chip.population(2, name="second")
    >>> network = Network(chip.objects)
    >>> network.run(1*ms)
    >>> [found.population for found in chip.why_silent() if found.silent]
    ['first', 'second']
    """

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return everything as dicts and lists that JSON can hold, by population."""
        return {each.population: each.to_dict() for each in self}

    def text(self) -> str:
        """Return the explanations as lines of fewer than 100 characters."""
        return "\n".join(each.text() for each in self)

    __str__ = text
    __repr__ = text

    def _repr_html_(self) -> str:
        return "".join(each._repr_html_() for each in self)


def listed_count(n: int) -> str:
    """Return "1 neuron" or "12 neurons"."""
    return "1 neuron" if n == 1 else f"{n} neurons"


def some_of(name: str, neurons: Sequence[int], n: int) -> str:
    """Return which neurons of *name*, which has *n*, are meant: "neurons 0 to 4, 7 of 'cells'", or just "'cells'"."""
    if len(neurons) == n:
        return repr(name)
    runs: list[list[int]] = []
    for neuron in sorted(neurons):
        if runs and runs[-1][1] == neuron - 1:
            runs[-1][1] = neuron
        else:
            runs.append([neuron, neuron])
    parts = [str(a) if a == b else f"{a} to {b}" if b > a + 1 else f"{a}, {b}" for a, b in runs[:6]]
    more = f" and {sum(b - a + 1 for a, b in runs[6:])} more" if len(runs) > 6 else ""
    return f"{'neuron' if len(neurons) == 1 else 'neurons'} {', '.join(parts)}{more} of {name!r}"


def listed(names: Sequence[str]) -> str:
    """Return names in quotes, the first six of many."""
    shown = ", ".join(repr(name) for name in names[:6])
    return shown if len(names) <= 6 else f"{shown} and {len(names) - 6} more"
