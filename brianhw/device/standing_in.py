"""The brianhw device in the place of Brian2's ``cpp_standalone``, for scripts that ask for the latter by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from brian2 import prefs
from brian2.devices.device import Device, all_devices, get_device, reset_device

from brianhw.device.device import brianhw_device

__all__ = ["in_place_of_standalone"]

STANDALONE = "cpp_standalone"


class _StandIn(Device):
    """What ``set_device("cpp_standalone")`` finds: it makes brianhw the device."""

    def __init__(self, say: Callable[[], None]) -> None:
        super().__init__()
        self._say = say

    def activate(self, build_on_run: bool = True, **options: Any) -> None:
        self._say()
        threads = prefs["devices.cpp_standalone.openmp_threads"]
        brianhw_device.build_on_run = build_on_run
        brianhw_device.build_options = {**({"openmp_threads": threads} if threads else {}), **options}
        reset_device(brianhw_device)

    def __getattr__(self, name: str) -> Any:
        # Brian2 has the device by its name only where it goes through all of them
        return getattr(brianhw_device, name)


@contextmanager
def in_place_of_standalone(say: Callable[[], None]) -> Iterator[None]:
    """Let ``set_device("cpp_standalone")`` choose the brianhw device in the block.

    Parameters
    ----------
    say : callable
        Called when that happens.
    """
    before = all_devices[STANDALONE]
    if get_device() is before:  # chosen by somebody outside, who means it
        yield
        return
    all_devices[STANDALONE] = _StandIn(say)
    try:
        yield
    finally:
        all_devices[STANDALONE] = before
