"""Plans of a board against a slow count of everything, and against delivery by address, event by event."""

import json
from collections import Counter

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brianhw.allocation import Plan
from brianhw.allocation.delivery import unintended
from brianhw.allocation.words import destinations, input_words
from brianhw.chips import ChipDescription, WeightRule
from brianhw.errors import AddressError, AliasError, CapacityError, FanInError, FanOutError

TYPES = ("AMPA", "NMDA")


def small_board(chips, fan_out=2, **changes):
    """Return a board as DYNAP-SE1's, on which every limit is near."""
    return ChipDescription(
        **{
            "name": "small board",
            "chips": chips,
            "cores": 2 * chips,
            "neurons_per_core": 4,
            "fan_in": 6,
            "word": "CAM word",
            "fan_out": fan_out,
            "fan_out_counts": "chips",
            "destination": "SRAM word",
            "synapse_types": TYPES,
            "weights": WeightRule.words(),
            "external_sources": 8,
            "addresses": 8,
            "unused_word": (0, "NMDA"),
            **changes,
        }
    )


@st.composite
def requests(draw):
    chips = draw(st.integers(1, 4))
    asked = []
    for number in range(draw(st.integers(1, 7))):
        core = draw(st.none() | st.integers(0, 2 * chips - 1))
        first = None if core is None else draw(st.none() | st.integers(0, 3))
        asked.append(("place", f"p{number}", draw(st.integers(1, 5)), core, first))
    outside = {"g0": draw(st.integers(1, 5)), "g1": draw(st.integers(1, 5))}
    for number in range(draw(st.integers(1, 8))):
        source = draw(st.sampled_from([each[1] for each in asked if each[0] == "place"] + list(outside)))
        target = draw(st.sampled_from([each[1] for each in asked if each[0] == "place"]))
        asked.append(
            ("connect", f"c{number}", source, target, draw(st.sampled_from(TYPES)), draw(st.integers(0, 10**6)))
        )
        if draw(st.integers(0, 5)) == 0:
            asked.append(("drop", f"c{draw(st.integers(0, number))}"))
    broken = draw(
        st.dictionaries(st.integers(0, 8 * chips - 1), st.lists(st.integers(0, 5), unique=True, max_size=3), max_size=2)
    )
    return chips, asked, outside, {neuron: tuple(sorted(words)) for neuron, words in broken.items()}


def attempt(plan, request, outside):
    """Return the plan after a request, or None where it makes no sense here."""
    kind, name, *rest = request
    if kind == "place":
        n, core, first = rest
        return plan.place(name, n, core=core, first=first, spread=core is None)
    if kind == "drop":
        return plan.disconnect(name) if name in plan.connections else None
    source, target, synapse_type, seed = rest
    if target not in plan.placements or (source not in plan.placements and source not in outside):
        return None
    random = np.random.default_rng(seed)
    n_pre = plan.placements[source].n if source in plan.placements else outside[source]
    joined = np.argwhere(random.random((n_pre, plan.placements[target].n)) < 0.4)
    if not len(joined):
        return None
    weights = random.integers(0, 3, len(joined))
    size = outside.get(source)
    return plan.connect(name, source, target, *joined.T, weights, synapse_type, source_size=size)


def wanted(plan):
    """Return the pulses of each (sender, neuron, type) that connections name; senders outside are (source, neuron)."""
    pulses = Counter()
    for each in plan.connections.values():
        for pre, post, weight in zip(each.pre.tolist(), each.post.tolist(), each.weights.tolist(), strict=True):
            target = int(plan.placements[each.target].neurons[post])
            pulses[each.source, pre, target, each.synapse_type] += int(weight)
    return +pulses


