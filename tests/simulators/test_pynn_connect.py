"""Connectors on arrays, against PyNN's own connector code where the seed is given, statistically where it is not."""

from __future__ import annotations

import io
import itertools
import pickle
import warnings
from types import SimpleNamespace

import numpy as np
import pyNN.connectors as pynn
import pyNN.mock as sim
import pytest
from pyNN import common, errors
from pyNN.core import IndexBasedExpression
from pyNN.parameters import LazyArray
from pyNN.random import NumpyRNG, RandomDistribution
from pyNN.recording import files
from pyNN.space import Grid2D, RandomStructure, Space, Sphere

from brianhw.errors import PyNNError, PyNNWarning
from brianhw.pynn.checks.expressions import parse_distance
from brianhw.pynn.wiring import connectors as ours
from brianhw.pynn.wiring import sampling
from brianhw.pynn.wiring.connect import connect, evaluate, has_array_form
from brianhw.pynn.wiring.fallback import connected_by_pynn
from brianhw.pynn.wiring.pairs import by_target


class Unconnected(sim.Projection):
    """PyNN's mock projection before its connector ran."""

    def __init__(self, *arguments, **options):
        common.Projection.__init__(self, *arguments, **options)
        self.connections = []


@pytest.fixture(autouse=True)
def pynn_is_set_up():
    sim.setup(timestep=0.1, min_delay=0.1, max_delay=20.0)


def cells(number, model=sim.IF_curr_exp, seed=1):
    population = sim.Population(number, model(), structure=RandomStructure(Sphere(50.0), rng=NumpyRNG(seed)))
    _ = population.positions
    return population


def projection(pre, post, synapse=None, receptor="excitatory", space=None):
    synapse = synapse or sim.StaticSynapse(weight=0.5, delay=1.0)
    return Unconnected(pre, post, pynn.OneToOneConnector(), synapse, receptor_type=receptor, space=space or Space())


def same_as_pynn(make_connector, make_projection):
    """Compare the array form with PyNN's own loop; return what was made."""
    connector = make_connector()
    assert has_array_form(connector)
    made = connect(connector, make_projection())
    i, j, values = connected_by_pynn(make_connector(), make_projection())
    np.testing.assert_array_equal(made.i, i)
    np.testing.assert_array_equal(made.j, j)
    assert made.i.dtype == made.j.dtype == np.int32
    if len(made):
        assert set(values) == set(made.values)
    for name in values:
        np.testing.assert_array_equal(
            np.broadcast_to(made.values[name], i.shape), np.broadcast_to(values[name], i.shape)
        )
    return made


# -- the same lists for the same seed ---------------------------------------------------------------


class Gradient(IndexBasedExpression):
    def __call__(self, i, j):
        return (1.0 + i) / (2.0 + i + j)


class OneTargetOnly(IndexBasedExpression):
    """Refuses arrays of targets, as a user's function may."""

    def __call__(self, i, j):
        return (1.0 + i) / (2.0 + i + int(j))


def normal(seed):
    return RandomDistribution("normal", (5.0, 0.5), rng=NumpyRNG(seed))


SYNAPSES = {
    "scalar": lambda pre, post: sim.StaticSynapse(weight=0.5, delay=2.0),
    "random": lambda pre, post: sim.StaticSynapse(
        weight=normal(11), delay=RandomDistribution("uniform", (1.0, 5.0), rng=NumpyRNG(12))
    ),
    "redrawn": lambda pre, post: sim.StaticSynapse(
        weight=RandomDistribution("normal_clipped", (0.5, 0.5, 0.2, 0.9), rng=NumpyRNG(13)),
        delay=RandomDistribution("gamma", (2.0, 1.5), rng=NumpyRNG(14)),
    ),
    "distance": lambda pre, post: sim.StaticSynapse(weight="0.5 + d/100", delay=lambda d: 1.0 + np.exp(-d / 20.0)),
    "index": lambda pre, post: sim.StaticSynapse(weight=Gradient(), delay=OneTargetOnly()),
    "matrix": lambda pre, post: sim.StaticSynapse(
        weight=np.arange(float(pre.size * post.size)).reshape(pre.size, post.size), delay=2.0
    ),
    "stdp": lambda pre, post: sim.STDPMechanism(
        sim.SpikePairRule(tau_plus=20.0), sim.AdditiveWeightDependence(w_max=9.0), weight=normal(21), delay="1 + d"
    ),
    "operations": lambda pre, post: sim.TsodyksMarkramSynapse(
        weight=2.0 * LazyArray(normal(15)) + LazyArray(normal(19)),
        U=RandomDistribution("uniform", (0.2, 0.8), rng=NumpyRNG(16)),
        tau_rec=100.0,
    ),
}


def numbers_from_one_generator(kind):
    rng = NumpyRNG(18)
    return kind(RandomDistribution("uniform_int", (1, 9), rng=rng), rng=rng)


