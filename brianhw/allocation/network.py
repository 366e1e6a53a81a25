"""Whole networks at once: where each population goes is chosen with all connections in view."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brianhw import html
from brianhw.allocation.placement import core_place
from brianhw.allocation.plan import Plan
from brianhw.errors import CapacityError, unknown_name

__all__ = ["ConnectionRequest", "NetworkPlan", "PopulationRequest", "plan_network"]

# how many other ways are tried where the good ones do not fit, and over how many synapses in all
_SHUFFLES = 60
_SHUFFLED_SYNAPSES = 1_000_000


@dataclass(frozen=True)
class PopulationRequest:
    """Neurons that are asked for; *chip*, *core* and *first* as :meth:`Plan.place` takes them.

    *apart* asks for cores that no other population is on, for instance because its biases are its own.

    Examples
    --------
    >>> from brianhw.allocation import Plan, PopulationRequest, plan_network
    >>> from brianhw.chips import dynapse1_board
    >>> requests = PopulationRequest("exc", 200), PopulationRequest("inh", 50, chip=1, apart=True)
    >>> print(plan_network(Plan(dynapse1_board()), requests))
    exc (200): chip 0 core 0, the first with room.
    inh (50): chip 1 core 0, by itself as asked.
    """

    name: str
    n: int
    chip: int | None = None
    core: Any = None
    first: int | None = None
    apart: bool = False


@dataclass(frozen=True, eq=False)
class ConnectionRequest:
    """Synapses that are asked for; arguments as :meth:`Plan.connect` takes them.

    Attributes
    ----------
    pre, post : arrays of int, shape (synapses,)
        Neurons of source and target, from 0.
    weights : number, or array of shape (synapses,)
        Input words on DYNAP-SE; 0 takes none.

    Examples
    --------
    >>> import numpy as np
    >>> from brianhw.allocation import ConnectionRequest, Plan, PopulationRequest, plan_network
    >>> from brianhw.chips import dynapse1_board
    >>> each = np.arange(50)
    >>> request = ConnectionRequest("c", "exc", "inh", pre=each, post=each, weights=3, synapse_type="AMPA")
    >>> populations = PopulationRequest("exc", 200), PopulationRequest("inh", 50)
    >>> plan_network(Plan(dynapse1_board()), populations, [request]).plan.report().totals()["words"]
    150
    """

    name: str
    source: str
    target: str
    pre: Any
    post: Any
    weights: Any
    synapse_type: str
    source_size: int | None = None


@dataclass(frozen=True)
class NetworkPlan:
    """A plan of a whole network, and one sentence for each population that says why it is where it is.

    Examples
    --------
    >>> from brianhw.allocation import Plan, PopulationRequest, plan_network
    >>> from brianhw.chips import dynapse1_board
    >>> found = plan_network(Plan(dynapse1_board()), [PopulationRequest("large", 300)])
    >>> found.plan.placements["large"].cores
    (0, 1)
    >>> print(found.reasons["large"])
    large (300): chip 0 core 0, chip 0 core 1, spread: no core has room for 300.
    """

    plan: Plan
    reasons: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return "\n".join(self.reasons.values())

    def _repr_html_(self) -> str:
        return html.bullets(self.reasons.values()) + self.plan.report()._repr_html_()


@dataclass
class _Cores:
    """How full the cores are while populations are chosen places, and who is on them."""

    free: NDArray[np.int64]
    on: dict[str, NDArray[np.int64]]  # neurons of each population on each core, shape (cores,)
    closed: set[int]


def plan_network(
    start: Plan, populations: Iterable[PopulationRequest], connections: Iterable[ConnectionRequest] = ()
) -> NetworkPlan:
    """Return a plan that holds *populations* and *connections* beside what *start* holds.

    Populations without a core go where most of the synapses between them stay on one core, then on one chip, on as
    few cores as hold them; larger ones than a core are spread. If that breaks a limit, the cores are filled in order of
    the requests, then with those first that need cores of their own or a certain chip, then in other orders. That is no
    search of all there is: a network that is near its limits may fit by hand. The same requests give the same plan.

    Raises
    ------
    CapacityError
        The limit that the first of these ways breaks, where all break one; nothing has changed then.
    RequestError, UnknownNameError, WeightError
        As :meth:`Plan.place` and :meth:`Plan.connect`.

    Examples
    --------
    >>> import numpy as np
    >>> from brianhw.allocation import ConnectionRequest, Plan, PopulationRequest, plan_network
    >>> from brianhw.chips import dynapse1_board
    >>> populations = PopulationRequest("a", 150), PopulationRequest("b", 150), PopulationRequest("c", 100)
    >>> ring = np.arange(100)
    >>> joined = ConnectionRequest("a to c", "a", "c", pre=ring, post=ring, weights=1, synapse_type="AMPA")
    >>> print(plan_network(Plan(dynapse1_board()), populations, [joined]))
    a (150): chip 0 core 0, the first with room.
    b (150): chip 0 core 1, the first with room.
    c (100): chip 0 core 0, beside a, with which it shares 100 synapses.
    """
    populations, connections = list(populations), list(connections)
    _check_apart(start, populations)
    first_error: CapacityError | None = None
    for attempt in _attempts(start, populations, connections):
        try:
            return _placed(start, populations, connections, attempt)
        except CapacityError as error:
            first_error = first_error or error
    assert first_error is not None
    raise first_error


@dataclass(frozen=True)
class _Attempt:
    """One way to place: the order of *populations* that name no core, and which cores come first among equals.

    With *by_synapses*, what is joined by most synapses is placed next, and beside what it is joined with; with *few*,
    cores in use come before empty ones.
    """

    populations: tuple[PopulationRequest, ...]
    cores: tuple[int, ...]
    by_synapses: bool = False
    few: bool = True


def _attempts(
    start: Plan, populations: list[PopulationRequest], connections: list[ConnectionRequest]
) -> Iterator[_Attempt]:
    """Yield the ways to place a network: the shortest connections first, then whatever may fit."""
    free = tuple(each for each in populations if each.core is None)
    bound = tuple(sorted(free, key=lambda each: (not each.apart, each.chip is None)))
    cores = tuple(range(start.description.cores))
    yield _Attempt(free, cores, by_synapses=True)
    yield _Attempt(free, cores)
    if bound != free:
        yield _Attempt(bound, cores, by_synapses=True)
        yield _Attempt(bound, cores)
    random = np.random.default_rng(0)  # the same request gives the same plan
    synapses = sum(int(np.size(each.pre)) for each in connections)
    for number in range(min(_SHUFFLES, max(_SHUFFLED_SYNAPSES // max(synapses, 1), 4))):
        shuffled = tuple(bound[k] for k in random.permutation(len(bound)))
        order = tuple(random.permutation(len(cores)).tolist())
        yield _Attempt(shuffled if number % 2 else bound, order, few=number % 4 < 2)


def _check_apart(start: Plan, populations: list[PopulationRequest]) -> None:
    """Raise :class:`CapacityError` if two populations name one core that one of them wants for itself."""
    asked: dict[int, PopulationRequest] = {}
    for each in populations:
        if each.core is None:
            continue
        core, _ = start._core_and_chip(each.core, each.chip)
        assert core is not None
        other = asked.setdefault(core, each)
        on_it = [*start.populations_on(core), *([other.name] if other is not each else [])]
        if on_it and (each.apart or other.apart):
            name = each.name if each.apart else other.name
            raise CapacityError(
                f"{start.description.name} {start.description.core_name(core)} was asked for population {name!r} by "
                f"itself, but {', '.join(repr(one) for one in on_it if one != name) or repr(each.name)} is on it too. "
                "Name another core, or leave out apart=True.",
                limit="neurons",
                where=core_place(start.description, core),
                asked=each.n,
                allowed=0,
            )
        if each.apart:
            asked[core] = each


def _placed(
    start: Plan, populations: list[PopulationRequest], connections: list[ConnectionRequest], attempt: _Attempt
) -> NetworkPlan:
    plan = start
    synapses = _synapses_between(connections)
    reasons: dict[str, str] = {}
    # those that ask for certain neurons before those that take what is free on their core
    for each in sorted((each for each in populations if each.core is not None), key=lambda each: each.first is None):
        plan = plan.place(each.name, each.n, core=each.core, chip=each.chip, first=each.first)
        reasons[each.name] = f"{each.name} ({each.n}): {_names(plan, each.name)}, as asked."
    closed = {core for each in populations if each.apart and each.name in reasons for core in _cores(plan, each.name)}
    free: Iterable[PopulationRequest] = attempt.populations
    if attempt.by_synapses:
        free = _in_order(list(free), synapses, set(plan.placements))
    for each in free:
        cores = _Cores(np.array(plan.free_neurons()), _shares(plan), closed)
        chosen = _choose(plan, each, synapses if attempt.by_synapses else {}, cores, attempt.cores, attempt.few)
        neurons = [np.sort(plan.preferred_neurons(core)[:number]) for core, number in chosen]
        plan = plan.place_at(each.name, np.concatenate(neurons), fixed=False)
        if each.apart:
            closed = closed | {core for core, _ in chosen}
        reasons[each.name] = _reason(plan, each, synapses)
    for request in connections:
        plan = plan.connect(
            request.name, request.source, request.target, request.pre, request.post, request.weights,
            request.synapse_type, request.source_size,
        )  # fmt: skip
    return NetworkPlan(plan, {each.name: reasons[each.name] for each in populations})


def _synapses_between(connections: list[ConnectionRequest]) -> dict[tuple[str, str], int]:
    """Return how many synapses join two populations, either way."""
    synapses: dict[tuple[str, str], int] = {}
    for each in connections:
        number = int(np.size(each.pre))
        for pair in {(each.source, each.target), (each.target, each.source)}:
            synapses[pair] = synapses.get(pair, 0) + number
    return synapses


def _in_order(
    populations: list[PopulationRequest], synapses: Mapping[tuple[str, str], int], placed: set[str]
) -> list[PopulationRequest]:
    """Return the populations, the one with most synapses to those before it first; of equal ones, as they came."""
    left, done, order = list(populations), set(placed), []
    while left:
        best = max(left, key=lambda each: sum(synapses.get((each.name, other), 0) for other in done))
        left.remove(best)
        done.add(best.name)
        order.append(best)
    return order


def _shares(plan: Plan) -> dict[str, NDArray[np.int64]]:
    return {name: np.bincount(each.core_of, minlength=plan.description.cores) for name, each in plan.placements.items()}


def _choose(
    plan: Plan,
    request: PopulationRequest,
    synapses: Mapping[tuple[str, str], int],
    cores: _Cores,
    preferred: tuple[int, ...],
    few: bool,
) -> list[tuple[int, int]]:
    """Return the cores of a population, each with how many of its neurons it gets."""
    description = plan.description
    room = cores.free.copy()
    room[list(cores.closed)] = 0
    if request.apart:
        room[room < description.neurons_per_core] = 0
    if request.chip is not None:
        chip = description.chip_number(request.chip)
        room[np.arange(room.size) // description.cores_per_chip != chip] = 0
    if room.sum() < request.n:
        of = f"chip {request.chip} of {description.name}" if request.chip is not None else description.name
        raise CapacityError(
            f"{of} has {room.sum()} neurons free for population {request.name!r}, {request.n} were asked for"
            f"{', on cores of its own' if request.apart else ''}. Ask for fewer, or let populations share cores.",
            limit="neurons",
            asked=request.n,
            allowed=int(room.sum()),
        )
    local = np.zeros(room.size)  # synapses to neurons on each core
    for other, on_core in cores.on.items():
        number = synapses.get((request.name, other), 0)
        local += number * on_core / on_core.sum()
    by_chip = local.reshape(description.chips, -1).sum(axis=1).repeat(description.cores_per_chip)
    used = (cores.free < description.neurons_per_core) & few
    rank = np.argsort(preferred)
    left, chosen = request.n, []
    while left:
        fits = room >= min(left, room.max())
        # most synapses on the core, then on the chip, then a core in use, then the one preferred
        best = np.lexsort((rank, ~used, -by_chip, -local, ~fits))[0]
        number = int(min(left, room[best]))
        chosen.append((int(best), number))
        room[best] = 0
        left -= number
    return sorted(chosen)


def _cores(plan: Plan, name: str) -> tuple[int, ...]:
    if name not in plan.placements:
        raise unknown_name(plan.description.name, "population", name, plan.placements)
    return plan.placements[name].cores


def _names(plan: Plan, name: str) -> str:
    return ", ".join(plan.description.core_name(core) for core in _cores(plan, name))


def _reason(plan: Plan, request: PopulationRequest, synapses: Mapping[tuple[str, str], int]) -> str:
    mine = set(plan.placements[request.name].cores)
    beside = [
        name
        for name, each in plan.placements.items()
        if name != request.name and mine & set(each.cores) and synapses.get((request.name, name))
    ]
    text = f"{request.name} ({request.n}): {_names(plan, request.name)}"
    if beside:
        joined = sum(synapses[request.name, name] for name in beside)
        text += f", beside {', '.join(beside)}, with which it shares {joined} synapses"
    elif request.apart:
        text += ", by itself as asked"
    elif len(mine) > 1:
        text += f", spread: no core has room for {request.n}"
    else:
        text += ", the first with room"
    return text + "."
