"""Stands in for DynapSE.py of dynapse-simulator."""

from brianhw.compat.dynapse import DynapSE  # noqa: F401
