"""The device's Brian2 preferences, ``prefs.devices.brianhw``."""

from __future__ import annotations

from brian2 import prefs
from brian2.core.preferences import BrianPreference

__all__ = ["MODES"]

MODES = ("fast", "strict")


def _is_flags(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(flag, str) for flag in value)


prefs.register_preferences(
    "devices.brianhw",
    "Preferences of the brianhw device",
    mode=BrianPreference(
        default="fast",
        validator=lambda value: value in MODES,
        docs="""
        How to compile: "fast" lets the compiler reorder sums, use vector instructions and treat the smallest numbers
        as zero; "strict" computes as the NumPy target does, to the bit.
        """,
    ),
    cache=BrianPreference(
        default=True,
        docs="Whether to keep compiled models in the user's cache folder and use them again.",
    ),
    require_compiler=BrianPreference(
        default=False,
        docs="Whether a missing C++ compiler is an error. By default simulations then run as NumPy code.",
    ),
    extra_compile_args=BrianPreference(
        default=[],
        validator=_is_flags,
        docs="Further flags for the compiler, after all others.",
    ),
    openmp_threads=BrianPreference(
        default=0,
        validator=lambda value: isinstance(value, int) and value >= 0,
        docs="The number of threads that share the work of large groups and many synapses; 0 or 1 for one.",
    ),
)
