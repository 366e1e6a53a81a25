"""The compiler of the device: what it is, which flags it takes, and that it leaves nothing half done."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from brianhw.device.compiler import SUFFIX, Compiler, Profile, find, finding
from brianhw.device.compiler.flags import CANDIDATES
from brianhw.errors import CompilationError, CompilerError

GXX = shutil.which("g++") or "g++"
FAST, STRICT = Profile(), Profile("strict")
FUNCTION = 'extern "C" __attribute__((visibility("default"))) double half(double x) { return x/2; }\n'


def program(file: Path, text: str) -> Path:
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def find_as(monkeypatch: pytest.MonkeyPatch, cxx: object, folder: Path | None = None) -> Compiler:
    monkeypatch.setenv("CXX", str(cxx))
    return find(folder)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "source.cpp"
    file.write_text(FUNCTION, encoding="utf-8")
    return file


# -- which one ---------------------------------------------------------------------------------------


@pytest.mark.standalone
def test_the_first_choice_is_gxx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CXX", raising=False)
    assert Path(find().command[0]).name == "g++"


@pytest.mark.standalone
def test_without_gxx_another_name_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "c++", f'PATH=/usr/bin:/bin exec {GXX} "$@"')
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    assert Path(find().command[0]).name == "c++"


@pytest.mark.standalone
def test_options_in_CXX_are_given_to_the_compiler(monkeypatch: pytest.MonkeyPatch, source: Path) -> None:
    compiler = find_as(monkeypatch, "g++ -DHALF=1")
    assert compiler.command[1:] == ("-DHALF=1",)
    source.write_text("#ifndef HALF\n#error no HALF\n#endif\n", encoding="utf-8")
    compiler.build(source, source.with_suffix(SUFFIX), FAST)


def test_without_a_compiler_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(CompilerError, match=r"g\+\+ is not there.*sudo apt install g\+\+"):
        find()


def test_a_broken_CXX_is_not_replaced_by_another_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = program(tmp_path / "broken", "echo 'cc1plus: no such file' >&2; exit 1")
    with pytest.raises(CompilerError, match="cc1plus: no such file.*unset it"):
        find_as(monkeypatch, broken)


def test_a_compiler_that_makes_nothing_does_not_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(CompilerError, match="it made no probe"):
        find_as(monkeypatch, program(tmp_path / "lazy", "exit 0"))


# -- what it is --------------------------------------------------------------------------------------


@pytest.mark.standalone
def test_a_wrapper_that_prints_another_version_is_another_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f'if [ "$1" = --version ]; then echo VERSION; else exec {GXX} "$@"; fi'
    wrapper = program(tmp_path / "wrapper", text.replace("VERSION", "12.1"))
    age = wrapper.stat().st_mtime_ns
    first = find_as(monkeypatch, wrapper)
    program(wrapper, text.replace("VERSION", "12.3"))
    os.utime(wrapper, ns=(age, age))  # same size, same age: only what it prints differs
    finding._find.cache_clear()
    assert find_as(monkeypatch, wrapper).identity != first.identity


@pytest.mark.standalone
def test_a_compiler_found_twice_has_one_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    first = find_as(monkeypatch, GXX)
    finding._find.cache_clear()
    assert find_as(monkeypatch, GXX) == first


@pytest.mark.standalone
@pytest.mark.parametrize("name", ["CPATH", "GCC_EXEC_PREFIX_UNUSED"])
def test_only_the_environment_that_compilers_read_belongs_to_the_identity(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = find_as(monkeypatch, GXX)
    monkeypatch.setenv(name, str(tmp_path))
    assert (find_as(monkeypatch, GXX).identity != first.identity) is (name == "CPATH")


@pytest.mark.standalone
def test_the_identity_holds_processor_and_standard_library(monkeypatch: pytest.MonkeyPatch) -> None:
    identity = find_as(monkeypatch, GXX).identity
    assert "__GLIBCXX__" in identity
    assert "__GLIBC_MINOR__" in identity
    plain = subprocess.run([GXX, "-E", "-dM", "-xc++", os.devnull], capture_output=True, text=True, check=True).stdout
    native = {line for line in identity.splitlines() if line.startswith("#define __tune_")}
    assert not native & set(plain.splitlines())


# -- which flags it takes ----------------------------------------------------------------------------


@pytest.mark.standalone
def test_a_compiler_that_knows_only_the_usual_flags_gets_only_those(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: Path
) -> None:
    picky = program(
        tmp_path / "picky",
        f"""for flag; do case $flag in
        -shared|-fPIC|-o|-c|-w|-O*|-Werror|-std=*|*.cpp|*.o|*{SUFFIX}) ;;
        *) echo "what is this?" >&2; exit 1 ;;
        esac; done; exec {GXX} "$@\"""",
    )
    compiler = find_as(monkeypatch, picky)
    assert set(compiler.accepted) == {"-shared", "-fPIC", "-std=c++17"}
    compiler.build(source, source.with_suffix(SUFFIX), FAST)
    compiler.build(source, source.with_suffix(SUFFIX), STRICT)


