"""Stands in for parameters/dynapse_param.py of dynapse-simulator."""

from brian2 import mV, ms, nA, pA, pF  # noqa: F401

from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS, SIMULATOR_STATES

dynapse_param = dict(SIMULATOR_DEFAULTS | SIMULATOR_STATES)
