"""The neuron of DynapSEtorch, as a twin of the faithful DPI model.

Source: DynapSEtorch 0.1.0 (October 2022), https://github.com/ferqui/ARCANA: names, shapes, defaults and order of calls.
What a call does is the equation text of :mod:`brianhw.equations.dpi_faithful`, in single precision. Its spikes come
where the membrane reaches the threshold, Brian2's where it is above.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from brian2 import second

from brianhw.equations.dpi_faithful import DPI_NEURON_FAITHFUL
from brianhw.errors import ParameterError, TwinError
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS
from brianhw.torch import Inputs, Twin, twin

__all__ = ["AdexLIF", "FastSigmoid", "Triangular"]

SYNAPSES = ("nmda", "ampa", "gaba_a", "gaba_b")
WEIGHTS = {"nmda": 0.0, "ampa": 2.0, "gaba_a": 0.0, "gaba_b": 0.0}
WHOLE = ("alpha_soma", "alpha_ahp", *(f"alpha_{name}" for name in SYNAPSES))
OWN = ("Isoma_mem", "Isoma_th")  # no buffers
MODEL = replace(DPI_NEURON_FAITHFUL, threshold="Isoma_mem >= Isoma_th")
# gradients pass through the input and the synapses only
STOPS = ("Isoma_sum", "Isoma_clip")


AdexLIFState = namedtuple(  # noqa: PYI024 - the original's kind and name
    "AdexLIFState", ["Isoma_mem", "Isoma_ahp", "refractory", "Inmda", "Iampa", "Igaba_a", "Igaba_b"]
)


class _Surrogate(torch.autograd.Function):
    """A spike where the argument is zero or more."""

    @staticmethod
    def forward(ctx: Any, v: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(v)
        return (v >= 0).to(v.dtype)


class FastSigmoid(_Surrogate):
    """A spike with the derivative of a fast sigmoid."""

    scale = 10

    @staticmethod
    def pseudo_derivative(v: torch.Tensor) -> torch.Tensor:
        """Return ``1/(scale*abs(v) + 1)**2``."""
        return 1 / (FastSigmoid.scale * v.abs() + 1) ** 2

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (v,) = ctx.saved_tensors
        return gradient * FastSigmoid.pseudo_derivative(v)


class Triangular(_Surrogate):
    """A spike with a triangular derivative."""

    scale = 0.3

    @staticmethod
    def pseudo_derivative(v: torch.Tensor) -> torch.Tensor:
        """Return ``scale*max(0, 1 - abs(v))``."""
        return Triangular.scale * (1 - v.abs()).clamp(min=0)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (v,) = ctx.saved_tensors
        return gradient * Triangular.pseudo_derivative(v)


class AdexLIF(torch.nn.Module):
    """DPI neurons with their four synapses.

    Parameters
    ----------
    num_neurons : int
        How many.
    input_per_synapse : sequence of int
        Input channels of NMDA, AMPA, GABA_A and GABA_B synapses.

    Attributes
    ----------
    weight_nmda, weight_ampa, weight_gaba_a, weight_gaba_b : Parameter, shape (inputs, neurons)
        Dimensionless weights.
    dt : float
        The step in seconds.
    state : AdexLIFState
        Tensors of shape ``(batch, neurons)``: currents in A, and the steps that a neuron stays refractory for. Set it
        to :meth:`init_state` before the first call; calls replace it.

    Raises
    ------
    ParameterError
        If there are not four numbers of inputs, or a number is below one.
    """

    AdexLIFState = AdexLIFState

    def __init__(self, num_neurons: int = 1, input_per_synapse: Sequence[int] = (1, 1, 1, 1)) -> None:
        super().__init__()
        if len(input_per_synapse) != len(SYNAPSES) or min(num_neurons, *input_per_synapse) < 1:
            raise ParameterError(
                "AdexLIF: num_neurons is 1 or more, and input_per_synapse four numbers of channels (NMDA, AMPA, "
                f"GABA_A, GABA_B) of 1 or more, not {num_neurons!r} and {input_per_synapse!r}."
            )
        self.num_neurons, self.dt = num_neurons, 1e-3
        self.state: Any = None
        self._inputs = dict(zip(SYNAPSES, map(int, input_per_synapse), strict=True))
        for name, value in SIMULATOR_DEFAULTS.items():
            if name not in OWN:
                tensor = torch.tensor(int(value)) if name in WHOLE else torch.tensor(float(value), dtype=torch.float32)
                self.register_buffer(name, tensor)
        self.register_buffer("Isoma_ahp_g", torch.tensor(0))
        self.Isoma_th = torch.nn.Parameter(torch.full((1,), float(SIMULATOR_DEFAULTS["Isoma_th"])), requires_grad=False)
        for name, channels in self._inputs.items():
            weight = torch.full((channels, num_neurons), WEIGHTS[name])
            self.register_parameter(f"weight_{name}", torch.nn.Parameter(weight))
        self.Isoma_mem_init = float(SIMULATOR_DEFAULTS["Isoma_mem"])
        self.Inmda_init = self.Iampa_init = self.Igaba_a_init = self.Igaba_b_init = 1e-12
        self._twin: tuple[float, Twin] | None = None

    def init_state(self, input: torch.Tensor) -> Any:  # noqa: A002 - the original's name
        """Return the state at rest, as many copies as *input* has rows; it is for :attr:`state`."""
        shape = (input.shape[0], self.num_neurons)
        first = {
            "Isoma_mem": self.Isoma_mem_init, "Isoma_ahp": 0.0, "refractory": 0.0,
            **{f"I{name}": getattr(self, f"I{name}_init") for name in SYNAPSES},
        }  # fmt: skip
        return self.AdexLIFState(*(torch.full(shape, value, device=input.device) for value in first.values()))

    def detach(self) -> None:
        """Let gradients end at the state."""
        if self.state is None:
            raise TwinError("AdexLIF: there is no state to detach; set model.state = model.init_state(input) first.")
        self.state = self.AdexLIFState(*(each.detach() for each in self.state))

    def forward(
        self,
        input_nmda: torch.Tensor | None = None,
        input_ampa: torch.Tensor | None = None,
        input_gaba_a: torch.Tensor | None = None,
        input_gaba_b: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Go on by one step, and return the spikes, 0 or 1, shape ``(batch, neurons)``.

        Parameters
        ----------
        input_nmda, input_ampa, input_gaba_a, input_gaba_b : Tensor, shape (batch, inputs) or (inputs,), or None
            What comes in; None for nothing. The membrane sees it at the next call.

        Raises
        ------
        TwinError
            If :attr:`state` has not been set.
        """
        if self.state is None:
            raise TwinError("AdexLIF: set model.state = model.init_state(input) before the first call.")
        state = self.state
        steps = torch.floor(self.soma_refP / self.dt + 1e-3)
        since = (steps - state.refractory + 1) * self.dt  # the last spike; long ago for those that are free
        module = self._module()
        owner = module.groups[0].name
        now = {f"{owner}.{name}": getattr(state, name) for name in self.AdexLIFState._fields if name != "refractory"}
        now[f"{owner}.lastspike"] = -since
        now[f"{owner}.not_refractory"] = torch.ones_like(state.Isoma_mem, dtype=torch.bool)
        now["copies"] = state.Isoma_mem[:, :0]
        now["step"] = torch.zeros((), dtype=torch.int64, device=state.Isoma_mem.device)
        inputs = (input_nmda, input_ampa, input_gaba_a, input_gaba_b)
        spikes, after = module(now, *inputs, values=self._values(module))
        left = (state.refractory - 1).clamp(min=0) + spikes.detach() * steps
        fields = {name: after[f"{owner}.{name}"] for name in self.AdexLIFState._fields if name != "refractory"}
        self.state = self.AdexLIFState(refractory=left, **fields)
        return spikes

    def _values(self, module: Twin) -> dict[str, torch.Tensor]:
        names = module.values.names
        values = {name: _number(each) for name, each in self.named_buffers(recurse=False) if name in names}
        values["Isoma_th"] = _number(self.Isoma_th)
        for name in SYNAPSES:
            weight = getattr(self, f"weight_{name}")
            if weight.shape != (self._inputs[name], self.num_neurons):
                raise ParameterError(
                    f"AdexLIF: weight_{name} has the shape {tuple(weight.shape)}; it is (inputs, neurons), "
                    f"{(self._inputs[name], self.num_neurons)}."
                )
            values[f"weight_{name}"] = weight.reshape(-1)
        return values

    def _module(self) -> Twin:
        """Return the twin for the step at hand, which is made at the first call."""
        if self._twin is None or self._twin[0] != self.dt:
            inputs = {
                name: Inputs(
                    channels,
                    {
                        "model": f"weight_{name} : 1",
                        "on_pre": f"I{name}_post += I{name}_w0_post*alpha_{name}_post*weight_{name}",
                    },
                )
                for name, channels in self._inputs.items()
            }
            made = twin(
                MODEL, self.num_neurons, parameters=SIMULATOR_DEFAULTS, inputs=inputs, dt=self.dt * second,
                stopgrad=STOPS, surrogate=FastSigmoid.pseudo_derivative, width=1.0, dtype=torch.float32,
            ).to(self.Isoma_th.device)  # fmt: skip
            # not a submodule: the state_dict is the original's
            object.__setattr__(self, "_twin", (self.dt, made))
        return self._twin[1]  # type: ignore[index]


def _number(tensor: torch.Tensor) -> Any:
    """Return a single value as a number, with which a step is several times faster, unless it has a gradient."""
    return tensor if tensor.requires_grad or tensor.numel() > 1 or not tensor.is_cpu else float(tensor)
