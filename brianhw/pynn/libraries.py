"""Libraries that PyNN imports for what not every script does, which wait: Neo for data, SciPy for sparse matrices."""

from __future__ import annotations

from typing import Any

from brianhw.late import Late, late, whole

__all__ = ["lazyarray", "network", "recording"]


def _get_io(*arguments: Any, **options: Any) -> Any:
    """Return Neo's writer for a file; ``neo.io.get_io`` says with which arguments."""
    return whole("neo.io").get_io(*arguments, **options)


def _issparse(value: Any) -> bool:
    """Say that a value is no sparse matrix: without SciPy's module there is none."""
    return False


_WAITING = {
    "neo": Late(has_light_modules=True),
    "neo.io": Late({"get_io": _get_io}, has_light_modules=True),
    "scipy.sparse": Late({"issparse": _issparse}),
}

with late(_WAITING):
    import lazyarray
    from pyNN import network, recording
