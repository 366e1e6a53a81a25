"""Which programs the chip's software has: on cores of neurons and synapses, or on cores of synapses alone."""

from __future__ import annotations

from collections.abc import Iterable

from brianhw.allocation.spinnaker.requests import PopulationRequest
from brianhw.chips.spinnaker1 import Rule, SpinnakerDescription
from brianhw.errors import SpinnakerError

__all__ = ["check_rule", "is_split"]


def is_split(chip: SpinnakerDescription, request: PopulationRequest, timestep_ms: float) -> bool:
    """Say whether the synapses of a population have cores of their own: where it asks for them, or steps are short.

    Parameters
    ----------
    timestep_ms : float
        The step.

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import PopulationRequest, is_split
    >>> from brianhw.chips import SPINNAKER1
    >>> cells = PopulationRequest("cells", 100, "IF_curr_exp")
    >>> is_split(SPINNAKER1, cells, timestep_ms=1.0), is_split(SPINNAKER1, cells, timestep_ms=0.1)
    (False, True)
    """
    if request.is_source or request.synapse_cores == 0:
        return False
    return bool(request.synapse_cores) or timestep_ms < chip.split_below_ms


def check_rule(
    chip: SpinnakerDescription, label: str, target: PopulationRequest, rule: Rule, timestep_ms: float
) -> None:
    """Refuse plasticity for which the software has no program.

    Parameters
    ----------
    label : str
        Of the projection.
    rule : (str, str)
        For the timing and for the weight.

    Raises
    ------
    SpinnakerError
        Naming the rules there are, and where there is the one that was asked for.

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import PopulationRequest, check_rule
    >>> from brianhw.chips import SPINNAKER1
    >>> cells = PopulationRequest("cells", 100, "IF_cond_exp")
    >>> check_rule(SPINNAKER1, "plastic", cells, ("pair", "additive"), timestep_ms=1.0)
    >>> check_rule(SPINNAKER1, "plastic", cells, ("triplet", "additive"), timestep_ms=1.0)
    Traceback (most recent call last):
        ...
    brianhw.errors.SpinnakerError: plastic: SpiNNaker's software has no program for triplet additive STDP ...
    """
    split = is_split(chip, target, timestep_ms)
    known = chip.rules_of(target.cell, split)
    if rule in known:
        return
    kind = "conductances" if target.cell in chip.conductance_cells else "currents"
    message = (
        f"{label}: SpiNNaker's software has no program for {' '.join(rule)} STDP onto {target.label} ({target.cell}, "
        f"with {kind})"
    )
    if split or rule not in chip.synapse_core_rules:
        raise SpinnakerError(f"{message}. It has: {_listed(known)}.")
    raise SpinnakerError(
        f"{message} on one core with its neurons; there it has: {_listed(known)}. Give the synapses cores of their "
        f"own: n_synapse_cores=1, for the population or in setup(), or a time step below {chip.split_below_ms:g} ms."
    )


def _listed(rules: Iterable[Rule]) -> str:
    return ", ".join(" ".join(rule) for rule in sorted(rules)) or "none"
