"""SpiNNaker: cores, ring buffers and rows of a network. Numbers only, no Brian2."""

from brianhw.allocation.spinnaker.amounts import Amount
from brianhw.allocation.spinnaker.connections import (
    AllToAll,
    Connections,
    FixedNumberPost,
    FixedNumberPre,
    FixedProbability,
    FixedTotalNumber,
    Listed,
    OneToOne,
)
from brianhw.allocation.spinnaker.plan import Plan
from brianhw.allocation.spinnaker.planner import make_plan
from brianhw.allocation.spinnaker.programs import check_rule, is_split
from brianhw.allocation.spinnaker.requests import PopulationRequest, ProjectionRequest
from brianhw.allocation.spinnaker.ring_buffers import raw_weights

__all__ = [
    "AllToAll",
    "Amount",
    "Connections",
    "FixedNumberPost",
    "FixedNumberPre",
    "FixedProbability",
    "FixedTotalNumber",
    "Listed",
    "OneToOne",
    "Plan",
    "PopulationRequest",
    "ProjectionRequest",
    "check_rule",
    "is_split",
    "make_plan",
    "raw_weights",
]
