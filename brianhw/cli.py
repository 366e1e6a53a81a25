"""The command ``brianhw``.

It ends with status 0 if all went well, 1 after an error in a script, 2 if it was called wrongly, 3 if a
network does not fit its chip and 4 if there is no working C++ compiler. A script's own exit status is passed on.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from brianhw.command import add_commands
from brianhw.errors import BrianHWError, CapacityError, CompilerError, ConnectionRefused, WeightError
from brianhw.version import __version__

if TYPE_CHECKING:
    from brianhw.device.cache import Removal

__all__ = ["main"]

FAILED, MISUSED, DOES_NOT_FIT, NO_COMPILER = 1, 2, 3, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with *arguments*, by default the program's own, and return its exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        As in a terminal, without the word ``brianhw``.

    Returns
    -------
    int
        0 if all went well, 1 after an error in a script, 3 if a network does not fit its chip, 4 without a C++
        compiler; or the script's own.

    Raises
    ------
    SystemExit
        With status 2 if it was called wrongly, and with 0 after ``--help``.

    Examples
    --------
    >>> from brianhw.cli import main
    >>> main(["new", "my_network", "--kind", "pynn"])
    my_network/my_network.py
    my_network/test_my_network.py
    my_network/my_network.ipynb
    cd my_network, then: python my_network.py; pytest; jupyter lab my_network.ipynb
    0
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    options = parser().parse_args(arguments)
    if getattr(options, "warm", False):
        from brianhw.warm import run_warm

        status = run_warm(arguments)
        if status is not None:
            return status
    return perform(options)


def perform(options: argparse.Namespace) -> int:
    """Do what a command line that was taken apart asks for, in this process, and return the exit status."""
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


def parser() -> argparse.ArgumentParser:
    """Return what takes the command line apart."""
    parser = argparse.ArgumentParser(
        prog="brianhw",
        description="Spiking networks in Brian2, run as a neuromorphic chip would run them.",
        epilog="Exit status: 0 well, 1 an error, 2 called wrongly, 3 does not fit the chip, 4 no C++ compiler.",
    )
    parser.add_argument("--version", action="version", version=f"brianhw {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    run = commands.add_parser("run", help="run a script or notebook written for Brian2 or another simulator")
    _add_script(run)
    run.add_argument(
        "--warm",
        action="store_true",
        help="start from a process of yours that has imported Brian2 already, if it can be",
    )
    run.set_defaults(command=_run, name="run")

    why = commands.add_parser("why", help="run a script, then say why those of its neurons are silent that are")
    _add_script(why)
    why.set_defaults(command=_why, name="why")

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

    add_commands(commands, parser)

    cache = commands.add_parser("cache", help="look at the compiled models that are kept, or remove them")
    _add_cache_commands(cache.add_subparsers(metavar="COMMAND", required=True))

    sweeps = commands.add_parser("sweeps", help="look at stored sweeps, clean, or move them")
    _add_sweeps_commands(sweeps.add_subparsers(metavar="COMMAND", required=True))
    return parser


def _add_script(run: argparse.ArgumentParser) -> None:
    run.add_argument("--figures", type=Path, metavar="FOLDER", help="save every figure that is shown there, as PNG")
    run.add_argument("--hardware", choices=("spinnaker",), default="", help="run as on this chip, with its arithmetic")
    run.add_argument(
        "--device", choices=("brianhw", "as-written"), default="brianhw",
        help="what a script gets that asks for cpp_standalone: the brianhw device (default), or what it asks for",
    )  # fmt: skip
    run.add_argument("--traceback", action="store_true", help="show the whole traceback of brianhw's own errors, too")
    run.add_argument("script", type=Path, metavar="SCRIPT", help="a Python file or a notebook (.ipynb)")
    run.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="arguments for the script")


def _add_sweeps_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    def add(name: str, command: Callable[[argparse.Namespace], int], what: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=what)
        parser.add_argument("store", type=Path, metavar="STORE", help="the folder that sweep(store=...) was given")
        parser.set_defaults(command=command)
        return parser

    add("list", _sweeps_list, "say which models have points there, how many, and when they were written")
    show = add("show", _sweeps_show, "print the points that failed or cannot be read, or all of a model")
    show.add_argument(
        "model", nargs="?", metavar="MODEL", help="a name that `list` prints, or the beginning of a number"
    )
    clean = add("clean", _sweeps_clean, "remove points that cannot be read, points that failed, or whole models")
    clean.add_argument("--failed", action="store_true", help="points that failed, too")
    which = clean.add_mutually_exclusive_group()
    which.add_argument("--model", metavar="MODEL", help="all points of a model that `list` prints")
    which.add_argument("--older-than", type=_age, metavar="AGE", help="models not written to for so long: 12h, 30d, 8w")
    which.add_argument("--but-last", action="store_true", help="all models but the one that was written to last")
    move = add("move", _sweeps_move, "move a store, while no sweep writes to it")
    move.add_argument("new", type=Path, metavar="NEW", help="a folder that does not exist")


def _add_cache_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    info = commands.add_parser("info", help="say where they are, how many, how large, and when they were used")
    info.set_defaults(command=_cache_info)

    clear = commands.add_parser("clear", help="remove all, except those that a running simulation is building")
    clear.set_defaults(command=_cache_clear)

    prune = commands.add_parser("prune", help="remove those that have not been used for longest")
    prune.add_argument("--max-size", type=_bytes, metavar="SIZE", help="keep so much: 500MB, 2GB (default: the bound)")
    prune.add_argument("--older-than", type=_age, metavar="AGE", help="remove all not used for so long: 12h, 30d, 8w")
    prune.set_defaults(command=_cache_prune)


def _why(options: argparse.Namespace) -> int:
    from brianhw.why.watching import watched

    found = []
    with watched() as seen:
        status = _run(options, lambda: found.extend(seen.explanations()))
    if status:
        return status
    silent = [each for each in found if each.silent]
    spiked = [each.population for each in found if not each.silent]
    for each in silent:
        print(each.text(), end="\n\n")
    if spiked:
        print(f"{'All neurons spiked' if not silent else 'All others spiked'}: {', '.join(spiked)}")
    if not found:
        print("The script has made no neurons that could spike.")
    return 0


def _run(options: argparse.Namespace, afterwards: Callable[[], object] | None = None) -> int:
    from brianhw import scripts

    script: Path = options.script
    as_written = options.device == "as-written"
    try:
        scripts.run(script, options.arguments, options.figures, options.hardware, as_written, afterwards)
    except scripts.ScriptError as error:
        print(f"brianhw {options.name}: {error}", file=sys.stderr)
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
        print(f"brianhw {options.name}: no figure in {options.figures}: {why}.", file=sys.stderr)
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
    from brianhw.doctor import check, extras

    findings = check()
    print("\n".join(map(str, findings)))
    print("\nnot needed:")
    print("\n".join(map(str, extras())))
    missing = {finding.name for finding in findings if not finding.ok}
    if "C++ compiler" in missing:
        return NO_COMPILER
    return FAILED if missing else 0


def _chips(options: argparse.Namespace) -> int:
    from brianhw.chips import known_chips

    print("\n\n".join(chip.describe() for chip in known_chips().values()))
    return 0


def _cache_info(options: argparse.Namespace) -> int:
    from brianhw.device.cache import Cache

    info = Cache().info()
    print(f"folder    {info.folder}")
    print(f"models    {info.entries}")
    print(f"size      {_size(info.bytes)} of {_size(info.max_bytes)}")
    if info.oldest_use and info.newest_use:
        print(f"last use  {info.oldest_use:%Y-%m-%d %H:%M} to {info.newest_use:%Y-%m-%d %H:%M}")
    return 0


def _cache_clear(options: argparse.Namespace) -> int:
    from brianhw.device.cache import Cache

    _print_removal(Cache().clear())
    return 0


def _cache_prune(options: argparse.Namespace) -> int:
    from brianhw.device.cache import Cache

    _print_removal(Cache().prune(options.max_size, options.older_than))
    return 0


def _print_removal(removed: Removal) -> None:
    kept = f"; {removed.in_use} in use kept" if removed.in_use else ""
    print(f"removed {removed.entries} compiled models, {_size(removed.bytes)}{kept}")


def _sweeps_list(options: argparse.Namespace) -> int:
    from brianhw.explore.stored import stored

    models = stored(options.store)
    if not models:
        print(f"no models are stored in {options.store}")
    for model in models:
        points = list(model.points())
        failed, damaged = sum(bool(each.failure) for each in points), sum(bool(each.damage) for each in points)
        wrong = (f", {failed} failed" if failed else "") + (f", {damaged} damaged" if damaged else "")
        about = model.about
        names = f"{', '.join(about.get('metrics', [])) or 'results'} over {', '.join(about.get('parameters', []))}"
        print(f"{model.folder.name}  {about.get('model', '?')}: {names}")
        when = f"{model.last_write.astimezone():%Y-%m-%d %H:%M}"
        print(f"    {len(points)} points{wrong}, {_size(model.bytes)}, last written {when}")
    return 0


def _sweeps_show(options: argparse.Namespace) -> int:
    from brianhw.explore.stored import named, stored

    models = named(options.store, options.model) if options.model else stored(options.store)
    count = shown = 0
    for model in models:
        for each in model.points():
            count += 1
            if not (options.model or each.failure or each.damage):
                continue
            what = each.failure or each.damage or f"{each.seconds:.3g} s"
            point = ", ".join(f"{name} = {value}" for name, value in each.point.items()) or each.file.name
            print(f"{model.folder.name[:8]}  {point}: {what}")
            shown += 1
    if not shown:
        print(_nothing_shown(options.store, options.model, len(models), count))
    return 0


def _nothing_shown(store: Path, model: str | None, models: int, points: int) -> str:
    if not models:
        return f"no models are stored in {store}"
    if not points:
        return f"no points are stored of {model or 'any model'} in {store}"
    of = f"{points} points of {models} model{'s' if models > 1 else ''}"
    how = f"`brianhw sweeps show {store} MODEL` prints all of a model that `list` names"
    return f"none of {of} failed or is damaged; {how}"


def _sweeps_clean(options: argparse.Namespace) -> int:
    from brianhw.explore.stored import chosen, stored

    models = stored(options.store)
    if options.model:
        removed = [chosen(options.store, options.model)]
    elif options.older_than is not None:
        removed = stored(options.store, options.older_than)
    else:
        removed = models[:-1] if options.but_last else []
    for model in removed:
        model.remove()
    left = [model for model in models if model not in removed]
    points = sum(model.clean(failed=options.failed) for model in left)
    print(f"removed {len(removed)} models and {points} points")
    return 0


def _sweeps_move(options: argparse.Namespace) -> int:
    from brianhw.explore.stored import move

    move(options.store, options.new)
    print(f"moved to {options.new}")
    return 0


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def _bytes(text: str) -> int:
    """Return the number of bytes that ``500MB`` is."""
    return int(_quantity(text, {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}, "500MB"))


def _age(text: str) -> timedelta:
    """Return the time that ``30d`` is."""
    return timedelta(seconds=_quantity(text, {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}, "30d"))


def _quantity(text: str, units: dict[str, int], example: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?) *([a-z]*)", text.strip().lower())
    if match is None or match[2] not in units:
        known = ", ".join(unit for unit in units if unit)
        raise argparse.ArgumentTypeError(f"{text!r} is not like {example}; the units are {known}")
    return float(match[1]) * units[match[2]]


def _report(error: BrianHWError, place: str = "") -> int:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    if place:
        print(f"  at {place}", file=sys.stderr)
    return _status(error)


def _status(error: BrianHWError) -> int:
    if isinstance(error, CapacityError | ConnectionRefused | WeightError):
        return DOES_NOT_FIT
    return NO_COMPILER if isinstance(error, CompilerError) else FAILED
