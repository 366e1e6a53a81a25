"""A part of Brian2's own tests on the brianhw device; `python tests/support/brian2_suite.py` runs all of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from paths import TESTS, environment_of

SUITE = TESTS / "support" / "brian2_suite.py"
# One of each kind in one of both of Brian2's suites: clocks, monitors, networks that change, subgroups, refractoriness,
# synapses with delays, summed variables, event-driven equations, multicompartmental neurons, functions with C++ code,
# random numbers.
PARTS = {
    "runtime": """
    test_network_different_clocks test_continuation test_store_restore test_spikes_after_deactivating
    test_refractoriness test_changed_dt_spikes_in_queue test_event_driven test_user_defined_function test_timedarray
    test_poissoninput test_delays_pathways
    """,
    "standalone": """
    test_spike_monitor test_state_monitor test_rate_monitor_subgroups test_transmission test_summed_variable
    test_infinitecable test_timedarray test_random_number_generation test_spikegenerator test_multiple_noise
    """,
}


@pytest.mark.standalone
@pytest.mark.slow
@pytest.mark.parametrize(("suite", "at_least"), [("standalone", 8), ("runtime", 20)])
def test_brian2s_tests_pass_on_the_device(suite: str, at_least: int, tmp_path: Path) -> None:
    command = [sys.executable, str(SUITE), suite, "--workers", "1", "--at-least", str(at_least)]
    done = subprocess.run(
        [*command, "--", "-k", " or ".join(PARTS[suite].split()), "-p", "no:randomly"],
        cwd=tmp_path,
        env=environment_of(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:]