def masks(plan):
    """Return the cores that each sender's events go to, counted from the connections themselves."""
    cores = {}
    for source, pre, target, _ in wanted(plan):
        cores.setdefault((source, pre), set()).add(target // plan.description.neurons_per_core)
    return cores


def delivered(plan):
    """Return the pulses of each (sender, neuron, type) that the hardware's rule gives, word by word."""
    words = {}
    for neuron, word, address, synapse_type in zip(*(each.tolist() for each in input_words(plan)), strict=True):
        held = words.setdefault(neuron, {})
        assert word not in held and word not in plan.broken_words.get(neuron, ())
        held[word] = (address, TYPES[synapse_type])
    occupied = {int(neuron) for each in plan.placements.values() for neuron in each.neurons}
    pulses = Counter()
    for (source, pre), cores in masks(plan).items():
        address = int(plan.addresses_of(source)[pre])
        for neuron in sorted(occupied):
            if neuron // plan.description.neurons_per_core not in cores:
                continue
            for word in range(plan.description.fan_in):
                if word in plan.broken_words.get(neuron, ()):
                    continue
                listens, synapse_type = words.get(neuron, {}).get(word, plan.description.unused_word)
                if listens == address:
                    pulses[source, pre, neuron, synapse_type] += 1
    return pulses


def accidental(plan):
    pulses = Counter()
    for each in unintended(plan):
        for pre, post, number in zip(each.pre.tolist(), each.post.tolist(), each.words.tolist(), strict=True):
            target = int(plan.placements[each.target].neurons[post])
            pulses[each.source, pre, target, each.synapse_type] += number
    return pulses


def check_limits(plan):
    description = plan.description
    taken = Counter()
    for (_, _, neuron, _), words in wanted(plan).items():
        taken[neuron] += words
    for neuron, words in taken.items():
        assert words <= description.fan_in - len(plan.broken_words.get(neuron, ()))
    inside = {}
    for (source, pre), cores in masks(plan).items():
        if source in plan.placements:
            chips = {core // description.cores_per_chip for core in cores}
            assert len(chips) <= description.fan_out
            inside[int(plan.placements[source].neurons[pre])] = chips
    listed = {}
    for neuron, chip, _ in zip(*destinations(plan), strict=True):
        listed.setdefault(int(neuron), set()).add(int(chip))
    assert listed == inside
    outside = [
        int(plan.addresses_of(source)[pre]) for source, pre in masks(plan) if source not in plan.placements
    ]  # fmt: skip
    assert len(set(outside)) == len(outside) and all(0 <= each < description.addresses for each in outside)
    neurons = np.concatenate([each.neurons for each in plan.placements.values()] or [np.zeros(0)])
    assert len(np.unique(neurons)) == len(neurons)


def state(plan):
    return json.dumps(plan.report().to_dict(), sort_keys=True), {
        k: v.neurons.tolist() for k, v in plan.placements.items()
    }


COMMON = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@COMMON
@given(requests())
def test_a_network_that_fits_is_delivered_as_asked_and_a_refusal_changes_nothing(case):
    chips, asked, outside, broken = case
    plan = Plan(small_board(chips), broken_words=broken)
    for request in asked:
        before = state(plan)
        try:
            new = attempt(plan, request, outside)
        except CapacityError as error:
            assert error.limit
            assert state(plan) == before
            continue
        plan = plan if new is None else new
        check_limits(plan)
        by_unused = Counter(
            {key: words for key, words in accidental(plan).items() if plan.addresses_of(key[0])[key[1]] == 0}
        )
        assert accidental(plan) == by_unused
        assert delivered(plan) == wanted(plan) + by_unused


@COMMON
@given(requests())
def test_where_aliases_are_let_what_is_delivered_is_what_was_asked_and_what_is_said_to_be_unintended(case):
    chips, asked, outside, broken = case
    plan = Plan(small_board(chips), broken_words=broken, aliases=True)
    for request in asked:
        try:
            new = attempt(plan, request, outside)
        except CapacityError as error:
            assert not isinstance(error, AliasError)
            continue
        plan = plan if new is None else new
        assert delivered(plan) == wanted(plan) + accidental(plan)


@COMMON
@given(requests())
def test_a_limit_is_named_only_where_it_is_broken(case):
    chips, asked, outside, broken = case
    plan = Plan(small_board(chips), broken_words=broken)
    for request in asked:
        free = Plan(
            small_board(chips, fan_in=1000, fan_out=100, addresses=8 * 100, external_sources=1000),
            plan.placements, plan.connections, fixed=frozenset(plan.placements), aliases=True,
        )  # fmt: skip
        try:
            new = attempt(plan, request, outside)
        except (FanInError, FanOutError) as error:
            over = attempt(free, request, outside)
            counts = over.fan_in(request[3]) if isinstance(error, FanInError) else over.fan_out(request[2])
            assert counts[error.neuron] == error.asked > error.allowed
            continue
        except AliasError as error:
            over = attempt(free, request, outside)
            heard = Counter(
                (core, int(over.addresses_of(source)[pre]))
                for (source, pre), cores in masks(over).items() if source in over.placements
                for core in cores
            )  # fmt: skip
            assert max(heard.values()) > 1 and error.aliased_pairs > 0
            continue
        except AddressError:
            continue
        except CapacityError:
            continue
        plan = plan if new is None else new
