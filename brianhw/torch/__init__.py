"""Differentiable twins: PyTorch modules made from the equation text of Brian2 models.

PyTorch is an extra (``pip install 'brianhw[torch]'``), imported when a twin is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brianhw.torch.stopgrad import stopgrad

if TYPE_CHECKING:
    from brianhw.torch.making import Inputs, twin
    from brianhw.torch.surrogates import Surrogate, arctan, exponential, fast_sigmoid, triangular
    from brianhw.torch.twins import Twin

__all__ = ["Inputs", "Surrogate", "Twin", "arctan", "exponential", "fast_sigmoid", "stopgrad", "triangular", "twin"]

_PLACES = {
    "Inputs": "making", "Twin": "twins", "twin": "making",
    "Surrogate": "surrogates", "arctan": "surrogates", "exponential": "surrogates", "fast_sigmoid": "surrogates",
    "triangular": "surrogates",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module
    from importlib.util import find_spec

    from brianhw.errors import TwinError

    if find_spec("torch") is None:
        raise TwinError("Twins are PyTorch modules, and PyTorch is not installed: pip install 'brianhw[torch]'")
    return getattr(import_module(f"brianhw.torch.{_PLACES[name]}"), name)
