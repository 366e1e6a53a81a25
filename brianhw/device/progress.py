from __future__ import annotations
from typing import Any
class Progress:
    @classmethod
    def make(cls, *a: Any) -> Progress | None:
        return None
    def update(self, done: float) -> None: ...
    def finish(self, done: float) -> None: ...
