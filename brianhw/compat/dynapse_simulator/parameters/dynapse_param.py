"""Stands in for parameters/dynapse_param.py of dynapse-simulator."""

from brian2 import mV, ms, nA, pA, pF  # noqa: F401

from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS

dynapse_param = dict(SIMULATOR_DEFAULTS)
# the synaptic currents start at the dark current
dynapse_param.update({name: dynapse_param["I0"] for name in ("Inmda", "Iampa", "Igaba_a", "Igaba_b")})
