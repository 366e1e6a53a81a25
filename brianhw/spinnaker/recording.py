"""What is recorded of a population on SpiNNaker: PyNN's, and which synapses form and vanish."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import neo
import numpy as np
import quantities as pq

from brianhw.pynn import recording as pynn
from brianhw.pynn.checks.refusals import RecordingRefused
from brianhw.pynn.simulator import state
from brianhw.spinnaker.structural import structure_of

__all__ = ["REWIRING", "Recorder"]

REWIRING = "rewiring"
PACKETS = "packets-per-timestep"  # that the chip's cores have received


class Recorder(pynn.Recorder):
    """Records a population; ``"rewiring"`` are the synapses onto it that form and vanish, as the vendor gives them.

    They are two of Neo's events of a segment, ``rewiring_form`` and ``rewiring_elim``, with labels such as
    ``"3_5_formation"`` of source and target.
    """

    rewired_from: int | None = None  # the step from which changes count

    def record(
        self, variables: Any, ids: Iterable[Any], sampling_interval: float | None = None, locations: Any = None
    ) -> None:
        """Record *variables* of the cells *ids*, too; changes of synapses are those onto all cells."""
        everything = isinstance(variables, str) and variables == "all"
        names = [] if everything else self._names(variables)
        if REWIRING in names and not self._may_rewire():
            raise RecordingRefused(
                f"{self.population.label}: no synapses onto it form or vanish. Make a projection with structural "
                "plasticity onto it before recording its rewiring."
            )
        if PACKETS in names:
            raise RecordingRefused(
                f"{self.population.label}: {PACKETS} is of a board's traffic, which is not simulated; report() says "
                "which load of its cores is expected."
            )
        rest = "all" if everything else [name for name in names if name != REWIRING]
        if rest:
            super().record(rest, ids, sampling_interval, locations)
        if (everything or REWIRING in names) and self.rewired_from is None:
            self.rewired_from = state.step

    def _may_rewire(self) -> bool:
        return any(each.post is self.population and structure_of(each) is not None for each in state.projections)

    def _reset(self) -> None:
        super()._reset()
        self.rewired_from = None

    def _check_recorded(self, variables: Any) -> None:
        if variables != "all":
            variables = [name for name in self._names(variables) if name != REWIRING]
        super()._check_recorded(variables)

    def _get_current_segment(self, filter_ids: Any = None, variables: Any = "all", clear: bool = False) -> neo.Segment:
        segment = super()._get_current_segment(filter_ids, variables, clear)
        # PyNN makes objects of names
        wanted = isinstance(variables, str) or any(getattr(each, "name", each) == REWIRING for each in variables)
        if wanted and self.rewired_from is not None and self._may_rewire():
            for event in self._events():
                segment.events.append(event)
        return segment

    def _signal(self, name: str, cells: np.ndarray) -> tuple[np.ndarray, int]:
        """Return the samples of a variable and the step of the first: those of steps that have been, as on the chip."""
        samples, start = super()._signal(name, cells)
        most = -(-(state.step - start) // self.interval)
        return samples[: max(most, 0)], start

    def _log(self) -> list[tuple[int, int, int, bool]]:
        dendrites = getattr(self.population, "dendrites", None)
        return [] if dendrites is None else [each for each in dendrites.log if each[0] >= (self.rewired_from or 0)]

    def changes(self) -> list[tuple[float, int, int, bool]]:
        """Return what changed: time in ms, source, target, and whether a synapse formed."""
        return [(float(state.grid.time_at(step)), pre, post, formed) for step, pre, post, formed in self._log()]

    def _events(self) -> list[neo.Event]:
        log = self._log()
        found = []
        for formed, short, word in ((True, "form", "formation"), (False, "elim", "elimination")):
            own = [each for each in log if each[3] == formed]
            labels = np.array([f"{pre}_{post}_{word}" for _, pre, post, _ in own], dtype="U")
            times = state.grid.time_at(np.array([step for step, *_ in own], dtype=np.int64))
            text = f"Synapses that {'form' if formed else 'vanish'}"
            found.append(neo.Event(times=times * pq.ms, labels=labels, name=f"{REWIRING}_{short}", description=text))
        return found

    def _clear_simulator(self) -> None:
        super()._clear_simulator()
        if self.rewired_from is not None:
            self.rewired_from = state.step

    def store_to_cache(self, annotations: Any = None) -> None:
        super().store_to_cache(annotations)
        if self.rewired_from is not None:
            self.rewired_from = 0
