"""The C++ compiler: which one, what it is exactly, which flags it takes, and how it builds a shared library.

Nothing here imports Brian2 or NumPy. Compiling and linking are two commands: g++ before version 13 and clang link a
start-up file into a shared library if they see ``-ffast-math`` there (a user's own flags may hold it), and loading that
library would flush denormals in the whole Python process.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal

from brianhw.errors import CompilationError, CompilerError

__all__ = ["GET_COMPILER", "SUFFIX", "Compiler", "Profile", "find", "interrupt", "trouble_with"]

SUFFIX = ".dylib" if sys.platform == "darwin" else ".so"
GET_COMPILER = (
    "Debian, Ubuntu: sudo apt install g++ make; Fedora: sudo dnf install gcc-c++ make; "
    "macOS: xcode-select --install; conda: conda install cxx-compiler make"
)
# What a compiler reads besides its command line; a change may mean other headers or another linker.
ENVIRONMENT = (
    "PATH CXX CPATH CPLUS_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH GCC_EXEC_PREFIX "
    "SDKROOT MACOSX_DEPLOYMENT_TARGET CCC_OVERRIDE_OPTIONS"
).split()
DEFAULT_NAMES = ("g++", "c++", "clang++")

# -- flags; of each line a compiler gets what it accepts -----------------------------------------------

COMMON = (
    "-std=c++17",
    "-pipe",
    "-fPIC",
    "-fvisibility=hidden",
    "-fvisibility-inlines-hidden",
    "-fno-gnu-unique",
    "-fwrapv",
)
SHARED = ("-shared", "-Wl,-Bsymbolic")
# The parts of -ffast-math that vectorisation needs. It is not given as such: it lets the compiler assume that
# nothing is infinite or not a number, which models rely on.
FAST = (
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fno-signed-zeros",
    "-fassociative-math",
    "-freciprocal-math",
    # g++ tests at run time that arrays do not overlap, and by default gives a loop over many arrays up instead
    "--param=vect-max-version-for-alias-checks=1000",
    "-fveclib=libmvec",  # clang; g++ takes vector functions from the declarations in glibc's headers
)
# glibc declares its vector functions (exp for eight numbers) only where this macro is, and g++ does not define it
# without -ffinite-math-only.
VECTOR_FUNCTIONS = ("-D__FAST_MATH__=1",)
STRICT = ("-fno-fast-math", "-ffp-contract=off")
NATIVE = ("-march=native", "-mcpu=native")  # the first that is accepted
WIDE = ("-mprefer-vector-width=512",)
OPENMP = ("-fopenmp",)
NEEDED = ("-shared", "-fPIC")  # without these there is nothing to load
CANDIDATES = (*COMMON, *SHARED, *FAST, *STRICT, *NATIVE, *WIDE)  # threads are tried when asked for

PROBE = 'extern "C" double probe(double x) { return 2 * x; }\n'  # headers would double the time
HELLO = """\
#include <cmath>
#include <iostream>
#include <vector>
int main() { std::vector<double> one(1, std::exp(0.0)); std::cout << "brianhw " << one[0] << std::endl; }
"""


@dataclass(frozen=True)
class Profile:
    """What generated code is compiled for.

    Parameters
    ----------
    mode : str
        ``"fast"``: sums may be reordered and divisions turned into products, so that loops use vector
        instructions. ``"strict"``: every operation is rounded as IEEE 754 says, as in NumPy.
    openmp : bool
        Use threads where the code asks for them.
    optimise : int
        The level: 3 for speed, 0 to compile quickly.
    extra : tuple of str
        More flags; they come last and win.
    """

    mode: Literal["fast", "strict"] = "fast"
    openmp: bool = False
    optimise: int = 3
    extra: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.mode not in ("fast", "strict"):
            raise ValueError(f"There is no profile {self.mode!r}; known: fast, strict.")


@dataclass(frozen=True)
class Compiler:
    """A compiler that works.

    Parameters
    ----------
    command : tuple of str
        Program and options, as in ``$CXX``.
    identity : str
        All that the machine code depends on besides source and flags: program, version, target, standard
        library, processor.
    accepted : tuple of str
        Those of :data:`CANDIDATES` that it takes.
    macros : frozenset of str
        The names that it defines for this processor.
    """

    command: tuple[str, ...]
    identity: str
    accepted: tuple[str, ...]
    macros: frozenset[str] = field(default_factory=frozenset, repr=False)

    def flags(self, profile: Profile) -> tuple[str, ...]:
        """Return the flags to compile with for *profile*."""
        wanted: list[str] = [*COMMON]
        if profile.mode == "fast":
            wanted += FAST
            wanted += WIDE if "__AVX512DQ__" in self.macros else ()
        else:
            wanted += STRICT
        flags = [flag for flag in wanted if flag in self.accepted]
        flags += [flag for flag in NATIVE if flag in self.accepted][:1]
        if profile.mode == "fast" and self._is_gcc and "__GLIBC__" in self.macros:
            flags += VECTOR_FUNCTIONS
        flags += self._threads(profile)
        return ("-w", f"-O{profile.optimise}", *flags, *profile.extra)

    def link_flags(self, profile: Profile) -> tuple[str, ...]:
        """Return the flags to make a shared library with, without libraries."""
        return tuple(flag for flag in (*SHARED, "-fPIC") if flag in self.accepted) + self._threads(profile)

    def _threads(self, profile: Profile) -> tuple[str, ...]:
        if not profile.openmp:
            return ()
        if _threads_trouble(self):
            raise CompilerError(f"{self.command[0]} has no OpenMP: {_threads_trouble(self)}. Use one thread.")
        return OPENMP

    @property
    def _is_gcc(self) -> bool:
        return "__GNUC__" in self.macros and "__clang__" not in self.macros

    def build(
        self,
        sources: Path | Sequence[Path],
        output: Path,
        profile: Profile,
        *,
        compile_flags: Sequence[str] = (),
        link_flags: Sequence[str] = (),
    ) -> None:
        """Compile *sources*, at the same time if there are several, and link them to the shared library *output*.

        *output* appears when it is complete, in place of an older one; temporary files lie beside it. Flags given
        here come after those of *profile*; libraries belong to *link_flags*.

        Raises
        ------
        CompilationError
            If the compiler or the linker refuses.
        """
        files = [sources] if isinstance(sources, Path) else list(sources)
        with tempfile.TemporaryDirectory(prefix=".build-", dir=output.parent, ignore_cleanup_errors=True) as scratch:
            flags = (*self.flags(profile), *compile_flags)
            objects = [str(Path(scratch, f"{number}.o")) for number in range(len(files))]
            _run_all(
                [
                    [*self.command, *flags, "-c", str(file), "-o", made]
                    for file, made in zip(files, objects, strict=True)
                ],
                scratch,
            )
            library = Path(scratch, output.name)
            link = [*self.command, *objects, "-o", str(library), *self.link_flags(profile), *link_flags]
            _run_all([link], scratch)
            os.replace(library, output)


# -- finding it --------------------------------------------------------------------------------------


def find(folder: Path | None = None) -> Compiler:
    """Return the compiler to use: ``$CXX``, or else the first of g++, c++ and clang++ that works.

    Which flags it takes is tried once per compiler, and kept in *folder* for later processes if one is given.

    Raises
    ------
    CompilerError
        If there is none.
    """
    return _find(tuple(os.environ.get(name, "") for name in ENVIRONMENT), folder)


@cache
def _find(environment: tuple[str, ...], folder: Path | None) -> Compiler:
    search_path, cxx = environment[:2]
    commands = [_command(cxx)] if cxx.strip() else [[name] for name in DEFAULT_NAMES]
    troubles = []
    for command in commands:
        program = shutil.which(command[0], path=search_path)
        if program is None:
            troubles.append(f"{command[0]} is not there")
            continue
        full = (program, *command[1:])
        identity, macros = _identify(full, environment[2:])
        accepted = _remembered(folder, identity)
        if accepted is None:
            accepted, trouble = _probe(full)
            if trouble:
                troubles.append(f"{program} does not work: {trouble}")
                continue
            _remember(folder, identity, accepted)
        return Compiler(full, identity, accepted, macros)
    advice = "Set the environment variable CXX to a compiler that works, or unset it. " if cxx.strip() else ""
    raise CompilerError(f"No C++ compiler was found: {'; '.join(troubles)}. {advice}{GET_COMPILER}")


def _command(cxx: str) -> list[str]:
    try:
        return shlex.split(cxx)
    except ValueError as error:  # a quotation mark that is not closed
        raise CompilerError(
            f"The environment variable CXX is {cxx!r}, which cannot be read as a command: {error}. Correct or unset it."
        ) from error


def trouble_with(command: Sequence[str], search_path: str) -> tuple[Path | None, str]:
    """Return where the compiler *command* is and what is wrong with it (empty: nothing).

    A small program is built and run, with the headers that Brian2's own C++ mode needs.
    """
    found = shutil.which(command[0], path=search_path)
    if found is None:
        return None, f"{command[0]} is not there"
    with tempfile.TemporaryDirectory(prefix="brianhw-doctor-") as folder:
        source, program = Path(folder, "hello.cpp"), Path(folder, "hello")
        source.write_text(HELLO, encoding="utf-8")
        trouble = _trouble([found, *command[1:], str(source), "-o", str(program)])
        if not trouble:
            trouble = _trouble([str(program)], "brianhw 1")
    return Path(found), f"{found} does not work: {trouble}" if trouble else ""


def _trouble(command: list[str], expected: str = "") -> str:
    """Run *command*; return what went wrong, as one line, or nothing if it printed what was *expected*."""
    try:
        done = _ask(command)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode:
        return _first_line(done.stderr) or f"it ended with status {done.returncode}"
    if expected not in done.stdout:
        return "the program that it built did not print what it should"
    return ""


def _ask(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=60,
        stdin=subprocess.DEVNULL, env=os.environ | {"LC_ALL": "C"},
    )  # fmt: skip


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


# -- what it is --------------------------------------------------------------------------------------


def _identify(command: tuple[str, ...], environment: tuple[str, ...]) -> tuple[str, frozenset[str]]:
    """Return what a cache must tell apart, and the names of the macros that are defined for this processor.

    The macros hold the version of the compiler, of the standard library and of the C library, and each vector
    extension that ``-march=native`` means here.
    """
    facts = ["\0".join(command), *environment, _stamp(command[0]), _answer(command, "--version")]
    facts += [_answer(command, "-dumpmachine")]
    facts.append(_stamp(_answer(command, "-print-prog-name=cc1plus").strip()))  # the compiler behind a wrapper
    macros = ""
    for native in (*NATIVE, None):
        macros = _answer(command, *([native] if native else []), "-E", "-dM", "-xc++", "-include", "cmath", os.devnull)
        if "#define" in macros:
            break
    facts += sorted(macros.splitlines())
    names = frozenset(line.split()[1] for line in macros.splitlines() if line.startswith("#define "))
    return "\n".join(facts), names


def _answer(command: tuple[str, ...], *arguments: str) -> str:
    """Return what the compiler prints; nothing if it fails, a compiler need not know the question."""
    try:
        done = _ask([*command, *arguments])
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else done.stdout


def _stamp(program: str) -> str:
    """Return the path of a *program* with links resolved, its size and its age: an upgrade changes one of them."""
    try:
        status = os.stat(program)
    except OSError:
        return program
    return f"{os.path.realpath(program)} {status.st_size} {status.st_mtime_ns}"


# -- which flags it takes ----------------------------------------------------------------------------


def _probe(command: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Return the candidates that the compiler takes, and what is wrong with it (empty: nothing).

    All are tried at once. Compilers name what they do not know, so that a second or third call usually
    succeeds; flags are tried in halves where they do not.
    """
    with tempfile.TemporaryDirectory(prefix="brianhw-probe-") as folder:

        def usable(flags: tuple[str, ...], text: str = "") -> tuple[str, ...]:
            text = text or complaint(flags)
            while text:
                named = {flag for flag in flags if _names(text, flag)}
                if not named:
                    break
                flags = tuple(flag for flag in flags if flag not in named)
                text = complaint(flags)
            if not text:
                return flags
            if len(flags) <= 1:
                return ()
            half = len(flags) // 2
            return usable(flags[:half]) + usable(flags[half:])

        def complaint(flags: tuple[str, ...]) -> str:
            # -Werror: clang only warns of optimisations that it does not know
            return _complaint(command, (*NEEDED, *flags, *(["-Werror"] if flags else [])), folder)

        others = tuple(flag for flag in CANDIDATES if flag not in NEEDED)
        text = complaint(others)
        if not text:
            return CANDIDATES, ""
        bare = complaint(())
        if bare:
            return (), _first_line(bare)
        found = (*NEEDED, *usable(others, text))
        return tuple(flag for flag in CANDIDATES if flag in found), ""


