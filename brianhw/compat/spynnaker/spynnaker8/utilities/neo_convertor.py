"""Stands in for the vendor's conversions of Neo data."""

from brianhw.spinnaker.neo_arrays import *  # noqa: F403
