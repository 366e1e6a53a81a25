"""Running other people's scripts and notebooks, with brianhw in the place of the project they import.

A script runs as ``python script.py`` runs it (``__main__``, its folder first on ``sys.path``, its
arguments in ``sys.argv``) except for four things:

- Module names that the folders of :mod:`brianhw.compat` hold, such as ``DynapSE`` and
  ``equations.dynapse_eq``, are always those of brianhw, whatever the script puts on ``sys.path``. No other
  name is touched: a package ``equations`` of the user's own stays theirs, and ``equations.dynapse_eq`` is
  ours inside it.
- ``set_device("cpp_standalone")`` chooses the brianhw device, unless the caller wants it as written.
- Without a display, ``plt.show()`` saves figures (if a folder was named) instead of opening windows.
- Notebooks run too: their code cells in order, in one namespace, from the notebook's own folder.
"""

from __future__ import annotations

import gc
import linecache
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType, TracebackType

from brianhw import compat
from brianhw.errors import BrianHWError, ScriptError
from brianhw.notebooks import Cell, Session, read_notebook
from brianhw.registration import once_registered

__all__ = [
    "BACKEND",
    "FIGURES_FOLDER",
    "ShimFinder",
    "brianhw_error_in",
    "line_of",
    "run",
    "trimmed",
]

BACKEND = "module://brianhw.figures"  # by name, so that Matplotlib is imported only if the script does
FIGURES_FOLDER = "BRIANHW_FIGURES"  # environment variable: where that backend saves


# -- imports --------------------------------------------------------------------------------------


