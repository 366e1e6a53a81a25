"""The errors that brianhw raises. Each is a :class:`BrianHWError` and also the built-in it refines.

A message says who complains, what was asked, what the limit is and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Self

__all__ = [
    "AddressError",
    "AliasError",
    "BrianHWError",
    "CacheError",
    "CapacityError",
    "ChipWarning",
    "CompilationError",
    "CompilerError",
    "ConfigurationError",
    "ConnectionRefused",
    "EdlutError",
    "EdlutWarning",
    "FanInError",
    "FanOutError",
    "GeneratorError",
    "ModelError",
    "ParameterError",
    "PyNNError",
    "PyNNWarning",
    "ReleasedError",
    "RequestError",
    "RunArgumentError",
    "ScriptError",
    "SpinnakerError",
    "SpinnakerWarning",
    "StoreError",
    "SweepError",
    "SweepWarning",
    "TwinError",
    "UnitError",
    "UnknownNameError",
    "WeightError",
    "WriteError",
    "unknown_name",
]


class BrianHWError(Exception):
    """Base of every error that brianhw raises on purpose."""


class ModelError(BrianHWError, ValueError):
    """A model's text is wrong: a port is missing, a name is defined twice or not at all."""


class ParameterError(BrianHWError, ValueError):
    """A parameter has no value, or one of the wrong shape."""


class UnitError(ParameterError):
    """A value has the wrong unit."""


class UnknownNameError(BrianHWError, KeyError):
    """A name that does not exist was asked for; the message lists or suggests the known ones."""

    # KeyError shows the repr of its argument; a sentence should be shown as one.
    __str__ = Exception.__str__


class CapacityError(BrianHWError, ValueError):
    """The chip has less room than was asked for.

    *limit* names what is short ("cam_words", "sram_words", "neurons", "addresses", "alias", ...), *where* says where
    it is (the numbers of "chip", "core" and "neuron", as far as it is one), *asked* and *allowed* are how many. None
    where it is not said.
    """

    def __init__(
        self,
        summary: str,
        *,
        limit: str | None = None,
        where: Mapping[str, int] | None = None,
        asked: int | None = None,
        allowed: int | None = None,
    ) -> None:
        super().__init__(summary)
        self.limit = limit
        self.where = dict(where or {})
        self.asked = asked
        self.allowed = allowed


class AddressError(CapacityError):
    """There is no address left by which a chip could tell a sender from others."""


class AliasError(CapacityError):
    """Senders that a core could not tell apart: each would drive the other's synapses.

    *pairs* names them, ``[("X[0]", "Y[0]"), ...]``; *aliased_pairs* is how many there are.
    """

    def __init__(self, summary: str, *, pairs: Iterable[tuple[str, str]] = (), **where: Any) -> None:
        super().__init__(summary, **where)
        self.pairs = list(pairs)
        self.aliased_pairs = len(self.pairs)


class ChipWarning(UserWarning):
    """A run leaves out something that lies on a chip: it is in no network."""


class ConfigurationError(BrianHWError, ValueError):
    """A file does not describe a board: something in it is missing, of another kind, or does not fit."""


class ConnectionRefused(BrianHWError, ValueError):
    """A connection that the chip cannot make, for a reason other than its size."""


class RequestError(BrianHWError, ValueError):
    """A request that no chip could meet: a name used twice, no neurons at all, an index out of range."""


class RunArgumentError(BrianHWError, TypeError):
    """A value that ``device.run(run_args=...)`` cannot give to what it is given for."""


class ScriptError(BrianHWError, ValueError):
    """A file cannot be run: it is not there, or it is not Python that runs outside a notebook server."""


class _NeuronLimitError(CapacityError):
    """A limit that each neuron has, with the figures for a caller that has more advice to give.

    *neuron* is the lowest-numbered neuron over the limit, *offenders* are all of them (an array of
    indices in the population), *largest_weight* the largest weight that would fit everywhere, if any.
    """

    def __init__(
        self,
        summary: str,
        *,
        neuron: int | None = None,
        offenders: Any = (),
        largest_weight: int | None = None,
        **limit: Any,
    ) -> None:
        super().__init__(summary, **limit)
        self.neuron = neuron
        self.offenders = offenders
        self.largest_weight = largest_weight

    def with_advice(self, advice: str) -> Self:
        """Return the same error with one more way out: "..., or the largest p is 0.22."."""
        link = "; " if self.largest_weight is None else ", or "
        figures = {key: value for key, value in vars(self).items() if not key.startswith("_")}
        return type(self)(f"{str(self).removesuffix('.')}{link}{advice}.", **figures)


class FanInError(_NeuronLimitError):
    """A neuron would listen to more input words than it has."""


class FanOutError(_NeuronLimitError):
    """A neuron would send to more destinations than it can address."""


class SpinnakerError(CapacityError):
    """SpiNNaker, or the vendor's tool, cannot do what was asked; in strict mode also: only with a loss."""


class SpinnakerWarning(UserWarning):
    """SpiNNaker does nearly what was asked: weights are rounded to zero, sums saturate."""


class SweepError(BrianHWError, ValueError):
    """A sweep that makes no sense: values without a common unit, a point twice, a way that its model cannot go."""


class SweepWarning(UserWarning):
    """A sweep gives results, but points failed, were stored damaged, or will not be found again."""


class StoreError(BrianHWError, OSError):
    """The results of a sweep cannot be kept where they were to be."""


class WeightError(BrianHWError, ValueError):
    """A weight that the chip cannot hold."""


class WriteError(BrianHWError, OSError):
    """A file or folder cannot be written where it was to be: another is there, or the place is not to be written to."""


class ReleasedError(BrianHWError, RuntimeError):
    """A population or connection is used after it was freed from its chip."""


class PyNNError(BrianHWError, ValueError):
    """The PyNN back end was asked for what it cannot do, or, in strict mode, what it can only do with a loss."""


class PyNNWarning(UserWarning):
    """The PyNN back end does nearly what was asked: a delay is rounded, spikes are merged."""


class EdlutError(BrianHWError, ValueError):
    """EDLUT's interface was asked for what it cannot do: an unknown index, a time that has passed, the wrong order."""


class EdlutWarning(UserWarning):
    """EDLUT's interface does nearly what was asked: activity of the past is left out."""


class TwinError(BrianHWError, ValueError):
    """No differentiable twin can be made of this: a function without a PyTorch form, an object without equations."""


class CompilerError(BrianHWError, RuntimeError):
    """Compiled code was asked for and no working C++ compiler was found."""


class CacheError(BrianHWError, RuntimeError):
    """The cache of compiled models cannot be used: not written to, no room, or not safe from other users."""


class CompilationError(BrianHWError, RuntimeError):
    """The C++ compiler refused generated code.

    *output* is all that it printed, *command* what was run.
    """

    def __init__(self, summary: str, *, command: Iterable[str] = (), output: str = "") -> None:
        super().__init__(summary)
        self.command = tuple(command)
        self.output = output


class GeneratorError(BrianHWError, TypeError):
    """NumPy's global generator of random numbers is not the one that compiled code continues."""


def unknown_name(owner: str, kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """Return the error for an unknown *name*: it names the nearest known one, or lists them all."""
    known = sorted(map(str, known))
    by_case = {each.lower(): each for each in known}
    near = [by_case[str(name).lower()]] if str(name).lower() in by_case else get_close_matches(str(name), known, n=1)
    advice = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known) or 'none'}."
    return UnknownNameError(f"{owner} has no {kind} {name!r}. {advice}")
