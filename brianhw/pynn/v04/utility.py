"""The stop watch of PyNN 0.4."""

from __future__ import annotations

import time

__all__ = ["Timer"]

UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


class Timer:
    """A stop watch, which runs from when it is made."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start timing."""
        self._start = time.perf_counter()

    def elapsedTime(self, format: str | None = None) -> float | str:
        """Return the seconds since the start and go on; with the format ``"long"``, in words."""
        seconds = time.perf_counter() - self._start
        return self.time_in_words(seconds) if format == "long" else seconds

    def reset(self) -> None:
        """Set the time to zero, and go on."""
        self.start()

    @staticmethod
    def time_in_words(s: float) -> str:
        """Return a time in seconds as days, hours, minutes and seconds.

        >>> Timer.time_in_words(123)
        '2 minutes, 3 seconds'
        """
        parts, left = [], int(s)
        for name, size in UNITS:
            number, left = divmod(left, size)
            if number:
                parts.append(f"{number} {name}{'s' if number > 1 else ''}")
        return ", ".join(parts) or "0 seconds"
