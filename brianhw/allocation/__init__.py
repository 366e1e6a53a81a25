"""Requests and a chip's description give placements, counts and reports. Numbers only, no Brian2."""

from brianhw.allocation.contents import Contents
from brianhw.allocation.hazards import Hazard
from brianhw.allocation.network import ConnectionRequest, NetworkPlan, PopulationRequest, plan_network
from brianhw.allocation.placement import Placement
from brianhw.allocation.plan import Plan
from brianhw.allocation.report import Report
from brianhw.allocation.wiring import Wiring
from brianhw.allocation.words import destinations, input_words

__all__ = [
    "ConnectionRequest",
    "Contents",
    "Hazard",
    "NetworkPlan",
    "Placement",
    "Plan",
    "PopulationRequest",
    "Report",
    "Wiring",
    "destinations",
    "input_words",
    "plan_network",
]