CONNECTORS = {
    "all": lambda: pynn.AllToAllConnector(),
    "all but self": lambda: pynn.AllToAllConnector(allow_self_connections=False),
    "one to one": lambda: pynn.OneToOneConnector(),
    "probability": lambda: pynn.FixedProbabilityConnector(0.3, rng=NumpyRNG(7)),
    "probability 0": lambda: pynn.FixedProbabilityConnector(0.0, rng=NumpyRNG(7)),
    "probability 1": lambda: pynn.FixedProbabilityConnector(1.0, rng=NumpyRNG(7)),
    "probability, not parallel safe": lambda: pynn.FixedProbabilityConnector(0.3, rng=NumpyRNG(7, parallel_safe=False)),
    "rare": lambda: pynn.FixedProbabilityConnector(0.01, rng=NumpyRNG(7)),
    "probability but self": lambda: pynn.FixedProbabilityConnector(0.5, False, rng=NumpyRNG(7)),
    "by distance": lambda: pynn.DistanceDependentProbabilityConnector("exp(-d/30)", rng=NumpyRNG(8)),
    "by near distance": lambda: pynn.DistanceDependentProbabilityConnector("(d < 40)*0.5", False, rng=NumpyRNG(8)),
    "by parsed distance": lambda: ours.DistanceDependentProbabilityConnector("exp(-d/30)", rng=NumpyRNG(8)),
    "by index": lambda: pynn.IndexBasedProbabilityConnector(Gradient(), rng=NumpyRNG(9)),
    "by displacement": lambda: pynn.DisplacementDependentProbabilityConnector(
        lambda d: 0.5 * (np.abs(d[0]) < 20), rng=NumpyRNG(9)
    ),
    "pre": lambda: pynn.FixedNumberPreConnector(5, rng=NumpyRNG(10)),
    "pre, all": lambda: pynn.FixedNumberPreConnector(23, rng=NumpyRNG(10)),
    "pre, more than all": lambda: pynn.FixedNumberPreConnector(60, rng=NumpyRNG(10)),
    "pre, none": lambda: pynn.FixedNumberPreConnector(0, with_replacement=True, rng=NumpyRNG(10)),
    "pre, repeats": lambda: pynn.FixedNumberPreConnector(5, with_replacement=True, rng=NumpyRNG(10)),
    "pre but self": lambda: pynn.FixedNumberPreConnector(5, False, rng=NumpyRNG(10)),
    "pre, random number": lambda: pynn.FixedNumberPreConnector(
        RandomDistribution("uniform_int", (0, 9), rng=NumpyRNG(17)), with_replacement=True, rng=NumpyRNG(10)
    ),
    "post": lambda: pynn.FixedNumberPostConnector(5, rng=NumpyRNG(10)),
    "post, more than all": lambda: pynn.FixedNumberPostConnector(60, rng=NumpyRNG(10)),
    "post, repeats": lambda: pynn.FixedNumberPostConnector(5, with_replacement=True, rng=NumpyRNG(10)),
    "post but self": lambda: pynn.FixedNumberPostConnector(5, False, rng=NumpyRNG(10)),
    "post, random number": lambda: pynn.FixedNumberPostConnector(
        RandomDistribution("uniform_int", (1, 9), rng=NumpyRNG(17)), rng=NumpyRNG(10)
    ),
    "pre, one generator for both": lambda: numbers_from_one_generator(pynn.FixedNumberPreConnector),
    "post, one generator for both": lambda: numbers_from_one_generator(pynn.FixedNumberPostConnector),
    "total": lambda: pynn.FixedTotalNumberConnector(150, rng=NumpyRNG(10)),
}


@pytest.mark.parametrize("synapse", SYNAPSES)
@pytest.mark.parametrize("connector", CONNECTORS)
@pytest.mark.parametrize("recurrent", [False, True], ids=["two", "recurrent"])
def test_a_seed_gives_the_list_of_pynn(connector, synapse, recurrent):
    pre = cells(23)
    post = pre if recurrent else cells(31, seed=2)
    made = same_as_pynn(CONNECTORS[connector], lambda: projection(pre, post, SYNAPSES[synapse](pre, post)))
    assert (len(made) == 0) == (connector in ("probability 0", "pre, none"))


@pytest.mark.parametrize("connector", ["all but self", "probability but self", "by distance", "pre", "post", "total"])
def test_views_give_the_list_of_pynn(connector):
    whole = cells(40)
    pre, post = whole[5:30], whole[10:40:2]
    same_as_pynn(CONNECTORS[connector], lambda: projection(pre, post, SYNAPSES["random"](pre, post)))


@pytest.mark.parametrize("connector", ["all but self", "probability but self", "pre", "post", "total"])
def test_assemblies_give_the_list_of_pynn(connector):
    first, second = cells(12), cells(20)
    pre, post = first + second, second + first
    same_as_pynn(CONNECTORS[connector], lambda: projection(pre, post, SYNAPSES["random"](pre, post)))


def test_no_mutual_connections_give_the_list_of_pynn():
    pre = cells(23)
    made = same_as_pynn(
        lambda: pynn.FixedProbabilityConnector(0.5, "NoMutual", rng=NumpyRNG(3)), lambda: projection(pre, pre)
    )
    pairs = set(zip(made.i.tolist(), made.j.tolist(), strict=True))
    assert not any((j, i) in pairs for i, j in pairs)


@pytest.mark.parametrize(
    "space",
    [
        Space(axes="xz"),
        Space(scale_factor=0.5, offset=3.0),
        Space(periodic_boundaries=((-50.0, 50.0), None, (-50.0, 50.0))),
        Space(axes="y", periodic_boundaries=(None, (-20.0, 20.0), None), offset=1.0),
    ],
    ids=["axes", "scaled", "periodic", "one periodic axis"],
)
def test_distances_are_those_of_the_space(space):
    pre, post = cells(23), cells(31, seed=2)
    synapse = SYNAPSES["distance"](pre, post)
    same_as_pynn(CONNECTORS["by distance"], lambda: projection(pre, post, synapse, space=space))


@pytest.mark.parametrize("heights", [(0.0, 0.0), (0.0, 3.0)], ids=["a plane", "two planes"])
@pytest.mark.parametrize("space", [Space(), Space(axes="z"), Space(periodic_boundaries=((0.0, 4.0), None, (0.0, 9.0)))])
def test_distances_in_planes_are_those_of_the_space(space, heights):
    pre, post = (sim.Population(16, sim.IF_curr_exp(), structure=Grid2D(z=z)) for z in heights)
    synapse = SYNAPSES["distance"](pre, post)
    same_as_pynn(CONNECTORS["by distance"], lambda: projection(pre, post, synapse, space=space))


@pytest.mark.parametrize("chunk", [1, 30, 100])
def test_lists_do_not_depend_on_the_size_of_pieces(chunk, monkeypatch):
    monkeypatch.setattr("brianhw.pynn.wiring.same_lists.COMPARED", chunk)
    monkeypatch.setattr("brianhw.pynn.wiring.values.CHUNK", chunk)
    pre, post = cells(23), cells(31, seed=2)
    for name in ("probability", "by distance", "total", "all but self"):
        same_as_pynn(CONNECTORS[name], lambda: projection(pre, post, SYNAPSES["distance"](pre, post)))


@pytest.mark.parametrize("sizes", [(1, 7), (7, 1), (1, 1), (8, 8), (5, 9), (64, 65), (1000, 3), (2, 2**10)])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_total_number_takes_the_words_that_pynn_takes(sizes, seed):
    pre, post = cells(sizes[0]), cells(sizes[1])
    rngs = NumpyRNG(seed), NumpyRNG(seed)
    for _ in range(2):  # twice: the generators must stand at the same place afterwards
        made = connect(pynn.FixedTotalNumberConnector(77, rng=rngs[0]), projection(pre, post))
        i, j, _ = connected_by_pynn(pynn.FixedTotalNumberConnector(77, rng=rngs[1]), projection(pre, post))
        np.testing.assert_array_equal(made.i, i)
        np.testing.assert_array_equal(made.j, j)
    assert rngs[0].next() == rngs[1].next()


# -- PyNN's faults ----------------------------------------------------------------------------------


