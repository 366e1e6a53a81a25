"""Connections by a kernel, against the definition pair by pair (Hypothesis)."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brianhw.spinnaker as sim
from brianhw.errors import SpinnakerError
from brianhw.spinnaker.kernels import Grid, kernel_pairs

SIDES = st.tuples(st.integers(1, 6), st.integers(1, 6))
STEPS = st.tuples(st.integers(1, 3), st.integers(1, 3))
STARTS = st.tuples(st.integers(0, 2), st.integers(0, 2))


def element_of(source: int, target: int, pre: Grid, post: Grid, size: int) -> int | None:
    """Return which row (or column) of the kernel joins two; a target lies at the next source in its coordinates."""
    if (source - pre.start) % pre.step:
        return None
    place = ceil((post.start + target * post.step - pre.start) / pre.step)
    element = source - place + size // 2
    return element if 0 <= element < size else None


@given(SIDES, SIDES, SIDES, STEPS, STARTS, STEPS, STARTS)
@settings(max_examples=100, deadline=None)
def test_those_are_joined_that_the_kernel_covers(
    pre: Any, post: Any, kernel: Any, pre_step: Any, pre_start: Any, post_step: Any, post_start: Any
) -> None:
    sources = tuple(Grid(*each) for each in zip(pre, pre_start, pre_step, strict=True))
    targets = tuple(Grid(*each) for each in zip(post, post_start, post_step, strict=True))
    expected = set()
    for i in range(pre[0] * pre[1]):
        for j in range(post[0] * post[1]):
            row, column = (
                element_of(*places, sources[axis], targets[axis], kernel[axis])
                for axis, places in enumerate(zip(divmod(i, pre[1]), divmod(j, post[1]), strict=True))
            )
            if row is not None and column is not None:
                expected.add((i, j, row * kernel[1] + column))
    found = list(zip(*(each.tolist() for each in kernel_pairs(sources, targets, kernel)), strict=True))
    assert set(found) == expected and len(found) == len(expected)


@pytest.mark.parametrize("arithmetic", ["integer", "float"])
def test_a_point_of_light_is_answered_by_the_kernel_turned_round(arithmetic: str) -> None:
    """Input into each cell of an image, from one source in its middle: a correlation's impulse response."""
    sim.setup(device="runtime", arithmetic=arithmetic)
    times: list[list[float]] = [[] for _ in range(25)]
    times[12] = [2.0]
    kernel = np.arange(1, 10).reshape(3, 3) / 16  # which the chip holds exactly
    source = sim.Population(25, sim.SpikeSourceArray(spike_times=times))
    cells = sim.Population(25, sim.IF_curr_delta(tau_refrac=0.0))
    connector = sim.KernelConnector((5, 5), (5, 5), (3, 3), weight_kernel=kernel)
    projection = sim.Projection(source, cells, connector, sim.StaticSynapse(weight=7.0, delay=3.0))
    cells.record("gsyn_exc")
    sim.run(8.0)
    (signal,) = cells.get_data().segments[0].analogsignals
    expected = np.zeros((5, 5))
    expected[1:4, 1:4] = kernel[::-1, ::-1]
    assert signal.magnitude[5].reshape(5, 5).tolist() == expected.tolist()
    assert set(projection.get("delay", "list", with_address=False)) == {3.0}
    assert len(projection) == 25 * 9 - 4 * 5 * 3 + 4  # a third of the edges' rows is outside, corners twice


def test_a_kernel_of_delays_and_one_number_for_all_weights() -> None:
    sim.setup(device="runtime")
    source, cells = sim.Population(4, sim.SpikeSourceArray()), sim.Population(4, sim.IF_curr_exp())
    connector = sim.KernelConnector([2, 2], [2, 2], [1, 2], weight_kernel=0.5, delay_kernel=[[4.0, 2.0]])
    projection = sim.Projection(source, cells, connector, sim.StaticSynapse())
    # of an even side the second is the target's own place
    delays = {(0, 0): 2.0, (0, 1): 4.0, (1, 1): 2.0, (2, 2): 2.0, (2, 3): 4.0, (3, 3): 2.0}
    assert {(i, j): delay for i, j, delay in projection.get("delay", "list")} == delays
    assert set(projection.get("weight", "list", with_address=False)) == {0.5}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shape_kernel": 3}, "shape_kernel must be two whole numbers, of rows and of columns, not 3"),
        ({"shape_pre": (2, 0)}, "shape_pre, each must be a whole number of at least 1, not 0"),
        ({"weight_kernel": [1.0, 2.0]}, r"weight_kernel must be one number, or 2 rows of 2 .* the shape \(2,\)"),
        (
            {"delay_kernel": "short"},
            "delay_kernel must be one number, or 2 rows .* not 'short'",
        ),
    ],
)
def test_shapes_that_are_none_are_refused(changes: Any, message: str) -> None:
    shapes = {"shape_pre": (3, 3), "shape_post": (3, 3), "shape_kernel": (2, 2)}
    with pytest.raises(SpinnakerError, match=f"KernelConnector: {message}"):
        sim.KernelConnector(**shapes | changes)
