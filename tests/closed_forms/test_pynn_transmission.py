"""What PyNN's synapse types transmit: limits, closed forms and the statistics of random release."""

from __future__ import annotations

import numpy as np
import pytest

import brianhw.pynn as sim
from plastic_pairs import DT, Replay
from pynn_plasticity import plastic, released, values_of

pytestmark = [pytest.mark.standalone, pytest.mark.usefixtures("compiled_quickly")]


@pytest.fixture(autouse=True)
def ready() -> None:
    sim.setup(timestep=DT)


def test_a_first_spike_at_time_zero_finds_an_unchanged_synapse() -> None:
    mechanism = plastic(f=0.0)
    replay = Replay(mechanism, [np.array([0, 50])], [np.array([100])], 0, 0, values_of(mechanism, weight=1.0)).run(10)
    assert np.all(replay.weights == 1.0)


@pytest.mark.parametrize(("axonal", "dendritic"), [(0, 40), (25, 15), (40, 0)])
def test_a_spike_transmits_the_weight_that_it_found_at_the_synapse(axonal: int, dendritic: int) -> None:
    """Also where spikes of both sides come while it is on its way through the dendrite."""
    pre = [np.array([300, 310, 325, 900, 1500])]
    post = [np.array([200, 290, 310, 320, 330, 880, 905, 930, 1490, 1510])]
    mechanism = plastic(f=dendritic / (axonal + dendritic))
    replay = Replay(mechanism, pre, post, axonal, dendritic, values_of(mechanism, weight=1.0)).run(1600)
    twin = Replay(plastic(f=0.0), [pre[0] + axonal], [post[0] + dendritic], 0, 0, values_of(mechanism, weight=1.0))
    at_synapse = twin.run(1600).weights[0, pre[0] + axonal]
    assert len(set(at_synapse)) == len(pre[0])
    jumps = np.diff(replay.received[0])
    assert list(np.flatnonzero(jumps) + 1) == list(pre[0] + 40)  # in the step in which the whole delay is over
    assert jumps[jumps != 0] == pytest.approx(at_synapse, rel=1e-9)


def test_equal_time_constants_of_recovery_and_current_have_a_limit() -> None:
    steps = np.arange(20, 900, 45)
    near, at = (
        released(sim.TsodyksMarkramSynapse(U=0.6, tau_rec=tau), steps, time_constant="tau_syn", weight=1.0)[0]
        for tau in (3.0 + 1e-6, 3.0)  # NEST divides by the difference
    )
    assert np.isfinite(at).all()
    assert at == pytest.approx(near, rel=1e-6)


def test_long_pauses_let_all_recover() -> None:
    steps = np.array([10, 20, 12000])  # exp(pause/tau_rec) is beyond the largest number
    found = released(sim.TsodyksMarkramSynapse(U=0.6, tau_rec=1.0), steps, time_constant="tau_syn", weight=1.0)[0]
    assert found[2] == pytest.approx(found[0], rel=1e-12)


def test_a_regular_train_onto_a_jumping_membrane_ends_in_the_closed_form() -> None:
    U, rec, facil, interval = 0.2, 150.0, 80.0, 20.0
    steps = np.arange(10, 20000, 200)
    found = released(sim.TsodyksMarkramSynapse(U=U, tau_rec=rec, tau_facil=facil), steps, weight=1.0)[0]
    u = U / (1 - (1 - U) * np.exp(-interval / facil))
    x = (1 - np.exp(-interval / rec)) / (1 - (1 - u) * np.exp(-interval / rec))
    assert found[0] == pytest.approx(U)
    assert found[-1] == pytest.approx(u * x, rel=1e-5)  # 2 s are 13 recovery time constants: exp(-13) = 2e-6


SIGMAS = 5  # a right program fails one of 1.7 million such comparisons

MANY = 4000


