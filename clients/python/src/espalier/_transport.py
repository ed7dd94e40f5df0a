"""Calls over connections that are kept: threads may share them, and forked processes do not."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from espalier._errors import ApiError, ServerUnreachable
from espalier._http import Connection, NotHTTP
from espalier._wire import AWAY, Answer, Event, Events, Query, Tries, Wire, delay, path

if TYPE_CHECKING:
    import ssl

__all__ = ["Answer", "Event", "Query", "Transport", "path"]

SILENCE = 45.0  # seconds; the server sends something on a stream of events every 15


class Transport(Wire):
    """Sends requests to one server. It may be shared by threads, pickled, and used after a fork.

    `url` is the server's, a path before `/v1` included; `token` is left out for ESPALIER_TOKEN.
    `timeout` is how many seconds one answer may take; `retry_seconds`, how long a request that can be
    repeated without harm is tried again while the server is away (3 s at most if it never answered).
    So a call ends within the sum of the two.
    """

    def __init__(
        self, url: str, token: str | None = None, *, timeout: float = 30.0, retry_seconds: float = 30.0
    ) -> None:
        super().__init__(url, token, timeout, retry_seconds)
        self._tls: ssl.SSLContext | None = None
        self._idle: deque[Connection] = deque()
        self._process = os.getpid()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.url, self.token, self.timeout, self.retry_seconds)

    def close(self) -> None:
        """Closes the connections that are kept. The next request opens one again."""
        while self._idle:
            self._idle.pop().close()

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        timeout: float | None = None,
        retry_seconds: float | None = None,
        repeatable: bool | None = None,
        idempotency_key: str | None = None,
        **message: Any,
    ) -> Answer:
        """Sends a request, of what `Wire.message` takes, and returns the answer.

        `timeout` and `retry_seconds` stand in for the transport's, and `retry_seconds` of 0 tries once.
        `repeatable` says that sending it twice does no harm; by default that is so of GET, PATCH, DELETE, and with
        an idempotency key. Only then is it tried again.

        Raises ApiError for what the server refuses, ServerUnreachable and Timeout, and NotEspalier.
        """
        if repeatable is None:
            repeatable = method != "POST" or idempotency_key is not None
        if not repeatable:
            retry_seconds = 0.0
        elif retry_seconds is None:
            retry_seconds = self.patience
        if timeout is None:
            timeout = self.timeout
        data = self.message(method, path, body, idempotency_key=idempotency_key, **message)
        tries = Tries(self, timeout, retry_seconds)
        while True:
            try:
                got = self._exchange(data, timeout, repeatable)
            except (OSError, NotHTTP) as e:
                wait = tries.failed(e)
            else:
                answer = tries.answered(*got)
                if isinstance(answer, Answer):
                    return answer
                wait = answer
            time.sleep(wait)

    @contextmanager
    def stream(
        self, path: str, *, accept: str = "*/*", silence: float | None = None, **message: Any
    ) -> Iterator[Iterator[bytes]]:
        """Gets what is too long, or comes too slowly, to wait for: yields the body's pieces as they come.

        `silence` is how many seconds it may send nothing, by default `timeout`. Nothing is tried again.
        """
        silence = self.timeout if silence is None else silence
        data = self.message("GET", path, accept=accept, **message)
        try:
            connection = self._connect(time.monotonic() + self.timeout)
        except OSError as e:
            raise self.explain(e, self.timeout) from e
        try:
            try:
                connection.send(data)
                status, headers = connection.answer()
                if status != 200 or headers.get("content-type", "").startswith("text/html"):
                    raise self.refusal(status, headers, connection.body())
            except (OSError, NotHTTP) as e:
                raise self.explain(e, self.timeout) from e
            self.met = True
            yield self._pieces(connection, silence)
        finally:
            connection.close()

    def events(
        self, path: str, *, query: Query | None = None, after: int | None = None
    ) -> Generator[Event, None, None]:
        """Yields the server-sent events at a path, for ever; `after` is the revision to resume after.

        A stream that ends or falls silent for 45 s is opened again where it was, for `retry_seconds`.
        Raises CursorExpired when `after` is too old, and what `request` raises.
        """
        since = time.monotonic()
        tries = 0
        while True:
            resume: Mapping[str, str] = {} if after is None else {"Last-Event-ID": str(after)}
            try:
                with self.stream(
                    path, query=query, headers=resume, accept="text/event-stream", silence=SILENCE
                ) as pieces:
                    reader = Events()
                    for piece in pieces:
                        since, tries = time.monotonic(), 0
                        for event in reader.feed(piece):
                            after = event.revision
                            yield event
            except (ServerUnreachable, ApiError) as e:
                if isinstance(e, ApiError) and e.status not in AWAY:
                    raise
                if time.monotonic() - since > self.patience:
                    raise
            tries += 1
            time.sleep(delay(tries))

    def _pieces(self, connection: Connection, silence: float) -> Iterator[bytes]:
        try:
            connection.deadline = time.monotonic() + silence
            for piece in connection.pieces():
                yield piece
                connection.deadline = time.monotonic() + silence
        except (OSError, NotHTTP) as e:
            raise self.explain(e, silence) from e

    def _exchange(self, message: bytes, timeout: float, repeatable: bool) -> tuple[int, dict[str, str], bytes]:
        """Sends once. On a kept connection the server may have closed meanwhile it is sent once more.

        What must not be sent twice goes on a new connection, where that cannot happen.
        """
        deadline = time.monotonic() + timeout
        if repeatable and (kept := self._kept()) is not None:
            kept.deadline = deadline
            try:
                return self._converse(kept, message)
            except TimeoutError:
                raise
            except OSError:
                self.close()  # they were all opened to a server that is not there any more
        return self._converse(self._connect(deadline), message)

    def _kept(self) -> Connection | None:
        if self._process != os.getpid():  # a forked child shares the parent's connections, and must not use them
            self._idle, self._process = deque(), os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _connect(self, deadline: float) -> Connection:
        if self.secure and self._tls is None:
            import ssl

            self._tls = ssl.create_default_context()
        return Connection(self.host, self.port, self._tls, deadline)

    def _converse(self, connection: Connection, message: bytes) -> tuple[int, dict[str, str], bytes]:
        try:
            connection.send(message)
            status, headers = connection.answer()
            body = connection.body()
        except BaseException:  # KeyboardInterrupt too: what is left of the answer would be the next one's
            connection.close()
            raise
        if connection.reusable:
            self._idle.append(connection)
        else:
            connection.close()
        return status, headers, body


def _restore(url: str, token: str | None, timeout: float, retry_seconds: float) -> Transport:
    return Transport(url, token, timeout=timeout, retry_seconds=retry_seconds)
