"""Requests and a chip's description give placements, counts and reports. Numbers only, no Brian2."""

from brianhw.allocation.contents import Contents
from brianhw.allocation.placement import Placement
from brianhw.allocation.plan import Plan
from brianhw.allocation.report import Report
from brianhw.allocation.wiring import Wiring

__all__ = ["Contents", "Placement", "Plan", "Report", "Wiring"]
