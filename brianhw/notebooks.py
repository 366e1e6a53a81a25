"""Notebooks as programs: their code cells, in order, as Python.

What a notebook's language adds to Python (``%magics``, ``!shell`` lines, ``help?``) is translated by IPython itself,
into calls of ``get_ipython()``. What becomes of each is decided here, by its name, before anything runs: magics that
only set up a display are left out, shell commands are left out with a note unless the code takes their output,
``%time`` and ``%%capture`` run their code as any cell runs, and what would change the meaning of the code is refused.
"""

from __future__ import annotations

import ast
import asyncio
import codeop
import inspect
import json
import linecache
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple

from brianhw.errors import ScriptError

__all__ = ["Cell", "Session", "read_notebook"]


class Cell(NamedTuple):
    """A code cell as Python, and what of it is left out.

    *code* is what *tree* was parsed from; without a tree it is no Python, which is said when its turn comes.
    *captured* are the arguments of ``%%capture``, if it has any.

    Examples
    --------
    >>> import json
    >>> from pathlib import Path
    >>> from brianhw.notebooks import read_notebook
    >>> source = "get_ipython().system('pip install brianhw')\\nx = 2"
    >>> cells = {"nbformat": 4, "cells": [{"cell_type": "code", "source": source}]}
    >>> size = Path("notes.ipynb").write_text(json.dumps(cells))
    >>> [cell] = read_notebook(Path("notes.ipynb"))
    >>> cell.number, cell.skipped
    (1, ('!pip install brianhw',))
    """

    number: int
    code: str
    tree: ast.Module | None
    skipped: tuple[str, ...] = ()
    captured: str | None = None


# -- reading --------------------------------------------------------------------------------------


def read_notebook(file: Path) -> list[Cell]:
    """Return the code cells of a notebook, in order, as Python.

    Raises
    ------
    ScriptError
        If the file is no notebook, not one for Python, uses a magic that changes what its code does, or needs IPython
        where that is not installed.

    Examples
    --------
    >>> import json
    >>> from pathlib import Path
    >>> from brianhw.notebooks import read_notebook
    >>> cells = [{"cell_type": "markdown", "source": "A title"}, {"cell_type": "code", "source": ["x = 2"]}]
    >>> size = Path("short.ipynb").write_text(json.dumps({"nbformat": 4, "cells": cells}))
    >>> [cell.code for cell in read_notebook(Path("short.ipynb"))]
    ['x = 2']
    """
    try:
        notebook = json.loads(file.read_text(encoding="utf-8-sig"))
        sources = [_joined(cell) for cell in _cells(notebook) if cell["cell_type"] == "code"]
        language = _language(notebook)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ScriptError(f"{file} is not a notebook of format 4 or 3: {type(error).__name__} {error}.") from error
    if language.lower() not in ("python", "ipython", "python3"):
        raise ScriptError(f"{file} is a notebook for {language}; brianhw runs Python.")
    return [_as_python(file, number, source) for number, source in enumerate(sources, start=1)]