class ShimFinder(MetaPathFinder):
    """Finds the modules of the shim *folders* by their exact names, before anything on ``sys.path``.

    A package of the shims gives way to another package of the same name, wherever that comes from; its
    modules do not. So ``from equations.dynapse_eq import *`` gets the shim even where a script's folder has
    its own ``equations``, and ``from equations import my_model`` still gets the script's own.

    Examples
    --------
    >>> from brianhw import compat
    >>> from brianhw.scripts import ShimFinder
    >>> finder = ShimFinder(compat.path("dynapse_simulator"))
    >>> finder.find_spec("DynapSE").name, finder.find_spec("numpy")
    ('DynapSE', None)
    """

    def __init__(self, *folders: Path) -> None:
        self.files: dict[str, Path] = {}
        self._replacing: set[str] = set()  # packages that take the place of other shims' modules
        for folder in folders:
            for file in sorted(folder.rglob("*.py")):
                parts = file.relative_to(folder).with_suffix("").parts
                for depth in range(1, len(parts)):
                    self.files.setdefault(".".join(parts[:depth]), folder.joinpath(*parts[:depth]))
                if parts[-1] != "__init__":
                    self.files[".".join(parts)] = file
                elif self.files.get(".".join(parts[:-1]), file).suffix:
                    self.files[".".join(parts[:-1])] = folder.joinpath(*parts[:-1])
                    self._replacing.add(".".join(parts[:-1]))

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the module *fullname* is, if the shims have it."""
        file = self.files.get(fullname)
        if file is None:
            return None
        if file.suffix == ".py":
            inside = file.with_suffix("")  # a module with a folder of its name beside it is a package
            return spec_from_file_location(
                fullname, file, submodule_search_locations=[str(inside)] if inside.is_dir() else None
            )
        if fullname in self._replacing:
            return _package(fullname, file)
        return self._found_elsewhere(fullname, path, target) or _package(fullname, file)

    def _found_elsewhere(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in sys.meta_path:
            if finder is not self and not isinstance(finder, BoardToolsFinder):
                spec = finder.find_spec(fullname, path, target)
                if spec is not None:
                    return spec
        return None


class BoardToolsFinder(MetaPathFinder):
    """Comes last, and says of a part of a board's tools that it is not there and why."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return nothing.

        Raises
        ------
        ModuleNotFoundError
            If the module is of those tools.
        """
        if fullname.split(".")[0] not in compat.BOARD_TOOLS:
            return None
        # without the name, so that Python hands it on where "from package import module" asks
        raise ModuleNotFoundError(
            f"{fullname} is a part of SpiNNaker's tools for boards that brianhw has nothing in the place of. What it "
            "has is in docs/spinnaker_support.md; a script that only describes and runs a network needs no more."
        )


def _package(fullname: str, folder: Path) -> ModuleSpec | None:
    init = folder / "__init__.py"
    if init.is_file():
        return spec_from_file_location(fullname, init, submodule_search_locations=[str(folder)])
    spec = ModuleSpec(fullname, None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    return spec


# -- running --------------------------------------------------------------------------------------


def run(
    script: Path,
    arguments: Sequence[str] = (),
    figures: Path | None = None,
    hardware: str = "",
    as_written: bool = False,
    afterwards: Callable[[], object] | None = None,
) -> None:
    """Run a script or notebook as the main program.

    Parameters
    ----------
    script : Path
        A Python file, or a notebook (``.ipynb``).
    arguments : sequence of str
        What the script finds in ``sys.argv[1:]``.
    figures : Path, optional
        Folder for a PNG of every figure that is shown.
    hardware : str, optional
        The chip that it is to run as on, where the script's imports do not say it: one of ``compat.HARDWARE``.
    as_written : bool, optional
        Whether ``set_device("cpp_standalone")`` means Brian2's device. By default the brianhw device takes its place,
        which compiles less, keeps what it has compiled, and gives the same results.
    afterwards : callable, optional
        Called when the script has ended well, while all that it has made is still there.

    Raises
    ------
    ScriptError
        If the file cannot be run; nothing of it has been executed then.
    Exception
        Whatever the script raises.

    Examples
    --------
    >>> from pathlib import Path
    >>> from brianhw.scripts import run
    >>> size = Path("script.py").write_text("import sys\\nprint('steps:', sys.argv[1])\\n")
    >>> run(Path("script.py"), ["100"])
    steps: 100
    """
    script = Path(script)
    if not script.is_file():
        raise ScriptError(f"There is no script {str(script)!r}.")
    is_notebook = script.suffix == ".ipynb"
    cells = read_notebook(script) if is_notebook else []
    file = script.resolve() if is_notebook else Path(os.path.abspath(script))
    with ExitStack() as around:
        main = around.enter_context(_as_main(file, [str(script), *arguments]))
        for each in (_shims(hardware), _display(figures), _device(as_written)):
            around.enter_context(each)
        # Brian2 itself is no garbage, and to look through it again and again takes a quarter of a short script's time
        around.enter_context(once_registered(gc.freeze))
        if is_notebook:
            _run_notebook(file, cells, main)
        else:
            exec(_compiled(file.read_bytes(), str(file)), vars(main))
        if afterwards is not None:
            afterwards()


def _compiled(source: str | bytes, name: str) -> CodeType:
    return compile(source, name, "exec", dont_inherit=True)


def _run_notebook(file: Path, cells: Sequence[Cell], main: ModuleType) -> None:
    before = Path.cwd()
    os.chdir(file.parent)  # as Jupyter does
    try:
        with Session(main, file) as session:
            session.prepare(cells)
            for cell in cells:
                for line in cell.skipped:
                    print(f"{file.name}, cell {cell.number}: left out {line!r}", file=sys.stderr)
                session.run(cell)
                _show_what_is_open(hidden=cell.captured is not None)
    finally:
        os.chdir(before)


def _show_what_is_open(hidden: bool) -> None:
    """Show the figures that a cell leaves open, as a notebook does, unless the user has windows for them.

    A cell whose output is captured shows none.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and os.environ.get("MPLBACKEND") == BACKEND:
        pyplot.close("all") if hidden else pyplot.show()


@contextmanager
def _as_main(file: Path, arguments: list[str]) -> Iterator[ModuleType]:
    """Give the script its module ``__main__``, its arguments and its folder as the first to import from."""
    main = ModuleType("__main__")
    main.__file__ = str(file)
    main.__dict__["__builtins__"] = __builtins__
    before = sys.modules["__main__"], sys.argv, sys.path[:]
    sys.modules["__main__"] = main
    sys.argv = arguments
    if not sys.flags.safe_path:
        # the folder of the program that runs us, which the script would not see under Python
        del sys.path[0]
    sys.path.insert(0, str(file.parent.resolve()))
    try:
        yield main
    finally:
        sys.modules["__main__"], sys.argv, sys.path[:] = before


@contextmanager
def _shims(hardware: str = "") -> Iterator[None]:
    finder = ShimFinder(*compat.paths(hardware))
    last = BoardToolsFinder()
    sys.meta_path.insert(0, finder)
    sys.meta_path.append(last)
    before = {name: sys.modules.pop(name) for name in finder.files if name in sys.modules}
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        sys.meta_path.remove(last)
        for name in finder.files:
            sys.modules.pop(name, None)
        sys.modules.update(before)


