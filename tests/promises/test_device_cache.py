"""The cache of compiled models: built once, whole or not at all, whoever races, dies, tampers or runs out of room."""

from __future__ import annotations

import errno
import gc
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brianhw.device.cache import Cache, default_folder, key_of, lock, store
from brianhw.device.cache import folder as folder_module
from brianhw.device.cache.entry import MANIFEST
from brianhw.errors import CacheError, RequestError
from paths import PACKAGE

KEY, OTHER, THIRD = key_of("a model"), key_of("another"), key_of("a third")
LIBRARY = b"\x7fELF" + bytes(range(256)) * 40
LONG_AGO = 10 * store.GRACE_SECONDS


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


class Builds:
    """A build that counts how often it ran."""

    def __init__(self, contents: bytes = LIBRARY) -> None:
        self.contents, self.count = contents, 0

    def __call__(self, folder: Path) -> None:
        self.count += 1
        (folder / "model.so").write_bytes(self.contents)
        (folder / "model.cpp").write_text("// where it came from", encoding="utf-8")


@pytest.fixture
def builds() -> Builds:
    return Builds()


def never(folder: Path) -> None:
    raise AssertionError("built, though it should have been found")


def last_used(cache: Cache, key: str, seconds_ago: float) -> None:
    then = time.time() - seconds_ago
    os.utime(cache.folder / key, (then, then))


def names(cache: Cache) -> set[str]:
    """Return what is in the cache's folder apart from the locks."""
    return {file.name for file in cache.folder.iterdir() if file.suffix != ".lock"}


# -- keys -----------------------------------------------------------------------------------------------

PARTS = st.lists(st.one_of(st.text(st.characters(codec=None)), st.binary()), max_size=4)


@given(PARTS, PARTS)
def test_keys_are_equal_only_if_all_parts_are(one: list[str | bytes], other: list[str | bytes]) -> None:
    assert (key_of(*one) == key_of(*other)) == (one == other)


@given(st.text(min_size=1), st.integers(min_value=0))
def test_dividing_the_same_text_otherwise_gives_another_key(text: str, where: int) -> None:
    where %= len(text)
    divided = {key_of(text), key_of(text[:where], text[where:]), key_of(text.encode("utf-8", "replace"))}
    assert len(divided) == 3


def test_a_key_is_the_same_in_every_process() -> None:
    # else nothing would ever be found again
    assert key_of("a", b"bc") == hashlib.sha256(b"s1:ab2:bc").hexdigest()


@pytest.mark.parametrize("key", ["", "model", KEY.upper(), KEY[:-1], KEY + "\n", f"../{KEY}"])
def test_what_is_no_key_is_refused(key: str, cache: Cache, builds: Builds) -> None:
    with pytest.raises(RequestError, match="is no key of the cache"):
        cache.get(key, builds)
    with pytest.raises(RequestError, match="is no key of the cache"):
        Cache.disabled().get(key, builds)


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc/passwd", MANIFEST])
def test_a_file_name_that_leads_elsewhere_is_refused(name: str, cache: Cache, builds: Builds) -> None:
    with pytest.raises(RequestError, match="cannot be called"):
        cache.get(KEY, builds, name)


# -- building and finding -------------------------------------------------------------------------------


def test_a_model_is_built_once_and_then_found_with_all_its_files(cache: Cache, builds: Builds) -> None:
    file = cache.get(KEY, builds)
    assert cache.get(KEY, never) == Cache(cache.folder).get(KEY, never) == file
    assert file.read_bytes() == LIBRARY
    assert cache.get(KEY, never, "model.cpp").read_text(encoding="utf-8") == "// where it came from"
    assert names(cache) == {KEY}


def test_another_key_is_another_model(cache: Cache, builds: Builds) -> None:
    assert cache.get(KEY, builds) != cache.get(OTHER, Builds(b"other"))
    assert cache.get(OTHER, never).read_bytes() == b"other"


def test_folders_and_files_are_the_owner_s_only(cache: Cache, builds: Builds) -> None:
    before = os.umask(0)  # the most generous there is
    try:
        file = cache.get(KEY, builds)
    finally:
        os.umask(before)
    parts = [cache.folder, *cache.folder.rglob("*")]
    assert len(parts) == 6
    assert [part for part in parts if part.stat().st_mode & 0o077] == []
    assert file.stat().st_mode & stat.S_IRUSR


