"""Neuromodulated STDP: pairs of spikes leave an eligibility, and dopamine makes weight of it.

Source: Izhikevich 2007, Cereb. Cortex 17:2443; sPyNNaker, synapse_dynamics_neuromodulation.py (2023).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from brianhw import equations
from brianhw.errors import SpinnakerError
from brianhw.pynn.checks.domains import NOT_NEGATIVE, POSITIVE, number
from brianhw.pynn.models.realisation import FromPyNN, Realisation
from brianhw.pynn.models.synapse_realisation import Pathway, SynapseRealisation
from brianhw.pynn.models.synapses import StaticSynapse
from brianhw.spinnaker.counts import for_chip

__all__ = [
    "RECEPTORS",
    "Modulation",
    "Neuromodulation",
    "bringing",
    "check_dopamine",
    "modulated",
    "modulation_of",
    "modulations",
    "with_dopamine",
]

#: Which dopamine brings, and which takes away.
RECEPTORS = {"reward": 1, "punishment": -1}
#: Rules whose changes can wait for dopamine.
RULES = ("pair", "Vogels 2011")


@dataclass(frozen=True)
class Modulation:
    """What all dopamine onto a population has in common: times in ms, bounds of the weights that it changes."""

    tau_c: float
    tau_d: float
    w_min: float
    w_max: float

    @property
    def rate(self) -> float:
        """The time constant of the product of eligibility and dopamine, in ms."""
        return 1 / (1 / self.tau_c + 1 / self.tau_d)


class Neuromodulation(StaticSynapse):
    """Spikes that bring dopamine to a neuron (``receptor_type="reward"``) or take it away (``"punishment"``).

    A spike adds ``weight`` to the dopamine of its target, at once. All plastic synapses onto the target then change by
    their eligibility times the dopamine in a ms: what STDP would have changed is the eligibility.

    Parameters
    ----------
    weight : float
        The dopamine of a spike; a number without unit.
    tau_c, tau_d : float
        Time constants in ms, of the eligibility and of the dopamine.
    w_min, w_max : float
        Bounds of the weights that change, in nA or uS.
    """

    def __init__(
        self, weight: Any = 0.0, tau_c: float = 1000.0, tau_d: float = 200.0, w_min: float = 0.0, w_max: float = 1.0
    ) -> None:
        super().__init__(weight=weight)
        owner = "Neuromodulation"
        times = (for_chip(number, f"{owner}: {name}", value, POSITIVE) for name, value in
                 (("tau_c", tau_c), ("tau_d", tau_d)))  # fmt: skip
        bounds = (for_chip(number, f"{owner}: {name}", value, NOT_NEGATIVE) for name, value in
                  (("w_min", w_min), ("w_max", w_max)))  # fmt: skip
        self.modulation = Modulation(*times, *bounds)
        if self.modulation.w_min > self.modulation.w_max:
            raise SpinnakerError(f"{owner}: w_min must be at most w_max; they are {w_min:g} and {w_max:g}.")


def modulation_of(projection: Any) -> Modulation | None:
    """Return what a projection's dopamine does; ``None`` if it brings none."""
    found: Modulation | None = getattr(projection.synapse_type, "modulation", None)
    return found


def modulations(projections: Iterable[Any]) -> dict[Any, Modulation]:
    """Return what dopamine does to each population that gets some."""
    found = {}
    for each in projections:
        modulation = modulation_of(each)
        if modulation is not None:
            found[each.post] = modulation
    return found


