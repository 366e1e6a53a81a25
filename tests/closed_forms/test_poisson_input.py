"""The numbers that fast code draws for ``PoissonInput``: their law, their stream, and what runs and threads keep."""

from __future__ import annotations

import ctypes
import multiprocessing
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from brian2 import Hz, Network, NeuronGroup, PoissonInput, StateMonitor, device, ms, mV, prefs, seed, set_device, volt
from scipy import stats

from brianhw.device import compiler
from brianhw.device.code import chances
from brianhw.device.code.drawing import draw_at_once
from brianhw.device.core.compiled import INCLUDE

DT = 0.1 * ms
LAWS = [  # trials, and the chance of each
    (1, 0.3),
    (5, 0.5),
    (3, 0.9999),
    (1000, 1e-6),
    (1000, 0.0008),
    (40, 0.05),
    (10_000, 0.0005),
    (1000, 0.05),
    (120, 0.95),
    (100_000, 0.01),
]


def record(inputs: dict[str, Any], n: int = 200, steps: int = 100, **options: Any) -> np.ndarray:
    """Return the numbers of a PoissonInput, shape (steps, n)."""
    set_device("brianhw", **options)
    group = NeuronGroup(n, "v : 1")
    net = Network(group, PoissonInput(group, "v", weight=1, **inputs), trace := StateMonitor(group, "v", record=True))
    trace.when = "end"
    net.run(steps * DT)
    return np.diff(trace.v, axis=1, prepend=0).T


def of_law(n: int, p: float) -> dict[str, Any]:
    return {"N": n, "rate": p / DT}


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    device.reinit()
    seed(1234)
    yield


# -- the tables ---------------------------------------------------------------------------------------------


def chances_in(table: np.ndarray) -> dict[int, float]:
    """Return the chance of each number in a table."""
    (bits, *_), *columns = table.reshape(-1, 4).tolist()
    assert len(columns) == 2**bits
    found: dict[int, float] = {}
    for threshold, rest, here, other in columns:
        share = (threshold + rest * 2.0 ** (bits - 32)) / 2**32
        found[here] = found.get(here, 0.0) + share / 2**bits
        found[other] = found.get(other, 0.0) + (1 - share) / 2**bits
    return {number: chance for number, chance in found.items() if chance}


@pytest.mark.parametrize(("n", "p"), [*LAWS, (10**9, 1e-9), (10**6, 0.5), (7, 0.0), (7, 1.0), (0, 0.3), (10**8, 1e-3)])
def test_a_table_has_the_chances_of_the_binomial_law(n: int, p: float) -> None:
    first, given = chances.binomial(n, p)
    found = chances_in(chances.table(first, given))
    numbers = np.array(sorted(found))
    assert numbers[0] >= 0 and numbers[-1] <= n
    expected = stats.binom.pmf(numbers, n, p)
    # SciPy's own error is 1e-12 of a chance here; the table has 32 and more bits of each column
    np.testing.assert_allclose([found[k] for k in numbers], expected, rtol=1e-9, atol=1e-16)
    assert stats.binom.sf(numbers[-1], n, p) + stats.binom.cdf(numbers[0] - 1, n, p) < 1e-16  # 64 bits


def test_there_is_no_table_of_more_numbers_than_fit() -> None:
    assert chances.binomial(2**40, 0.5) is None


# -- the random bits ------------------------------------------------------------------------------------------