def test_a_build_that_fails_leaves_nothing_and_its_error_is_passed_on(cache: Cache, builds: Builds) -> None:
    def fails(folder: Path) -> None:
        builds(folder)
        raise OSError(errno.ENOENT, "no compiler")  # also an error of the kind that the cache's own are

    with pytest.raises(OSError, match="no compiler") as raised:
        cache.get(KEY, fails)
    assert type(raised.value) is FileNotFoundError
    assert names(cache) == set()
    cache.get(KEY, builds)


def test_a_build_that_does_not_make_its_file_is_an_error(cache: Cache, builds: Builds) -> None:
    with pytest.raises(FileNotFoundError, match="the build has left no such file"):
        cache.get(KEY, builds, "libmodel.so")
    assert names(cache) == set()


@pytest.mark.parametrize("extra", ["folder", "link", MANIFEST])
def test_a_build_that_leaves_what_cannot_be_kept_is_an_error(extra: str, cache: Cache, builds: Builds) -> None:
    def leaves_more(folder: Path) -> None:
        builds(folder)
        if extra == "folder":
            (folder / extra).mkdir()
        elif extra == "link":
            (folder / extra).symlink_to(folder / "model.so")
        else:
            (folder / extra).touch()

    with pytest.raises(ValueError, match=f"a build left {extra}"):
        cache.get(KEY, leaves_more)
    assert names(cache) == set()


def test_an_error_of_the_user_inside_the_block_is_not_taken_for_the_cache_s(cache: Cache, builds: Builds) -> None:
    for get in (cache.holding, cache.holding_or_temporary):
        with pytest.raises(OSError, match="cannot load") as raised, get(KEY, builds):
            raise OSError("cannot load")
        assert type(raised.value) is OSError
    assert builds.count == 1


# -- damage ---------------------------------------------------------------------------------------------


def truncate(entry: Path) -> None:
    os.truncate(entry / "model.so", 100)


