"""The user's objects: chips and boards that hand out Brian2 groups and synapses from a plan."""

from brianhw.hardware.board import Board
from brianhw.hardware.board_core import BoardCore
from brianhw.hardware.board_population import BoardPopulation
from brianhw.hardware.board_summary import BoardSummary
from brianhw.hardware.chip import Chip
from brianhw.hardware.connection import Connection
from brianhw.hardware.core import Core
from brianhw.hardware.draft import Draft
from brianhw.hardware.dynapse1 import DynapSE1
from brianhw.hardware.learning import Homeostasis, WordLearning
from brianhw.hardware.population import Population
from brianhw.hardware.summary import Summary
from brianhw.hardware.tuning import Tuned

__all__ = [
    "Board",
    "BoardCore",
    "BoardPopulation",
    "BoardSummary",
    "Chip",
    "Connection",
    "Core",
    "Draft",
    "DynapSE1",
    "Homeostasis",
    "Population",
    "Summary",
    "Tuned",
    "WordLearning",
]
