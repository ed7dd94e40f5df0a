"""Things on the network that are no Espalier server, or stand before one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class Foreign:
    """A socket that answers each request with the next of some byte strings; the last is repeated.

    An answer of None says nothing and keeps the connection. `requests` has what came.
    """

    def __init__(self, answers: list[bytes | None]) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._answers = answers
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            while request := _request(connection):
                self.requests.append(request)
                answer = self._answers[min(len(self.requests), len(self._answers)) - 1]
                if answer is None:
                    continue
                connection.sendall(answer)
                if b"\r\nConnection: close\r\n" in answer:
                    return

    def close(self) -> None:
        self._listener.close()
        for connection in self._open:
            connection.close()


def _request(connection: socket.socket) -> bytes:
    """Reads one request; empty when there is none."""
    data = b""
    while b"\r\n\r\n" not in data:
        try:
            piece = connection.recv(65536)
        except OSError:
            return b""
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(h[15:]) for h in head.split(b"\r\n") if h.startswith(b"Content-Length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(status: str, kind: str, body: bytes | str, *headers: str) -> bytes:
    """Bytes of an HTTP answer."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(data)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def json_answer(body: str, *headers: str, status: str = "200 OK") -> bytes:
    """Bytes of an answer of JSON."""
    return answer(status, "application/json", body, *headers)


@contextmanager
def foreign(*answers: bytes | None) -> Iterator[Foreign]:
    there = Foreign(list(answers))
    try:
        yield there
    finally:
        there.close()


@contextmanager
def gate(target: Callable[[], str]) -> Iterator[Gate]:
    """A proxy for TCP before a server, which can be shut and opened."""
    there = Gate(target)
    try:
        yield there
    finally:
        there.shut()
        there.end()


class Gate:
    """Passes bytes on, or, when shut, refuses and cuts what is there.

    With `lose_next` the next answer is lost: its connection is cut when the server has sent it. `before_next` is
    called once the server has sent the next answer, before it is passed on.
    """

    def __init__(self, target: Callable[[], str]) -> None:
        self.lose_next = False
        self.before_next: Callable[[], object] | None = None
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._place = self._listener.getsockname()
        self._pairs: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._place[1]}"
        self._work()

    def _work(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                host, port = self._target().removeprefix("http://").split(":")
                far = socket.create_connection((host, int(port)))
            except OSError:
                return
            self._pairs += [near, far]
            threading.Thread(target=self._pump, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(far, near, True), daemon=True).start()

    def _pump(self, a: socket.socket, b: socket.socket, answers: bool) -> None:
        try:
            while data := a.recv(65536):
                if answers and self.lose_next:
                    self.lose_next = False
                    break
                if answers and (call := self.before_next):
                    self.before_next = None
                    call()
                b.sendall(data)
        except OSError:
            pass
        _cut(b)

    def shut(self) -> None:
        self.end()
        for s in self._pairs:
            _cut(s)
        self._pairs = []

    def open(self) -> None:
        self._listener = socket.create_server(self._place)
        self._work()

    def end(self) -> None:
        _cut(self._listener)


def _cut(s: socket.socket) -> None:
    with suppress(OSError):
        s.shutdown(socket.SHUT_RDWR)
    s.close()
