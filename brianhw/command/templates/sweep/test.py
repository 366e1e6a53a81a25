"""What is known beforehand about the rates: ``pytest``."""

import numpy as np
from NAME import simulate


def test_a_longer_refractory_period_limits_the_rate():
    rates = simulate().firing_rate.transpose("t_ref", "I_ext").values
    assert np.all(np.diff(rates, axis=0) <= 0)
    assert rates[-1].max() < 1 / 0.010  # Hz: the period is 10 ms


def test_the_rate_agrees_with_the_closed_form():
    current = 1e-9  # A
    drive, threshold, tau = current / 25e-9, 15e-3, 10e-3  # V, V, s: NEST's defaults
    expected = 1 / (0.002 + tau * np.log(drive / (drive - threshold)))
    found = float(simulate().firing_rate.sel(I_ext=1.0, t_ref=2.0, method="nearest"))
    assert abs(found - expected) < 1 + 0.1e-3 * expected**2  # a spike; intervals are whole steps of 0.1 ms
