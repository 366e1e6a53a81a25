"""A population on a chip: a Brian2 group that knows where it is and shares its core's biases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import NeuronGroup, Quantity, linked_var

from brianhw.errors import ReleasedError

if TYPE_CHECKING:
    from brianhw.allocation import Placement
    from brianhw.hardware.chip import Chip
    from brianhw.hardware.core import Core
    from brianhw.model import NeuronModel

__all__ = ["Population"]


class Population(NeuronGroup):
    """Neurons on a chip; ``chip.population(64, core=1)`` makes them.

    A Brian2 ``NeuronGroup`` in every respect. Parameters that its core shares are the core's: setting one
    here sets it for every population on that core.
    """

    def __init__(self, chip: Chip, placement: Placement) -> None:
        self.chip = chip
        self.placement = placement  # the neurons of the chip that the population occupies
        self._released = False
        cores = [chip.core(number) for number in placement.cores]
        alone = len(cores) == 1
        model = chip.model.with_flags(chip.shared, "linked") if alone else _over_cores(chip.model, cores, chip.shared)
        super().__init__(placement.n, **model, name=placement.population)
        for core in cores:
            for name in chip.shared:
                setattr(self, name if alone else _on_core(name, core), linked_var(core.generator, name))
        self._core_biases = frozenset(chip.shared)
        if not alone:
            for core in cores:
                setattr(self, f"on_core_{core.number}", np.where(placement.core_of == core.number, 1.0, 0.0))
        self._set_own_values(cores)

    def _set_own_values(self, cores: Sequence[Core]) -> None:
        """Set the parameters that each neuron has for itself, and the initial states."""
        model, parameters = self.chip.model, self.chip.parameters
        row = np.searchsorted(self.placement.cores, self.placement.core_of)

        def of_neurons(name: str) -> Quantity:
            on_cores = [core.value(name) for core in cores]
            return on_cores[0] if len(cores) == 1 else Quantity(on_cores)[row]

        own = {name: of_neurons(name) for name in model.parameters if name not in self._core_biases}
        states = {name: value for name, value in parameters.items() if name not in model.parameters}
        starts = {name: of_neurons(start) for name, start in model.initial.items() if start in model.parameters}
        model.assign(self, {**own, **starts, **states})

    def __setattr__(self, key: str, value: Any, level: int = 0) -> None:
        name = key.removesuffix("_")
        if name in self.__dict__.get("_core_biases", ()):
            if key != name:
                value = Quantity(value, dim=self.variables[name].dim)
            for number in self.placement.cores:
                self.chip.core(number).bias(**{name: value})
        else:
            super().__setattr__(key, value, level=level + 1)

    def set_on_core(self, core: int, name: str, value: Any) -> None:
        """Set parameter *name* of this population's neurons on *core*."""
        if len(self.placement.cores) == 1:
            setattr(self, name, value)
        else:
            getattr(self, name)[np.flatnonzero(self.placement.core_of == core)] = value

    def free(self) -> None:
        """Give the neurons back to the chip, with all connections from and to them."""
        self.chip.free(self)

    def release(self) -> None:
        """Mark the population as no longer on the chip; the chip calls this."""
        self._released = True

    def before_run(self, run_namespace: Any) -> None:
        if self._released:
            raise ReleasedError(
                f"Population {self.name!r} was freed from {self.chip.name} and cannot run; take it out of the network."
            )
        super().before_run(run_namespace)


def _on_core(name: str, core: Core) -> str:
    return f"{name}_core_{core.number}"


def _over_cores(model: NeuronModel, cores: Sequence[Core], shared: Sequence[str]) -> NeuronModel:
    """Return *model* for neurons of several cores: each looks up the biases of its own core.

    A shared parameter becomes a sum of which one term is not zero, read-only for Brian2; what is computed
    from it is no longer shared either.
    """
    # "tau = ... : second (shared)" is computed per neuron now; parameters keep their flags
    text = re.sub(r"(?m)^(\s*\w+\s*=.*?)\(shared\)", r"\1", model.equations)
    # 1 on that core, else 0; a number, since sympy refuses to compare with what holds int(...)
    lines = [f"on_core_{core.number} : 1 (constant)" for core in cores]
    for name in shared:
        unit = re.search(rf"(?m)^\s*{name}\s*:\s*([^(#\n]*)", text)[1].strip()
        terms = " + ".join(f"on_core_{core.number}*{_on_core(name, core)}" for core in cores)
        text = re.sub(rf"(?m)^\s*{name}\s*:[^#\n]*", f"{name} = {terms} : {unit}  ", text)
        lines += [f"{_on_core(name, core)} : {unit} (linked)" for core in cores]
    return replace(model, equations="\n".join([text, *lines]))
