"""The server of warm starts: imports what scripts do, then makes a copy of itself for each script.

``python -m brianhw.warm.server SOCKET``. It ends when nobody has asked for half an hour, or when its socket has gone.
It has one thread, and executes nothing but what a process of the same user asks for.
"""

from __future__ import annotations

import argparse
import atexit
import io
import json
import os
import select
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from brianhw.cli import parser, perform
from brianhw.warm.place import HERE, of_same_user

__all__ = ["serve"]

IDLE = 1800.0  # seconds without a script after which the server ends
LOOK = 5.0  # seconds between two looks at whether its socket is still there
ASKED_TO_END = 2.0  # seconds that a script has to end by itself when its caller has gone
# What scripts of all kinds begin with, besides Brian2; none of it starts a thread or opens a window.
IMPORTED = "brian2 brianhw.device.device brianhw.scripts brianhw.hardware brianhw.pynn matplotlib.pyplot".split()


def serve(place: Path, idle: float = IDLE) -> None:
    """Listen at *place*, and run what is asked for, until nobody has asked for *idle* seconds."""
    for name in IMPORTED:
        import_module(name)
    with socket.socket(socket.AF_UNIX) as listening:
        own = place.with_name(f"{place.name}.{os.getpid()}")
        listening.bind(str(own))
        listening.listen()
        os.replace(own, place)  # at once, also where another server has begun meanwhile, which then ends
        mark = _mark(place)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for what is made here
        last = time.monotonic()
        while time.monotonic() - last < idle and _mark(place) == mark:
            if not select.select([listening], [], [], min(LOOK, idle))[0]:
                continue
            connection, _ = listening.accept()
            last = time.monotonic()
            with connection:
                if of_same_user(connection) and os.fork() == 0:
                    listening.close()
                    _supervise(connection)
    if _mark(place) == mark:
        place.unlink(missing_ok=True)


def _mark(place: Path) -> tuple[int, int] | None:
    try:
        status = place.lstat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _supervise(connection: socket.socket) -> None:
    """Run what the caller asks for in a process of its own, pass signals on, say how it ended, and exit."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        connection.sendall(HERE)
        wish, files = _received(connection)
        child = os.fork()
        if child == 0:
            connection.close()
            _become(wish, files)
        for each in files:
            os.close(each)
        status = _ended(child, connection)
        with suppress(OSError):
            connection.sendall(f"{status}\n".encode())
    finally:
        os._exit(0)


def _received(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    head, files, _, _ = socket.recv_fds(connection, 8, 3)
    size, text = int.from_bytes(head, "big"), b""
    while len(text) < size:
        more = connection.recv(min(size - len(text), 1 << 16))
        if not more:
            raise ConnectionError("the caller has gone")
        text += more
    wish: dict[str, Any] = json.loads(text)
    return wish, files


def _ended(child: int, connection: socket.socket) -> int:
    """Return the status with which the script ended, negative for a signal; meanwhile pass signals on to it."""
    gone_at = None
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        if gone_at is None:
            if not select.select([connection], [], [], 0.02)[0]:
                continue
            numbers = connection.recv(16)
            if not numbers:  # the caller was killed
                numbers, gone_at = bytes([signal.SIGHUP]), time.monotonic()
        else:
            time.sleep(0.02)
            numbers = bytes([signal.SIGKILL]) if time.monotonic() - gone_at > ASKED_TO_END else b""
        for number in numbers:
            with suppress(ProcessLookupError):  # to the compilers that it has started, too, as a terminal does
                os.killpg(child, number)


def _become(wish: dict[str, Any], files: list[int]) -> None:
    """Become the process that the caller would have been, run the command, and exit."""
    os.setpgid(0, 0)
    for number, each in enumerate(files):
        os.dup2(each, number)
        os.close(each)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(wish["folder"])
    os.umask(wish["umask"])
    os.environ.clear()
    os.environ.update(wish["environment"])
    _open_streams()
    sys.argv = ["brianhw", *wish["arguments"]]
    options = parser().parse_args(wish["arguments"])
    _as_if_just_imported(options)
    status = 1
    try:
        status = _status_of(options)
    finally:
        with suppress(Exception):
            threading._shutdown()  # type: ignore[attr-defined]  # waits for the script's threads, as Python's end does
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        if status == -signal.SIGINT:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        os._exit(status)


def _status_of(options: argparse.Namespace) -> int:
    try:
        return perform(options)
    except SystemExit as end:
        if isinstance(end.code, int) or end.code is None:
            return (end.code or 0) & 0xFF
        print(end.code, file=sys.stderr)
        return 1
    except KeyboardInterrupt as error:
        sys.excepthook(type(error), error, error.__traceback__)
        return -signal.SIGINT
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        return 1


def _open_streams() -> None:
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        before = getattr(sys, name)
        stream = io.TextIOWrapper(
            open(number, f"{mode}b", closefd=False),  # noqa: SIM115, as long as the process
            encoding=before.encoding, errors=before.errors,
            line_buffering=number == 2 or os.isatty(number),
        )  # fmt: skip
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _as_if_just_imported(options: argparse.Namespace) -> None:
    """Have the state of modules that depends on the process: random numbers, and Brian2's log files."""
    import logging

    import numpy as np
    from brian2 import BrianLogger

    np.random.seed()  # else each script would have the server's
    logging.getLogger("py.warnings").handlers.clear()
    command = sys.argv
    sys.argv = [str(options.script), *options.arguments]  # of the script that Brian2 keeps a copy of
    BrianLogger.initialize()
    sys.argv = command


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