SOURCE = """
#include "brianhw_draws.h"
#define EXPORT extern "C" __attribute__((visibility("default")))
EXPORT void block(const uint32_t* key, uint32_t* counter) {
    uint32_t x[4] = {counter[0], counter[1], counter[2], counter[3]};
    brianhw::Threefry(key[0], key[1], key[2], key[3])(x);
    for (int k = 0; k < 4; k++) counter[k] = x[k];
}
EXPORT void draw(const uint32_t* key, const uint32_t* table, int64_t begin, int64_t end, int32_t* numbers) {
    int32_t drawn[brianhw::DRAWN_AT_ONCE];
    brianhw::Chances(table).draw(brianhw::Threefry(key[0], key[1], key[2], key[3]), begin, end, drawn);
    for (int64_t k = 0; k < end - begin; k++) numbers[k] = drawn[k];
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    source = tmp_path_factory.mktemp("draws") / "draws.cpp"
    source.write_text(SOURCE, encoding="utf-8")
    output = source.with_suffix(compiler.SUFFIX)
    compiler.find().build(source, output, compiler.Profile("fast", extra=(f"-I{INCLUDE}",)))
    return ctypes.CDLL(str(output))


def block(library: ctypes.CDLL, key: Any, counter: Any) -> np.ndarray:
    key, counter = np.array(key, dtype=np.uint32), np.array(counter, dtype=np.uint32)
    library.block(ctypes.c_void_p(key.ctypes.data), ctypes.c_void_p(counter.ctypes.data))
    return counter


def draw(library: ctypes.CDLL, key: Any, table: np.ndarray, begin: int, end: int) -> np.ndarray:
    key, numbers = np.array(key, dtype=np.uint32), np.empty(end - begin, dtype=np.int32)
    addresses = [ctypes.c_void_p(each.ctypes.data) for each in (key, table, numbers)]
    library.draw(*addresses[:2], ctypes.c_int64(begin), ctypes.c_int64(end), addresses[2])
    return numbers


PI = "243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 082efa98 ec4e6c89"


@pytest.mark.standalone
@pytest.mark.parametrize(
    ("given", "words"),
    [  # counter and key; the known answers that the authors of Threefry publish with Random123
        ("00000000 " * 8, "9c6ca96a e17eae66 fc10ecd4 5256a7d8"),
        ("ffffffff " * 8, "2a881696 57012287 f6c7446e a16a6732"),
        (PI, "59cd1dbb b8879579 86b5d00c ac8b6d84"),
    ],
)
def test_the_random_bits_are_threefrys(library: ctypes.CDLL, given: str, words: str) -> None:
    numbers = [int(word, 16) for word in given.split()]
    assert [f"{each:08x}" for each in block(library, numbers[4:], numbers[:4])] == words.split()


def numbers_by_hand(library: ctypes.CDLL, key: Any, table: np.ndarray, n: int) -> list[int]:
    """Return what *n* elements draw, as the documentation has it."""
    bits, columns, numbers = int(table[0]), table.reshape(-1, 4)[1:].tolist(), []
    for element in range(n):
        counter, word = element // 256 * 64 + element % 64, element % 256 // 64
        drawn = int(block(library, key, [counter, 0, 0, 0])[word])
        more = int(block(library, key, [counter, 1, 0, 0])[word])
        threshold, rest, here, other = columns[drawn >> (32 - bits)]
        is_here = (drawn << bits & (2**32 - 1), more) < (threshold, rest)
        numbers.append(here if is_here else other)
    return numbers


@pytest.mark.standalone
@pytest.mark.parametrize("n", [1, 15, 16, 17, 64, 65, 256])
def test_an_element_draws_by_its_number_alone(library: ctypes.CDLL, n: int) -> None:
    key, table = [1, 2, 3, 4], chances.table(*chances.binomial(1000, 0.003))
    by_hand = numbers_by_hand(library, key, table, n)
    assert draw(library, key, table, 0, n).tolist() == by_hand
    assert draw(library, key, table, 256, 256 + n).tolist() != by_hand


@pytest.mark.standalone
def test_where_the_first_bits_do_not_decide_the_next_ones_do(library: ctypes.CDLL) -> None:
    key, bits = [5, 6, 7, 8], 4
    words = np.array([block(library, key, [k % 64, 0, 0, 0])[k // 64] for k in range(256)])
    more = np.array([block(library, key, [k % 64, 1, 0, 0])[k // 64] for k in range(256)])
    for element in range(0, 256, 7):
        for is_here in (True, False):
            table = np.zeros((2**bits + 1, 4), dtype=np.uint32)
            table[0, 0], table[1:, 3] = bits, 9
            column = table[1 + (words[element] >> (32 - bits))]
            column[:] = words[element] << bits, int(more[element]) + is_here, 1, 0
            drawn = draw(library, key, table.ravel(), 0, 256)
            assert drawn[element] == is_here
            assert np.all(drawn[words >> (32 - bits) != words[element] >> (32 - bits)] == 9)


@pytest.mark.standalone
def test_a_step_takes_its_key_from_the_generator_of_the_run(library: ctypes.CDLL) -> None:
    found = record(of_law(1000, 0.003), n=70, steps=3)
    np.random.seed(1234)
    table = chances.table(*chances.binomial(1000, 0.003))
    for row in found:
        words = np.random.randint(0, 2**32, size=4, dtype=np.uint32)
        key = block(library, words, [1, 2, 0, 0])  # of the first law
        assert row.tolist() == numbers_by_hand(library, key, table, 70)


# -- the law -------------------------------------------------------------------------------------------------


def goodness(found: np.ndarray, n: int, p: float) -> float:
    """Return the p-value of a chi-square test of numbers against the binomial law."""
    numbers = np.arange(int(found.min()), int(found.max()) + 1)
    expected = stats.binom.pmf(numbers, n, p) * found.size
    expected[0] += stats.binom.cdf(numbers[0] - 1, n, p) * found.size
    expected[-1] += stats.binom.sf(numbers[-1], n, p) * found.size
    observed = np.bincount(found.astype(int).ravel() - numbers[0], minlength=len(numbers))
    part = np.minimum(np.cumsum(expected) // 20, (found.size - 20) // 20).astype(int)  # classes of 20 and more
    observed, expected = np.bincount(part, observed), np.bincount(part, expected)
    kept = expected > 0
    if kept.sum() < 2:
        return 1.0
    return float(stats.chisquare(observed[kept], expected[kept]).pvalue)


@pytest.mark.standalone
@pytest.mark.parametrize(("n", "p"), LAWS)
def test_the_numbers_have_the_binomial_law(n: int, p: float) -> None:
    found = record(of_law(n, p), n=1000, steps=300)
    assert np.array_equal(found, np.round(found)) and found.min() >= 0 and found.max() <= n
    assert goodness(found, n, p) > 1e-3
    mean, deviation = n * p, np.sqrt(n * p * (1 - p))
    assert found.mean() == pytest.approx(mean, abs=4 * deviation / np.sqrt(found.size))


@pytest.mark.standalone
def test_neurons_and_steps_and_inputs_know_nothing_of_each_other() -> None:
    set_device("brianhw")
    group = NeuronGroup(640, "a : 1\nb : 1")
    inputs = [PoissonInput(group, name, weight=1, **of_law(100, 0.02)) for name in "ab"]
    trace = StateMonitor(group, ["a", "b"], record=True, when="end")
    Network(group, inputs, trace).run(500 * DT)
    a, b = ((each - 2) / np.sqrt(1.96) for each in (np.diff(trace.a), np.diff(trace.b)))
    assert goodness(np.diff(trace.a), 100, 0.02) > 1e-3
    limit = 5 / np.sqrt(a.size)  # of a correlation of numbers that have nothing to do with each other
    for other in (b, b[:, ::-1], np.roll(b, 1, axis=0)):
        assert abs(np.mean(a * other)) < limit
    for shift in (1, 2, 16, 63, 64, 65, 128, 256, 320):  # of neurons: words, blocks and groups of blocks
        assert abs(np.mean(a * np.roll(a, shift, axis=0))) < limit
    for shift in (1, 2, 3, 10):  # of steps
        assert abs(np.mean(a * np.roll(a, shift, axis=1))) < limit
    assert np.var(a.sum(axis=0)) == pytest.approx(640, rel=5 * np.sqrt(2 / 500))
    assert np.var(a.sum(axis=1)) == pytest.approx(499, rel=5 * np.sqrt(2 / 640))


# -- what runs keep -------------------------------------------------------------------------------------------


def network(n: int = 700) -> tuple[Network, NeuronGroup]:
    group = NeuronGroup(
        n, "dv/dt = -v/(5*ms) : volt\nu : 1\nw : 1", threshold="v > 3*mV", reset="v = 0*mV", refractory=DT
    )
    group.w = "i"
    first = PoissonInput(group, "v", 100, 80 * Hz, weight=0.1 * mV)
    # without an order the names decide, which count what is not collected yet: poissoninput_10 is before poissoninput_9
    second = PoissonInput(group[100:400], "u", 10, 500 * Hz, weight="w*rand()", order=1)
    third = PoissonInput(group, "u", 1000, 8 * Hz, weight="w", when="after_synapses")
    return Network(group, first, second, third), group


def state(group: NeuronGroup) -> list[np.ndarray]:
    return [np.array(group.v_), np.array(group.u_)]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(map(np.array_equal, one, other))


@pytest.mark.standalone
@pytest.mark.parametrize("mode", ["fast", "strict"])
def test_pieces_are_the_whole(mode: str) -> None:
    set_device("brianhw", mode=mode)
    found = []
    for pieces in ([50], [20, 30], [0.1] * 3 + [9.7, 40]):
        seed(3)
        net, group = network()
        for piece in pieces:
            net.run(piece * ms)
        found.append(state(group))
    assert same(found[0], found[1]) and same(found[0], found[2])
    assert np.std(found[0][0]) > 0


@pytest.mark.standalone
def test_the_same_seed_repeats_numbers_and_no_seed_does_not() -> None:
    set_device("brianhw")
    net, group = network()
    net.store()
    found = []
    for value in (7, 7, 8, None, None):
        net.restore()
        seed(value)
        net.run(5 * ms)
        found.append(state(group))
    assert same(found[0], found[1])
    assert len({each[0].tobytes() for each in found}) == 4


@pytest.mark.standalone
def test_restored_networks_repeat_numbers_with_the_random_state_and_draw_others_without() -> None:
    set_device("brianhw")
    net, group = network()
    net.run(2 * ms)
    net.store()
    found = []
    for restored in (True, True, False, False):
        net.restore(restore_random_state=restored)
        net.run(5 * ms)
        found.append(state(group))
    assert same(found[0], found[1])
    assert not same(found[1], found[2]) and not same(found[2], found[3])


@pytest.mark.standalone
def test_device_run_repeats_numbers_after_a_seed() -> None:
    set_device("brianhw", build_on_run=False)
    seed(11)
    net, group = network()
    net.run(5 * ms)
    before = state(group)
    device.run()
    device.run(run_args={group.w: 2.0})
    assert np.array_equal(before[0], state(group)[0]) and not np.array_equal(before[1], state(group)[1])


def _run(results: Any) -> None:
    seed(5)
    net, group = network()
    net.run(5 * ms)
    results.put(state(group))


@pytest.mark.standalone
def test_a_fork_draws_the_same_numbers() -> None:
    set_device("brianhw")
    here: Any = multiprocessing.SimpleQueue()
    _run(here)
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    process = context.Process(target=_run, args=(results,))
    process.start()
    found = results.get(timeout=60)
    process.join()
    assert same(found, here.get())


@pytest.mark.standalone
def test_threads_change_no_number() -> None:
    found = []
    for threads in (0, 1, 2, 3):
        device.reinit()
        set_device("brianhw", openmp_threads=threads)
        seed(9)
        net, group = network(5000)
        net.run(3 * ms)
        found.append(state(group))
    assert all(same(found[0], each) for each in found[1:])


# -- what stays Brian2's ---------------------------------------------------------------------------------------


@pytest.mark.standalone
@pytest.mark.parametrize(("n", "p"), [(1000, 0.0008), (40, 0.05), (3, 0.9)])
def test_strict_code_draws_what_numpy_draws(n: int, p: float) -> None:
    found = record(of_law(n, p), n=50, steps=20, mode="strict")
    np.random.seed(1234)
    assert np.array_equal(found, [np.random.binomial(n, p, size=50) for _ in range(20)])


@pytest.mark.standalone
def test_another_rate_needs_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    record(of_law(1000, 0.0008))
    monkeypatch.setattr(compiler.Compiler, "build", lambda *_, **__: pytest.fail("compiled again"))
    assert record(of_law(40, 0.05)).mean() == pytest.approx(2, abs=0.1)


@pytest.mark.standalone
def test_more_events_than_a_table_holds_are_left_to_brian2() -> None:
    found = record(of_law(2**40, 0.5), n=10, steps=10)
    assert found.mean() == pytest.approx(2**39, rel=1e-5)


@pytest.mark.filterwarnings("ignore:invalid value encountered in sqrt")  # in Brian2
def test_an_impossible_chance_is_left_to_brian2() -> None:
    set_device("brianhw")
    group = NeuronGroup(1, "v : 1")
    noise = PoissonInput(group, "v", weight=1, **of_law(10, 1.5))
    assert draw_at_once({**group.variables, **noise.variables}, "stateupdate", {None: noise.abstract_code}) == []


@pytest.mark.standalone
def test_a_shared_variable_and_single_precision_work() -> None:
    set_device("brianhw")
    group = NeuronGroup(3, "v : 1 (shared)\nw : volt")
    net = Network(group, PoissonInput(group, "v", 1, 1 / DT, weight=1))
    net.run(5 * DT)
    assert group.v == 5
    prefs.core.default_float_dtype = np.float32
    try:
        group = NeuronGroup(2000, "v : volt")
        Network(group, PoissonInput(group, "v", 10, 5000 * Hz, weight=1 * volt)).run(50 * DT)
    finally:
        prefs.core.default_float_dtype = np.float64
    assert group.v_[:].dtype == np.float32
    assert np.mean(group.v_) == pytest.approx(250, abs=1)
