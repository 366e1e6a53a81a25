"""What the cores of a chip are made of: a neuron, synapses, and the values that they begin with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2 import have_same_dimensions, second
from brian2.units.fundamentalunits import DIMENSIONLESS, get_unit

from brianhw.chips import ChipDescription
from brianhw.chips.weight import with_unit
from brianhw.errors import ParameterError, RequestError, UnitError, unknown_name
from brianhw.model import NeuronModel, SynapseModel

__all__ = ["Circuits", "brian_name", "checked_name", "weight_unit"]

# as Brian2 names objects; one that ends in a star is the first of its kind that is free
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\*?", re.ASCII)

# what Brian2 gives every group, as synapses see it
_OF_EVERY_GROUP = {"N", "i", "lastspike", "not_refractory", "t", "dt"}


@dataclass(frozen=True, eq=False)
class Circuits:
    """The neuron and the synapses on the cores that *description* describes.

    Parameters
    ----------
    model : NeuronModel
        The neuron.
    synapses : mapping of str to SynapseModel
        Synapse types by name.
    parameters : mapping of str to Quantity
        Values of the neuron's parameters and initial states; every parameter that has no natural zero.
    shared : sequence of str
        Parameters that all neurons of a core share; those that the model calls shared are among them.

    Raises
    ------
    UnknownNameError, UnitError, ParameterError
        If the neuron has no such parameter, or one has no value, a wrong one, or an expression; or a synapse acts on
        a variable that the neuron does not have.
    """

    description: ChipDescription
    model: NeuronModel
    synapses: Mapping[str, SynapseModel]
    parameters: Mapping[str, Any]
    shared: tuple[str, ...]

    def __post_init__(self) -> None:
        model, name = self.model, self.name
        for parameter in self.shared:
            if parameter not in model.parameters:
                raise unknown_name(f"{name}: {model.name}", "parameter to share", parameter, model.parameters)
        model.check(self.parameters, 1)
        missing = model.missing(self.parameters)
        if missing:
            raise ParameterError(
                f"{name}: {model.name} needs a value for {', '.join(missing)}. "
                "Give them as parameters=, for instance a set of brianhw.parameters."
            )
        for parameter in model.parameters:
            if isinstance(self.parameters.get(parameter), str):
                raise ParameterError(
                    f"{name}: the value of {parameter!r} must be a number, not {self.parameters[parameter]!r}."
                )
        for synapse_type, synapse in self.synapses.items():
            lacking = sorted(synapse.of_the_target - set(model.parsed.names) - _OF_EVERY_GROUP)
            if lacking:
                raise ParameterError(
                    f"{name}: synapse type {synapse_type!r} acts on {', '.join(lacking)}, which {model.name} does not "
                    "have. Add the block that has it to the model, for instance model=LIF + exponential_current('exc')."
                )
        # what a group cannot hold twice, the model's own (shared), a core cannot either
        flagged = [each for each in model.parameters if "shared" in model.parsed[each].flags]
        shared = tuple(dict.fromkeys([*self.shared, *flagged]))
        for field, value in (
            ("synapses", dict(self.synapses)),
            ("parameters", dict(self.parameters)),
            ("shared", shared),
        ):
            object.__setattr__(self, field, value)  # the dataclass is frozen; this is its constructor

    @property
    def name(self) -> str:
        """What the chip is called in messages and reports."""
        return self.description.name

    # -- synapses -------------------------------------------------------------------------------

    def synapse(self, synapse_type: str) -> SynapseModel:
        """Return the model of a synapse type, or raise :class:`UnknownNameError`."""
        if synapse_type not in self.synapses:
            raise unknown_name(self.name, "synapse type", synapse_type, self.synapses)
        return self.synapses[synapse_type]

    def check_synapses(self, model: SynapseModel, values: Mapping[str, Any]) -> None:
        """Raise unless *values* are those of all parameters of the synapses but the weight."""
        model.check(values, None)
        missing = model.missing({*values, model.weight})
        if missing:
            raise ParameterError(f"{self.name}: {model.name} needs a value for {', '.join(missing)}.")

    def check_delay(self, connection: str, delay: Any, size: int | None = None) -> None:
        """Raise unless *delay* is a time, of all synapses or of each of *size*, or None."""
        if delay is None:
            return
        if isinstance(delay, str) or not have_same_dimensions(delay, second):
            raise UnitError(f"{connection}: a delay is a time, for instance delay=1*ms, not {delay!r}.")
        times = np.asarray(delay, dtype=float)
        if not (np.isfinite(times) & (times >= 0)).all():
            raise ParameterError(f"{connection}: a delay is finite and not below 0, not {delay}.")
        if size is not None and times.shape not in ((), (size,)):
            raise ParameterError(f"{connection}: {times.size} delays were given for {size} synapses.")

    def usual_weight(self, model: SynapseModel) -> int:
        """Return the weight where none is given; raise if weights have a unit."""
        dimension = model.parsed[model.weight].dim
        if not dimension.is_dimensionless:
            raise ParameterError(
                f"{self.name}: {model.name} needs a weight, for instance weight={self._example(dimension)}. "
                f"Allowed: {self.description.weights.describe()}."
            )
        return 1

    def _example(self, dimension: Any) -> str:
        """Return a weight that the chip allows, as a script has it."""
        rule = self.description.weights
        if np.isfinite(rule.high) and rule.high:
            return with_unit(rule.high, self.description.weight_unit).replace(" ", "*")
        return f"0.5*{get_unit(dimension)!r}"

    def weights_without_unit(self, model: SynapseModel, weight: Any, size: int) -> np.ndarray:
        """Return the weight of each of *size* synapses, or one for all, in SI units."""
        model.check({model.weight: weight}, None)
        weights = np.asarray(weight, dtype=float)
        if weights.shape not in ((), (size,)):
            raise ParameterError(f"{self.name}: {weights.size} weights were given for {size} synapses.")
        return weights


def weight_unit(synapses: Iterable[SynapseModel]) -> str:
    """Return the SI unit that the weights of all *synapses* have, or nothing if they have none or several."""
    dimensions = {model.parsed[model.weight].dim for model in synapses}
    dimension = dimensions.pop() if len(dimensions) == 1 else DIMENSIONLESS
    return "" if dimension.is_dimensionless else str(get_unit(dimension))


def checked_name(owner: str, kind: str, name: Any) -> str:
    """Return a *name* that was asked for, or raise :class:`RequestError` where no Brian2 object can have it."""
    if isinstance(name, str) and _NAME.fullmatch(name):
        return name
    raise RequestError(
        f"{owner}: a {kind}'s name has letters, digits and underscores, and no digit first; it was given {name!r}."
    )


def brian_name(text: str) -> str:
    """Return *text* as Brian2 allows names: letters, digits and underscores, no digit first."""
    return re.sub(r"\W|^(?=\d)", "_", text, flags=re.ASCII)
