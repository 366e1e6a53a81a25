"""Plans under any sequence of requests, against a book that is kept by hand (Hypothesis)."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from brianhw.allocation import Plan
from brianhw.chips import ChipDescription, WeightRule
from brianhw.errors import BrianHWError, CapacityError, FanInError, FanOutError

# Small, so that every limit is met within a few requests.
CHIP = ChipDescription(
    "small",
    cores=3,
    neurons_per_core=6,
    fan_in=5,
    fan_out=4,
    synapse_types=("exc", "inh"),
    weights=WeightRule.words(),
    senders_per_core=7,
    external_sources=4,
    shared=("leak", "gain"),
)
CORES = st.one_of(st.none(), st.integers(0, CHIP.cores - 1))
SYNAPSES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3)), max_size=6)


def counted(plan):
    """Return words per neuron, synapses per sender and senders per core, synapse by synapse."""
    words, destinations, senders = Counter(), Counter(), {core: set() for core in range(CHIP.cores)}
    for wiring in plan.connections.values():
        for pre, post, weight in zip(wiring.pre, wiring.post, wiring.weights, strict=True):
            words[wiring.target, int(post)] += int(weight)
            if weight:
                destinations[wiring.source, int(pre)] += 1
                core = int(plan.placements[wiring.target].neurons[post]) // CHIP.neurons_per_core
                senders[core].add((wiring.source, int(pre)))
    return words, destinations, senders


class AnyRequests(RuleBasedStateMachine):
    """Requests in any order; after each, the plan must hold what a count by hand gives."""

    populations = Bundle("populations")
    connections = Bundle("connections")

    def __init__(self):
        super().__init__()
        self.plan = Plan(CHIP)
        self.count = 0

    def name(self, letter):
        self.count += 1
        return f"{letter}{self.count}"

    def attempt(self, request):
        """Make the request; return whether it was met. If not, the plan must be as it was."""
        before = self.plan
        contents = (dict(before.placements), dict(before.connections), dict(before.biases))
        try:
            self.plan = request(before)
        except BrianHWError as error:
            assert isinstance(error, CapacityError), error
            assert (dict(before.placements), dict(before.connections), dict(before.biases)) == contents
            return False
        assert self.plan is not before and self.plan.undo() is before
        assert (dict(before.placements), dict(before.connections), dict(before.biases)) == contents
        return True

    @initialize(target=populations)
    def begin(self):
        """Start with two populations: most of what can go wrong needs both."""
        self.plan = self.plan.place("first", 3, core=0).place("second", 8, spread=True)
        return multiple("first", "second")

    @rule(target=populations, n=st.integers(1, 20), core=CORES, spread=st.booleans())
    def place(self, n, core, spread):
        name, free = self.name("p"), self.plan.free_neurons()
        spread = spread and core is None
        room = free[core] if core is not None else sum(free) if spread else max(free)
        met = self.attempt(lambda plan: plan.place(name, n, core=core, spread=spread))
        assert met == (n <= room)
        if not met and room:  # a refused request leaves no trace: what does fit still does
            met = self.attempt(lambda plan: plan.place(name, room, core=core, spread=spread))
            assert met
        if not met:
            return multiple()
        cores = self.plan.placements[name].cores
        assert len(cores) == 1 or n > max(free)
        assert core is None or cores == (core,)
        return name

    @rule(population=consumes(populations))
    def free(self, population):
        if population not in self.plan.placements:
            return  # gone with an undo
        placement = self.plan.placements[population]
        before = self.plan
        assert self.attempt(lambda plan: plan.free(population))
        again = self.plan.place_at(population, placement.neurons)
        assert again.placements == before.placements  # the neurons are free again, all of them
        assert not any(population in (each.source, each.target) for each in self.plan.connections.values())

    @rule(target=connections, source=st.one_of(st.none(), populations), post=populations, synapses=SYNAPSES)
    def connect(self, source, post, synapses):
        if post not in self.plan.placements or (source is not None and source not in self.plan.placements):
            return multiple()
        outside = source is None
        sizes = (6 if outside else self.plan.placements[source].n, self.plan.placements[post].n)
        pairs = [(i % sizes[0], j % sizes[1], w) for i, j, w in synapses]
        pre, to, weights = np.array(pairs, dtype=int).reshape(-1, 3).T
        name, sender = self.name("c"), "outside" if outside else source
        fits = self._fits(sender, post, pairs)
        met = self.attempt(lambda plan: plan.connect(name, sender, post, pre, to, weights, "exc", sizes[0]))
        assert met == fits
        return name if met else multiple()

    def _fits(self, source, target, pairs):
        words, destinations, senders = counted(self.plan)
        for pre, post, weight in pairs:
            words[target, post] += weight
            if weight:
                destinations[source, pre] += 1
                senders[int(self.plan.core_of(target)[post])].add((source, pre))
        return (
            max(words.values(), default=0) <= CHIP.fan_in
            and max((n for (sender, _), n in destinations.items() if sender != "outside"), default=0) <= CHIP.fan_out
            and max(map(len, senders.values())) <= CHIP.senders_per_core
            and len({each for heard in senders.values() for each in heard if each[0] == "outside"}) <= 4
        )

    @rule(connection=connections, weight=st.integers(0, 3))
    def reweight(self, connection, weight):
        if connection in self.plan.connections:
            self.attempt(lambda plan: plan.reweight(connection, weight))

    @rule(connection=consumes(connections))
    def disconnect(self, connection):
        if connection in self.plan.connections:
            assert self.attempt(lambda plan: plan.disconnect(connection))

    @rule(core=st.integers(0, 2), name=st.sampled_from(CHIP.shared), value=st.integers(0, 3))
    def bias(self, core, name, value):
        assert self.attempt(lambda plan: plan.bias(core, {name: value}))
        before = self.plan.undo().biases.get(core, {})
        assert self.plan.biases[core] == {**before, name: value}

    @rule()
    def undo(self):
        if self.plan.previous is not None:
            self.plan = self.plan.undo()

    @invariant()
    def no_neuron_is_in_two_populations(self):
        neurons = [int(neuron) for each in self.plan.placements.values() for neuron in each.neurons]
        assert len(neurons) == len(set(neurons))
        assert all(0 <= neuron < CHIP.neurons for neuron in neurons)

    @invariant()
    def used_and_free_make_the_whole(self):
        used, free = self.plan.used_neurons(), self.plan.free_neurons()
        assert [mine + theirs for mine, theirs in zip(used, free, strict=True)] == [CHIP.neurons_per_core] * CHIP.cores
        assert sum(used) == sum(each.n for each in self.plan.placements.values())

    @invariant()
    def counts_are_those_of_a_count_by_hand_and_within_the_limits(self):
        words, destinations, senders = counted(self.plan)
        for name, placement in self.plan.placements.items():
            assert self.plan.fan_in(name).tolist() == [words[name, neuron] for neuron in range(placement.n)]
            assert self.plan.fan_out(name).tolist() == [destinations[name, neuron] for neuron in range(placement.n)]
            assert self.plan.fan_in(name).max() <= CHIP.fan_in
            assert self.plan.fan_out(name).max() <= CHIP.fan_out
        for core in range(CHIP.cores):
            assert self.plan.senders(core) == len(senders[core]) <= CHIP.senders_per_core
        outside = {each for heard in senders.values() for each in heard if each[0] not in self.plan.placements}
        assert self.plan.external_sources() == len(outside) <= CHIP.external_sources

    @invariant()
    def the_report_agrees_with_the_plan(self):
        report = self.plan.report()
        assert tuple(row.neurons_used for row in report.cores) == self.plan.used_neurons()
        grid = report.occupancy().ravel()
        for number, name in enumerate(report.names):
            assert np.flatnonzero(grid == number).tolist() == sorted(self.plan.placements[name].neurons.tolist())
        assert all(len(line) < 100 for line in report.text().splitlines())


AnyRequests.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestAnyRequests = AnyRequests.TestCase


# -- single properties ------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 6), min_size=3, max_size=3), st.integers(1, 18))
def test_spread_takes_the_fewest_cores_possible(used, n):
    plan = Plan(CHIP)
    for core, taken in enumerate(used):
        if taken:
            plan = plan.place(f"before {core}", taken, core=core)
    free = plan.free_neurons()
    if n > sum(free):
        return
    room = np.cumsum(sorted(free, reverse=True))
    fewest = int(np.argmax(room >= n)) + 1
    assert len(plan.place("a", n, spread=True).placements["a"].cores) == fewest


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(1, 8), st.integers(0, 5))
def test_the_largest_weight_fits_and_the_next_does_not(post, weight, already):
    chip = ChipDescription("one core", 1, 10, fan_in=20, weights=WeightRule.words())
    plan = Plan(chip).place("a", 10).connect("first", "in", "a", range(10), range(10), already, "x", source_size=10)
    pairs = (np.zeros(len(post), int), post)
    try:
        plan.connect("c", "in", "a", *pairs, weight, "x")
    except FanInError as error:
        words = already + weight * np.bincount(post, minlength=10)
        assert error.offenders.tolist() == np.flatnonzero(words > 20).tolist()
        assert (error.neuron, error.asked) == (error.offenders[0], words[error.offenders[0]])
        if error.largest_weight is not None:
            assert plan.connect("c", "in", "a", *pairs, error.largest_weight, "x")
        too_large = (error.largest_weight or 0) + 1
        with np.testing.assert_raises(FanInError):
            plan.connect("c", "in", "a", *pairs, too_large, "x")
    else:
        assert (already + weight * np.bincount(post, minlength=10)).max() <= 20


@given(st.sampled_from(["synapses", "cores", "chips"]), st.integers(1, 5), SYNAPSES)
def test_fan_out_counts_what_the_chip_says(counts, limit, synapses):
    chip = ChipDescription("counting", 3, 2, fan_out=limit, fan_out_counts=counts)
    plan = Plan(chip).place("a", 6, spread=True)
    pre, post, weights = np.array(synapses, dtype=int).reshape(-1, 3).T
    live = [(i, j) for i, j, w in synapses if w]
    reached = {
        "synapses": [len([j for i, j in live if i == n]) for n in range(6)],
        "cores": [len({j // 2 for i, j in live if i == n}) for n in range(6)],
        "chips": [len({0 for i, _ in live if i == n}) for n in range(6)],
    }[counts]
    try:
        plan = plan.connect("c", "a", "a", pre, post, weights, "x")
    except FanOutError as error:
        assert error.offenders.tolist() == [n for n in range(6) if reached[n] > limit]
    else:
        assert plan.fan_out("a").tolist() == reached
        assert max(reached) <= limit


@given(st.lists(st.integers(0, CHIP.neurons - 1), min_size=1, unique=True))
def test_slices_are_the_neurons_in_order(neurons):
    placement = Plan(CHIP).place_at("a", neurons).placements["a"]
    unfolded = [
        core * CHIP.neurons_per_core + index
        for core, begin, end in placement.slices()
        for index in range(begin, end + 1)
    ]
    assert unfolded == neurons