def test_parameters_that_share_a_generator_are_independent_and_warn():
    rng = NumpyRNG(5)
    shared = sim.StaticSynapse(
        weight=RandomDistribution("uniform", (0, 1), rng=rng), delay=RandomDistribution("uniform", (0, 1), rng=rng)
    )
    with pytest.warns(PyNNWarning, match=r"NumpyRNG\(seed=5\) serves WEIGHT.*draw in turn"):
        made = connect(pynn.AllToAllConnector(), projection(cells(40), cells(40), shared))
    # |r| of 1600 independent pairs has a standard deviation of 0.025
    assert abs(np.corrcoef(made.values["WEIGHT"], made.values["DELAY"])[0, 1]) < 0.1


def test_projections_that_share_a_synapse_type_have_different_weights():
    synapse = sim.StaticSynapse(weight=normal(5))
    pre = cells(10)
    first = connect(pynn.AllToAllConnector(), projection(pre, pre, synapse))
    with pytest.warns(PyNNWarning, match="draw in turn"):
        second = connect(pynn.AllToAllConnector(), projection(pre, pre, synapse))
    assert not np.intersect1d(first.values["WEIGHT"], second.values["WEIGHT"]).size


def test_a_shared_generator_warns_once():
    rng, pre = NumpyRNG(5), cells(10)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(4):
            connect(pynn.FixedProbabilityConnector(0.5, rng=rng), projection(pre, pre))
    assert [w.category for w in caught] == [PyNNWarning]


