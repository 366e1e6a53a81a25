"""A network's compiled code: the program in use, and another one where what it was made for no longer holds."""

from __future__ import annotations

import ctypes
from functools import partial
from typing import Any

from brian2 import prefs
from brian2.core.variables import ArrayVariable

from brianhw.device.code.codeobject import CompiledCodeObject
from brianhw.device.code.generation import Generation
from brianhw.device.code.writing import blocks_of, write_source
from brianhw.device.core.compiled import Call
from brianhw.device.library.program import Program
from brianhw.device.running.engine import Engine
from brianhw.device.running.together import Access
from brianhw.device.running.uniform import UniformArrays

__all__ = ["CompiledNetwork"]


class CompiledNetwork:
    """The code of a network.

    Parameters
    ----------
    engine : Engine
        What networks share.
    generation : Generation
        What Brian2 has generated.

    Attributes
    ----------
    program : Program
        What runs.
    uniform : UniformArrays
        Those that it reads once.
    in_order : dict
        The variables that code objects, by name, take from copies in the order in which spikes reach synapses.
    """

    def __init__(self, engine: Engine, generation: Generation) -> None:
        self._engine, self._generation = engine, generation
        self._blocks = blocks_of(generation.code_objects)
        self._headers = [*prefs["codegen.cpp.headers"], *generation.keywords("headers")]
        self._written = frozenset().union(*(each.written() for each in self._blocks))
        self.uniform = UniformArrays(engine.arrays, self._blocks, self._written, generation.names.arrays)
        self.program = self._build()

    @property
    def code_objects(self) -> list[CompiledCodeObject]:
        """The code objects that are compiled."""
        return self._generation.code_objects

    def access(self, thing: Any, code_object: CompiledCodeObject) -> Access:
        """Return what the code of an object does with arrays."""
        (block,) = (each for each in self._blocks if (each.code_object, each.name) == (code_object.name, "run"))
        return Access.of(thing, code_object, block, self._generation.names.arrays)

    def _build(self) -> Program:
        engine, generation = self._engine, self._generation
        names = {each.code_object: each.in_order(self.uniform.names, self._written) for each in self._blocks}
        in_order = {code_object: found for code_object, found in names.items() if found}
        source = write_source(
            generation.code_objects, self._blocks, generation.names, self._headers, self._written, self.uniform.names,
            in_order,
        )  # fmt: skip
        arrays = generation.names.arrays
        self.in_order = {code_object: [arrays[name] for name in found] for code_object, found in in_order.items()}
        library = engine.builder.library(source, generation)
        program = Program(library, source, engine.core.loaded(), engine.arrays, engine.random.memory)
        self._inputs = engine.arrays.watch(source.inputs)
        self._bits = {each: self._bits_of(each) for each in source.inputs if each.scalar}
        for code_object in generation.code_objects:
            # it holds nothing but what it needs: Brian2 has to be free to forget the rest
            code_object.runner = partial(engine.call, program)
        return program

    def have_inputs_changed(self) -> bool:
        """Say whether what functions compute from, and keep from step to step, may have changed since the last call."""
        if not self._inputs.changed:
            return False
        now = {each: self._bits_of(each) if each in self._bits else None for each in self._inputs.changed}
        self._inputs.settle()
        # Brian2 looks at time steps all the time
        changed = any(bits is None or bits != self._bits[each] for each, bits in now.items())
        self._bits.update((each, bits) for each, bits in now.items() if bits is not None)
        return changed

    def _bits_of(self, variable: ArrayVariable) -> bytes:
        return self._engine.arrays.values_of(variable).tobytes()

    def keep_up(self) -> bool:
        """Compile again if an array that held one value does not any more; say whether that was so."""
        if self.uniform.still_hold():
            return False
        self.program = self._build()
        return True

    def call_all(self, calls: ctypes.Array[Call]) -> None:
        """Call functions of the program that draw no random numbers.

        Raises
        ------
        RuntimeError
            If one of them raises a C++ exception.
        """
        if not len(calls):
            return
        message = ctypes.create_string_buffer(1000)
        with self._engine.lock:
            self.program.bind()
            failed = self.program.core.call_all(calls, len(calls), message, len(message))
        if failed:
            raise RuntimeError(f"A C++ exception was raised: {message.value.decode(errors='replace')}.")
