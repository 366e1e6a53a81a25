"""One script of each kind that users of SpiNNaker have, in their style: each checks the numbers that it knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import brianhw.pynn
from brianhw import scripts
from brianhw.pynn import control

FOLDER = Path(__file__).parent / "spinnaker_scripts"
SCRIPTS = sorted(FOLDER.glob("*.py"))
HARDWARE = {"integers": "spinnaker", "ideal": ""}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Interpret what scripts run for fractions of a second instead of compiling it; live input without waiting."""
    monkeypatch.setattr(control, "DEVICES", ("runtime", *control.DEVICES))
    monkeypatch.setenv("BRIANHW_LIVE", "simulated")
    monkeypatch.setenv("MPLBACKEND", "agg")
    yield
    brianhw.pynn.setup()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mode", HARDWARE)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_of_each_kind_finds_the_numbers_that_it_knows(
    script: Path, mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scripts.run(script, hardware=HARDWARE[mode])
