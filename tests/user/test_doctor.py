"""What the doctor finds on machines where something is missing."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path

import pytest

from brianhw import cli, doctor
from paths import CHECKOUT


@pytest.fixture
def bare_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the whole search path: a machine without compiler and make."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CXX", raising=False)
    return folder


def program(file: Path, text: str) -> Path:
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def finding(name: str) -> doctor.Finding:
    return next(found for found in doctor.check() if found.name == name)


def test_every_finding_on_this_machine_is_good() -> None:
    assert [str(found) for found in doctor.check() if not found.ok] == []


def test_the_compiler_found_is_the_one_that_brian2_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CXX", raising=False)
    assert finding("C++ compiler").detail.split()[0].endswith("/g++")


def test_without_a_compiler_the_status_is_4_and_the_advice_names_a_package(
    bare_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["doctor"]) == 4
    lines = capsys.readouterr().out.splitlines()
    missing = next(index for index, line in enumerate(lines) if line.startswith("MISSING C++ compiler"))
    assert "g++ is not there" in lines[missing]
    for system in ("Debian, Ubuntu: sudo apt install g++", "Fedora:", "macOS:", "conda:"):
        assert system in lines[missing + 1]


def test_without_a_compiler_none_is_found(bare_path: Path) -> None:
    assert not finding("C++ compiler").ok
    assert not finding("make").ok


def test_without_make_alone_the_status_is_1(bare_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_try_compiler", lambda cxx, path: (Path("/usr/bin/g++"), ""))
    assert cli.main(["doctor"]) == 1


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        ("echo 'cc1plus: no such file' >&2; exit 1", "cc1plus: no such file"),
        ("exit 3", "ended with status 3"),
        ("exit 0", "No such file"),  # it claims to have built the program and has not
    ],
)
def test_a_compiler_that_does_not_work_is_not_found(bare_path: Path, script: str, trouble: str) -> None:
    program(bare_path / "g++", script)
    assert not finding("C++ compiler").ok
    assert trouble in finding("C++ compiler").detail


def test_a_compiler_whose_programs_do_not_run_is_not_found(bare_path: Path) -> None:
    # the last argument is the program to build
    program(bare_path / "g++", 'for last; do :; done\nprintf "#!/bin/sh\\nexit 1\\n" > "$last"; /bin/chmod +x "$last"')
    assert not finding("C++ compiler").ok


def test_a_broken_CXX_is_not_replaced_by_another_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    # Brian2's makefile would use it, too
    monkeypatch.setenv("CXX", "/nowhere/icpx -fast")
    assert not finding("C++ compiler").ok
    assert "CXX is set" in finding("C++ compiler").advice


def test_CXX_may_hold_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "g++ -O1")
    assert finding("C++ compiler").ok


@pytest.mark.parametrize(
    ("brian2", "numpy", "ok"),
    [
        ("2.9.0", "2.3.5", True),
        ("2.9.0", "2.4.0", False),
        ("2.9.0", "2.4.0rc1", False),
        ("2.10.0", "2.4.0", True),
        ("2.11.1", "2.5.1", True),
    ],
)
def test_the_pair_of_versions_that_does_not_import_is_found(
    brian2: str, numpy: str, ok: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_version", {"brian2": brian2, "numpy": numpy}.get)
    found = doctor._numpy()
    assert found.ok is ok
    assert ok or "numpy<2.4" in found.advice


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_version", lambda distribution: None)
    assert doctor._package("Cython", "Cython").advice == "pip install cython"


def test_a_cache_folder_that_cannot_be_made_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.delenv("BRIANHW_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    monkeypatch.setenv("HOME", str(blocked))
    assert not doctor._cache_folder().ok


def test_the_doctor_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cli.main(["doctor"])
    assert os.listdir(tmp_path) == []


# -- what is not needed -----------------------------------------------------------------------------


def test_each_extra_of_the_project_is_looked_for_with_all_its_packages() -> None:
    with open(CHECKOUT / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]["optional-dependencies"]
    found = {name: set(distributions) for name, distributions, *_ in doctor.EXTRAS}
    for extra in project.keys() - {"test"}:  # whoever tests has a checkout and its README
        assert found[extra] == {re.split(r"[<>=;\[ ]", each)[0] for each in project[extra]}


def test_an_extra_that_is_missing_is_named_with_the_way_to_get_it_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed = doctor._version
    monkeypatch.setattr(
        doctor, "_version", lambda name: None if name in ("torch", "nest-simulator") else installed(name)
    )
    assert cli.main(["doctor"]) == 0
    printed = capsys.readouterr().out
    for line in ("torch", "pip install 'brianhw[torch]'", "conda install -c conda-forge nest-simulator"):
        assert line in printed
    assert "MISSING" not in printed
