"""PyNN's own scenarios, on both devices; `python tests/support/pynn_suite.py` runs them with pytest's own output."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import pynn_suite
from paths import environment_of

SUITE = Path(pynn_suite.__file__)
# They simulate for more than ten seconds with NumPy, and nothing that the others leave out.
SLOW_ON_NUMPY = "not (test_HH_cond_exp or test_scenario3 or test_SpikeSourcePoisson)"


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pynn_suite.fetch(tmp_path_factory.mktemp("pynn"))


@pytest.mark.standalone
@pytest.mark.slow
@pytest.mark.parametrize(("device", "chosen", "at_least"), [("brianhw", "test_", 65), ("runtime", SLOW_ON_NUMPY, 61)])
def test_pynns_scenarios_pass(device: str, chosen: str, at_least: int, scenarios: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(SUITE), "--device", device, "--at-least", str(at_least), "--source", str(scenarios)]
    done = subprocess.run(
        [*command, "--", "-k", chosen],
        cwd=tmp_path,
        env=environment_of(MPLBACKEND="agg"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
