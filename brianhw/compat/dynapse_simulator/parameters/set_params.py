"""Stands in for parameters/set_params.py of dynapse-simulator."""

from brianhw.compat.dynapse import set_params  # noqa: F401
