"""The device ``brianhw`` is known to Brian2 as soon as both packages are imported, whichever comes first.

Brian2 finds devices in a dictionary and knows no plugins. Importing it with brianhw would cost everyone two seconds, so
a finder waits for ``import brian2``, lets it run, but for what it may load later, and then registers the device.
"""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

from brianhw.late import brian2_without_extras

__all__ = ["once_registered", "register_with_brian2"]


def register_with_brian2() -> None:
    """Register the device now if Brian2 is there, and otherwise after it is imported."""
    if "brian2" in sys.modules:
        _register()
    elif not any(isinstance(finder, _AfterBrian2) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AfterBrian2())


_waiting: list[Callable[[], None]] = []


@contextmanager
def once_registered(do: Callable[[], None]) -> Iterator[None]:
    """Call *do* in the block as soon as the device is registered: now, or when the block imports Brian2."""
    if "brian2" in sys.modules:
        do()
        yield
        return
    _waiting.append(do)
    try:
        yield
    finally:
        if do in _waiting:
            _waiting.remove(do)


def _register() -> None:
    try:
        import_module("brianhw.device.device")
        import_module("brianhw.runs").install()
        while _waiting:
            _waiting.pop()()
    except Exception as error:  # a Brian2 that is too new must still be usable without the device
        warnings.warn(f"The brianhw device is not available: {type(error).__name__}: {error}", stacklevel=2)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Look for no garbage in the block: thousands of functions and classes are made in it, and none is dropped."""
    is_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_enabled:
            gc.enable()


class _AfterBrian2(MetaPathFinder):
    """Finds Brian2 where the other finders do, and adds the device to what importing it does."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "brian2":
            return None
        sys.meta_path.remove(self)
        spec = find_spec("brian2")
        if spec is None or spec.loader is None:
            sys.meta_path.insert(0, self)  # it may be installed later
            return None
        execute = spec.loader.exec_module

        def execute_and_register(module: ModuleType) -> None:
            with brian2_without_extras() as add_when_asked, _no_garbage_collection():
                execute(module)
            add_when_asked(module)
            _register()

        spec.loader.exec_module = execute_and_register  # type: ignore[method-assign]
        return spec
