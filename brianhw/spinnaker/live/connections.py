"""What a script sends spikes and rates with, and receives spikes with, while a network runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any

import numpy as np

from brianhw.errors import SpinnakerError
from brianhw.pynn.checks.domains import NOT_NEGATIVE, number
from brianhw.spinnaker.counts import for_chip, whole
from brianhw.spinnaker.live.callbacks import Deliveries, logger

__all__ = ["NOTIFY_PORT", "Connection", "SpynnakerLiveSpikesConnection", "SpynnakerPoissonControlConnection"]

NOTIFY_PORT = 19999  # of connections and of what tells them about a run, where a script names none
FREE_PORTS = count(50001)  # numbers that connections without a port are known by

#: Connections that a run tells of itself, by their port.
known: dict[int, Connection] = {}


class Connection:
    """What both kinds of connection share: labels, ports and callbacks.

    Attributes
    ----------
    local_port : int
        By which a population names the connection that is told of a run; no port of this machine is opened.
    run : Run or None
        The run that it has been told of.
    sends_rates : bool
        Whether it sends rates to Poisson sources, and not spikes to injectors.
    """

    sends_rates = False

    kinds: tuple[str, ...] = ("init", "start", "pause", "receive", "receive without time")
    local_ip_address = "0.0.0.0"

    def __init__(
        self, receive_labels: Iterable[str] | None, send_labels: Iterable[str] | None, local_port: int | None
    ) -> None:
        self.receive_labels = _labels(receive_labels)
        self.send_labels = _labels(send_labels)
        free = (each for each in FREE_PORTS if each not in known)
        self.local_port = next(free) if local_port is None else whole("A live connection", "local_port", local_port, 0)
        self.deliveries = Deliveries(f"{type(self).__name__} at port {self.local_port}")
        self.run: Any = None
        self.early: list[tuple[str, np.ndarray, float]] = []  # spikes with a time, sent before a run
        self._callbacks: dict[str, dict[str, list[Callable[..., Any]]]] = {kind: {} for kind in self.kinds}
        self._lost: set[str] = set()
        before = known.get(self.local_port)
        if before is not None:
            logger.warning("A new connection takes the place of that at port %s. Close it first.", self.local_port)
            before.close()
        known[self.local_port] = self

    @property
    def labels(self) -> list[str]:
        """The labels of all populations that it is about."""
        return list(dict.fromkeys([*self.receive_labels, *self.send_labels]))

    def population_of(self, label: str) -> str:
        """Return the label of a population as it is in the network."""
        return label

    def add_send_label(self, label: str) -> None:
        """Send to the population *label*, too."""
        self.send_labels += [label] if label not in self.send_labels else []

    def add_receive_label(self, label: str) -> None:
        """Receive from the population *label*, too."""
        self.receive_labels += [label] if label not in self.receive_labels else []

    # -- callbacks ----------------------------------------------------------------------------------

    def add_init_callback(self, label: str, init_callback: Callable[..., Any]) -> None:
        """Call a function before the first run.

        Its arguments are the label, the number of neurons, how long the run is in ms (-1 if it has no end) and the time
        step in ms.
        """
        self._add("init", label, init_callback)

    def add_start_resume_callback(self, label: str, start_resume_callback: Callable[..., Any]) -> None:
        """Call a function in a thread of its own when a run begins; its arguments are the label and the connection."""
        self._add("start", label, start_resume_callback)

    add_start_callback = add_start_resume_callback

    def add_pause_stop_callback(self, label: str, pause_stop_callback: Callable[..., Any]) -> None:
        """Call a function in a thread of its own when a run ends; its arguments are the label and the connection."""
        self._add("pause", label, pause_stop_callback)

    def _add(self, kind: str, label: str, callback: Any) -> None:
        allowed = self.receive_labels if kind.startswith("receive") else self.labels
        if label not in allowed:
            raise SpinnakerError(f"{self}: there is no label {label!r} among those it was made with: {allowed}.")
        if not callable(callback):
            raise SpinnakerError(f"{self}: a callback must be a function, not {callback!r}.")
        self._callbacks[kind].setdefault(label, []).append(callback)

    def callbacks(self, kind: str) -> list[tuple[str, Callable[..., Any]]]:
        """Return label and function of all callbacks of a *kind*, in the order of labels."""
        found = self._callbacks[kind]
        return [(label, callback) for label in self.labels for callback in found.get(label, ())]

    def callbacks_of(self, kind: str, label: str) -> Sequence[Callable[..., Any]]:
        """Return those of one label."""
        return self._callbacks[kind].get(label, ())

    # -- sending ------------------------------------------------------------------------------------

    def _now(self, label: str) -> Any:
        """Return the run at hand; if there is none, say that what was sent is lost."""
        if self.run is None and label not in self._lost:
            self._lost.add(label)
            logger.warning("%s: nothing runs, what is sent to %s is lost.", self, label)
        return self.run

    def _check_label(self, label: str) -> None:
        if label not in self.send_labels:
            raise SpinnakerError(f"{self}: it sends to {self.send_labels or 'nobody'}, not to {label!r}.")

    def close(self) -> None:
        """Hear of no more runs."""
        if known.get(self.local_port) is self:
            del known[self.local_port]
        self.run = None
        self.deliveries.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__} at port {self.local_port}"


class SpynnakerLiveSpikesConnection(Connection):
    """Sends spikes to populations of ``SpikeInjector`` and receives those of others while a network runs.

    Parameters
    ----------
    receive_labels : list of str, optional
        Of populations for which ``activate_live_output_for`` is called.
    send_labels : list of str, optional
        Of populations of ``SpikeInjector``.
    local_port : int, optional
        A number, by default 19999, as that of populations. With ``None`` it is one of its own: give them
        ``database_notify_port_num=connection.local_port``.
    local_host, live_packet_gather_label
        The vendor's; they are about the network between board and host.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> live = sim.external_devices
    >>> rank = sim.setup(timestep=1.0, device="runtime", live="simulated")
    >>> connection = live.SpynnakerLiveSpikesConnection(receive_labels=["source"], local_port=None)
    >>> connection.add_receive_callback("source", lambda label, step, cells: print(f"{label}: {cells} in step {step}"))
    >>> source = sim.Population(2, sim.SpikeSourceArray(spike_times=[[3.0, 7.0], [7.0]]), label="source")
    >>> live.activate_live_output_for(source, database_notify_port_num=connection.local_port)
    >>> now = sim.run(10)
    source: [0] in step 3
    source: [0, 1] in step 7
    >>> connection.close()
    """

    def __init__(
        self,
        receive_labels: Iterable[str] | None = None,
        send_labels: Iterable[str] | None = None,
        local_host: Any = None,
        local_port: int | None = NOTIFY_PORT,
        live_packet_gather_label: Any = None,
    ) -> None:
        super().__init__(receive_labels, send_labels, local_port)

    def add_receive_callback(
        self, label: str, live_event_callback: Callable[..., Any], translate_key: bool = True
    ) -> None:
        """Call a function for each step in which neurons of *label* spike.

        Its arguments are the label, the number of the step and the list of these neurons.
        """
        _refuse_keys(translate_key)
        self._add("receive", label, live_event_callback)

    def add_receive_no_time_callback(
        self, label: str, live_event_callback: Callable[..., Any], translate_key: bool = True
    ) -> None:
        """Call a function for each spike of a population whose live output has no time.

        Its arguments are the label, the neuron and the payload, ``None``.
        """
        _refuse_keys(translate_key)
        self._add("receive without time", label, live_event_callback)

    def send_spike(
        self, label: str, neuron_id: int, send_full_keys: bool = False, *, time: float | None = None
    ) -> None:
        """Let one neuron spike; see :meth:`send_spikes`."""
        self.send_spikes(label, [neuron_id], send_full_keys, time=time)

    def send_spikes(
        self, label: str, neuron_ids: Iterable[int], send_full_keys: bool = False, *, time: float | None = None
    ) -> None:
        """Let neurons of a population of injectors spike in the step that is next.

        Parameters
        ----------
        label : str
            One of ``send_labels``.
        neuron_ids : list of int
            One that stands there twice spikes twice.
        send_full_keys : bool
            The vendor's; it makes no difference here.
        time : float, optional
            In ms: when they spike. Such spikes may be sent before a run, too.

        Raises
        ------
        SpinnakerError
            If there is no such label or neuron, or the time is over.
        """
        self._check_label(label)
        cells = np.atleast_1d(np.asarray(list(neuron_ids) if not np.isscalar(neuron_ids) else neuron_ids))
        if cells.size and not np.issubdtype(cells.dtype, np.integer):
            raise SpinnakerError(f"{self}: neurons are whole numbers, not {neuron_ids!r}.")
        cells = cells.astype(np.int64)
        if time is not None:
            time = for_chip(number, f"{self}: the time of a spike", time, NOT_NEGATIVE, "ms")
        if time is not None and self.run is None:
            self.early.append((label, cells, time))
            return
        run = self._now(label)
        if run is not None:
            run.send(label, cells, time)

    send_event, send_events = send_spike, send_spikes


class SpynnakerPoissonControlConnection(Connection):
    """Changes rates of Poisson sources while a network runs.

    Parameters
    ----------
    poisson_labels : list of str, optional
        Of populations for which ``add_poisson_live_rate_control`` is called.
    local_port : int, optional
        As for :class:`SpynnakerLiveSpikesConnection`.
    control_label_extension : str
        What is put behind these labels where callbacks are given them, as by the vendor's software.
    local_host
        The vendor's.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> live = sim.external_devices
    >>> rank = sim.setup(timestep=1.0, device="runtime", live="simulated")
    >>> connection = live.SpynnakerPoissonControlConnection(poisson_labels=["noise"], local_port=None)
    >>> connection.add_start_resume_callback("noise", lambda label, connection: connection.set_rate("noise", 1, 0.0))
    >>> noise = sim.Population(2, sim.SpikeSourcePoisson(rate=500.0), label="noise")
    >>> live.add_poisson_live_rate_control(noise, database_notify_port_num=connection.local_port)
    >>> noise.record("spikes")
    >>> now = sim.run(100)
    >>> connection.close()
    >>> len(noise[1:].spinnaker_get_data("spikes"))
    0
    """

    kinds = ("init", "start", "pause")
    sends_rates = True

    def __init__(
        self,
        poisson_labels: Iterable[str] | None = None,
        local_host: Any = None,
        local_port: int | None = NOTIFY_PORT,
        control_label_extension: str = "_control",
    ) -> None:
        self.extension = control_label_extension
        super().__init__(None, [self._control(each) for each in _labels(poisson_labels)], local_port)

    def _control(self, label: str) -> str:
        return label if label.endswith(self.extension) else f"{label}{self.extension}"

    def population_of(self, label: str) -> str:
        """Return the label of a population as it is in the network."""
        return label.removesuffix(self.extension)

    def add_poisson_label(self, label: str) -> None:
        """Change rates of the population *label*, too."""
        self.add_send_label(self._control(label))

    def _add(self, kind: str, label: str, callback: Any) -> None:
        super()._add(kind, self._control(label), callback)

    def add_receive_callback(self, label: str, live_event_callback: Any, translate_key: bool = True) -> None:
        """Refuse: it receives nothing."""
        raise SpinnakerError(f"{self}: it receives nothing; use a SpynnakerLiveSpikesConnection for spikes.")

    def set_rate(self, label: str, neuron_id: int, rate: float) -> None:
        """Give one source a rate; see :meth:`set_rates`."""
        self.set_rates(label, [(neuron_id, rate)])

    def set_rates(self, label: str, neuron_id_rates: Iterable[tuple[int, float]]) -> None:
        """Give sources their rates in Hz from the next step on.

        Parameters
        ----------
        label : str
            Of the population, with or without the extension.
        neuron_id_rates : list of (int, float)
            Source and rate.

        Raises
        ------
        SpinnakerError
            If there is no such label or source, or a rate makes no sense.
        """
        control = self._control(label)
        self._check_label(control)
        rates = [
            (int(cell), for_chip(number, f"{self}: the rate of neuron {cell}", rate, NOT_NEGATIVE, "Hz"))
            for cell, rate in neuron_id_rates
        ]
        run = self._now(control)
        if run is not None:
            run.set_rates(self.population_of(control), rates)


def _labels(labels: Iterable[str] | None) -> list[str]:
    given = [] if labels is None else [labels] if isinstance(labels, str) else labels
    found = list(given) if isinstance(given, Iterable) else [given]
    if not all(isinstance(each, str) for each in found):
        raise SpinnakerError(f"A live connection's labels must be a list of the labels of populations, not {labels!r}.")
    return found


def _refuse_keys(translate_key: bool) -> None:
    if not translate_key:
        raise SpinnakerError("translate_key=False asks for the chip's keys; without a board there are only neurons.")
