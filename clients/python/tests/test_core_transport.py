from __future__ import annotations

import asyncio
import gzip
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import espalier
from espalier import Client, aio
from espalier._transport import Transport, path
from tests.conftest import Server
from tests.foreign import answer, foreign, gate, json_answer

Make = Callable[..., str]

VERSION = '{"api":"v1","version":"x"}'
PROBLEM = "application/problem+json"


def problem(status: str, code: str, *headers: str) -> bytes:
    number = status.split()[0]
    body = f'{{"type":"/problems/{code}","title":"T","status":{number},"code":"{code}","detail":"It is so."}}'
    return answer(status, PROBLEM, body, *headers)


def patient(url: str, retry_seconds: float = 10.0) -> Client:
    return Client(url, timeout=5.0, retry_seconds=retry_seconds)


# Connections


def test_one_connection_serves_many_calls(server: Server) -> None:
    with gate(lambda: server.url) as way, Client(way.url) as client:
        for _ in range(20):
            client.version()
        assert len(way._pairs) == 2


def test_a_connection_that_the_server_closed_is_replaced_unseen() -> None:
    closing = json_answer(VERSION, "Connection: close")
    with foreign(json_answer(VERSION)) as there, Client(there.url, retry_seconds=0) as client:
        client.version()
        there._open[-1].shutdown(socket.SHUT_RDWR)
        assert client.version()["version"] == "x"
        assert there.connections == 2
    with foreign(closing) as there, Client(there.url, retry_seconds=0) as client:
        client.version()
        client.version()
        assert there.connections == 2


def test_what_must_not_be_sent_twice_goes_once_on_a_new_connection() -> None:
    with foreign(json_answer(VERSION), answer("503 Gone", "text/plain", "away")) as there, patient(there.url) as client:
        client.version()
        with pytest.raises(espalier.ServerUnreachable):
            client.release("s", 0)
        assert there.connections == 2
        assert len([r for r in there.requests if r.startswith(b"POST")]) == 1


def test_a_chunked_answer_is_read_whole() -> None:
    half = len(VERSION) // 2
    chunks = f"{half:x}\r\n{VERSION[:half]}\r\n{len(VERSION) - half:X};x=y\r\n{VERSION[half:]}\r\n0\r\nA: b\r\n\r\n"
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    early = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    with foreign((early + head + chunks).encode()) as there, Client(there.url) as client:
        assert [client.version()["version"], client.version()["version"]] == ["x", "x"]
        assert there.connections == 1


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    with foreign((head + VERSION).encode()) as there, Client(there.url) as client:
        assert client.version()["version"] == "x"


def test_threads_share_a_client(client: Client, make_study: Make) -> None:
    study = make_study(pruner={"type": "nop"})

    def work(_: int) -> int:
        number = client.ask(study)["trials"][0]["number"]
        for step in range(10):
            client.report(study, number, {"step": step, "value": step})
        client.tell(study, number)
        return number

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(40))) == list(range(40))
    assert len(client.transport._idle) <= 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_does_not_use_the_parents_connection(server: Server) -> None:
    with gate(lambda: server.url) as way, Client(way.url) as client:
        client.version()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if client.version()["api"] else 2
            finally:
                os._exit(code)
        assert os.waitpid(child, 0)[1] == 0
        assert client.version()["api"]
        assert len(way._pairs) == 4  # the parent's went on


# A server that is away


def test_a_server_that_is_not_there_is_said_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(espalier.ServerUnreachable, match=r"espalier serve"):
        Client(f"http://127.0.0.1:{port}").version()
    assert time.monotonic() - began < 5


def test_a_host_that_is_not_there_is_said() -> None:
    with pytest.raises(espalier.ServerUnreachable, match=r"There is no host nowhere.invalid"):
        Client("http://nowhere.invalid:1", retry_seconds=0).version()


def test_a_server_that_takes_a_connection_and_says_nothing_times_out() -> None:
    began = time.monotonic()
    with (
        foreign(None) as there,
        pytest.raises(espalier.Timeout, match=r"did not answer within 0.2 s"),
    ):
        Client(there.url, timeout=0.2, retry_seconds=0).version()
    assert time.monotonic() - began < 3


def test_a_server_that_drips_times_out_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not over.wait(0.02):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(espalier.Timeout):
            Client(url, timeout=0.3, retry_seconds=0).version()
        over.set()
        thread.join()


