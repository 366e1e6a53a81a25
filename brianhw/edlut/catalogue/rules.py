"""EDLUT's learning rules, and the library's models of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from brian2 import nS, second

from brianhw.edlut.catalogue.parameters import Parameter
from brianhw.equations.additive_stdp import additive_stdp, nearest_additive_stdp
from brianhw.equations.kernel_stdp import symmetric_cosine_sine_stdp, symmetric_cosine_stdp
from brianhw.equations.teaching_rules import (
    cosine_kernel,
    delayed_exponential_kernel,
    exponential_kernel,
    sine_kernel,
    sine_lobe_kernel,
    symmetric_cosine_kernel,
    symmetric_cosine_sine_kernel,
)
from brianhw.model import SynapseModel

__all__ = ["RULES", "Rule"]

FIXED = Parameter(0.001, "nS", "Weight change at each presynaptic spike")
KERNEL = Parameter(-0.01, "nS", "Weight change at the peak of the kernel")
PEAK = Parameter(0.1, "s", "Time of the kernel's peak before the trigger", lowest=0.0, open=True)
TAU = Parameter(0.1, "s", "Width of the kernel", lowest=0.0, open=True)
DAMPING = Parameter(2, "", "Exponent of the kernel's damping", lowest=1)
POWER = Parameter(2, "", "Exponent of the sine, even, 2 to 20", lowest=2)


@dataclass(frozen=True)
class Rule:
    """A learning rule: the library's function for it, its parameters, whether trigger synapses teach it."""

    name: str
    model: Callable[..., SynapseModel]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    is_taught: bool = True

    @property
    def has_power(self) -> bool:
        """Whether the parameter ``exp`` is the power of a sine, on which the text of the model depends."""
        return self.parameters.get("exp") is POWER

    def build(self, values: Mapping[str, Any], target: Any, time: str, faithful: bool) -> SynapseModel:
        """Return the library's model of synapses with this rule."""
        power = {"exponent": values["exp"]} if self.has_power else {}
        return self.model(target, time=time, faithful=faithful, **power)

    def values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of the library's model."""
        units = {"nS": nS, "s": second, "": 1}
        named = {"exp": "exponent"}
        return {
            named.get(name, name): values[name] * units[each.unit]
            for name, each in self.parameters.items()
            if not (name == "exp" and self.has_power)
        }


COS = {"exp": DAMPING, "fixed_change": FIXED, "kernel_change": KERNEL, "tau": TAU}
SIN = {"exp": POWER, "fixed_change": FIXED, "kernel_change": KERNEL, "kernel_peak": PEAK}
COS_SIN = {
    "central_amp": Parameter(0.01, "nS", "Weight change of coincident spikes"),
    "lateral_amp": Parameter(-0.005, "nS", "Weight change at the lateral lobes"),
    "max_min_dist": Parameter(0.05, "s", "Time from the centre to the lateral lobes", lowest=0.0, open=True),
}
PAIRS = {
    "max_LTD": Parameter(0.02, "nS", "Largest depression of a pair of spikes"),
    "max_LTP": Parameter(0.01, "nS", "Largest potentiation of a pair of spikes"),
    "tau_LTD": Parameter(0.1, "s", "Time constant of depression", lowest=0.0, open=True),
    "tau_LTP": Parameter(0.1, "s", "Time constant of potentiation", lowest=0.0, open=True),
}
EXP = {"fixed_change": FIXED, "kernel_change": KERNEL, "kernel_peak": PEAK}
INIT = Parameter(0.05, "s", "Time before the trigger in which the kernel is zero", lowest=0.0)

# in the order in which EDLUT lists them
RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("ExpBufferedAdditiveKernel", delayed_exponential_kernel, {**EXP, "init_time": INIT}),
        Rule("ExpAdditiveKernel", exponential_kernel, EXP),
        Rule("CosAdditiveKernel", cosine_kernel, COS),
        Rule("SimetricCosBufferedAdditiveKernel", symmetric_cosine_kernel, COS),
        Rule("SimetricCosSinSTDPAdditiveKernel", symmetric_cosine_sine_stdp, COS_SIN, is_taught=False),
        Rule("SimetricCosSinAdditiveKernel", symmetric_cosine_sine_kernel, COS_SIN),
        Rule("SimetricCosSTDPAdditiveKernel", symmetric_cosine_stdp, COS, is_taught=False),
        Rule("SimetricCosAdditiveKernel", symmetric_cosine_kernel, COS),
        Rule("SinBufferedAdditiveKernel", sine_lobe_kernel, SIN),
        Rule("SinAdditiveKernel", sine_kernel, SIN),
        Rule("STDPLS", nearest_additive_stdp, PAIRS, is_taught=False),
        Rule("STDP", additive_stdp, PAIRS, is_taught=False),
    )
}
