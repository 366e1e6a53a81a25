"""Neo's spike trains, as PyNN's data have them here."""

from __future__ import annotations

from typing import Any

import neo
import numpy as np
from neo.core.spiketrainlist import SpikeTrainList

__all__ = ["SortedSpikeTrains", "SpikeTrain"]


class SpikeTrain(neo.SpikeTrain):
    """Neo's spike train, which ``numpy.sort`` (and so Matplotlib's ``eventplot``) can sort; Neo's own in a pickle."""

    def sort(self, axis: Any = -1, kind: Any = None, order: Any = None, stable: Any = None) -> None:
        """Sort the times, as Neo does; there is one axis, and one order."""
        super().sort()

    def __reduce__(self) -> Any:
        function, arguments = super().__reduce__()
        return function, (neo.SpikeTrain, *arguments[1:])


class SortedSpikeTrains(SpikeTrainList):
    """Neo's list of spike trains, in which one train is made without searching all spikes, and without the others.

    Read from a pickle it is Neo's own.
    """

    _items: list[Any] | None

    def __reduce_ex__(self, protocol: Any) -> Any:
        plain = {name: value for name, value in self.__dict__.items() if name not in ("_sorted", "_made")}
        return SpikeTrainList, (), plain

    def __getitem__(self, index: Any) -> Any:
        if self._items is None and isinstance(index, int | np.integer):
            return self._train(range(len(self))[index])
        return super().__getitem__(index)

    def _spiketrains_from_array(self) -> None:
        number = 0 if self._spike_time_array is None else len(self._all_channel_ids)
        self._items = [self._train(place) for place in range(number)]

    def _train(self, place: int) -> SpikeTrain:
        made = self.__dict__.setdefault("_made", {})
        if place not in made:
            times, bounds = self._by_channel()
            train = SpikeTrain(
                times[bounds[place] : bounds[place + 1]],
                units=times.units,
                source_population=self._annotations["source_population"],
                source_index=int(self._annotations["source_index"][place]),
                channel_id=int(self._all_channel_ids[place]),
                **self._spiketrain_metadata,
            )
            train.segment = self.segment
            made[place] = train
        return made[place]

    def _by_channel(self) -> tuple[Any, np.ndarray]:
        """Return all times, sorted by channel, and where each channel begins; the channels ascend."""
        if "_sorted" not in self.__dict__:
            channels, times = np.asarray(self._channel_id_array), self._spike_time_array
            order = np.lexsort((np.asarray(times), channels))
            bounds = np.searchsorted(channels[order], [*self._all_channel_ids, np.inf], "left")
            self._sorted = times[order], bounds
        return self._sorted
