"""What is on a chip now: its plan, and the Brian2 groups that were made of it."""

from __future__ import annotations

from typing import Any

from brian2 import Synapses
from brian2.core.spikesource import SpikeSource

from brianhw.allocation import Plan
from brianhw.errors import ConnectionRefused
from brianhw.hardware.allocated import Allocated
from brianhw.hardware.parts import whole

__all__ = ["Register"]


class Register:
    """The plan of a chip, and the groups that are on it, by the names that the plan knows.

    Attributes
    ----------
    plan : Plan
        Empty at the start. Of all that is on the chip. Another one takes its place when what it holds is built.
    populations, connections : dict of str to Allocated
        Those that have been built. A connection without synapses is not in the plan.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.populations: dict[str, Any] = {}
        self.connections: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """What the chip is called in messages and reports."""
        return self.plan.description.name

    def has(self, population: Any) -> bool:
        """Say whether *population* is on the chip."""
        return any(each is population for each in self.populations.values())

    def sender(self, source: Any) -> tuple[str, int | None]:
        """Return the plan's name of a sender, and its size where it is not on the chip.

        Raises
        ------
        ConnectionRefused
            If it sends no spikes, or was freed.
        """
        parent = whole(source)
        if not isinstance(parent, SpikeSource):
            raise ConnectionRefused(
                f"{self.name}: {source!r} sends no spikes; give a population or a Brian2 spike source."
            )
        if self.has(parent):
            return parent.name, None
        if isinstance(parent, Allocated) and parent.is_released:
            raise ConnectionRefused(f"{self.name}: population {parent.name!r} was freed; allocate it again.")
        return parent.name, len(parent)

    def receiver(self, target: Any) -> str:
        """Return the plan's name of a target; raise :class:`ConnectionRefused` if it is not on the chip."""
        parent = whole(target)
        if self.has(parent):
            return str(parent.name)
        name = getattr(target, "name", repr(target))
        raise ConnectionRefused(
            f"{self.name}: the target {name!r} is not on this chip. Allocate it with population(...); "
            f"allocated: {', '.join(self.populations) or 'none'}."
        )

    def free(self, allocated: Any) -> None:
        """Take a population, with all connections from and to it, or a connection off the chip."""
        name = allocated.name
        if isinstance(allocated, Synapses):
            self._forget(self.plan.disconnect(name) if name in self.plan.connections else self.plan, name)
            return
        ends = {each.name: {whole(each.source), whole(each.target)} for each in self.connections.values()}
        without_pairs = [
            each for each, groups in ends.items() if allocated in groups and each not in self.plan.connections
        ]
        self._forget(self.plan.free(name), *without_pairs)
        self.populations.pop(name).release()

    def _forget(self, plan: Plan, *names: str) -> None:
        gone = (set(self.plan.connections) - set(plan.connections)) | set(names)
        self.plan = plan
        for name in gone:
            self.connections.pop(name).release()
