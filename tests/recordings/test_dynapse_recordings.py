"""Six recorded runs of the DynapSE simulator, replayed: the faithful fidelity is the simulator's, number for number."""

import pytest
from brian2 import device, set_device

from dynapse_replay import CASES, HardwareInterface, SimulatorInterface, assert_agreement, has_whole_weights, replay

# Some recordings have fractional weights, which brianhw's own interface refuses.
WHOLE = [case for case in CASES if has_whole_weights(case)]


def test_all_six_recordings_are_there():
    assert len(CASES) == 6
    assert len(WHOLE) >= 3


@pytest.mark.filterwarnings("ignore:Weights are counts of CAM words")
@pytest.mark.parametrize("case", CASES)
def test_simulator_interface_repeats_the_recording(case):
    assert_agreement(replay(case, SimulatorInterface))


@pytest.mark.parametrize("case", WHOLE)
def test_own_interface_repeats_the_recording(case):
    assert_agreement(replay(case, HardwareInterface))


@pytest.mark.standalone
@pytest.mark.filterwarnings("ignore:Weights are counts of CAM words")
@pytest.mark.parametrize("case", [CASES[0]])  # a program takes eight seconds to compile
def test_standalone_program_repeats_the_recording(case, tmp_path):
    set_device("cpp_standalone", directory=str(tmp_path / "program"))
    try:
        assert_agreement(replay(case, SimulatorInterface))
    finally:
        device.reinit()
        set_device("runtime")
