"""Stands in for those of the vendor's helpers that scripts use."""

from brianhw.spinnaker.helpers import *  # noqa: F403
