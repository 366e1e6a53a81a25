"""Stands in for the vendor's splitters."""

from brianhw.spinnaker.splitters import *  # noqa: F403
