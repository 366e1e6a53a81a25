"""Connections between populations that are images, through a small kernel that is moved over the source's pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from pyNN.random import RandomDistribution

from brianhw.errors import SpinnakerError
from brianhw.spinnaker.connectors import FromListConnector
from brianhw.spinnaker.counts import whole

__all__ = ["KernelConnector", "kernel_pairs"]


class Grid(NamedTuple):
    """Rows or columns of an image within common coordinates: where its first one lies, and how far apart they are."""

    size: int
    start: int
    step: int


def _along(pre: Grid, post: Grid, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows (or columns) of sources, of targets and of the kernel that belong together."""
    targets, kernel = np.repeat(np.arange(post.size), size), np.tile(np.arange(size), post.size)
    common = post.start + targets * post.step
    centre = -((pre.start - common) // pre.step)  # the first source at or after the target
    sources = centre + kernel - size // 2
    there = (sources >= 0) & (sources < pre.size) & ((sources - pre.start) % pre.step == 0)
    return sources[there], targets[there], kernel[there]


def kernel_pairs(pre: tuple[Grid, Grid], post: tuple[Grid, Grid], shape: tuple[int, int]) -> tuple[np.ndarray, ...]:
    """Return the index of the source, of the target and of the kernel's element of each connection.

    Parameters
    ----------
    pre, post : (Grid, Grid)
        Rows and columns of both images, whose neurons are counted row by row.
    shape : (int, int)
        Rows and columns of the kernel.
    """
    (pre_row, post_row, row), (pre_column, post_column, column) = (
        _along(pre[axis], post[axis], shape[axis]) for axis in (0, 1)
    )
    return (
        np.add.outer(pre_row * pre[1].size, pre_column).ravel(),
        np.add.outer(post_row * post[1].size, post_column).ravel(),
        np.add.outer(row * shape[1], column).ravel(),
    )


class KernelConnector(FromListConnector):
    """Connect each target with the sources around its place, with weights and delays of a kernel.

    A target's place among the sources is in the middle of the kernel (of even sides, after the middle); what of the
    kernel lies beyond the edge is left out.

    Parameters
    ----------
    shape_pre, shape_post, shape_kernel : (int, int)
        Rows and columns. Neurons are counted row by row.
    weight_kernel, delay_kernel : array, shape *shape_kernel*, number or distribution, optional
        In nA or uS and in ms; without them the synapses say it. A distribution is drawn once for each element.
    shape_common : (int, int), optional
        The vendor's; the coordinates that both populations lie in have no edge of their own.
    pre_sample_steps_in_post, post_sample_steps_in_pre : (int, int), optional
        How far apart the rows and columns of the sources that count, and of the targets, lie in common coordinates.
    pre_start_coords_in_post, post_start_coords_in_pre : (int, int), optional
        Where the first ones lie.
    safe, space, verbose, callback
        As the vendor has them; without meaning but for *safe* and *callback*, which are PyNN's.

    Raises
    ------
    SpinnakerError
        If a shape is none, or a kernel has another one.

    Source: sPyNNaker, kernel_connector.py (2023), which goes through all pairs of neurons.
    """

    def __init__(
        self,
        shape_pre: Any,
        shape_post: Any,
        shape_kernel: Any,
        weight_kernel: Any = None,
        delay_kernel: Any = None,
        shape_common: Any = None,
        pre_sample_steps_in_post: Any = None,
        pre_start_coords_in_post: Any = None,
        post_sample_steps_in_pre: Any = None,
        post_start_coords_in_pre: Any = None,
        safe: bool = True,
        space: Any = None,
        verbose: bool = False,
        callback: Callable[[float], None] | None = None,
    ) -> None:
        kernel = _two("shape_kernel", shape_kernel, 1)
        if shape_common is not None:
            _two("shape_common", shape_common, 1)
        steps = _two("pre_sample_steps_in_post", pre_sample_steps_in_post or (1, 1), 1)
        starts = _two("pre_start_coords_in_post", pre_start_coords_in_post or (0, 0), 0)
        pre = tuple(map(Grid, _two("shape_pre", shape_pre, 1), starts, steps))
        steps = _two("post_sample_steps_in_pre", post_sample_steps_in_pre or (1, 1), 1)
        starts = _two("post_start_coords_in_pre", post_start_coords_in_pre or (0, 0), 0)
        post = tuple(map(Grid, _two("shape_post", shape_post, 1), starts, steps))
        i, j, element = kernel_pairs(pre, post, kernel)  # type: ignore[arg-type]
        given = {"weight": _values("weight_kernel", weight_kernel, kernel)}
        given["delay"] = _values("delay_kernel", delay_kernel, kernel)
        columns = {name: values.ravel()[element] for name, values in given.items() if values is not None}
        super().__init__(
            np.column_stack([i, j, *columns.values()]), column_names=tuple(columns), safe=safe, callback=callback
        )


def _two(name: str, value: Any, least: int) -> tuple[int, int]:
    found = list(value) if np.iterable(value) and not isinstance(value, str) else []
    if len(found) != 2:
        raise SpinnakerError(
            f"KernelConnector: {name} must be two whole numbers, of rows and of columns, not {value!r}."
        )
    rows, columns = (whole("KernelConnector", f"{name}, each", each, least) for each in found)
    return rows, columns


def _values(name: str, value: Any, shape: tuple[int, int]) -> np.ndarray | None:
    """Return a number for each element of the kernel."""
    if value is None:
        return None
    if isinstance(value, RandomDistribution):
        return np.asarray(value.next(shape[0] * shape[1]), dtype=float).reshape(shape)
    try:
        found = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.shape not in ((), shape):
        raise SpinnakerError(
            f"KernelConnector: {name} must be one number, or {shape[0]} rows of {shape[1]} as shape_kernel says; "
            f"{'it has the shape ' + str(found.shape) if found.size else f'not {value!r}'}."
        )
    return np.broadcast_to(found, shape)
