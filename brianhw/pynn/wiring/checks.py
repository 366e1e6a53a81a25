"""Checks of weights and delays, once for all connections of a projection."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from pyNN.standardmodels.base import check_delays, check_weights, excitatory_receptor_types, inhibitory_receptor_types

from brianhw.errors import PyNNWarning
from brianhw.pynn.checks.refusals import ConnectionRefused

__all__ = ["ConnectionRefused", "check", "check_sign"]


def check(projection: Any, values: Mapping[str, Any]) -> None:
    """Apply the checks that the synapse type has (``parameter_checks``) to *values*, by native name.

    Raises
    ------
    ConnectionRefused
        A weight has the wrong sign for the receptor, a delay is out of range. The message names the first one.
    """
    synapse = projection.synapse_type
    known = {check_weights: _check_weights, check_delays: _check_delays}
    for name, rule in getattr(synapse, "parameter_checks", {}).items():
        native = synapse.translations.get(name, {}).get("translated_name", name)
        if native in values:
            known.get(rule, rule)(values[native], projection)


def check_sign(projection: Any, values: Mapping[str, Any]) -> None:
    """Apply the rule for the sign of weights to new *values* of connections that exist, where there is such a rule.

    Raises
    ------
    ConnectionRefused
        A weight has the wrong sign for the receptor.
    """
    known = projection.receptor_type in (*excitatory_receptor_types, *inhibitory_receptor_types)
    checked = check_weights in getattr(projection.synapse_type, "parameter_checks", {}).values()
    if "weight" in values and known and checked and getattr(projection.post, "_homogeneous_synapses", True):
        _check_weights(values["weight"], projection)


def _check_weights(weights: Any, projection: Any) -> None:
    post, receptor = projection.post, projection.receptor_type
    hardware = getattr(projection._simulator.state, "hardware", None)
    if getattr(hardware, "weights_are_amounts", False):
        return  # what they do is the receptor's
    if not getattr(post, "_homogeneous_synapses", True):
        warnings.warn(
            f"{_name(projection)}: weights are not checked, the cells have conductances and currents.", stacklevel=2
        )
        return
    pulls_down = receptor in getattr(getattr(post, "celltype", None), "pulls_down", ())
    if post.conductance_based or pulls_down or receptor in excitatory_receptor_types:
        kind = "synapses are conductances" if post.conductance_based else "excitatory synapses are currents"
        kind = "the model gives this receptor its sign" if pulls_down else kind
        _refuse(projection, "weight", weights, np.less(weights, 0), f"{kind}, their weights must be >= 0")
    elif receptor in inhibitory_receptor_types:
        reason = "inhibitory synapses are currents, their weights must be <= 0"
        _refuse(projection, "weight", weights, np.greater(weights, 0), reason)
    else:
        warnings.warn(
            f"{_name(projection)}: the sign of the weights is not checked, receptor {receptor!r} may have either.",
            PyNNWarning,
            stacklevel=2,
        )


def _check_delays(delays: Any, projection: Any) -> None:
    state = projection._simulator.state
    for limit, outside, word in ((state.min_delay, np.less, "min"), (state.max_delay, np.greater, "max")):
        if limit != "auto" and limit is not None:
            reason = f"setup() has {word}_delay = {limit:g} ms"
            _refuse(projection, "delay", delays, outside(delays, limit), reason)


def _refuse(projection: Any, what: str, values: Any, wrong: Any, reason: str) -> None:
    if np.any(wrong):
        first = np.ravel(values)[int(np.argmax(np.ravel(wrong)))]
        number = int(np.sum(wrong))
        of = f" ({number} of {np.size(values)} connections)" if np.ndim(values) else ""
        raise ConnectionRefused(f"{_name(projection)}: {what} {first:g} was given{of}, but {reason}.")


def _name(projection: Any) -> str:
    return f"Projection {projection.label or 'without a label'}, receptor {projection.receptor_type!r}"