def flip_a_bit(entry: Path) -> None:
    contents = bytearray((entry / "model.so").read_bytes())
    contents[len(contents) // 2] ^= 1
    (entry / "model.so").write_bytes(contents)


def alter_another_file(entry: Path) -> None:
    (entry / "model.cpp").write_text("// where it came frum", encoding="utf-8")


def lose_the_library(entry: Path) -> None:
    (entry / "model.so").unlink()


def lose_the_manifest(entry: Path) -> None:
    (entry / MANIFEST).unlink()


def lose_half_of_the_manifest(entry: Path) -> None:
    os.truncate(entry / MANIFEST, 50)


def hold_a_manifest_of_something_else(entry: Path) -> None:
    (entry / MANIFEST).write_text("[1, 2]", encoding="utf-8")


def hold_a_manifest_without_the_file(entry: Path) -> None:
    (entry / MANIFEST).write_text(json.dumps({"key": KEY, "files": {}}), encoding="utf-8")


def hold_another_model_s_entry(entry: Path) -> None:
    Cache(entry.parent).get(OTHER, Builds(b"other"))
    for file in entry.iterdir():
        file.unlink()
    entry.rmdir()
    (entry.parent / OTHER).rename(entry)


def be_a_file(entry: Path) -> None:
    for file in entry.iterdir():
        file.unlink()
    entry.rmdir()
    entry.write_text("no folder", encoding="utf-8")


def be_a_link_to_a_whole_entry(entry: Path) -> None:
    entry.rename(entry.parent / "elsewhere")
    entry.symlink_to(entry.parent / "elsewhere")


def hold_a_link_to_the_same_library(entry: Path) -> None:
    (entry / "model.so").rename(entry.parent / "elsewhere.so")
    (entry / "model.so").symlink_to(entry.parent / "elsewhere.so")


def hold_a_pipe(entry: Path) -> None:
    (entry / "model.so").unlink()
    os.mkfifo(entry / "model.so", 0o600)


DAMAGES = [
    truncate,
    flip_a_bit,
    alter_another_file,
    lose_the_library,
    lose_the_manifest,
    lose_half_of_the_manifest,
    hold_a_manifest_of_something_else,
    hold_a_manifest_without_the_file,
    hold_another_model_s_entry,
    be_a_file,
    be_a_link_to_a_whole_entry,
    hold_a_link_to_the_same_library,
    hold_a_pipe,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_entry_is_thrown_away_and_built_again(
    damage: Callable[[Path], None], cache: Cache, builds: Builds
) -> None:
    file = cache.get(KEY, builds)
    damage(file.parent)
    assert cache.get(KEY, builds) == file
    assert builds.count == 2
    assert file.read_bytes() == LIBRARY
    assert not file.is_symlink() and not file.parent.is_symlink()
    assert cache.get(KEY, never) == file
    assert not list(cache.folder.glob("*.old"))


def test_what_a_link_pointed_to_is_left_alone(cache: Cache, builds: Builds, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.tex").touch()
    cache.check()
    (cache.folder / KEY).symlink_to(home)
    (cache.folder / f"{OTHER}.lock").symlink_to(home / "planted")
    cache.get(KEY, builds)
    cache.get(OTHER, builds)
    cache.clear()
    assert sorted(home.iterdir()) == [home / "thesis.tex"]


# -- other users ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777, 0o1777])
def test_a_folder_that_others_can_write_to_is_refused(mode: int, cache: Cache, builds: Builds) -> None:
    cache.get(KEY, builds)
    cache.folder.chmod(mode)
    for call in (lambda: cache.get(KEY, builds), cache.check, cache.info, cache.clear, cache.prune):
        with pytest.raises(CacheError, match=rf"can be written to by others \(mode {mode:04o}\).*chmod go-w"):
            call()
    cache.folder.chmod(0o755)  # to look is allowed
    assert cache.get(KEY, never)


@pytest.mark.parametrize("part", [".", "model.so", MANIFEST, "model.cpp"])
def test_an_entry_that_others_can_write_to_is_refused_and_can_be_cleared(
    part: str, cache: Cache, builds: Builds
) -> None:
    path = cache.get(KEY, builds).parent / part
    path.chmod(0o770)
    with pytest.raises(CacheError, match="can be written to by others .mode 0770.*chmod go-w"):
        cache.get(KEY, builds)
    assert cache.clear().entries == 1
    assert cache.get(KEY, builds)


def test_a_folder_of_someone_else_is_refused(cache: Cache, builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.get(KEY, builds)
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    with pytest.raises(CacheError, match=f"belongs to user {mine} and you are user {mine + 1}.*BRIANHW_CACHE_DIR"):
        cache.get(KEY, builds)


def test_an_entry_of_someone_else_is_refused(cache: Cache, builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    file = cache.get(KEY, builds)
    if os.geteuid() == 0:
        os.chown(file, 65534, 65534)
    else:  # nobody but root can give a file away: the library says that it is another's
        real = os.fstat

        def fstat(descriptor: int) -> os.stat_result:
            status = real(descriptor)
            if not os.path.samestat(status, file.stat()):
                return status
            return os.stat_result((*status[:4], status.st_uid + 1, *status[5:]))

        monkeypatch.setattr(os, "fstat", fstat)
    with pytest.raises(CacheError, match="belongs to user"):
        cache.get(KEY, builds)


def test_a_cache_that_everybody_could_exchange_for_another_is_refused(tmp_path: Path, builds: Builds) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(CacheError, match=f"Everybody can write to {shared}"):
        Cache(shared / "cache").get(KEY, builds)
    shared.chmod(0o1777)  # as /tmp: nobody but the owner can rename
    assert Cache(shared / "cache").get(KEY, builds)


# -- several processes ----------------------------------------------------------------------------------

PREAMBLE = f"""
import os, sys, time
from pathlib import Path
sys.path.insert(0, {str(PACKAGE.parent)!r})
from brianhw.device.cache import Cache
cache, folder = Cache(Path("cache")), Path(".")
KEY, OTHER = {KEY!r}, {OTHER!r}

def until(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)

def build(made):
    with open("builds", "a") as log:
        log.write("x")
    Path(f"started{{os.getpid()}}").touch()
    slowly(made)
    (made / "model.so").write_bytes({LIBRARY!r})
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start a Python process that has a cache and a build; it is killed after the test if it still runs."""
    started: list[subprocess.Popen[str]] = []

    def one(code: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PREAMBLE + textwrap.dedent(code)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(command, cwd=tmp_path, text=True, **pipes))
        return started[-1]

    yield one
    for process in started:
        process.kill()
        process.communicate()


def ended_well(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output.strip()


def wait_for(path: Path, pattern: str) -> None:
    end = time.monotonic() + 30
    while not list(path.glob(pattern)):
        assert time.monotonic() < end, f"no {pattern}"
        time.sleep(0.005)


SLOW = """
def slowly(made):
    time.sleep(0.5)
"""
HANGS = """
def slowly(made):
    time.sleep(60)
"""


def test_of_four_processes_that_want_one_model_one_builds(
    start: Callable[[str], subprocess.Popen[str]], tmp_path: Path
) -> None:
    race = """
    Path(f"ready{os.getpid()}").touch()
    until(lambda: len(list(folder.glob("ready*"))) == 4)
    print(cache.get(KEY, build))
    """
    processes = [start(SLOW + textwrap.dedent(race)) for _ in range(4)]
    assert {ended_well(process) for process in processes} == {str(tmp_path / "cache" / KEY / "model.so")}
    assert (tmp_path / "builds").read_text() == "x"


def test_processes_that_want_different_models_build_at_the_same_time(
    start: Callable[[str], subprocess.Popen[str]], tmp_path: Path
) -> None:
    # each build ends only when the other has started
    meets = """
    def slowly(made):
        until(lambda: len(list(folder.glob("started*"))) == 2)
    """
    for process in [start(textwrap.dedent(meets) + f"cache.get({key}, build)") for key in ("KEY", "OTHER")]:
        ended_well(process)
    assert (tmp_path / "builds").read_text() == "xx"


def test_a_killed_build_leaves_no_lock_and_nothing_that_is_taken_for_a_model(
    start: Callable[[str], subprocess.Popen[str]], tmp_path: Path, cache: Cache, builds: Builds
) -> None:
    # its compiler lives on, as a killed build's does
    killed = start(
        """
        import subprocess
        def slowly(made):
            (made / "model.so").write_bytes(b"half")
            compiler = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(20)"])
            print(compiler.pid, flush=True)
            time.sleep(60)
        cache.get(KEY, build)
        """
    )
    assert killed.stdout is not None
    compiler = int(killed.stdout.readline())
    waiting = start(SLOW + "print(cache.get(KEY, build))")
    try:
        killed.kill()
        killed.wait()
        assert ended_well(waiting) == str(tmp_path / "cache" / KEY / "model.so")
        assert cache.get(KEY, never).read_bytes() == LIBRARY
        os.kill(compiler, 0)  # it is there indeed
    finally:
        os.kill(compiler, signal.SIGKILL)


def test_what_a_killed_build_has_left_is_swept_after_an_hour(
    start: Callable[[str], subprocess.Popen[str]], tmp_path: Path, cache: Cache, builds: Builds
) -> None:
    killed = start(HANGS + "cache.get(KEY, build)")
    wait_for(tmp_path, "started*")
    killed.kill()
    killed.wait()
    (left,) = cache.folder.glob("*.build")
    for age, stays in ((store.LEFTOVER_SECONDS - 60, True), (store.LEFTOVER_SECONDS + 60, False)):
        for file in (left, cache.folder / f"{KEY}.lock"):
            os.utime(file, (time.time() - age, time.time() - age))
        cache.get(key_of(str(age)), builds)
        assert left.exists() is stays
        assert (cache.folder / f"{KEY}.lock").exists() is stays


def test_a_build_that_runs_is_not_swept_however_old(
    start: Callable[[str], subprocess.Popen[str]], tmp_path: Path, cache: Cache, builds: Builds
) -> None:
    building = start(
        """
        def slowly(made):
            sys.stdin.readline()
        print(cache.get(KEY, build))
        """
    )
    wait_for(tmp_path, "started*")
    (running,) = cache.folder.glob("*.build")
    cache.get(OTHER, builds)
    for file in cache.folder.iterdir():
        os.utime(file, (0, 0))
    assert cache.prune(max_bytes=0, max_age=timedelta(0)).entries == 1
    assert cache.clear().entries == 0
    assert names(cache) == {running.name}
    building.stdin.write("\n")  # type: ignore[union-attr]
    ended_well(building)
    assert cache.get(KEY, never)


def test_a_model_being_built_again_is_not_removed(
    start: Callable[[str], subprocess.Popen[str]], tmp_path: Path, cache: Cache, builds: Builds
) -> None:
    with cache.holding(KEY, builds) as file:
        last_used(cache, KEY, LONG_AGO)
        assert cache.clear().in_use == 1
        assert cache.prune(max_bytes=0).in_use == 1
        other = start("print(cache.clear().in_use)")
        assert ended_well(other) == "1"
        assert file.exists()
    with cache.holding(KEY, never):  # now it is found, and its lock shared
        assert cache.clear().in_use == 1
    assert cache.clear().entries == 1


def test_a_fork_does_not_keep_its_parent_s_lock(start: Callable[[str], subprocess.Popen[str]], tmp_path: Path) -> None:
    forks = start(
        SLOW
        + textwrap.dedent(
            """
            with cache.holding(KEY, build):
                child = os.fork()
                if child == 0:
                    Path("forked").touch()
                    time.sleep(60)
                until(Path("forked").exists)
                assert cache.clear().in_use == 1  # the fork has not ended the parent's lock either
            print(cache.clear().entries)
            os.kill(child, 9)
            """
        )
    )
    assert ended_well(forks) == "1"


def test_many_processes_get_and_remove_at_once_without_an_error(
    start: Callable[[str], subprocess.Popen[str]], tmp_path: Path, cache: Cache
) -> None:
    gets = """
    def slowly(made):
        pass
    for turn in range(60):
        with cache.holding((KEY, OTHER)[turn % 2], build) as file:
            assert len(file.read_bytes()) == 10244
    """
    removes = "until(Path('cache').exists)\nfor turn in range(60): cache.clear(); cache.prune(0); cache.info()"
    for process in [start(textwrap.dedent(gets)), start(textwrap.dedent(gets)), start(removes)]:
        ended_well(process)
    assert not names(cache) - {KEY, OTHER}


def test_of_several_threads_that_want_one_model_one_builds(cache: Cache) -> None:
    class Slow(Builds):
        def __call__(self, folder: Path) -> None:
            time.sleep(0.1)
            super().__call__(folder)

    builds, found = Slow(), []
    threads = [threading.Thread(target=lambda: found.append(cache.get(KEY, builds))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [cache.folder / KEY / "model.so"] * 8
    assert builds.count == 1


def test_waiting_for_another_build_is_logged(cache: Cache, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="brianhw")
    cache.get(KEY, Builds())
    assert caplog.messages == []
    with cache.holding(OTHER, Builds()):
        thread = threading.Thread(target=lambda: cache.get(OTHER, never))
        thread.start()
        end = time.monotonic() + 30
        while not caplog.messages and time.monotonic() < end:
            time.sleep(0.005)
    thread.join(60)
    assert "building the same model" in caplog.messages[0]


def test_no_descriptor_is_left_open(cache: Cache, builds: Builds) -> None:
    def opened() -> int:
        gc.collect()
        return len(os.listdir("/dev/fd"))

    before = opened()
    for key in (KEY, OTHER, KEY):
        cache.get(key, builds)
    cache.get(KEY, builds, "model.cpp")
    cache.clear()
    with pytest.raises(ZeroDivisionError):
        cache.get(KEY, lambda folder: print(1 / 0))
    assert opened() == before
    assert lock._open_locks == set()


# -- size -----------------------------------------------------------------------------------------------


def size_of_one(cache: Cache) -> int:
    cache.get(KEY, Builds())
    return cache.info().bytes


def test_beyond_the_bound_those_not_used_for_longest_go_first(cache: Cache, builds: Builds) -> None:
    one = size_of_one(cache)
    cache.get(OTHER, builds)
    cache.get(THIRD, builds)
    for key, age in ((KEY, 3 * LONG_AGO), (OTHER, 2 * LONG_AGO), (THIRD, LONG_AGO)):
        last_used(cache, key, age)
    cache.get(KEY, never)  # now the one used last
    cache.max_bytes = 3 * one
    cache.get(key_of("new"), builds)
    assert names(cache) == {KEY, THIRD, key_of("new")}


def test_the_bound_is_not_passed_by_a_byte_in_vain(cache: Cache, builds: Builds) -> None:
    one = size_of_one(cache)
    cache.get(OTHER, builds)
    for key, age in ((KEY, 2 * LONG_AGO), (OTHER, LONG_AGO)):
        last_used(cache, key, age)
    assert cache.prune(max_bytes=2 * one).entries == 0
    removed = cache.prune(max_bytes=2 * one - 1)
    assert (removed.entries, removed.bytes, removed.in_use) == (1, one, 0)
    assert names(cache) == {OTHER}


def test_what_was_used_in_the_last_minutes_stays(tmp_path: Path, builds: Builds) -> None:
    cache = Cache(tmp_path / "cache", max_bytes=0)
    cache.get(KEY, builds)
    last_used(cache, KEY, store.GRACE_SECONDS - 30)
    cache.get(OTHER, builds)
    assert cache.prune(max_age=timedelta(0)).in_use == 2
    assert names(cache) == {KEY, OTHER}
    last_used(cache, KEY, store.GRACE_SECONDS + 30)
    cache.get(THIRD, builds)
    assert names(cache) == {OTHER, THIRD}


def test_an_entry_from_the_future_does_not_stay_for_ever(cache: Cache, builds: Builds) -> None:
    cache.get(KEY, builds)
    last_used(cache, KEY, -1e6)  # a clock that was set back
    assert cache.prune(max_bytes=0).entries == 1


def test_what_is_older_is_pruned_whatever_the_size(cache: Cache, builds: Builds) -> None:
    for key, days in ((KEY, 31), (OTHER, 29)):
        cache.get(key, builds)
        last_used(cache, key, days * 86400)
    assert cache.prune(max_age=timedelta(days=30)).entries == 1
    assert names(cache) == {OTHER}


def test_an_age_of_nothing_is_not_no_age(cache: Cache, builds: Builds) -> None:
    cache.get(KEY, builds)
    last_used(cache, KEY, LONG_AGO)
    assert cache.prune(max_age=timedelta(0)).entries == 1


def test_a_lock_goes_with_its_model_and_stays_with_it(cache: Cache, builds: Builds) -> None:
    for key, age in ((KEY, LONG_AGO), (OTHER, 0)):
        cache.get(key, builds)
        left = cache.folder / f"{key}.abc.build"
        left.mkdir()
        os.utime(left, (0, 0))
        last_used(cache, key, age)
    cache.prune(max_bytes=0)
    assert sorted(os.listdir(cache.folder)) == sorted([OTHER, f"{OTHER}.lock"])


def test_getting_marks_as_used(cache: Cache, builds: Builds) -> None:
    cache.get(KEY, builds)
    last_used(cache, KEY, LONG_AGO)
    cache.get(KEY, never)
    used = cache.info().newest_use
    assert used is not None
    assert abs(used.timestamp() - time.time()) < 60


def test_clearing_removes_everything_of_ours_and_nothing_else(cache: Cache, builds: Builds) -> None:
    cache.get(KEY, builds)
    cache.get(OTHER, builds)
    (cache.folder / f"{KEY}.abc.build").mkdir()
    (cache.folder / f"{KEY}.abc.old").mkdir()
    (cache.folder / f"{THIRD}.lock").touch()
    others = ["thesis.tex", "a" * 63, f"{KEY}.txt", "paper.lock", "paper.build"]
    for name in others:
        (cache.folder / name).touch()
    removed = cache.clear()
    assert (removed.entries, removed.in_use) == (2, 0)
    assert sorted(os.listdir(cache.folder)) == sorted(others)


def test_a_cache_that_is_not_there_is_empty_and_is_not_made(cache: Cache) -> None:
    assert (cache.info().entries, cache.info().bytes, cache.info().oldest_use) == (0, 0, None)
    assert cache.clear().entries == cache.prune(0).entries == 0
    assert not cache.folder.exists()


def test_a_bound_below_zero_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="-1 bytes"):
        Cache(tmp_path, max_bytes=-1)


# -- folders that cannot be used ------------------------------------------------------------------------


def no_room(*arguments: object, **options: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("where", ["os.fsync", "os.rename", "tempfile.mkdtemp"])
def test_a_full_disk_leaves_nothing_and_says_so(
    where: str, cache: Cache, builds: Builds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, no_room)
    with pytest.raises(CacheError, match="No space left on device. Set BRIANHW_CACHE_DIR"):
        cache.get(KEY, builds)
    assert names(cache) == set()
    monkeypatch.undo()
    assert cache.get(KEY, builds)


def test_a_build_that_finds_no_room_is_the_cache_s_error(cache: Cache) -> None:
    with pytest.raises(CacheError, match="There is no room to build in the cache .*No space left"):
        cache.get(KEY, no_room)


def test_a_compiler_s_own_error_is_the_cache_s_if_it_tells_of_no_room(cache: Cache) -> None:
    def fails(folder: Path) -> None:
        raise RuntimeError(f"ld: final link failed: {os.strerror(errno.ENOSPC)}")

    with pytest.raises(CacheError, match="no room to build .*: ld: final link failed"):
        cache.get(KEY, fails)


def test_a_compiler_s_own_error_is_the_cache_s_if_the_disk_is_full(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(folder: Path) -> None:
        raise RuntimeError("collect2: ld returned 1")

    with pytest.raises(RuntimeError, match="^collect2"):
        cache.get(KEY, fails)
    monkeypatch.setattr(folder_module, "FULL_BYTES", 2**63)  # no disk has so much room
    with pytest.raises(CacheError, match="no room to build .*: collect2"):
        cache.get(KEY, fails)


def test_without_the_cache_a_model_is_built_aside_with_one_warning(
    cache: Cache, builds: Builds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "rename", no_room)
    with pytest.warns(RuntimeWarning, match="No space left .*again in every process") as warned:
        file = cache.get_or_temporary(KEY, builds)
        with cache.holding_or_temporary(KEY, builds) as other:
            assert other.read_bytes() == LIBRARY
    assert len(warned) == 1
    assert warned[0].filename == __file__
    assert file.read_bytes() == LIBRARY
    assert not other.parent.exists()
    assert file.parent.stat().st_mode & 0o077 == 0


def test_where_the_cache_works_nothing_is_built_aside(cache: Cache, builds: Builds) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache.get_or_temporary(KEY, builds) == cache.folder / KEY / "model.so"
        with cache.holding_or_temporary(KEY, never) as file:
            assert file == cache.folder / KEY / "model.so"


def test_a_build_that_fails_is_not_tried_again_aside(cache: Cache) -> None:
    tries: list[Path] = []

    def fails(folder: Path) -> None:
        tries.append(folder)
        raise RuntimeError("expected ';'")

    with pytest.raises(RuntimeError, match="expected"):
        cache.get_or_temporary(KEY, fails)
    with pytest.raises(RuntimeError, match="expected"), Cache.disabled().holding(KEY, fails):
        pass
    assert len(tries) == 2
    assert not any(folder.exists() for folder in tries)


def test_without_any_folder_the_error_names_both(cache: Cache, builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.mkdtemp", no_room)
    with pytest.warns(RuntimeWarning), pytest.raises(CacheError, match="no temporary folder .*TMPDIR"):
        cache.get_or_temporary(KEY, builds)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path, builds: Builds) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CacheError, match="cannot be used: .*Set BRIANHW_CACHE_DIR"):
        Cache(tmp_path / "file" / "cache").get(KEY, builds)


# Root may write everywhere: where the tests are root's, the process gives up that capability (1, CAP_DAC_OVERRIDE).
AS_A_USER = """
import ctypes, os, sys
if os.geteuid() == 0 and "again" not in sys.argv:
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)  # PR_CAPBSET_DROP; what it is dropped from holds from the next exec on
    os.execv(sys.executable, [sys.executable, "-c", sys.argv[1], sys.argv[1], "again"])
"""


def test_what_is_in_a_cache_that_may_only_be_read_is_used_and_the_rest_built_aside(
    tmp_path: Path, cache: Cache, builds: Builds
) -> None:
    cache.get(KEY, builds)
    code = (
        AS_A_USER
        + PREAMBLE
        + textwrap.dedent(
            """
            def slowly(made):
                pass
            try:
                Path("cache", "trial").touch()
                sys.exit("the folder can be written to: this tests nothing")
            except PermissionError:
                pass
            cache.get(KEY, None)
            print(cache.get_or_temporary(OTHER, build).parent)
            cache.get(OTHER, build)
            """
        )
    )
    for part in (cache.folder / KEY, cache.folder, cache.folder / f"{KEY}.lock"):
        part.chmod(0o500 if part.is_dir() else 0o400)
    try:
        done = subprocess.run([sys.executable, "-c", code, code], cwd=tmp_path, capture_output=True, text=True)
    finally:
        cache.folder.chmod(0o700)
        (cache.folder / KEY).chmod(0o700)
    assert "CacheError" in done.stderr.splitlines()[-1], done.stderr
    assert "Permission denied" in done.stderr.splitlines()[-1]
    assert done.stderr.count("RuntimeWarning") == 1
    assert cache.folder not in Path(done.stdout.strip()).parents
    assert not Path(done.stdout.strip()).exists()  # gone with its process


def test_what_is_on_a_disk_that_may_only_be_read_is_used(
    cache: Cache, builds: Builds, monkeypatch: pytest.MonkeyPatch
) -> None:
    def utime(file: int) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    cache.get(KEY, builds)
    monkeypatch.setattr(os, "utime", utime)
    assert cache.get(KEY, never)


def test_a_file_system_without_locks_is_an_error(cache: Cache, builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(descriptor: int, kind: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", flock)
    with pytest.raises(CacheError, match="No locks available.*with file locks"):
        cache.get(KEY, builds)


def test_a_system_without_flock_is_refused_before_anything_is_made(
    cache: Cache, builds: Builds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "AVAILABLE", False)
    with pytest.raises(CacheError, match="no flock"):
        cache.get(KEY, builds)


# -- switched off ---------------------------------------------------------------------------------------


def test_a_disabled_cache_builds_always_and_keeps_nothing(
    builds: Builds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIANHW_CACHE_DIR", str(tmp_path / "cache"))
    off = Cache.disabled()
    with off.holding(KEY, builds) as one, off.holding(KEY, builds) as other:
        assert one != other
        assert one.read_bytes() == other.read_bytes() == LIBRARY
        assert one.parent.stat().st_mode & 0o077 == 0
    assert builds.count == 2
    assert not one.parent.exists()
    assert not (tmp_path / "cache").exists()


def test_what_a_disabled_cache_builds_goes_with_its_process_and_not_with_a_fork_of_it(
    start: Callable[[str], subprocess.Popen[str]],
) -> None:
    process = start(
        SLOW
        + textwrap.dedent(
            """
            file = Cache.disabled().get(KEY, build)
            if os.fork() == 0:
                sys.exit()  # with all that Python does at exit
            os.wait()
            assert file.exists()
            print(file.parent)
            """
        )
    )
    assert not Path(ended_well(process)).exists()


# -- where it is ----------------------------------------------------------------------------------------


def test_the_folder_is_the_environment_s_or_the_user_s_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIANHW_CACHE_DIR", str(tmp_path / "mine"))
    assert Cache().folder == tmp_path / "mine"
    monkeypatch.setenv("BRIANHW_CACHE_DIR", "~/mine")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / "mine"
    for unset in (lambda: monkeypatch.setenv("BRIANHW_CACHE_DIR", ""), lambda: monkeypatch.delenv("BRIANHW_CACHE_DIR")):
        unset()
        assert default_folder().parts[-2:] == ("brianhw", "compiled")


def test_a_folder_behind_a_link_of_the_user_s_own_is_used(tmp_path: Path, builds: Builds) -> None:
    (tmp_path / "large").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "large")
    assert Cache(tmp_path / "link").get(KEY, builds) == tmp_path / "large" / KEY / "model.so"
