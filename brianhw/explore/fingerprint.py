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
import sysconfig
import types
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, cached_property, singledispatchmethod
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from brian2 import Clock, Equations, Network, TimedArray
from brian2.core.base import BrianObject
from brian2.core.clocks import DefaultClockProxy
from brian2.core.functions import Function
from brian2.core.preferences import BrianGlobalPreferences
from brian2.core.variables import ArrayVariable, VariableView
from brian2.devices.device import CurrentDeviceProxy, Device
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension

from brianhw.model import GIVEN_BY_BRIAN2, Block, NeuronModel, SynapseModel

__all__ = ["Identity", "digest", "fingerprint"]

PLAIN = (type(None), bool, int, float, complex, bytes, type(Ellipsis), type(NotImplemented))
IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
# what Python writes into a class by itself, and what says nothing about what it does
OF_EVERY_CLASS = frozenset(
    "__module__ __qualname__ __doc__ __dict__ __weakref__ __annotations__ __firstlineno__ __static_attributes__ "
    "__abstractmethods__ _abc_impl __annotate__ __annotate_func__ __annotations_cache__".split()
)
# what Brian2 notes in its objects: where they were made, what they are called, what it made of them
BOOKKEEPING = frozenset(
    "_name _id id _creation_stack _full_creation_stack _clock _network _dependencies _contained_objects _code_objects "
    "_scope_key codeobj codeobj_class queue variables _stored_clocks template_kwds needed_variables objname".split()
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
        self._strings: set[str] = set()
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
            self._strings.add(thing)
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
                self._known[key] = self._not_known(thing, where)
            finally:
                del self._open[key]
            self._alive.append(thing)
        return self._known[key]

    def _not_known(self, thing: Any, where: str) -> str:
        self.unknown.append(f"{where} ({_name_of(type(thing))})")
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
            return [self._not_known(thing, where)]
        if isinstance(reduced, str):  # the name of a global, such as None's type
            return ["global", _name_of(type(thing)), reduced]
        make, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
        parts = [self.of(make, where), *self._each(arguments, where)]
        for each in state if isinstance(state, tuple) and len(state) == 2 else (state,):  # slots come beside
            parts.append(self._state(type(thing), each, where))
        parts += ["items", *self._each(items or (), where)]
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
        return digest(*self._mapping(kept, where))

    def _each(self, things: Iterable[Any], where: str) -> list[str]:
        return [self.of(thing, where) for thing in things]

    def _mapping(self, mapping: Mapping[Any, Any], where: str) -> list[str]:
        return sorted(f"{self.of(key, where)} = {self.of(value, f'{where}: {key}')}" for key, value in mapping.items())

    @_parts.register(str)
    @_parts.register(bytearray)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return [*self._class_of(thing), str(bytes(thing).hex() if isinstance(thing, bytearray) else str.__str__(thing))]

    @_parts.register(dict)
    @_parts.register(types.MappingProxyType)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        if type(thing) not in (dict, types.MappingProxyType):
            return self._taken_apart(thing, where)
        return ["dict", *self._mapping(thing, where)]

    @_parts.register(list)
    @_parts.register(tuple)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        own = getattr(thing, "__dict__", {})
        return [*self._class_of(thing), *self._each(thing, where), *self._mapping(own, where)]

    @_parts.register(set)
    @_parts.register(frozenset)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return [*self._class_of(thing), *sorted(self._each(thing, where))]

    def _class_of(self, thing: Any) -> list[str]:
        return [self.of(type(thing), type(thing).__name__)]

    @_parts.register(np.ndarray)  # a quantity is one
    @_parts.register(np.generic)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        if isinstance(thing, np.ma.MaskedArray):
            return ["masked", *self._each([thing.data, np.ma.getmaskarray(thing)], where)]
        array = np.asarray(thing)
        kind = ["array" if isinstance(thing, np.ndarray) else "scalar", str(array.dtype.descr), str(array.shape)]
        kind.append(_dimensions(getattr(thing, "dim", None)))
        if array.dtype.hasobject:
            return [*kind, *self._each(array.ravel().tolist(), where)]
        return [*kind, hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()]

    @_parts.register(Dimension)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return [_dimensions(thing)]

    @_parts.register(weakref.ref)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["reference", self.of(thing(), where)]

    @_parts.register(weakref.WeakKeyDictionary)
    @_parts.register(weakref.WeakValueDictionary)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["weak", *self._mapping(dict(thing), where)]

    @_parts.register(weakref.WeakSet)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["weak", *sorted(self._each(thing, where))]

    # -- functions ----------------------------------------------------------------------------------

    @_parts.register(types.FunctionType)
    def _(self, function: Any, where: str) -> Iterable[str]:
        where = f"{where} {function.__name__}" if function.__name__ not in where else where
        code, module = function.__code__, function.__globals__.get("__name__")
        if hasattr(function, "dispatch") and hasattr(function, "registry"):  # the rest of a dispatcher is its cache
            return ["dispatch", self.of(function.registry, where)]
        own = [*self._closure(function, where), *self._mapping(vars(function), where)]
        if is_library(module):
            # what the library made of the user's function, such as a decorator's wrapper, holds that one
            return ["library", _versioned(module), code.co_qualname, *own]
        self._namespaces[id(function.__globals__)] = function.__globals__
        defaults = self._each([function.__defaults__, function.__kwdefaults__], where)
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
                return _versioned(full)
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
        parts = [self.of(thing.func, where), *self._each(thing.args, where), *self._mapping(thing.keywords, where)]
        return ["partial", *parts, *self._mapping(vars(thing), where)]

    @_parts.register(property)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["property", *self._each([thing.fget, thing.fset, thing.fdel], where)]

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
                return ["ufunc", _versioned(library), name]
        return [self._not_known(thing, where)]  # made of a Python function, which it does not show

    def _compiled(self, thing: Any, module: str) -> list[str]:
        """Return what can be said of code that Python did not compile: its name, and its library or file."""
        return [
            "compiled",
            _versioned(module) if is_library(module) else _file_content(module),
            str(thing.__qualname__),
        ]

    @_parts.register(type)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        if is_library(thing.__module__):
            return ["class", _versioned(thing.__module__), thing.__qualname__]
        where = thing.__qualname__
        own = {name: value for name, value in vars(thing).items() if name not in OF_EVERY_CLASS}
        bases = self._each([*thing.__bases__, type(thing)], where)
        return ["class", thing.__qualname__, *bases, *self._mapping(own, where)]

    @_parts.register(types.ModuleType)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        if is_library(thing.__name__):
            return ["module", _versioned(thing.__name__)]
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
        names = self._attributes | {text for text in self._strings if text.isidentifier()}  # getattr(module, "name")
        for where, module in list(self._modules.items()):
            for name in names & vars(module).keys():
                yield (where, name), vars(module)[name]

    def _of_text(self) -> Iterator[tuple[tuple[str, str], Any]]:
        """Yield the globals that equations and statements name: Brian2 finds them in the caller's module.

        Code that calls `eval` or the like finds functions, too.
        """
        names = {name for text in self._strings for name in IDENTIFIER.findall(text)} - GIVEN_BY_BRIAN2
        for namespace in list(self._namespaces.values()):
            for name in names & namespace.keys():
                if _is_external(namespace[name]) or (self._reads_text and _is_the_users(namespace[name])):
                    yield (str(namespace.get("__name__")), name), namespace[name]

    # -- Brian2 -------------------------------------------------------------------------------------

    @_parts.register(NeuronModel)
    @_parts.register(SynapseModel)
    @_parts.register(Block)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        fields = {name: getattr(thing, name) for name in thing.__dataclass_fields__ if name not in ("name", "source")}
        return [type(thing).__name__, *self._mapping(fields, where)]

    @_parts.register(Equations)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        lines = (
            (e.type, e.varname, str(e.expr), _dimensions(e.dim), e.var_type, *sorted(e.flags)) for e in thing.values()
        )
        found = sorted(" ".join(map(str, line)) for line in lines)
        self._strings.update(found)
        return ["equations", *found]

    @_parts.register(TimedArray)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["timed array", *self._each([thing.values, float(thing.dt), thing.dim], where)]

    @_parts.register(Function)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        codes = {
            getattr(target, "__name__", str(target)): [each._code, each._namespace, each.dependencies]
            for target, each in thing.implementations._implementations.items()
        }
        own = [thing.pyfunc, thing._arg_units, thing._return_unit, thing._arg_types, thing._return_type]
        if type(thing) is not Function:  # a binomial distribution, say, whose code has a number of its own in it
            own = [thing.pyfunc, {name: value for name, value in vars(thing).items() if _is_data(name, value)}]
            codes = {}
        return [*self._class_of(thing), *self._each([*own, thing.stateless, codes], where)]

    @_parts.register(Clock)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        """Return the step or the times of a clock, not how far a run has gone."""
        values = {each.name: each.get_value() for each in _arrays(thing) if each.name not in ("t", "timestep")}
        return [*self._class_of(thing), *self._mapping(values, where)]

    @_parts.register(BrianObject)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        """Return the equations, code, parts and present values of one of Brian2's objects."""
        try:
            values = {each.name: each.get_value() for each in _arrays(thing)}
        except Exception:  # they are in no memory that Python sees
            return [self._not_known(thing, where)]
        own = {name: value for name, value in vars(thing).items() if _is_data(name, value)}
        inside = sorted(self._each(getattr(thing, "contained_objects", ()), where))
        clock = self._each([thing._clock], where) if hasattr(thing, "_clock") else []
        return [*self._class_of(thing), *self._mapping(own, where), *self._mapping(values, where), *inside, *clock]

    @_parts.register(Network)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["network", *sorted(self._each(thing.objects, where)), str(thing.t_)]

    @_parts.register(VariableView)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["view", thing.name, self.of(thing.group, where)]

    @_parts.register(DefaultClockProxy)
    @_parts.register(CurrentDeviceProxy)
    @_parts.register(Device)
    @_parts.register(BrianGlobalPreferences)
    def _(self, thing: Any, where: str) -> Iterable[str]:
        return ["of Brian2", _name_of(type(thing))]  # settings enter a sweep's identity by themselves


def _first(pair: tuple[Any, Any]) -> Any:
    return pair[0]


def _name_of(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _dimensions(dim: Any) -> str:
    return "" if dim is None or dim is DIMENSIONLESS else str(dim._dims)


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


def _is_data(name: str, value: Any) -> bool:
    """Say whether an attribute of one of Brian2's objects belongs to what it is, not to how Brian2 handles it."""
    if name in BOOKKEEPING or name in ("pyfunc", "implementations", "sympy_func"):
        return False
    if isinstance(value, dict):
        return all(_is_data("", each) for each in value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return all(_is_data("", each) for each in value)
    kinds = (str, *PLAIN, np.ndarray, np.generic, Equations, types.FunctionType, types.MethodType, BrianObject)
    return isinstance(value, kinds)


def _arrays(thing: Any) -> Iterator[ArrayVariable]:
    for each in getattr(thing, "variables", {}).values():
        owner = getattr(each, "owner", None)
        if not isinstance(each, ArrayVariable) or owner is None:
            continue
        # the delays of a pathway are its synapses', which do not list them
        if owner.name == thing.name or owner.variables.get(each.name) is not each:
            yield each


# -- modules ----------------------------------------------------------------------------------------


@cache
def is_library(module: str | None) -> bool:
    """Say whether a module is installed, of Python or of brianhw; anything else is the user's own."""
    if module is None or module == "__main__":
        return False
    top = module.partition(".")[0]
    if top in ("brian2", "brianhw", "builtins"):
        return True
    try:
        spec = getattr(sys.modules.get(top), "__spec__", None) or importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return False
    if spec is None:
        return False
    if spec.origin in ("built-in", "frozen"):
        return True
    files = [file for file in (spec.origin, *(spec.submodule_search_locations or ())) if file]
    return any(_is_installed(Path(file)) for file in files)


def _is_installed(file: Path) -> bool:
    if {"site-packages", "dist-packages"} & set(file.parts):
        return True
    return any(file.is_relative_to(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib"))


@cache
def _versioned(module: str) -> str:
    """Return the name of a module with the version of the library that it belongs to."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return f"{module} {sys.version_info.major}.{sys.version_info.minor}"
    with suppress(importlib.metadata.PackageNotFoundError):
        return f"{module} {importlib.metadata.version(top)}"
    with suppress(Exception):
        return f"{module} {importlib.import_module(top).__version__}"
    return module


def _file_content(module: str) -> str:
    file = getattr(sys.modules.get(module), "__file__", None)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else module
