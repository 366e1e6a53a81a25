"""Stands in for PyNN's module that needs sPyNNaker and a board."""

from brianhw.pynn import *  # noqa: F403
