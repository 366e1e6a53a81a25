"""The examples of the gallery: short, right, with a figure; and the command that lists and copies them."""

from __future__ import annotations

import ast
import os
import re
import sys
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import matplotlib
import pytest

from brianhw import cli
from brianhw.examples import GALLERY, SECTIONS, Example, examples, section_title
from paths import CHECKOUT, PACKAGE

EXAMPLES = examples()
EXTRA = {"train_a_twin": "torch"}  # what an example needs beside brianhw
by_name = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


@pytest.fixture
def shims_forgotten() -> Iterator[None]:
    """Forget modules of other simulators' names that a script has imported."""
    before = set(sys.modules)
    yield
    for name in sys.modules.keys() - before:
        if (
            str(getattr(sys.modules[name], "__file__", "")).startswith(str(PACKAGE / "compat"))
            and "brianhw" not in name
        ):
            del sys.modules[name]


@by_name
def test_an_example_is_short_says_what_it_shows_and_checks_a_number(example: Example) -> None:
    text = example.file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    title, underline, empty, *rest = (ast.get_docstring(tree) or "").splitlines()
    assert len(text.splitlines()) < 42
    assert underline == "=" * len(title) and not empty and "?" in " ".join(rest)
    assert any(isinstance(node, ast.Assert) for node in tree.body) or "    assert " in text


@by_name
def test_an_example_shows_its_figure_to_who_runs_it(example: Example) -> None:
    assert example.file.read_text(encoding="utf-8").splitlines()[-1] in ("show()", "plt.show()")


@pytest.mark.standalone
@by_name
def test_an_example_runs_draws_and_says_nothing_untoward(
    example: Example,
    compiled_quickly: None,
    shims_forgotten: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    if example.name in EXTRA:
        pytest.importorskip(EXTRA[example.name])
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    code = compile(example.file.read_text(encoding="utf-8"), str(example.file), "exec")
    with matplotlib.rc_context(), warnings.catch_warnings(record=True) as said:
        warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")  # by show(), without windows
        exec(code, {"__name__": "__main__"})
    printed = capfd.readouterr()
    # what is deprecated is for those who wrote the line, which is the reader for lines of the example alone
    shown = [w for w in said if w.filename == str(example.file) or not issubclass(w.category, DeprecationWarning)]
    assert [str(each.message) for each in shown] == []
    assert printed.err == ""
    assert not re.search(rf"{re.escape(os.sep)}(home|tmp|root|usr|work)\b|WARN", printed.out), printed.out
    figures = [plt.figure(number) for number in plt.get_fignums()]
    assert figures
    for figure in figures:  # at least one axis says what it shows
        assert figure.get_supxlabel() or any(axes.get_xlabel() or axes.get_title() for axes in figure.axes)


def test_every_folder_of_the_gallery_is_a_section_with_a_question_and_examples() -> None:
    folders = {entry.name for entry in GALLERY.iterdir() if entry.is_dir() and entry.name != "__pycache__"}
    assert folders == set(SECTIONS)
    for section in SECTIONS:
        assert section_title(section).endswith("?")
        assert [each for each in EXAMPLES if each.section == section]


def test_examples_have_names_of_their_own() -> None:
    assert len({each.name for each in EXAMPLES}) == len(EXAMPLES)


# -- the command ------------------------------------------------------------------------------------


def test_the_examples_are_listed_by_their_questions(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["examples"]) == 0
    printed = capsys.readouterr().out
    for section in SECTIONS:
        assert section_title(section) in printed
    for each in EXAMPLES:
        assert re.search(rf"(?m)^  {each.name} +{re.escape(each.title)}$", printed)


def test_an_example_is_copied_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = EXAMPLES[0]
    assert cli.main(["examples", first.name, str(tmp_path / "new" / "folder")]) == 0
    copy = tmp_path / "new" / "folder" / first.file.name
    assert copy.read_bytes() == first.file.read_bytes()
    assert str(copy) in capsys.readouterr().out


def test_an_example_is_copied_here_if_no_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["examples", EXAMPLES[0].file.name]) == 0
    assert [file.name for file in tmp_path.iterdir()] == [EXAMPLES[0].file.name]


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / EXAMPLES[0].file.name
    mine.write_text("mine", encoding="utf-8")
    assert cli.main(["examples", EXAMPLES[0].name, str(tmp_path)]) == 1
    assert "is there already, and is not overwritten" in capsys.readouterr().err
    assert mine.read_text(encoding="utf-8") == "mine"


def test_all_examples_are_copied_or_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    last = EXAMPLES[-1]
    mine = tmp_path / "some" / last.section / last.file.name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    assert cli.main(["examples", "--all", str(tmp_path / "some")]) == 1
    assert list((tmp_path / "some").rglob("*.py")) == [mine]
    assert cli.main(["examples", "--all", str(tmp_path / "all")]) == 0
    assert len(list((tmp_path / "all").rglob("*.py"))) == len(EXAMPLES)


def test_a_copy_that_fails_leaves_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # the last section's folder cannot be made: a file has its name
    folder = tmp_path / "all"
    folder.mkdir()
    (folder / SECTIONS[-1]).write_text("a file", encoding="utf-8")
    assert cli.main(["examples", "--all", str(folder)]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert [entry.name for entry in folder.iterdir()] == [SECTIONS[-1]]


@pytest.mark.parametrize("asked", ["stdp", "stdp_windows", "STDP_window"])
def test_an_unknown_name_is_answered_with_the_nearest(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["examples", asked]) == 2
    assert "stdp_window" in capsys.readouterr().err


def test_the_gallery_needs_no_brian2_to_be_listed() -> None:
    assert find_spec("brianhw.examples")
    source = (CHECKOUT / "brianhw" / "examples.py").read_text(encoding="utf-8")
    assert "brian2" not in re.findall(r"(?m)^(?:from|import) (\w+)", source)
