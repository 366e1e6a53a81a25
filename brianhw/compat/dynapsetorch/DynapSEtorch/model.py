"""Stands in for the model of DynapSEtorch, with its units as plain numbers."""

from brianhw.compat.dynapse_torch import AdexLIF  # noqa: F401

amp, mA, uA, nA, pA = 1.0, 1e-3, 1e-6, 1e-9, 1e-12
volt, mV, uV, nV = 1.0, 1e-3, 1e-6, 1e-9
farad, mF, uF, nF, pF = 1.0, 1e-3, 1e-6, 1e-9, 1e-12
second, ms, us, ns, ps = 1.0, 1e-3, 1e-6, 1e-9, 1e-12
kappa_n, kappa_p, Ut, I0 = 0.75, 0.66, 25 * mV, 1 * pA
