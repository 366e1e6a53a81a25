"""A Brian2 model as a PyTorch module that does the same arithmetic, step by step, and has gradients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from brian2 import Network, NeuronGroup, PoissonGroup, SpikeGeneratorGroup, Synapses
from brian2.core.base import BrianObject
from brian2.core.variables import ArrayVariable
from brian2.groups.neurongroup import Resetter, Thresholder
from brian2.synapses.synapses import SynapticPathway

from brianhw.device.active import active
from brianhw.errors import ParameterError, TwinError, unknown_name
from brianhw.torch.blocks import CLOCK, TIMES, Block, Wires
from brianhw.torch.pathways import Pathway, attribute_of, histories, whole_of
from brianhw.torch.stopgrad import refuse_unknown
from brianhw.torch.surrogates import SURROGATES, Step, Surrogate
from brianhw.torch.values import Rounding, Values

__all__ = ["SOURCES", "State", "Twin"]

#: Of a twin: tensors by name.
State = dict[str, Any]
SOURCES = (SpikeGeneratorGroup, PoissonGroup)
PARTS = ("StateUpdater", "SubexpressionUpdater", "Thresholder", "Resetter", "SynapticPathway")
REFRACTORY = ("lastspike", "not_refractory")


class AllValues(NamedTuple):
    """The values in a step, by key, and those of owners that have others."""

    all: dict[str, Any]
    own: dict[str, dict[str, Any]]


class Twin(torch.nn.Module):
    """A model as a module: ``twin`` makes it.

    Attributes
    ----------
    dt : float
        The step in seconds.
    groups : list of NeuronGroup
        The neurons, in the order of the spikes that :meth:`forward` returns.
    sources : list
        What gives spikes from outside, in the order of :meth:`forward`'s inputs.
    synapses : list of Synapses
    widths : dict of str to float
        The width of the surrogate of each group, in the unit of what its threshold compares.
    values : Values
        What a step does not change.
    blocks : list of Block
        What runs in a step, in this order; ``block.source`` is its code.

    Examples
    --------
    >>> from brian2 import ms, nA
    >>> from brianhw.equations import LIF
    >>> from brianhw.parameters import lif
    >>> from brianhw.torch import twin
    >>> cells = twin(LIF, 2, parameters=lif.PYNN_DEFAULTS | {"I_ext": [1, 2]*nA}, dt=0.5*ms)
    >>> spikes, state, recorded = cells.run(steps=100, record=["v"])
    >>> print(spikes.shape, spikes.sum(dim=0))  # steps, batch, neurons; how often each spiked in 50 ms
    torch.Size([100, 1, 2]) tensor([[1., 5.]], dtype=torch.float64)
    >>> print(cells.dt, cells.groups[0].N, [block.kind for block in cells.blocks])
    0.0005 2 ['update', 'threshold', 'reset']
    """

    def __init__(
        self,
        objects: Sequence[BrianObject],
        *,
        train: Iterable[str] | Mapping[str, Any] = (),
        rounding: Mapping[str, Rounding] | None = None,
        stopgrad: Iterable[str] = (),
        schedule: Sequence[str] | None = None,
        surrogate: str | Surrogate = "fast_sigmoid",
        width: Any = None,
        through_reset: bool = False,
        dtype: torch.dtype = torch.float64,
        namespace: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.surrogate = _surrogate(surrogate)
        self.dtype = dtype
        self.groups = [each for each in objects if isinstance(each, NeuronGroup)]
        self.sources = [each for each in objects if isinstance(each, SOURCES)]
        self.synapses = [each for each in objects if isinstance(each, Synapses)]
        self._schedule = list(Network().schedule if schedule is None else schedule)
        self._refuse_others(objects)
        stops = {stopgrad} if isinstance(stopgrad, str) else set(stopgrad)
        refuse_unknown(self.groups, stops)
        self._is_single = len(self.groups) == 1
        self._channels = {each.name: len(each) for each in self.sources}
        self.dt = self._one_step()
        with active("runtime", {}):
            self.blocks = self._blocks(Wires(partial(self._step, 1.0), dtype, through_reset), namespace or {}, stops)
        arrays = self._sort_arrays()
        constants = {key: variable for block in self.blocks for key, variable in block.constants.items()}
        self._local = self._local_names(arrays)
        aliases = {name: found[0][1] for name, found in self._local.items()}
        self.values = Values(arrays, constants, train, rounding or {}, dtype, aliases)
        self.pathways = torch.nn.ModuleDict(
            {part.name: Pathway(part, self.dt) for part in self._runners() if isinstance(part, SynapticPathway)}
        )
        self._history = histories(self.pathways)
        self._indices = [key for block in self.blocks for key in block.indices]
        for block in self.blocks:
            for key, variable in block.indices.items():
                index = torch.as_tensor(np.array(variable.get_value(), np.int64))
                self.register_buffer(attribute_of(key), index, persistent=False)
        if isinstance(width, Mapping):
            for name in width:
                if name not in [group.name for group in self.groups]:
                    raise unknown_name("twin", "group", name, [group.name for group in self.groups])
        self.widths = {group.name: self._width(group, width) for group in self.groups}
        for block in self.blocks:
            if block.kind == "threshold":
                block.scope["_twin_step"] = partial(self._step, self.widths[block.owner])

    # -- making it ----------------------------------------------------------------------------------

    def _refuse_others(self, objects: Sequence[BrianObject]) -> None:
        for each in objects:
            if not isinstance(each, (NeuronGroup, Synapses, *SOURCES)):
                raise TwinError(
                    f"{each.name} ({type(each).__name__}) is no part of a twin, which is made of neuron groups, "
                    "synapses and sources of spikes. Leave it out; forward() returns all states."
                )
            for part in each.contained_objects:
                event = getattr(part, "event", "spike")
                if event != "spike":
                    raise TwinError(f"{part.name} of {each.name} is about the event {event!r}; a twin has spikes only.")
                if type(part).__name__ not in PARTS and not isinstance(each, SOURCES):
                    raise TwinError(
                        f"{part.name} ({type(part).__name__}) of {each.name} has no form in PyTorch. A twin has state "
                        "updates, thresholds, resets, and what spikes do at synapses."
                    )
        if not self.groups:
            raise TwinError("A twin needs neurons: give it a NeuronGroup, or a model.")
        names = [each.name for each in (*self.groups, *self.sources, *self.synapses)]
        for name in names:
            if names.count(name) > 1:
                raise TwinError(f"Several of the objects have the name {name!r}. Give them names of their own.")
        present = {id(each) for each in (*self.groups, *self.sources)}
        for synapses in self.synapses:
            for end in (synapses.source, synapses.target):
                if id(whole_of(end)) not in present:
                    raise TwinError(f"{synapses.name} connects {end.name}, which was not given. Give it as well.")

    def _one_step(self) -> float:
        steps = {float(each.clock.dt_) for each in (*self.groups, *self.synapses, *self.sources)}
        if len(steps) > 1:
            found = ", ".join(f"{1e3 * step:g} ms" for step in sorted(steps))
            raise TwinError(f"A twin has one time step; these have {found}.")
        return steps.pop()

    def _blocks(self, wires: Wires, namespace: Mapping[str, Any], stops: set[str]) -> list[Block]:
        order = {when: place for place, when in enumerate(self._schedule)}  # of what runs in a step
        runners = sorted(self._runners(), key=lambda part: (_place(order, part.when), part.order, part.name))
        sent = {source.name: (_place(order, source.when), source.order) for source in self.sources}
        sent |= {
            part.group.name: (_place(order, part.when), part.order) for part in runners if isinstance(part, Thresholder)
        }
        for part in runners:
            if isinstance(part, Resetter | SynapticPathway):
                first = sent.get(whole_of(getattr(part, "source", part.group)).name)
                if first is not None and (_place(order, part.when), part.order) < first:
                    raise TwinError(
                        f"{part.name} runs before the threshold of its spikes, which it would see a step later; a twin "
                        "has thresholds first: see when, order and the network's schedule."
                    )
        return [Block(part, namespace, wires, stops) for part in runners]

    def _runners(self) -> list[Any]:
        owners = (*self.groups, *self.synapses)
        return [part for each in owners for part in each.contained_objects if part.active]

    def _sort_arrays(self) -> dict[str, ArrayVariable]:
        """Find the states, which a step changes, and return the other arrays."""
        arrays: dict[str, ArrayVariable] = {}
        for block in self.blocks:
            arrays.update(block.reads)
        written = {key: variable for block in self.blocks for key, variable in block.writes.items()}
        for group in self.groups:
            if group._refractory is not False:
                written.update({f"{group.name}.{name}": group.variables[name] for name in REFRACTORY})
        self._states = written
        self._take_states()
        self._refuse_lost_links(arrays, written)
        for block in self.blocks:
            block.bind(written)
        return {key: variable for key, variable in arrays.items() if key not in (*CLOCK, *written)}

    def _refuse_lost_links(self, arrays: Mapping[str, ArrayVariable], written: Mapping[str, ArrayVariable]) -> None:
        for key, variable in arrays.items():
            owner = variable.owner
            if key not in written and isinstance(owner, NeuronGroup) and variable.name in owner.equations.diff_eq_names:
                raise TwinError(f"{key} is read and changes in each step; its group was not given. Give it as well.")

    def _width(self, group: NeuronGroup, width: Any) -> float:
        """Return the width of the surrogate: by default how far the threshold is at the beginning."""
        if isinstance(width, Mapping):
            width = width.get(group.name)
        if width is not None:
            found = float(np.asarray(width, float))
            if not 0 < found < np.inf:
                raise ParameterError(f"twin: the width of a surrogate is above zero, not {width!r}.")
            return found
        block = next((each for each in self.blocks if each.kind == "threshold" and each.owner == group.name), None)
        if block is None:
            return 1.0
        distances: list[float] = []

        def measured(above: Any, distance: Any) -> torch.Tensor:
            distances.append(float(torch.as_tensor(distance, dtype=torch.float64).abs().median()))
            return torch.as_tensor(above).to(self.dtype)

        block.scope["_twin_step"] = measured
        with torch.no_grad():
            self._run(block, self._with_time(self.init_state(1)), self._all_values(None), None)
        return max((each for each in distances if np.isfinite(each) and each > 0), default=1.0)

    def _local_names(self, arrays: Mapping[str, ArrayVariable]) -> dict[str, list[tuple[str, str]]]:
        """Return what groups call arrays of others, such as biases of their cores: the owners of blocks, and keys."""
        found: dict[str, list[tuple[str, str]]] = {}
        ends = {
            each.name: {"_pre": whole_of(each.source).name, "_post": whole_of(each.target).name}
            for each in self.synapses
        }
        for block in self.blocks:
            for name, key in block.local.items():
                names = [f"{block.owner}.{name}"]
                names += [
                    f"{end}.{name.removesuffix(suffix)}"
                    for suffix, end in ends.get(block.owner, {}).items()
                    if name.endswith(suffix)
                ]
                for each in names:
                    if key in arrays and key != each and (block.owner, key) not in found.setdefault(each, []):
                        found[each].append((block.owner, key))
        return {name: owners for name, owners in found.items() if owners}

    def _take_states(self) -> None:
        # times go on from where the clock is
        self._first_step = int(self.groups[0].clock.variables["timestep"].get_value()[0])
        self._initial = {key: np.array(variable.get_value()) for key, variable in self._states.items()}

    # -- running ------------------------------------------------------------------------------------

    def init_state(self, batch: int = 1) -> State:
        """Return the state at the beginning, of *batch* copies.

        Returns
        -------
        dict of str to Tensor
            By ``"owner.name"``, in SI units: shape ``(batch, neurons)``, or ``(batch, synapses)`` for what synapses
            have. Further, spikes that are under way, how many copies there are, and the number of the step.
        """
        device = self._device()
        state: State = {}
        for key, value in self._initial.items():
            tensor = torch.as_tensor(value, device=device)
            if value.dtype.kind != "b":  # whole numbers, too, or their quotients would be in single precision
                tensor = tensor.to(torch.float64 if key.rsplit(".", 1)[-1] in TIMES else self.dtype)
            state[key] = tensor.expand(batch, *tensor.shape).clone()
        sizes = {each.name: len(each) for each in (*self.groups, *self.sources)}
        for name, steps in self._history.items():
            state[f"{name}.sent"] = tuple(
                torch.zeros(batch, sizes[name], dtype=self.dtype, device=device) for _ in range(steps)
            )
        state["copies"] = torch.zeros(batch, 0, device=device)
        state["step"] = torch.full((), self._first_step, dtype=torch.int64, device=device)
        return state

    def _device(self) -> torch.device:
        tensor = next((each for each in (*self.parameters(), *self.buffers())), None)
        return torch.device("cpu") if tensor is None else tensor.device

    def _with_time(self, state: State) -> State:
        return {**state, "t": state["step"].double() * self.dt, "t_in_timesteps": state["step"].to(self.dtype)}

    def _all_values(self, replaced: Mapping[str, Any] | None) -> AllValues:
        values = self.values.current()
        for key in self._indices:
            values[key] = getattr(self, attribute_of(key))
        own: dict[str, dict[str, Any]] = {}
        for name, given in (replaced or {}).items():
            value = given if isinstance(given, float) else self._tensor(given)
            for owner, key in self._local.get(name, ()):
                own.setdefault(owner, {})[key] = value
            for key in self.values.keys_of(name) if name not in self._local else ():
                values[key] = value
        return AllValues(values, {owner: {**values, **changed} for owner, changed in own.items()})

    def _tensor(self, value: Any) -> torch.Tensor:
        tensor = value if isinstance(value, torch.Tensor) else torch.as_tensor(np.asarray(value, float))
        return tensor.to(dtype=self.dtype, device=self._device())

    def forward(
        self, state: State, *inputs: torch.Tensor | None, values: Mapping[str, Any] | None = None
    ) -> tuple[Any, State]:
        """Go on by one step.

        Parameters
        ----------
        state : dict
            Of :meth:`init_state` or the last step; it stays as it is.
        *inputs : Tensor, shape (batch, channels) or (channels,), or None
            For each source, in the order of ``sources``, the spikes of this step: 0 or 1, or how many.
        values : mapping of str to Tensor
            Values in SI units instead of the twin's own, such as drawn mismatch: shape ``(batch, neurons)`` or less. A
            population's name before that of its core's bias, ``"hidden.Isoma_th"``, is about its neurons only.

        Returns
        -------
        spikes : Tensor, shape (batch, neurons)
            0 or 1. Of several groups of neurons, a dict of tensors by the groups' names.
        state : dict

        Raises
        ------
        TwinError
            If there are more inputs than sources, or one has another number of channels.
        """
        return self._step_on(state, inputs, self._all_values(values))

    def _step_on(self, state: State, inputs: Sequence[Any], values: AllValues) -> tuple[Any, State]:
        now = self._with_time(state)
        spikes = self._given(inputs, len(state["copies"]))
        fired: dict[str, torch.Tensor] = {}
        for block in self.blocks:
            name = block.owner
            if block.kind == "update":
                self._run(block, now, values, None)
            elif block.kind == "threshold":
                spikes[name] = fired[name] = self._fire(block, now, values)
            elif block.kind == "reset":
                self._run(block, now, values, spikes[name])
            else:
                pathway: Any = self.pathways[block.name]
                arriving = pathway.arriving(spikes.get(pathway.group), now.get(f"{pathway.group}.sent"))
                if arriving is not None:
                    self._run(block, now, values, arriving)
        for name in self._history:
            sent = now[f"{name}.sent"]
            now[f"{name}.sent"] = (spikes.get(name, torch.zeros_like(sent[0])).expand_as(sent[0]), *sent[:-1])
        now["step"] = now["step"] + 1
        for key in CLOCK:
            del now[key]
        return (next(iter(fired.values())) if self._is_single and fired else fired), now

    def _given(self, inputs: Sequence[Any], batch: int) -> dict[str, torch.Tensor]:
        if len(inputs) > len(self._channels):
            raise TwinError(f"The twin has {len(self._channels)} inputs, {len(inputs)} were given.")
        spikes = {}
        for (name, channels), given in zip(self._channels.items(), inputs, strict=False):
            if given is None:
                continue
            given = torch.as_tensor(given)
            if given.shape[-1] != channels:
                raise TwinError(f"The input {name} has {channels} channels, {given.shape[-1]} were given.")
            given = torch.atleast_2d(given.to(self.dtype))
            if len(given) not in (1, batch):
                raise TwinError(f"The state is of {batch} copies, the input {name} of {len(given)}.")
            spikes[name] = given.expand(batch, channels)
        return spikes

    def _fire(self, block: Block, now: State, values: AllValues) -> torch.Tensor:
        fired: torch.Tensor = self._run(block, now, values, None)
        fired = torch.as_tensor(fired, dtype=self.dtype).expand(
            len(now["copies"]), block.size
        )  # also where all are the same
        if block.is_refractory:
            last, free = (f"{block.owner}.{name}" for name in REFRACTORY)
            now[last] = torch.where(fired > 0, now["t"], now[last]).to(now[last].dtype)
            now[free] = now[free] & (fired == 0)
        return fired

    def _run(self, block: Block, now: State, values: AllValues, spike: torch.Tensor | None) -> Any:
        if block.run is None:
            return None
        return block.run(now, values.own.get(block.owner, values.all), spike, partial(self._like, now, block.size))

    def _like(self, now: State, size: int) -> torch.Tensor:
        """Return a tensor in whose shape random numbers are drawn."""
        return torch.empty(len(now["copies"]), size, dtype=self.dtype, device=now["step"].device)

    def _step(self, width: float, above: Any, distance: Any) -> torch.Tensor:
        """Return a spike, with the derivative of the surrogate."""
        if torch.is_grad_enabled() and isinstance(distance, torch.Tensor) and distance.requires_grad:
            spike: torch.Tensor = Step.apply(above, distance, width, self.surrogate)
            return spike
        return torch.as_tensor(above).to(self.dtype)

    def run(
        self,
        *inputs: torch.Tensor | None,
        steps: int | None = None,
        state: State | None = None,
        record: Sequence[str] = (),
        values: Mapping[str, Any] | None = None,
    ) -> tuple[Any, State, dict[str, torch.Tensor]]:
        """Go on by many steps.

        Parameters
        ----------
        *inputs : Tensor, shape (steps, batch, channels), or None
            The spikes of each source.
        steps : int
            How many, if there are no inputs.
        state : dict
            To begin with; by default :meth:`init_state`.
        record : sequence of str
            States, by ``"owner.name"`` or just the name.
        values : mapping of str to Tensor
            As for :meth:`forward`.

        Returns
        -------
        spikes : Tensor, shape (steps, batch, neurons), or dict of them
        state : dict
            At the end.
        recorded : dict of str to Tensor, shape (steps, batch, neurons)
            At the end of each step.
        """
        given = [each for each in inputs if each is not None]
        count = steps if steps is not None else len(given[0]) if given else None
        if count is None:
            raise TwinError("run: say for how many steps, or give inputs of shape (steps, batch, channels).")
        if any(each.dim() != 3 or len(each) < count for each in given):
            shapes = ", ".join(str(tuple(each.shape)) for each in given)
            raise TwinError(f"run: inputs have the shape (steps, batch, channels), these have {shapes}.")
        keys = {name: self._state_key(name) for name in record}
        state = self.init_state(given[0].shape[1] if given else 1) if state is None else state
        all_values = self._all_values(values)
        spikes: list[Any] = []
        recorded: dict[str, list[torch.Tensor]] = {name: [] for name in record}
        for step in range(count):
            now = [None if each is None else each[step] for each in inputs]
            fired, state = self._step_on(state, now, all_values)
            spikes.append(fired)
            for name, key in keys.items():
                recorded[name].append(state[key])
        together = {name: torch.stack(parts) for name, parts in recorded.items()}
        if isinstance(spikes[0], dict):
            return {name: torch.stack([each[name] for each in spikes]) for name in spikes[0]}, state, together
        return torch.stack(spikes), state, together

    def _state_key(self, name: str) -> str:
        found = [key for key in self._states if name in (key, key.rsplit(".", 1)[-1])]
        if len(found) == 1:
            return found[0]
        if found:
            raise TwinError(f"Several have a state {name!r}: {', '.join(found)}.")
        raise unknown_name("The twin", "state", name, {key.rsplit(".", 1)[-1] for key in self._states})

    # -- values and Brian2 --------------------------------------------------------------------------

    def quantity(self, name: str, asked: bool = False) -> Any:
        """Return a value, by its name or ``"owner.name"``, as a Brian2 quantity.

        It is the value that the model computes with, or the one *asked* for: before rounding and bounds.
        """
        return self.values.quantity(name, asked)

    def project(self) -> None:
        """Bring what is trained back between its bounds; call it after a step of an optimiser."""
        self.values.project()

    def to_brian2(self, state: State | None = None, copy: int = 0) -> list[BrianObject]:
        """Give the Brian2 objects what has been trained, and return them.

        Parameters
        ----------
        state : dict
            If given, the states too: those of one *copy* of the batch. Spikes that are under way are not given.
        """
        with active("runtime", {}):
            self.values.to_brian2({each.name: each for each in (*self.groups, *self.sources, *self.synapses)})
            if state is not None:
                for key, variable in self._states.items():
                    value = state[key][copy].detach().cpu().numpy()
                    if key.rsplit(".", 1)[-1] in TIMES:
                        value = value - float(state["step"]) * self.dt  # a network begins at 0 s
                    variable.set_value(value.astype(variable.dtype))
        return [*self.groups, *self.sources, *self.synapses]

    def from_brian2(self) -> None:
        """Take values, and the states to begin with, from the Brian2 objects again."""
        self.values.from_brian2()
        self._take_states()


def _surrogate(surrogate: str | Surrogate) -> Surrogate:
    if callable(surrogate):
        return surrogate
    if surrogate not in SURROGATES:
        raise unknown_name("twin", "surrogate", surrogate, SURROGATES)
    return SURROGATES[surrogate]


def _place(order: Mapping[str, int], when: str) -> float:
    for prefix, shift in (("before_", -0.25), ("after_", 0.25)):
        if when.startswith(prefix):
            return order[when.removeprefix(prefix)] + shift
    return order[when]
