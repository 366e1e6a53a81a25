"""The parts of a Brian2 model that run in each step, as functions of tensors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.core.variables import ArrayVariable, Constant
from brian2.groups.group import CodeRunner
from brian2.groups.neurongroup import Resetter, StateUpdater, SubexpressionUpdater, Thresholder
from brian2.synapses.synapses import StateUpdater as SynapticStateUpdater
from brian2.synapses.synapses import SynapticPathway
from brian2.utils.stringtools import get_identifiers

from brianhw.errors import TwinError
from brianhw.torch.functions import NAMES, known
from brianhw.torch.stopgrad import stopgrad, stopped
from brianhw.torch.target import FULL, TorchCodeObject

__all__ = ["CLOCK", "TIMES", "Block", "Wires", "key_of"]

KINDS: tuple[tuple[type[CodeRunner], str], ...] = (
    (StateUpdater, "update"),
    (SubexpressionUpdater, "update"),
    (SynapticStateUpdater, "update"),
    (Thresholder, "threshold"),
    (Resetter, "reset"),
    (SynapticPathway, "pathway"),
)
CLOCK = ("t", "t_in_timesteps")
#: States that are times: always in double precision, or refractory periods would vary after some seconds.
TIMES = ("lastspike", "lastupdate")


def key_of(variable: ArrayVariable) -> str:
    """Return what an array is called in a twin: ``owner.name``."""
    return f"{variable.owner.name}.{variable.name}"


@dataclass(frozen=True)
class Wires:
    """How a function gets at spikes: the twin's settings that translated code depends on."""

    step: Callable[..., torch.Tensor]
    dtype: torch.dtype
    through_reset: bool = False

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """Return one or the other; of two numbers in the twin's precision."""
        if not isinstance(condition, torch.Tensor):
            return yes if condition else no
        if not isinstance(yes, torch.Tensor) and not isinstance(no, torch.Tensor):
            yes = torch.full((), yes, dtype=self.dtype, device=condition.device)
        return torch.where(condition, yes, no)

    def clip(self, x: Any, low: Any, high: Any) -> Any:
        """Return *x* between two limits; where it is at one, its derivative is 1."""
        x = self.where(x < low, low, x)
        return self.where(x > high, high, x)

    def held(self, value: Any) -> Any:
        """Return a value in the twin's precision, as an array holds it."""
        return value.to(self.dtype) if value.is_floating_point() else value

    def at_spikes(self, spike: torch.Tensor, new: Any, old: Any) -> Any:
        """Return *new* where there is a spike, *old* elsewhere."""
        value = torch.where(spike > 0, new, old)
        if self.through_reset and spike.requires_grad:
            value = value + (spike - spike.detach()) * (new - old)
        return value

    def number(self, condition: Any) -> Any:
        """Return a condition as 0 or 1."""
        return condition.to(self.dtype) if isinstance(condition, torch.Tensor) else float(condition)

    def whole(self, x: Any) -> Any:
        """Return *x* without its fraction; a tensor stays one of floating-point numbers."""
        if not isinstance(x, torch.Tensor):
            return int(x)
        return x.to(self.dtype) if x.dtype == torch.bool else torch.trunc(x)


def _gather(values: Any, index: torch.Tensor) -> Any:
    return values[..., index] if isinstance(values, torch.Tensor) and values.dim() else values


def _add_at(values: torch.Tensor, index: torch.Tensor, spike: torch.Tensor, added: Any) -> torch.Tensor:
    """Return *values* to which each synapse with a spike has added, one after the other."""
    if isinstance(added, torch.Tensor):  # what is infinite at a synapse without a spike is not computed in Brian2
        added = torch.where((spike != 0) | torch.isfinite(added), added, 0.0)
    added = (spike * added).to(values.dtype)
    return values.scatter_add(-1, index.expand(added.shape), added)