@pytest.mark.standalone
def test_named_flags_are_left_out_without_trying_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = tmp_path / "calls"
    picky = program(
        tmp_path / "picky",
        f"""echo call >> {calls}
        for flag; do case $flag in -fno-gnu-unique|-mcpu=*|--param=*)
        echo "error: unknown argument: '$flag'" >&2; bad=1 ;; esac; done
        [ -z "$bad" ] || exit 1; exec {GXX} "$@\"""",
    )
    accepted = find_as(monkeypatch, picky).accepted
    assert "-fno-gnu-unique" not in accepted
    assert {"-fno-math-errno", "-ffp-contract=off"} <= set(accepted)
    assert len(calls.read_text().splitlines()) <= 8  # of which four ask who it is


@pytest.mark.standalone
def test_what_was_tried_is_kept_for_the_next_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = find_as(monkeypatch, GXX, tmp_path)
    finding._find.cache_clear()
    monkeypatch.setattr(finding, "probe", lambda command: pytest.fail("tried again"))
    assert find_as(monkeypatch, GXX, tmp_path) == first


@pytest.mark.standalone
@pytest.mark.parametrize("damage", ["", "[1", "{}", '{"accepted": 3}', '{"accepted": []}'])
def test_a_damaged_record_is_made_anew(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = find_as(monkeypatch, GXX, tmp_path)
    [kept] = tmp_path.iterdir()
    kept.write_text(damage, encoding="utf-8")
    finding._find.cache_clear()
    assert find_as(monkeypatch, GXX, tmp_path) == first


def test_strict_flags_hold_nothing_that_changes_a_result() -> None:
    flags = Compiler(("g++",), "", CANDIDATES, frozenset({"__GNUC__", "__GLIBC__"})).flags(STRICT)
    assert "-ffp-contract=off" in flags
    assert not {flag for flag in flags if "math" in flag and flag != "-fno-fast-math"}


def test_infinity_stays_infinity_unless_asked_otherwise() -> None:
    compiler = Compiler(("g++",), "", CANDIDATES)
    assert "-ffinite-math-only" not in compiler.flags(FAST)


def test_flags_of_the_user_come_last() -> None:
    assert Compiler(("g++",), "", CANDIDATES).flags(Profile(optimise=0, extra=("-O1",)))[-1] == "-O1"


@pytest.mark.parametrize("wrong", [{"mode": "quick"}])
def test_a_profile_that_means_nothing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="fast"):
        Profile(**wrong)  # type: ignore[arg-type]


# -- building ----------------------------------------------------------------------------------------


@pytest.mark.standalone
def test_several_sources_make_one_library(monkeypatch: pytest.MonkeyPatch, source: Path) -> None:
    other = source.with_name("other.cpp")
    other.write_text(FUNCTION.replace("half", "third").replace("/2", "/3"), encoding="utf-8")
    output = source.with_suffix(SUFFIX)
    find_as(monkeypatch, GXX).build([source, other], output, FAST)
    library = ctypes.CDLL(str(output))
    for name, expected in (("half", 3.0), ("third", 2.0)):
        function = getattr(library, name)
        function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double]
        assert function(6.0) == expected
    assert sorted(file.name for file in source.parent.iterdir()) == sorted([source.name, other.name, output.name])