def test_connectors_that_pynn_lets_draw_in_turn_do_not_warn():
    rngs, pre = (NumpyRNG(5), NumpyRNG(5)), cells(10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            made = connect(pynn.FixedNumberPreConnector(3, rng=rngs[0]), projection(pre, pre))
            i, j, _ = connected_by_pynn(pynn.FixedNumberPreConnector(3, rng=rngs[1]), projection(pre, pre))
            np.testing.assert_array_equal(made.i, i)


@pytest.mark.parametrize("kind", [pynn.FixedNumberPreConnector, pynn.FixedNumberPostConnector])
def test_repeats_without_self_connections_end(kind):
    """PyNN's code raises an IndexError for most of these seeds."""
    pre, failures = cells(4), 0
    for seed in range(30):
        make = lambda: kind(6, False, with_replacement=True, rng=NumpyRNG(seed))  # noqa: E731, B023
        made = connect(make(), projection(pre, pre))
        assert len(made) == 24 and not (made.i == made.j).any()
        try:
            i, j, _ = connected_by_pynn(make(), projection(pre, pre))
        except IndexError:
            failures += 1
        else:
            np.testing.assert_array_equal((made.i, made.j), (i, j))
    assert 5 < failures < 30


@pytest.mark.parametrize("replace", [True, False])
@pytest.mark.parametrize("seed", [None, 4])
def test_a_total_number_heeds_its_arguments(replace, seed):
    pre = cells(12)
    connector = pynn.FixedTotalNumberConnector(130, False, replace, rng=seed and NumpyRNG(seed))
    made = connect(connector, projection(pre, pre))
    assert len(made) == 130 and not (made.i == made.j).any()
    pairs = len(set(zip(made.i.tolist(), made.j.tolist(), strict=True)))
    assert (pairs == 130) == (not replace)


def test_overlapping_views_have_no_self_connections():
    whole = cells(30)
    pre, post = whole[0:20], whole[10:30]
    made = connect(pynn.FixedNumberPreConnector(19, False), projection(pre, post))
    assert len(made) == 19 * 20
    assert not (np.asarray(pre.all_cells)[made.i] == np.asarray(post.all_cells)[made.j]).any()


def test_fixed_numbers_refuse_no_mutual():
    pre = cells(5)
    with pytest.raises(PyNNError, match="FixedNumberPreConnector has no 'NoMutual'"):
        connect(pynn.FixedNumberPreConnector(2, "NoMutual"), projection(pre, pre))


# -- without a seed: distributions ------------------------------------------------------------------


def z_of_counts(counts, probability, trials):
    """Return chi-square of binomial counts as a normal variable."""
    expected, variance = trials * probability, trials * probability * (1 - probability)
    chi2 = ((counts - expected) ** 2).sum() / variance
    return (chi2 - counts.size) / np.sqrt(2 * counts.size)


UNSEEDED = {
    "probability": (lambda: pynn.FixedProbabilityConnector(0.2), 0.2),
    "probability but self": (lambda: pynn.FixedProbabilityConnector(0.2, False), 0.2),
    "likely": (lambda: pynn.FixedProbabilityConnector(0.9), 0.9),
    "pre": (lambda: pynn.FixedNumberPreConnector(4), 0.2),
    "pre, most": (lambda: pynn.FixedNumberPreConnector(15), 0.75),
    "pre but self": (lambda: pynn.FixedNumberPreConnector(4, False), 4 / 19),
    "post": (lambda: pynn.FixedNumberPostConnector(4), 0.2),
    "post but self": (lambda: pynn.FixedNumberPostConnector(4, False), 4 / 19),
    "total, distinct": (lambda: pynn.FixedTotalNumberConnector(80, with_replacement=False), 0.2),
    "total, distinct, but self": (lambda: pynn.FixedTotalNumberConnector(76, False, False), 0.2),
    "by distance": (lambda: ours.DistanceDependentProbabilityConnector("0.2"), 0.2),
}


@pytest.mark.parametrize("name", UNSEEDED)
def test_each_pair_is_as_likely_as_with_pynn(name):
    make, probability = UNSEEDED[name]
    pre, trials = cells(20), 2000
    counts = np.zeros((20, 20))
    for _ in range(trials):
        made = connect(make(), projection(pre, pre))
        assert (np.diff(made.j.astype(np.int64) * 20 + made.i) > 0).all()  # by target, each pair once
        counts[made.i, made.j] += 1
    if "self" in name:
        assert not counts.diagonal().any()
        counts = counts[~np.eye(20, dtype=bool)]
    z = z_of_counts(counts, probability, trials)
    # fixed numbers make the counts of a cell depend on each other, which makes z smaller, not larger
    assert -8 < z < 4


@pytest.mark.parametrize("probability", [0.03, 0.3])
def test_numbers_of_sources_are_binomial(probability):
    made = connect(pynn.FixedProbabilityConnector(probability), projection(cells(300), cells(2000)))
    counts = np.bincount(made.j, minlength=2000)
    assert abs(z_of_counts(counts, probability, 300)) < 4
    lag = np.corrcoef(counts[:-1], counts[1:])[0, 1]
    assert abs(lag) < 4 / np.sqrt(2000)


def test_gaps_between_pairs_are_geometric():
    generator = np.random.default_rng(1)
    members = np.concatenate(list(sampling.skips(3_000_000, 0.1, generator)))
    gaps = np.diff(members)
    observed = np.bincount(gaps, minlength=60)[1:60]
    expected = len(gaps) * 0.1 * 0.9 ** np.arange(59)
    chi2 = ((observed - expected) ** 2 / expected).sum()
    assert abs((chi2 - 59) / np.sqrt(2 * 59)) < 4


def test_all_subsets_are_equally_likely():
    generator = np.random.default_rng(1)
    rows = 30_000
    for count in (2, 3, 4):
        chosen = sampling.distinct(np.full(rows, 5), np.full(rows, count), generator).reshape(rows, count)
        kinds = list(itertools.combinations(range(5), count))
        observed = np.array([(chosen == kind).all(axis=1).sum() for kind in kinds])
        assert observed.sum() == rows
        expected = rows / len(kinds)
        chi2, freedom = ((observed - expected) ** 2 / expected).sum(), len(kinds) - 1
        assert (chi2 - freedom) / np.sqrt(2 * freedom) < 4


@pytest.mark.parametrize("few", [10, 100, 4_000_000])
def test_rows_get_their_numbers_whatever_the_pieces(few, monkeypatch):
    monkeypatch.setattr(sampling, "FEW", few)
    generator = np.random.default_rng(1)
    sizes = generator.integers(1, 12, 50)
    counts = generator.integers(0, 30, 50)
    rows = np.split(sampling.distinct(sizes, counts, generator), np.cumsum(counts)[:-1])
    for row, size, count in zip(rows, sizes, counts, strict=True):
        assert len(row) == count and (np.diff(row) >= 0).all()
        times = np.bincount(row, minlength=size)
        assert len(times) == size and times.max() - times.min() <= 1


def test_repeats_are_uniform():
    for connector in (
        pynn.FixedNumberPreConnector(100, with_replacement=True),
        pynn.FixedNumberPostConnector(100, with_replacement=True),
        pynn.FixedTotalNumberConnector(4000),
    ):
        made = connect(connector, projection(cells(40), cells(40)))
        counts = np.bincount(made.j * 40 + made.i, minlength=1600)
        assert len(made) == 4000
        assert abs(z_of_counts(counts, 1 / 1600, 4000)) < 4


@pytest.mark.parametrize("name", ["probability", "pre", "post", "total, distinct"])
def test_the_seed_of_numpy_repeats_what_has_no_seed(name):
    pre = cells(20)

    def made():
        return connect(UNSEEDED[name][0](), projection(pre, pre, sim.StaticSynapse(weight=unseeded)))

    unseeded = RandomDistribution("uniform", (0.0, 1.0))
    np.random.seed(3)
    first, other = made(), made()
    np.random.seed(3)
    again = made()
    np.testing.assert_array_equal(first.i, again.i)
    np.testing.assert_array_equal(first.values["WEIGHT"], again.values["WEIGHT"])
    assert not np.intersect1d(first.values["WEIGHT"], other.values["WEIGHT"]).size


DISTRIBUTIONS = {
    "uniform": ((2.0, 4.0), 3.0, 1 / 3),
    "normal": ((2.0, 3.0), 2.0, 9.0),
    "gamma": ((2.0, 3.0), 6.0, 18.0),
    "exponential": ((3.0,), 3.0, 9.0),
    "poisson": ((4.0,), 4.0, 4.0),
    "binomial": ((10, 0.3), 3.0, 2.1),
    "uniform_int": ((0, 5), 2.0, 2.0),
    "normal_clipped": ((0.0, 1.0, -100.0, 100.0), 0.0, 1.0),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_values_without_a_seed_have_mean_and_variance_of_the_distribution(name):
    parameters, mean, variance = DISTRIBUTIONS[name]
    synapse = sim.StaticSynapse(weight=RandomDistribution(name, parameters))
    values = connect(
        pynn.AllToAllConnector(safe=False), projection(cells(200), cells(200), synapse)
    ).values["WEIGHT"]  # fmt: skip
    assert abs(values.mean() - mean) < 4 * np.sqrt(variance / 40_000)
    assert values.var() == pytest.approx(variance, rel=0.08)  # 4 standard deviations of an exponential's are 0.06


@pytest.mark.parametrize("kind", [pynn.FixedNumberPreConnector, pynn.FixedNumberPostConnector])
def test_the_same_lists_can_be_had_without_a_seed(kind, monkeypatch):
    """PyNN gives each connector without a generator one with the same seed."""
    pre = cells(20)
    made = connect(kind(4), projection(pre, pre))
    i, j, _ = connected_by_pynn(kind(4), projection(pre, pre))
    assert not np.array_equal(np.sort(made.i[made.j < 5]), np.sort(i[j < 5]))
    monkeypatch.setattr(sim.simulator.state, "same_lists", True, raising=False)
    same_as_pynn(lambda: kind(4), lambda: projection(pre, pre))


class FakeSet(list):
    """A connection set of the csa package: what its connector uses of one."""

    arity = 0

    def __rmul__(self, ranges):
        pre, post = ranges
        return [entry for entry in self if entry[0] <= pre[1] and entry[1] <= post[1]]


@pytest.mark.parametrize("arity", [0, 2])
def test_connection_sets_are_connected_by_pynn(arity, monkeypatch):
    csa = SimpleNamespace(arity=lambda cset: cset.arity, cross=lambda pre, post: _Ranges((pre, post)))
    monkeypatch.setattr(pynn, "csa", csa, raising=False)
    pairs = [(0, 1), (3, 0), (9, 0), (2, 0)]
    connector = object.__new__(pynn.CSAConnector)
    pynn.Connector.__init__(connector)
    connector.cset = FakeSet(pair + (0.1 * pair[0], 2.0) if arity else pair for pair in pairs)
    connector.cset.arity = arity
    made = connect(connector, projection(cells(4), cells(3), sim.StaticSynapse(weight=0.7)))
    if arity:
        assert (made.i.tolist(), made.j.tolist()) == ([3, 2, 0], [0, 0, 1])
        assert made.values["WEIGHT"].tolist() == pytest.approx([0.3, 0.2, 0.0])
        assert made.values["DELAY"] == 2.0
    else:
        assert (made.i.tolist(), made.j.tolist()) == ([2, 3, 0], [0, 0, 1])
        assert made.values["WEIGHT"] == 0.7


class _Ranges(tuple):
    def __mul__(self, cset):
        return cset.__rmul__(self)


# -- small worlds -----------------------------------------------------------------------------------


def ring():
    population = sim.Population(50, sim.IF_curr_exp())
    population.positions = np.array([np.arange(50.0), np.zeros(50), np.zeros(50)])
    return population, Space(axes="x", periodic_boundaries=((0.0, 50.0), None, None))


def test_a_small_world_without_rewiring_has_all_near_pairs():
    population, space = ring()
    made = connect(
        ours.SmallWorldConnector(3, 0.0, False, verbose=True), projection(population, population, space=space)
    )
    steps = (made.j - made.i) % 50
    assert len(made) == 200
    assert np.bincount(steps, minlength=50)[[1, 2, 48, 49]].tolist() == [50] * 4


@pytest.mark.parametrize("seed", [None, 3])
def test_rewiring_moves_targets_and_keeps_sources(seed):
    population, space = ring()

    def made(rewiring):
        connector = pynn.SmallWorldConnector(6, rewiring, False, rng=seed and NumpyRNG(seed))
        return connect(connector, projection(population, population, space=space))

    for rewiring in (0.3, 1.0):
        some = made(rewiring)
        assert np.bincount(some.i, minlength=50).tolist() == [10] * 50
        assert len(set(zip(some.i.tolist(), some.j.tolist(), strict=True))) == 500
        assert not (some.i == some.j).any()
        far = np.minimum((some.j - some.i) % 50, (some.i - some.j) % 50) > 5
        # one that moves finds a new near target only where another has left; 500 draws: 4 sd are 0.08
        assert far.mean() == pytest.approx(rewiring, abs=0.08 if rewiring < 1 else 0.2)


def test_a_small_world_can_have_a_number_per_source():
    population, space = ring()
    made = connect(ours.SmallWorldConnector(6, 0.2, False, 4), projection(population, population, space=space))
    assert np.bincount(made.i, minlength=50).tolist() == [4] * 50


# -- lists, arrays, clones, files -------------------------------------------------------------------

ROWS = [(0, 2, 0.1, 1.0), (3, 1, 0.2, 2.0), (1, 2, 0.3, 3.0), (0, 0, 0.4, 4.0), (0, 2, 0.5, 5.0)]


def test_a_list_is_sorted_by_target_and_keeps_its_order_below():
    made = connect(pynn.FromListConnector(ROWS), projection(cells(4), cells(3)))
    assert made.j.tolist() == [0, 1, 2, 2, 2]
    assert made.i.tolist() == [0, 3, 0, 1, 0]
    assert made.values["WEIGHT"].tolist() == [0.4, 0.2, 0.1, 0.3, 0.5]
    assert made.values["DELAY"].tolist() == [4.0, 2.0, 1.0, 3.0, 5.0]


@pytest.mark.parametrize("size", [2**16, 2**16 + 1], ids=["radix sort", "sorted keys"])
def test_the_order_by_target_is_stable(size):
    targets = np.random.default_rng(1).choice([0, 7, size - 1], 300).astype(np.int32)
    np.testing.assert_array_equal(by_target(targets, size), np.argsort(targets, kind="stable"))


def test_a_long_list_gives_the_connections_of_pynn():
    generator = np.random.default_rng(1)
    columns = [generator.integers(0, 23, 500), generator.integers(0, 31, 500), *generator.random((2, 500))]
    table = np.column_stack(columns)
    pre, post = cells(23), cells(31)
    make = lambda: pynn.FromListConnector(table, column_names=("U", "weight"))  # noqa: E731
    synapse = sim.TsodyksMarkramSynapse(tau_rec=100.0)
    made = connect(make(), projection(pre, post, synapse))
    i, j, values = connected_by_pynn(make(), projection(pre, post, synapse))
    # PyNN's sort is not stable: compare as sets
    mine = np.column_stack([made.i, made.j, made.values["UU"], made.values["WEIGHT"]])
    theirs = np.column_stack([i, j, values["UU"], values["WEIGHT"]])
    np.testing.assert_array_equal(*(t[np.lexsort(t.T)] for t in (mine, theirs)))
    assert made.values["TAU_REC"] == 100.0 and (values["TAU_REC"] == 100.0).all()


def test_a_list_without_values_takes_those_of_the_synapse_type():
    synapse = sim.StaticSynapse(weight=normal(3), delay="1 + d")
    made = connect(pynn.FromListConnector([(0, 1), (1, 0), (2, 0)]), projection(cells(3), cells(3, seed=2), synapse))
    assert len(np.unique(made.values["WEIGHT"])) == 3
    assert len(np.unique(made.values["DELAY"])) == 3


def test_an_empty_list_makes_nothing():
    made = connect(pynn.FromListConnector([]), projection(cells(3), cells(3)))
    assert len(made) == 0 and made.i.dtype == np.int32


@pytest.mark.parametrize("row, text", [((4, 0), "source index 4, out of range 0 to 3"), ((0, -1), "target index -1")])
def test_an_index_out_of_range_is_refused(row, text):
    with pytest.raises(errors.ConnectionError, match=f"row 1 of the list has {text}"):
        connect(pynn.FromListConnector([(0, 0), row]), projection(cells(4), cells(3)))


def test_an_unknown_column_is_refused():
    connector = pynn.FromListConnector([(0, 0, 1.0)], column_names=("wait",))
    with pytest.raises(ValueError, match="column 'wait', StaticSynapse has weight, delay"):
        connect(connector, projection(cells(3), cells(3)))


def test_an_array_connects_where_it_is_true():
    array = np.random.default_rng(1).random((23, 31)) < 0.4
    pre, post = cells(23), cells(31)
    same_as_pynn(lambda: pynn.ArrayConnector(array), lambda: projection(pre, post, SYNAPSES["random"](pre, post)))
    numbers = connect(pynn.ArrayConnector(array.astype(int)), projection(pre, post))
    assert len(numbers) == array.sum()


@pytest.mark.parametrize("array", [np.ones((3, 2), dtype=bool), np.full((2, 3), 2)], ids=["shape", "values"])
def test_a_wrong_array_is_refused(array):
    with pytest.raises(errors.ConnectionError, match="array of connections"):
        connect(pynn.ArrayConnector(array), projection(cells(2), cells(3)))


def test_a_clone_has_the_pairs_of_its_reference_once():
    pre, post = cells(4), cells(3)
    reference = sim.Projection(pre, post, pynn.FromListConnector(ROWS), sim.StaticSynapse(), receptor_type="excitatory")
    made = connect(pynn.CloneConnector(reference), projection(pre, post, sim.StaticSynapse(weight=0.7)))
    assert list(zip(made.i.tolist(), made.j.tolist(), strict=True)) == [(0, 0), (3, 1), (0, 2), (1, 2)]
    assert made.values["WEIGHT"] == 0.7
    with pytest.raises(errors.ConnectionError, match="clone"):
        connect(pynn.CloneConnector(reference), projection(post, post))


def expected_from_file():
    made = connect(pynn.FromListConnector(ROWS), projection(cells(4), cells(3)))
    return made.i, made.j, made.values["WEIGHT"], made.values["DELAY"]


@pytest.mark.parametrize("columns", [None, ["i", "j", "weight", "delay"], ("delay", "weight")])
@pytest.mark.parametrize("as_object", [True, False])
def test_a_text_file_gives_its_list(tmp_path, columns, as_object):
    path = str(tmp_path / "list.txt")
    rows = [(i, j, d, w) for i, j, w, d in ROWS] if columns == ("delay", "weight") else ROWS
    files.StandardTextFile(path, "w").write(rows, {"columns": columns} if columns else {})
    connector = ours.FromFileConnector(files.StandardTextFile(path, "r") if as_object else path)
    made = connect(connector, projection(cells(4), cells(3)))
    np.testing.assert_array_equal((made.i, made.j, made.values["WEIGHT"], made.values["DELAY"]), expected_from_file())


def test_pynns_own_file_connector_is_read_alike(tmp_path):
    path = str(tmp_path / "list.txt")
    files.StandardTextFile(path, "w").write(ROWS, {"columns": ["i", "j", "weight", "delay"]})
    made = connect(pynn.FromFileConnector(path), projection(cells(4), cells(3)))
    np.testing.assert_array_equal((made.i, made.j), expected_from_file()[:2])


def test_the_header_of_a_file_is_not_evaluated(tmp_path):
    mark = tmp_path / "ran"
    path = tmp_path / "list.txt"
    path.write_text(f"# columns = [open({str(mark)!r}, 'w').name, 'j']\n0 1\n")
    for connector in (ours.FromFileConnector(str(path)), pynn.FromFileConnector(str(path))):
        with pytest.raises(PyNNError, match="the header .* is no list of names"):
            connect(connector, projection(cells(4), cells(3)))
    assert not mark.exists()


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("kind", [files.PickleFile, files.NumpyBinaryFile])
def test_pickles_need_trust(tmp_path, kind):
    path = str(tmp_path / ("list.npz" if kind is files.NumpyBinaryFile else "list.pkl"))
    file = kind(path, "wb")
    file.write(np.array(ROWS), {"columns": ["i", "j", "weight", "delay"]})
    file.close()
    for given in (path, kind(path, "rb")):
        with pytest.raises(PyNNError, match="pickle.*trust=True"):
            connect(ours.FromFileConnector(given), projection(cells(4), cells(3)))
        made = connect(ours.FromFileConnector(given, trust=True), projection(cells(4), cells(3)))
        np.testing.assert_array_equal((made.i, made.j), expected_from_file()[:2])


def test_a_pickle_without_trust_is_not_run(tmp_path):
    mark, path = tmp_path / "ran", tmp_path / "list.pkl"
    path.write_bytes(pickle.dumps((Trap(str(mark)), {})))
    with pytest.raises(PyNNError, match="pickle"):
        connect(ours.FromFileConnector(str(path)), projection(cells(4), cells(3)))
    assert not mark.exists()
    pickle.loads(path.read_bytes())
    assert mark.exists()  # the trap works


def test_arrays_without_pickles_are_read(tmp_path):
    path = str(tmp_path / "list.npz")
    np.savez(path, data=np.array(ROWS), columns=["i", "j", "weight", "delay"])
    made = connect(ours.FromFileConnector(path), projection(cells(4), cells(3)))
    np.testing.assert_array_equal((made.i, made.j, made.values["WEIGHT"], made.values["DELAY"]), expected_from_file())


def test_column_names_can_be_given(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("0 1 0.5\n")
    with pytest.raises(PyNNError, match="3 columns without names"):
        connect(ours.FromFileConnector(str(path)), projection(cells(4), cells(3)))
    made = connect(ours.FromFileConnector(str(path), column_names=["weight"]), projection(cells(4), cells(3)))
    assert made.values["WEIGHT"].tolist() == [0.5]


def _bytes_of(save, *arrays, **named):
    stream = io.BytesIO()
    save(stream, *arrays, **named)
    return stream.getvalue()


MOVED = np.array([(w, j, d, i) for i, j, w, d in ROWS])
TEXT = "".join(f"{i} {j}\t{w} {d}\n" for i, j, w, d in ROWS)


TURNED = np.array(
    [(w, j, d, i) for i, j, w, d in ROWS], dtype=[(each, float) for each in ("weight", "j", "delay", "i")]
)
FILES = {
    "an array": ("list.npy", _bytes_of(np.save, np.array(ROWS))),
    "an array with named fields": ("list.npy", _bytes_of(np.save, TURNED)),
    "an array called text": ("list.txt", _bytes_of(np.save, np.array(ROWS))),
    "arrays called text": ("list", _bytes_of(np.savez, data=np.array(ROWS))),
    "text called an array": ("list.npy", TEXT.encode()),
    "text of Windows": ("list.txt", TEXT.replace("\n", "\r\n").encode("utf-8-sig")),
    "columns in another order": ("list.npz", _bytes_of(np.savez, data=MOVED, columns=["weight", "j", "delay", "i"])),
    "text with columns in another order": (
        "list.txt",
        _bytes_of(np.savetxt, MOVED, header="columns = ['weight', 'j', 'delay', 'i']"),
    ),
}


@pytest.mark.parametrize(("name", "content"), FILES.values(), ids=FILES)
@pytest.mark.parametrize("as_object", [False, True])
def test_what_a_file_holds_counts_not_its_name(tmp_path, name, content, as_object):
    path = tmp_path / name
    path.write_bytes(content)
    given = pynn.FromFileConnector(str(path)) if as_object else ours.FromFileConnector(path)
    made = connect(given, projection(cells(4), cells(3)))
    np.testing.assert_array_equal((made.i, made.j, made.values["WEIGHT"], made.values["DELAY"]), expected_from_file())


WRONG_FILES = {
    "empty": (b"", "is empty"),
    "binary": (bytes(range(256)), "is binary, not text"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(50), "is an HDF5 file, not text"),
    "compressed": (b"\x1f\x8b\x08" + bytes(range(128, 200)), "is a compressed file, not text"),
    "words": (b"from to\n0 1\n", "is no list of connections: .*string 'from'.*A line holds"),
    "commas": (b"0,1,0.5,1\n", "is no list of connections.*with spaces or tabs"),
    "ragged": (b"0 1 0.5 1\n0 1\n", "is no list of connections: .*columns changed"),
    "one column": (b"0\n1\n", "has one column; the first two"),
    "columns that are no names": (b"# columns = 3\n0 1\n", "must be a list of names, not 3"),
    "a column twice": (b"# columns = ['i', 'j', 'weight', 'weight']\n0 1 1 1\n", "each has a name of its own"),
    "only one end": (b"# columns = ['i', 'weight', 'delay']\n0 1 1\n", "i and j or neither"),
    "too few columns": (b"# columns = ['i', 'j', 'weight']\n0 1\n", "has 2 columns; i, j, weight are 3"),
    "a cut array": (_bytes_of(np.save, np.ones((9, 4)))[:200], "is no NumPy file that can be read"),
    "a cut archive": (_bytes_of(np.savez, data=np.ones((9, 4)))[:200], "is no NumPy file that can be read"),
    "another archive": (_bytes_of(np.savez, weights=np.ones((9, 4))), "has no array 'data', but weights"),
    "a cube": (_bytes_of(np.save, np.ones((2, 2, 2))), r"an array of shape \(2, 2, 2\)"),
    "texts": (_bytes_of(np.save, np.array([["a", "b"]])), "is no table of numbers"),
    "objects": (_bytes_of(np.save, np.array([None])), "pickle.*trust=True"),
    "a pickle": (pickle.dumps(ROWS), "is a pickle.*trust=True"),
}


@pytest.mark.parametrize(("content", "text"), WRONG_FILES.values(), ids=WRONG_FILES)
@pytest.mark.parametrize("name", ["list.txt", "list.npy"])
def test_a_file_that_is_no_list_says_what_it_is(tmp_path, name, content, text):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PyNNError, match=f"(?s){name} .*{text}|{name}: .*{text}"):
        connect(ours.FromFileConnector(str(path)), projection(cells(4), cells(3)))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("missing.txt", "There is no file 'missing.txt' of connections; the current folder is"),
        (".", "The file of connections '.' cannot be read: Is a directory"),
        (3, "not from 3"),
    ],
)
def test_what_is_no_file_says_so(given, text):
    with pytest.raises(PyNNError, match=text):
        connect(ours.FromFileConnector(given), projection(cells(4), cells(3)))


