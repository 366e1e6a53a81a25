"""What is recorded of a population, and the Neo data made of it.

While a network runs its monitors hold the data; when it is released, or a monitor begins anew, the recorder keeps them
in chunks. ``get_data`` puts chunks and monitors together. Sample *k* is the state at the time ``k*dt``, and a cell's
spike has the time at the end of the step in which it was found, as in NEST.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import neo
import numpy as np
import quantities as pq
from pyNN import recording
from pyNN.recording import Variable
from pyNN.standardmodels.cells import SpikeSourceArray

from brianhw.errors import PyNNError
from brianhw.pynn import simulator
from brianhw.pynn.building.monitors import Chunk
from brianhw.pynn.checks.domains import POSITIVE, check_gather, number
from brianhw.pynn.checks.refusals import KindRefused, RecordingRefused, ValueRefused, as_ours
from brianhw.pynn.models.trains import flattened
from brianhw.pynn.simulator import state

if TYPE_CHECKING:
    from brianhw.pynn.spike_trains import SortedSpikeTrains

__all__ = ["Recorder"]

SPIKES = "spikes"


FORMATS = (".pkl", ".pickle", ".nix", ".h5", ".nwb", ".mat")  # that pyNN.recording.get_io knows


def opened(owner: str, file: Any) -> Any:
    """Return one of Neo's files: *file* itself, or that of this name.

    Raises
    ------
    ValueRefused
        If the end of the name is that of no format.
    """
    if not isinstance(file, str | Path):
        return file
    if Path(file).suffix not in FORMATS:
        raise ValueRefused(f"{owner}: {str(file)!r} is in no format that data can be written in: {', '.join(FORMATS)}.")
    return recording.get_io(str(file))


class _Asked(list[Any]):
    """The variables that data are asked for, as PyNN lists them; a name is among them, too.

    PyNN 0.13 looks for the names of signals of earlier segments in a list of variables, and finds none of them.
    """

    def __contains__(self, thing: object) -> bool:
        if isinstance(thing, str):
            return any(each.name == thing for each in self)
        return super().__contains__(thing)


class _Segments(recording.DataCache):
    """The segments of earlier runs, each given out as a copy.

    PyNN 0.13 takes what was not asked for out of the segment that it has been given, and so out of later answers.
    """

    def __iter__(self) -> Iterator[neo.Segment]:
        return (_copied(segment) for segment in super().__iter__())


def _copied(segment: neo.Segment) -> neo.Segment:
    """Return a segment of its own with the same data."""
    other = neo.Segment(
        name=segment.name, description=segment.description, rec_datetime=segment.rec_datetime, **segment.annotations
    )
    other.analogsignals.extend(segment.analogsignals)
    other.events.extend(segment.events)
    other.spiketrains = copy(segment.spiketrains)
    return other


class Recorder(recording.Recorder):
    """Records a population; views of it record through it, too."""

    _simulator = simulator

    def __init__(self, population: Any, file: Any = None) -> None:
        super().__init__(population, file)
        self.cache = _Segments()
        self._chunks: dict[str, list[Chunk]] = {}
        self._spikes: list[tuple[np.ndarray, np.ndarray]] = []  # (indices of cells, times in ms)
        self._begin = 0  # the step from which on data count
        # up to here, the times given to a spike source are in _spikes; a source has no spikes before it is made
        self.made_at = float(state.t)  # ms
        self._given_until = np.nextafter(self.made_at, -1.0)

    def _localize_variables(self, variables: Any, locations: Any) -> list[Any]:
        return _Asked(super()._localize_variables(variables, locations))

    # -- what to record -----------------------------------------------------------------------------

    def record(
        self, variables: Any, ids: Iterable[Any], sampling_interval: float | None = None, locations: Any = None
    ) -> None:
        """Record *variables* of the cells *ids*, too; all or nothing."""
        label = self.population.label
        state.require(self.population, label)
        if locations is not None:
            raise PyNNError(f"{label}: locations= needs multi-compartment cells, there are none.")
        if sampling_interval is not None:
            sampling_interval = self._on_grid(number(f"{label}: sampling_interval", sampling_interval, POSITIVE, "ms"))
        with as_ours(label):
            self._check_sampling_interval(sampling_interval)
        if isinstance(variables, str) and variables == "all":
            variables = list(self.population.celltype.recordable)
        wanted = self._localize_variables(self._names(variables), locations)
        for variable in wanted:
            if not self.population.can_record(variable.name, variable.location):
                known = ", ".join(self.population.celltype.recordable) or "none"
                raise RecordingRefused(
                    f"{label}: {type(self.population.celltype).__name__} has no variable {variable.name!r} to record. "
                    f"Known: {known}."
                )
        if sampling_interval is not None:
            self.sampling_interval = sampling_interval
        cells = set(np.asarray(ids, dtype=np.int64).tolist())
        if state.step and isinstance(self.population.celltype, SpikeSourceArray):
            self.keep_given_spikes()  # of cells that were not recorded until now, only later ones count
        for variable in wanted:
            self.recorded[variable] = self.recorded[variable] | cells
        if state.network is not None:
            state.network.recording_changed(self.population)

    def _names(self, variables: Any) -> list[str]:
        """Return names of variables, of one or of several."""
        names = [variables] if isinstance(variables, str) else variables
        if not (np.iterable(names) and all(isinstance(each, str) for each in names)):
            raise KindRefused(
                f"{self.population.label}: variables are named by a text or a list of texts, not by {variables!r}."
            )
        return list(names)

    def _on_grid(self, interval: float) -> float:
        steps = round(interval / state.dt)
        if steps < 1 or abs(steps * state.dt - interval) > 1e-9 * interval:
            raise PyNNError(
                f"{self.population.label}: a sampling interval of {interval} ms was asked for; it must be a multiple "
                f"of the time step, {state.dt} ms."
            )
        return interval

    @property
    def interval(self) -> int:
        """The steps from one sample to the next."""
        return max(round(self.sampling_interval / state.dt), 1)

    def cells_of(self, variable: str) -> np.ndarray:
        """Return the indices of the cells of which *variable* is recorded, ascending."""
        ids = self.recorded.get(Variable(variable, None, None), ())
        return np.sort(np.fromiter(ids, dtype=np.int64, count=len(ids))) - int(self.population.first_id)

    @property
    def signals(self) -> list[str]:
        """The names of the recorded variables other than spikes."""
        return [variable.name for variable in self.recorded if variable.name != SPIKES]

    @property
    def records_spikes(self) -> bool:
        return any(variable.name == SPIKES for variable in self.recorded)

    def filter_recorded(self, variable: Variable, filter_ids: Any) -> set[int]:
        recorded = self.recorded[variable]
        return recorded if filter_ids is None else recorded & set(np.asarray(filter_ids, dtype=np.int64).tolist())

    def _reset(self) -> None:
        self.recorded.clear()
        if state.network is not None:
            state.network.recording_changed(self.population)

    # -- data ---------------------------------------------------------------------------------------

    def get(self, *arguments: Any, **options: Any) -> neo.Block:
        """Return the data as Neo's block; arguments as in PyNN.

        Raises
        ------
        PyNNError
            If there can be none: nothing has run yet, or ``setup()`` has been called since.
        """
        label = self.population.label
        state.require(self.population, label)
        if arguments or "variables" in options:
            self._check_recorded(arguments[0] if arguments else options["variables"])
        if not state.running and not list(self.cache):
            raise PyNNError(f"{self.population.label}: there are no data yet. Call run() first.")
        return super().get(*arguments, **options)

    def count(self, variable: Any, gather: Any = True, filter_ids: Any = None) -> dict[int, int]:
        check_gather(str(self.population.label), gather)
        counts: dict[int, int] = super().count(variable, gather, filter_ids)
        return counts

    def _check_recorded(self, variables: Any) -> None:
        """Raise if data are asked for that these cells cannot have; of what was not recorded there are none."""
        if variables == "all":
            return
        for name in self._names(variables):
            if name not in self.population.celltype.recordable:
                raise RecordingRefused(
                    f"{self.population.label}: {type(self.population.celltype).__name__} has no variable {name!r}. "
                    f"Known: {', '.join(self.population.celltype.recordable)}."
                )

    def keep(self, chunks: dict[str, list[Chunk]], spikes: tuple[np.ndarray, np.ndarray] | None) -> None:
        """Take data over from monitors that end."""
        for name, more in chunks.items():
            self._chunks.setdefault(name, []).extend(more)
        if spikes is not None and len(spikes[0]):
            self._spikes.append(spikes)

    def keep_given_spikes(self) -> None:
        """Keep what recorded cells of a spike source have sent: times, or who is recorded, are about to change."""
        indices, times = self._given_spikes()
        sent_until = (state.step - 1 + 1e-6) * state.dt  # later ones are sent in the step that is to come
        sent = (times <= sent_until) & np.isin(indices, self.cells_of(SPIKES))
        if sent.any():
            self._spikes.append((indices[sent], times[sent]))
        self._given_until = max(self._given_until, sent_until)

    def _given_spikes(self) -> tuple[np.ndarray, np.ndarray]:
        indices, times = flattened(self.population._values["spike_times"], self.population.size)
        begin = max(self._given_until, self.begin_ms if self._begin else -1.0)
        now = (times > begin) & (times <= state.t)
        return indices[now], times[now]

    @property
    def begin_ms(self) -> float:
        return float(state.grid.time_at(self._begin))

    def _all_spikes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return cell indices and times (ms) of all spikes since the recording began."""
        parts = list(self._spikes)
        if isinstance(self.population.celltype, SpikeSourceArray):
            parts.append(self._given_spikes())
        elif state.network is not None:
            found = state.network.spikes_of(self.population)
            if found is not None:
                parts.append(found)
        if not parts:
            return np.empty(0, dtype=np.int64), np.empty(0)
        if len(parts) == 1:
            return parts[0]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])

    def _spikes_of(self, filter_ids: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return ids and times of the spikes of recorded cells, and the sorted ids of these cells."""
        variable = Variable(SPIKES, None, None)
        wanted = self.filter_recorded(variable, filter_ids)
        ids = np.sort(np.fromiter(wanted, dtype=np.int64, count=len(wanted)))
        indices, times = self._all_spikes()
        first = int(self.population.first_id)
        if len(ids) < self.population.size:
            mask = np.zeros(self.population.size, dtype=bool)
            mask[ids - first] = True
            chosen = mask[indices]
            indices, times = indices[chosen], times[chosen]
        return indices + first, times, ids

    def _signal(self, name: str, cells: np.ndarray) -> tuple[np.ndarray, int]:
        """Return the samples of a variable, shape (samples, cells), and the step of the first.

        What was not recorded at the time, of a cell that was added later, is not a number.
        """
        chunks = list(self._chunks.get(name, ()))
        if state.network is not None:
            chunks += state.network.chunks_of(self.population, name)
        elif state.released is not None:
            chunks += state.released.last_of(self.population, name)
        chunks = [chunk for chunk in chunks if len(chunk.samples)]
        if not chunks:
            return np.empty((0, len(cells))), self._begin
        if len(chunks) == 1 and np.array_equal(chunks[0].cells, cells):
            return chunks[0].samples, chunks[0].start
        every, start = self.interval, min(chunk.start for chunk in chunks)
        end = max(chunk.start + every * len(chunk.samples) for chunk in chunks)
        samples = np.full(((end - start) // every, len(cells)), np.nan)
        for chunk in chunks:
            _, here, there = np.intersect1d(cells, chunk.cells, assume_unique=True, return_indices=True)
            first = (chunk.start - start) // every
            samples[first : first + len(chunk.samples), here] = chunk.samples[:, there]
        return samples, start

    def _get_current_segment(self, filter_ids: Any = None, variables: Any = "all", clear: bool = False) -> neo.Segment:
        segment = neo.Segment(
            name=f"segment{state.segment_counter:03d}",
            description=self.population.describe(),
            rec_datetime=datetime.now(),
        )
        for variable in self.recorded:
            if variables != "all" and variable not in variables:
                continue
            if variable.name == SPIKES:
                segment.spiketrains = self._spike_trains(filter_ids)
                segment.spiketrains.segment = segment
            else:
                signal = self._analog_signal(variable, filter_ids)
                if signal is not None:
                    segment.analogsignals.append(signal)
                    signal.segment = segment
        return segment

    def _spike_trains(self, filter_ids: Any) -> SortedSpikeTrains:
        from brianhw.pynn.spike_trains import SortedSpikeTrains  # and with it Neo

        channels, times, ids = self._spikes_of(filter_ids)
        return SortedSpikeTrains.from_spike_time_array(
            times,
            channels,
            ids,
            t_stop=state.t * pq.ms,
            units="ms",
            t_start=self._recording_start_time,
            source_population=self.population.label,
            source_index=ids - int(self.population.first_id),
        )

    def _analog_signal(self, variable: Variable, filter_ids: Any) -> neo.AnalogSignal | None:
        wanted = self.filter_recorded(variable, filter_ids)
        ids = np.sort(np.fromiter(wanted, dtype=np.int64, count=len(wanted)))
        cells = ids - int(self.population.first_id)
        samples, start = self._signal(variable.name, cells)
        if not samples.size:
            return None
        units = self.population.find_units(variable)
        return neo.AnalogSignal(
            samples,
            units="dimensionless" if units == "unknown" else units,
            t_start=state.grid.time_at(start) * pq.ms,
            sampling_period=self.sampling_interval * pq.ms,
            name=variable.name,
            channel_ids=ids,
            source_population=self.population.label,
            array_annotations={"channel_index": cells},
        )

    def _local_count(self, variable: Variable, filter_ids: Any = None) -> dict[int, int]:
        state.require(self.population, self.population.label)
        channels, _, ids = self._spikes_of(filter_ids)
        if not len(ids):
            return {}
        counts = np.bincount(channels - ids[0], minlength=ids[-1] - ids[0] + 1)[ids - ids[0]]
        return dict(zip(ids.tolist(), counts.tolist(), strict=True))

    # -- forgetting ---------------------------------------------------------------------------------

    def _forget(self, begin: int) -> None:
        self._chunks.clear()
        self._spikes.clear()
        self._begin = begin

    def _clear_simulator(self) -> None:
        """Forget all data up to now."""
        self._forget(state.step)
        self._given_until = state.t
        if state.network is not None:
            state.network.forget(self.population, state.step)

    def store_to_cache(self, annotations: Any = None) -> None:
        """Keep the data since the last ``clear`` as a segment: the time is about to go back to zero."""
        if state.step > self._begin:
            segment = self._get_current_segment()
            segment.annotate(**(annotations or {}))
            self.cache.store(segment)
        self._forget(0)
        self.made_at, self._given_until = 0.0, -1.0
        self._recording_start_time = 0.0 * pq.ms
        if state.network is not None:
            state.network.forget(self.population, 0)