@pytest.mark.standalone
@pytest.mark.parametrize("extra", [(), ("-ffast-math",)])
def test_loading_a_library_does_not_flush_the_denormals_of_python(
    extra: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, source: Path
) -> None:
    output = source.with_suffix(SUFFIX)
    find_as(monkeypatch, GXX).build(source, output, Profile(extra=extra))
    code = f"import ctypes; ctypes.CDLL({str(output)!r}); print(5e-324 * float('1') > 0)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "True\n"


@pytest.mark.standalone
def test_exp_of_eight_numbers_is_one_call_and_infinity_is_kept(monkeypatch: pytest.MonkeyPatch, source: Path) -> None:
    compiler = find_as(monkeypatch, GXX)
    if not {"__GLIBC__", "__AVX2__"} <= compiler.macros:
        return  # no vector functions on this machine
    source.write_text(
        "#include <cmath>\n" + FUNCTION.replace("double half(double x) { return x/2; }", "void all(double* x) "
        "{ for (int i = 0; i < 64; i++) x[i] = std::isinf(x[i]) ? 7 : exp(x[i]); }"), encoding="utf-8",
    )  # fmt: skip
    output = source.with_suffix(SUFFIX)
    compiler.build(source, output, FAST)
    assert b"_ZGV" in output.read_bytes()
    values = (ctypes.c_double * 64)(*[float("inf")] + [0.0] * 63)
    ctypes.CDLL(str(output)).all(values)
    assert list(values) == [7.0] + [1.0] * 63


@pytest.mark.standalone
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("int broken() { return missing_name; }", "missing_name.*not declared"),
        ('extern "C" int absent(); int here() { return absent(); }', "absent"),
    ],
)
def test_an_error_carries_the_message_of_the_compiler(
    text: str, told: str, monkeypatch: pytest.MonkeyPatch, source: Path
) -> None:
    source.write_text(text, encoding="utf-8")
    output = source.with_suffix(SUFFIX)
    with pytest.raises(CompilationError, match=told) as caught:
        find_as(monkeypatch, GXX).build(source, output, FAST, link_flags=["-Wl,--no-undefined"])
    assert "g++" in caught.value.command[0]
    assert caught.value.output
    assert [file.name for file in source.parent.iterdir()] == [source.name]


@pytest.mark.standalone
def test_a_failed_build_leaves_the_older_library(monkeypatch: pytest.MonkeyPatch, source: Path) -> None:
    compiler, output = find_as(monkeypatch, GXX), source.with_suffix(SUFFIX)
    compiler.build(source, output, FAST)
    before = output.read_bytes()
    source.write_text("no", encoding="utf-8")
    with pytest.raises(CompilationError):
        compiler.build(source, output, FAST)
    assert output.read_bytes() == before


def test_an_interrupted_build_stops_the_compiler_and_leaves_no_file(tmp_path: Path, source: Path) -> None:
    started = tmp_path / "started"
    # a compiler that starts another program, as g++ starts cc1plus, and takes for ever
    slow = program(tmp_path / "slow", f"sleep 100 & echo $! > {started}.new; mv {started}.new {started}; wait")

    def interrupt() -> None:
        while not started.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    compiler, output = Compiler((str(slow),), "", ()), source.with_suffix(SUFFIX)
    # a shell starts its background jobs with the interrupt ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=interrupt, daemon=True).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            compiler.build(source, output, FAST)
    finally:
        signal.signal(signal.SIGINT, before)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["slow", source.name, "started"]
    assert _ends(int(started.read_text()))


def _ends(process: int, within: float = 5.0) -> bool:
    """Whether a process is gone, or dead and not yet collected by its parent, before long."""
    for _ in range(int(within * 100)):
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True).stdout
        if not state.strip() or state.startswith("Z"):
            return True
        time.sleep(0.01)
    return False