def _cells(notebook: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if notebook.get("nbformat") == 3:
        return [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
    cells: list[Mapping[str, Any]] = notebook["cells"]
    return cells


def _joined(cell: Mapping[str, Any]) -> str:
    return "".join(cell["input"] if "input" in cell else cell["source"])  # format 3, or 4


def _language(notebook: Mapping[str, Any]) -> str:
    metadata = notebook.get("metadata") or {}
    kernel, language = (metadata.get(name) or {} for name in ("kernelspec", "language_info"))
    return str(kernel.get("language") or language.get("name") or "python")


# -- translating ----------------------------------------------------------------------------------

# Lines that only set up a notebook's display or reload edited modules.
IGNORED = frozenset({"autoreload", "colors", "config", "load_ext", "matplotlib", "precision", "reload_ext", "xmode"})
# Lines and cells for a shell or a browser, and help: what they install or show is not the script's result.
SKIPPED = frozenset(
    "cat conda cp hist history ld lf lk ll ls lsmagic lx man mamba mkdir mv pdef pdoc pfile pinfo pinfo2 pip psearch "
    "psource quickref rm rmdir uv watermark who whos".split()
)
SHELL_CELLS = frozenset({"bash", "script", "sh"})
SKIPPED_CELLS = SHELL_CELLS | {"html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG", "system", "sx"}
# What IPython itself does, since the code goes on with it.
RUN = frozenset({"env", "pwd", "set_env"})
RUN_CELLS = frozenset({"file", "writefile"})


def _as_python(file: Path, number: int, source: str) -> Cell:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the compilation shows them
            # what Python understands, IPython leaves as it is
            tree, text = _parsed(source), source
            if tree is None:
                text = _translated(file, number, source)
                tree = _parsed(text)
            if tree is None:
                return Cell(number, source, None)
            cell = _whole_cell(file, number, tree)
            if cell is not None:
                return cell
            decisions = _Decisions()
            return Cell(number, text, ast.fix_missing_locations(decisions.visit(tree)), tuple(decisions.skipped))
    except _Refused as refused:
        raise ScriptError(
            f"{file.name}, cell {number}: {refused} works in a notebook server only. Write it in Python. Left out "
            "without harm are %matplotlib, %config, %load_ext, %autoreload and (with a note) shell lines; %time, "
            "%%time and %%capture run their code; %env, %pwd, %%writefile and x = !command run as in IPython."
        ) from None


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def _translated(file: Path, number: int, source: str) -> str:
    try:
        from IPython.core.inputtransformer2 import TransformerManager
    except ImportError:
        raise ScriptError(
            f"{file.name}, cell {number} is not plain Python. For magics, shell lines and help install IPython, which "
            "knows them: pip install ipython (or all that notebooks need: pip install 'brianhw[notebooks]')."
        ) from None
    try:
        return str(TransformerManager().transform_cell(source))
    except SyntaxError:
        return source


class _Refused(Exception):
    """A magic as it is written, which the code cannot do without and which cannot be had here."""


class _Call(NamedTuple):
    """What ``get_ipython()`` is asked for: a method, and its text arguments."""

    method: str
    name: str
    line: str
    body: str = ""

    @property
    def written(self) -> str:
        """How the notebook writes it."""
        sign = {"run_line_magic": "%", "run_cell_magic": "%%", "system": "!", "getoutput": "!!"}[self.method]
        return f"{sign}{self.name} {self.line}".strip() if self.name else f"{sign}{self.line}"


def _asked(node: ast.AST) -> _Call | None:
    """Return what a node asks of ``get_ipython()`` with text that is written there, if it does."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    owner, method = node.func.value, node.func.attr
    if not (isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "get_ipython"):
        return None
    texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if len(texts) < len(node.args) or not texts:
        return None
    if method == "magic":  # as older converters wrote it
        method, texts = "run_line_magic", [*texts[0].strip().lstrip("%").partition(" ")[::2]]
    if method in ("system", "getoutput"):
        return _Call(method, "", texts[0])
    if method in ("run_line_magic", "run_cell_magic"):
        return _Call(method, *(each.strip() for each in (texts + [""])[:2]), *texts[2:3])
    return None


def _whole_cell(file: Path, number: int, tree: ast.Module) -> Cell | None:
    """Return the cell that a cell magic makes of the rest; None where none begins it."""
    [only] = tree.body if len(tree.body) == 1 else [None]
    call = _asked(only.value) if isinstance(only, ast.Expr) else None
    if call is None or call.method != "run_cell_magic":
        return None
    if call.name in ("time", "capture"):
        inner = _as_python(file, number, call.body)
        first = f"# {call.written}\n"  # lines keep their numbers
        tree_inside = inner.tree and ast.increment_lineno(inner.tree, 1)
        captured = call.line if call.name == "capture" else inner.captured
        return Cell(number, first + inner.code, tree_inside, inner.skipped, captured)
    if call.name in SKIPPED_CELLS and not (call.name in SHELL_CELLS and "--out" in call.line):
        return Cell(number, "", ast.Module([], []), (call.written,))
    if call.name in RUN_CELLS | SHELL_CELLS:
        return Cell(number, ast.unparse(tree), tree)
    raise _Refused(repr(call.written))


class _Decisions(ast.NodeTransformer):
    """Puts in the place of each call of ``get_ipython()`` what is to happen; *skipped* collects what is left out."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def visit_Expr(self, node: ast.Expr) -> Any:
        call = _asked(node.value)
        if call is None:
            return self.generic_visit(node)
        if call.method in ("system", "getoutput") or call.name in SKIPPED:
            self.skipped.append(call.written)
        elif call.name == "time":
            return [self.visit(each) for each in _inside(call, node).body] or ast.copy_location(ast.Pass(), node)
        elif call.name not in IGNORED:
            return self.generic_visit(node)
        return ast.copy_location(ast.Pass(), node)

    def visit_Call(self, node: ast.Call) -> Any:
        call = _asked(node)
        if call is None or call.method in ("system", "getoutput") or call.name in RUN:
            return self.generic_visit(node)
        if call.name == "time" and call.method == "run_line_magic":
            [value] = _inside(call, node).body
            if isinstance(value, ast.Expr):
                return self.visit(value.value)
        raise _Refused(repr(call.written))


def _inside(call: _Call, node: ast.AST) -> ast.Module:
    """Return the code behind ``%time``, at the place of *node*."""
    tree = _parsed(call.line)
    if tree is None:
        raise _Refused(repr(call.written))
    for each in ast.walk(tree):
        ast.copy_location(each, node)
    return tree


# -- running --------------------------------------------------------------------------------------


class Session:
    """What the cells of a notebook share: a namespace, an event loop and, where it is installed, IPython's shell.

    A context; afterwards the loop is closed and the shell gone. :func:`brianhw.scripts.run` makes one for a notebook.

    Parameters
    ----------
    main : module
        Holds the names.
    file : Path
        The notebook, for tracebacks.

    Examples
    --------
    >>> import ast
    >>> from pathlib import Path
    >>> from types import ModuleType
    >>> from brianhw.notebooks import Cell, Session
    >>> main = ModuleType("main")
    >>> with Session(main, Path("notes.ipynb")) as session:
    ...     for number, code in enumerate(["x = 2", "y = x + 1"], start=1):
    ...         session.run(Cell(number, code, ast.parse(code)))
    >>> main.y
    3
    """

    def __init__(self, main: ModuleType, file: Path) -> None:
        self.main, self.file = main, file
        self._loop = asyncio.Runner()
        self._compile = codeop.Compile()  # what a cell imports from __future__ holds for those after it
        self._compile.flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._shell: Any = None

    def __enter__(self) -> Session:
        vars(self.main)["display"] = _display
        if _has_ipython():
            vars(self.main)["get_ipython"] = self.shell
        return self

    def prepare(self, cells: Iterable[Cell]) -> None:
        """Make IPython's shell now if a cell asks IPython itself for it, which says that there is none otherwise."""
        nodes = (node for cell in cells if cell.tree for node in ast.walk(cell.tree))
        if _has_ipython() and any("get_ipython" in (getattr(n, "name", ""), getattr(n, "attr", "")) for n in nodes):
            self.shell()

    def __exit__(self, *error: object) -> None:
        self._loop.close()
        if self._shell is not None:
            type(self._shell).clear_instance()

    def shell(self) -> Any:
        """Return IPython's shell in the notebook's namespace; a notebook calls it ``get_ipython``."""
        if self._shell is None:
            from IPython.core.interactiveshell import InteractiveShell

            if InteractiveShell.initialized():  # we run inside a notebook ourselves
                return InteractiveShell.instance()
            self._shell = _new_shell(InteractiveShell, self.main)
        return self._shell

    def run(self, cell: Cell) -> None:
        """Run one cell; what it raises is raised."""
        name = f"{self.file}, cell {cell.number}"
        # without this, tracebacks could not show the cell's lines
        linecache.cache[name] = (len(cell.code), None, cell.code.splitlines(keepends=True), name)
        code: CodeType = self._compile(cell.code if cell.tree is None else cell.tree, name, "exec")  # type: ignore[arg-type]
        with self._capturing(cell.captured):
            result = eval(code, vars(self.main))
            if inspect.iscoroutine(result):
                self._loop.run(result)

    @contextmanager
    def _capturing(self, arguments: str | None) -> Iterator[None]:
        """Keep what is printed in the block from being seen, as ``%%capture`` does, and give it its name."""
        if arguments is None:
            yield
            return
        from IPython.utils.capture import capture_output

        names = [word for word in arguments.split() if not word.startswith("--")]
        wanted = {kind: f"--no-{kind}" not in arguments.split() for kind in ("stdout", "stderr", "display")}
        with capture_output(**wanted) as kept:
            yield
        vars(self.main).update({name: kept for name in names})


def _has_ipython() -> bool:
    try:
        return find_spec("IPython") is not None
    except ImportError:  # a finder that hides it may say so
        return False


def _new_shell(kind: Any, main: ModuleType) -> Any:
    """Return IPython's shell in the namespace of *main*, which keeps its own names and opens no windows."""
    from traitlets.config import Config

    class Shell(kind):
        def enable_gui(self, gui: Any = None) -> None:
            """Do nothing; Matplotlib asks for it, and IPython's own raises an error."""

    quiet = Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"warn_venv": False}})
    names = dict(vars(main))
    shell = Shell.instance(config=quiet, user_module=main, user_ns=vars(main))
    # it has put In, Out, _, exit and so on there, which a notebook may use for something else
    vars(main).clear()
    vars(main).update(names)
    shell.magics_manager.magics["line"].update(dict.fromkeys(IGNORED, _do_nothing))
    return shell


def _do_nothing(line: str) -> None:
    """What a magic does that only sets up a display."""


def _display(*objects: Any, **options: Any) -> Any:
    try:
        from IPython.display import display
    except ImportError:
        print(*objects)
    else:
        return display(*objects, **options)
