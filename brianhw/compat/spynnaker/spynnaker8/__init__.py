"""Stands in for sPyNNaker before version 6."""

from brianhw.pynn import *  # noqa: F403
