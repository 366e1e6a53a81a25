"""Stands in for the vendor's extra cells and rules."""

from brianhw.spinnaker.extra_models import *  # noqa: F403
from brianhw.spinnaker.extra_models import __getattr__
