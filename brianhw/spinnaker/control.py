"""Setting up, running and ending a simulation on SpiNNaker."""

from __future__ import annotations

import math
import os
from typing import Any

from brianhw.errors import SpinnakerError, unknown_name
from brianhw.pynn import control
from brianhw.pynn.checks.domains import POSITIVE, Domain, flag, number
from brianhw.pynn.checks.options import checked_timestep
from brianhw.pynn.simulator import DEFAULT_SEED, state
from brianhw.spinnaker.chip import SpiNNaker
from brianhw.spinnaker.compare import Comparison, compare_networks
from brianhw.spinnaker.counts import for_chip, whole
from brianhw.spinnaker.describe import CELLS, cell_name
from brianhw.spinnaker.live.session import Live
from brianhw.spinnaker.report import Report

__all__ = [
    "compare",
    "current_chip",
    "name",
    "report",
    "set_number_of_neurons_per_core",
    "set_number_of_synapse_cores",
    "setup",
]

DEFAULT_TIMESTEP = 1.0  # ms


def setup(
    timestep: float = DEFAULT_TIMESTEP,
    min_delay: Any = None,
    max_delay: Any = None,
    *,
    arithmetic: str = "integer",
    time_scale_factor: float | None = None,
    n_boards_required: int | None = None,
    n_chips_required: int | None = None,
    n_synapse_cores: int | None = None,
    device: str | None = None,
    device_options: dict[str, Any] | None = None,
    strict: bool = False,
    live: str | None = None,
    rng_seed: int = DEFAULT_SEED,
    progress: bool | None = None,
    **extra_params: Any,
) -> int:
    """Begin anew, and return the rank of this process, 0.

    Parameters
    ----------
    timestep : float
        In ms.
    min_delay, max_delay : float, optional
        In ms; by default one step, and no limit.
    arithmetic : str
        ``"integer"``, the chip's, or ``"float"``, which loses nothing but keeps to the chip's models and limits.
    time_scale_factor : float, optional
        How much slower than real time the chip runs.
    n_boards_required, n_chips_required : int, optional
        What there is; by default as much as the network needs.
    n_synapse_cores : int, optional
        For the synapses of each core of neurons; by default as the vendor's tool chooses.
    device, device_options, rng_seed, progress
        As in :func:`brianhw.pynn.setup`.
    strict : bool
        Whether a loss is an error: weights that become 0, delays that are rounded up, sums that saturate.
    live : str, optional
        The time in runs to which spikes come and go (:mod:`brianhw.spinnaker.external_devices`): ``"wall clock"`` (the
        default), as on the chip, or ``"simulated"``, as fast as it goes and the same each time. For scripts that do not
        say it, the environment variable ``BRIANHW_LIVE`` does.
    **extra_params
        Options of the vendor's tool that have no meaning here.

    Raises
    ------
    SpinnakerError
        If an option makes no sense.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> sim.setup(timestep=1.0, device="runtime", strict=True)
    0
    >>> cells = sim.Population(2, sim.IF_curr_exp(), label="cells")
    >>> source = sim.Population(2, sim.SpikeSourceArray(spike_times=[1, 5]), label="source")
    >>> into = sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=12.0))
    >>> cells.record("spikes")
    >>> sim.run(20)
    20.0
    >>> len(cells.spinnaker_get_data("spikes"))
    8
    """
    if "precision" in extra_params:
        raise SpinnakerError("setup() takes no precision: the chip has its own, see arithmetic=.")
    if n_boards_required is not None and n_chips_required is not None:
        raise SpinnakerError("setup() takes n_boards_required or n_chips_required, not both.")
    if time_scale_factor is not None:
        time_scale_factor = for_chip(number, "setup(): time_scale_factor", time_scale_factor, FACTOR)
    chip = SpiNNaker(
        arithmetic,
        time_scale_factor=time_scale_factor or 1.0,
        boards=_at_least_one("n_boards_required", n_boards_required),
        chips=_at_least_one("n_chips_required", n_chips_required),
        synapse_cores=None if n_synapse_cores is None else whole("setup()", "n_synapse_cores", n_synapse_cores, 0),
        strict=flag("setup(): strict", strict),
        live=Live(live or os.environ.get("BRIANHW_LIVE") or None, time_scale_factor or _automatic_factor(timestep)),
    )
    before = state.hardware
    if isinstance(before, SpiNNaker):
        before.live.refuse_to_end()
    rank = control.setup(
        timestep,
        timestep if min_delay is None else min_delay,
        max_delay="auto" if max_delay is None else max_delay,
        device=device,
        device_options=device_options,
        strict=strict,
        rng_seed=rng_seed,
        progress=progress,
        **extra_params,
    )
    if isinstance(before, SpiNNaker):
        before.live.close()
    state.hardware = chip
    return rank


def _automatic_factor(timestep: Any) -> float:
    """Return how much the vendor's tool slows down steps of less than 1 ms where a script does not say it."""
    step = checked_timestep(timestep)
    return float(math.ceil(1 / step - 1e-9)) if step < 1 else 1.0


FACTOR = Domain("be above zero and finite", POSITIVE.holds)


def _at_least_one(name: str, value: Any) -> int | None:
    """Return how many chips or boards there are; scripts compute them, and the vendor's tool takes parts of one."""
    return None if value is None else math.ceil(for_chip(number, f"setup(): {name}", value, POSITIVE))


