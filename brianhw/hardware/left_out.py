"""What lies on a chip and is in no network: a run says so, since its result would be zeros.

Brian2's ``collect()`` and ``run()`` find what a variable names. A connection in a list, a dict or an attribute is not
found, and the population that should hear it stays silent without a word.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any
from weakref import WeakSet

import brian2
from brian2.core.base import BrianObject
from brian2.core.magic import MagicNetwork
from brian2.core.network import Network
from brian2.devices.device import Device

from brianhw.errors import ChipWarning
from brianhw.hardware.allocated import Holder
from brianhw.hardware.connection import Connection
from brianhw.hardware.population import Population

__all__ = ["left_out", "watch"]

_chips: WeakSet[Holder] = WeakSet()
_told: WeakSet[Population | Connection] = WeakSet()
_LIBRARIES = tuple(os.path.join(each, "") for each in (*brian2.__path__, str(Path(__file__).parents[1])))


def watch(chip: Holder) -> None:
    """Have each run from now on say, once for each object, what of *chip* it leaves out."""
    _chips.add(chip)
    if not hasattr(Device, "network_before_run"):
        # Brian2 asks its device for this first, whichever it is; no device has its own
        Device.network_before_run = _before_run


def _before_run(device: Device, network: Network, namespace: Mapping[str, Any]) -> None:
    Network.before_run.original_function(network, namespace)
    if not _untold(network):
        return
    gc.collect()  # a chip that the script has replaced may still be waiting to go
    for chip, missing in _untold(network):
        _told.update(missing)
        _warn(chip, network, missing)


def _untold(network: Network) -> list[tuple[Holder, list[Population | Connection]]]:
    found = ((chip, [each for each in left_out(chip, network) if each not in _told]) for chip in list(_chips))
    return [(chip, missing) for chip, missing in found if missing]


# -- what is left out -------------------------------------------------------------------------------


def left_out(chip: Holder, network: Network) -> list[Population | Connection]:
    """Return what of *chip* is in no network, though it sends to something in *network* or hears or shows it.

    What is linked only to something left out is left out as well; what has no link to the network, another one may
    still run. An empty network, in which nothing was found, leaves out all that has a connection or a monitor.
    """
    missing = [each for each in chip.objects if _could_do_something(each)]
    if not missing:
        return []
    held = _held()
    missing = [each for each in missing if each.id not in held]
    running = list(network)
    reached = {each.id for each in running}
    wanted = _dependencies(running or _live(BrianObject))
    found: set[Population | Connection] = set()
    while True:
        near = {each for each in missing if each.id in wanted or each._dependencies & reached} - found
        if not running:
            near |= {each for each in missing if isinstance(each, Connection)} - found
        if not near:
            return [each for each in missing if each in found]
        found |= near
        reached |= {each.id for each in near}
        wanted |= _dependencies(near)


def _could_do_something(each: Population | Connection) -> bool:
    has_synapses = not isinstance(each, Connection) or len(each.asked_weights) > 0
    return each._network is None and each.active and has_synapses


def _held() -> set[Any]:
    """Return the keys of all that is in any network."""
    # a network may be on its way in or out of being
    return {each.id for network in _live(Network) if hasattr(network, "objects") for each in network}


def _live(kind: Any) -> list[Any]:
    """Return all of Brian2's objects of a class; a copy, since Python may collect some of them meanwhile."""
    found = [reference() for reference in list(kind.__instances__())]
    return [each for each in found if each is not None]


def _dependencies(objects: Any) -> set[Any]:
    """Return the keys of all that any of *objects* refers to."""
    return {key for each in objects for key in getattr(each, "_dependencies", ())}


# -- saying so --------------------------------------------------------------------------------------


def _warn(chip: Holder, network: Network, missing: Sequence[Population | Connection]) -> None:
    frame = _script()
    is_magic = isinstance(network, MagicNetwork)
    what = f"{_listed(missing)} on the chip and in no network, so {'it is' if len(missing) == 1 else 'they are'}"
    why = "run() finds" if is_magic else "A network holds what it was given, and collect() finds"
    line = _line_for_run(chip, frame) if is_magic else _line_for_add(chip, network, missing, frame)
    warnings.warn_explicit(
        f"{chip.name}: {what} not simulated. {why} what a variable names, not what is in a list, a dict or an "
        f"attribute. {line}{_also(missing)}",
        ChipWarning, frame.f_code.co_filename, frame.f_lineno, module=frame.f_globals.get("__name__"),
    )  # fmt: skip


def _kind(each: Any) -> str:
    if isinstance(each, Connection):
        return "connection"
    return "population" if isinstance(each, Population) else "part"  # of a board: unintended synapses, what learns


def _listed(missing: Sequence[Population | Connection]) -> str:
    names = {
        kind: [each.name for each in missing if _kind(each) == kind] for kind in ("population", "connection", "part")
    }
    parts = [f"{kind}{'s' * (len(of) > 1)} {', '.join(map(repr, of))}" for kind, of in names.items() if of]
    return f"{' and '.join(parts)} {'is' if len(missing) == 1 else 'are'}"


def _line_for_run(chip: Holder, frame: FrameType) -> str:
    return f"In the place of run(...) write: Network(collect(), {_name_in(frame, chip, 'chip')}.objects).run(...)"


def _line_for_add(chip: Holder, network: Network, missing: Sequence[Population | Connection], frame: FrameType) -> str:
    name = _name_in(frame, chip, "chip")
    if any(_kind(each) == "part" for each in missing):
        own = _name_in(frame, network, "network")
        return f"Before the run write: {own}.add([each for each in {name}.objects if each not in list({own})])"
    each = (f"{name}.{_kind(it)}s[{it.name!r}]" for it in missing)
    # all of them only where none is simulated already: Brian2 does not add such an object again
    added = f"{name}.objects" if len(missing) == len(chip.objects) else ", ".join(each)
    return f"Before the run write: {_name_in(frame, network, 'network')}.add({added})"


def _also(missing: Sequence[Population | Connection]) -> str:
    """Return what to do with monitors of what is missing, which are as easily forgotten."""
    keys = {each.id for each in missing}
    held = _held()
    names = sorted(
        repr(each.name)
        for each in _live(BrianObject)
        if keys & _dependencies([each]) and not isinstance(each, Connection) and each.id not in held
    )
    return f". Give the network {', '.join(names)} as well" if names else ""


def _name_in(frame: FrameType, thing: Any, otherwise: str) -> str:
    """Return what the script calls *thing*."""
    names = {**frame.f_globals, **frame.f_locals}
    return next((name for name, value in names.items() if value is thing and not name.startswith("_")), otherwise)


def _script() -> FrameType:
    """Return the innermost frame that is neither Brian2's nor ours."""
    frame = sys._getframe(1)
    while frame.f_back is not None and os.path.abspath(frame.f_code.co_filename).startswith(_LIBRARIES):
        frame = frame.f_back
    return frame
