"""What a model is, as a hash: two models with one fingerprint give the same results.

A function is its code and all that the code can reach: names, constants, inner functions, defaults, closure, and the
globals that it uses. What belongs to the user is followed, through modules, too; what belongs to a library is its name
and version; data is its content. Of an object that is neither, pickle's own protocol says what it consists of.

Nothing enters that differs from process to process (addresses, the order of sets, automatic names of Brian2's objects)
or means nothing (line numbers, comments, docstrings).
"""

from __future__ import annotations

import builtins
import copyreg
import dis
import functools
import hashlib
import importlib
import importlib.metadata
import importlib.util
import inspect
import re
import sys
import types
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, singledispatchmethod
from typing import Any
from uuid import uuid4

import numpy as np
from brian2.core.functions import Function
from brian2.units.fundamentalunits import Dimension

from brianhw.explore.brian2_parts import PARTS, PLAIN, dimensions, name_of
from brianhw.explore.libraries import file_content, is_library, versioned
from brianhw.model import GIVEN_BY_BRIAN2

__all__ = ["Identity", "digest", "fingerprint"]

IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
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


def digest(*parts: Any) -> str:
    """Return a short hash of some text."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode(errors="surrogatepass")).hexdigest()[:24]


def fingerprint(thing: Any) -> str:
    """Return a hash of a model, a function with all that it refers to, or a value."""
    return Identity({"model": thing}).digest


class Identity:
    """What some things are.

    Parameters
    ----------
    things : mapping of str to object
        By the name that messages give them.

    Attributes
    ----------
    digest : str
        The same for things that give the same results.
    unknown : list of str
        What nothing can be said about, such as a lock or an open file. The digest is another each time then.
    """

    def __init__(self, things: Mapping[str, Any]) -> None:
        self.unknown: list[str] = []
        self._known: dict[int, str] = {}
        self._open: dict[int, int] = {}  # what is being read: its place from outside to inside
        self._alive: list[Any] = []  # an address says what a thing is as long as the thing is there
        self.strings: set[str] = set()
        self._attributes: set[str] = set()
        self._reads_text = False  # whether code takes globals by a name in text
        self._modules: dict[str, types.ModuleType] = {}  # of the user
        self._namespaces: dict[int, dict[str, Any]] = {}  # globals of the user's functions
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of attributes that are deprecated and only looked at
            parts = [self.of(thing, name) for name, thing in things.items()]
            self.digest = digest(*parts, *self._reached_by_name())

    def of(self, thing: Any, where: str) -> str:
        """Return the hash of a thing; *where* says in messages which it is."""
        if type(thing) is str:
            self.strings.add(thing)
            return f"str {thing}"
        if type(thing) in PLAIN:
            return f"{type(thing).__name__} {thing!r}"
        key = id(thing)
        if key in self._open:
            return f"up {len(self._open) - self._open[key]}"
        if key not in self._known:
            self._open[key] = len(self._open)
            try:
                self._known[key] = digest(*self._parts(thing, where))
            except RecursionError:
                self._known[key] = self.not_known(thing, where)
            finally:
                del self._open[key]
            self._alive.append(thing)
        return self._known[key]

    def not_known(self, thing: Any, where: str) -> str:
        """Note that nothing can be said about a thing; return a hash that never comes back."""
        self.unknown.append(f"{where} ({name_of(type(thing))})")
        return uuid4().hex

    # -- objects ------------------------------------------------------------------------------------

    @singledispatchmethod
    def _parts(self, thing: Any, where: str) -> Iterable[str]:
        """Return what a thing consists of."""
        return self._taken_apart(thing, where)

    def _taken_apart(self, thing: Any, where: str) -> Iterable[str]:
        """Return what an object consists of, as pickle takes it apart."""
        try:
            reduce = copyreg.dispatch_table.get(type(thing))
            reduced = reduce(thing) if reduce else thing.__reduce_ex__(4)
        except Exception:
            return [self.not_known(thing, where)]
        if isinstance(reduced, str):  # the name of a global, such as None's type
            return ["global", name_of(type(thing)), reduced]
        make, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
        parts = [self.of(make, where), *self.each(arguments, where)]
        for each in state if isinstance(state, tuple) and len(state) == 2 else (state,):  # slots come beside
            parts.append(self._state(type(thing), each, where))
        parts += ["items", *self.each(items or (), where)]
        found = [self.of(key, where) + self.of(value, where) for key, value in pairs or ()]
        return [*parts, *(found if isinstance(thing, OrderedDict) else sorted(found))]

    def _state(self, kind: type, state: Any, where: str) -> str:
        """Return the hash of what an object holds, without what it has only worked out from that."""
        if not isinstance(state, dict):
            return self.of(state, where)
        kept = {
            name: value
            for name, value in state.items()
            if not isinstance(getattr(kind, name, None) if isinstance(name, str) else None, cached_property)
        }
        return digest(*self.mapping(kept, where))

    def each(self, things: Iterable[Any], where: str) -> list[str]:
        """Return the hash of each of some things."""
        return [self.of(thing, where) for thing in things]

    def mapping(self, mapping: Mapping[Any, Any], where: str) -> list[str]:
        """Return the hashes of keys and values, in an order that is the same in each process."""
        return sorted(f"{self.of(key, where)} = {self.of(value, f'{where}: {key}')}" for key, value in mapping.items())

    @_parts.register(str)
    @_parts.register(bytearray)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return [*self.class_of(thing), str(bytes(thing).hex() if isinstance(thing, bytearray) else str.__str__(thing))]

    @_parts.register(dict)
    @_parts.register(types.MappingProxyType)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        if type(thing) not in (dict, types.MappingProxyType):
            return self._taken_apart(thing, where)
        return ["dict", *self.mapping(thing, where)]

    @_parts.register(list)
    @_parts.register(tuple)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        own = getattr(thing, "__dict__", {})
        return [*self.class_of(thing), *self.each(thing, where), *self.mapping(own, where)]

    @_parts.register(set)
    @_parts.register(frozenset)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return [*self.class_of(thing), *sorted(self.each(thing, where))]

    def class_of(self, thing: Any) -> list[str]:
        """Return the hash of a thing's class."""
        return [self.of(type(thing), type(thing).__name__)]

    @_parts.register(np.ndarray)  # a quantity is one
    @_parts.register(np.generic)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        if isinstance(thing, np.ma.MaskedArray):
            return ["masked", *self.each([thing.data, np.ma.getmaskarray(thing)], where)]
        array = np.asarray(thing)
        kind = ["array" if isinstance(thing, np.ndarray) else "scalar", str(array.dtype.descr), str(array.shape)]
        kind.append(dimensions(getattr(thing, "dim", None)))
        if array.dtype.hasobject:
            return [*kind, *self.each(array.ravel().tolist(), where)]
        return [*kind, hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()]

    @_parts.register(Dimension)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return [dimensions(thing)]

    @_parts.register(weakref.ref)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["reference", self.of(thing(), where)]

    @_parts.register(weakref.WeakKeyDictionary)
    @_parts.register(weakref.WeakValueDictionary)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["weak", *self.mapping(dict(thing), where)]

    @_parts.register(weakref.WeakSet)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["weak", *sorted(self.each(thing, where))]

    # -- functions ----------------------------------------------------------------------------------

    @_parts.register(types.FunctionType)
    def _(self, function: Any, where: str) -> Iterable[str]:
        where = f"{where} {function.__name__}" if function.__name__ not in where else where
        code, module = function.__code__, function.__globals__.get("__name__")
        if hasattr(function, "dispatch") and hasattr(function, "registry"):  # the rest of a dispatcher is its cache
            return ["dispatch", self.of(function.registry, where)]
        own = [*self._closure(function, where), *self.mapping(vars(function), where)]
        if is_library(module):
            # what the library made of the user's function, such as a decorator's wrapper, holds that one
            return ["library", versioned(module), code.co_qualname, *own]
        self._namespaces[id(function.__globals__)] = function.__globals__
        defaults = self.each([function.__defaults__, function.__kwdefaults__], where)
        return ["function", *self._code(code, function.__globals__, where), *defaults, *own]

    def _closure(self, function: types.FunctionType, where: str) -> Iterator[str]:
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                value = cell.cell_contents
            except ValueError:  # not yet assigned
                yield f"{name} is empty"
            else:
                yield f"{name} {self.of(value, f'{name} in {where}')}"

    def _code(self, code: types.CodeType, namespace: dict[str, Any], where: str) -> list[str]:
        """Return what code does, with what it names: instructions as `dis` shows them, without lines and gaps."""
        shape = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & KINDS)
        parts = [*map(str, shape), *code.co_varnames, "|", *code.co_freevars, "|", *code.co_cellvars]
        parts.append(code.co_exceptiontable.hex())
        run = [each for each in dis.get_instructions(code) if each.opname not in NOT_RUN]
        place = {each.offset: number for number, each in enumerate(run)}
        before: list[Any] = [None, None]
        for each in _without_docstring(run):
            if each.opcode in dis.hasconst:
                # not `argval`: in Python 3.11, `dis` does not know the names of a call's keywords
                parts += [each.opname, self._constant(code.co_consts[each.arg or 0], namespace, where)]
            elif each.opcode in dis.hasjrel or each.opcode in dis.hasjabs:
                after = min((offset for offset in place if offset >= each.argval), default=-1)
                parts += [each.opname, str(place.get(after))]
            else:
                named = isinstance(each.argval, str | tuple) and each.opcode not in dis.hascompare
                parts += [each.opname, str(each.argval if named and "FORMAT" not in each.opname else each.arg)]
            parts += self._named(each, before, namespace, where)
            before = [before[1], each.argval]
        return parts

    def _constant(self, value: Any, namespace: dict[str, Any], where: str) -> str:
        if isinstance(value, types.CodeType):
            return digest(*self._code(value, namespace, where))
        return self.of(value, where)

    def _named(
        self, instruction: dis.Instruction, before: list[Any], namespace: dict[str, Any], where: str
    ) -> list[str]:
        """Return what the name in an instruction stands for, as far as that can be said now."""
        name, operation = instruction.argval, instruction.opname
        if operation in ("LOAD_GLOBAL", "LOAD_NAME"):
            if name in namespace:
                return [self.of(namespace[name], f"{name} in {where}")]
            self._reads_text |= name in BY_TEXT
            return ["built in" if hasattr(builtins, name) else "missing"]
        if operation == "IMPORT_NAME":
            level = before[0] if isinstance(before[0], int) else 0
            return [self._imported(name, level, before[1] or (), namespace, where)]
        if operation in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM", "LOAD_SUPER_ATTR") and isinstance(name, str):
            self._attributes.add(name)
        return []

    def _imported(self, name: str, level: int, wanted: Any, namespace: dict[str, Any], where: str) -> str:
        """Return the hash of a module that is imported within a function, which will import it anyway."""
        try:
            full = importlib.util.resolve_name("." * level + name, namespace.get("__package__"))
            if is_library(full):
                return versioned(full)
            module = importlib.import_module(full)
            for each in wanted:  # `from a import b`, where b is a module
                if not hasattr(module, each):
                    importlib.import_module(f"{full}.{each}")
            return self.of(sys.modules[full.partition(".")[0]], where) + self.of(module, where)
        except Exception as error:  # the function will say what is wrong with it
            return f"no module {name}: {type(error).__name__}"

    @_parts.register(types.MethodType)
    def _(self, method: Any, where: str) -> Iterable[str]:
        return ["method", self.of(method.__func__, where), self.of(method.__self__, where)]

    @_parts.register(functools.partial)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        parts = [self.of(thing.func, where), *self.each(thing.args, where), *self.mapping(thing.keywords, where)]
        return ["partial", *parts, *self.mapping(vars(thing), where)]

    @_parts.register(property)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["property", *self.each([thing.fget, thing.fset, thing.fdel], where)]

    @_parts.register(staticmethod)
    @_parts.register(classmethod)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return [type(thing).__name__, self.of(thing.__func__, where)]

    @_parts.register(cached_property)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["cached property", self.of(thing.func, where)]

    @_parts.register(type(functools.lru_cache(print)))
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["cached", self.of(thing.__wrapped__, where)]

    @_parts.register(types.BuiltinFunctionType)
    @_parts.register(types.MethodWrapperType)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        owner = thing.__self__
        if owner is None or isinstance(owner, types.ModuleType):
            return self._compiled(thing, str(thing.__module__ or getattr(owner, "__name__", "builtins")))
        return ["built in", thing.__name__, self.of(owner, where)]

    @_parts.register(types.WrapperDescriptorType)
    @_parts.register(types.MethodDescriptorType)
    @_parts.register(types.ClassMethodDescriptorType)
    @_parts.register(types.GetSetDescriptorType)
    @_parts.register(types.MemberDescriptorType)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["built in", thing.__objclass__.__qualname__, thing.__name__]

    @_parts.register(np.ufunc)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        for library in ("numpy", "scipy.special"):
            name = str(thing.__name__)
            if getattr(sys.modules.get(library), name, None) is thing:
                return ["ufunc", versioned(library), name]
        return [self.not_known(thing, where)]  # made of a Python function, which it does not show

    def _compiled(self, thing: Any, module: str) -> list[str]:
        """Return what can be said of code that Python did not compile: its name, and its library or file."""
        return [
            "compiled",
            versioned(module) if is_library(module) else file_content(module),
            str(thing.__qualname__),
        ]

    @_parts.register(type)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        if is_library(thing.__module__):
            return ["class", versioned(thing.__module__), thing.__qualname__]
        where = thing.__qualname__
        own = {name: value for name, value in vars(thing).items() if name not in OF_EVERY_CLASS}
        bases = self.each([*thing.__bases__, type(thing)], where)
        return ["class", thing.__qualname__, *bases, *self.mapping(own, where)]

    @_parts.register(types.ModuleType)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        if is_library(thing.__name__):
            return ["module", versioned(thing.__name__)]
        self._modules[thing.__name__] = thing  # what is used of it is looked up at the end
        return ["module", thing.__name__]

    # -- what is reached by name only ---------------------------------------------------------------

    def _reached_by_name(self) -> list[str]:
        """Return what code takes from the user's modules, and what Brian2 looks up for names within text."""
        found: dict[tuple[str, str], str] = {}
        while True:
            new = {key: value for key, value in (*self._of_modules(), *self._of_text()) if key not in found}
            if not new:
                return [f"{name} {value}" for (_, name), value in sorted(found.items())]
            found |= {(where, name): self.of(value, name) for (where, name), value in sorted(new.items(), key=_first)}

    def _of_modules(self) -> Iterator[tuple[tuple[str, str], Any]]:
        names = self._attributes | {text for text in self.strings if text.isidentifier()}  # getattr(module, "name")
        for where, module in list(self._modules.items()):
            for name in names & vars(module).keys():
                yield (where, name), vars(module)[name]

    def _of_text(self) -> Iterator[tuple[tuple[str, str], Any]]:
        """Yield the globals that equations and statements name: Brian2 finds them in the caller's module.

        Code that calls `eval` or the like finds functions, too.
        """
        names = {name for text in self.strings for name in IDENTIFIER.findall(text)} - GIVEN_BY_BRIAN2
        for namespace in list(self._namespaces.values()):
            for name in names & namespace.keys():
                if _is_external(namespace[name]) or (self._reads_text and _is_the_users(namespace[name])):
                    yield (str(namespace.get("__name__")), name), namespace[name]

    for _kind, _made_of in PARTS.items():
        _parts.register(_kind, _made_of)


def _first(pair: tuple[Any, Any]) -> Any:
    return pair[0]


def _without_docstring(run: list[dis.Instruction]) -> Iterator[dis.Instruction]:
    """Leave out what gives a class its docstring; that of a function is loaded by no instruction."""
    for each, following in zip(run, [*run[1:], None], strict=True):
        stores = following is not None and following.opname == "STORE_NAME" and following.argval == "__doc__"
        if not stores and not (each.opname == "STORE_NAME" and each.argval == "__doc__"):
            yield each


def _is_external(value: Any) -> bool:
    """Say whether Brian2 takes a global for a name in text: numbers, quantities, arrays and its functions."""
    return isinstance(value, int | float | np.number | np.ndarray | Function) or hasattr(value, "_arg_units")


def _is_the_users(value: Any) -> bool:
    """Say whether a global is code, or made of what Python or the user has; a library has a version."""
    own = type(value).__module__ == "builtins" or not is_library(type(value).__module__)
    return own or isinstance(value, types.FunctionType | type)
