"""The command: what it prints and the status it ends with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import brianhw
from brianhw import cli, errors
from paths import PACKAGE

ROOT = str(PACKAGE.parent)
COMMAND = [
    sys.executable,
    "-c",
    f"import sys; sys.path.append({ROOT!r}); from brianhw.cli import main; sys.exit(main())",
]


def brianhw_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True)


def script(folder: Path, text: str, name: str = "script.py") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_the_version_is_the_package_s() -> None:
    assert brianhw_command("--version").stdout == f"brianhw {brianhw.__version__}\n"


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["run"], ["doctor", "--nonsense"], ["run", "--nonsense", "x.py"]]
)
def test_a_wrong_call_ends_with_2_and_says_how_to_call(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 2
    assert "usage: brianhw" in capsys.readouterr().err


def test_a_script_that_is_not_there_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(tmp_path / "none.py")]) == 2
    assert "There is no script" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.CapacityError, 3),
        (errors.FanInError, 3),
        (errors.FanOutError, 3),
        (errors.WeightError, 3),
        (errors.ConnectionRefused, 3),
        (errors.CompilerError, 4),
        (errors.ModelError, 1),
        (errors.UnknownNameError, 1),
    ],
)
def test_the_status_says_what_kind_of_error_ended_the_script(
    error: type[errors.BrianHWError], status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = script(tmp_path, f"from brianhw import errors\nraise errors.{error.__name__}('too much')\n")
    assert cli.main(["run", file]) == status
    assert capsys.readouterr().err.splitlines() == [
        f"{error.__name__}: too much",
        f"  at {file}, line 2: raise errors.{error.__name__}('too much')",
    ]


def test_an_error_of_ours_that_brian2_wraps_is_shown_as_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = """
from brianhw.errors import FanInError
try:
    raise FanInError("71 words")
except FanInError as error:
    raise RuntimeError("while preparing the run") from error
"""
    assert cli.main(["run", script(tmp_path, text)]) == 3
    assert capsys.readouterr().err.startswith("FanInError: 71 words\n")


def test_the_whole_traceback_of_our_errors_can_be_asked_for(tmp_path: Path) -> None:
    file = script(tmp_path, "from brianhw.errors import FanInError\nraise FanInError('71 words')\n")
    done = brianhw_command("run", "--traceback", file)
    assert done.returncode == 3
    assert "Traceback (most recent call last)" in done.stderr


def test_an_error_of_the_script_s_own_shows_its_traceback_from_the_script_on(tmp_path: Path) -> None:
    file = script(tmp_path, "def half(x):\n    return 1 / x\nhalf(0)\n")
    done = brianhw_command("run", file)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1] == f'  File "{file}", line 3, in <module>'
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert "brianhw" not in done.stderr


def test_a_syntax_error_shows_the_line(tmp_path: Path) -> None:
    done = brianhw_command("run", script(tmp_path, "x = = 1\n"))
    assert done.returncode == 1
    assert "x = = 1" in done.stderr
    assert "scripts.py" not in done.stderr


@pytest.mark.parametrize(("call", "status"), [("sys.exit(7)", 7), ("sys.exit()", 0), ("sys.exit('bad luck')", 1)])
def test_the_script_s_own_status_is_passed_on(call: str, status: int, tmp_path: Path) -> None:
    assert brianhw_command("run", script(tmp_path, f"import sys; {call}")).returncode == status


def test_options_after_the_script_are_the_script_s(tmp_path: Path) -> None:
    file = script(tmp_path, "import sys; print(sys.argv[1:])")
    done = brianhw_command("run", file, "--figures", "-x", "--", "--version")
    assert done.stdout == "['--figures', '-x', '--', '--version']\n"


def test_the_chips_are_printed_with_their_limits(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["chips"]) == 0
    printed = capsys.readouterr().out
    assert "DYNAP-SE1" in printed
    assert "256" in printed


def test_a_reader_that_goes_away_is_no_error() -> None:
    process = subprocess.Popen([*COMMAND, "chips"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.close()
    assert process.communicate()[1] == ""


def test_a_missing_figure_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "--figures", str(tmp_path / "figures"), script(tmp_path, "pass")]) == 0
    assert "the script showed none" in capsys.readouterr().err


@pytest.mark.parametrize(("error", "status"), [(errors.CompilerError, 4), (errors.CapacityError, 3)])
def test_the_demo_ends_with_the_status_of_its_error(
    error: type[errors.BrianHWError], status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(output: Path) -> None:
        raise error("no way")

    demo = ModuleType("brianhw.demo")
    demo.__dict__["run_demo"] = fail
    monkeypatch.setitem(sys.modules, "brianhw.demo", demo)
    assert cli.main(["demo"]) == status
    assert capsys.readouterr().err == f"{error.__name__}: no way\n"