@pytest.mark.parametrize("content", [b"nothing", b"\x80\x04."], ids=["text", "cut"])
def test_a_trusted_pickle_that_is_none_says_so(tmp_path, content):
    path = tmp_path / "list.pkl"
    path.write_bytes(content)
    with pytest.raises(PyNNError, match="list.pkl is no pickle of a list and its columns"):
        connect(ours.FromFileConnector(str(path), trust=True), projection(cells(4), cells(3)))


def test_a_file_with_a_header_only_makes_no_connections(tmp_path, recwarn):
    (tmp_path / "list.txt").write_text("# columns = ['i', 'j', 'weight']\n")
    assert connect(ours.FromFileConnector(tmp_path / "list.txt"), projection(cells(4), cells(3))).i.size == 0
    assert not recwarn.list


@pytest.mark.parametrize("side", [0, 1])
def test_the_index_of_a_cell_is_a_whole_number(side):
    row = [1, 1, 0.5, 1.0]
    row[side] = 1.5
    with pytest.raises(
        errors.ConnectionError, match="row 1 of the list has .* index 1.5; the index of a cell is a whole"
    ):
        connect(pynn.FromListConnector([ROWS[0], tuple(row)]), projection(cells(4), cells(3)))


# -- checks and callbacks ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model, receptor, weight, text",
    [
        (sim.IF_curr_exp, "excitatory", -1.0, "weight -1 was given, but excitatory.*>= 0"),
        (sim.IF_curr_exp, "inhibitory", 1.0, "weight 1 was given, but inhibitory.*<= 0"),
        (sim.IF_cond_exp, "inhibitory", -1.0, "weight -1 was given, but synapses are conductances.*>= 0"),
    ],
)
def test_a_weight_of_the_wrong_sign_is_refused(model, receptor, weight, text):
    pre, post = cells(3), cells(3, model)
    for given in (weight, np.array([[weight, 0.0, 0.0]] * 3)):
        synapse = sim.StaticSynapse(weight=given)
        with pytest.raises(errors.ConnectionError, match=text if given is weight else text.split(" was")[0]):
            connect(pynn.AllToAllConnector(), projection(pre, post, synapse, receptor))
        assert len(connect(pynn.AllToAllConnector(safe=False), projection(pre, post, synapse, receptor))) == 9
        zero = sim.StaticSynapse(weight=0.0)
        assert len(connect(pynn.AllToAllConnector(), projection(pre, post, zero, receptor))) == 9


