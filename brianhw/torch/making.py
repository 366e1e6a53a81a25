"""Twins of models of the library and of Brian2 objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from brian2 import (
    EventMonitor,
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    second,
)
from brian2.core.base import BrianObject
from brian2.groups.group import get_local_namespace
from brian2.units import Quantity

from brianhw.device.active import active
from brianhw.errors import TwinError, unknown_name
from brianhw.model import NeuronModel, SynapseModel
from brianhw.torch.stopgrad import stopgrad as stopgrad_function
from brianhw.torch.twins import Twin

__all__ = ["Inputs", "twin"]

MONITORS = (EventMonitor, StateMonitor, PopulationRateMonitor)  # they change nothing


@dataclass(frozen=True)
class Inputs:
    """Input channels of a twin that is made from a model.

    Parameters
    ----------
    size : int
        How many.
    synapses : SynapseModel, mapping or str
        What connects them: a synapse of the library, arguments of Brian2's ``Synapses``, or just the statements of
        ``on_pre``.
    values : mapping of str to value
        Values of the synapses' variables, by name.
    connect : mapping
        Arguments of ``Synapses.connect``; by default every neuron gets every channel.
    delay : Quantity
        The delay of all, rounded to steps.

    Examples
    --------
    >>> import torch
    >>> from brian2 import ms, nA
    >>> from brianhw.equations import LIF, exponential_current, static_synapse
    >>> from brianhw.parameters import lif
    >>> from brianhw.torch import Inputs, twin
    >>> exc = exponential_current("exc")
    >>> fibres = Inputs(3, static_synapse(exc), values={"weight": [1, 2, 3]*nA})
    >>> parameters = lif.PYNN_DEFAULTS | {"tau_exc": 5*ms}
    >>> cell = twin(LIF + exc, parameters=parameters, inputs={"fibres": fibres}, dt=1*ms)
    >>> given = torch.tensor([[[1.0, 0.0, 1.0]]], dtype=torch.float64)  # steps, batch, channels: two of three send
    >>> spikes, state, recorded = cell.run(given, record=["I_exc"])
    >>> recorded["I_exc"]*1e9  # nA
    tensor([[[4.]]], dtype=torch.float64)
    """

    size: int
    synapses: SynapseModel | Mapping[str, Any] | str
    values: Mapping[str, Any] = field(default_factory=dict)
    connect: Mapping[str, Any] = field(default_factory=dict)
    delay: Quantity | None = None


def twin(
    model: NeuronModel | NeuronGroup | Network | Sequence[BrianObject],
    size: int = 1,
    *,
    parameters: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Inputs] | None = None,
    dt: Quantity | None = None,
    stopgrad: Iterable[str] = (),
    level: int = 0,
    **options: Any,
) -> Twin:
    """Return a model as a PyTorch module that computes what Brian2 computes, to the last bit, and has gradients.

    Parameters
    ----------
    model : NeuronModel, NeuronGroup, Network or sequence of Brian2 objects
        A model of the library, of which *size* neurons are made; or neuron groups, synapses and sources of spikes
        (``SpikeGeneratorGroup``, ``PoissonGroup``), whose values, connections and delays the module takes over. What a
        source would send itself is not used: its spikes are inputs. Monitors are left out. The sources of a network
        are in the order of their names.
    size : int
        Neurons of a model.
    parameters : mapping
        Their parameters: a set of :mod:`brianhw.parameters`, or names and values.
    inputs : mapping of str to Inputs
        Their input channels, by a name of your choice; ``Twin.forward`` takes spikes in this order.
    dt : Quantity
        The step of a model's neurons; by default Brian2's.
    stopgrad : iterable of str
        Subexpressions through which no gradient goes, as if written ``stopgrad(...)`` in the text. Of Brian2 objects
        the text stays; sums may then be taken in another order than in Brian2, and differ in the last bits.
    level : int
        From how many calls further out names are taken that equations do not define.
    **options
        - ``train``: names of values that become parameters, or a mapping to their bounds ``(lowest, highest)``, with
          None for none.
        - ``rounding``: a mapping of names to what a chip makes of values: the rule of its weights
          (``chip.description.weights``), or a function of an array in SI units; the gradient passes by.
        - ``surrogate``: ``"fast_sigmoid"``, ``"arctan"``, ``"triangular"``, ``"exponential"`` or a function
          (:mod:`brianhw.torch.surrogates`).
        - ``width``: that of the surrogate, in the unit of what the threshold compares, one or a mapping by groups; by
          default the distance of the threshold at the beginning.
        - ``through_reset``: whether gradients pass through resets; they do not by default.
        - ``dtype``: ``torch.float64`` or ``torch.float32``.
        - ``namespace``: instead of *level*.

    Raises
    ------
    TwinError
        If something has no form in PyTorch: a function, a network operation, ``run_regularly``, summed variables,
        clocks of different steps.
    UnknownNameError, ParameterError
        If a name or value is wrong.

    Examples
    --------
    >>> from brian2 import ms, nA
    >>> from brianhw.equations import LIF
    >>> from brianhw.parameters import lif
    >>> from brianhw.torch import twin
    >>> cell = twin(LIF, parameters=lif.PYNN_DEFAULTS | {"I_ext": 0.5*nA}, dt=0.5*ms, train=["I_ext"])
    >>> spikes, state, recorded = cell.run(steps=40, record=["v"])
    >>> recorded["v"][-1].sum().backward()
    >>> [parameter] = cell.parameters()  # counted in a power of two of amp, near one
    >>> print(round((parameter*parameter.grad).item()*1e3, 2))  # mV: I_ext*dv/dI_ext = 10*(1 - exp(-1))
    6.32
    """
    if options.get("namespace") is None:
        options["namespace"] = get_local_namespace(level + 1)
    if isinstance(model, NeuronModel):
        model = _with_stops(model, stopgrad)
        objects: Sequence[BrianObject] = _objects(model, size, parameters or {}, inputs or {}, dt)
    elif parameters or inputs or dt is not None or size != 1:
        raise TwinError("twin: size, parameters, inputs and dt are for a NeuronModel; Brian2 objects have theirs.")
    else:
        options["stopgrad"] = stopgrad
        given = [model] if isinstance(model, NeuronGroup) else getattr(model, "objects", model)
        if isinstance(model, Network):  # which keeps a set
            given = sorted(given, key=lambda each: re.split(r"(\d+)", each.name))
            options["schedule"] = model.schedule
        objects = [each for each in given if not isinstance(each, MONITORS)]
    return Twin(objects, **options)


def _with_stops(model: NeuronModel, names: Iterable[str]) -> NeuronModel:
    """Return the model with ``stopgrad(...)`` around some of its subexpressions."""
    for name in [names] if isinstance(names, str) else names:
        pattern = rf"(?m)^(\s*{re.escape(name)}\s*=\s*)([^:#\n]+?)(\s*:)"
        if not re.search(pattern, model.equations):
            known = re.findall(r"(?m)^\s*(\w+)\s*=", model.equations)
            raise unknown_name(model.name, "subexpression", name, known)
        model = replace(model, equations=re.sub(pattern, r"\1stopgrad(\2)\3", model.equations))
    if names:
        model = replace(model, namespace={**model.namespace, "stopgrad": stopgrad_function})
    return model


def _objects(
    model: NeuronModel, size: int, parameters: Mapping[str, Any], inputs: Mapping[str, Inputs], dt: Quantity | None
) -> list[BrianObject]:
    """Return neurons of a model, with their inputs and the synapses in between."""
    with active("runtime", {}):
        group = NeuronGroup(size, **model, name="neurons*", **({} if dt is None else {"dt": dt}))
        model.set(group, parameters)
        made: list[BrianObject] = [group]
        for name, each in inputs.items():
            source = SpikeGeneratorGroup(each.size, [], [] * second, name=name, clock=group.clock)
            arguments = {"on_pre": each.synapses} if isinstance(each.synapses, str) else dict(each.synapses)
            delay = 0 * second if each.delay is None else each.delay
            synapses = Synapses(source, group, **arguments, delay=delay, clock=group.clock, name=f"{name}_synapses")
            synapses.connect(**each.connect)
            if isinstance(each.synapses, SynapseModel):
                each.synapses.set(synapses, each.values)
            else:
                for variable, value in each.values.items():
                    setattr(synapses, variable, value)
            made += [source, synapses]
        for each in made:
            each._network = "twin"  # or Brian2 warns, when it is deleted, that no network has had it
    return made
