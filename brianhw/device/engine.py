"""What all networks on the device share: the arrays, the compiled core, the random numbers, and which network runs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from brian2.core.base import BrianObjectException
from brian2.core.network import Network
from brian2.core.variables import ArrayVariable
from brian2.utils.logger import get_logger

from brianhw.device.arrays import GrowableArray
from brianhw.device.build import Builder
from brianhw.device.codeobject import PUSH_SPIKES, CompiledCodeObject
from brianhw.device.compiler import interrupt
from brianhw.device.core import Core
from brianhw.device.generation import Generation
from brianhw.device.plan import Plan
from brianhw.device.randomness import RandomState
from brianhw.errors import CompilerError

__all__ = ["Engine"]

logger = get_logger(__name__)


class Engine:
    """The state of the device beneath Brian2's interface.

    Attributes
    ----------
    arrays : mapping of ArrayVariable to ndarray or GrowableArray
        The values of all variables.
    builder : Builder
        Builds libraries.
    random : RandomState
        The random numbers of compiled code.
    generation : Generation or None
        The code that is being generated.
    running : Plan or None
        What runs now.
    lock
        Held by who runs.
    """

    def __init__(self) -> None:
        self.arrays: WeakKeyDictionary[ArrayVariable, Any] = WeakKeyDictionary()
        self.builder = Builder()
        self.random = RandomState()
        self.generation: Generation | None = None
        self.running: Plan | None = None
        self.lock = threading.RLock()
        self._core: Core | Future[Core] | None = None  # None where nothing compiles
        self._is_interrupted = False  # the core is not there since somebody has pressed Ctrl-C
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        """Forget in a forked child what another thread of the parent runs, and the lock that it holds."""
        self.lock, self.running, self.generation = threading.RLock(), None, None
        Network._globally_running = False
        if isinstance(self._core, Future) and not self._core.done():
            self._core = self._begin_core()

    # -- the compiler and the core ------------------------------------------------------------------

    def begin(self) -> None:
        """See to the compiler and the core, if that has not been done."""
        if self._core is None:
            self._core = self._begin_core()

    def _begin_core(self) -> Future[Core] | None:
        """Begin to build or load the core, while Python goes on; return None if nothing compiles here."""
        try:
            self.builder.find_compiler()
        except CompilerError as error:
            if self.builder.option("require_compiler"):
                raise
            logger.warn(f"Simulations run as NumPy code, slowly: {error}", "no_compiler", once=True)
            return None
        self.builder.keep_templates()
        pool = ThreadPoolExecutor(1, thread_name_prefix="brianhw-core")
        try:
            return pool.submit(self.builder.core)
        finally:
            pool.shutdown(wait=False)

    @property
    def compiles(self) -> bool:
        """Whether networks run as compiled code; otherwise they run as NumPy code."""
        if self._is_interrupted:
            self._is_interrupted = False
            self.begin()
        return self._core is not None

    @property
    def core(self) -> Core:
        """The compiled core; only where :attr:`compiles`."""
        if isinstance(self._core, Future):
            beginning, self._core = self._core, None  # after an error, `activate` begins again
            try:
                self._core = beginning.result()
            except KeyboardInterrupt:  # Python would wait for the thread before it ends
                interrupt()
                self._is_interrupted = True
                raise
        assert self._core is not None
        return self._core

    # -- values -------------------------------------------------------------------------------------

    def values_of(self, variable: Any) -> np.ndarray | None:
        """Return the values of a variable whose array is here."""
        array = self.arrays.get(variable)
        return array.data if isinstance(array, GrowableArray) else array

    # -- code ---------------------------------------------------------------------------------------

    @contextmanager
    def generating(self) -> Iterator[Generation]:
        """Collect the code that Brian2 generates in the block."""
        self.generation = Generation()
        try:
            yield self.generation
        finally:
            self.generation = None

    def run_block(self, code_object: CompiledCodeObject, block: str) -> None:
        """Run a block of a code object now, or as soon as its library is there."""
        if code_object.template_name == PUSH_SPIKES:
            if block == "before_run":
                code_object.owner.initialise_queue()
            elif block == "run":
                code_object.owner.push_spikes()
        elif self.generation is not None:
            self.generation.waiting.append((code_object, block))
        elif code_object.program is not None:
            with self.lock, self.random.lent(code_object.program.uses_random):
                message = code_object.program.call(code_object.name, block)
            if message:
                raise BrianObjectException(f"A C++ exception was raised: {message}.", code_object.owner)

    def refuse_inside(self, net: Network) -> None:
        """Refuse to run a network from its own network operation."""
        if self.running is not None and self.running.is_of(net):
            raise RuntimeError(f"Network {net.name!r} is running: its network operation cannot run it again.")