def check_dopamine(
    label: str, synapse_type: Any, target: Any, receptor: str | None, projections: Iterable[Any]
) -> None:
    """Refuse dopamine that the vendor's software has not.

    Raises
    ------
    SpinnakerError
        If the receptor is none of dopamine, nothing onto the target learns yet, its rule cannot wait, or other dopamine
        onto it has other times or bounds.
    """
    if receptor not in RECEPTORS:
        raise SpinnakerError(
            f"{label}: receptor_type of Neuromodulation must be {' or '.join(map(repr, RECEPTORS))}, not {receptor!r}."
        )
    owner: Any = getattr(target, "_population", None)
    if owner is not target:
        raise SpinnakerError(f"{label}: dopamine goes to whole populations on SpiNNaker, not to views or assemblies.")
    onto = [each for each in projections if target in each.postsynaptic_populations]
    learning = [each.synapse_type for each in onto if getattr(each.synapse_type, "is_plastic", False)]
    if not learning:
        raise SpinnakerError(
            f"{label}: nothing onto {target.label} learns. Make a projection with an STDPMechanism onto it first."
        )
    timing = getattr(learning[0].timing_dependence, "chip", "")
    if timing not in RULES:
        raise SpinnakerError(
            f"{label}: SpiNNaker's software has no neuromodulated {timing} STDP. It has: {', '.join(RULES)}."
        )
    for each in onto:
        other = modulation_of(each)
        if other is not None and other != synapse_type.modulation:
            raise SpinnakerError(
                f"{label}: all dopamine onto {target.label} has the same tau_c, tau_d, w_min and w_max on SpiNNaker; "
                f"those of {each.label} are {other.tau_c:g}, {other.tau_d:g}, {other.w_min:g} and {other.w_max:g}."
            )


# -- in floating point ------------------------------------------------------------------------------


def with_dopamine(found: Realisation) -> Realisation:
    """Return cells that take dopamine; their plastic synapses hear of it in the step after it came."""
    model = equations.taking_dopamine(found.model)
    return replace(found, model=model, events={"dopamine": "dopamine_came != 0"})


def bringing(sign: int, steps: int) -> SynapseRealisation:
    """Return the synapse that brings dopamine, later by *steps* so that plastic synapses see it after their delay."""
    return SynapseRealisation(
        "weight : 1",
        {"bring": Pathway(f"dopamine_input_post += {sign}*weight", "total", extra=steps)},
        {"weight": FromPyNN(lambda values: abs(values["weight"]), "1")},
    )


STATES = """
weight : 1
gained : 1                 # since the last presynaptic spike
dopamine_here : 1
last_change : second
tau_c : second
tau_d : second
m_min : 1
m_max : 1
"""
# exact up to now: both factors decay exponentially
GAIN = """
gained = gained + eligibility*dopamine_here*(1 - exp(-(t - last_change)*(1/tau_c + 1/tau_d)))/(1/tau_c + 1/tau_d)/ms
eligibility = eligibility*exp(-(t - last_change)/tau_c)
dopamine_here = dopamine_here*exp(-(t - last_change)/tau_d)
last_change = t
"""


def _given(value: float, values: Mapping[str, Any]) -> float:
    return value


def joined(*parts: str) -> str:
    """Return pieces of text below each other."""
    return "\n".join(part.strip() for part in parts)


def modulated(found: SynapseRealisation, modulation: Modulation) -> SynapseRealisation:
    """Return a plastic synapse whose rule changes an eligibility, of which dopamine makes weight."""

    def eligible(text: str) -> str:
        return re.sub(r"\bweight\b", "eligibility", text)

    *lines, sent = found.pathways["arrive"].statements.splitlines()
    change = "weight = clip(weight + gained, m_min, m_max)\ngained = 0"
    pathways = {
        "leave": replace(
            found.pathways["leave"], statements=joined(GAIN, eligible(found.pathways["leave"].statements))
        ),
        "modulate": Pathway(joined(GAIN, "dopamine_here += dopamine_came_post"), "none", on="post", event="dopamine"),
        "arrive": replace(found.pathways["arrive"], statements=joined(GAIN, eligible("\n".join(lines)), change, sent)),
    }
    numbers = {
        "tau_c": (modulation.tau_c, "ms"),
        "tau_d": (modulation.tau_d, "ms"),
        "m_min": (modulation.w_min, "1"),
        "m_max": (modulation.w_max, "1"),
    }
    more = {name: FromPyNN(partial(_given, value), unit) for name, (value, unit) in numbers.items()}
    return replace(
        found,
        equations=joined(eligible(found.equations), STATES),
        pathways=pathways,
        parameters={**found.parameters, **more},
    )
