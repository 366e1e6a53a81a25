"""The user's objects: chips that hand out Brian2 groups and synapses from a plan."""

from brianhw.hardware.board import Board
from brianhw.hardware.chip import Chip
from brianhw.hardware.connection import Connection
from brianhw.hardware.core import Core
from brianhw.hardware.dynapse1 import DynapSE1
from brianhw.hardware.population import Population
from brianhw.hardware.summary import Summary

__all__ = ["Board", "Chip", "Connection", "Core", "DynapSE1", "Population", "Summary"]
