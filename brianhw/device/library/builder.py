"""From C++ text to a loaded library: which flags, which compiler, and whether it is in the cache already."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import brian2
from brian2 import prefs
from brian2.codegen.runtime.numpy_rt import NumpyCodeObject
from brian2.core.base import BrianObjectException
from brian2.utils.logger import get_logger
from jinja2 import FileSystemBytecodeCache

from brianhw.device.cache import Cache, key_of
from brianhw.device.code.codeobject import CompiledCodeObject
from brianhw.device.code.generation import Generation
from brianhw.device.code.source import Source
from brianhw.device.compiler import SUFFIX, Compiler, Profile, find
from brianhw.device.core.compiled import INCLUDE, SOURCE, Core
from brianhw.device.library.options import Options
from brianhw.device.library.wishes import Wishes
from brianhw.errors import CacheError, CompilationError, CompilerError
from brianhw.version import __version__

__all__ = ["Builder"]

logger = get_logger(__name__)

LIBRARY = f"model{SUFFIX}"
_BRIAN2_INCLUDE = Path(brian2.__file__).parent / "synapses"  # of stdint_compat.h
_PLACE = re.compile(r"^(?:In file included from )?(\w+)\.code:\d+", re.MULTILINE)  # as writing.py marks its lines


class Builder:
    """Builds and loads libraries.

    Parameters
    ----------
    options : Options
        Those in force.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._loaded: dict[str, ctypes.CDLL] = {}
        self._caches: dict[bool, Cache] = {}

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
            return self._cache().check() if self._options["cache"] else None
        return None

    def library(self, source: Source, generation: Generation) -> ctypes.CDLL:
        """Return the loaded library of a model.

        Raises
        ------
        BrianObjectException
            If a part of the code does not compile; it names the Brian2 object.
        CompilationError
            If something else does not compile.
        """
        mode = self._options["mode"]
        extra = (f"-DBRIANHW_{mode.upper()}", *prefs["devices.brianhw.extra_compile_args"])
        profile = Profile(mode, extra=extra)
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
            *compiler.flags(profile), "", *compiler.link_flags(profile), "",
            *wishes.compile_flags(), "", *wishes.link_flags(),
        ]  # fmt: skip
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
        wanted = bool(self._options["cache"])
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
