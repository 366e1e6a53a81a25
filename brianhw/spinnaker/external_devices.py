"""What scripts know as ``sim.external_devices``: spikes that come and go while a network runs, without a board.

Functions and classes have the vendor's names and arguments; what they exchange stays in this process. Robots, retinas
and other devices on a board's links are refused by name.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from brianhw.errors import SpinnakerError
from brianhw.pynn.checks.domains import NOT_NEGATIVE, POSITIVE, number
from brianhw.pynn.checks.refusals import refuse_unknown
from brianhw.pynn.simulator import state
from brianhw.spinnaker.control import current_chip
from brianhw.spinnaker.counts import for_chip
from brianhw.spinnaker.live.callbacks import sleep
from brianhw.spinnaker.live.connections import SpynnakerLiveSpikesConnection, SpynnakerPoissonControlConnection
from brianhw.spinnaker.live.injector import SpikeInjector
from brianhw.spinnaker.live.session import Output, port_of
from brianhw.spinnaker.populations import Population

__all__ = [
    "EIEIOType",
    "SpikeInjector",
    "SpynnakerLiveSpikesConnection",
    "SpynnakerPoissonControlConnection",
    "activate_live_output_for",
    "activate_live_output_to",
    "add_database_socket_address",
    "add_poisson_live_rate_control",
    "continue_simulation",
    "register_database_notification_request",
    "request_stop",
    "run_forever",
    "run_sync",
    "sleep",
]

FOREVER = 2**31 - 2  # steps that a source of spikes can count

#: Devices and protocols of the vendor's module, and what the names of more of them begin with.
DEVICES = (
    "AbstractEthernet", "ArbitraryFPGADevice", "Ethernet", "ExternalCochleaDevice", "ExternalDeviceLifControl",
    "ExternalFPGARetinaDevice", "ICUB", "Munich", "PushBot", "SPIF", "protocols",
)  # fmt: skip

#: Options of ``activate_live_output_for`` that are about the network between board and host.
ABOUT_PACKETS = (
    "board_address", "port", "host", "tag", "strip_sdp", "use_prefix", "key_prefix", "prefix_type", "message_type",
    "right_shift", "use_payload_prefix", "payload_prefix", "payload_right_shift", "translate_keys", "partition_ids",
    "number_of_packets_sent_per_time_step", "label", "received_key_mask", "translated_key_right_shift",
    "database_notify_host", "database_ack_port_num",
)  # fmt: skip


class EIEIOType(IntEnum):
    """The vendor's kinds of packets, which scripts name; they make no difference here."""

    KEY_16_BIT = 0
    KEY_PAYLOAD_16_BIT = 1
    KEY_32_BIT = 2
    KEY_PAYLOAD_32_BIT = 3


