"""Where the server is: named, running at the usual place, or started here.

The places are those of `espalier run`, so that both meet at the same server.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

from espalier._errors import EspalierError, ServerNotFound
from espalier._transport import Transport

__all__ = ["find_server"]

USUAL = "127.0.0.1:8080"
"""Host and port at which a server is looked for, and started."""

_PATIENCE = 15.0  # seconds for a server to start, or for the one that has the database to say where it is

_lock = threading.Lock()
_started: dict[Path, str] = {}

processes: set[int] = set()
"""Ids of the servers that this process started: children of it, and no part of what it trains."""


def find_server(db: str | os.PathLike[str] | None = None) -> str:
    """Returns the URL of the server to work with.

    It is the one that ESPALIER_SERVER names; else, unless `db` names a database, one that answers at
    127.0.0.1:8080; else one that is started on the spot with the database file `db` (espalier.db in the
    working directory), at 127.0.0.1:8080 or, where that is taken, at a free port. A process that finds
    the database in use works with the server that has it.

    A server that was started here ends with this process; if the process is killed, the server stays, and
    the next one finds it. What it logs is in a file beside the database, which ends in `.log`.

    Raises ServerNotFound if the program `espalier` is not there, and EspalierError if it does not start.
    """
    named = os.environ.get("ESPALIER_SERVER")
    if named and db is None:
        return named
    path = Path(db or "espalier.db").absolute()
    with _lock:
        if path in _started:
            return _started[path]
        if db is None and _answers(f"http://{USUAL}"):
            return f"http://{USUAL}"
        url = _started[path] = _start(path)
    return url


def _answers(url: str) -> bool:
    try:
        answer = Transport(url, timeout=2.0, retry_seconds=0.0).request("GET", "/v1/version")
    except (EspalierError, ValueError):
        return False
    return isinstance(answer.data, dict) and "api" in answer.data


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
            logging.getLogger("espalier").info("Started a server at %s on %s; it ends with this process.", url, db)
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
        processes.add(process.pid)
        atexit.register(_end, process, os.getpid())
        return line.split()[-1], ""
    process.wait()
    with open(f"{db}.log", "rb") as written:
        written.seek(before)
        return "", written.read().decode("utf-8", "replace").strip()


def _end(process: subprocess.Popen[str], owner: int) -> None:
    if os.getpid() != owner:  # a forked child
        return
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
