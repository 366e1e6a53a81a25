"""A Brian2 device for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from brian2.devices.device import get_device, reset_device, set_device

__all__ = ["active"]


@contextmanager
def active(device: str | None, options: dict[str, Any]) -> Iterator[None]:
    """Let Brian2 use *device* for what is made and run in the block, by default brianhw; then the one before again."""
    before = get_device()
    set_device(device or "brianhw", **options)
    try:
        yield
    finally:
        reset_device(before)
