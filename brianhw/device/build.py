"""From C++ text to a loaded library: which flags, which compiler, and whether it is in the cache already."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import brian2
from brian2 import prefs
from brian2.codegen.runtime.numpy_rt import NumpyCodeObject
from brian2.core.base import BrianObjectException
from brian2.utils.logger import get_logger
from jinja2 import FileSystemBytecodeCache

from brianhw.device.cache import Cache, key_of
from brianhw.device.codeobject import CompiledCodeObject
from brianhw.device.compiler import SUFFIX, Compiler, Profile, find
from brianhw.device.core import INCLUDE, SOURCE, Core
from brianhw.device.generation import Generation
from brianhw.device.preferences import MODES
from brianhw.device.source import Source
from brianhw.errors import CacheError, CompilationError, CompilerError, RequestError, unknown_name
from brianhw.version import __version__

__all__ = ["Builder"]

logger = get_logger(__name__)

#: What ``set_device("brianhw", ...)`` takes, and the preference that each stands for.
OPTIONS = {
    "mode": "devices.brianhw.mode",
    "cache": "devices.brianhw.cache",
    "require_compiler": "devices.brianhw.require_compiler",
    "openmp_threads": "devices.brianhw.openmp_threads",
}
#: Options of Brian2's standalone device that have no meaning here, so that a script need only change the name.
WITHOUT_MEANING = frozenset(
    "additional_source_files clean compile debug directory profile results_directory run run_args with_output".split()
)
LIBRARY = f"model{SUFFIX}"
_BRIAN2_INCLUDE = Path(brian2.__file__).parent / "synapses"  # of stdint_compat.h
_INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)
_PLACE = re.compile(r"^(?:In file included from )?(\w+)\.code:\d+", re.MULTILINE)  # as writing.py marks its lines


class Builder:
    """Builds and loads libraries with the options in force."""

    #: What a user's C++ function may ask of the compiler.
    KEYWORDS = (
        "headers", "sources", "define_macros", "libraries", "include_dirs", "library_dirs", "runtime_library_dirs",
    )  # fmt: skip

    def __init__(self) -> None:
        self._options: dict[str, Any] = {}
        self._loaded: dict[str, ctypes.CDLL] = {}
        self._caches: dict[bool, Cache] = {}

    # -- options ------------------------------------------------------------------------------------

    def accept(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Take the options of ``set_device``; return them.

        Raises
        ------
        UnknownNameError
            If one is unknown.
        RequestError
            If one has an impossible value.
        """
        for name in options:
            if name not in OPTIONS and name not in WITHOUT_MEANING:
                raise unknown_name("The brianhw device", "option", name, OPTIONS)
        if options.get("mode", "fast") not in MODES:
            raise RequestError(f"The brianhw device has the modes {' and '.join(MODES)}, not {options['mode']!r}.")
        for name in options.keys() & OPTIONS.keys():
            value, default = options[name], prefs[OPTIONS[name]]
            if type(value) is not type(default) or (isinstance(value, int) and value < 0):
                wanted = {bool: "True or False", int: "a number from 0 on", str: "a name"}[type(default)]
                raise RequestError(f"The brianhw device takes {wanted} for {name}, not {value!r}.")
        self._options = {name: options[name] for name in OPTIONS if name in options}
        return dict(options)

    def option(self, name: str) -> Any:
        """Return an option: that of ``set_device``, otherwise the preference."""
        return self._options[name] if name in self._options else prefs[OPTIONS[name]]

    def fingerprint(self) -> tuple[Any, ...]:
        """Return what differs if libraries have to be built in another way."""
        return tuple(self.option(name) for name in ("mode", "openmp_threads"))

    @property
    def flushes_denormals(self) -> bool:
        """Whether the smallest numbers are treated as zero."""
        return bool(self.option("mode") == "fast")

    # -- building -----------------------------------------------------------------------------------

    def core(self) -> Core:
        """Return the loaded core; raise CompilerError if nothing compiles here."""
        return Core(self._built(SOURCE.read_text(encoding="utf-8"), Profile("strict", optimise=2)))

    def keep_templates(self) -> None:
        """Keep Brian2's and our templates in compiled form; reading them anew takes a fifth of a second."""
        if self._folder_of_probes is None:
            return
        folder = self._folder_of_probes / "templates"
        with suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
            kept = FileSystemBytecodeCache(str(folder))
            for each in (CompiledCodeObject, NumpyCodeObject):
                each.templater.env.bytecode_cache = kept

    def find_compiler(self) -> Compiler:
        """Return the compiler; raise CompilerError if there is none."""
        return find(self._folder_of_probes)

    @cached_property
    def _folder_of_probes(self) -> Path | None:
        """Where it is written down which flags a compiler takes; nowhere if the cache cannot be used."""
        with suppress(CacheError):
            return self._cache().check() if self.option("cache") else None
        return None

    def library(self, source: Source, generation: Generation) -> ctypes.CDLL:
        """Return the loaded library of a model.

        Raises
        ------
        BrianObjectException
            If a part of the code does not compile; it names the Brian2 object.
        CompilationError
            If something else does not compile.
        CompilerError
            If threads are asked for and the compiler knows no OpenMP.
        """
        mode = self.option("mode")
        extra = (f"-DBRIANHW_{mode.upper()}", *prefs["devices.brianhw.extra_compile_args"])
        profile = Profile(mode, openmp=self.option("openmp_threads") > 0, extra=extra)
        try:
            return self._built(source.text, profile, Wishes.of(generation))
        except CompilationError as error:
            found = _PLACE.search(error.output)
            if found is None or found[1] not in generation.names.owners:
                raise
            owner = generation.names.owners[found[1]]
            raise BrianObjectException(f"Its C++ code does not compile. {error}", owner) from error

    def _built(self, text: str, profile: Profile, wishes: Wishes | None = None) -> ctypes.CDLL:
        wishes = wishes or Wishes()
        compiler = self.find_compiler()
        included = [file.read_text(encoding="utf-8") for file in sorted(INCLUDE.iterdir())]
        flags = [
            *compiler.flags(profile),
            "",
            *compiler.link_flags(profile),
            "",
            *wishes.compile_flags(),
            "",
            *wishes.link_flags(),
        ]
        key = key_of(text, *flags, compiler.identity, __version__, brian2.__version__, *included, *wishes.texts())
        if key not in self._loaded:

            def build(folder: Path) -> None:
                source = folder / "model.cpp"
                source.write_text(text, encoding="utf-8")
                compiler.build(
                    [source, *wishes.sources], folder / LIBRARY, profile,
                    compile_flags=[f"-I{INCLUDE}", f"-I{_BRIAN2_INCLUDE}", *wishes.compile_flags()],
                    link_flags=wishes.link_flags(),
                )  # fmt: skip

            self._loaded[key] = self._load(key, build)
        return self._loaded[key]

    def _load(self, key: str, build: Callable[[Path], None]) -> ctypes.CDLL:
        cache, trouble = self._cache(), None
        for _ in range(2):  # what another system has left may be whole, and of no use here
            with cache.holding_or_temporary(key, build, LIBRARY) as path:
                try:
                    # RTLD_LOCAL, the default: no library sees the names of another
                    return ctypes.CDLL(str(path))
                except OSError as error:
                    trouble = error
            cache.forget(key)
        raise CompilerError(
            f"What {self.find_compiler().command[0]} has just built cannot be loaded: {trouble}. Set CXX to a compiler "
            "for this system, and BRIANHW_CACHE_DIR to a folder whose files may be executed."
        ) from trouble

    def _cache(self) -> Cache:
        wanted = bool(self.option("cache"))
        if wanted not in self._caches:
            self._caches[wanted] = self._new_cache() if wanted else Cache.disabled()
        return self._caches[wanted]

    @staticmethod
    def _new_cache() -> Cache:
        try:
            return Cache()
        except CacheError as error:
            logger.warn(f"{error} Compiled models are not kept.", "no_cache", once=True)
            return Cache.disabled()


