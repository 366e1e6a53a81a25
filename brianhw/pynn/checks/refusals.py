"""The errors of the PyNN back end: each is ours and also PyNN's, so that scripts may catch either.

A message says who refuses, what was given and what it must be. :func:`as_ours` is the net below the checks: what PyNN,
lazyarray or NumPy raise of themselves comes out as one of these, with the name of the object that was asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

from pyNN import errors

from brianhw.errors import BrianHWError, PyNNError, UnknownNameError, unknown_name

__all__ = [
    "ConnectionRefused",
    "DimensionsRefused",
    "IndexRefused",
    "KindRefused",
    "ModelRefused",
    "RecordingRefused",
    "UnknownParameter",
    "ValueRefused",
    "as_ours",
    "refuse_unknown",
]


class ValueRefused(PyNNError, errors.InvalidParameterValueError):
    """A value that a parameter cannot have."""


class DimensionsRefused(PyNNError, errors.InvalidDimensionsError):
    """An array, or a list, of the wrong shape."""


class ConnectionRefused(PyNNError, errors.ConnectionError):
    """A connection that PyNN's rules forbid: a weight of the wrong sign, a delay or an index out of range."""


class IndexRefused(PyNNError, IndexError):
    """A cell or connection that does not exist."""


class KindRefused(PyNNError, TypeError):
    """An argument of the wrong kind."""


class ModelRefused(PyNNError, errors.InvalidModelError):
    """A model that does not exist."""


class RecordingRefused(PyNNError, errors.RecordingError):
    """A variable that these cells do not have."""

    def __init__(self, message: str) -> None:
        Exception.__init__(self, message)

    __str__ = Exception.__str__


class UnknownParameter(UnknownNameError, errors.NonExistentParameterError):
    """A parameter that a model does not have; the message names the nearest one, and all."""

    def __init__(self, owner: str, name: object, known: Iterable[str]) -> None:
        self.parameter_name, self.model_name = name, owner
        self.valid_parameter_names = sorted(map(str, known))
        near = get_close_matches(str(name), self.valid_parameter_names, n=1)
        advice = f"Did you mean {near[0]!r}? " if near else ""
        names = ", ".join(self.valid_parameter_names) or "none"
        Exception.__init__(self, f"{owner} has no parameter {name!r}. {advice}Known: {names}.")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.model_name, self.parameter_name, self.valid_parameter_names)


def refuse_unknown(owner: str, names: Iterable[str], known: Iterable[str], kind: str = "parameter") -> None:
    """Raise if one of *names* is not *known*."""
    known = list(known)
    for name in names:
        if name not in known:
            raise (
                UnknownParameter(owner, name, known) if kind == "parameter" else unknown_name(owner, kind, name, known)
            )


# what the libraries below raise for a wrong argument; not what a user's own function is likely to fail with
_TRANSLATED: dict[type[Exception], type[PyNNError]] = {
    errors.InvalidDimensionsError: DimensionsRefused,
    errors.InvalidParameterValueError: ValueRefused,
    errors.ConnectionError: ConnectionRefused,
    TypeError: KindRefused,
    IndexError: IndexRefused,
    ValueError: ValueRefused,
    AssertionError: ValueRefused,
    OverflowError: ValueRefused,
}


@contextmanager
def as_ours(owner: str, advice: str = "") -> Iterator[None]:
    """Let an error of PyNN, lazyarray or NumPy say who was asked; the original is its cause."""
    try:
        yield
    except BrianHWError:
        raise
    except tuple(_TRANSLATED) as error:
        ours = next(own for theirs, own in _TRANSLATED.items() if isinstance(error, theirs))
        said = str(error).rstrip(".") or type(error).__name__
        raise ours(f"{owner}: {said}. {advice}".rstrip()) from error
