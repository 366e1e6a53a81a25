"""The caller's side of a warm start: hands over what a script needs, passes signals on, ends as the script does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from brianhw.warm.place import HERE, is_possible, of_same_user, socket_file

__all__ = ["run_warm"]

_PASSED_ON = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP] if os.name == "posix" else []
_PATIENCE = 2.0  # seconds in which a server has to answer; one that is stopped does not
_GONE = 1  # the status of a script whose process has gone without a word


def run_warm(arguments: Sequence[str]) -> int | None:
    """Have a server run ``brianhw`` with these *arguments*; return the status that it ended with.

    If there is no server one is started, which will serve the next time, and nothing is returned: the caller runs the
    script. A script that a signal has ended ends this process by the same signal.

    Parameters
    ----------
    arguments : sequence of str
        Of the command line, without the wish for a warm start.

    Examples
    --------
    The first start leaves a server behind; with the option a second one takes a third of the time or less::

        $ brianhw run --warm script.py
        $ brianhw run --warm script.py
    """
    place = socket_file() if is_possible() else None
    if place is None:
        return None
    connection = _connected(place)
    if connection is None:
        _start_server(place)
        return None
    with connection:
        try:
            _hand_over(connection, arguments)
            with _signals_passed_on(connection):
                status = connection.makefile().readline()
        except OSError:
            return None
    if not status:
        return _GONE
    ended = int(status)
    if ended < 0:
        signal.signal(-ended, signal.SIG_DFL)
        os.kill(os.getpid(), -ended)
    return ended


def _connected(place: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(place))
    except OSError:
        connection.close()
        return None
    connection.settimeout(_PATIENCE)
    try:
        answers = of_same_user(connection) and connection.recv(1) == HERE
    except OSError:
        answers = False
    if not answers:
        connection.close()
        return None
    connection.settimeout(None)
    return connection


def _hand_over(connection: socket.socket, arguments: Sequence[str]) -> None:
    umask = os.umask(0o077)
    os.umask(umask)
    wish = dict(arguments=list(arguments), folder=os.getcwd(), environment=dict(os.environ), umask=umask)
    text = json.dumps(wish).encode()
    sys.stdout.flush()
    sys.stderr.flush()
    socket.send_fds(connection, [len(text).to_bytes(8, "big")], [0, 1, 2])
    connection.sendall(text)


@contextmanager
def _signals_passed_on(connection: socket.socket) -> Iterator[None]:
    """Send signals to the script, which decides what they do, instead of ending for them."""

    def send(number: int, frame: object) -> None:
        connection.sendall(bytes([number]))

    before = {number: signal.signal(number, send) for number in _PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start_server(place: Path) -> None:
    command = [sys.executable, "-m", "brianhw.warm.server", str(place)]
    nothing = subprocess.DEVNULL
    # its folder is no script's, which could be removed, or have modules of the names of others'
    subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True, cwd=place.parent)