@cache
def _threads_trouble(compiler: Compiler) -> str:
    with tempfile.TemporaryDirectory(prefix="brianhw-probe-") as folder:
        return _first_line(_complaint(compiler.command, (*NEEDED, *OPENMP), folder))


def _complaint(command: tuple[str, ...], flags: Sequence[str], folder: str) -> str:
    """Return what the compiler says against making a shared library with *flags*; nothing if it makes one."""
    source, library = Path(folder, "probe.cpp"), Path(folder, f"probe{SUFFIX}")
    source.write_text(PROBE, encoding="utf-8")
    library.unlink(missing_ok=True)
    try:
        done = _ask([*command, *flags, str(source), "-o", str(library)])
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode:
        return done.stderr or done.stdout or f"it ended with status {done.returncode}"
    return "" if library.exists() else f"it made no {library.name}"


def _names(text: str, flag: str) -> bool:
    """Whether a complaint quotes *flag*, or its value: "bad value ('native') for '-march=' switch"."""
    option, _, value = flag.partition("=")
    return any(f"{mark}{flag}" in text for mark in "'\"`‘ ") or bool(
        value and value in text and (f"'{option}='" in text or f"{option}=" in text)
    )


def _kept(folder: Path, identity: str) -> Path:
    # the candidates are part of the name: a new version of brianhw may ask for other flags
    return folder / f"compiler-{sha256((identity + repr(CANDIDATES)).encode()).hexdigest()[:32]}.json"


