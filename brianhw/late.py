"""Modules that Brian2 and PyNN import for what few scripts use, loaded when something of theirs is first used.

``import brian2`` loads pytest for ``brian2.test()``, Cython for one of its targets, and all of Matplotlib for those
who write ``from brian2 import *``: half of the time that it takes. While we import Brian2, or it is imported after
us, these wait. Whoever uses them finds them as ever.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from threading import RLock
from types import ModuleType
from typing import Any

__all__ = ["Late", "brian2_without_extras", "late", "waits", "whole"]

_lock = RLock()  # of what is added to Brian2's module


@dataclass(frozen=True)
class Late:
    """How a module waits.

    Parameters
    ----------
    beforehand : dict
        Names that it has from the start.
    has_light_modules : bool
        Whether modules inside it are imported without it, and names from it; by default it is executed first.
    then : callable, optional
        Called without arguments when it has been executed.
    """

    beforehand: Mapping[str, Any] = field(default_factory=dict)
    has_light_modules: bool = False
    then: Callable[[], object] = lambda: None


class _LateModule(ModuleType):
    """A module that is executed when an attribute is asked for that it does not have yet."""

    def __getattr__(self, name: str) -> Any:
        execute = vars(self).get("_execute")
        if execute is not None:
            execute()
        if self.__class__ is ModuleType:
            return getattr(self, name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")  # it is being executed


class _LateLoader:
    """Makes a module without executing it; *loader* is the module's own."""

    def __init__(self, loader: Any, how: Late) -> None:
        self._loader, self._how = loader, how

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _LateModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        spec, names, lock = module.__spec__, vars(module), RLock()
        assert spec is not None
        spec.loader = module.__loader__ = self._loader
        inside = names.get("__path__") if self._how.has_light_modules else names.pop("__path__", None)

        def execute() -> None:
            with lock:
                if names.pop("_execute", None) is None:
                    return  # done, or begun by this thread
                if inside is not None:
                    names["__path__"] = inside
                try:
                    self._loader.exec_module(module)
                except BaseException:
                    names["_execute"] = execute
                    raise
                module.__class__ = ModuleType
            self._how.then()

        names.update(self._how.beforehand, _execute=execute)


class _LateFinder(MetaPathFinder):
    """Finds modules as the others do, and makes them late."""

    def __init__(self, modules: Mapping[str, Late]) -> None:
        self._modules = modules

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._modules:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _LateLoader(spec.loader, self._modules[fullname])  # type: ignore[assignment]
                return spec
        return None


@contextmanager
def late(modules: Mapping[str, Late]) -> Iterator[None]:
    """Let *modules*, by their full names, wait until they are used if they are first imported in the block."""
    finder = _LateFinder(modules)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def waits(name: str) -> bool:
    """Say whether a module that has been imported has not been executed yet."""
    module = sys.modules[name]
    return isinstance(module, _LateModule) and "_execute" in vars(module)


def whole(name: str) -> ModuleType:
    """Return a module that has been executed."""
    module = import_module(name)
    if waits(name):
        vars(module)["_execute"]()
    return module


# -- Brian2 -----------------------------------------------------------------------------------------


def _run_tests(*arguments: Any, **keywords: Any) -> Any:
    """Run Brian2's tests; ``brian2.tests.run`` says with which arguments."""
    return whole("brian2.tests").run(*arguments, **keywords)


@contextmanager
def brian2_without_extras() -> Iterator[Callable[[ModuleType], None]]:
    """Import Brian2 in the block without pytest, Cython and pylab, as far as they are not there already.

    Gives a function to call with Brian2's module afterwards, which adds the names of pylab to it when one is asked for.
    """
    waits = "pylab" not in sys.modules and find_spec("pylab") is not None
    tests = Late({"run": _run_tests}, has_light_modules=True)
    # of Cython.Build Brian2 wants the name of a folder, which a light module inside it knows
    with late({"brian2.tests": tests, "Cython.Build": Late(has_light_modules=True)}):
        if not waits:
            yield lambda module: None
            return
        empty = sys.modules["pylab"] = ModuleType("pylab")
        empty.__all__ = []  # type: ignore[attr-defined]
        try:
            yield _add_pylab_when_asked
        finally:
            if sys.modules.get("pylab") is empty:
                del sys.modules["pylab"]


_DELETED = {"x", "f", "rate"}  # by Brian2, from what pylab has


def _add_pylab_when_asked(brian2: ModuleType) -> None:
    names = vars(brian2)

    def add() -> None:
        if names.pop("__getattr__", None) is None:
            return
        names.pop("__dir__", None)
        pylab = import_module("pylab")
        public = getattr(pylab, "__all__", None) or [name for name in vars(pylab) if not name.startswith("_")]
        for name in public:
            if name not in _DELETED:
                names.setdefault(name, getattr(pylab, name))

    def get(name: str) -> Any:
        if name == "__all__" or not name.startswith("_"):
            with _lock:
                add()
            if name in names:
                return names[name]
        raise AttributeError(f"module 'brian2' has no attribute {name!r}")

    def listed() -> list[str]:
        with _lock:
            add()
        return sorted(names)

    names["__getattr__"], names["__dir__"] = get, listed
