"""Neurons whose spikes are sent to them while the network runs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

import numpy as np
from brian2 import Clock

from brianhw.pynn.building.groups import Group
from brianhw.pynn.building.source_groups import StepSpikes
from brianhw.pynn.models import trains
from brianhw.pynn.models.grid import Grid
from brianhw.spinnaker.counts import whole
from brianhw.spinnaker.source_type import SourceType

__all__ = ["InjectedSpikes", "SpikeInjector", "Train", "room_of", "train_of"]

LEAST_ROOM = 1024  # spikes of a population in one step


class Train:
    """The spikes that a population of injectors has had since time zero.

    They are kept so that :func:`brianhw.spinnaker.compare` can run the network again.
    """

    def __init__(self) -> None:
        self.steps: list[int] = []  # ascending
        self.cells: list[np.ndarray] = []  # of each of these steps

    def add(self, step: int, cells: np.ndarray) -> None:
        """Note the spikes of a step that comes after all others."""
        self.steps.append(step)
        self.cells.append(cells)

    def between(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """Return cells and steps of the spikes from the step *first* on, before *last*, in turns."""
        begin, end = bisect_left(self.steps, first), bisect_left(self.steps, last)
        cells = self.cells[begin:end]
        if not cells:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        steps = np.repeat(self.steps[begin:end], [len(each) for each in cells])
        return trains.by_step(np.concatenate(cells), steps)

    def clear(self) -> None:
        """Forget all: the time is zero again."""
        self.steps.clear()
        self.cells.clear()


def train_of(population: Any) -> Train:
    """Return what a population of injectors has been sent."""
    train: Train = population.__dict__.setdefault("_sent", Train())
    return train


def room_of(size: int) -> int:
    """Return how many spikes *size* injectors may have in one step."""
    return max(2 * size, LEAST_ROOM)


class InjectedSpikes(Group):
    """Injectors in Brian2: before each step they are given the spikes that have been sent."""

    brian: StepSpikes
    has_several_spikes = True

    def __init__(self, population: Any, grid: Grid, clock: Clock) -> None:
        super().__init__(population, grid, clock)
        self.brian = StepSpikes(self.size, room_of(self.size), clock)

    def prepare(self, first: int, last: int) -> int:
        cells, steps = train_of(self.population).between(first, last)
        if len(steps):
            self.brian.set_steps(cells, steps)
        return last

    def can_take(self, names: Iterable[str]) -> bool:
        return True

    def copy_state(self, other: Group) -> None:
        """There is none: the spikes are those that are still to come."""


class SpikeInjector(SourceType):
    """Neurons that spike when a spike is sent to them, by ``SpynnakerLiveSpikesConnection.send_spike``.

    Parameters
    ----------
    notify : bool
        Whether a connection is told of the run.
    database_notify_port_num : int, optional
        The ``local_port`` of the connection that is told; by default 19999, as that of connections.
    database_notify_host, database_ack_port_num, port, virtual_key, reserve_reverse_ip_tag
        The vendor's; they are about the network between board and host.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> rank = sim.setup(timestep=1.0, device="runtime", live="simulated")
    >>> connection = sim.external_devices.SpynnakerLiveSpikesConnection(send_labels=["in"], local_port=None)
    >>> cell = sim.external_devices.SpikeInjector(database_notify_port_num=connection.local_port)
    >>> injectors = sim.Population(3, cell, label="in")
    >>> injectors.record("spikes")
    >>> connection.send_spike("in", 2, time=4.0)
    >>> now = sim.run(10)
    >>> connection.close()
    >>> injectors.spinnaker_get_data("spikes").tolist()  # cell, time in ms
    [[2.0, 4.0]]
    """

    source_group = InjectedSpikes

    def __init__(
        self,
        notify: bool = True,
        database_notify_host: Any = None,
        database_notify_port_num: int | None = None,
        database_ack_port_num: Any = None,
        *,
        port: Any = None,
        virtual_key: Any = None,
        reserve_reverse_ip_tag: Any = False,
    ) -> None:
        super().__init__()
        if database_notify_port_num is not None:
            database_notify_port_num = whole("SpikeInjector", "database_notify_port_num", database_notify_port_num, 0)
        self.notify, self.notify_port = notify, database_notify_port_num
