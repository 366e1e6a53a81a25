"""What synapses have is copied in the order in which spikes reach them; whoever changes it sees the change."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from brian2 import (
    Network,
    NetworkOperation,
    NeuronGroup,
    Synapses,
    defaultclock,
    ms,
    set_device,
)

import brianhw  # noqa: F401  (registers the device)
from device_models import on_both

N = 40
MODEL = "dphi/dt = 300*Hz : 1"

pytestmark = [pytest.mark.standalone]


@pytest.fixture(autouse=True)
def again_runtime() -> Iterator[None]:
    yield
    set_device("runtime")


class Net:
    """Forty neurons that fire at 300 Hz, each to all of forty counters, with delays in no order."""

    def __init__(self) -> None:
        rng = np.random.default_rng(3)
        self.source = NeuronGroup(N, MODEL, threshold="phi > 1", reset="phi -= 1", method="euler")
        self.source.phi = rng.random(N)
        self.target = NeuronGroup(N, "g : 1")
        self.synapses = Synapses(self.source, self.target, "w : 1", on_pre="g_post += w")
        self.synapses.connect()
        self.synapses.w = rng.random(N * N)
        self.synapses.delay = rng.integers(0, 6, N * N) * 0.1 * ms
        self.net = Network(self.source, self.target, self.synapses)

    def run(self) -> None:
        self.net.run(7 * ms, namespace={})


def _new_weights(net: Net) -> None:
    net.synapses.w = "0.1*i"


def _new_delays(net: Net) -> None:
    net.synapses.delay = "(i + j) % 5*0.1*ms"


def _more_synapses(net: Net) -> None:
    net.synapses.connect(i=[1, 1, 3], j=[2, 2, 0])
    net.synapses.w[N * N :] = 5
    net.synapses.delay[N * N :] = 0.3 * ms


def _back_to_before(net: Net) -> None:
    net.net.store()
    net.run()
    net.synapses.w = 7
    net.net.restore()


@pytest.mark.parametrize(
    "change",
    [_new_weights, _new_delays, _more_synapses, _back_to_before],
    ids=lambda each: each.__name__,
)
def test_what_is_changed_between_runs_is_seen(change: Callable[[Net], None]) -> None:
    def script() -> dict[str, np.ndarray]:
        net = Net()
        net.run()
        change(net)
        net.run()
        net.run()
        return {"g": net.target.g[:], "w": net.synapses.w[:]}

    on_both(script)


def test_what_a_network_operation_changes_through_a_view_that_it_holds_is_seen_in_the_next_step() -> None:
    def script() -> dict[str, np.ndarray]:
        net = Net()
        net.run()
        view = net.synapses.variables["w"].get_value()

        def double() -> None:
            view[::3] *= 1.5

        net.net.add(NetworkOperation(double, dt=0.5 * ms))
        net.run()
        return {"g": net.target.g[:]}

    on_both(script)


def test_what_is_switched_on_for_a_run_and_learns_is_seen_after_it() -> None:
    def script() -> dict[str, np.ndarray]:
        net = Net()
        change = net.synapses.run_regularly("w = w*0.5 + 0.01*j", dt=defaultclock.dt)
        for change.active in (False, True, False):
            net.run()
        return {"g": net.target.g[:], "w": net.synapses.w[:]}

    on_both(script)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_have_copies_of_their_own_and_give_the_same_bits(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brianhw.device.running.plan.ENOUGH_SYNAPSES", 10)
    found = []
    for number in (0, threads):
        set_device("brianhw", openmp_threads=number)
        net = Net()
        net.run()
        net.synapses.w = "0.3*j"
        net.run()
        found.append(net.target.g[:])
    assert np.array_equal(*found)


def test_synapses_of_whole_numbers_booleans_and_single_bytes_are_copied_as_they_are() -> None:
    def script() -> dict[str, np.ndarray]:
        net = Net()
        synapses = Synapses(
            net.source, net.target, "k : integer\nis_on : boolean\nu : 1", on_pre="g_post += k*u*int(is_on) + 0.01*j"
        )
        synapses.connect()
        synapses.k, synapses.is_on, synapses.u = "i - j", "(i*j) % 3 == 0", "sin(i*j)"
        synapses.delay = "(7*j + i) % 6*0.1*ms"
        net.net.add(synapses)
        net.run()
        return {"g": net.target.g[:]}

    on_both(script)
