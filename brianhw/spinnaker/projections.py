"""Projections on SpiNNaker: PyNN's, that know the vendor's options."""

from __future__ import annotations

from typing import Any

from brianhw.pynn import projections as pynn

__all__ = ["Projection"]


class Projection(pynn.Projection):
    """Synapses between two populations. Arguments as in PyNN.

    ``download_synapses`` and ``partition_id`` are the vendor's and say how synapses reach the host, which makes no
    difference here.
    """

    def __init__(self, *arguments: Any, download_synapses: bool = False, partition_id: Any = None, **more: Any) -> None:
        super().__init__(*arguments, **more)