def __getattr__(name: str) -> Any:
    if name.startswith(DEVICES):
        raise SpinnakerError(
            f"external_devices.{name} is for a device at a board's link or network, and without a board there is none. "
            "Spikes can be sent to SpikeInjector and received after activate_live_output_for."
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# -- what is sent while the network runs ------------------------------------------------------------


def activate_live_output_for(
    population: Any,
    database_notify_host: Any = None,
    database_notify_port_num: int | None = None,
    database_ack_port_num: Any = None,
    *,
    payload_as_time_stamps: bool = True,
    notify: bool = True,
    **packets: Any,
) -> None:
    """Send the spikes of a population, as they come, to the connections that have its label to receive.

    Parameters
    ----------
    population : brianhw.spinnaker.Population
        A whole one.
    database_notify_port_num : int, optional
        The ``local_port`` of the connection; by default 19999.
    payload_as_time_stamps : bool
        Whether spikes are sent with their time, to receive callbacks, or without, to those without time.
    notify : bool
        Whether the connection is told of the run.
    database_notify_host, database_ack_port_num, **packets
        The vendor's; they are about the network between board and host.

    Raises
    ------
    SpinnakerError, PyNNError, UnknownNameError
        If ``setup()`` was not called, it is no whole population of this network, or an argument is unknown.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> live = sim.external_devices
    >>> rank = sim.setup(timestep=1.0, device="runtime", live="simulated")
    >>> connection = live.SpynnakerLiveSpikesConnection(receive_labels=["source"], local_port=None)
    >>> heard = []
    >>> connection.add_receive_callback("source", lambda label, step, cells: heard.append((step, cells)))
    >>> source = sim.Population(2, sim.SpikeSourceArray(spike_times=[[3.0, 7.0], [7.0]]), label="source")
    >>> live.activate_live_output_for(source, database_notify_port_num=connection.local_port)
    >>> now = sim.run(10)
    >>> connection.close()
    >>> heard
    [(3, [0]), (7, [0, 1])]
    """
    live = current_chip().live
    _check_population("activate_live_output_for()", population)
    refuse_unknown("activate_live_output_for()", packets, ABOUT_PACKETS, "argument")
    output = live.outputs.setdefault(population, Output())
    output.with_time = bool(payload_as_time_stamps)
    if notify:
        output.ports.add(port_of(database_notify_port_num))


def activate_live_output_to(population: Any, device: Any, partition_id: Any = None) -> None:
    """Refuse: spikes go to an external device on the board.

    Raises
    ------
    SpinnakerError
        Always: without a board there is none.
    """
    _check_population("activate_live_output_to()", population)
    raise SpinnakerError(
        f"activate_live_output_to({population.label}, {getattr(device, 'label', device)}): without a board there is no "
        "external device. Receive the spikes with activate_live_output_for and a SpynnakerLiveSpikesConnection."
    )


def add_poisson_live_rate_control(
    poisson_population: Any,
    control_label_extension: str = "_control",
    receive_port: Any = None,
    database_notify_host: Any = None,
    database_notify_port_num: int | None = None,
    database_ack_port_num: Any = None,
    notify: bool = True,
    reserve_reverse_ip_tag: Any = False,
) -> None:
    """Let a ``SpynnakerPoissonControlConnection`` change the rates of a population of Poisson sources.

    Parameters
    ----------
    poisson_population : brianhw.spinnaker.Population
        A whole one, of ``SpikeSourcePoisson``.
    database_notify_port_num : int, optional
        The ``local_port`` of the connection; by default 19999.
    notify : bool
        Whether the connection is told of the run.
    control_label_extension, receive_port, database_notify_host, database_ack_port_num, reserve_reverse_ip_tag
        The vendor's; the connection knows its own extension.

    Raises
    ------
    SpinnakerError, PyNNError
        If ``setup()`` was not called, it is no whole population of this network, or has no rates.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> live = sim.external_devices
    >>> rank = sim.setup(timestep=1.0, device="runtime", live="simulated")
    >>> connection = live.SpynnakerPoissonControlConnection(poisson_labels=["noise"], local_port=None)
    >>> connection.add_start_resume_callback("noise", lambda label, connection: connection.set_rate("noise", 0, 0.0))
    >>> noise = sim.Population(1, sim.SpikeSourcePoisson(rate=500.0), label="noise")
    >>> live.add_poisson_live_rate_control(noise, database_notify_port_num=connection.local_port)
    >>> now = sim.run(10)
    >>> connection.close()
    >>> float(noise.get("rate"))
    0.0
    """
    live = current_chip().live
    _check_population("add_poisson_live_rate_control()", poisson_population)
    if not poisson_population.celltype.has_parameter("rate"):
        raise SpinnakerError(f"add_poisson_live_rate_control(): {poisson_population.label} has no rates.")
    live.rates.setdefault(poisson_population, set()).update({port_of(database_notify_port_num)} if notify else ())


def _check_population(owner: str, population: Any) -> None:
    if not isinstance(population, Population):
        raise SpinnakerError(f"{owner} is for a whole population, not for {population!r}.")
    state.require(population, population.label)


def add_database_socket_address(
    database_notify_host: Any = None, database_notify_port_num: int | None = None, database_ack_port_num: Any = None
) -> None:
    """Tell the connection at a port of runs, too."""
    current_chip().live.ports.add(port_of(database_notify_port_num))


def register_database_notification_request(hostname: Any, notify_port: int | None, ack_port: Any) -> None:
    """Tell the connection at a port of runs, too."""
    add_database_socket_address(hostname, notify_port, ack_port)


# -- running ----------------------------------------------------------------------------------------


def run_forever(sync_time: float = 0) -> None:
    """Run until another thread, or a callback, calls :func:`request_stop`.

    Parameters
    ----------
    sync_time : float
        In ms: after each such time wait for :func:`continue_simulation`; 0 for never.

    Raises
    ------
    SpinnakerError
        If ``setup()`` was not called, another run is going on, or what a connection expects is not there.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> live = sim.external_devices
    >>> rank = sim.setup(timestep=1.0, device="runtime", live="simulated")
    >>> connection = live.SpynnakerLiveSpikesConnection(receive_labels=["source"], local_port=None)
    >>> connection.add_receive_callback("source", lambda label, step, cells: live.request_stop())
    >>> source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]), label="source")
    >>> live.activate_live_output_for(source, database_notify_port_num=connection.local_port)
    >>> live.run_forever()
    >>> connection.close()
    >>> sim.get_current_time()  # the step of the spike is over
    6.0
    """
    _run(FOREVER, sync_time, forever=True)


def run_sync(run_time: float, sync_time: float) -> None:
    """Run for *run_time* ms, and wait for :func:`continue_simulation` after each *sync_time* ms.

    Raises
    ------
    SpinnakerError
        As :func:`run_forever`, or if a time makes no sense.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> live = sim.external_devices
    >>> rank = sim.setup(timestep=1.0, device="runtime", live="simulated")
    >>> connection = live.SpynnakerLiveSpikesConnection(receive_labels=["source"], local_port=None)
    >>> def go_on(label, connection):
    ...     live.continue_simulation()  # at any time before the run waits, or while it does
    >>> connection.add_start_resume_callback("source", go_on)
    >>> source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]), label="source")
    >>> live.activate_live_output_for(source, database_notify_port_num=connection.local_port)
    >>> live.run_sync(20.0, sync_time=10.0)  # waits at 10 ms
    >>> connection.close()
    >>> sim.get_current_time()
    20.0
    """
    run_time = for_chip(number, "run_sync(): run_time", run_time, NOT_NEGATIVE, "ms")
    _run(state.steps_until(state.t + run_time), for_chip(number, "run_sync(): sync_time", sync_time, POSITIVE, "ms"))


def _run(end: int, sync_time: float, forever: bool = False) -> None:
    chip = current_chip()
    sync_time = for_chip(number, "run_forever(): sync_time", sync_time, NOT_NEGATIVE, "ms")
    with chip.live.attending(state, end, forever=forever or bool(sync_time)):
        assert chip.live.run is not None
        chip.live.run.sync_steps = round(sync_time / state.dt)
        state.run_steps(end)


def continue_simulation() -> None:
    """Let a run that waits after its ``sync_time`` go on; any thread may call this.

    Raises
    ------
    SpinnakerError
        If nothing runs.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> live = sim.external_devices
    >>> rank = sim.setup(timestep=1.0, device="runtime", live="simulated")
    >>> connection = live.SpynnakerLiveSpikesConnection(receive_labels=["source"], local_port=None)
    >>> connection.add_receive_callback("source", lambda label, step, cells: live.continue_simulation())
    >>> source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]), label="source")
    >>> live.activate_live_output_for(source, database_notify_port_num=connection.local_port)
    >>> live.run_sync(20.0, sync_time=10.0)  # would wait at 10 ms, but the spike at 5 ms lets it go on
    >>> connection.close()
    """
    _run_at_hand("continue_simulation()").may_go_on.set()


def request_stop() -> None:
    """Let the run that is going on end after the step at hand; any thread may call this.

    Raises
    ------
    SpinnakerError
        If nothing runs.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> live = sim.external_devices
    >>> rank = sim.setup(timestep=1.0, device="runtime", live="simulated")
    >>> connection = live.SpynnakerLiveSpikesConnection(receive_labels=["source"], local_port=None)
    >>> connection.add_receive_callback("source", lambda label, step, cells: live.request_stop())
    >>> source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]), label="source")
    >>> live.activate_live_output_for(source, database_notify_port_num=connection.local_port)
    >>> sim.run(1000)
    6.0
    >>> connection.close()
    """
    _run_at_hand("request_stop()").stop()


def _run_at_hand(owner: str) -> Any:
    run = current_chip().live.run
    if run is None:
        raise SpinnakerError(
            f"{owner}: there is no run to which spikes come and go. It is for run_forever() and for runs that a "
            "connection is told of, and other threads or callbacks call it."
        )
    return run