def test_a_server_that_comes_back_is_waited_for(own_server: Server, name: str) -> None:
    with patient(own_server.url, retry_seconds=30) as client:
        client.create_study({"name": name, "search_space": {"x": {"type": "float", "low": 0, "high": 1}}})
        number = client.ask(name)["trials"][0]["number"]
        client.report(name, number, {"step": 1, "value": 1})
        own_server.kill()
        with ThreadPoolExecutor(3) as pool:
            report = pool.submit(client.report, name, number, {"step": 2, "value": 1})
            ask = pool.submit(client.ask, name)
            created = pool.submit(client.create_study, {"name": f"{name}-2"})
            own_server.start()
            assert report.result().get("step") == 2
            assert ask.result()["trials"][0]["number"] == 1
            assert created.result()["name"] == f"{name}-2"
        assert [t["number"] for t in client.trials(name)] == [0, 1]
        assert [p.get("step") for p in client.metrics(name, 0)] == [1, 2]


def test_an_answer_that_was_lost_hands_out_no_second_trial(server: Server, client: Client, make_study: Make) -> None:
    study = make_study()
    with gate(lambda: server.url) as way, patient(way.url) as careful:
        careful.version()
        way.lose_next = True
        assert careful.ask(study)["trials"][0]["number"] == 0
        assert not way.lose_next
    assert len(list(client.trials(study))) == 1


def test_a_refusal_for_now_is_tried_again_as_told() -> None:
    busy = problem("503 Service Unavailable", "storage_unavailable", "Retry-After: 0")
    limited = problem("429 Too Many Requests", "rate_limited")
    proxy = answer("502 Bad Gateway", "text/html", "<h1>Bad Gateway</h1>")
    progress = problem("409 Conflict", "request_in_progress")
    with foreign(busy, limited, proxy, progress, json_answer(VERSION)) as there, patient(there.url) as client:
        assert client.version()["version"] == "x"
        assert len(there.requests) == 5


def test_retry_after_is_heeded() -> None:
    busy = problem("503 Service Unavailable", "storage_unavailable", "Retry-After: 1")
    with foreign(busy, json_answer(VERSION)) as there, patient(there.url) as client:
        began = time.monotonic()
        client.version()
        assert time.monotonic() - began >= 1
    with foreign(busy) as there, patient(there.url, retry_seconds=0.5) as client:
        with pytest.raises(espalier.StorageUnavailable, match="disk"):
            client.version()
        assert len(there.requests) == 1


def test_a_batch_with_a_report_without_a_key_is_sent_once() -> None:
    away = answer("503 Away", "text/plain", "")
    with foreign(away) as there, patient(there.url) as client:
        with pytest.raises(espalier.ServerUnreachable):
            client.report("s", 0, {"value": 1})
        with pytest.raises(espalier.ServerUnreachable):
            client.report_batch("s", [{"trial": 0, "step": 1, "value": 1}, {"trial": 1, "value": 1}])
        assert len(there.requests) == 2


# Something else at the URL


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (answer("404 Not Found", "text/html", "<html><body>nothing here</body></html>"), r"'nothing here'.*URL right"),
        (answer("200 OK", "text/html", "<html><title>Please log in</title></html>"), r"Please log in.*login page"),
        (answer("200 OK", "application/octet-stream", b"\0\xff"), r"answered 200 with application/octet-stream"),
        (answer("200 OK", "application/json", "{broken"), r"broken JSON"),
        (answer("200 OK", "application/json", gzip.compress(b"{}")), r"broken JSON"),
        (answer("302 Found", "text/plain", "", "Location: https://other/"), r"sends one on to https://other/"),
        (answer("418 Teapot", "application/problem+json", '{"title": "no code"}'), r"answered 418"),
        (answer("400 Bad Request", "application/problem+json", "["), r"answered 400"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", r"SSH-2.0.*port right"),
        (b"HTTP/1.1 abc\r\n\r\n", r"HTTP/1.1 abc"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", r"Content-Length of 'x'"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", r"chunk of b'zz'"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000, r"HTTP/1.1 200"),
    ],
)  # fmt: skip
def test_what_is_no_espalier_is_named(there: bytes, said: str) -> None:
    with foreign(there) as place, Client(place.url, timeout=3, retry_seconds=5) as client:
        with pytest.raises(espalier.NotEspalier, match=said) as caught:
            client.get_study("s")
        assert place.url in str(caught.value)
        assert len(place.requests) == 1


