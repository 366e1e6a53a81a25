"""What a clock is in Brian2: since 2.11 there are several kinds, and an event clock is no ``Clock``."""

from __future__ import annotations

from typing import Any

from brian2.core import clocks

__all__ = ["ANY_CLOCK"]

#: The class of all clocks.
ANY_CLOCK: Any = getattr(clocks, "BaseClock", clocks.Clock)
