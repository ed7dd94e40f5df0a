"""Where the server is: named, running at the usual place, or started here.

The places are those of `espalier run`, so that both meet at the same server.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from espalier._errors import EspalierError, ServerNotFound
from espalier._transport import Transport

if sys.platform != "win32":
    import fcntl

__all__ = ["find_server"]

USUAL = "127.0.0.1:8080"
"""Host and port at which a server is looked for, and started."""

_PATIENCE = 15.0  # seconds for a server to start, or for the one that has the database to say where it is

_lock = threading.Lock()
_known: dict[Path, str] = {}
_using: dict[str, int] = {}  # by URL, a file that is open and locked while this process uses the server

processes: set[int] = set()
"""Ids of the servers that this process started: children of it, and no part of what it trains."""


def find_server(db: str | os.PathLike[str] | None = None) -> str:
    """Returns the URL of the server to work with.

    It is the one that ESPALIER_SERVER names; else, unless `db` names a database, one that answers at
    127.0.0.1:8080; else one that is started on the spot with the database file `db` (espalier.db in the
    working directory), at 127.0.0.1:8080 or, where that is taken, at a free port. A process that finds
    the database in use works with the server that has it.

    A server that was started here ends with this process or, where other processes found it meanwhile, with
    the last of them (on Windows, with this one all the same). If this process is killed, the server stays, and
    the next one finds it. What it logs is in a file beside the database, which ends in `.log`.

    Raises ServerNotFound if the program `espalier` is not there, and EspalierError if it does not start.
    """
    named = os.environ.get("ESPALIER_SERVER")
    if named and db is None:
        return named
    path = Path(db or "espalier.db").absolute()
    with _lock:
        if path in _known and _answers(_known[path]):
            return _known[path]
        if db is None and _answers(f"http://{USUAL}"):
            return f"http://{USUAL}"
        url = _known[path] = _start(path)
    return url


def _answers(url: str) -> bool:
    """Says whether a server is at a URL of this machine; if so, this process uses it from then on."""
    _use(url)
    try:
        answer = Transport(url, timeout=2.0, retry_seconds=0.0).request("GET", "/v1/version")
        if isinstance(answer.data, dict) and "api" in answer.data:
            return True
    except (EspalierError, ValueError):
        pass
    _leave(url)
    return False


# Who uses a server has a lock that others may have too, on a file that is named after the server's port. Who ends the
# server needs the file for itself. The system takes the lock back from a process that was killed, and leaves it to a
# forked child.


def _file_of(url: str) -> str:
    return os.path.join(tempfile.gettempdir(), f"espalier-{os.getuid()}-{urlsplit(url).port}.lock")


def _use(url: str) -> None:
    """Notes that this process uses a server; waits for one that another process is about to end."""
    if sys.platform == "win32" or url in _using:
        return
    with contextlib.suppress(OSError):  # without such a file the server ends with the process that started it
        while True:
            file = os.open(_file_of(url), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            fcntl.flock(file, fcntl.LOCK_SH)
            try:
                if os.path.samestat(os.fstat(file), os.stat(_file_of(url))):
                    _using[url] = file
                    return
            except FileNotFoundError:
                pass
            os.close(file)  # who ended the server has removed it meanwhile


def _leave(url: str) -> None:
    if url in _using:
        os.close(_using.pop(url))


def _end_unused(url: str, end: Callable[[], object], *, wait: bool) -> bool:
    """Calls `end` if no process uses a server, or waits until that is so; says whether it did."""
    _leave(url)
    if sys.platform == "win32":
        end()
        return True
    try:
        file = open(_file_of(url), "rb")  # noqa: SIM115 - the lock is had until it is closed
    except OSError:  # nobody could say that they use it
        end()
        return True
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        end()
        with contextlib.suppress(OSError):
            os.unlink(file.name)
        return True


def _program() -> str:
    """The program `espalier`: the one that came with this package, else the one on PATH."""
    file = "espalier.exe" if sys.platform == "win32" else "espalier"
    for folder in (
        Path(sysconfig.get_path("scripts")),
        Path(__file__).parent.parent / "bin",
    ):  # the latter: pip --target
        if (folder / file).is_file():
            return str(folder / file)
    found = shutil.which("espalier")
    if found is None:
        raise ServerNotFound(
            f"There is no Espalier server: ESPALIER_SERVER is not set, none answers at http://{USUAL}, and the program "
            "espalier, which would start one, is not on PATH. Install it: a wheel of espalier-client for your platform "
            "has it, and so has `go install github.com/espalier-hpo/espalier/cmd/espalier@latest`. "
            "Or set ESPALIER_SERVER to the URL of a server that runs elsewhere."
        )
    return found


def _start(db: Path) -> str:
    program = _program()
    place = db.with_name(db.name + ".url")
    until = time.monotonic() + _PATIENCE
    for listen in (USUAL, "127.0.0.1:0"):
        url, said = _launch(program, db, place, listen)
        if url:
            logging.getLogger("espalier").info("Started a server at %s on %s; it ends when no script uses it.", url, db)
            return url
        if "in use by another process" in said:  # its server has said where it is, or is about to
            while time.monotonic() < until:
                if place.is_file() and _answers(url := place.read_text().strip()):
                    return url
                time.sleep(0.05)
            raise EspalierError(
                f"{db} is in use by a server that does not say where it is. Set ESPALIER_SERVER to its URL, or end it."
            )
        if "address already in use" not in said and "Only one usage" not in said:
            break
    raise EspalierError(f"The server on {db} did not start: {said}")


def _launch(program: str, db: Path, place: Path, listen: str) -> tuple[str, str]:
    """Starts a server; returns its URL, or what it said before it ended."""
    command = [program, "serve", "--listen", listen, "--db", str(db), "--addr-file", str(place), "--log-level", "warn"]
    try:
        log = open(f"{db}.log", "ab")  # noqa: SIM115 - the server has it
    except OSError as e:
        raise EspalierError(f"There is no place for the database {db}: {e.strerror}") from e
    with log:
        before = log.tell()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
            start_new_session=True,  # Ctrl-C is not for it: the script that is interrupted still has to tell its trial
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )  # fmt: skip
    assert process.stdout is not None
    with process.stdout:
        line = process.stdout.readline()  # once it listens; empty if it ends before
    if line:
        url = line.split()[-1]
        processes.add(process.pid)
        _use(url)
        atexit.register(_end, url, process, os.getpid())
        return url, ""
    process.wait()
    with open(f"{db}.log", "rb") as written:
        written.seek(before)
        return "", written.read().decode("utf-8", "replace").strip()


def _end(url: str, process: subprocess.Popen[str], owner: int) -> None:
    """Ends a server as this process ends, or leaves that to another that waits until no process uses it."""

    def end() -> None:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    if os.getpid() != owner or _end_unused(url, end, wait=False):  # a forked child is no owner
        return
    logging.getLogger("espalier").info("The server at %s ends with the last of the processes that use it.", url)
    command = "import sys; from espalier import _server; _server.keep(*sys.argv[1:])"
    subprocess.Popen(
        [sys.executable, "-c", command, url, str(process.pid)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


def keep(url: str, pid: str) -> None:
    """Waits until no process uses a server, and ends it."""
    import psutil

    def end() -> None:
        process.terminate()
        until = time.monotonic() + 15
        while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < until:  # its parent may reap nothing
            time.sleep(0.05)

    with contextlib.suppress(psutil.Error):
        process = psutil.Process(int(pid))
        _end_unused(url, end, wait=True)