def test_a_proxy_without_a_server_behind_it_is_named() -> None:
    with (
        foreign(answer("502 Bad Gateway", "text/html", "<h1>502</h1>")) as place,
        pytest.raises(espalier.ServerUnreachable, match=r"answered 502 by something that is not Espalier: a proxy"),
    ):
        Client(place.url, retry_seconds=0.2).version()


def test_tls_to_a_server_without_it_is_named(server: Server) -> None:
    with pytest.raises(espalier.NotEspalier, match=r"http:// in place of https://"):
        Client(server.url.replace("http:", "https:")).version()


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Server]:
    """A server with TLS; its certificate is `cert.pem` in the test's folder."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-keyout", key, "-out", certificate, "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    running = Server(tmp_path, "--tls-cert", str(certificate), "--tls-key", str(key))
    yield running
    running.stop()


def test_a_certificate_that_is_not_trusted_is_named(secure: Server) -> None:
    with pytest.raises(espalier.ServerUnreachable, match=r"not trusted: self.signed certificate.*SSL_CERT_FILE"):
        Client(secure.url).version()


def test_connections_with_tls_are_kept_and_replaced(
    secure: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    with patient(secure.url) as client:
        client.version()
        kept = client.transport._idle[0]
        client.version()
        assert client.transport._idle[0] is kept
        secure.kill()
        secure.start()
        assert client.version()["api"]

    async def main() -> None:
        async with aio.Client(secure.url, retry_seconds=0) as other:
            await other.version()
            secure.kill()
            secure.start()
            assert (await other.version())["api"]

    asyncio.run(main())


def test_a_path_before_the_api_is_kept() -> None:
    with foreign(json_answer(VERSION)) as there, Client(there.url + "/tuning/") as client:
        client.version()
        assert there.requests[0].startswith(b"GET /tuning/v1/version HTTP/1.1\r\n")


def test_a_wrong_path_on_the_server_is_named(server: Server) -> None:
    with pytest.raises(espalier.NotFound, match=r"URL right, its path included"):
        Client(server.url + "/wrong").version()


@pytest.mark.parametrize("url", ["", "ftp://x", "http://", "http://x:abc", "http://x/?y", "http://x:99999999"])
def test_what_is_no_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match=r"is no URL such as http://127.0.0.1:8080"):
        Transport(url)


def test_a_password_in_the_url_is_refused() -> None:
    with pytest.raises(ValueError, match="ESPALIER_TOKEN"):
        Transport("http://user:secret@host")


def test_names_are_escaped_in_paths() -> None:
    assert path("studies", "a/b ?%", "trials", 3) == "/v1/studies/a%2Fb%20%3F%25/trials/3"


# Tokens


def test_a_token_is_sent_and_its_lack_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = Server(tmp_path, env={"ESPALIER_TOKEN": "right-token-of-some-length"})
    try:
        with pytest.raises(espalier.Unauthenticated, match="ESPALIER_TOKEN"):
            list(Client(guarded.url).list_studies())
        with pytest.raises(espalier.Unauthenticated):
            list(Client(guarded.url, "wrong").list_studies())
        assert list(Client(guarded.url, "right-token-of-some-length").list_studies()) == []
        monkeypatch.setenv("ESPALIER_TOKEN", "right-token-of-some-length")
        assert list(Client(guarded.url).list_studies()) == []
    finally:
        guarded.stop()


def test_a_token_with_a_line_break_is_refused() -> None:
    with pytest.raises(ValueError, match="line break"):
        Transport("http://x", "token\n")


# Ctrl-C


def test_ctrl_c_ends_a_call_and_spoils_none_after_it(server: Server) -> None:
    script = """
import espalier, sys, time
client = espalier.Client(sys.argv[1])
client.create_study({"name": sys.argv[2]})
client.ask(sys.argv[2], params={"x": 1}, search_space={"x": {"type": "int", "low": 0, "high": 1}})
try:
    print("ready", flush=True)
    client.decision(sys.argv[2], 0, wait_seconds=60)
except KeyboardInterrupt:
    print(client.tell(sys.argv[2], 0, {"state": "FAIL", "reason": "interrupted"})["state"])
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script, server.url, f"c-{time.time_ns()}"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "FAIL\n"
    assert process.wait(10) == 0
    assert time.monotonic() - began < 10
