"""The real server, over real HTTP. ESPALIER_BIN names its binary."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from espalier import Client

LINES_OF_LOG = 20


class Server:
    """A server process on a database file; `kill` and `start` model a crash and a restart at the same address."""

    def __init__(self, folder: Path, *options: str, env: dict[str, str] | None = None) -> None:
        self.db = folder / "espalier.db"
        self._log = folder / "server.log"
        self._options = options
        self._env = {**os.environ, **(env or {})}
        self._listen = "127.0.0.1:0"
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        self.start()

    def start(self) -> None:
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [binary(), "serve", "--listen", self._listen, "--db", str(self.db), *self._options],
                stdout=subprocess.PIPE, stderr=log, text=True, env=self._env,
            )  # fmt: skip
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if "listening on " not in line:
            raise RuntimeError(f"the server did not start: {self._log.read_text()[-2000:]}")
        self.url = line.split()[-1]
        self._listen = self.url.partition("://")[2]

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        self._end(force=True)

    def stop(self) -> None:
        self._end(force=False)

    def _end(self, *, force: bool) -> None:
        if self._process is None:
            return
        self._process.kill() if force else self._process.terminate()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None


def binary() -> str:
    found = os.environ.get("ESPALIER_BIN") or shutil.which("espalier")
    if found is None:
        raise RuntimeError("set ESPALIER_BIN to the server's binary, as scripts/python.sh test does")
    return found


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> None:
    for name in [n for n in os.environ if n.startswith("ESPALIER_") and n != "ESPALIER_BIN"]:
        del os.environ[name]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for all tests; each uses studies of its own."""
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server for one test, to be killed and started at will."""
    running = Server(tmp_path)
    yield running
    running.stop()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.url) as c:
        yield c


@pytest.fixture
def name() -> str:
    """A study's name that no other test has."""
    return f"s-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def make_study(client: Client, name: str) -> Callable[..., str]:
    """Makes a study with a float `x` in [0, 1] and returns its name; members given replace the usual ones."""

    def make(**members: object) -> str:
        study = {"name": name, "search_space": {"x": {"type": "float", "low": 0, "high": 1}}, **members}
        made: str = client.create_study(study)["name"]
        return made

    return make