class CheckedSynapse(sim.StaticSynapse):
    from pyNN.standardmodels.base import check_delays

    parameter_checks = {"delay": check_delays}


@pytest.mark.parametrize(
    "delay, text", [(0.05, "min_delay = 0.1"), (20.1, "max_delay = 20"), (0.1, None), (20.0, None)]
)
def test_delays_are_checked_where_the_synapse_type_says_so(delay, text):
    pre = cells(3)
    sim.simulator.state.max_delay = 20.0
    made = projection(pre, pre, CheckedSynapse(delay=delay))
    if text is None:
        assert connect(pynn.AllToAllConnector(), made).values["DELAY"] == delay
        return
    with pytest.raises(errors.ConnectionError, match=f"delay {delay:g} was given, but setup.*{text}"):
        connect(pynn.AllToAllConnector(), made)


def test_a_list_with_weights_of_the_wrong_sign_is_taken_with_a_warning():
    rows = [(0, 0, -1.0, 1.0), (1, 0, 1.0, 1.0)]
    with pytest.warns(PyNNWarning, match="weight -1 was given .1 of 2 connections.*taken as it is"):
        made = connect(pynn.FromListConnector(rows), projection(cells(3), cells(3)))
    assert made.values["WEIGHT"].tolist() == [-1.0, 1.0]


