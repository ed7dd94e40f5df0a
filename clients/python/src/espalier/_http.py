"""One HTTP/1.1 connection, with as little work per exchange as a hot path wants.

`http.client` takes 0.2 ms of CPU for an exchange, most of it to make a mail message of the
headers; this takes a tenth. A request goes out in one write, and everything is bounded by a
deadline, however slowly the bytes of an answer drip.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

__all__ = ["Connection", "NotHTTP", "Stale", "parse_head"]

_MOST_HEAD = 1 << 16  # bytes of status line and headers


class Stale(ConnectionError):
    """The other side closed the connection before a byte of the answer came."""


class NotHTTP(Exception):
    """What came is no HTTP."""


class Connection:
    """A connection to one host. It is for one thread at a time.

    Times are of `time.monotonic()`. OSError, and its kinds TimeoutError and ConnectionError, say that
    the exchange failed; the connection is then of no more use.
    """

    __slots__ = ("_buffer", "_chunked", "_length", "_socket", "deadline", "reusable")

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, deadline: float) -> None:
        self.deadline = deadline
        self.reusable = False
        self._buffer = b""
        self._length: int | None = 0
        self._chunked = False
        self._socket = socket.create_connection((host, port), max(deadline - time.monotonic(), 0.001))
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls is not None:
                self._socket = tls.wrap_socket(self._socket, server_hostname=host)
        except BaseException:
            self._socket.close()
            raise

    def __del__(self) -> None:
        if hasattr(self, "_socket"):
            self._socket.close()

    def close(self) -> None:
        """Closes this process's end."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Sends all of data."""
        self._socket.settimeout(self._left())
        self._socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, str]]:
        """Waits for an answer and returns its status and headers, names in lower case; `pieces` has its body."""
        while True:
            status, headers = self._head()
            if status >= 200:
                break
        self._chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        length = headers.get("content-length")
        try:
            self._length = 0 if status in (204, 304) else None if length is None else int(length)
        except ValueError:
            raise NotHTTP(f"a Content-Length of {length!r}") from None
        self.reusable = headers.get("connection", "").lower() != "close" and (self._chunked or self._length is not None)
        return status, headers

    def body(self) -> bytes:
        """Returns the whole body."""
        if not self._chunked and self._length is not None and len(self._buffer) == self._length:
            body, self._buffer = self._buffer, b""
            return body
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """Yields the body as it comes."""
        if self._chunked:
            while size := self._size():
                yield from self._take(size)
                self._line()
            while self._line():
                pass  # trailers
        elif self._length is not None:
            yield from self._take(self._length)
        else:
            if self._buffer:
                yield self._buffer
            while True:
                self._buffer = b""
                try:
                    self._fill()
                except Stale:
                    return
                yield self._buffer

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _fill(self) -> None:
        self._socket.settimeout(self._left())
        data = self._socket.recv(1 << 16)
        if not data:
            raise Stale("the connection was closed")
        self._buffer = self._buffer + data if self._buffer else data

    def _head(self) -> tuple[int, dict[str, str]]:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if self._buffer[:5] != b"HTTP/"[: len(self._buffer)] or len(self._buffer) > _MOST_HEAD:
                raise NotHTTP(repr(self._buffer[:60]))
            try:
                self._fill()
            except Stale:
                if self._buffer:
                    raise ConnectionError("the connection was closed within an answer") from None
                raise
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        return parse_head(head)

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _MOST_HEAD:
                raise NotHTTP(repr(self._buffer[:60]))
            self._fill()
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    def _size(self) -> int:
        line = self._line()
        try:
            return int(line.partition(b";")[0], 16)
        except ValueError:
            raise NotHTTP(f"a chunk of {line[:60]!r} bytes") from None

    def _take(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._buffer:
                self._fill()
            piece, self._buffer = self._buffer[:size], self._buffer[size:]
            size -= len(piece)
            yield piece


def parse_head(head: bytes) -> tuple[int, dict[str, str]]:
    """Returns the status and the headers, names in lower case, of all that is before the body."""
    lines = head.decode("latin-1").split("\r\n")
    if not lines[0].startswith("HTTP/") or not lines[0][9:12].isdigit():
        raise NotHTTP(repr(lines[0][:60]))
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return int(lines[0][9:12]), headers
