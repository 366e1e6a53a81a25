"""What all networks on the device share: the arrays, the compiled core, the random numbers, and which network runs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from weakref import WeakSet

import numpy as np
from brian2.core.base import BrianObjectException
from brian2.core.network import Network
from brian2.core.variables import ArrayVariable

from brianhw.device.code.codeobject import CompiledCodeObject
from brianhw.device.code.generation import Generation
from brianhw.device.core.memory import Memory
from brianhw.device.core.randomness import RandomState
from brianhw.device.library.background import BackgroundCore
from brianhw.device.library.builder import Builder
from brianhw.device.library.options import Options
from brianhw.device.library.program import Program

__all__ = ["Engine"]


class Running(Protocol):
    """What runs a network."""

    def is_of(self, net: Network) -> bool:
        """Say whether it was made for this network."""


class Engine:
    """The state of the device beneath Brian2's interface.

    Attributes
    ----------
    arrays : Memory
        The values of all variables.
    options : Options
        Those of ``set_device``.
    builder : Builder
        Builds libraries.
    core : BackgroundCore
        The compiled core.
    private : set of ArrayVariable
        Variables that stay in this process when the device goes to another: of groups that no script has.
    random : RandomState
        The random numbers of compiled code.
    generation : Generation or None
        The code that is being generated.
    running : Running or None
        What runs now.
    lock
        Held by who runs.
    """

    def __init__(self) -> None:
        self.arrays = Memory()
        self.private: WeakSet[ArrayVariable] = WeakSet()
        self.options = Options()
        self.builder = Builder(self.options)
        self.core = BackgroundCore(self.builder, self.options)
        self.random = RandomState()
        self.generation: Generation | None = None
        self.running: Running | None = None
        self.lock = threading.RLock()
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        """Forget in a forked child what another thread of the parent runs, and the lock that it holds."""
        self.lock, self.running, self.generation = threading.RLock(), None, None
        Network._globally_running = False
        self.core.begin_anew()

    def values_of(self, variable: Any) -> np.ndarray | None:
        """Return the values of a variable whose array is here, for reading."""
        return self.arrays.values_of(variable) if variable in self.arrays else None

    @contextmanager
    def generating(self) -> Iterator[Generation]:
        """Collect the code that Brian2 generates in the block."""
        self.generation = Generation()
        try:
            yield self.generation
        finally:
            self.generation = None

    def call(self, program: Program, code_object: CompiledCodeObject, block: str) -> None:
        """Call a block of a code object, of which *program* has the compiled code."""
        with self.lock, self.random.lent(program.uses_random):
            message = program.call(code_object.name, block)
        if message:
            raise BrianObjectException(f"A C++ exception was raised: {message}.", code_object.owner)

    def refuse_inside(self, net: Network) -> None:
        """Refuse to run a network from its own network operation."""
        if self.running is not None and self.running.is_of(net):
            raise RuntimeError(f"Network {net.name!r} is running: its network operation cannot run it again.")
