"""The text of a neuron whose population is spread over several cores: each neuron looks up the biases of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from brianhw.model import NeuronModel
from brianhw.model.lines import unshared

__all__ = ["is_on", "on_core", "over_cores"]


def is_on(core: int) -> str:
    """Return the name of the parameter that is 1 for the neurons on *core*, else 0."""
    return f"on_core_{core}"


def on_core(name: str, core: int) -> str:
    """Return what the bias *name* of *core* is called in the text."""
    return f"{name}_core_{core}"


def over_cores(model: NeuronModel, cores: Sequence[int], shared: Sequence[str]) -> NeuronModel:
    """Return *model* for neurons of several cores.

    A shared parameter becomes a sum of which one term is not zero, read-only for Brian2; what is computed
    from it is no longer shared either.
    """
    text = unshared(model.equations, shared)
    # a number and no boolean, since sympy refuses to compare with what holds int(...)
    lines = [f"{is_on(core)} : 1 (constant)" for core in cores]
    for name in shared:
        line = re.search(rf"(?m)^\s*{name}\s*:\s*([^(#\n]*)", text)
        assert line is not None, f"{name} is a parameter of {model.name}"
        unit = line[1].strip()
        terms = " + ".join(f"{is_on(core)}*{on_core(name, core)}" for core in cores)
        text = re.sub(rf"(?m)^\s*{name}\s*:[^#\n]*", f"{name} = {terms} : {unit}  ", text)
        lines += [f"{on_core(name, core)} : {unit} (linked)" for core in cores]
    return replace(model, equations="\n".join([text, *lines]))
