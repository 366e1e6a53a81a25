"""The command ``brianhw``.

It ends with status 0 if all went well, 1 after an error in a script, 2 if it was called wrongly, 3 if a
network does not fit its chip and 4 if there is no working C++ compiler. A script's own exit status is passed on.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from brianhw import __version__
from brianhw.errors import BrianHWError, CapacityError, CompilerError, ConnectionRefused, WeightError

__all__ = ["main"]

FAILED, MISUSED, DOES_NOT_FIT, NO_COMPILER = 1, 2, 3, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with *arguments*, by default the program's own, and return its exit status."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        status = command(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # the reader, say `head`, has gone; Python would complain once more when it flushes at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except BrianHWError as error:
        if getattr(options, "traceback", False):
            raise
        return _report(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="brianhw",
        description="Spiking networks in Brian2, run as a neuromorphic chip would run them.",
        epilog="Exit status: 0 well, 1 an error, 2 called wrongly, 3 does not fit the chip, 4 no C++ compiler.",
    )
    parser.add_argument("--version", action="version", version=f"brianhw {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    run = commands.add_parser("run", help="run a script or notebook written for Brian2 or another simulator")
    run.add_argument("--figures", type=Path, metavar="FOLDER", help="save every figure that is shown there, as PNG")
    run.add_argument("--traceback", action="store_true", help="show the whole traceback of brianhw's own errors, too")
    run.add_argument("script", type=Path, metavar="SCRIPT", help="a Python file or a notebook (.ipynb)")
    run.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="arguments for the script")
    run.set_defaults(command=_run)

    demo = commands.add_parser("demo", help="simulate a small network on a chip, with report and figures")
    demo.add_argument(
        "--output", type=Path, default=Path("brianhw_demo"), metavar="FOLDER", help="where to (default: %(default)s)"
    )
    demo.add_argument("--traceback", action="store_true", help="show the whole traceback of an error")
    demo.set_defaults(command=_demo)

    doctor = commands.add_parser("doctor", help="say what is missing for compiled simulations and how to get it")
    doctor.set_defaults(command=_doctor)

    chips = commands.add_parser("chips", help="print the chips that brianhw knows, with their limits")
    chips.set_defaults(command=_chips)
    return parser


def _run(options: argparse.Namespace) -> int:
    from brianhw import scripts

    script: Path = options.script
    try:
        scripts.run(script, options.arguments, options.figures)
    except scripts.ScriptError as error:
        print(f"brianhw run: {error}", file=sys.stderr)
        return MISUSED
    except Exception as error:
        trace = scripts.trimmed(error, script)
        ours = scripts.brianhw_error_in(error) or _no_compiler_behind(error)
        if ours is None or options.traceback:
            sys.excepthook(type(error), error.with_traceback(trace), trace)
            return FAILED if ours is None else _status(ours)
        return _report(ours, scripts.line_of(error, script))
    if options.figures is not None and not any(options.figures.glob("figure-*.png")):
        why = "the script showed none, or chose a Matplotlib backend itself"
        print(f"brianhw run: no figure in {options.figures}: {why}.", file=sys.stderr)
    return 0


def _no_compiler_behind(error: Exception) -> CompilerError | None:
    """Return the error to report where Brian2 could not build a program for want of a compiler or make."""
    if not isinstance(error, RuntimeError) or "compilation failed" not in str(error):
        return None
    from brianhw.doctor import why_no_compiled_code

    missing = why_no_compiled_code()
    if not missing:
        return None  # the program itself is at fault
    return CompilerError(
        f"The script asks for compiled code (cpp_standalone), which cannot be built here. {missing} "
        "Or leave out set_device(...) to run it without."
    )


def _demo(options: argparse.Namespace) -> int:
    from brianhw.demo import run_demo

    run_demo(options.output)
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from brianhw.doctor import check

    findings = check()
    for finding in findings:
        print(finding)
    missing = {finding.name for finding in findings if not finding.ok}
    if "C++ compiler" in missing:
        return NO_COMPILER
    return FAILED if missing else 0


def _chips(options: argparse.Namespace) -> int:
    from brianhw.chips import known_chips

    print("\n\n".join(chip.describe() for chip in known_chips().values()))
    return 0


def _report(error: BrianHWError, place: str = "") -> int:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    if place:
        print(f"  at {place}", file=sys.stderr)
    return _status(error)


def _status(error: BrianHWError) -> int:
    if isinstance(error, CapacityError | ConnectionRefused | WeightError):
        return DOES_NOT_FIT
    return NO_COMPILER if isinstance(error, CompilerError) else FAILED
