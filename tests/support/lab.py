"""Notebooks in JupyterLab, as a user sees them: a server of its own, and a headless Chromium that reaches only it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

import pages
from paths import CHECKOUT

LONG = 60.0  # seconds, until something of the page is there
ONLY_HERE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"  # widgets that need a network would not show
_SETTINGS = {"notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}}
_FOLDERS = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")  # fmt: skip


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Start JupyterLab in *folder*, yield its address with a token, and end it."""
    own = folder.parent / f"{folder.name}-jupyter"
    settings = own / "JUPYTERLAB_SETTINGS_DIR" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    for name, values in _SETTINGS.items():
        (settings / f"{name}.jupyterlab-settings").write_text(json.dumps(values), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), **{name: str(own / name) for name in _FOLDERS}}
    options = [
        "--no-browser", "--allow-root", "--ip=127.0.0.1", "--ServerApp.port=0", "--IdentityProvider.token=token",
        f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    with open(own / "log.txt", "w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=environment, cwd=folder, stdout=log, stderr=log
        )
        try:
            yield _address(process, own)
        finally:
            process.terminate()
            process.wait(LONG)


def _address(process: subprocess.Popen[bytes], own: Path) -> str:
    """Return where the server listens, as soon as it does."""
    until = time.monotonic() + LONG
    while time.monotonic() < until and process.poll() is None:
        for file in (own / "JUPYTER_RUNTIME_DIR").glob("jpserver-*.json"):
            try:
                port = json.loads(file.read_text(encoding="utf-8"))["port"]
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api?token=token").close()
                return f"http://127.0.0.1:{port}/lab/tree/NOTEBOOK?token=token&reset"
            except (OSError, ValueError):
                continue
        time.sleep(0.05)
    raise TimeoutError((own / "log.txt").read_text(encoding="utf-8"))


class Lab:
    """A notebook that is open in JupyterLab.

    Parameters
    ----------
    driver : WebDriver
    """

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def all(self, selector: str) -> list[Any]:
        """Return the elements of the notebook that a CSS selector finds."""
        found: list[Any] = self.driver.find_elements("css selector", f".jp-Notebook {selector}")
        return found

    def until(self, is_so: Any, seconds: float = LONG) -> Any:
        """Wait until *is_so* returns something that is true, and return it."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, seconds, poll_frequency=0.01).until(lambda driver: is_so())

    def run_all(self) -> None:
        """Run all cells, as the menu does."""
        self.command("notebook:run-all-cells")

    def command(self, name: str, **values: Any) -> None:
        """Execute a command of JupyterLab."""
        self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "window.jupyterapp.commands.execute(arguments[0], arguments[1]).then(() => done(), done)",
            name, values,
        )  # fmt: skip

    def outputs(self) -> str:
        """Return the text of all outputs."""
        return "\n".join(each.text for each in self.all(".jp-OutputArea-output"))


@contextmanager
def opened(folder: Path, *cells: str) -> Iterator[Lab]:
    """Open a notebook of these cells, wait for its kernel, and end all."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(each) for each in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / "notebook.ipynb")
    with server(folder) as address, pages.a_browser(ONLY_HERE) as driver:
        driver.set_window_size(1280, 1000)
        driver.set_script_timeout(LONG)
        driver.get(address.replace("NOTEBOOK", "notebook.ipynb"))
        lab = Lab(driver)
        lab.until(lambda: lab.all(".jp-Cell"))
        # before there is a kernel, running asks which one to take
        lab.until(lambda: driver.execute_script(
            "const session = window.jupyterapp?.shell.currentWidget?.sessionContext;"
            "return session?.isReady && session.session?.kernel?.status === 'idle'"
        ))  # fmt: skip
        yield lab
