from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import espalier
from tests.conftest import Server, binary

STUDY = """
import espalier, sys
client = espalier.Client()
client.create_study({"name": "s", "search_space": {"x": {"type": "float", "low": 0, "high": 1}}}, load_if_exists=True)
number = client.ask("s")["trials"][0]["number"]
client.tell("s", number, {"value": 1})
print(client.url, number, flush=True)
"""
WAIT = "sys.stdin.readline()\n"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder with the program on PATH, and the usual port taken by something else."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "espalier").symlink_to(Path(binary()).absolute())
    with socket.socket() as usual:
        with contextlib.suppress(OSError):  # whatever is there is not ours
            usual.bind(("127.0.0.1", 8080))
        yield tmp_path


def environment(place: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{place / 'bin'}:/usr/bin:/bin", **more}


def start(place: Path, script: str, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script], cwd=place, env=environment(place, **env),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def servers(place: Path) -> list[psutil.Process]:
    found = []
    for p in psutil.process_iter(["cmdline"]):
        if str(place / "espalier.db") in (p.info["cmdline"] or []):
            found.append(p)
    return found


def test_a_server_is_started_and_ends_with_the_script(place: Path) -> None:
    done = start(place, STUDY)
    out, err = done.communicate(timeout=30)
    assert done.returncode == 0, err
    assert out.split()[1] == "0"
    assert servers(place) == []
    assert (place / "espalier.db").is_file()


def test_a_second_process_works_with_the_server_of_the_first(place: Path) -> None:
    first = start(place, STUDY + WAIT)
    assert first.stdout is not None
    url = first.stdout.readline().split()[0]
    out, err = start(place, STUDY).communicate(timeout=30)
    assert out.split() == [url, "1"], err
    assert len(servers(place)) == 1  # the second did not end it
    first.communicate("\n", timeout=30)
    assert servers(place) == []


def test_the_first_process_leaves_the_server_to_those_that_still_use_it(place: Path) -> None:
    first = start(place, STUDY + WAIT)
    assert first.stdout is not None
    url = first.stdout.readline().split()[0]
    later = 'print(client.ask("s")["trials"][0]["number"])\n'
    others = [start(place, STUDY + WAIT + later) for _ in range(2)]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline().split()[0] == url
    first.communicate("\n", timeout=30)
    for i, other in enumerate(others):
        out, err = other.communicate("\n", timeout=30)
        assert out.strip() == str(3 + i), err
    psutil.wait_procs(servers(place), 15)
    assert servers(place) == []


def test_a_forked_child_that_outlives_the_script_keeps_the_server(place: Path) -> None:
    forks = "import os\nif os.fork():\n    sys.exit()\n"
    parent = start(place, STUDY + forks + WAIT + 'print(client.get_study("s")["name"], flush=True)\nos._exit(0)\n')
    parent.wait(30)
    out, err = parent.communicate("\n", timeout=30)
    assert out.splitlines()[-1] == "s", err
    psutil.wait_procs(servers(place), 15)
    assert servers(place) == []


def test_a_server_that_was_killed_is_started_again(place: Path) -> None:
    script = (
        "import espalier, psutil\n"
        "url = espalier.find_server()\n"
        "psutil.Process().children()[0].kill()\n"
        "print(espalier.Client(espalier.find_server()).version()['api'])\n"
    )
    out, err = start(place, script).communicate(timeout=30)
    assert out, err
    assert servers(place) == []


def test_after_a_kill_the_next_process_works_with_what_was_left(place: Path) -> None:
    first = start(place, STUDY + WAIT)
    assert first.stdout is not None
    url = first.stdout.readline().split()[0]
    first.kill()
    first.communicate()
    left = servers(place)
    assert len(left) == 1
    try:
        out, err = start(place, STUDY).communicate(timeout=30)
        assert out.split() == [url, "1"], err
    finally:
        left[0].terminate()
        left[0].wait(20)


def test_ctrl_c_is_told_before_the_server_ends(place: Path) -> None:
    begun, _, _ = STUDY.partition("client.tell")
    script = begun + (
        "try:\n    print(number, flush=True)\n    sys.stdin.readline()\n"
        'except KeyboardInterrupt:\n    print(client.tell("s", number, {"state": "FAIL"})["state"])\n'
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=place, env=environment(place), start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    assert process.stdout.readline() == "FAIL\n"
    process.communicate(timeout=30)
    assert servers(place) == []


def test_a_named_server_is_taken(place: Path, server: Server) -> None:
    done = start(place, "import espalier; print(espalier.Client().url)", ESPALIER_SERVER=server.url)
    assert done.communicate(timeout=30)[0].strip() == server.url
    assert not (place / "espalier.db").exists()


def test_without_the_program_it_is_said_how_to_install_it(place: Path) -> None:
    (place / "bin" / "espalier").unlink()
    done = start(place, STUDY)
    _, err = done.communicate(timeout=30)
    assert done.returncode == 1
    assert "ServerNotFound: There is no Espalier server: ESPALIER_SERVER is not set" in err
    assert "go install github.com/espalier-hpo/espalier/cmd/espalier@latest" in err


def test_a_server_that_does_not_start_says_why(place: Path) -> None:
    (place / "espalier.db").write_bytes(b"this is no database" * 100)
    done = start(place, STUDY)
    _, err = done.communicate(timeout=30)
    assert done.returncode == 1
    assert "EspalierError: The server on" in err
    assert "not a database" in err


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(place / "bin"))
    with pytest.raises(espalier.EspalierError, match="There is no place for the database"):
        espalier.find_server(tmp_path / "nowhere" / "x.db")
