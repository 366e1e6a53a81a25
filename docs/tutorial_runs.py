"""Runs the tutorials while Sphinx does other work: they and the gallery take most of a build, each on one core.

Sphinx asks for the text of each page; that of a tutorial is the notebook with the outputs of this build. As a script
it is the process that runs notebooks, several at a time: ``python tutorial_runs.py RESULTS NOTEBOOK...``.
"""

from __future__ import annotations

import atexit
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from threading import Thread
from typing import Any

from sphinx.errors import ExtensionError

_SUFFIXES = ".ipynb", ".error"  # of what becomes of a notebook


class Runs:
    """The tutorials of one build, by name."""

    def __init__(self) -> None:
        self._names: list[str] = []

    def begin(self, app: Any) -> None:
        """Begin with the tutorials, unless nothing is to be run."""
        if app.config.nb_execution_mode == "off":
            return
        left_out = app.config.nb_execution_excludepatterns
        folder = Path(app.srcdir) / "tutorials"
        notebooks = [
            each for each in sorted(folder.glob("*.ipynb")) if not any(PurePosixPath(each).match(p) for p in left_out)
        ]
        self._names = [each.stem for each in notebooks]
        self._results = tempfile.TemporaryDirectory(prefix="brianhw_tutorials_")
        command = [sys.executable, __file__, self._results.name, str(app.config.nb_execution_timeout)]
        self._process = subprocess.Popen(
            [*command, *map(str, notebooks)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        atexit.register(self._end)

    def _end(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._results.cleanup()

    def read(self, app: Any, page: str, content: list[str]) -> None:
        """Give Sphinx the notebook with its outputs in the place of the one without; wait for it."""
        folder, _, name = page.rpartition("/")
        if folder != "tutorials" or name not in self._names:
            return
        run, error = (Path(self._results.name) / f"{name}{suffix}" for suffix in _SUFFIXES)
        while not run.exists():
            # the pipe of a process that has ended can be read; Sphinx's own processes, of -j, may ask as well
            has_ended = bool(select.select([self._process.stdout], [], [], 0.05)[0])
            if error.exists():
                raise ExtensionError(f"{page}.ipynb failed.\n{error.read_text(encoding='utf-8')}")
            if has_ended and not run.exists():
                raise ExtensionError(f"{page}.ipynb was not run: the process that runs the tutorials has ended.")
        content[0] = run.read_text(encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Run them before the gallery, which runs its examples when Sphinx begins."""
    runs = Runs()
    app.connect("builder-inited", runs.begin, priority=1)
    app.connect("source-read", runs.read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _run(results: Path, timeout: int, notebook: Path) -> None:
    import nbformat
    from jupyter_cache.executors.utils import single_nb_execution  # as MyST-NB does

    name, text = f"{notebook.stem}.error", "interrupted"
    try:
        content = nbformat.read(notebook, as_version=4)
        done = single_nb_execution(content, cwd=str(notebook.parent), timeout=timeout, allow_errors=False)
        text = str(done.err)
        if done.err is None:
            for cell in content.cells:
                if cell.cell_type == "code":
                    cell.outputs = list(_joined(cell.outputs))
            # MyST-NB would run cells without an output again
            content.metadata["mystnb"] = {**content.metadata.get("mystnb", {}), "execution_mode": "off"}
            name, text = f"{notebook.stem}.ipynb", nbformat.writes(content)
    except Exception as error:
        text = repr(error)
    half = results / f"{name}.half"
    half.write_text(text, encoding="utf-8")
    os.replace(half, results / name)


def _joined(outputs: list[Any]) -> Iterator[Any]:
    """Yield outputs of a cell; what it has printed in one go is one, however fast the kernel sent it."""
    last = None
    for each in outputs:
        if last is not None and each.output_type == last.output_type == "stream" and each.name == last.name:
            last.text += each.text
        else:
            last = each
            yield each


def _end_with_the_build() -> None:
    sys.stdin.read()  # a pipe, until the process that has the other end is no more
    os._exit(1)


def main(results: str, timeout: str, *notebooks: str) -> None:
    """Run notebooks, as many at a time as there are cores; write each with its outputs, or its error."""
    Thread(target=_end_with_the_build, daemon=True).start()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for each in notebooks:
            pool.submit(_run, Path(results), int(timeout), Path(each))


if __name__ == "__main__":
    main(*sys.argv[1:])