def current_chip() -> SpiNNaker:
    """Return the chip that ``setup()`` has made.

    Raises
    ------
    SpinnakerError
        If it was not called.
    """
    if not isinstance(state.hardware, SpiNNaker):
        raise SpinnakerError("Call brianhw.spinnaker's setup() first.")
    return state.hardware


def report() -> Report:
    """Return what the network takes of the chip, and what it loses there.

    Before a run it says what is to be expected; afterwards also how often ring buffers saturated, and the load at the
    rates of those populations whose spikes were recorded.

    Raises
    ------
    SpinnakerError
        If ``setup()`` was not called, or the network does not fit.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> rank = sim.setup(timestep=1.0)
    >>> cells = sim.Population(300, sim.IF_curr_exp(), label="cells")
    >>> source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1, 5]), label="source")
    >>> into = sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=12.3))
    >>> print(sim.report())
    SpiNNaker 1, its integers, 1 ms a step: 301 neurons and 300 synapses on 3 cores of 1 chip, 1 board
    <BLANKLINE>
    population  cell              neurons  cores  smallest weight, exc / inh  saturated  load
    cells       IF_curr_exp           300      2      0.000488 / 3.05e-05 nA          0    0%
    source      SpikeSourceArray        1      1                           -          -     -
    <BLANKLINE>
    projection    synapses  weights  realised  became 0    error  delays (ms)
    source→cells       300  12.3 nA      12.3         0  1.6e-05            1
    """
    return current_chip().report(state)


def compare(simtime: float | None = None) -> Comparison:
    """Run the network from time zero in the chip's integers and in floating point, and return how they differ.

    Both have the chip's delays and step, and the same spikes of all sources. The script's own run goes on afterwards as
    if nothing had been. What was changed between two runs of the script is not changed here.

    Parameters
    ----------
    simtime : float, optional
        In ms; by default as long as the script has run.

    Raises
    ------
    SpinnakerError
        If ``setup()`` was not called or there is nothing to run.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> rank = sim.setup(timestep=1.0, device="runtime")
    >>> cells = sim.Population(2, sim.IF_curr_exp(i_offset=[0.8, 1.2]), label="cells")
    >>> print(sim.compare(200.0))
    SpiNNaker's integers and floating point over 200 ms: the spikes never part
    <BLANKLINE>
    population  spikes, chip / float      rate (Hz)           CV  same step  rate corr.  cell corr.
    cells                    12 / 12  30.00 / 30.00  0.00 / 0.00       100%        1.00        1.00
    """
    if simtime is not None:
        simtime = number("compare(): simtime", simtime, POSITIVE, "ms")
    return compare_networks(state, current_chip(), simtime)


def name() -> str:
    """Return the name of the simulator, which scripts write into titles."""
    return "brianhw.spinnaker"


def set_number_of_neurons_per_core(neuron_type: Any, max_permitted: float | None) -> None:
    """Put at most so many cells of a type on a core, from now until the next ``setup()``.

    Parameters
    ----------
    neuron_type : type or str
        A cell type or its name.
    max_permitted : int, whole float or None
        ``None`` for the default.

    Raises
    ------
    UnknownNameError, SpinnakerError
        If SpiNNaker does not have the cell type, or the number is no positive whole number.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> rank = sim.setup(timestep=1.0)
    >>> sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 64)
    >>> cells = sim.Population(200, sim.IF_curr_exp(), label="cells")
    >>> sim.report().cores
    4
    """
    chip, cell = current_chip(), _cell_of(neuron_type)
    owner = f"set_number_of_neurons_per_core({cell})"
    _put(chip.per_core, cell, max_permitted, owner, "the number of cells per core", 1)


def set_number_of_synapse_cores(neuron_type: Any, n_synapse_cores: float | None) -> None:
    """Give the synapses onto cells of a type cores of their own, from now until the next ``setup()``.

    Parameters
    ----------
    neuron_type : type or str
        A cell type or its name.
    n_synapse_cores : int, whole float or None
        For each core of neurons; 0 for none, ``None`` for what the vendor's tool chooses. A population's own
        ``n_synapse_cores`` overrides it.

    Raises
    ------
    UnknownNameError, SpinnakerError
        If SpiNNaker does not have the cell type, or the number is no whole number of at least zero.
    """
    chip, cell = current_chip(), _cell_of(neuron_type)
    owner = f"set_number_of_synapse_cores({cell})"
    _put(chip.synapse_cores_of, cell, n_synapse_cores, owner, "the number of synapse cores", 0)


def _cell_of(neuron_type: Any) -> str:
    """Return the chip's name of a cell type that may be given by name."""
    if hasattr(neuron_type, "chip"):
        return cell_name(neuron_type)
    name = neuron_type if isinstance(neuron_type, str) else getattr(neuron_type, "__name__", repr(neuron_type))
    if name not in CELLS:
        raise unknown_name("SpiNNaker", "cell type", name, CELLS)
    return str(name)


def _put(limits: dict[str, int], cell: str, number: float | None, owner: str, what: str, least: int) -> None:
    if number is None:
        limits.pop(cell, None)
    else:
        limits[cell] = whole(owner, what, number, least)
    state.release()
