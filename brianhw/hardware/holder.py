"""A chip, as what it holds knows it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np

from brianhw.allocation import Plan
from brianhw.chips import ChipDescription
from brianhw.hardware.pairs import Pairs
from brianhw.model import NeuronModel

__all__ = ["Holder"]


class Holder(Protocol):
    """What cores, populations and connections ask of their chip."""

    name: str
    description: ChipDescription
    model: NeuronModel
    parameters: dict[str, Any]
    shared: tuple[str, ...]
    plan: Plan
    random: Any

    @property
    def brian_name(self) -> str:
        """The name as Brian2 allows names."""

    @property
    def live_connections(self) -> Mapping[str, Any]:
        """The connections by name, as they are at any time."""

    @property
    def objects(self) -> list[Any]:
        """All that is on the chip now."""

    def __getitem__(self, name: str) -> Any:
        """Return a population by its name."""

    def core(self, number: int | str) -> Any:
        """Return one core."""

    def free(self, allocated: Any) -> None:
        """Give a population or connection back."""

    def kept_random_state(self) -> AbstractContextManager[None]:
        """Put the random numbers back if the block raises."""

    def planned(
        self, name: str, source: Any, target: Any, synapse_type: str, pairs: Pairs, weights: np.ndarray
    ) -> Plan:
        """Return the plan with these synapses added to a connection, or raise."""

    def planned_weights(self, connection: Any, weights: np.ndarray) -> Plan:
        """Return the plan in which a connection has these weights, or raise."""

    def planned_anew(self, connection: Any, pairs: Pairs, weights: np.ndarray) -> Plan:
        """Return the plan in which a connection has these synapses, or raise."""

    def adopt(self, plan: Plan) -> None:
        """Make *plan* the chip's plan."""