def test_the_callback_is_called_as_pynn_calls_it():
    pre = cells(6)
    calls = {"ours": [], "theirs": []}
    for name, run in (("ours", connect), ("theirs", connected_by_pynn)):
        run(pynn.FixedProbabilityConnector(0.2, rng=NumpyRNG(3), callback=calls[name].append), projection(pre, pre))
    assert calls["ours"] == calls["theirs"] and calls["ours"]


# -- the fallback -----------------------------------------------------------------------------------


class EveryOther(pynn.MapConnector):
    """A connector that is not known here."""

    parameter_names = ()

    def connect(self, projection):
        self._connect_with_map(projection, LazyArray(lambda i, j: (i + j) % 2 == 0, shape=projection.shape))


class Louder(pynn.AllToAllConnector):
    """A subclass with its own way to connect."""

    def connect(self, projection):
        for target in (2, 0):
            projection._convergent_connect(np.array([0, 1]), target, WEIGHT=float(target), DELAY=1.0)


class Renamed(pynn.AllToAllConnector):
    """A subclass without one."""


def test_unknown_connectors_run_their_own_code():
    pre = cells(4)
    made = connect(EveryOther(), projection(pre, pre))
    assert list(zip(made.i.tolist(), made.j.tolist(), strict=True))[:4] == [(0, 0), (2, 0), (1, 1), (3, 1)]
    assert made.values == {"WEIGHT": 0.5, "DELAY": 1.0}


