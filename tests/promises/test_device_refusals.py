"""Odd values and surroundings are refused by name, or worked around; none leaves the device in a state of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, Quantity, Synapses, defaultclock, ms, second

import brianhw  # noqa: F401  (registers the device)
from brianhw.device import compiler
from brianhw.device.cache import Cache, default_folder, key_of
from brianhw.device.cache.entry import MANIFEST
from brianhw.device.library.builder import Builder
from brianhw.device.library.options import Options
from brianhw.errors import BrianHWError, CacheError, CompilerError, RequestError


@pytest.mark.standalone
@pytest.mark.parametrize("delay", [-1 * ms, np.nan * ms, np.inf * ms, 1e30 * ms, 1e4 * second])
def test_a_delay_that_no_queue_holds_is_refused_by_name(delay: Any, on_device: None) -> None:
    group = NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = 0")
    synapses = Synapses(group, group, on_pre="v += 1")
    synapses.connect()
    synapses.delay = delay
    with pytest.raises(Exception, match="preparing") as caught:
        Network(group, synapses).run(defaultclock.dt)
    cause = caught.value.__cause__
    assert isinstance(cause, RequestError) and isinstance(cause, ValueError)
    assert "Synapse 0 has a delay of" in str(cause) and "1e+07 steps" in str(cause)


@pytest.mark.standalone
@pytest.mark.parametrize("duration", [np.inf * ms, np.nan * ms, -1 * ms, 1e30 * second, [1, 2] * ms])
def test_a_run_without_an_end_is_refused_and_a_sound_one_follows(duration: Quantity, on_device: None) -> None:
    group = NeuronGroup(1, "dv/dt = 1/ms : 1", method="euler")
    net = Network(group)
    with pytest.raises(RequestError, match="non-negative duration"):
        net.run(duration)
    net.run(1 * ms)
    assert group.v[0] == pytest.approx(1)


def test_a_command_in_cxx_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "g++ 'x")
    with pytest.raises(CompilerError, match="CXX is .*No closing quotation"):
        compiler.find()


@pytest.mark.parametrize("folder", ["~nobody_of_this_name/x", "a" * 300])
def test_a_folder_that_cannot_be_is_named(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIANHW_CACHE_DIR", folder)
    with pytest.raises(CacheError, match="BRIANHW_CACHE_DIR"):
        Cache(default_folder()).check()
    assert Cache.disabled() is not None


def test_a_deeply_nested_manifest_is_no_manifest(tmp_path: Path) -> None:
    def make(folder: Path) -> None:
        (folder / "model.so").write_text("new")

    cache, key = Cache(tmp_path), key_of("nested")
    cache.get(key, make)
    (tmp_path / key / MANIFEST).write_text("[" * 100_000)
    assert cache.get(key, make).read_text() == "new"
    assert json.loads((tmp_path / key / MANIFEST).read_text())["key"] == key


@pytest.mark.standalone
def test_a_library_in_the_cache_that_cannot_be_loaded_is_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIANHW_CACHE_DIR", str(tmp_path))
    built = []
    real = compiler.Compiler.build

    def broken_first(self: Any, sources: Any, output: Path, *arguments: Any, **keywords: Any) -> None:
        built.append(output)
        if len(built) == 1:
            output.write_text("whole, and no library")
        else:
            real(self, sources, output, *arguments, **keywords)

    monkeypatch.setattr(compiler.Compiler, "build", broken_first)
    assert Builder(Options()).core() is not None
    assert len(built) == 2
    assert Builder(Options()).core() is not None  # from the cache
    assert len(built) == 2


@pytest.mark.parametrize(
    ("code", "has_banner"),
    [("raise RequestError('ours')", False), ("raise KeyError('theirs')", True)],
)
def test_brian2_asks_for_reports_of_errors_that_are_not_ours(code: str, has_banner: bool) -> None:
    assert issubclass(RequestError, BrianHWError)
    script = f"import brian2, brianhw\nfrom brianhw.errors import RequestError\n{code}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 1
    assert ("unexpected error" in done.stdout + done.stderr) == has_banner
    assert ("ours" in done.stderr) or has_banner
