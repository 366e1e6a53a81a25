"""Stands in for sPyNNaker."""

from brianhw.pynn import *  # noqa: F403
