"""The command ``brianhw cache`` and what the doctor says of the cache."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from brianhw import cli, doctor
from brianhw.device.cache import Cache, key_of
from brianhw.device.cache import folder as folder_module

KEY, OTHER = key_of("a model"), key_of("another")


def large(folder: Path) -> None:
    (folder / "model.so").write_bytes(bytes(2_000_000))


def small(folder: Path) -> None:
    (folder / "model.so").write_bytes(bytes(12_000))


def kept(cache: Cache) -> set[str]:
    return {file.name for file in cache.folder.iterdir() if file.suffix != ".lock"}


@pytest.fixture
def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    """The cache that the command looks at."""
    monkeypatch.setenv("BRIANHW_CACHE_DIR", str(tmp_path / "chosen"))
    return Cache()


def test_the_command_tells_about_the_cache(chosen: Cache, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["cache", "info"]) == 0
    assert capsys.readouterr().out == f"folder    {chosen.folder}\nmodels    0\nsize      0.0 MB of 500.0 MB\n"
    chosen.get(KEY, large)
    assert cli.main(["cache", "info"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == ["models    1", "size      2.0 MB of 500.0 MB"]
    assert lines[3].startswith("last use  20")


def test_the_command_clears_the_cache(chosen: Cache, capsys: pytest.CaptureFixture[str]) -> None:
    chosen.get(KEY, large)
    with chosen.holding(OTHER, small):
        assert cli.main(["cache", "clear"]) == 0
    assert capsys.readouterr().out == "removed 1 compiled models, 2.0 MB; 1 in use kept\n"
    assert kept(chosen) == {OTHER}


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ([], {KEY, OTHER}),
        (["--max-size", "0"], set()),
        (["--max-size", "20kB"], {OTHER}),
        (["--max-size", "0.02 MB"], {OTHER}),
        (["--max-size", "1GB"], {KEY, OTHER}),
        (["--older-than", "2d"], {KEY, OTHER}),
        (["--older-than", "30h"], {OTHER}),
        (["--older-than", "1d", "--max-size", "1GB"], {OTHER}),
        (["--older-than", "2m"], set()),
    ],
)
def test_the_command_prunes_the_cache(options: list[str], left: set[str], chosen: Cache) -> None:
    for key, hours in ((KEY, 36), (OTHER, 1)):
        chosen.get(key, small)
        then = time.time() - hours * 3600
        os.utime(chosen.folder / key, (then, then))
    assert cli.main(["cache", "prune", *options]) == 0
    assert kept(chosen) == left


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["prune", "--max-size", "large"],
        ["prune", "--max-size=-5MB"],
        ["prune", "--max-size", "5 parsec"],
        ["prune", "--older-than", "30"],
        ["prune", "--older-than", "d"],
        ["info", "--max-size", "5"],
    ],
)
def test_a_wrong_call_of_the_command_ends_with_2(arguments: list[str], chosen: Cache) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["cache", *arguments])
    assert end.value.code == 2


def test_the_command_and_the_doctor_refuse_a_cache_that_others_can_write_to(
    chosen: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor._cache_folder().ok
    assert doctor._cache_folder().detail == str(chosen.folder)
    assert os.listdir(chosen.folder) == []
    chosen.folder.chmod(0o777)
    assert cli.main(["cache", "clear"]) == 1
    assert capsys.readouterr().err.startswith(f"CacheError: {chosen.folder} can be written to by others")
    found = doctor._cache_folder()
    assert not found.ok
    assert "chmod go-w" in found.detail


def test_the_doctor_finds_a_full_disk(chosen: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "FULL_BYTES", 2**63)
    assert f"The disk of the cache {chosen.folder} is full" in doctor._cache_folder().detail
