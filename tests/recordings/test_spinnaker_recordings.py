"""SpiNNaker's neurons and plasticity: every integer of every recorded run of the chip's own code."""

from __future__ import annotations

from pathlib import Path

import brian2
import pytest

import spinnaker_replay as replay


def _none_differs(differing: dict[str, int]) -> None:
    assert differing == dict.fromkeys(differing, 0)


@pytest.mark.parametrize("name", replay.NEURONS)
def test_neurons(name: str) -> None:
    differing, spikes = replay.neuron(name)
    _none_differs(differing)
    assert spikes > 20
    assert len(differing) >= 10


@pytest.mark.parametrize("name", replay.SYNAPSES)
def test_plasticity(name: str) -> None:
    _none_differs(replay.synapse(name))


@pytest.mark.standalone
@pytest.mark.usefixtures("on_device")
@pytest.mark.parametrize("name", replay.NEURONS)
def test_neurons_compiled(name: str) -> None:
    _none_differs(replay.neuron(name)[0])


@pytest.mark.standalone
@pytest.mark.usefixtures("on_device")
@pytest.mark.parametrize("name", replay.SYNAPSES)
def test_plasticity_compiled(name: str) -> None:
    _none_differs(replay.synapse(name))


@pytest.mark.standalone
@pytest.mark.parametrize("target", ["cython", "cpp_standalone"])
def test_neurons_on_brian2s_own_targets(target: str, tmp_path: Path) -> None:
    if target == "cython":
        brian2.prefs.codegen.target = target
    else:
        brian2.set_device(target, directory=str(tmp_path))
    _none_differs(replay.neuron("if_curr_delta_1ms")[0])  # the smallest: Cython takes long to compile


@pytest.mark.standalone
def test_plasticity_on_cpp_standalone(tmp_path: Path) -> None:
    brian2.set_device("cpp_standalone", directory=str(tmp_path))
    _none_differs(replay.synapse("triplet_additive"))
