"""Activity in text files: spikes and currents read, spikes, weights and states written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any, NamedTuple

import numpy as np

from brianhw.errors import EdlutError

__all__ = ["Activity", "Driver", "MonitorDriver", "SpikeDriver", "WeightDriver", "read_activity"]


MOST_EVENTS = 10**8  # of a line: gigabytes


class Activity(NamedTuple):
    """Events: times in s, global indices of neurons and, of currents, values in pA."""

    times: np.ndarray
    neurons: np.ndarray
    values: np.ndarray | None
    file_name: str = ""


def read_activity(file_name: str, with_values: bool) -> Activity:
    """Return the events that a file describes.

    Raises
    ------
    EdlutError
        If there is no such file, or a line is not as expected.
    """
    _check_name(file_name)
    try:
        with open(file_name, encoding="utf-8") as file:
            lines = [line.split() for line in file]
    except OSError as error:
        raise EdlutError(f"The activity file {file_name!r} cannot be read: {error.strerror}.") from error
    found = [(number, line) for number, line in enumerate(lines, 1) if line and not line[0].startswith(("#", "//"))]
    wanted = "time count interval first_neuron neurons" + (" current" if with_values else "")
    but = ", save the current" if with_values else ""
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    number = 0
    try:
        number, words = found[0] if found else (0, [])
        (total,) = map(int, words)
        for number, words in found[1 : total + 1]:  # noqa: B007 - for the message
            time, count, interval, first, neurons, *value = words
            if len(value) != int(with_values):
                raise ValueError
            if min(int(count), int(neurons), float(time), float(interval)) < 0:
                raise ValueError
            if int(count) * int(neurons) > MOST_EVENTS:
                raise EdlutError(
                    f"The activity file {file_name!r}, line {number}, asks for {int(count) * int(neurons)} events; a "
                    f"line stands for {MOST_EVENTS} at most."
                )
            times = float(time) + float(interval) * np.arange(int(count))
            senders = np.arange(int(first), int(first) + int(neurons))
            parts.append(
                (
                    np.repeat(times, len(senders)),
                    np.tile(senders, len(times)),
                    np.full(len(times) * len(senders), float(value[0]) if value else 0.0),
                )
            )
        if len(found) - 1 != total:
            number = found[min(len(found) - 1, total)][0]
            raise ValueError
    except (ValueError, IndexError):
        raise EdlutError(
            f"The activity file {file_name!r} is not as expected near line {number}. It begins with the number of "
            f"lines that follow; each of them is: {wanted}; none of these is negative{but}."
        ) from None
    if not parts:
        return Activity(np.empty(0), np.empty(0, int), np.empty(0) if with_values else None, file_name)
    times, senders, values = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Activity(times, senders, values if with_values else None, file_name)


def _check_name(file_name: Any) -> None:
    if not isinstance(file_name, str):
        raise EdlutError(f"The name of a file of activity is a string, not {file_name!r}.")


class Driver:
    """What writes to a file while the simulation runs."""

    wants_states = False

    def __init__(self, file_name: str) -> None:
        _check_name(file_name)
        self.file_name = file_name
        self._file: IO[str] | None = None

    def open(self) -> None:
        """Make the file.

        Raises
        ------
        EdlutError
            If it cannot be written.
        """
        try:
            self._file = open(self.file_name, "w", encoding="utf-8")  # noqa: SIM115 - it stays open for the simulation
        except OSError as error:
            raise EdlutError(f"The file {self.file_name!r} cannot be written: {error.strerror}.") from error

    def _write(self, lines: Iterator[str]) -> None:
        assert self._file is not None
        self._file.writelines(f"{line}\n" for line in lines)
        self._file.flush()

    def times_between(self, start: float, end: float) -> Iterator[float]:
        """Yield the times after *start* up to *end* at which it has to write."""
        return iter(())

    def write(self, simulation: Any, time: float) -> None:
        """Write what there is at one of these times."""

    def write_until(self, simulation: Any) -> None:
        """Write what has come since."""

    def take_spikes(self, output: tuple[np.ndarray, np.ndarray], logged: tuple[np.ndarray, np.ndarray]) -> None:
        """Take the spikes of output and of logged layers since the last call."""


class SpikeDriver(Driver):
    """Writes the spikes of output layers."""

    def write_until(self, simulation: Any) -> None:
        simulation._collect()

    def take_spikes(self, output: tuple[np.ndarray, np.ndarray], logged: tuple[np.ndarray, np.ndarray]) -> None:
        self._write(f"{time:.9g} {neuron}" for time, neuron in zip(*output, strict=True))


class WeightDriver(Driver):
    """Writes all weights at regular times."""

    def __init__(self, file_name: str, period: float) -> None:
        super().__init__(file_name)
        self._period = period
        self._next = 1

    def times_between(self, start: float, end: float) -> Iterator[float]:
        while self._next * self._period <= end:
            yield self._next * self._period
            self._next += 1

    def write(self, simulation: Any, time: float) -> None:
        self._write(iter([" ".join(f"{value:.9g}" for value in (time, *simulation.GetWeights()))]))


class MonitorDriver(Driver):
    """Writes spikes or states of logged layers."""

    def __init__(self, file_name: str, with_states: bool) -> None:
        super().__init__(file_name)
        self.wants_states = with_states
        self._written: dict[int, int] = {}

    def write_until(self, simulation: Any) -> None:
        if not self.wants_states:
            simulation._collect()
            return
        for layer, table in simulation._network.logged_states():
            done = self._written.get(layer.number, 0)
            if not done and len(table["t_s"]):
                columns = ["t_s", "neuron", *(name for name in table if name != "t_s")]
                self._write(iter([f"# layer {layer.number}: " + " ".join(columns)]))
            names = [name for name in table if name != "t_s"]
            for row in range(done, len(table["t_s"])):
                self._write(
                    f"{table['t_s'][row]:.9g} {layer.first + k} "
                    + " ".join(f"{table[name][row, k]:.9g}" for name in names)
                    for k in range(layer.size)
                )
            self._written[layer.number] = len(table["t_s"])

    def take_spikes(self, output: tuple[np.ndarray, np.ndarray], logged: tuple[np.ndarray, np.ndarray]) -> None:
        if not self.wants_states:
            self._write(f"{time:.9g} {neuron}" for time, neuron in zip(*logged, strict=True))
