"""The documentation builds without a warning and without a network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
DOCS = CHECKOUT / "docs"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    options = ["-W", "--keep-going", "-q", "-d", str(folder / "doctrees")]
    # the tutorials are run by tests of their own
    command = [sys.executable, "-m", "sphinx", "-D", "nb_execution_mode=off", *options, str(DOCS), str(folder / "html")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.mark.slow
def test_the_documentation_builds_without_a_warning(built: Path) -> None:
    assert "Design decisions" in (built / "index.html").read_text(encoding="utf-8")
    # one page of the reference with something on it stands for all: autodoc leaves out what it cannot import
    assert "NeuronModel" in (built / "api" / "model.html").read_text(encoding="utf-8")


def test_every_page_is_in_a_table_of_contents() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    pages = {file.relative_to(DOCS).with_suffix("").as_posix() for file in [*DOCS.glob("*.md"), *DOCS.glob("api/*.md")]}
    assert sorted(pages - {"index"} - set(re.findall(r"^[\w/]+$", index, flags=re.MULTILINE))) == []


def test_no_extension_fetches_from_a_network() -> None:
    assert "intersphinx" not in (DOCS / "conf.py").read_text(encoding="utf-8")
