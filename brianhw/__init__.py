"""Spiking networks in Brian2, run as a neuromorphic chip would run them.

Importing this package imports neither Brian2 nor NumPy: each name below is fetched when it is first used.
``brianhw --help`` answers at once, and a script decides itself when Brian2 starts. After both are imported, in either
order, Brian2 knows the device ``brianhw``.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brianhw.version import __version__

if TYPE_CHECKING:
    from brianhw import (  # noqa: F401
        allocation,
        chips,
        compat,
        device,
        equations,
        errors,
        hardware,
        integration,
        model,
        parameters,
        plot,
        pynn,
    )
    from brianhw.chips import Mismatch
    from brianhw.hardware import Board, Chip, DynapSE1
    from brianhw.model import Block, NeuronModel, SynapseModel

__all__ = ["Block", "Board", "Chip", "DynapSE1", "Mismatch", "NeuronModel", "SynapseModel", "__version__"]

_MODULES = frozenset(
    "allocation chips compat device equations errors hardware integration model parameters plot pynn".split()
)
_HOME_OF = {
    "Block": "brianhw.model",
    "Board": "brianhw.hardware",
    "Chip": "brianhw.hardware",
    "DynapSE1": "brianhw.hardware",
    "Mismatch": "brianhw.chips",
    "NeuronModel": "brianhw.model",
    "SynapseModel": "brianhw.model",
}


def _add_checkout_folders() -> None:
    """Let ``brianhw.equations`` be found in a checkout that is not installed, where it lies beside us."""
    here = Path(__file__).resolve().parent
    checkout = here.parent
    installed = (here / "equations").is_dir()
    if not installed and (checkout / "pyproject.toml").is_file() and (checkout / "equations" / "__init__.py").is_file():
        __path__.append(str(checkout))


_add_checkout_folders()
import_module("brianhw.registration").register_with_brian2()


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"brianhw.{name}")
    if name in _HOME_OF:
        value = globals()[name] = getattr(import_module(_HOME_OF[name]), name)
        return value
    raise AttributeError(f"module 'brianhw' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_HOME_OF})