@contextmanager
def _device(as_written: bool) -> Iterator[None]:
    """Let the brianhw device stand in for Brian2's compiled one, as soon as the script imports Brian2."""
    said: list[str] = []

    def say_once() -> None:
        if not said:
            said.append("brianhw run: cpp_standalone is the brianhw device here; Brian2's own: --device as-written")
            print(*said, file=sys.stderr)

    def stand_in() -> None:
        standing_in = import_module("brianhw.device.standing_in")
        stack.enter_context(standing_in.in_place_of_standalone(say_once))

    with ExitStack() as stack:
        if not as_written:
            stack.enter_context(once_registered(stand_in))
        try:
            yield
        except FileNotFoundError as error:
            if said:
                error.add_note("The brianhw device writes no project folder; `brianhw run --device as-written` does.")
            raise


@contextmanager
def _display(figures: Path | None) -> Iterator[None]:
    """Take the place of Matplotlib's windows where there are none, or where files are wanted."""
    if figures is None and _has_display(os.environ):
        yield
        return
    settings = {"MPLBACKEND": BACKEND}
    if figures is not None:
        settings[FIGURES_FOLDER] = os.path.abspath(figures)
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        with warnings.catch_warnings():
            # a script that chooses Agg itself would be told so at each figure
            warnings.filterwarnings("ignore", message=".* is non-interactive, and thus cannot be shown")
            if "brianhw.figures" in sys.modules:
                sys.modules["brianhw.figures"].count_from_one()
            if "matplotlib" in sys.modules:
                sys.modules["matplotlib"].use(BACKEND)
            yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _has_display(environment: Mapping[str, str]) -> bool:
    """Say whether windows can be opened, or the user has chosen how figures are shown."""
    chosen = environment.get("MPLBACKEND", "")
    if chosen:
        return chosen.lower() != "agg"
    # macOS and Windows always have one
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY") or sys.platform != "linux")


# -- what went wrong ------------------------------------------------------------------------------


def brianhw_error_in(error: BaseException) -> BrianHWError | None:
    """Return the error of ours behind *error*, or None: Brian2 wraps what is raised while it prepares a run.

    Examples
    --------
    >>> from brian2 import Network, ms
    >>> from brianhw import DynapSE1
    >>> from brianhw.scripts import brianhw_error_in
    >>> chip = DynapSE1()
    >>> cells = chip.population(4, name="cells")
    >>> cells.free()
    >>> try:
    ...     Network(cells).run(1*ms)
    ... except Exception as error:  # Brian2's, around ours
    ...     print(brianhw_error_in(error))
    Population 'cells' was freed from DYNAP-SE1 and cannot be used or run; take it out of the network.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, BrianHWError):
        cause = cause.__cause__
    return cause


def trimmed(error: BaseException, script: Path) -> TracebackType | None:
    """Return the traceback of *error* from the first line of *script* on; all of it if the script is not in it.

    Examples
    --------
    >>> from pathlib import Path
    >>> from brianhw.scripts import run, trimmed
    >>> script = Path("quarter.py")
    >>> size = script.write_text("x = 0\\ny = 1 / x\\n")
    >>> try:
    ...     run(script)
    ... except ZeroDivisionError as error:
    ...     print(trimmed(error, script).tb_lineno)
    2
    """
    trace = error.__traceback__
    while trace is not None and not _is_of(trace, script):
        trace = trace.tb_next
    if trace is None and not isinstance(error, SyntaxError):
        return error.__traceback__
    return trace


def line_of(error: BaseException, script: Path) -> str:
    """Return the place in *script* where *error* happened and the line there, or nothing if it was elsewhere.

    Examples
    --------
    >>> from pathlib import Path
    >>> from brianhw.scripts import line_of, run
    >>> script = Path("halves.py")
    >>> size = script.write_text("x = 0\\ny = 1 / x\\n")
    >>> try:
    ...     run(script)
    ... except ZeroDivisionError as error:
    ...     print(line_of(error, script).partition(", ")[2])
    line 2: y = 1 / x
    """
    trace, last = error.__traceback__, None
    while trace is not None:
        last = trace if _is_of(trace, script) else last
        trace = trace.tb_next
    if last is None:
        return ""
    name = last.tb_frame.f_code.co_filename
    text = linecache.getline(name, last.tb_lineno).strip()
    return f"{name}, line {last.tb_lineno}: {text}"


def _is_of(trace: TracebackType, script: Path) -> bool:
    name = trace.tb_frame.f_code.co_filename
    names = {os.path.abspath(script), str(script.resolve())}
    return name in names or any(name.startswith(f"{each}, cell ") for each in names)
