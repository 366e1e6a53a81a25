"""Each folder of tests says what it compares with, and what a failure in it means."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from conftest import meanings

from paths import TESTS
from planted import run_planted

README = (TESTS / "README.md").read_text(encoding="utf-8")


def test_every_folder_with_tests_says_what_a_failure_means_and_no_test_lies_outside() -> None:
    assert {file.parent.name for file in TESTS.rglob("test_*.py")} == meanings(README).keys()
    assert all(file.parent.parent == TESTS for file in TESTS.rglob("test_*.py"))


def test_files_have_names_of_their_own() -> None:
    # without packages Python knows a test file by its name alone
    names = Counter(file.name for file in TESTS.rglob("*.py"))
    assert [name for name, times in names.items() if times > 1] == []


def test_a_failing_run_says_what_it_means(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("| `promises` | words | somebody waits in vain |\n", encoding="utf-8")
    (tmp_path / "promises").mkdir()
    (tmp_path / "promises" / "test_planted.py").write_text("def test_one():\n    assert False\n", encoding="utf-8")
    done = run_planted(tmp_path)
    assert "tests/promises: somebody waits in vain" in done.stdout
