"""The documentation builds without a warning and without a network, and every Python block in it runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest

from paths import CHECKOUT

DOCS = CHECKOUT / "docs"


@pytest.mark.slow
def test_the_documentation_builds_without_a_warning(built: Path) -> None:
    assert "Design decisions" in (built / "index.html").read_text(encoding="utf-8")
    # one page of the reference with something on it stands for all: autodoc leaves out what it cannot import
    assert "NeuronModel" in (built / "api" / "model.html").read_text(encoding="utf-8")


def test_every_page_is_in_a_table_of_contents() -> None:
    listed = {
        (table.parent.relative_to(DOCS) / name).as_posix()
        for table in DOCS.glob("**/index.md")
        for name in re.findall(r"^[\w/]+$", table.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }
    assert sorted({page.removesuffix(".md") for page in PAGES} - {"index"} - listed) == []


def test_no_extension_fetches_from_a_network() -> None:
    assert "intersphinx" not in (DOCS / "conf.py").read_text(encoding="utf-8")


# -- what the pages show ------------------------------------------------------------------------------


def blocks_of(page: str) -> list[str]:
    """Return the Python blocks of a page of the documentation."""
    return re.findall(r"(?ms)^```python\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"))


def printed_by(page: str, folder: Path) -> str:
    """Return what the Python blocks of *page*, run one after the other as one script, print."""
    script = folder / "page.py"
    text = "\n".join(blocks_of(page))
    first = "from brian2 import prefs\nprefs.codegen.target = 'numpy'\n" if "brian2 import" in text else ""
    script.write_text(first + text, encoding="utf-8")
    where = Path(find_spec("brianhw").origin).parent.parent  # the package under test, installed or not
    environment = {**os.environ, "PYTHONPATH": str(where)}
    done = subprocess.run([sys.executable, str(script)], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def shows_models(printed: str, folder: Path) -> None:
    assert "I_syn = I_exc - I_inh : amp" in printed
    assert "['I_syn = I_noise : amp']" in printed


def shows_the_dynapse_simulator(printed: str, folder: Path) -> None:
    assert "4 neurons are allocated from Core_1.\nNew bias values are loaded to Core_1.\n" in printed
    assert "core 1: Iampa_tau = 10. pA" in printed


def shows_the_chips_integers(printed: str, folder: Path) -> None:
    first, *others = printed.splitlines()
    assert first.endswith("mV")
    assert others == ["[2048 2048 2048]", "[ 1 -2] 0.36785888671875", "[ 6 -1]"]


def shows_sweeps(printed: str, folder: Path) -> None:
    assert printed.startswith("33 points, vectorised: ")
    assert len(list(folder.glob("rates/*/*.npz"))) == 33


def shows_spinnaker(printed: str, folder: Path) -> None:
    assert "200 neurons and" in printed and "cells" in printed
    assert "SpiNNaker's integers and floating point over 500 ms" in printed
    assert "[0] of cells have spiked in step 51" in printed  # sent after 50 ms, with a delay of 1 ms


def shows_closed_loops_and_repeats(printed: str, folder: Path) -> None:
    *trials, fast, middle, slow = printed.splitlines()
    assert len(trials) == 5
    assert int(fast) > 1.9 * int(middle) > 3.6 * int(slow)  # spikes, of cells with time constants twice as long each


def shows_the_cache(printed: str, folder: Path) -> None:
    assert printed == "42\n"


def shows(*texts: str) -> Callable[[str, Path], None]:
    """Return a check that a page prints all of what it says that it prints."""

    def check(printed: str, folder: Path) -> None:
        assert [text for text in texts if text not in printed] == []

    return check


SHOWS: dict[str, Callable[[str, Path], None]] = {
    "cache.md": shows_the_cache,
    "device.md": shows_closed_loops_and_repeats,
    "dynapse_simulator.md": shows_the_dynapse_simulator,
    "howto/change_parameters.md": shows("8. * pamp"),
    "howto/cluster.md": shows("6 points are stored, 0 are computed."),
    "howto/delays.md": shows("[1.6, 3.1]"),
    "howto/does_not_fit.md": shows("would listen to 74 CAM words", "the largest p is 0.23.", "400 neurons do not fit"),
    "howto/own_chip.md": shows("synapse 0 cannot have weight 300 pA", "the nearest is 200 pA."),
    "howto/own_model.md": shows("I_syn = - I_slow + I_exc : amp"),
    "models.md": shows_models,
    "spinnaker.md": shows_spinnaker,
    "spinnaker_arithmetic.md": shows_the_chips_integers,
    "sweeps.md": shows_sweeps,
}
PAGES = sorted(
    file.relative_to(DOCS).as_posix()
    for folder in (".", "api", "from", "howto")
    for file in DOCS.glob(f"{folder}/*.md")
)


def test_the_script_of_a_twin_runs() -> None:
    pytest.importorskip("torch")
    before, after = re.findall(r"(?ms)^```py\n(.*?)^```$", (DOCS / "from" / "snntorch.md").read_text(encoding="utf-8"))
    assert "import snntorch" in before
    names: dict[str, object] = {}
    exec(compile(after, "snntorch.md", "exec"), names)
    assert tuple(names["spikes"].shape) == (300, 8, 3)  # type: ignore[attr-defined]


@pytest.mark.standalone
@pytest.mark.parametrize("page", [page for page in PAGES if blocks_of(page)])
def test_every_python_block_of_a_page_runs(page: str, tmp_path: Path) -> None:
    if page == "twins.md":
        pytest.importorskip("torch")
    printed = printed_by(page, tmp_path)
    SHOWS.get(page, lambda *nothing: None)(printed, tmp_path)


def test_no_block_of_python_is_called_otherwise_so_that_it_is_not_run() -> None:
    """Blocks without a language, or of a session, would escape the test above."""
    for page in PAGES:
        text = (DOCS / page).read_text(encoding="utf-8")
        languages = re.findall(r"(?m)^```(.*)$", text)[::2]
        directives = {language for language in languages if language.startswith("{")}
        # what these pages begin with is a script for another tool, which need not be here
        other = {"py"} if page.startswith("from/") else set()
        assert set(languages) <= {"python", "sh", "text"} | other | directives, page
        assert "{code-block}" not in directives, page
        assert ">>> " not in text, page
    assert set(SHOWS) <= set(PAGES)


def test_the_tests_that_the_page_on_promises_names_are_there() -> None:
    named = re.findall(r"`(tests/[\w/.]+)`", (DOCS / "howto" / "promised_and_tested.md").read_text(encoding="utf-8"))
    assert len(named) > 15
    assert [name for name in named if not (CHECKOUT / name).exists()] == []


# -- what runs the tutorials --------------------------------------------------------------------------


def built_with(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Build a documentation of one tutorial with one cell, as the documentation is built."""
    (folder / "tutorials").mkdir()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code), nbformat.v4.new_code_cell("a = 1")])
    nbformat.write(notebook, folder / "tutorials" / "one.ipynb")
    (folder / "index.md").write_text("# All\n\n```{toctree}\ntutorials/one\n```\n", encoding="utf-8")
    path = f"import sys; sys.path.insert(0, {str(DOCS)!r})\n"
    (folder / "conf.py").write_text(path + "extensions = ['myst_nb', 'sidebar', 'tutorial_runs']\n", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", str(folder), str(folder / "html")]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_tutorial_is_shown_with_what_it_prints_now(tmp_path: Path) -> None:
    done = built_with("print(6 * 7, 'is printed')", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "42 is printed" in (tmp_path / "html" / "tutorials" / "one.html").read_text(encoding="utf-8")


def test_a_tutorial_that_fails_ends_the_build_with_its_name(tmp_path: Path) -> None:
    done = built_with("6 / 0", tmp_path)
    assert done.returncode != 0
    assert "tutorials/one.ipynb failed" in done.stderr and "ZeroDivisionError" in done.stderr


# -- the first page -----------------------------------------------------------------------------------

FIRST = sorted((DOCS / "first").glob("*.py"))


@pytest.mark.standalone
@pytest.mark.parametrize("script", FIRST, ids=lambda script: script.stem)
def test_what_the_first_page_shows_runs_and_makes_its_figure(script: Path, tmp_path: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if line]) <= 12
    assert f"first/{script.name}" in (DOCS / "index.md").read_text(encoding="utf-8")
    assert (DOCS / "images" / f"first_{script.stem}.png").is_file()
    end = f"\nimport matplotlib.pyplot as plt\nplt.savefig({str(tmp_path / 'figure.png')!r})\n"
    where = Path(find_spec("brianhw").origin).parent.parent
    environment = {**os.environ, "PYTHONPATH": str(where), "MPLBACKEND": "agg"}
    subprocess.run([sys.executable, "-c", text + end], env=environment, check=True, capture_output=True)
    assert (tmp_path / "figure.png").stat().st_size > 5000


def test_no_name_is_twice_in_the_sidebar(built: Path) -> None:
    sidebar = (built / "index.html").read_text(encoding="utf-8").partition('class="sidebar-tree"')[2]
    names = re.findall(r'class="reference internal" href="[^"]+">([^<]+)<', sidebar.partition("</aside>")[0])
    assert len(names) > 40
    assert sorted({name for name in names if names.count(name) > 1}) == []
