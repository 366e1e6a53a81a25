"""The exploration of the pypet notebook."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from brian2 import (
    get_device,
)
from brian2.devices.device import runtime_device

from brianhw.explore import (
    firing_rate,
    spike_count,
    sweep,
)
from exploration import GRID, ON_NUMPY, RUN, SEED003
from paths import DATA

WAYS = ("vectorised", "compiled", "rebuild")


def recorded(column: str) -> np.ndarray:
    with open(DATA / "exploration" / "seed003_counts_integer_refractory.csv") as file:
        counts = {(row["tau_ref_ms"], float(row["I_per_ms"])): int(row[column]) for row in csv.DictReader(file)}
    inputs = sorted({current for _, current in counts})
    return np.array([[counts[tau, current] for tau in ("5.0", "7.5", "10.0")] for current in inputs])


@pytest.mark.parametrize("way", WAYS)
def test_the_notebooks_exploration_is_reproduced(way: str) -> None:
    """Exactly, where the notebook's refractory test is done on whole steps; its own floating point is a spike off."""
    some = slice(0, None) if way == "vectorised" else slice(10, None, 10)
    grid = {**GRID, "I": GRID["I"][some]}
    found = sweep(SEED003, grid, [spike_count, firing_rate], way=way, **RUN, **ON_NUMPY)
    assert np.array_equal(found.spike_count, recorded("nspikes_integer_le")[some])
    assert np.abs(found.spike_count - recorded("nspikes_seed_float_le")[some]).max() <= 1
    assert found.firing_rate.attrs["units"] == "Hz"
    assert found.tau_ref.attrs["units"] == "ms" and found.tau_ref.values.tolist() == [5.0, 7.5, 10.0]
    nearest = found.spike_count.sel(I=0.51, tau_ref=7.4, method="nearest")
    assert nearest.item() == recorded("nspikes_integer_le")[10, 1]  # I = 0.5


@pytest.mark.standalone
def test_compiled_ways_agree_and_leave_the_device_as_it_was() -> None:
    results = [sweep(SEED003, GRID, spike_count, way=way, **RUN, quiet=True, progress=False) for way in WAYS]
    for found in results:
        assert np.array_equal(found.spike_count, recorded("nspikes_integer_le"))
    assert get_device() is runtime_device
