"""PyNN's own connector code, for connectors that have no array form: CSA and the user's own.

PyNN connects one postsynaptic cell at a time. The calls are collected and joined once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from brianhw.errors import PyNNError

__all__ = ["Collector", "connected_by_pynn"]


class Collector:
    """Stands for a projection while a connector connects it, and keeps what it is told."""

    def __init__(self, projection: Any) -> None:
        self._projection = projection
        self._calls: list[tuple[np.ndarray, int, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        if name == "_projection":  # while it is copied
            raise AttributeError(name)
        return getattr(self._projection, name)

    def __len__(self) -> int:
        return sum(len(sources) for sources, _, _ in self._calls)

    def _convergent_connect(
        self, presynaptic_indices: Any, postsynaptic_index: Any, location_selector: Any = None, **parameters: Any
    ) -> None:
        """Note the connections from some cells to one cell. Arguments as in PyNN."""
        if location_selector is not None:
            raise PyNNError(
                f"{self._projection.label}: location_selector= needs multi-compartment cells, there are none."
            )
        sources = _indices(presynaptic_indices, self._projection.pre)
        target = int(_index(postsynaptic_index, self._projection.post))
        self._calls.append((sources, target, parameters))

    def collected(self) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
        """Return sources, targets and native parameters of all connections, by target."""
        self._calls.sort(key=lambda call: call[1])
        none = [np.empty(0, dtype=np.int32)]
        counts = [len(sources) for sources, _, _ in self._calls]
        i = np.concatenate(none + [sources for sources, _, _ in self._calls])
        j = np.repeat(np.array([target for _, target, _ in self._calls], dtype=np.int32), counts)
        names = list(dict.fromkeys(name for _, _, parameters in self._calls for name in parameters))
        return i, j, {self._native(name): self._joined(name, counts) for name in names}

    def _joined(self, name: str, counts: list[int]) -> Any:
        given = [parameters.get(name, np.nan) for _, _, parameters in self._calls]
        if all(np.ndim(value) == 0 for value in given) and len({float(value) for value in given}) == 1:
            return float(given[0])
        parts = [np.broadcast_to(np.asarray(value, float), n) for value, n in zip(given, counts, strict=True)]
        return np.concatenate(parts)

    def _native(self, name: str) -> str:
        translations = getattr(self._projection.synapse_type, "translations", {})
        natives = {entry["translated_name"] for entry in translations.values()}
        return name if name in natives or name not in translations else translations[name]["translated_name"]


def _indices(sources: Any, cells: Any) -> np.ndarray:
    if isinstance(sources, np.ndarray) and sources.dtype == bool:
        return np.flatnonzero(sources).astype(np.int32)
    if len(sources) and hasattr(sources[0], "as_view"):
        sources = [_index(source, cells) for source in sources]
    return np.asarray(sources).astype(np.int32)


def _index(cell: Any, cells: Any) -> Any:
    """Return the index of a cell given by index or, as PyNN's CSA connector does, by its ID object."""
    return cells.id_to_index(cell) if hasattr(cell, "as_view") else cell


def connected_by_pynn(connector: Any, projection: Any) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Run the connector's own ``connect``; return sources, targets and native parameters."""
    collector = Collector(projection)
    connector.connect(collector)
    return collector.collected()
