"""Names in generated code that are the same whenever the same model is built.

Brian2 numbers its objects through the life of a process: the group of a notebook's cell is ``neurongroup`` the first
time and ``neurongroup_3`` the fourth. Text with these names would be compiled again each time. While a model's code
is generated, its objects are therefore numbered in the order in which they appear.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from brian2.core.variables import ArrayVariable, Constant, DynamicArrayVariable

from brianhw.device.mending.proxies import real_object

__all__ = ["C_FUNCTIONS", "Names", "cpp_name", "name_of_constant", "name_of_local"]

#: Functions of the C library that take long, by their names in C++.
C_FUNCTIONS = (
    "exp", "expm1", "log", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "pow",
)  # fmt: skip

#: What a template takes from the model by its plain name.
_USED_BY_TEMPLATES = {"N"}


def cpp_name(name: str) -> str:
    """Return what a variable of a model is called in C++: ``double`` and ``INFINITY`` mean something else there."""
    return f"{name}_" if name[0].isalpha() and name not in _USED_BY_TEMPLATES else name


# What our templates call their own; other names, such as _synaptic_var, are those of Brian2's values in them.
_OF_TEMPLATES = re.compile(
    "_(any|begin|block|count|element|end|event|events|fetch|few_.*|first|k|kept|last|later|memory|most|N|num_spans|num_spiking_synapses"
    "|number|own|padded|share|size|slots|span|spans|spiking_synapses|sums|together|whole|(ahead|block|kept|numbers)_.*)"
)


def name_of_local(name: str) -> str:
    """Return what a name that statements give a value is called in C++: not as something of a template."""
    return f"{name}_" if _OF_TEMPLATES.fullmatch(name) else cpp_name(name)


def name_of_constant(name: str, constant: Constant) -> str:
    """Return what a constant is called in C++: one of a script has none of a template's names, such as ``_event``."""
    return f"{name}_" if constant.owner is None else cpp_name(name)


class Names:
    """The names that one model's code uses, and what they stand for.

    Attributes
    ----------
    arrays : dict
        Name in C++ to the variable whose memory it is.
    queues : dict
        Name in C++ to the synaptic pathway.
    owners : dict
        Name of a code object to the Brian2 object it was made for.
    """

    def __init__(self) -> None:
        self.arrays: dict[str, ArrayVariable] = {}
        self.queues: dict[str, Any] = {}
        self.owners: dict[str, Any] = {}
        self._of_object: dict[int, str] = {}
        self._of_variable: dict[int, str] = {}
        self._numbers: defaultdict[str, int] = defaultdict(int)
        self._kept: list[Any] = []  # so that no id is used again

    def of_object(self, proxy: Any) -> str:
        """Return the name of a Brian2 object: its class and a number."""
        if proxy is None:
            return "temporary"
        thing = real_object(proxy)
        return self._remember(self._of_object, thing, lambda: type(thing).__name__.lower())

    def _remember(self, known: dict[int, str], thing: Any, stem: Callable[[], str]) -> str:
        name = known.get(id(thing))
        if name is None:
            base = stem()
            name = known[id(thing)] = f"{base}_{self._numbers[base]}"
            self._numbers[base] += 1
            self._kept.append(thing)
        return name

    def array(self, variable: ArrayVariable, access_data: bool = True) -> str:
        """Return the name of a variable's values or, for a dynamic array without *access_data*, of the array object."""
        name = self._of_variable.get(id(variable))
        if name is None:
            base = f"_array_{self.of_object(variable.owner)}_{variable.name}"
            name = base if base not in self.arrays else f"{base}_{len(self.arrays)}"
            self._of_variable[id(variable)] = name
            self.arrays[name] = variable
        return name if access_data or not isinstance(variable, DynamicArrayVariable) else f"_dynamic{name}"

    def queue(self, pathway: Any) -> str:
        """Return the name of a pathway's queue of spikes."""
        name = f"_queue_{self.of_object(pathway)}"
        self.queues[name] = real_object(pathway)
        return name

    def code_object(self, owner: Any, template: str) -> str:
        """Return a name for the next code object made of *template* for *owner*."""
        base = f"{self.of_object(owner)}_{template}"
        name = base if base not in self.owners else f"{base}_{len(self.owners)}"
        self.owners[name] = real_object(owner)
        return name
