"""Recorded runs of the chip's own code, replayed through the PyNN facade: every integer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import brianhw
import brianhw.compat
import brianhw.pynn
import brianhw.spinnaker as sim
import spinnaker_facade as facade
from spinnaker_replay import NEURONS, SYNAPSES

pytestmark = pytest.mark.filterwarnings("ignore::brianhw.errors.SpinnakerWarning")

SHARE = 250  # steps of each recording: the rest takes long, and the models replay it all


@pytest.fixture(autouse=True)
def setup() -> Iterator[None]:
    sim.setup(device="runtime")
    yield
    brianhw.pynn.setup()


@pytest.mark.parametrize("name", NEURONS)
def test_neurons_to_the_integer(name: str) -> None:
    differing, spikes = facade.neuron(name, SHARE)
    assert differing == dict.fromkeys(("rec_v", "rec_gsyn_exc", "rec_gsyn_inh", "spikes"), 0)
    assert spikes > 5


@pytest.mark.parametrize("name", SYNAPSES)
def test_plasticity_to_the_integer(name: str) -> None:
    assert facade.synapse(name, SHARE) == dict.fromkeys(("ring buffer", "last weights", "spikes"), 0)
