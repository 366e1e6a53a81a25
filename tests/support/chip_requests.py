"""Random requests of a chip, each foretold by a book that is kept by hand: neuron by neuron, synapse by synapse.

The book knows the rules as the documentation says them and shares no code with the planner. A request is either met,
and then the plan, Brian2's synapses and the report hold what the book says; or the first limit that it breaks is named,
with its figures, and nothing has changed. ``python benchmarks/chip_requests.py`` makes many.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
from brian2 import Network, PoissonGroup, hertz, ms

from brianhw import Chip, DynapSE1
from brianhw.equations import LIF, exponential_current
from brianhw.errors import (
    BrianHWError,
    CapacityError,
    FanInError,
    FanOutError,
    ParameterError,
    ReleasedError,
    RequestError,
    UnknownNameError,
    WeightError,
)
from brianhw.model import SynapseModel
from brianhw.parameters import lif

__all__ = ["CHIPS", "Requests", "make_requests"]

EXC = exponential_current("exc")
COUNTED = SynapseModel(name="exc", equations="weight : 1", on_pre="I_exc_post += weight*10*pA", weight="weight")


SMALL = {
    "cores": 3, "neurons_per_core": 6, "fan_in": 9, "fan_out": 6, "senders_per_core": 9, "external_sources": 11,
}  # fmt: skip


def toy(**limits: Any) -> Chip:
    """A chip so small that every limit is met within a few requests."""
    return Chip(
        "toy", model=LIF + EXC, synapses={"exc": COUNTED}, parameters=lif.PYNN_DEFAULTS | {"tau_exc": 5 * ms},
        shared=("tau_exc",), weights="integer", seed=1,
        **(SMALL | limits),
    )  # fmt: skip


CHIPS = {
    "toy": toy,
    "toy, cores": lambda: toy(fan_out=1, fan_out_counts="cores", fan_in=30),
    "toy, unlimited": lambda: toy(fan_in=None, fan_out=None, senders_per_core=None, external_sources=None),
    "DYNAP-SE1": lambda: DynapSE1(cores=2, neurons_per_core=8, seed=1),
}


class Requests:
    """A chip, the book about it, and requests drawn from *random*."""

    def __init__(self, chip: Chip, random: np.random.Generator) -> None:
        self.chip, self.random, self.limits = chip, random, chip.description
        self.kind = next(iter(chip.synapses))
        self.bias = chip.shared[-1]
        self.owners: dict[tuple[int, int], str] = {}  # (core, number in it) -> population
        self.where: dict[str, list[tuple[int, int]]] = {}  # population -> its neurons in order
        self.synapses: dict[str, list[tuple[str, int, str, int, int]]] = {}  # sender, neuron, listener, neuron, weight
        self.outside = {f"outside_{size}_{id(self)}": size for size in (2, 3, 5, 8)}
        self.sources = {name: PoissonGroup(size, 10 * hertz, name=f"{name}*") for name, size in self.outside.items()}
        self.names = {source.name: source for source in self.sources.values()}
        self.biases = {core: float(chip.core(core).value(self.bias)) for core in range(self.limits.cores)}
        self.met = self.refused = 0
        self.refusals: Counter[str] = Counter()

    # -- a request ------------------------------------------------------------------------------------

    def one(self) -> None:
        """Make one request, of any kind."""
        kinds = [
            *(self.place, self.place, self.reweigh, *[self.connect] * 6),
            *(self.free, self.disconnect, self.set_bias, self.nonsense),
        ]
        kinds[self.random.integers(len(kinds))]()
        self.compare()

    def attempt(self, request: Any, foretold: tuple[type, str] | None) -> Any:
        """Make a request that is met or, as foretold, refused for this reason with these words."""
        before, drawn = self.state(), str(self.chip.random.bit_generator.state)
        try:
            result = request()
        except BrianHWError as error:
            self.refused += 1
            assert foretold is not None, f"refused, though it fits: {type(error).__name__} {error}"
            kind, words = foretold
            self.refusals[kind.__name__] += 1
            assert type(error) is kind and words in str(error), f"foretold {kind.__name__} {words!r}, got {error!r}"
            assert self.state() == before, "a refused request left a trace"
            assert str(self.chip.random.bit_generator.state) == drawn, "a refused request moved the random numbers"
            return None
        self.met += 1
        assert foretold is None, f"met, though {foretold} was foretold"
        return result

    def state(self) -> Any:
        """Return all that a request could change."""
        chip = self.chip
        made = {
            name: (each.i[:].tolist(), each.j[:].tolist(), each.weight[:].tolist(), each.asked_weights.tolist())
            for name, each in chip.connections.items()
        }
        biases = [float(core.value(self.bias)) for core in chip.cores]
        return list(chip.populations), made, chip.plan.report().to_dict(), biases

    # -- populations ----------------------------------------------------------------------------------

    def free_on(self, core: int) -> list[int]:
        """Return the numbers of a core's free neurons, in order."""
        return [number for number in range(self.limits.neurons_per_core) if (core, number) not in self.owners]

    def place(self) -> None:
        most = 2 * self.limits.neurons_per_core if self.random.random() < 0.3 else 5
        n = int(self.random.integers(1, most))
        core = None if self.random.random() < 0.6 else int(self.random.integers(self.limits.cores))
        spread = core is None and self.random.random() < 0.5
        free = [self.free_on(each) for each in range(self.limits.cores)]
        roomy = [each for each, numbers in enumerate(free) if len(numbers) >= n and core in (None, each)]
        foretold = None
        if not roomy and not (spread and sum(map(len, free)) >= n):
            have = sum(map(len, free)) if core is None else len(free[core])
            foretold = CapacityError, f"{'has' if core is None else f'core {core} has'} {have} of"
        population = self.attempt(lambda: self.chip.population(n, core, spread=spread), foretold)
        if population is None:
            return
        placed = list(
            zip(population.placement.core_of.tolist(), population.placement.index_in_core.tolist(), strict=True)
        )
        used = sorted({each for each, _ in placed})
        if roomy:
            assert used == roomy[:1]
        else:  # no fewer cores have room
            assert sum(sorted(map(len, free))[::-1][: len(used) - 1]) < n
        for each in used:
            mine = [number for core_of, number in placed if core_of == each]
            assert mine == free[each][: len(mine)]  # the lowest
        self.where[population.name] = placed
        self.owners.update(dict.fromkeys(placed, population.name))
        assert float(np.ravel(getattr(population, self.bias)[:])[0]) == self.biases[placed[0][0]]

    def free(self) -> None:
        if not self.where or self.random.random() < 0.5:
            return
        name = self.any_of(self.where)
        population = self.chip[name]
        population.free()
        for neuron in self.where.pop(name):
            del self.owners[neuron]
        ends = {key: {end for synapse in each for end in synapse[::2]} for key, each in self.synapses.items()}
        self.synapses = {
            key: each for key, each in self.synapses.items() if name not in ends[key] and key in self.chip.connections
        }
        self.attempt(population.free, (ReleasedError, "was freed"))

    # -- connections ----------------------------------------------------------------------------------

    def any_of(self, names: Any) -> str:
        return list(names)[self.random.integers(len(names))]

    def end(self, group: Any) -> tuple[Any, int]:
        """Return a group, or a part of it, and the number of its first neuron."""
        start, stop = sorted(self.random.integers(0, len(group) + 1, 2).tolist())
        return (group, 0) if start == stop or self.random.random() < 0.5 else (group[start:stop], start)

    def connect(self) -> None:
        if not self.where:
            return
        into = self.any_of(self.where)
        target, first_target = self.end(self.chip[into])
        outside = self.random.random() < 0.5
        whole = self.sources[self.any_of(self.sources)] if outside else self.chip[self.any_of(self.where)]
        source, first = self.end(whole)
        pairs, how = self.pairs(len(source), len(target))
        ends = [(whole.name, first + i, into, first_target + j) for i, j in pairs]
        weight = self.weight_for(ends)
        new = [(*end, weight) for end in ends]
        foretold = self.broken([*itertools.chain(*self.synapses.values()), *new], new)
        connection = self.attempt(lambda: self.chip.connect(source, target, self.kind, weight=weight, **how), foretold)
        if connection is not None:
            self.synapses[connection.name] = new
            self.check_brian2(connection, first, first_target)

    def weight_for(self, ends: Any) -> int:
        """Return a weight: any, or the largest that fits the words of all listeners, or the next, which does not."""
        any_weight = int(self.random.integers(0, 4))
        if self.limits.fan_in is None or not ends or self.random.random() < 0.3:
            return any_weight
        taken, new = Counter[int](), Counter(end[3] for end in ends)
        for _, _, into, neuron, weight in itertools.chain(*self.synapses.values()):
            taken[neuron] += weight * (into == ends[0][2])
        largest = min((self.limits.fan_in - taken[neuron]) // count for neuron, count in new.items())
        return int(largest + (self.random.random() < 0.4))

    def pairs(self, n: int, m: int) -> tuple[list[tuple[int, int]], dict[str, Any]]:
        """Return pairs of *n* senders and *m* listeners, and how the chip is asked for them."""
        everything = [(i, j) for i in range(n) for j in range(m)]
        chosen = [pair for pair in everything if self.random.random() < 0.3]
        lists = {"i": [i for i, _ in chosen], "j": [j for _, j in chosen]}
        ways: list[tuple[list[tuple[int, int]], dict[str, Any]]] = [
            (everything, {}),
            ([(i, j) for i, j in everything if i != j], {"condition": "i != j"}),
            ([pair for pair in everything if pair[0] < 2], {"condition": "i < 2"}),
            ([pair for pair in everything for _ in range(2)], {"n": 2}),
            (chosen, lists),
        ]
        if n <= m:
            ways.append(([(i, i) for i in range(n)], {"j": "i"}))
        return ways[self.random.integers(len(ways))]

    def reweigh(self) -> None:
        """Set other weights: all, some, or none that a chip can hold."""
        name = self.any_of(self.synapses) if self.synapses else None
        if name is None or not self.synapses[name]:
            return
        connection, old = self.chip.connections[name], self.synapses[name]
        weight = int(self.random.integers(0, 6))
        some = slice(None) if self.random.random() < 0.5 else slice(0, max(1, len(old) // 2))
        chosen = set(range(len(old))[some])
        new = [(*each[:4], weight if k in chosen else each[4]) for k, each in enumerate(old)]
        others = [each for key, synapses in self.synapses.items() if key != name for each in synapses]
        foretold = self.broken([*others, *new], new)

        def change() -> bool:
            if self.random.random() < 0.5:
                connection.weight[some] = weight
            else:
                connection.weight.set_item(some, weight)
            return True

        if self.attempt(change, foretold):
            self.synapses[name] = new

    def disconnect(self) -> None:
        if self.synapses and self.random.random() < 0.5:
            name = self.any_of(self.synapses)
            self.chip.free(self.chip.connections[name])
            del self.synapses[name]

    def broken(self, synapses: Any, new: Any) -> tuple[type, str] | None:
        """Return the first limit that *synapses*, the *new* ones among them, break, and what the refusal says of it."""
        limits, live = self.limits, [each for each in synapses if each[4]]
        if not new:
            return None
        sender, listener = new[0][0], new[0][2]
        words = Counter[int]()
        for _, _, into, neuron, weight in live:
            words[neuron] += weight * (into == listener)
        over = sorted(neuron for neuron, count in words.items() if limits.fan_in is not None and count > limits.fan_in)
        if over:
            return FanInError, f"neuron {over[0]} of population {listener!r} would listen to {words[over[0]]} "
        core_of = {name: [core for core, _ in neurons] for name, neurons in self.where.items()}
        if sender in self.where and limits.fan_out is not None:
            count = self.destinations([each for each in live if each[0] == sender], core_of)
            over = sorted(neuron for neuron, destinations in count.items() if destinations > limits.fan_out)
            if over:
                return FanOutError, f"neuron {over[0]} of population {sender!r} would need {count[over[0]]} "
        outside = {each[:2] for each in live if each[0] in self.names}
        if sender in self.names and limits.external_sources is not None and len(outside) > limits.external_sources:
            return CapacityError, f"can be sent to by {limits.external_sources} neurons from outside"
        for core in range(limits.cores) if limits.senders_per_core is not None else ():
            heard = {each[:2] for each in live if core_of[each[2]][each[3]] == core}
            from_new = [each for each in new if each[4] and core_of[each[2]][each[3]] == core]
            if from_new and len(heard) > limits.senders_per_core:
                return CapacityError, f"core {core} would listen to {len(heard)} different senders"
        return None

    def destinations(self, live: Any, core_of: Any) -> dict[int, int]:
        """Return how many destinations each neuron needs for its *live* synapses."""
        what = {"synapses": None, "cores": lambda each: core_of[each[2]][each[3]], "chips": lambda each: 0}
        key = what[self.limits.fan_out_counts]
        reached: dict[int, list[Any]] = {}
        for each in live:
            reached.setdefault(each[1], []).append(each if key is None else key(each))
        return {neuron: len(found) if key is None else len(set(found)) for neuron, found in reached.items()}

    # -- biases, and what no chip can do --------------------------------------------------------------

    def set_bias(self) -> None:
        core = int(self.random.integers(self.limits.cores))
        there = [name for name, neurons in self.where.items() if any(each == core for each, _ in neurons)]
        value = float(self.random.integers(1, 9)) * self.chip.core(core).value(self.bias)
        if not there or self.random.random() < 0.5:
            self.chip.core(core).bias(**{self.bias: value})
            cores = [core]
        else:
            name = self.any_of(there)
            setattr(self.chip[name], self.bias, value)
            cores = sorted({each for each, _ in self.where[name]})
        self.biases.update(dict.fromkeys(cores, float(value)))

    def nonsense(self) -> None:
        """Ask for what no chip has."""
        chip, cores = self.chip, self.limits.cores
        requests: list[tuple[Any, tuple[type, str]]] = [
            (lambda: chip.population(0), (RequestError, "at least 1")),
            (lambda: chip.population(True), (RequestError, "a whole number")),
            (lambda: chip.population(1, cores), (UnknownNameError, f"has no core {cores}")),
            (lambda: chip.population(1, 0, spread=True), (RequestError, "not both")),
            (lambda: chip.core(0).bias(**{self.bias: float("nan")}), (BrianHWError, "")),
            (lambda: chip.core(0).bias(**{self.bias: 3}), (BrianHWError, "")),
        ]
        if self.where:
            cells, source = self.chip[self.any_of(self.where)], self.sources[self.any_of(self.sources)]
            requests += [
                (lambda: chip.connect(source, cells, "none"), (UnknownNameError, "no synapse type 'none'")),
                (lambda: chip.connect(source, cells, self.kind, i=0, j=0, weight=1.5), (WeightError, "whole numbers")),
                (lambda: chip.connect(source, cells, self.kind, i=0, j=0, weight=-1), (WeightError, "whole numbers")),
                (
                    lambda: chip.connect(source, cells, self.kind, i=0, j=0, weight=[1, 2]),
                    (ParameterError, "for 1 syn"),
                ),
            ]
        request, (kind, words) = requests[self.random.integers(len(requests))]
        before = self.state()
        try:
            request()
        except kind as error:
            assert isinstance(error, BrianHWError) and words in str(error), repr(error)
        else:
            raise AssertionError(f"met, though {kind.__name__} was foretold")
        assert self.state() == before
        self.refused += 1

    # -- the comparison -------------------------------------------------------------------------------

    def check_brian2(self, connection: Any, first: int, first_target: int) -> None:
        """Compare Brian2's synapses with the book's."""
        mine = [(i - first, j - first_target, weight) for _, i, _, j, weight in self.synapses[connection.name]]
        pre, post, weights = connection.i[:].tolist(), connection.j[:].tolist(), connection.weight[:].tolist()
        assert sorted(zip(pre, post, weights, strict=True)) == sorted(mine)

    def compare(self) -> None:
        """Compare plan, report and biases with the book."""
        chip, plan = self.chip, self.chip.plan
        live = [each for synapses in self.synapses.values() for each in synapses if each[4]]
        core_of = {name: [core for core, _ in neurons] for name, neurons in self.where.items()}
        assert list(chip.populations) == list(self.where)
        assert set(chip.connections) == set(self.synapses)
        assert list(plan.free_neurons()) == [len(self.free_on(core)) for core in range(self.limits.cores)]
        for name, neurons in self.where.items():
            words = [sum(w for _, _, into, j, w in live if (into, j) == (name, k)) for k in range(len(neurons))]
            assert plan.fan_in(name).tolist() == words
            count = self.destinations([each for each in live if each[0] == name], core_of)
            assert plan.fan_out(name).tolist() == [count.get(k, 0) for k in range(len(neurons))]
        for core in range(self.limits.cores):
            assert plan.senders(core) == len({each[:2] for each in live if core_of[each[2]][each[3]] == core})
            assert float(chip.core(core).value(self.bias)) == self.biases[core]
        outside = len({each[:2] for each in live if each[0] in self.names})
        report = chip.summary().to_dict()
        assert plan.external_sources() == report["external_sources"] == outside
        assert report["totals"]["synapses"] == sum(map(len, self.synapses.values()))
        assert report["totals"]["words"] == sum(each[4] for each in live)


def make_requests(chip: str, seed: int, number: int, run: bool = False) -> Requests:
    """Make *number* requests of one of :data:`CHIPS`; at the end, if wanted, run what is on it for a step."""
    requests = Requests(CHIPS[chip](), np.random.default_rng([seed, *chip.encode()]))
    requests.place()
    requests.place()
    for _ in range(number):
        requests.one()
    if run and requests.where:
        Network(requests.chip.objects, list(requests.sources.values())).run(0.1 * ms)
    return requests
