"""A test that is skipped without a listed reason fails the run."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import allowed_skips, unexpected_skips

from planted import run_planted

SKIPPED = "import pytest\n\n@pytest.mark.skip(reason='today')\ndef test_one():\n    pass\n"


def test_the_list_gives_names_and_insists_on_reasons() -> None:
    assert allowed_skips("# comment\n\ntests/test_a.py::*  # needs NEST\n") == ["tests/test_a.py::*"]
    with pytest.raises(pytest.UsageError, match="line 2: no reason"):
        allowed_skips("tests/test_a.py::test_b  # needs NEST\ntests/test_a.py::test_c\n")


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("tests/test_a.py::test_b", True),
        ("tests/test_a.py::test_c[1]", True),
        ("tests/test_a.py::test_c[2]", False),
        ("tests/test_d.py::test_anything[x]", True),
        ("tests/test_a.py", False),
    ],
)
def test_a_skip_is_allowed_by_its_name_or_a_star(name: str, allowed: bool) -> None:
    patterns = ["tests/test_a.py::test_b", "tests/test_a.py::test_c[1]", "tests/test_d.py::*"]
    assert unexpected_skips([name], patterns) == ([] if allowed else [name])


@pytest.mark.parametrize(("listed", "status"), [("", 1), ("test_planted.py::test_one  # planted", 0)])
def test_a_run_with_a_skipped_test_fails_unless_it_is_listed(listed: str, status: int, tmp_path: Path) -> None:
    (tmp_path / "test_planted.py").write_text(SKIPPED, encoding="utf-8")
    (tmp_path / "allowed_skips.txt").write_text(listed, encoding="utf-8")
    done = run_planted(tmp_path)
    assert done.returncode == status, done.stdout
    assert ("skipped without leave" in done.stdout) is (status == 1)
