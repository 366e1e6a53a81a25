"""What a script has described: layers of neurons, learning rules and synapses, as arrays of plain numbers.

Neurons and synapses have global indices in the order in which they were made. Nothing here knows Brian2's groups.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from brianhw.edlut.catalogue.cells import CELLS, CURRENT, GAP, PORTS, Cell
from brianhw.edlut.catalogue.methods import Method, method_of
from brianhw.edlut.catalogue.parameters import checked, is_float, is_integer, look_up
from brianhw.edlut.catalogue.rules import RULES, Rule
from brianhw.edlut.delivery import delay_ticks, slots_per_step
from brianhw.edlut.kinds import kinds_of
from brianhw.errors import EdlutError, EdlutWarning, ParameterError, unknown_name

__all__ = ["Description", "Layer", "RuleInUse", "Wiring", "indices_of"]

DEFAULTS = {"weight": 1.0, "max_weight": 1.0, "type": 0, "delay": 0.001, "wchange": -1, "trigger_wchange": -1}
INTEGERS = ("type", "wchange", "trigger_wchange")
LONGEST_DELAY = 1000.0  # seconds; each is a place in a queue of spikes
LONG_DELAY = 0.5  # seconds, from which on milliseconds may have been meant
MOST_NEURONS = 10**9


@dataclass(eq=False)
class Layer:
    """Neurons of one model with one set of parameters.

    Attributes
    ----------
    number : int
        Which layer it is.
    first, size : int
        The global index of its first neuron, and how many there are.
    values : dict
        Parameters by EDLUT's names; of those that each neuron may have, an array.
    method : Method or None
        How it is integrated.
    """

    number: int
    first: int
    size: int
    cell: Cell
    values: dict[str, Any]
    method: Method | None
    is_logged: bool
    is_output: bool
    seeds: np.ndarray | None = None

    @property
    def method_name(self) -> str:
        """EDLUT's name of the integration method, ``""`` for none."""
        return self.values["int_meth"].model_name if "int_meth" in self.values else ""

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the layer, as they were given."""
        return {name: value for name, value in self.values.items() if name not in self.own} | self.given

    own: dict[str, np.ndarray] = field(default_factory=dict)  # parameters of each neuron
    given: dict[str, Any] = field(default_factory=dict)  # the value of these that the layer was made with


@dataclass(eq=False)
class RuleInUse:
    """A learning rule with its parameters."""

    number: int
    rule: Rule
    values: dict[str, Any]


class Wiring(NamedTuple):
    """Synapses as arrays: global indices, conductances in nS, delays in ticks of 0.1 ms, numbers of rules or -1."""

    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    max_weight: np.ndarray
    type: np.ndarray
    delay: np.ndarray
    rule: np.ndarray
    trigger: np.ndarray

    def __len__(self) -> int:
        return len(self.source)

    def where(self, chosen: np.ndarray) -> Wiring:
        """Return some of the synapses."""
        return Wiring(*(each[chosen] for each in self))


def _no_wiring() -> Wiring:
    kinds = (np.int32, np.int32, float, float, np.int8, np.int32, np.int32, np.int32)
    return Wiring(*(np.empty(0, kind) for kind in kinds))


def indices_of(owner: str, what: str, indices: Any, size: int) -> np.ndarray:
    """Return indices as an array of integers.

    Raises
    ------
    EdlutError
        If one is no integer, or there is no such neuron or synapse.
    """
    if is_integer(indices):
        indices = [indices]
    try:
        found = np.asarray(indices)
    except ValueError:
        found = np.empty(0, object)
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        raise EdlutError(f"{owner}: indices of {what} are a list of integers, not {_short(indices)}.")
    wrong = found[(found < 0) | (found >= size)] if found.size else found
    if wrong.size:
        limit = f"they are 0 to {size - 1}" if size else "there is none"
        raise EdlutError(f"{owner}: there is no {what} {wrong[0]}; {limit}.")
    return found.astype(np.int32)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 80 else f"{text[:77]}..."


class Description:
    """Everything that a script has described so far."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.rules: list[RuleInUse] = []
        self._parts: list[Wiring] = []
        self.n_neurons = 0
        self.n_synapses = 0
        self.generator_seed = 1

    # -- layers -------------------------------------------------------------------------------------

    def add_layer(self, size: Any, model: Any, parameters: Any, is_logged: Any, is_output: Any) -> Layer:
        """Take a layer of neurons.

        Raises
        ------
        UnknownNameError, ParameterError, EdlutError
            If the model, a parameter or the number of neurons is wrong. Nothing is added then.
        """
        if not is_integer(size) or size < 1:
            raise EdlutError(f"AddNeuronLayer: num_neurons is an integer of 1 or more, not {size!r}.")
        if self.n_neurons + size > MOST_NEURONS:
            raise EdlutError(
                f"AddNeuronLayer: {size} neurons were asked for; with the {self.n_neurons} there are, a simulation has "
                f"{MOST_NEURONS} at most."
            )
        cell = look_up("AddNeuronLayer", "neuron model", model, CELLS)
        if cell.kind == "table":
            raise EdlutError(
                f"AddNeuronLayer: {model} reads its course from tables in files, which brianhw does not do. Take the "
                "time-driven model with the same equations, such as LIFTimeDrivenModel."
            )
        for name, flag in (("log_activity", is_logged), ("output_activity", is_output)):
            if not isinstance(flag, bool | np.bool_):
                raise EdlutError(f"AddNeuronLayer: {name} is True or False, not {flag!r}.")
        values = checked(model, cell.parameters, {} if parameters is None else parameters)
        method = method_of(model, values["int_meth"]) if "int_meth" in values else None
        layer = Layer(
            len(self.layers), self.n_neurons, int(size), cell, values, method, bool(is_logged), bool(is_output)
        )
        layer.given = {name: values[name] for name in cell.vector_parameters}
        layer.own = {name: np.full(layer.size, values[name]) for name in cell.vector_parameters}
        if cell.kind == "poisson":
            layer.seeds = self._next_seeds(layer.size)
        self.layers.append(layer)
        self.n_neurons += layer.size
        return layer

    def _next_seeds(self, count: int) -> np.ndarray:
        """Return the seeds of *count* generators, which are themselves the numbers of a generator."""
        seeds = np.empty(count)
        for number in range(count):
            seeds[number] = self.generator_seed % 2**31
            self.generator_seed = (765426813 * self.generator_seed + 54321) % 2**31
        return seeds

    def layer_of(self, neuron: int) -> Layer:
        """Return the layer that has the neuron with this global index."""
        return self.layers[bisect_right(self.layers, neuron, key=lambda layer: layer.first) - 1]

    def layer_numbers(self, neurons: np.ndarray) -> np.ndarray:
        """Return the number of the layer of each neuron."""
        return np.searchsorted([layer.first for layer in self.layers], neurons, side="right").astype(np.int32) - 1

    # -- rules --------------------------------------------------------------------------------------

    def add_rule(self, model: Any, parameters: Any) -> RuleInUse:
        """Take a learning rule.

        Raises
        ------
        UnknownNameError, ParameterError
            If the rule or a parameter is wrong.
        """
        found = look_up("AddLearningRule", "learning rule", model, RULES)
        values = self.rule_values(found, {} if parameters is None else parameters)
        rule = RuleInUse(len(self.rules), found, values)
        self.rules.append(rule)
        return rule

    @staticmethod
    def rule_values(rule: Rule, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the checked parameters of a rule."""
        values = checked(rule.name, rule.parameters, parameters)
        if rule.name.startswith("Sin") and (values["exp"] % 2 or values["exp"] > 20):
            raise ParameterError(f"{rule.name}: 'exp' is an even number from 2 to 20, not {values['exp']}.")
        if "init_time" in values and values["init_time"] >= values["kernel_peak"]:
            raise ParameterError(
                f"{rule.name}: 'init_time' ({values['init_time']:g} s) must lie before 'kernel_peak' "
                f"({values['kernel_peak']:g} s)."
            )
        return values

    # -- synapses -----------------------------------------------------------------------------------

    @property
    def wiring(self) -> Wiring:
        """All synapses in the order of their indices."""
        if len(self._parts) != 1:
            parts = self._parts or [_no_wiring()]
            self._parts = [Wiring(*(np.concatenate(each) for each in zip(*parts, strict=True)))]
        return self._parts[0]

    def add_synapses(self, sources: Any, targets: Any, parameters: Any) -> range:
        """Take synapses, and return their indices.

        Raises
        ------
        UnknownNameError, ParameterError, EdlutError
            If an index, a parameter or a combination of them is wrong. Nothing is added then.
        """
        owner = "AddSynapticLayer"
        source = indices_of(owner, "neuron", sources, self.n_neurons)
        target = indices_of(owner, "neuron", targets, self.n_neurons)
        if len(source) != len(target):
            raise EdlutError(
                f"{owner}: source_list has {len(source)} neurons and target_list {len(target)}; give as many."
            )
        given = {} if parameters is None else parameters
        if not isinstance(given, Mapping):
            raise ParameterError(f"{owner}: param_dict is a dict of names and values, not {_short(given)}.")
        for name in given:
            if name not in DEFAULTS:
                raise unknown_name(owner, "parameter", name, DEFAULTS)
        values = {name: _column(name, given.get(name, default), len(source)) for name, default in DEFAULTS.items()}
        wiring = Wiring(
            source,
            target,
            np.minimum(values["weight"], values["max_weight"]),
            values["max_weight"],
            values["type"].astype(np.int8),
            delay_ticks(values["delay"]),
            values["wchange"].astype(np.int32),
            values["trigger_wchange"].astype(np.int32),
        )
        self._check(wiring, values["type"])
        limited = (values["weight"] > values["max_weight"]) & (values["type"] != CURRENT)  # currents have no weights
        if limited.any() and "max_weight" not in given:
            warnings.warn(
                f"{owner}: weights up to {values['weight'].max():g} nS were asked for, without 'max_weight', which is "
                f"{DEFAULTS['max_weight']:g} nS then: {limited.sum()} weights begin there. Give 'max_weight' as well.",
                EdlutWarning,
                stacklevel=3,
            )
        if (values["delay"] > LONG_DELAY).any():
            warnings.warn(
                f"{owner}: a delay of {values['delay'].max():g} s; delays are in seconds. Are milliseconds meant?",
                EdlutWarning,
                stacklevel=3,
            )
        if (wiring.weight < 0).any():
            warnings.warn(
                f"{owner}: weights are conductances; {(wiring.weight < 0).sum()} of those given are negative, the "
                f"lowest {wiring.weight.min():g} nS. Synapses inhibit by their type, 1 (GABA).",
                EdlutWarning,
                stacklevel=3,
            )
        self._parts.append(wiring)
        first, self.n_synapses = self.n_synapses, self.n_synapses + len(source)
        return range(first, self.n_synapses)

    def _check(self, wiring: Wiring, types: np.ndarray) -> None:
        owner = "AddSynapticLayer"
        for type_ in _ends(types):
            if not 0 <= type_ < len(PORTS):
                known = ", ".join(f"{code} ({name})" for code, name in enumerate(PORTS))
                raise EdlutError(f"{owner}: there is no synapse type {type_}; there are {known}.")
        for name, numbers in (("wchange", wiring.rule), ("trigger_wchange", wiring.trigger)):
            for number in _ends(numbers):
                if not -1 <= number < len(self.rules):
                    known = f"they are 0 to {len(self.rules) - 1}" if self.rules else "none has been added"
                    raise EdlutError(
                        f"{owner}: {name!r}: there is no learning rule {number}; {known}, and -1 is for none."
                    )
        for number in np.unique(wiring.trigger[wiring.trigger >= 0]):
            rule = self.rules[number].rule
            if not rule.is_taught:
                raise EdlutError(
                    f"{owner}: the rule {number}, {rule.name}, learns from spikes of its target and takes no trigger "
                    "synapses: leave 'trigger_wchange' out."
                )
        of_source, of_target = self.layer_numbers(wiring.source), self.layer_numbers(wiring.target)
        for pre, post, type_ in kinds_of(of_source, of_target, wiring.type)[0]:
            self._check_kind(self.layers[pre], self.layers[post], int(type_))

    @staticmethod
    def _check_kind(pre: Layer, post: Layer, type_: int) -> None:
        owner, name = "AddSynapticLayer", f"{type_} ({PORTS[type_]})"
        if type_ not in post.cell.types:
            known = ", ".join(f"{code} ({PORTS[code]})" for code in post.cell.types)
            takes = f"takes the types {known}" if known else "takes no synapses"
            raise EdlutError(
                f"{owner}: {post.cell.name} (layer {post.number}) has no synapses of type {name}: it {takes}."
            )
        if pre.cell.emits_current != (type_ == CURRENT):
            what = "currents, through synapses of type 3" if pre.cell.emits_current else "spikes, not currents"
            raise EdlutError(f"{owner}: {pre.cell.name} (layer {pre.number}) sends {what}; type {name} was asked for.")
        if type_ == GAP and not pre.cell.is_neuron:
            raise EdlutError(
                f"{owner}: a gap junction joins two membranes; {pre.cell.name} (layer {pre.number}) has none."
            )

    def refuse_bursts(self, owner: str, times: np.ndarray, neurons: np.ndarray) -> None:
        """Raise if a neuron would send more spikes within an integration step than there are slots in it.

        *times* are seconds, in their order.

        Raises
        ------
        EdlutError
        """
        steps = {layer.method.step for layer in self.layers if layer.method is not None}
        order = np.lexsort((times, neurons))
        for step in steps:
            most = slots_per_step(step)
            first, last = order[:-most], order[most:]
            crowded = (neurons[first] == neurons[last]) & (times[last] - times[first] < step * (1 - 1e-6))
            if crowded.any():
                raise EdlutError(
                    f"{owner}: neuron {neurons[first[crowded]][0]} would send more than {most} spikes within an "
                    f"integration step of {step * 1e3:g} ms. Give fewer, or several neurons."
                )

    # -- before the build ---------------------------------------------------------------------------

    def check_complete(self) -> None:
        """Raise if a source of random spikes has no synapses; warn of learning that nothing can teach.

        Raises
        ------
        EdlutError
        """
        wiring = self.wiring
        for rule in self.rules:
            learners = set(wiring.target[wiring.rule == rule.number].tolist())
            taught = set(wiring.target[wiring.trigger == rule.number].tolist())
            if rule.rule.is_taught and learners and not learners & taught:
                warnings.warn(
                    f"Initialize: no trigger synapse leads to a neuron whose synapses learn by the rule {rule.number} "
                    f"({rule.rule.name}); nothing teaches them. Give synapses onto the same neurons "
                    f"'trigger_wchange': {rule.number}.",
                    EdlutWarning,
                    stacklevel=3,
                )
        for layer in self.layers:
            if layer.cell.kind == "poisson":
                source = self.wiring.source
                if not ((source >= layer.first) & (source < layer.first + layer.size)).any():
                    raise EdlutError(
                        f"Initialize: {layer.cell.name} (layer {layer.number}, neurons {layer.first} to "
                        f"{layer.first + layer.size - 1}) has no synapses. Connect it, "
                        "with a weight of 0.0 if need be, or leave it out."
                    )


def _ends(values: np.ndarray) -> tuple[int, ...]:
    """Return the smallest and the largest value, if there are any."""
    return (int(values.min()), int(values.max())) if len(values) else ()


def _column(name: str, value: Any, size: int) -> np.ndarray:
    """Return a parameter of *size* synapses, given as one value or a list."""
    owner = "AddSynapticLayer"
    wants_integers = name in INTEGERS
    kind = "integers" if wants_integers else "floating-point numbers"
    if is_integer(value) or is_float(value):
        array = np.asarray(value)
    elif isinstance(value, Sequence | np.ndarray) and not isinstance(value, str):
        array = np.asarray(value)
        if array.shape != (size,):
            shape = f"a list of {len(value)}" if array.ndim == 1 else "nested lists"
            raise EdlutError(f"{owner}: {name!r} is one value or a list of {size}, one for each synapse, not {shape}.")
    else:
        raise ParameterError(f"{owner}: {name!r} is one value or a list of {size}, not {_short(value)}.")
    if array.dtype.kind not in ("iu" if wants_integers else "f") and size:
        what = "integers: write 1.0 for 1" if array.dtype.kind in "iu" else f"{array.dtype}"
        raise ParameterError(f"{owner}: {name!r} is made of {kind}, not of {what}.")
    if not wants_integers and not np.isfinite(array).all():
        raise ParameterError(f"{owner}: {name!r} must be finite.")
    if name == "delay" and (array < 0).any():
        raise ParameterError(f"{owner}: 'delay' must be zero or more (s), it was given {array.min():g}.")
    if name == "delay" and (array > LONGEST_DELAY).any():
        raise ParameterError(f"{owner}: 'delay' is {LONGEST_DELAY:g} s at most, it was given {array.max():g} (s).")
    if name == "max_weight" and (array < 0).any():
        raise ParameterError(f"{owner}: 'max_weight' must be zero or more (nS), it was given {array.min():g}.")
    return np.broadcast_to(array, (size,))
