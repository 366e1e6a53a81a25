"""EDLUT's learning rules, and the library's models of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from brianhw.edlut.catalogue.parameters import Parameter

__all__ = ["RULES", "Rule"]

FIXED = Parameter(0.001, "nS", "Weight change at each presynaptic spike")
KERNEL = Parameter(-0.01, "nS", "Weight change at the peak of the kernel")
PEAK = Parameter(0.1, "s", "Time of the kernel's peak before the trigger", lowest=0.0, open=True)
TAU = Parameter(0.1, "s", "Width of the kernel", lowest=0.0, open=True)
DAMPING = Parameter(2, "", "Exponent of the kernel's damping", lowest=1)
POWER = Parameter(2, "", "Exponent of the sine, even, 2 to 20", lowest=2)


@dataclass(frozen=True)
class Rule:
    """A learning rule: its parameters, whether trigger synapses teach it, the library's function for it."""

    name: str
    model: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    is_taught: bool = True


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
        Rule("ExpBufferedAdditiveKernel", "", {**EXP, "init_time": INIT}),
        Rule("ExpAdditiveKernel", "", EXP),
        Rule("CosAdditiveKernel", "", COS),
        Rule("SimetricCosBufferedAdditiveKernel", "", COS),
        Rule("SimetricCosSinSTDPAdditiveKernel", "", COS_SIN, is_taught=False),
        Rule("SimetricCosSinAdditiveKernel", "", COS_SIN),
        Rule("SimetricCosSTDPAdditiveKernel", "", COS, is_taught=False),
        Rule("SimetricCosAdditiveKernel", "", COS),
        Rule("SinBufferedAdditiveKernel", "", SIN),
        Rule("SinAdditiveKernel", "", SIN),
        Rule("STDPLS", "", PAIRS, is_taught=False),
        Rule("STDP", "", PAIRS, is_taught=False),
    )
}