def test_a_subclass_takes_the_array_form_only_without_a_connect_of_its_own():
    assert has_array_form(Renamed()) and not has_array_form(Louder())
    made = connect(Louder(), projection(cells(4), cells(4)))
    assert (made.i.tolist(), made.j.tolist()) == ([0, 1, 0, 1], [0, 0, 2, 2])
    assert made.values["WEIGHT"].tolist() == [0.0, 0.0, 2.0, 2.0]
    assert made.values["DELAY"] == 1.0


def test_cells_may_be_named_by_their_ids():
    """As PyNN's CSA connector does, with PyNN's names for the parameters."""
    pre, post = cells(4), cells(3)

    class ByID(pynn.Connector):
        def connect(self, projection):
            projection._convergent_connect([projection.pre[3]], projection.post[1], weight=0.3, delay=2.0)

    made = connect(ByID(), projection(pre, post))
    assert (made.i.tolist(), made.j.tolist(), made.values) == ([3], [1], {"WEIGHT": 0.3, "DELAY": 2.0})


# -- values for given pairs -------------------------------------------------------------------------


def test_values_can_be_asked_for_pairs_in_any_order():
    pre, post = cells(23), cells(31, seed=2)
    made = projection(pre, post)
    i, j = np.array([3, 0, 22, 3]), np.array([30, 2, 2, 0])
    matrix = np.random.default_rng(1).random((23, 31))
    np.testing.assert_array_equal(evaluate(LazyArray(matrix) * 2.0, made, i, j), 2 * matrix[i, j])
    np.testing.assert_array_equal(evaluate(LazyArray(Gradient()), made, i, j), (1.0 + i) / (2.0 + i + j))
    np.testing.assert_array_equal(evaluate(LazyArray(OneTargetOnly()), made, i, j), (1.0 + i) / (2.0 + i + j))
    distance = np.linalg.norm(pre.positions.T[i] - post.positions.T[j], axis=1)
    np.testing.assert_allclose(evaluate(LazyArray(lambda d: d + 1), made, i, j), distance + 1, rtol=1e-14)
    assert evaluate(LazyArray(3), made, i, j) == 3.0
    with pytest.raises(errors.InvalidDimensionsError, match=r"matrix \(23, 31\) or a list of 4 values"):
        evaluate(LazyArray(np.ones(7)), made, i, j)


# -- expressions ------------------------------------------------------------------------------------

D = np.array([0.5, 1.0, 2.0, 3.5])


@pytest.mark.parametrize(
    "text, expected",
    [
        ("0.5 + d/100", 0.5 + D / 100),
        ("exp(-abs(d)) * (d < 3)", np.exp(-D) * (D < 3)),
        ("1 < d <= 2", (D > 1) & (D <= 2)),
        ("d > 1 and not d == 2 or d < 0.6", ((D > 1) & (D != 2)) | (D < 0.6)),
        ("where(d > 1, sqrt(d), -d**2 % 3)", np.where(D > 1, np.sqrt(D), -(D**2) % 3)),
        ("max(d, 1, 2*d - 3) + min(d, pi)", np.maximum(np.maximum(D, 1), 2 * D - 3) + np.minimum(D, np.pi)),
        ("np.log(d) + math.sin(d) + power(d, 2) + tan(e)", np.log(D) + np.sin(D) + D**2 + np.tan(np.e)),
        ("(d > 1) & (d < 3) | ~(d > 0.6)", ((D > 1) & (D < 3)) | (D <= 0.6)),
        ("1 if d < 2 else d", np.where(D < 2, 1, D)),
        (" 3 ", 3.0),
    ],
)
def test_expressions_mean_what_they_say(text, expected):
    np.testing.assert_array_equal(parse_distance(text)(D), expected)


@pytest.mark.parametrize(
    "text, message",
    [
        ("distance/2", "'distance' is not known. Known are the distance d, .*pi.*exp"),
        ("foo(d)", "'foo' is not known"),
        ("np.load(d)", "'load' is not known"),
        ("__import__('os').system('true')", "not allowed"),
        ("d.__class__", "'d.__class__' is not allowed"),
        ("(lambda: d)()", "not allowed"),
        ("[d for d in (1, 2)]", "not allowed"),
        ("'a' * 3", "not allowed"),
        ("d[0]", "not allowed"),
        ("exp(d, out=d)", "not allowed"),
        ("exp(d, d)", r"exp\(\) takes 1 argument\(s\), not 2"),
        ("d +", "cannot be read"),
        ("d; d", "cannot be read"),
        ("(" * 5000, "5000 characters"),
        ("-" * 1999 + "d", "nested more than 100 levels"),
    ],
)
def test_other_text_is_refused(text, message):
    with pytest.raises(errors.InvalidParameterValueError, match=message):
        parse_distance(text)


def test_and_without_brackets_is_an_error_and_not_another_expression():
    with pytest.raises(TypeError):
        parse_distance("d < 3 & d > 1")(D)


def test_large_powers_do_not_fill_the_memory():
    with pytest.raises(OverflowError):
        parse_distance("9**9**9")(1.0)


def test_the_probability_expression_is_checked_at_both_ends():
    with pytest.raises(PyNNError, match=r"gives -1 at d = 0; a probability must be >= 0"):
        ours.DistanceDependentProbabilityConnector("d - 1")
    with pytest.raises(ZeroDivisionError, match="'1/d' at d = 0"):
        ours.DistanceDependentProbabilityConnector("1/d")
    assert ours.DistanceDependentProbabilityConnector(lambda d: 1 / d).distance_function(2.0) == 0.5


def test_a_displacement_may_be_text():
    pre = sim.Population(9, sim.IF_curr_exp(), structure=Grid2D())
    connector = ours.DisplacementDependentProbabilityConnector("(d[0] == 1) * (d[1] == 0)")
    made = connect(connector, projection(pre, pre))
    steps = pre.positions[:, made.j] - pre.positions[:, made.i]
    assert len(made) == 6 and (steps.T == (1, 0, 0)).all()


def test_a_location_needs_compartments():
    connector = pynn.AllToAllConnector(location_selector=SimpleNamespace())
    with pytest.raises(PyNNError, match="location_selector= needs multi-compartment cells"):
        connect(connector, projection(cells(2), cells(2)))
