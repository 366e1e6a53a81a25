"""SpiNNaker as the PyNN back end sees it: every network is planned, then made of integer models."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from pyNN.standardmodels.synapses import ElectricalSynapse

from brianhw.allocation.spinnaker import Amount, Plan, make_plan, raw_weights
from brianhw.errors import SpinnakerError, SpinnakerWarning
from brianhw.pynn.realisation import FromPyNN, Realisation
from brianhw.pynn.synapses import Pathway, SynapseRealisation, StaticSynapse
from brianhw.spinnaker.describe import (
    cell_name,
    is_made_on_chip,
    parts_of,
    population_request,
    projection_request,
)
from brianhw.spinnaker.plasticity import plasticity_of

__all__ = ["SpiNNaker"]


class SpiNNaker:
    """The chip that a script runs on.

    Parameters
    ----------
    arithmetic : str
        ``"integer"``, the chip's, or ``"float"``, which keeps the chip's limits but loses nothing.
    time_scale_factor : float
        How much slower than real time the chip runs.
    boards, chips : int, optional
        How many there are.
    synapse_cores : int, optional
        Of each core of neurons.
    strict : bool
        Whether a loss is an error.

    Attributes
    ----------
    planned : Plan or None
        Of the last network.
    """

    def __init__(
        self,
        arithmetic: str = "integer",
        *,
        time_scale_factor: float = 1.0,
        boards: int | None = None,
        chips: int | None = None,
        synapse_cores: int | None = None,
        strict: bool = False,
    ) -> None:
        if arithmetic not in ("integer", "float"):
            raise SpinnakerError(f"setup(): arithmetic must be 'integer' or 'float', not {arithmetic!r}.")
        self.arithmetic, self.time_scale_factor = arithmetic, time_scale_factor
        self.boards, self.chips = boards, chips
        self.synapse_cores, self.strict = synapse_cores, strict
        self.per_core: dict[str, int] = {}
        self.planned: Plan | None = None
        self._timestep = 1.0
        self._weights: dict[Any, Amount] = {}  # of plastic synapses, as they were before they changed

    # -- the hooks of the back end ------------------------------------------------------------------

    def plan(self, state: Any) -> None:
        """Lay out everything that the script has described.

        Raises
        ------
        SpinnakerError
            If it does not fit or cannot be done; in strict mode also if something is lost.
        """
        self._timestep = state.dt
        for projection in state.projections:
            self._check(projection)
        populations = [population_request(each, self.per_core, self.synapse_cores) for each in state.populations]
        projections = []
        for projection in state.projections:
            for part in parts_of(projection):
                known = self._weights.get((projection, part.pre, part.post))
                request = projection_request(part, known if projection.origin.get("weight") == "synapses" else None)
                if request.plasticity:
                    self._weights[projection, part.pre, part.post] = request.weight
                projections.append(request)
        self.planned = make_plan(
            populations,
            projections,
            state.dt,
            time_scale_factor=self.time_scale_factor,
            boards=self.boards,
            chips=self.chips,
        )
        if self.arithmetic == "integer":
            for projection in state.projections:
                self._say_losses(projection)

    def cells(self, population: Any) -> Realisation:
        """Return the cells in integers, or in floating point."""
        cell_name(population.celltype, population.label)
        kind = type(population.celltype)
        if self.arithmetic == "float":
            found: Realisation = kind.realisation
            return replace(found, spike_lag=0)  # the chip notes a spike at the time at which its step begins
        assert self.planned is not None
        shifts = self.planned.populations[population.label].left_shifts
        made: Realisation = kind.chip.realisation(self._timestep, shifts)
        return made

    def synapses(self, projection: Any, post: Any) -> SynapseRealisation:
        """Return the synapses in raw integers, or in floating point with the sign of the receptor."""
        receptor = projection.receptor_type
        entry, unit = post.realisation.receptors[receptor]
        sign = -1.0 if np.any(np.less(projection.asked("weight"), 0)) else 1.0  # as the script writes them
        if self.arithmetic == "float":
            found: SynapseRealisation = projection.synapse_type.realise(entry, unit, "")
            down = -1.0 if self._goes_down(post.population, receptor) else 1.0
            weight = FromPyNN(lambda values: down * np.abs(values["weight"]), "1")
            return replace(found, parameters={**found.parameters, "weight": weight}, weight=("weight", sign * down))
        scale = self.scale(post.population, receptor)
        raw = partial(self._raw, projection=projection, scale=scale)
        return SynapseRealisation(
            "weight_raw : integer           # 16 bits, unsigned",
            {"transmit": Pathway(f"{entry}_post += weight_raw", "total")},
            {"weight_raw": FromPyNN(raw, "1")},
            weight=("weight_raw", sign / scale),
        )

    # -- weights ------------------------------------------------------------------------------------

    def scale(self, population: Any, receptor: str) -> float:
        """Return the raw integer of a weight of 1 nA or 1 uS."""
        assert self.planned is not None
        return self.planned.populations[population.label].weight_scales[receptor]

    def _raw(self, values: Any, projection: Any, scale: float) -> Any:
        raw, _ = raw_weights(values["weight"], scale, on_host=not is_made_on_chip(projection))
        return raw

    @staticmethod
    def _goes_down(population: Any, receptor: str) -> bool:
        """Say whether the floating-point model counts the weights of a receptor below zero."""
        return receptor == "inhibitory" and not population.celltype.conductance_based

    # -- what the chip cannot do --------------------------------------------------------------------

    def _check(self, projection: Any) -> None:
        kind = projection.synapse_type
        plasticity_of(kind)
        if isinstance(kind, ElectricalSynapse):
            raise SpinnakerError(f"{projection.label}: SpiNNaker has no electrical synapses.")
        if not isinstance(kind, StaticSynapse) and not hasattr(kind, "timing_dependence"):
            raise SpinnakerError(
                f"{projection.label}: SpiNNaker's software has no {type(kind).__name__}; its synapses are static or "
                "plastic by a rule of STDP."
            )

    def _say_losses(self, projection: Any) -> None:
        for part in parts_of(projection):
            asked = np.asarray(part.values("weight"), dtype=float)
            scale = self.scale(part.post, projection.receptor_type)
            raw, wrapped = raw_weights(asked, scale, on_host=not is_made_on_chip(projection))
            zeroed = np.count_nonzero((raw == 0) & (asked != 0))
            if zeroed:
                count = f"{zeroed} of {asked.size} weights" if asked.ndim else "all weights"
                smallest = np.abs(asked[asked != 0]).min()
                self._say(
                    projection,
                    f"{count} become 0 on SpiNNaker: the smallest is {smallest:g}, one step of {part.post.label}'s "
                    f"{projection.receptor_type} ring buffer is {1 / scale:g}. Larger weights of the same receptor, or more "
                    "of them, make the steps coarse.",
                )
            if np.any(wrapped):
                self._say(projection, f"weights of up to {np.abs(asked).max():g} pass 16 bits and lose their upper bits.")

    def _say(self, projection: Any, message: str) -> None:
        if self.strict:
            raise SpinnakerError(f"{projection.label}: {message}")
        warnings.warn(f"{projection.label}: {message}", SpinnakerWarning, stacklevel=2)
