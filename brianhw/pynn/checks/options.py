"""The arguments of ``setup()``: what each must be, and which options of other back ends mean nothing here.

Other back ends take any option and use those they know, so that a misspelt one has no effect. Here the known ones are
listed, from the documentation of each back end; another name is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from brianhw.errors import unknown_name
from brianhw.pynn.checks.domains import NOT_NEGATIVE, POSITIVE, flag, number, numbers_of, one_of, whole
from brianhw.pynn.checks.refusals import KindRefused, ValueRefused

__all__ = ["Delays", "check_options", "checked_delays", "checked_seed", "checked_timestep"]

Check = Callable[[str, Any], Any]
AUTO = "auto"


def _any(who: str, value: Any) -> Any:
    return value


def _seeds(who: str, value: Any) -> Any:
    """Return whole numbers, one or several."""
    for each in np.ravel(np.asarray(value, dtype=object)):
        whole(who, each, 0)
    return value


def _positive(who: str, value: Any) -> float:
    return number(who, value, POSITIVE)


def _count(who: str, value: Any) -> int:
    return whole(who, value, 1)


def _time(who: str, value: Any) -> float:
    return number(who, value, NOT_NEGATIVE, "ms")


def _precision(who: str, value: Any) -> Any:
    return one_of(who, value, ("on_grid", "off_grid"))


#: Back end -> its options, and what they must be. Source: the docstrings of ``setup()`` in pyNN.nest, pyNN.neuron,
#: pyNN.brian2, pyNN.arbor and pyNN.nineml 0.13, and PyNN's examples; PyNN's documentation of 0.5 to 0.9 for the older
#: ones; sPyNNaker's ``setup()``, and the guidebook of the Neuromorphic Computing Platform, for the machines.
ELSEWHERE: Mapping[str, Mapping[str, Check]] = {
    "NEST": {
        "spike_precision": _precision,
        "verbosity": _any,
        "recording_precision": _count,
        "threads": _count,
        "rng_type": _any,
        "grng_seed": _seeds,
        "rng_seeds": _seeds,
        "rng_seeds_seed": _seeds,
        "rngseeds": _seeds,
        "t_flush": _time,
        "spike_times_precision": _any,
        "data_path": _any,
        "overwrite_files": flag,
    },
    "NEURON": {
        "use_cvode": flag,
        "rtol": _positive,
        "atol": _positive,
        "native_rng_baseseed": _seeds,
        "default_maxstep": _positive,
    },
    "PyNN": {"debug": _any, "logfile": _any, "quit_on_end": flag, "file": _any},
    "NineML": {"rank": whole, "num_processes": _count, "filename": _any, "label": _any},
    "SpiNNaker": {
        "graph_label": _any,
        "database_socket_addresses": _any,
        "db_name": _any,
        "time_scale_factor": _positive,
        "n_chips_required": _positive,
        "n_boards_required": _positive,
        "n_synapse_cores": whole,
        "hostname": _any,
        "machine_name": _any,
        "allow_delay_extensions": flag,
        "extra_algorithm_xml_paths": _any,
        "extra_mapping_inputs": _any,
        "extra_mapping_algorithms": _any,
        "extra_pre_run_algorithms": _any,
        "extra_post_run_algorithms": _any,
        "extra_load_algorithms": _any,
        "extra_algorithm_xml_path": _any,
        "model_binaries": _any,
    },
    "Brian": {"useweave": flag, "usecodegen": flag},
    "BrainScaleS": {
        "loglevel": _any,
        "marocco": _any,
        "hardware": _any,
        "useSystemSim": flag,
        "wafer": _any,
        "hicann": _any,
        "speedup": _positive,
        "speedupFactor": _positive,
        "ignoreHWParameterRanges": flag,
        "ignoreDatabase": flag,
        "maxNeuronLoss": _any,
        "maxSynapseLoss": _any,
        "hardwareNeuronSize": _any,
    },
}

#: Names that PyNN refuses, and what is meant.
MISNAMED = {"dt": "timestep", "time_step": "timestep", "mindelay": "min_delay", "maxdelay": "max_delay"}


def check_options(own: Iterable[str], options: Mapping[str, Any]) -> None:
    """Raise if an option is known nowhere, or has a value that makes no sense there; *own* are names of ours.

    Raises
    ------
    UnknownNameError, KindRefused, ValueRefused
        Naming the option and, if it is misspelt, the nearest one.
    """
    known = {name: check for options_there in ELSEWHERE.values() for name, check in options_there.items()}
    for name, value in options.items():
        if name in MISNAMED:
            raise KindRefused(f"setup(): {name} is not a valid argument; it is called {MISNAMED[name]}.")
        if name not in known:
            raise unknown_name("setup()", "argument", name, [*own, *known])
        if value is not None:
            known[name](f"setup(): {name}", value)


def checked_timestep(timestep: Any) -> float:
    """Return a time step in ms."""
    return number("setup(): the timestep", timestep, POSITIVE, "ms")


Delays = tuple[Any, Any]


def checked_delays(timestep: float, min_delay: Any, max_delay: Any) -> Delays:
    """Return the smallest and the largest delay in ms, or ``"auto"`` where they follow from the connections.

    Raises
    ------
    KindRefused, ValueRefused
        If they are no numbers, below the time step, or not in order.
    """
    found = []
    for name, value in (("min_delay", min_delay), ("max_delay", max_delay)):
        if isinstance(value, str):
            found.append(one_of(f"setup(): {name}", value, (AUTO,)))
        else:
            found.append(number(f"setup(): {name}", value, POSITIVE, "ms"))
    least, most = found
    if least != AUTO and least < timestep - 1e-9:
        raise ValueRefused(f"setup(): min_delay must be at least the timestep, {timestep:g} ms, not {least:g} ms.")
    floor = timestep if least == AUTO else least
    if most != AUTO and most < floor - 1e-9:
        name = "timestep" if least == AUTO else "min_delay"
        raise ValueRefused(f"setup(): max_delay must be at least the {name}, {floor:g} ms, not {most:g} ms.")
    return least, most


def checked_seed(who: str, seed: Any) -> Any:
    """Return a seed of NumPy's generator: a whole number below 2**32, or several."""
    if isinstance(seed, list | tuple | np.ndarray) and np.ndim(seed):
        numbers_of(who, seed)
        return [whole(who, each, 0, 2**32 - 1) for each in seed]
    return whole(who, seed, 0, 2**32 - 1)
