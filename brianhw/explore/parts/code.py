"""What code consists of: functions, what they are made of and reach, classes and modules."""

from __future__ import annotations

import builtins
import dis
import functools
import importlib
import importlib.util
import inspect
import sys
import types
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import numpy as np

from brianhw.explore.parts.libraries import file_content, is_library, versioned
from brianhw.explore.parts.reading import Parts, Reader, digest

__all__ = ["PARTS"]

# what Python writes into a class by itself, and what says nothing about what it does
OF_EVERY_CLASS = frozenset(
    "__module__ __qualname__ __doc__ __dict__ __weakref__ __annotations__ __firstlineno__ __static_attributes__ "
    "__abstractmethods__ _abc_impl __annotate__ __annotate_func__ __annotations_cache__".split()
)
KINDS = (  # of code: the other flags say how it was compiled, or whether it has a docstring
    inspect.CO_VARARGS
    | inspect.CO_VARKEYWORDS
    | inspect.CO_GENERATOR
    | inspect.CO_COROUTINE
    | inspect.CO_ASYNC_GENERATOR
)
BY_TEXT = frozenset(("eval", "exec", "compile", "globals", "locals", "vars", "__import__"))  # reach any global
NOT_RUN = ("NOP", "CACHE", "EXTENDED_ARG", "RESUME")


# -- functions --------------------------------------------------------------------------------------


def _function(reader: Reader, function: Any, where: str) -> Iterable[str]:
    where = f"{where} {function.__name__}" if function.__name__ not in where else where
    code, module = function.__code__, function.__globals__.get("__name__")
    if hasattr(function, "dispatch") and hasattr(function, "registry"):  # the rest of a dispatcher is its cache
        return ["dispatch", reader.of(function.registry, where)]
    # PyTorch marks functions of Python's own when it is imported
    attributes = {name: value for name, value in vars(function).items() if name != "_torchscript_modifier"}
    own = [*_closure(reader, function, where), *reader.mapping(attributes, where)]
    if is_library(module):
        # what the library made of the user's function, such as a decorator's wrapper, holds that one
        return ["library", versioned(module), code.co_qualname, *own]
    reader.names.namespaces[id(function.__globals__)] = function.__globals__
    defaults = reader.each([function.__defaults__, function.__kwdefaults__], where)
    return ["function", *_code(reader, code, function.__globals__, where), *defaults, *own]


def _closure(reader: Reader, function: types.FunctionType, where: str) -> Iterator[str]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            value = cell.cell_contents
        except ValueError:  # not yet assigned
            yield f"{name} is empty"
        else:
            yield f"{name} {reader.of(value, f'{name} in {where}')}"


def _code(reader: Reader, code: types.CodeType, namespace: dict[str, Any], where: str) -> list[str]:
    """Return what code does, with what it names: instructions as `dis` shows them, without lines and gaps."""
    shape = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & KINDS)
    parts = [*map(str, shape), *code.co_varnames, "|", *code.co_freevars, "|", *code.co_cellvars]
    parts.append(code.co_exceptiontable.hex())
    run = [each for each in dis.get_instructions(code) if each.opname not in NOT_RUN]
    place = {each.offset: number for number, each in enumerate(run)}
    before: list[Any] = [None, None]
    for each in _without_notes(run):
        if each.opcode in dis.hasconst:
            # not `argval`: in Python 3.11, `dis` does not know the names of a call's keywords
            parts += [each.opname, _constant(reader, code.co_consts[each.arg or 0], namespace, where)]
        elif each.opcode in dis.hasjrel or each.opcode in dis.hasjabs:
            after = min((offset for offset in place if offset >= each.argval), default=-1)
            parts += [each.opname, str(place.get(after))]
        else:
            named = isinstance(each.argval, str | tuple) and each.opcode not in dis.hascompare
            parts += [each.opname, str(each.argval if named and "FORMAT" not in each.opname else each.arg)]
        parts += _named(reader, each, before, namespace, where)
        before = [before[1], each.argval]
    return parts


def _without_notes(run: list[dis.Instruction]) -> Iterator[dis.Instruction]:
    """Leave out what gives a class its docstring and line; a function's are loaded by no instruction."""
    for each, following in zip(run, [*run[1:], None], strict=True):
        if not (_is_note(each) or (following is not None and _is_note(following))):
            yield each


def _is_note(instruction: dis.Instruction) -> bool:
    return instruction.opname == "STORE_NAME" and instruction.argval in ("__doc__", "__firstlineno__")