def _remembered(folder: Path | None, identity: str) -> tuple[str, ...] | None:
    if folder is None:
        return None
    try:
        accepted = json.loads(_kept(folder, identity).read_text(encoding="utf-8"))["accepted"]
        return tuple(flag for flag in CANDIDATES if flag in accepted) or None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _remember(folder: Path | None, identity: str, accepted: tuple[str, ...]) -> None:
    if folder is None:
        return
    target = _kept(folder, identity)
    with contextlib.suppress(OSError):  # the next process tries the flags again
        with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".json", delete=False, encoding="utf-8") as file:
            json.dump({"accepted": accepted}, file)
        os.replace(file.name, target)


# -- running it --------------------------------------------------------------------------------------


_compiling: set[subprocess.Popen[str]] = set()


def interrupt() -> None:
    """End all compilers that other threads wait for; there it is an error of the build."""
    for process in list(_compiling):
        _end(process)


def _run_all(commands: Sequence[Sequence[str]], scratch: str) -> None:
    """Run *commands* at the same time; stop all of them if one fails or we are interrupted."""
    running: list[subprocess.Popen[str]] = []
    try:
        for number, command in enumerate(commands):
            with open(Path(scratch, f"{number}.txt"), "wb") as messages:
                try:
                    running.append(
                        subprocess.Popen(
                            command, stdin=subprocess.DEVNULL, stdout=messages, stderr=messages, text=True,
                            env=os.environ | {"LC_ALL": "C", "TMPDIR": scratch},
                            start_new_session=True,  # a group of its own: it and the programs it starts end together
                        )
                    )  # fmt: skip
                except OSError as error:
                    raise CompilerError(f"{command[0]} cannot be started: {error}. {GET_COMPILER}") from error
        _compiling.update(running)
        for number, process in enumerate(running):
            if process.wait():
                text = Path(scratch, f"{number}.txt").read_text(encoding="utf-8", errors="replace")
                raise CompilationError(_summary(process, text), command=commands[number], output=text)
    finally:
        _compiling.difference_update(running)
        for process in running:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _summary(process: subprocess.Popen[str], text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if "error" in line.lower() or "undefined" in line]
    program = shlex.join(map(str, process.args[:1])) if isinstance(process.args, (list, tuple)) else "The compiler"
    told = "\n".join(lines[:3]) or _first_line(text) or f"it ended with status {process.returncode}"
    return f"{program} could not build the generated code:\n{told}"
