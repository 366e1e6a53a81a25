"""Stands in for the vendor's module, which needs a board: the vendor's cells and rules in ideal floating point."""

from brianhw.spinnaker.ideal import *  # noqa: F403
from brianhw.spinnaker.ideal import __getattr__, external_devices, extra_models
