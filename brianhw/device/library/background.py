"""The compiled core, built or loaded while Python goes on."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from brian2.utils.logger import get_logger

from brianhw.device.compiler import interrupt
from brianhw.device.core.compiled import Core
from brianhw.device.library.builder import Builder
from brianhw.device.library.options import Options
from brianhw.errors import CompilerError

__all__ = ["BackgroundCore"]

logger = get_logger(__name__)


class BackgroundCore:
    """A core that is waited for when it is used first.

    Parameters
    ----------
    builder : Builder
        Builds it.
    options : Options
        Those in force.
    """

    def __init__(self, builder: Builder, options: Options) -> None:
        self._builder, self._options = builder, options
        self._core: Core | Future[Core] | None = None  # None where nothing compiles
        self._is_interrupted = False  # it is not there since somebody has pressed Ctrl-C

    def begin(self) -> None:
        """See to the compiler and begin to build or load the core, if that has not been done.

        Raises
        ------
        CompilerError
            If there is no compiler, and one is required; otherwise a warning says so.
        """
        if self._core is None:
            self._core = self._beginning()

    def begin_anew(self) -> None:
        """Begin again in a forked child, which has no thread that the parent waits for."""
        if isinstance(self._core, Future) and not self._core.done():
            self._core = self._beginning()

    def _beginning(self) -> Future[Core] | None:
        try:
            self._builder.find_compiler()
        except CompilerError as error:
            if self._options["require_compiler"]:
                raise
            logger.warn(f"Simulations run as NumPy code, slowly: {error}", "no_compiler", once=True)
            return None
        self._builder.keep_templates()
        pool = ThreadPoolExecutor(1, thread_name_prefix="brianhw-core")
        try:
            return pool.submit(self._builder.core)
        finally:
            pool.shutdown(wait=False)

    @property
    def compiles(self) -> bool:
        """Whether there is one, or will be; otherwise nothing compiles here."""
        if self._is_interrupted:
            self._is_interrupted = False
            self.begin()
        return self._core is not None

    def loaded(self) -> Core:
        """Return it as soon as it is there; only where it :attr:`compiles`."""
        if isinstance(self._core, Future):
            beginning, self._core = self._core, None  # after an error, `begin` begins again
            try:
                self._core = beginning.result()
            except KeyboardInterrupt:  # Python would wait for the thread before it ends
                interrupt()
                self._is_interrupted = True
                raise
        assert self._core is not None
        return self._core
