"""Two steps, one for most of the time and a shorter one around spikes, for each neuron by itself.

Source: EDLUT (branch head 74220e7, 2023), bi-fixed-step integration methods; Naveros, Garrido, Carrillo, Ros & Luque
2017, Front. Neuroinform. 11:7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from brianhw.errors import ModelError
from brianhw.integration.runge_kutta import (
    SCHEMES,
    STATEMENT,
    Integrator,
    check_variables,
    parted,
    statements,
    step_lines,
    target,
)

if TYPE_CHECKING:
    from brian2 import Equations

__all__ = ["Bifixed", "NearSpike"]

STATE = """
step_mode : 1                                # 0: whole steps; 1 to 3: parts of a step, before, in and after a spike
step_counter : 1                             # parts of a step until whole ones are taken again
n_spikes : 1                                 # spikes in this step
"""
COMPARISON = re.compile(r"(?<![<>=!])(<=?|>=?|==|!=)(?!=)|\b(and|or|not)\b")


class NearSpike(NamedTuple):
    """When a neuron leaves whole steps and when it may come back.

    Parameters
    ----------
    start : str
        A condition: a whole step that ends with it true is not taken.
    end : str
        A condition: once it is true after the spike, whole steps begin again...
    hold : str
        ... after this time.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from brianhw.equations import hodgkin_huxley_clipped
    >>> from brianhw.integration import NearSpike
    >>> near = NearSpike(start="v > -45*mV", end="v < -60*mV", hold="1*ms")
    >>> cell = replace(hodgkin_huxley_clipped(), near_spike=near).integrated("bifixed_rk4", substeps=4)
    >>> print(cell.method.__name__, cell.method.near.start)
    bifixed rk4 v > -45*mV
    """

    start: str
    end: str
    hold: str = "0*ms"


@dataclass(frozen=True)
class Bifixed:
    r"""A Brian2 state updater: a Runge-Kutta *scheme* with whole steps, and *substeps* in a step around spikes.

    A neuron takes a whole step; if it ends near a spike, it is undone and taken in parts, and so are the steps that
    follow, until some time after the spike. The spikes are found and reset in the parts: the group's threshold is
    ``n_spikes > 0``, and its reset is empty. A neuron may spike more than once in a step: ``n_spikes`` says how often.

    On Brian2's NumPy target all neurons do the arithmetic of both, and what a whole step gives must be finite
    also where it is undone; in C++ each does only what it takes.

    Parameters
    ----------
    scheme : str
        A key of ``brianhw.integration.SCHEMES``: ``"euler"``, ``"heun"``, ``"rk4"``.
    substeps : int
        Parts of a step around a spike.
    near : NearSpike
        When that is.
    threshold, reset : str
        Condition of a spike and the statements that follow it.
    solutions, floors, limits, before, after
        As for :class:`~brianhw.integration.Integrator`.

    Raises
    ------
    ModelError
        If the scheme or the number of substeps is wrong.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV, run
    >>> from brianhw.integration import Bifixed, NearSpike
    >>> near = NearSpike("v > -52*mV", "v < -55*mV", "2*ms")
    >>> method = Bifixed("euler", 5, near, threshold="v > -50*mV", reset="v = -65*mV\ncount += 1")
    >>> equations = method.with_state("dv/dt = (-40*mV - v)/(10*ms) : volt\ncount : 1")
    >>> group = NeuronGroup(1, equations, method=method, threshold="n_spikes > 0", reset="", dt=1*ms)
    >>> group.v = -65*mV
    >>> run(30*ms)
    >>> print(group.count[:])  # one each 10*log(25/10) = 9.2 ms
    [3.]
    """

    scheme: str
    substeps: int
    near: NearSpike
    threshold: str
    reset: str = ""
    solutions: Mapping[str, str] = field(default_factory=dict)
    floors: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    before: str = ""
    after: str = ""

    def __post_init__(self) -> None:
        known = [name for name in SCHEMES if name != "rosenbrock"]
        if self.scheme not in known:
            raise ModelError(f"There is no scheme {self.scheme!r} for two steps; known: {', '.join(known)}.")
        if not isinstance(self.substeps, int) or self.substeps < 1:
            raise ModelError(f"A step has a whole number of parts, 1 or more, not {self.substeps!r}.")

    @property
    def __name__(self) -> str:  # Brian2 logs the name of the method
        return f"bifixed {self.scheme}"

    def __hash__(self) -> int:
        mappings = (tuple(each.items()) for each in (self.solutions, self.floors, self.limits))
        texts = (self.threshold, self.reset, self.before, self.after)
        return hash((self.scheme, self.substeps, self.near, *texts, *mappings))

    def with_state(self, equations: str) -> str:
        """Return *equations* with the variables that the method remembers."""
        return f"{equations.rstrip()}\n{STATE.strip()}"

    def __call__(self, equations: Equations, variables: Any = None, method_options: Any = None) -> str:
        """Return the abstract code of one step."""
        check_variables(self, equations)
        frozen = [name for name in sorted(equations.diff_eq_names) if "unless refractory" in equations[name].flags]
        if frozen:
            raise ModelError(
                f"{self.__name__} finds spikes within a step, Brian2 refractory neurons between two: "
                f"{', '.join(frozen)} cannot be 'unless refractory'. Keep the time since the last spike "
                "as a variable, as LIF_FRACTIONAL does."
            )
        step = step_lines(
            equations,
            Integrator(
                self.scheme, self.solutions, self.floors, before=self.before, after=self.after, limits=self.limits
            ),
        )
        states = sorted({name for name in map(target, step) if not name.startswith("_")})
        lines = [
            "n_spikes = 0",
            "_whole = step_mode < 0.5",
            *(f"_kept_{name} = 1*{name}" for name in states),  # a copy: NumPy would keep a view
            *_where("_whole", [_plain(line) for line in step]),
            f"_leaves = int(_whole)*int({self.near.start})",
            "_undo = _leaves > 0.5",
            *(f"{name} = int(not _undo)*{name} + int(_undo)*_kept_{name}" for name in states),
            "step_mode = step_mode + _leaves",
            "_fine = step_mode > 0.5",
        ]
        for number in range(self.substeps):
            part = [_plain(line) for line in parted("\n".join(step), number, self.substeps).splitlines()]
            lines += [*_where("_fine", part), *self._spike_test(), *self._mode_after_part()]
        return "\n".join([*lines, "step_mode = step_mode*int(step_mode > 1.5)"])

    def _spike_test(self) -> list[str]:
        return [
            f"_fires = int(_fine)*int({self.threshold}) > 0.5",
            *_where("_fires", [_plain(line) for line in statements(self.reset)]),
            "n_spikes = n_spikes + int(_fires)",
        ]

    def _mode_after_part(self) -> list[str]:
        # the tolerance: EDLUT divides in single precision
        parts = f"ceil(({self.near.hold})/(dt/{self.substeps}.) - 1e-5) + 1"
        return [
            f"_begins = int(step_mode > 0.5 and step_mode < 1.5)*int({self.near.start})",
            f"_ends = int(step_mode > 1.5 and step_mode < 2.5)*int({self.near.end})",
            "step_mode = step_mode + _begins + _ends",
            f"step_counter = _ends*({parts}) + (1 - _ends)*step_counter",
            "_waits = int(step_mode > 2.5)",
            "step_counter = step_counter - _waits",
            "_returns = _waits*int(step_counter < 0.5)",
            "step_mode = step_mode*(1 - _returns)",
        ]


def _plain(line: str) -> str:
    """Return a statement as ``target = value``."""
    name = target(line)
    _, operator, value = STATEMENT.match(line).groups()  # type: ignore[union-attr]  # target() has matched
    return f"{name} = {name} {operator} ({value})" if operator else f"{name} = {value}"


def _where(condition: str, lines: list[str]) -> list[str]:
    """Return statements that have an effect where *condition*, a boolean variable, is true.

    Brian2 makes a branch of a boolean factor: in C++ nothing is computed where it is false.
    """
    found = []
    for line in lines:
        name, value = line.split(" = ", 1)
        if not name.startswith("_"):
            found.append(f"{name} = int({condition})*({value}) + int(not {condition})*{name}")
        elif COMPARISON.search(re.sub(r"int\([^()]*\)", "", value)):  # a truth value stays one
            found.append(line)
        else:
            found.append(f"{name} = int({condition})*({value})")
    return found
