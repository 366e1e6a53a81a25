"""Making a network ready to run: Brian2 generates its code, the compiler builds it, a plan keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from brian2.codegen.runtime.numpy_rt import NumpyCodeObject
from brian2.core.base import BrianObject, BrianObjectException
from brian2.core.network import Network
from brian2.groups.group import CodeRunner
from brian2.utils.logger import get_logger

from brianhw.device.code.generation import Generation
from brianhw.device.running.compiled_network import CompiledNetwork
from brianhw.device.running.engine import Engine
from brianhw.device.running.plan import Plan
from brianhw.device.running.watch import RecordingNamespace, Watch

__all__ = ["prepare"]

logger = get_logger(__name__)


def prepare(engine: Engine, net: Network, namespace: Mapping[str, Any]) -> Plan:
    """Return the plan of a network whose clocks are set.

    Raises
    ------
    BrianObjectException
        If Brian2 finds something wrong with an object of the network.
    CompilationError
        If the generated code does not compile.
    """
    objects = list(net.sorted_objects)
    recorder = RecordingNamespace(namespace)
    generation = _generate(engine, net, recorder)
    compiled = CompiledNetwork(engine, generation)
    for code_object, block in generation.waiting:
        code_object.run_block(block)
    external, arrays = generation.external(recorder.asked), _function_arrays(generation)
    watch = Watch(net, objects, external, arrays, engine.options.deciding())
    return Plan(net, objects, compiled, engine.arrays, watch, dict(recorder.asked), engine.options["openmp_threads"])


def _generate(engine: Engine, net: Network, namespace: RecordingNamespace) -> Generation:
    while True:
        with engine.generating() as generation:
            try:
                net.before_run(namespace)
            except BrianObjectException as error:
                if not _leave_to_python(net, error):
                    raise
            else:
                return generation


def _leave_to_python(net: Network, error: BrianObjectException) -> bool:
    """Have NumPy run an object that uses a function without C++; say whether that was what went wrong."""
    cause = error.__cause__
    if not (isinstance(cause, NotImplementedError) and str(cause).startswith("Cannot use function")):
        return False
    thing: BrianObject = net[error._brian_objname]
    if not isinstance(thing, CodeRunner) or thing.codeobj_class is not None:
        return False
    logger.info(f"'{thing.name}' runs as Python code in each step. {cause}", "python_object", once=True)
    thing.codeobj_class = NumpyCodeObject
    return True


def _function_arrays(generation: Generation) -> list[tuple[Callable[[], Any], Any]]:
    found: list[tuple[Callable[[], Any], Any]] = []
    for implementation, owner, name in generation.function_arrays():

        def get(implementation: Any = implementation, owner: Any = owner, name: str = name) -> Any:
            return implementation.get_namespace(owner)[name]

        found.append((get, get()))
    return found
