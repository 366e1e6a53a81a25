"""Stands in for EDLUT's Python module."""

from brianhw.edlut import *  # noqa: F403
