"""A warm start is a start: what a script sees, prints and ends with is the same, only sooner."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from brianhw.warm import client
from brianhw.warm import place as places
from brianhw.warm.client import run_warm

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no fork")

Call = Callable[..., subprocess.CompletedProcess[str]]


def eventually(is_so: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    # a socket's name is short
    folder = tmp_path_factory.mktemp("w")
    return {**os.environ, "BRIANHW_CACHE_DIR": str(folder / "compiled"), "MPLBACKEND": "agg"}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "brianhw", "run", "--warm", *map(str, arguments)]


@pytest.fixture(scope="module")
def server(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the socket of a server that a first start has left behind."""
    folder = tmp_path_factory.mktemp("first")
    (folder / "nothing.py").write_text("")
    done = subprocess.run(command("nothing.py"), cwd=folder, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    warm = Path(environment["BRIANHW_CACHE_DIR"]).parent / "warm"

    def sockets() -> list[Path]:
        return [each for each in warm.iterdir() if "." not in each.name]

    eventually(sockets)
    [socket] = sockets()
    yield socket
    socket.unlink(missing_ok=True)  # it ends then


@pytest.fixture
def start(server: Path, environment: dict[str, str], tmp_path: Path) -> Call:
    """Start a script of a text, warm."""

    def start(text: str, *arguments: object, **keywords: object) -> subprocess.CompletedProcess[str]:
        (tmp_path / "script.py").write_text(text)
        return subprocess.run(
            command("script.py", *arguments), cwd=tmp_path, env=environment, capture_output=True, text=True, **keywords
        )  # type: ignore[call-overload]

    return start


def test_a_script_finds_its_folder_arguments_input_and_everything_imported(start: Call, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("value = 7")
    text = """
import sys, os
print("brian2" in sys.modules, __name__, sys.argv, os.getcwd(), sys.stdin.read(), os.path.basename(__file__))
import beside
print(beside.value, oct(os.umask(0o027)), file=sys.stderr)
"""
    done = start(text, "--warm", "a b", input="given", umask=0o027)
    assert done.stdout == f"True __main__ ['script.py', '--warm', 'a b'] {tmp_path} given script.py\n"
    assert done.stderr == "7 0o27\n"


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("import sys; sys.exit(7)", 7, ""),
        ("import sys; sys.exit('no')", 1, "no\n"),
        ("x = 1\n1/0", 1, "ZeroDivisionError: division by zero"),
        ("import atexit; atexit.register(print, 'last', flush=True)", 0, ""),
        ("import os; os.abort()", -signal.SIGABRT, ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM, ""),
    ],
)
def test_it_ends_as_a_script_does(start: Call, text: str, status: int, said: str) -> None:
    done = start(text)
    assert done.returncode == status
    assert said in done.stderr
    assert done.stdout == ("last\n" if "atexit" in text else "")
    if "1/0" in text:
        assert 'script.py", line 2' in done.stderr
        assert "warm" not in done.stderr


def test_threads_of_a_script_are_waited_for(start: Call) -> None:
    text = "import threading, time\nthreading.Timer(0.3, print, ['late']).start()\nprint('early')"
    assert start(text).stdout == "early\nlate\n"


def test_random_numbers_are_new_each_time_and_those_of_a_seed_are_not(start: Call) -> None:
    text = """
import random, numpy as np
from brian2 import NeuronGroup, run, seed, ms, prefs
prefs.codegen.target = "numpy"
print(np.random.rand(), random.random())
group = NeuronGroup(1, "x : 1")
group.x = "rand()"
print(group.x[0])
seed(3)
print("seeded", np.random.rand())
"""
    found = [start(text).stdout.splitlines() for _ in range(2)]
    assert len(found[0]) == 3
    assert found[0][0].split()[0] != found[1][0].split()[0]
    assert found[0][0].split()[1] != found[1][0].split()[1]
    assert found[0][1] != found[1][1]
    assert found[0][2] == found[1][2]


def test_warnings_and_the_files_of_brian2s_log_are_those_of_the_script(start: Call) -> None:
    text = """
import os, warnings
from brian2 import BrianLogger, get_logger
warnings.warn("beware")
get_logger("brian2.x").warn("look out")
print(open(BrianLogger.tmp_script).read().splitlines()[-1], os.path.exists(BrianLogger.tmp_log))
# the last line
"""
    done = start(text)
    assert done.stdout == "# the last line True\n"
    assert done.stderr.count(": beware") == done.stderr.count("look out") == 1


def test_ctrl_c_is_the_scripts(server: Path, environment: dict[str, str], tmp_path: Path) -> None:
    text = """
import time
try:
    print("here", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("caught", flush=True)
time.sleep(60)
"""
    (tmp_path / "script.py").write_text(text)
    with subprocess.Popen(
        command("script.py"), cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "caught\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == -signal.SIGINT


def test_a_script_ends_when_its_caller_is_killed(server: Path, environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)")
    with subprocess.Popen(command("script.py"), cwd=tmp_path, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()

        def is_gone() -> bool:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"

        eventually(is_gone)


# -- what a server must not serve -------------------------------------------------------------------


def test_another_environment_or_version_has_another_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BRIANHW_CACHE_DIR", str(tmp_path / "c"))
    monkeypatch.setattr(places, "_LONGEST", 1000)
    here = places.socket_file({"A": "1", "PWD": "/a"})
    assert here is not None and here == places.socket_file({"A": "1", "PWD": "/b"})
    assert here != places.socket_file({"A": "2"})
    monkeypatch.setattr(places, "__version__", "other")
    assert here != places.socket_file({"A": "1"})


def test_a_folder_with_preferences_starts_cold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert places.is_possible()
    (tmp_path / "brian_preferences").write_text("")
    assert not places.is_possible()
    assert run_warm(["run", "script.py"]) is None


def test_a_folder_that_others_can_write_to_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "warm").mkdir()
    (tmp_path / "warm").chmod(0o777)
    monkeypatch.setenv("BRIANHW_CACHE_DIR", str(tmp_path / "compiled"))
    assert places.socket_file() is None


def test_a_server_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(client, "_PATIENCE", 0.1)
    monkeypatch.setattr(client, "_start_server", lambda place: None)
    monkeypatch.setattr(client, "socket_file", lambda: tmp_path / "s")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")
        listening.listen()
        assert run_warm(["run", "script.py"]) is None
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.recv(100) == b""  # no wish that could be fulfilled later


def test_a_server_ends_when_its_socket_goes_or_nobody_asks(environment: dict[str, str], tmp_path: Path) -> None:
    text = "import sys, brianhw.warm.server as s\ns.LOOK, s.IMPORTED = 0.1, []\nfrom pathlib import Path\n"
    for idle, remove in ((0.5, False), (60, True)):
        place = tmp_path / f"s{idle}"
        code = f"{text}s.serve(Path({str(place)!r}), {idle})"
        with subprocess.Popen([sys.executable, "-c", code], env=environment) as process:
            eventually(lambda process=process, place=place: place.exists() or process.poll() is not None)
            if remove:
                place.unlink()
            assert process.wait(30) == 0
        assert not place.exists()
