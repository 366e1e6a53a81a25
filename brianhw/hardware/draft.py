"""A whole network on paper: asked for piece by piece, placed at once with all connections in view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brian2 import Quantity
from brian2.core.namespace import get_local_namespace
from brian2.core.spikesource import SpikeSource

from brianhw.allocation import ConnectionRequest, NetworkPlan, PopulationRequest, plan_network
from brianhw.allocation.plan import checked_size
from brianhw.errors import ConnectionRefused, RequestError
from brianhw.hardware.circuits import brian_name, checked_name
from brianhw.hardware.connection import Connection
from brianhw.hardware.population import Population

__all__ = ["Draft", "DraftPopulation"]


class DraftPopulation:
    """Neurons that a draft asks for; ``draft.population(...)`` makes them."""

    def __init__(self, draft: Draft, request: PopulationRequest) -> None:
        self.draft = draft
        self.request = request

    @property
    def name(self) -> str:
        """What they are called, also when they are built."""
        return self.request.name

    def __len__(self) -> int:
        return self.request.n

    def __repr__(self) -> str:
        return f"<{self.request.n} neurons {self.name!r} of a draft for {self.draft.board.name}>"


class Draft:
    """Requests for a board; ``board.draft()`` makes an empty one.

    Populations that name no core are put where connections are short and cores are few, so that input words,
    destinations and addresses suffice. Nothing is on the board before :meth:`build`.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import Board
    >>> board = Board(seed=7)
    >>> draft = board.draft()
    >>> excitatory, inhibitory = draft.population("exc", 200), draft.population("inh", 50)
    >>> draft.connect(excitatory, inhibitory, "AMPA", p=0.1)
    'AMPA_exc_inh'
    >>> draft.connect(inhibitory, excitatory, "GABA_A", p=0.2)
    'GABA_A_inh_exc'
    >>> print(draft.plan())
    exc (200): chip 0 core 0, the first with room.
    inh (50): chip 0 core 0, beside exc, with which it shares 2985 synapses.
    >>> populations, connections = draft.build()
    >>> populations["exc"].Iampa_w0 = 200*pA
    """

    def __init__(self, board: Any) -> None:
        self.board = board
        self._populations: dict[str, DraftPopulation] = {}
        self._connections: dict[str, ConnectionRequest] = {}
        self._outside: dict[str, SpikeSource] = {}
        self._delays: dict[str, Quantity] = {}  # which limits know nothing of
        self._built = False

    def population(
        self,
        name: str,
        n: int,
        core: Any = None,
        *,
        chip: int | None = None,
        first: int | None = None,
        apart: bool = False,
    ) -> DraftPopulation:
        """Ask for *n* neurons; *chip*, *core* and *first* as ``Board.population`` takes them.

        Parameters
        ----------
        apart : bool
            Ask for cores that no other population is on, whose biases are its own.

        Raises
        ------
        RequestError
            If the name is taken, or the draft is built.
        """
        self._check_open()
        if not isinstance(name, str) or brian_name(name) != name:
            swapped = not isinstance(name, str)
            order = " In a draft the name comes first: population(name, n)." if swapped else ""
            raise RequestError(
                f"{self.board.name}: a population's name has letters, digits and underscores, not {name!r}.{order}"
            )
        if name in self._populations or name in self.board.populations:
            raise RequestError(f"{self.board.name}: there is a population {name!r} already; give another name.")
        n = checked_size(f"population {name!r}", n)
        handle = DraftPopulation(self, PopulationRequest(name, n, chip, core, first, apart))
        self._populations[name] = handle
        return handle

    def connect(
        self,
        source: DraftPopulation | Population | SpikeSource,
        target: DraftPopulation | Population,
        synapse_type: str,
        *,
        weight: Any = 1,
        delay: Quantity | None = None,
        condition: str | bool | None = None,
        i: Any = None,
        j: Any = None,
        p: Any = 1.0,
        n: int = 1,
        name: str | None = None,
        namespace: Mapping[str, Any] | None = None,
    ) -> str:
        """Ask for synapses, with the arguments of ``Board.connect``, and return their name.

        Which pairs are joined is drawn here; populations that are on the board already may take part.

        Raises
        ------
        ConnectionRefused, RequestError
            If source or target is neither of this draft nor on the board, or the name is taken or none.
        UnknownNameError, UnitError, ParameterError
            If there is no such type, or the delay is no time.
        """
        self._check_open()
        sender, receiver = self._sender(source), self._receiver(target)
        resolved = name or self._free_name(f"{synapse_type}_{sender}_{receiver}")
        checked_name(self.board.name, "connection", resolved)
        if resolved in self._connections or resolved in self.board.connections:
            raise RequestError(f"{self.board.name}: there is a connection {resolved!r} already; give another name.")
        self.board._circuits.synapse(synapse_type)
        self.board._circuits.check_delay(resolved, delay)
        names = get_local_namespace(level=1) if namespace is None else namespace
        with self.board.planning.kept_random_state():
            pairs, weight = self.board.planning.chosen(
                resolved, source, target, names, weight, condition=condition, i=i, j=j, p=p, n=n
            )
            self.board._circuits.check_delay(resolved, delay, len(pairs.pre))
        outside = len(source) if isinstance(source, SpikeSource) and sender not in self.board.populations else None
        if outside is not None:
            assert isinstance(source, SpikeSource)
            self._outside[sender] = source
        if delay is not None and len(pairs.pre):
            self._delays[resolved] = delay
        self._connections[resolved] = ConnectionRequest(
            resolved, sender, receiver, pairs.pre, pairs.post, weight, synapse_type, outside
        )
        return resolved

    def plan(self) -> NetworkPlan:
        """Return where everything would be, or raise the error of the limit that is broken; nothing is built.

        Raises
        ------
        CapacityError
            Of the limit that is broken first.
        """
        requests = [each.request for each in self._populations.values()]
        return plan_network(self.board.plan, requests, self._connections.values())

    def build(self) -> tuple[dict[str, Population], dict[str, Connection]]:
        """Put everything on the board and return its populations and connections, by name.

        Raises
        ------
        CapacityError
            As :meth:`plan`; nothing is on the board then.
        """
        self._check_open()
        network = self.plan()
        self._built = True
        populations, connections = self.board.build(network.plan, self._outside)
        for name, delay in self._delays.items():
            connections[name].delay = delay
        return populations, connections

    def _check_open(self) -> None:
        if self._built:
            raise RequestError(f"This draft for {self.board.name} is built; begin another with board.draft().")

    def _sender(self, source: Any) -> str:
        if isinstance(source, DraftPopulation):
            return self._own(source)
        return self.board._register.sender(source)[0]

    def _receiver(self, target: Any) -> str:
        return self._own(target) if isinstance(target, DraftPopulation) else self.board._register.receiver(target)

    def _own(self, handle: DraftPopulation) -> str:
        if handle.draft is not self:
            raise ConnectionRefused(f"{self.board.name}: {handle!r} belongs to another draft.")
        return handle.name

    def _free_name(self, wanted: str) -> str:
        taken, name, number = {*self._connections, *self.board.connections}, wanted, 0
        while name in taken:
            number += 1
            name = f"{wanted}_{number}"
        return name
