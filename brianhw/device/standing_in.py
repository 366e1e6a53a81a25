"""The brianhw device in the place of Brian2's ``cpp_standalone``, for scripts that ask for the latter by its name.

It is ``brianhw_device`` with all its state. What only a script for the C++ program can use, such as its folder, is
refused: it would be empty here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from brian2 import prefs
from brian2.devices.device import all_devices, get_device

from brianhw.device.device import BrianHWDevice, brianhw_device
from brianhw.errors import RequestError

__all__ = ["StandIn", "in_place_of_standalone"]

STANDALONE = "cpp_standalone"


def _refusal(what: str) -> RequestError:
    return RequestError(
        f"{what} belongs to the C++ program of {STANDALONE}, and the brianhw device, which stands in for it, writes "
        "none. Use `brianhw run --device as-written` to let Brian2 build and run its program."
    )


def _of_the_program(name: str) -> property:
    """Return an attribute that is refused; not by ``AttributeError``, of which Brian2's ``device`` makes a dummy."""

    def refuse(device: StandIn) -> None:
        raise _refusal(f"device.{name}")

    return property(refuse)


class StandIn(BrianHWDevice):
    """What ``set_device("cpp_standalone")`` finds.

    Parameters
    ----------
    say : callable
        Called each time that it becomes the device.
    """

    # its folder
    compile_source = _of_the_program("compile_source")
    copy_source_files = _of_the_program("copy_source_files")
    get_array_filename = _of_the_program("get_array_filename")
    results_dir = _of_the_program("results_dir")
    timers = _of_the_program("timers")
    write_static_arrays = _of_the_program("write_static_arrays")
    writer = _of_the_program("writer")
    # its text
    code_lines = _of_the_program("code_lines")
    code_objects = _of_the_program("code_objects")
    freeze = _of_the_program("freeze")
    main_queue = _of_the_program("main_queue")
    run_environment_variables = _of_the_program("run_environment_variables")
    run_function = _of_the_program("run_function")
    runfuncs = _of_the_program("runfuncs")
    # its arrays
    array_cache = _of_the_program("array_cache")
    arrays = _of_the_program("arrays")
    dynamic_arrays = _of_the_program("dynamic_arrays")
    dynamic_arrays_2d = _of_the_program("dynamic_arrays_2d")
    networks = _of_the_program("networks")
    static_array = _of_the_program("static_array")
    static_arrays = _of_the_program("static_arrays")

    def __init__(self, say: Callable[[], None]) -> None:
        self.__dict__ = brianhw_device.__dict__  # one device, by whichever name
        self._say_so = say

    @property
    def project_dir(self) -> None:
        """None before anything has been run, as Brian2 has it, and refused afterwards."""
        if self.has_been_run:
            raise _refusal("device.project_dir")

    def activate(self, build_on_run: bool = True, **options: Any) -> None:
        """Become Brian2's device, with the threads that Brian2's would use."""
        _check_sources(options)
        self._say_so()
        threads = prefs["devices.cpp_standalone.openmp_threads"]
        super().activate(build_on_run, **({"openmp_threads": threads} if threads else {}) | options)

    def build(self, *arguments: Any, run: bool = True, run_args: Any = None, **keywords: Any) -> None:
        """Do nothing, since each run has been built and run where it was called; run again if *run_args* are given."""
        _check_sources(keywords)
        super().build(*arguments, run=run, run_args=run_args, **keywords)

    def insert_code(self, slot: str, code: str) -> None:
        """Refuse code for a main program."""
        raise _refusal("device.insert_code")


def _check_sources(options: Mapping[str, Any]) -> None:
    if options.get("additional_source_files"):
        raise _refusal("additional_source_files")


@contextmanager
def in_place_of_standalone(say: Callable[[], None]) -> Iterator[None]:
    """Let ``set_device("cpp_standalone")`` choose the brianhw device in the block.

    Parameters
    ----------
    say : callable
        Called when that happens.
    """
    before = all_devices[STANDALONE]
    if get_device() is before:  # chosen by somebody outside, who means it
        yield
        return
    all_devices[STANDALONE] = StandIn(say)
    try:
        yield
    finally:
        all_devices[STANDALONE] = before
