"""The options of ``set_device("brianhw", ...)``; where one is not given, the preference that it stands for holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brian2 import prefs

from brianhw.device.library.preferences import MODES
from brianhw.errors import RequestError, unknown_name

__all__ = ["Options"]

#: Each option, and the preference that it stands for.
OPTIONS = {
    "mode": "devices.brianhw.mode",
    "cache": "devices.brianhw.cache",
    "require_compiler": "devices.brianhw.require_compiler",
    "openmp_threads": "devices.brianhw.openmp_threads",
}
#: Options of Brian2's standalone device that have no meaning here, so that a script need only change the name.
WITHOUT_MEANING = frozenset(
    "additional_source_files clean compile debug directory profile results_directory run run_args with_output".split()
)


class Options:
    """The options in force."""

    def __init__(self) -> None:
        self._given: dict[str, Any] = {}

    def accept(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Take the options of ``set_device``; return them.

        Raises
        ------
        UnknownNameError
            If one is unknown.
        RequestError
            If one has an impossible value.
        """
        for name in options:
            if name not in OPTIONS and name not in WITHOUT_MEANING:
                raise unknown_name("The brianhw device", "option", name, OPTIONS)
        if options.get("mode", "fast") not in MODES:
            raise RequestError(f"The brianhw device has the modes {' and '.join(MODES)}, not {options['mode']!r}.")
        for name in options.keys() & OPTIONS.keys():
            value, default = options[name], prefs[OPTIONS[name]]
            if type(value) is not type(default) or (isinstance(value, int) and value < 0):
                wanted = {bool: "True or False", int: "a number from 0 on", str: "a name"}[type(default)]
                raise RequestError(f"The brianhw device takes {wanted} for {name}, not {value!r}.")
        self._given = {name: options[name] for name in OPTIONS if name in options}
        return dict(options)

    def __getitem__(self, name: str) -> Any:
        return self._given[name] if name in self._given else prefs[OPTIONS[name]]

    def deciding(self) -> tuple[Any, ...]:
        """Return those that decide how libraries are built."""
        return tuple(self[name] for name in ("mode", "openmp_threads"))
