"""A board of DYNAP-SE1 chips as a lab has it: addresses, bias codes, mismatch, and what is delivered by accident."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from brian2.core.spikesource import SpikeSource

from brianhw.allocation import Plan
from brianhw.chips import ChipDescription
from brianhw.chips.dynapse1 import BIASES, dynapse1_board
from brianhw.chips.mismatch import Mismatch
from brianhw.equations.dpi import DPI_NEURON
from brianhw.equations.dpi_synapse import DPI_SYNAPSES
from brianhw.errors import ParameterError, RequestError, unknown_name
from brianhw.hardware.board_core import BoardCore
from brianhw.hardware.board_population import BoardPopulation, per_neuron
from brianhw.hardware.chip import Chip
from brianhw.hardware.circuits import Circuits
from brianhw.hardware.connection import Connection
from brianhw.hardware.deliveries import Deliveries
from brianhw.hardware.draft import Draft
from brianhw.hardware.pairs import Pairs
from brianhw.hardware.parts import whole
from brianhw.hardware.planning import Planning
from brianhw.hardware.population import Population
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS

__all__ = ["Board"]


class _BoardPlanning(Planning):
    """Plans of a board; where one holds, populations are where it has them, and what it delivers is delivered."""

    deliveries: Deliveries

    def adopt(self, plan: Plan) -> None:
        before = self.register.plan
        super().adopt(plan)
        for name, placement in plan.placements.items():
            old = before.placements.get(name)
            if old is not None and old != placement:
                self.register.populations[name].move(placement)
        self.deliveries.follow()


class Board(Chip):
    """A board with up to four DYNAP-SE1 chips, each of four cores of 256 DPI neurons with 64 CAM words.

    Parameters
    ----------
    chips : int
        How many chips are used, from 1 to 4.
    serial : int
        Which board: its mismatch follows from it, the same in every script.
    mismatch : float, Mismatch or None
        Coefficient of variation of what biases set, or all about it; None for an ideal board.
    aliases : {"refuse", "deliver"}
        What to do with senders of equal address that send to one core: refuse the connection, or deliver
        what the chip would.
    monitoring : bool
        Whether one SRAM word of each neuron is kept to send its spikes to the host; three are left then.
    broken_words : mapping of (chip, core, neuron) to CAM words, optional
        Which of the 64 words of a neuron do not work on this board.
    parameters : mapping of str to Quantity, optional
        Values that differ from the simulator's defaults, for all cores.
    seed : int, optional
        Seed of connections made by chance.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import Board
    >>> board = Board(serial=3, seed=7)
    >>> source = PoissonGroup(32, 80*Hz)
    >>> excitatory = board.population(64, chip=1, core=2)
    >>> into = board.connect(source, excitatory, "AMPA", p=0.25, weight=2)
    """

    _planning_type = _BoardPlanning
    _core_type = BoardCore
    _population_type = BoardPopulation

    def __init__(
        self,
        chips: int = 4,
        *,
        serial: int = 0,
        mismatch: float | Mismatch | None = 0.2,
        aliases: Literal["refuse", "deliver"] = "refuse",
        monitoring: bool = True,
        broken_words: Mapping[tuple[int, int, int], Iterable[int]] | None = None,
        parameters: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> None:
        if aliases not in ("refuse", "deliver"):
            raise unknown_name("DYNAP-SE1 board", "way to treat aliases", aliases, ("refuse", "deliver"))
        description = dynapse1_board(chips, monitoring=monitoring)
        self.silicon = mismatch if isinstance(mismatch, Mismatch) else Mismatch(serial, mismatch or 0.0)
        self._aliases = aliases == "deliver"
        self._broken_words = _numbered(description, broken_words or {})
        shared = (*description.shared, "Isoma_const")
        description = replace(description, shared=shared)
        model = per_neuron(DPI_NEURON, shared)
        self._set_up(
            Circuits(description, model, DPI_SYNAPSES, SIMULATOR_DEFAULTS | (parameters or {}), shared), seed
        )  # fmt: skip
        self._deliveries = Deliveries(self, self._circuits, self._register)
        self.planning.deliveries = self._deliveries

    # parameters that a bias decides, and those that IF_TAU1_N or IF_TAU2_N has a part in
    decided_by_biases = frozenset(each.parameter for each in BIASES.values() if each.parameter)
    decided_by_leak = ("Isoma_dpi_tau", "alpha_soma")

    def _first_plan(self) -> Plan:
        return Plan(self.description, aliases=self._aliases, broken_words=self._broken_words)

    # -- allocation -----------------------------------------------------------------------------

    def draft(self) -> Draft:
        """Return an empty draft: a whole network is asked for and then placed at once, with connections in view."""
        return Draft(self)

    def build(
        self, plan: Plan, sources: Mapping[str, SpikeSource]
    ) -> tuple[dict[str, Population], dict[str, Connection]]:
        """Put all on the board that *plan* has more than :attr:`plan`, and return it by name.

        Parameters
        ----------
        plan : Plan
            Holds all that is on the board now.
        sources : mapping of str to Brian2 spike source
            The sources outside that the plan names.

        Raises
        ------
        RequestError
            If a source is missing or has another size, or something on the board is not in the plan.
        """
        self._check_that_it_continues(plan, sources)
        populations, connections = {}, {}
        for name in plan.placements:
            if name not in self._register.populations:
                populations[name] = self._make_population(plan, name)
        for name, wiring in plan.connections.items():
            if name in self._register.connections:
                continue
            source = sources[wiring.source] if wiring.external else self[wiring.source]
            model = self._circuits.synapse(wiring.synapse_type)
            connection = self._connection(source, self[wiring.target], wiring.synapse_type, model, name)
            connection.build(Pairs(wiring.pre, wiring.post), wiring.weights, None)
            connections[name] = connection
        self.planning.adopt(plan)
        return populations, connections

    def _check_that_it_continues(self, plan: Plan, sources: Mapping[str, SpikeSource]) -> None:
        gone = [name for name in self._register.populations if name not in plan.placements]
        gone += [name for name in self.plan.connections if name not in plan.connections]
        if gone or plan.description != self.description:
            raise RequestError(f"{self.name}: the plan is not of this board: {', '.join(gone) or 'other limits'}.")
        for wiring in plan.connections.values():
            if wiring.external and wiring.name not in self._register.connections:
                group = sources.get(wiring.source)
                if group is None or len(group) != wiring.source_size:
                    has = "is missing" if group is None else f"has {len(group)} neurons"
                    raise RequestError(
                        f"{self.name}: the source {wiring.source!r} {has}; connection {wiring.name!r} needs one of "
                        f"{wiring.source_size} neurons. Give sources={{{wiring.source!r}: group}}."
                    )

    @property
    def sources(self) -> dict[str, SpikeSource]:
        """The sources outside that are connected, by name; :attr:`objects` does not hold them."""
        groups = [whole(each.source) for each in self._register.connections.values()]
        return {group.name: group for group in groups if not self._register.has(group)}

    def free(self, allocated: Any) -> None:
        super().free(allocated)
        self._deliveries.follow()

    free.__doc__ = Chip.free.__doc__

    @property
    def objects(self) -> list[Any]:
        """All that is on the board, to put into a network; also what is delivered though no connection says so."""
        return [*super().objects, *self._deliveries.synapses.values()]

    @property
    def unintended(self) -> dict[tuple[str, str, str], Any]:
        """The synapses that nobody asked for, by (source, target, type)."""
        return dict(self._deliveries.synapses)

    def give_addresses(self, source: Any, addresses: Any) -> None:
        """Let the neurons of a source outside have these addresses, and keep them.

        Parameters
        ----------
        source : Brian2 spike source
        addresses : array of int, shape (neurons,)
            From 0 to 1023, each once; core x 256 + index as neurons of a chip have them.

        Raises
        ------
        AddressError, AliasError, RequestError
            If they are no such addresses, or would be mixed up with others. Nothing has changed then.
        """
        self.planning.adopt(self.plan.give_addresses(self._register.sender(source)[0], addresses))

    def addresses(self, sender: Any) -> np.ndarray:
        """Return the address of each neuron of a population or a source outside; -1 where it sends nothing."""
        return self.plan.addresses_of(self._register.sender(sender)[0]).copy()

    def locate(self, chip: int, core: int, neuron: int) -> tuple[str, int] | None:
        """Return the population that has a neuron of the board, and its index in that; None if it is free."""
        number = self.description.core_number((chip, core)) * self.description.neurons_per_core + neuron
        for name, placement in self.plan.placements.items():
            here = np.flatnonzero(placement.neurons == number)
            if here.size:
                return name, int(here[0])
        return None

    # -- silicon --------------------------------------------------------------------------------

    def factors(self, parameter: str, neurons: np.ndarray) -> np.ndarray:
        """Return the mismatch of *neurons*, numbered over all chips: the factor on *parameter* of each."""
        of_a_bias = parameter in self.decided_by_biases
        return self.silicon.factors(parameter, neurons, self.description.neurons_per_chip, of_a_bias)


def _numbered(
    description: ChipDescription, broken_words: Mapping[tuple[int, int, int], Iterable[int]]
) -> dict[int, tuple[int, ...]]:
    """Return broken words by neuron, numbered over all chips."""
    numbered = {}
    for place, words in broken_words.items():
        try:
            chip, core, neuron = place
            number = description.core_number((chip, core)) * description.neurons_per_core + neuron
            listed = tuple(sorted({*words}))
        except (TypeError, ValueError):
            raise ParameterError(
                f"{description.name}: broken words are given as {{(chip, core, neuron): [words]}}, not {place!r}."
            ) from None
        if not (0 <= neuron < description.neurons_per_core and all(0 <= each < description.fan_in for each in listed)):
            raise ParameterError(
                f"{description.name}: broken words are those of neurons 0 to {description.neurons_per_core - 1}, each "
                f"from 0 to {description.fan_in - 1}, not {list(listed)} of {place!r}."
            )
        numbered[number] = listed
    return numbered