def _constant(reader: Reader, value: Any, namespace: dict[str, Any], where: str) -> str:
    if isinstance(value, types.CodeType):
        return digest(*_code(reader, value, namespace, where))
    return reader.of(value, where)


def _named(
    reader: Reader, instruction: dis.Instruction, before: list[Any], namespace: dict[str, Any], where: str
) -> list[str]:
    """Return what the name in an instruction stands for, as far as that can be said now."""
    name, operation = instruction.argval, instruction.opname
    if operation in ("LOAD_GLOBAL", "LOAD_NAME"):
        if name in namespace:
            return [reader.of(namespace[name], f"{name} in {where}")]
        reader.names.in_text |= name in BY_TEXT
        return ["built in" if hasattr(builtins, name) else "missing"]
    if operation == "IMPORT_NAME":
        level = before[0] if isinstance(before[0], int) else 0
        return [_imported(reader, name, level, before[1] or (), namespace, where)]
    if operation in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM", "LOAD_SUPER_ATTR") and isinstance(name, str):
        reader.names.attributes.add(name)
    return []


def _imported(reader: Reader, name: str, level: int, wanted: Any, namespace: dict[str, Any], where: str) -> str:
    """Return the hash of a module that is imported within a function, which will import it anyway."""
    try:
        full = importlib.util.resolve_name("." * level + name, namespace.get("__package__"))
        if is_library(full):
            return versioned(full)
        module = importlib.import_module(full)
        for each in wanted:  # `from a import b`, where b is a module
            if not hasattr(module, each):
                importlib.import_module(f"{full}.{each}")
        return reader.of(sys.modules[full.partition(".")[0]], where) + reader.of(module, where)
    except Exception as error:  # the function will say what is wrong with it
        return f"no module {name}: {type(error).__name__}"


# -- what functions are made into -------------------------------------------------------------------


def _method(reader: Reader, method: Any, where: str) -> Iterable[str]:
    return ["method", reader.of(method.__func__, where), reader.of(method.__self__, where)]


def _partial(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    parts = [reader.of(thing.func, where), *reader.each(thing.args, where), *reader.mapping(thing.keywords, where)]
    return ["partial", *parts, *reader.mapping(vars(thing), where)]


def _property(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return ["property", *reader.each([thing.fget, thing.fset, thing.fdel], where)]


def _wrapped_method(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return [type(thing).__name__, reader.of(thing.__func__, where)]


def _cached_property(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return ["cached property", reader.of(thing.func, where)]


def _cached(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return ["cached", reader.of(thing.__wrapped__, where)]


# -- what Python did not compile --------------------------------------------------------------------


def _built_in(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    owner = thing.__self__
    if owner is None or isinstance(owner, types.ModuleType):
        module = str(thing.__module__ or getattr(owner, "__name__", "builtins"))
        source = versioned(module) if is_library(module) else file_content(module)
        return ["compiled", source, str(thing.__qualname__)]
    return ["built in", thing.__name__, reader.of(owner, where)]


def _descriptor(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return ["built in", thing.__objclass__.__qualname__, thing.__name__]


def _ufunc(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    for library in ("numpy", "scipy.special"):
        name = str(thing.__name__)
        if getattr(sys.modules.get(library), name, None) is thing:
            return ["ufunc", versioned(library), name]
    return [reader.not_known(thing, where)]  # made of a Python function, which it does not show


# -- classes and modules ----------------------------------------------------------------------------


def _class(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    if is_library(thing.__module__):
        return ["class", versioned(thing.__module__), thing.__qualname__]
    where = thing.__qualname__
    own = {name: value for name, value in vars(thing).items() if name not in OF_EVERY_CLASS}
    bases = reader.each([*thing.__bases__, type(thing)], where)
    return ["class", thing.__qualname__, *bases, *reader.mapping(own, where)]


def _module(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    if is_library(thing.__name__):
        return ["module", versioned(thing.__name__)]
    reader.names.modules[thing.__name__] = thing  # what is used of it is looked up at the end
    return ["module", thing.__name__]


DESCRIPTORS = (
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
)
PARTS: dict[type, Parts] = {
    types.FunctionType: _function,
    types.MethodType: _method,
    functools.partial: _partial,
    property: _property,
    **dict.fromkeys((staticmethod, classmethod), _wrapped_method),
    cached_property: _cached_property,
    type(functools.lru_cache(print)): _cached,
    **dict.fromkeys((types.BuiltinFunctionType, types.MethodWrapperType), _built_in),
    **dict.fromkeys(DESCRIPTORS, _descriptor),
    np.ufunc: _ufunc,
    type: _class,
    types.ModuleType: _module,
}