def pool_means(U: float, tau_rec: float, tau_facil: float, steps: np.ndarray) -> np.ndarray:
    """Return the mean share released at each spike: that of the deterministic pool."""
    u, x, found = 0.0, 1.0, []
    for interval in np.diff(steps, prepend=steps[0]) * DT:
        x = 1 - (1 - x) * np.exp(-interval / tau_rec)
        u *= np.exp(-interval / tau_facil) if tau_facil else 0
        u += U * (1 - u)
        found.append(u * x)
        x -= u * x
    return np.array(found)


def test_a_stochastic_synapse_transmits_a_share_of_spikes_whole() -> None:
    p = np.repeat([0.0, 0.25, 0.8, 1.0], MANY)
    found = released(sim.SimpleStochasticSynapse(), np.arange(10, 60, 5), count=len(p), p=p, weight=0.5)
    assert set(np.round(np.unique(found), 9)) == {0.0, 0.5}
    shares = (found.reshape(4, -1) / 0.5).mean(axis=1)
    spread = np.sqrt(np.array([0, 0.25 * 0.75, 0.8 * 0.2, 0]) / (10 * MANY))
    assert np.all(np.abs(shares - [0, 0.25, 0.8, 1]) <= SIGMAS * spread + 1e-12)
    assert len(np.unique(found[MANY : 2 * MANY].sum(axis=1))) > 5  # each by itself


TRAIN = np.array([20, 120, 170, 500, 520, 1500])


@pytest.mark.parametrize("tau_facil", [0.0, 60.0])
def test_one_site_releases_on_average_as_the_pool(tau_facil: float) -> None:
    own = {"U": 0.4, "tau_rec": 50.0, "tau_facil": tau_facil}
    found = released(sim.StochasticTsodyksMarkramSynapse(**own), TRAIN, count=MANY, weight=0.5) / 0.5
    assert set(np.round(np.unique(found), 9)) == {0.0, 1.0}
    means = pool_means(**own, steps=TRAIN)
    assert np.all(np.abs(found.mean(axis=0) - means) < SIGMAS * np.sqrt(means * (1 - means) / MANY))


@pytest.mark.parametrize("tau_facil", [0.0, 60.0])
def test_several_sites_release_each_by_itself(tau_facil: float) -> None:
    own = {"U": 0.4, "tau_rec": 50.0, "tau_facil": tau_facil}
    sites = np.repeat([1, 3, 40], MANY)
    found = released(sim.MultiQuantalSynapse(**own), TRAIN, count=len(sites), weight=0.5, n=sites) / 0.5
    p = pool_means(**own, steps=TRAIN)
    for n, some in zip((1, 3, 40), np.split(found, 3), strict=True):
        assert some == pytest.approx(np.round(some), abs=1e-9)  # sums of weights are rounded
        assert some.min() >= 0 and np.round(some).max() <= n
        variance = n * p * (1 - p)  # sites are independent of each other: binomial
        assert np.all(np.abs(some.mean(axis=0) - n * p) < SIGMAS * np.sqrt(variance / MANY))
        # the variance of a variance is below that of a normal distribution's times 2 for so many sites
        assert np.all(np.abs(some.var(axis=0) / variance - 1) < SIGMAS * np.sqrt(4 / MANY))


def test_a_gap_junction_joins_cells_both_ways() -> None:
    cells = sim.Population(2, sim.IF_curr_exp(v_thresh=100.0, cm=1.0, tau_m=20.0, v_rest=-65.0, i_offset=[1.0, 0.0]))
    sim.Projection(cells[0:1], cells[1:2], sim.AllToAllConnector(), sim.ElectricalSynapse(weight=0.03))
    sim.Projection(cells[1:2], cells[0:1], sim.AllToAllConnector(), sim.ElectricalSynapse(weight=0.01))
    cells.record("v")
    sim.run(400.0)
    leak, gap = 1.0 / 20.0, 0.04
    total, difference = 1 / leak, 1 / (leak + 2 * gap)  # of the two potentials, from the balance of currents
    last = cells.get_data().segments[0].analogsignals[0].magnitude[-1]
    # 20 membrane time constants have passed: exp(-20) of 20 mV
    assert last == pytest.approx([-65 + (total + difference) / 2, -65 + (total - difference) / 2], abs=1e-6)
