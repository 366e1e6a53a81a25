"""The vendor's module in floating point: what a script for SpiNNaker gets that is not to run as on the chip.

Cells, rules, the meaning of weights and the vendor's calls are those of :mod:`brianhw.spinnaker`; nothing is lost to
integers. ``setup(arithmetic="integer")`` goes back to them.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from brianhw.spinnaker import *  # noqa: F403
from brianhw.spinnaker import control
from brianhw.spinnaker.refused import refuse


@wraps(control.setup)  # type: ignore[no-redef]
def setup(*arguments: Any, **options: Any) -> int:
    return control.setup(*arguments, **{"arithmetic": "float", **options})


def __getattr__(asked: str) -> Any:
    return refuse(__name__, asked)
