"""Sources of random spikes.

Source: Cox 1962, "Renewal Theory", chapter 1 (Poisson process). Deviation: at most one spike in a step, found with the
probability ``rate*dt``. The mean rate is right, and the variance of counts is smaller by the share ``rate*dt``; above
0.1 the model stops with an error. (The sources of ``brianhw.pynn`` have any number of spikes in a step.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from brianhw.errors import ParameterError
from brianhw.model import NeuronModel

__all__ = ["POISSON_SOURCE"]

MOST = 0.1  # spikes expected in a step
MESSAGE = (
    f"POISSON_SOURCE has one spike in a step at most; for a rate of more than {MOST} in a step its counts would vary "
    "too little. Use a shorter step, several sources that have a part of the rate each, or Brian2's PoissonInput."
)
CPP = f"""
static inline double few(double expected)
{{
    if (expected > {MOST}) throw std::domain_error("{MESSAGE}");
    return expected;
}}
"""
CYTHON = f"""
cdef double few(double expected) except? -1:
    if expected > {MOST}:
        raise ValueError("{MESSAGE}")
    return expected
"""


def _checked(expected: Any) -> Any:
    import numpy as np

    if np.any(np.asarray(expected) > MOST):
        raise ParameterError(MESSAGE)
    return expected


@cache
def _few() -> Any:
    """Return the Brian2 function ``few(expected)``: what it is given, or an error if that is too much."""
    from brian2 import Function

    function = Function(_checked, arg_units=[1], return_unit=1)
    headers = {"headers": ["<stdexcept>"]}
    function.implementations.add_implementation("numpy", code=_checked)
    function.implementations.add_implementation("cpp", code=CPP, name="few", compiler_kwds=headers)
    function.implementations.add_implementation("cython", code=CYTHON, name="few")
    return function


class _Functions(Mapping[str, Any]):
    """The namespace of the model, made when it is looked at: the library's text is there without Brian2."""

    def __getitem__(self, name: str) -> Any:
        if name != "few":
            raise KeyError(name)
        return _few()

    def __iter__(self) -> Iterator[str]:
        return iter(["few"])

    def __len__(self) -> int:
        return 1


POISSON_SOURCE = NeuronModel(
    name="Poisson source",
    source="Cox 1962, Renewal Theory, chapter 1",
    equations="""
    rate : Hz (constant)         # mean rate while it is on
    t_on : second (constant)     # when it begins
    t_off : second (constant)    # when it ends
    """,
    not_negative=("rate",),
    namespace=_Functions(),
    # half a step of tolerance: t is a sum of steps, rounded
    threshold="rand() < few(rate*dt) and t > t_on - 0.5*dt and t < t_off - 0.5*dt",
)
