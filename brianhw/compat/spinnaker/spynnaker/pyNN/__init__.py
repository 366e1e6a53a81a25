"""Stands in for the vendor's module, which needs a board: SpiNNaker's integers and limits, simulated."""

from brianhw.spinnaker import *  # noqa: F403
from brianhw.spinnaker import __getattr__, external_devices, extra_models