class Block:
    """One runner of Brian2 as a function.

    Parameters
    ----------
    runner : CodeRunner
        A state updater, threshold, reset or pathway.
    namespace : dict
        Where Brian2 looks for names that the group does not define.
    wires : Wires
        What the function is bound to.
    stops : iterable of str
        Subexpressions that gradients do not pass.

    Attributes
    ----------
    kind : str
        ``"update"``, ``"threshold"``, ``"reset"`` or ``"pathway"``.
    name, owner : str
        The names of the runner, and of the group or synapses it belongs to.
    size : int
        How many neurons or synapses these are.
    is_refractory : bool
        Whether they are refractory after a spike.
    source : str
        The Python code.
    reads, writes : dict of str to ArrayVariable
        The arrays, by their keys.
    local : dict of str to str
        The keys of the arrays by their names in the code: what several groups share has one key.
    constants : dict of str to Constant
        Numbers from namespaces, by their keys.
    """

    def __init__(
        self, runner: CodeRunner, namespace: Mapping[str, Any], wires: Wires, stops: Iterable[str] = ()
    ) -> None:
        kind = next((kind for cls, kind in KINDS if isinstance(runner, cls)), None)
        if kind is None:
            raise TwinError(
                f"{runner.name} ({type(runner).__name__}) has no form in PyTorch; leave it out of the twin."
            )
        self.kind, self.name, self.owner, self.size = kind, runner.name, runner.group.name, len(runner.group)
        self.is_refractory = getattr(runner.group, "_refractory", False) is not False
        names = {**namespace, "stopgrad": stopgrad}
        with stopped(runner.group, stops) if kind == "update" and stops else nullcontext(), known():
            code = self._translated(runner, names)
        self.reads: dict[str, ArrayVariable] = {}
        self.writes: dict[str, ArrayVariable] = {}
        self.constants: dict[str, Constant] = {}
        self.indices: dict[str, ArrayVariable] = {}
        scope: dict[str, Any] = {
            **NAMES,
            "_twin_gather": _gather,
            "_twin_add_at": _add_at,
            "_twin_at_spikes": wires.at_spikes,
            "_twin_where": wires.where,
            "_twin_held": wires.held,
            "_twin_step": wires.step,
            "_twin_number": wires.number,
        }
        self._dtype = wires.dtype
        self.local: dict[str, str] = {}  # names of arrays in the code, and keys
        self._loads: list[tuple[str, str]] = []  # names in the code, and keys
        self._stores: list[tuple[str, str]] = []
        self._body: list[str] = []
        self.scope, self.source = scope, ""
        self.run: Callable[..., Any] | None = None
        if code is not None:
            with known():
                self._look_at(code, wires)

    def bind(self, states: Iterable[str]) -> None:
        """Make the function, when it is known which arrays are *states*; the others do not change."""
        if not self._body:
            return
        held = dict.fromkeys((*states, *CLOCK), "_twin_state")
        loads = [f"{name} = {held.get(key, '_twin_values')}[{key!r}]" for name, key in self._loads]
        stores = [f"_twin_state[{key!r}] = {self._stored(name, key)}" for name, key in self._stores]
        lines = [*loads, *self._body, *stores, f"return {'_cond' if self.kind == 'threshold' else None}"]
        head = "def block(_twin_state, _twin_values, _twin_spike, _twin_like):"
        self.source = "\n".join([head, *(f"    {line}" for line in lines)])
        exec(compile(self.source, f"<twin of {self.name}>", "exec"), self.scope)  # our own text
        self.run = self.scope["block"]

    def _stored(self, name: str, key: str) -> str:
        exact = key.rsplit(".", 1)[-1] in TIMES or self._dtype == torch.float64
        return name if exact else f"_twin_held({name})"

    @staticmethod
    def _translated(runner: CodeRunner, namespace: Mapping[str, Any]) -> TorchCodeObject | None:
        before = runner.codeobj_class
        runner.codeobj_class = TorchCodeObject
        try:
            found = runner.create_default_code_object(dict(namespace))
        except NotImplementedError as error:
            raise TwinError(
                f"{runner.name}: {error} A function that is not Brian2's own has to be told what it is in PyTorch: "
                "function.implementations.add_implementation('torch', code=...)."
            ) from None
        finally:
            runner.codeobj_class = before
            runner.codeobj = None
        return found

    def _look_at(self, code: TorchCodeObject, wires: Wires) -> None:
        """Find out what the names in the code are."""
        self._body = code.code.splitlines()
        used = {name for line in self._body for name in get_identifiers(line.split("#")[0])}
        written = {match[1] for line in self._body if (match := re.match(r"(\w+) = ", line))}
        for name in sorted(used):
            plain = name.removeprefix(FULL)
            variable, index = code.variables.get(plain), code.variable_indices.get(plain, "_idx")
            if isinstance(variable, Function):
                self.scope[name] = self._implementation(variable, wires)
            elif isinstance(variable, Constant):
                key = f"{self.owner}:{name}"
                self.constants[key] = variable
                self._loads.append((name, key))
            elif not isinstance(variable, ArrayVariable) or (index not in ("_idx", "0") and name == plain):
                continue  # a name of the statements' own, or values at an index, which the statements take themselves
            elif name in code.variable_indices.values():
                self.indices[key_of(variable)] = variable
                self._loads.append((name, key_of(variable)))
            else:
                key = variable.name if variable.name in CLOCK else key_of(variable)
                self.reads[key] = variable
                self.local[plain] = key
                self._loads.append((name, key))
                if name in written:
                    self.writes[key] = variable
                    self._stores.append((name, key))
        if "_vectorisation_idx" in used:
            self._body.insert(0, "_vectorisation_idx = _twin_like()")

    @staticmethod
    def _implementation(function: Function, wires: Wires) -> Any:
        own = {"int": wires.whole, "clip": wires.clip}
        for name, implementation in own.items():
            if function is DEFAULT_FUNCTIONS[name]:
                return implementation
        return function.implementations[TorchCodeObject].get_code(None)
