"""`brianhw new` makes a folder whose script, test and notebook run; `brianhw completion` prints what shells read."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from brianhw import cli
from brianhw.command import new
from paths import environment_of

ALL_OF_IT = """
import sys, brian2, brianhw, pytest
from pathlib import Path
from brianhw import scripts
brian2.prefs["devices.brianhw.extra_compile_args"] = ["-O1"]  # for short runs
scripts.run(Path("trial.py"), [], Path("figures/script"))
scripts.run(Path("trial.ipynb"), [], Path("figures/notebook"))
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider"]))
"""


@pytest.mark.standalone
@pytest.mark.slow
@pytest.mark.parametrize("kind", new.KINDS)
def test_script_notebook_and_test_run_as_made(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "trial", "--kind", kind]) == 0
    folder = tmp_path / "trial"
    assert sorted(file.name for file in folder.iterdir()) == ["test_trial.py", "trial.ipynb", "trial.py"]
    assert "NAME" not in "".join(file.read_text(encoding="utf-8") for file in folder.iterdir())
    nbformat.validate(nbformat.read(folder / "trial.ipynb", as_version=4))
    environment = environment_of(OMP_NUM_THREADS="1")
    done = subprocess.run(
        [sys.executable, "-c", ALL_OF_IT], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout and "warning" not in done.stderr.lower()
    assert [(folder / "figures" / each / "figure-01.png").is_file() for each in ("script", "notebook")] == [True, True]


def test_a_folder_that_is_there_is_refused_and_stays_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    assert cli.main(["new", str(tmp_path / "mine")]) == 1
    assert "is there already" in capsys.readouterr().err
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [("my-model", "'my_model' would do"), ("class", "cannot be imported"), ("json", "Python has a module 'json'")],
)
def test_a_name_that_python_could_not_import_is_refused(
    name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["new", str(tmp_path / name)]) == 1
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_behind_where_nothing_can_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    assert cli.main(["new", str(tmp_path / "file" / "trial")]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_what_is_half_written_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(json, "dumps", lambda *given, **more: "\ud800")  # text that no file takes
    with pytest.raises(UnicodeEncodeError):
        cli.main(["new", str(tmp_path / "trial")])
    assert list(tmp_path.iterdir()) == []


# -- completion -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shell", "part"), [("bash", "complete -"), ("zsh", "#compdef brianhw"), ("tcsh", "complete")])
def test_a_shell_gets_its_own_completion_with_commands_and_examples(
    shell: str, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["completion", shell]) == 0
    printed = capsys.readouterr().out
    for word in (part, "doctor", "stdp_window"):
        assert word in printed


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_completes_commands_and_names_of_examples(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["completion", "bash"])
    script = capsys.readouterr().out
    asks = """
    for words in "brianhw exam" "brianhw examples stdp_w"; do
      COMP_WORDS=($words); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
      $(complete -p brianhw | sed 's/.*-F \\([^ ]*\\).*/\\1/')
      echo "${COMPREPLY[@]}"
    done
    """
    done = subprocess.run(["bash", "-c", script + asks], capture_output=True, text=True, env=os.environ)
    assert done.stdout.split() == ["examples", "stdp_window"], done.stderr


def test_help_imports_neither_brian2_nor_what_completes() -> None:
    look = "import sys; from brianhw.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    look += "print([each for each in ('brian2', 'numpy', 'shtab') if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, env=environment_of())
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
    for command in ("examples", "new", "completion"):
        assert re.search(rf"^ +{command}\b", done.stdout, flags=re.MULTILINE)
