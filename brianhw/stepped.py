"""Neurons whose step is a list of statements, as a processor executes it, rather than differential equations.

A :class:`SteppedNeuron` goes where a :class:`~brianhw.model.NeuronModel` goes, with ports, blocks and ``+``. Its step
is put together from the statements of its parts, in the order in which the chip's software executes them:

1. ``arrive`` of each block: take what spikes have brought (once a step);
2. ``before`` of each block, ``advance`` of the neuron, which says in ``fires`` whether it spikes, ``spike`` of each
   block, ``after`` of each block. This part is repeated where a step has several parts.

Brian2 asks a method for the code of a step only where there is a differential equation, and so every stepped neuron has
one, of a variable that stays zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from brianhw.model import Block, NeuronModel
from brianhw.model.lines import assigned_in, joined, names_in
from brianhw.model.text import lines

__all__ = ["Statements", "SteppedBlock", "SteppedNeuron"]

NO_EQUATION = "dstepped/dt = 0*Hz : 1            # stays zero: Brian2 calls a method only for an equation"
STAGES = ("arrive", "before", "spike", "after")


@dataclass(frozen=True)
class Statements:
    """A Brian2 state updater that executes statements; it solves no equation."""

    code: str

    __name__ = "statements"

    def __call__(self, equations: Any, variables: Any = None, method_options: Any = None) -> str:
        """Return the abstract code of one step."""
        return self.code


@dataclass(frozen=True, eq=False)
class _Stages:
    """Statements of a part of a neuron, by when in a step they are executed."""

    arrive: str = lines()
    before: str = lines()
    spike: str = lines()
    after: str = lines()

    def _stages(self, other: Any) -> dict[str, str]:
        return {stage: joined(getattr(self, stage), getattr(other, stage, "")) for stage in STAGES}


@dataclass(frozen=True, eq=False)
class SteppedBlock(_Stages, Block):
    """A block with statements of its own in every step."""

    def _combined(self, other: Any) -> dict[str, Any]:
        return super()._combined(other) | self._stages(other)

    def __add__(self, other: Block) -> SteppedBlock:
        return SteppedBlock(**self._combined(other)) if isinstance(other, Block) else super().__add__(other)

    def __radd__(self, other: Block) -> SteppedBlock:
        return self + other  # a plain block on the left must not lose the statements

    @property
    def text(self) -> str:
        """The block's equations, the terms it adds to ports, and its statements."""
        stages = (f"# {stage}:\n{getattr(self, stage)}" for stage in STAGES if getattr(self, stage))
        return joined(super().text, *stages)


@dataclass(frozen=True, eq=False)
class SteppedNeuron(_Stages, NeuronModel):
    """A neuron that is updated by statements.

    Parameters
    ----------
    advance : str
        Statements of one step or of one of its ``substeps``. They set ``fires``, a boolean.
    threshold : str
        ``"spiked"``, which is true where ``fires`` was in any part of the step.
    """

    advance: str = lines()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "threshold", "spiked")

    def _combined(self, other: Any) -> dict[str, Any]:
        return super()._combined(other) | self._stages(other)

    @property
    def full_equations(self) -> str:
        """The equations with the ports written out, the spike and the equation that Brian2 needs."""
        return joined(super().full_equations, "spiked : boolean           # in this step", NO_EQUATION)

    @cached_property
    def step(self) -> str:
        """The statements of a whole step."""
        part = joined(self.before, self.advance, "spiked = spiked or fires", self.spike, self.after)
        return joined(self.arrive, "spiked = False", *[part] * self.substeps)

    @property
    def method(self) -> Statements:
        """What Brian2 gets as ``method``."""
        return Statements(self.step)

    @cached_property
    def _group_arguments(self) -> dict[str, Any]:
        # an empty reset says that none is wanted
        return {**super()._group_arguments, "reset": self.reset}

    def _statements(self) -> Mapping[str, set[str]]:
        return {**super()._statements(), "the statements of a step": names_in(self.step) - assigned_in(self.step)}

    @property
    def state_variables(self) -> tuple[str, ...]:
        """The raw state: what the statements change, in alphabetical order."""
        changed = assigned_in(self.step) | assigned_in(self.reset)
        return tuple(sorted(changed & self.parsed.parameter_names - {"spiked"}))

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that need a value, in alphabetical order."""
        return tuple(sorted(self.parsed.parameter_names - {"spiked", *self.state_variables}))

    def _integration_text(self) -> str:
        return joined("# by statements, in every step:", self.step)