@dataclass(frozen=True)
class Wishes:
    """What users' functions and Brian2's preferences ask of the compiler."""

    include_dirs: tuple[str, ...] = ()
    define_macros: tuple[Any, ...] = ()
    library_dirs: tuple[str, ...] = ()
    runtime_library_dirs: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    extra_link_args: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    sources: tuple[Path, ...] = ()

    @classmethod
    def of(cls, generation: Generation) -> Wishes:
        """Return what the functions of a network and the preferences ask for."""

        def asked(kind: str) -> tuple[Any, ...]:
            name = f"codegen.cpp.{kind}"
            return (*prefs.get(name, ()), *generation.keywords(kind))

        kinds = ("include_dirs", "define_macros", "library_dirs", "runtime_library_dirs", "libraries", "headers")
        return cls(
            **{kind: asked(kind) for kind in kinds},
            extra_link_args=tuple(prefs["codegen.cpp.extra_link_args"]),
            sources=tuple(Path(source).resolve() for source in asked("sources")),
        )

    def compile_flags(self) -> list[str]:
        """Return the flags to compile with."""
        macros = [
            macro if isinstance(macro, str) else "=".join(map(str, filter(None, macro))) for macro in self.define_macros
        ]
        return [*(f"-I{folder}" for folder in self.include_dirs), *(f"-D{macro}" for macro in macros)]

    def link_flags(self) -> list[str]:
        """Return the flags to link with."""
        return [
            *(f"-L{folder}" for folder in self.library_dirs),
            *(f"-Wl,-rpath,{folder}" for folder in self.runtime_library_dirs),
            *(f"-l{library}" for library in self.libraries),
            *self.extra_link_args,
        ]

    def texts(self) -> Iterator[str]:
        """Give the contents of the users' own sources and headers, and of what these include."""
        waiting = [*self.sources, *filter(None, map(self._find, self.headers))]
        seen: set[Path] = set()
        while waiting:
            file = waiting.pop()
            if file not in seen:
                seen.add(file)
                text = file.read_text(encoding="utf-8", errors="replace")
                yield text
                waiting.extend(filter(None, (self._find(name, file.parent) for name in _INCLUDE.findall(text))))

    def _find(self, header: str, beside: Path | None = None) -> Path | None:
        """Return where a header lies, if it is a user's and not the system's."""
        folders = [*([beside] if beside else []), *map(Path, self.include_dirs)]
        found = ((folder / header.strip('<>"')).resolve() for folder in folders)
        return next((file for file in found if file.is_file()), None)
