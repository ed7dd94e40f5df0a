"""What goes over the wire and what comes back, whoever carries it: messages, answers, errors, and when to try again."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from espalier._errors import ApiError, NotEspalier, ServerUnreachable, Timeout, api_error
from espalier._http import NotHTTP
from espalier._json import decode, encode

__all__ = ["Answer", "Event", "Events", "Query", "Tries", "Wire", "delay", "path"]

Query = Mapping[str, str | int | float | bool | Iterable[str] | None]

FIRST_CONTACT = 3.0
"""Seconds that a server which never answered is tried for: a wrong URL should not take longer to be seen."""

_SLOWEST = 5.0  # seconds between two tries
AWAY = frozenset({408, 429, 502, 503, 504})
_ABSENT = frozenset({502, 503, 504})  # what a proxy says of a server that is away


class Answer(NamedTuple):
    """What the server said: its status, headers by lower-case name, and the body's JSON, None without one."""

    status: int
    headers: dict[str, str]
    data: Any


class Event(NamedTuple):
    """A server-sent event: its `type`, `revision` to resume after, and `trial` unless it is the study's."""

    type: str
    revision: int
    trial: int | None


def path(*parts: str | int) -> str:
    """Returns a path of the API from its parts, escaped: `path("studies", name)` is `/v1/studies/NAME`."""
    return "/v1/" + "/".join(quote(str(p), safe="") for p in parts)


class Wire:
    """Makes messages for one server and reads its answers. It does no input or output."""

    def __init__(self, url: str, token: str | None, timeout: float, retry_seconds: float) -> None:
        self.url, self.secure, self.host, self.port, self._prefix = _parse(url)
        self.token = os.environ.get("ESPALIER_TOKEN") if token is None else token
        self.timeout = timeout
        self.retry_seconds = retry_seconds
        self.met = False
        """Whether an Espalier server has answered."""
        self.date = ""
        """The server's clock as of its latest answer: the header Date."""
        self._fixed = f"Host: {urlsplit(self.url).netloc}\r\n"
        if self.token:
            if re.search(r"[^\x21-\x7e]", self.token):
                raise ValueError("the token has characters that no token has; is there a line break at its end?")
            self._fixed += f"Authorization: Bearer {self.token}\r\n"

    @property
    def patience(self) -> float:
        """Seconds for which a call is repeated while the server is away."""
        return self.retry_seconds if self.met else min(self.retry_seconds, FIRST_CONTACT)

    def message(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Query | None = None,
        idempotency_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> bytes:
        """Returns a request as it is sent. `body` is made JSON, unless it is bytes."""
        data = b"" if body is None else body if isinstance(body, bytes) else encode(body)
        if query:
            path += _query(query)
        more = "" if headers is None else "".join(f"{k}: {v}\r\n" for k, v in headers.items())
        if idempotency_key is not None:
            more += f"Idempotency-Key: {idempotency_key}\r\n"
        if body is not None:
            more += f"Content-Type: {content_type}\r\n"
        if body is not None or method == "POST":
            more += f"Content-Length: {len(data)}\r\n"
        head = (
            f"{method} {self._prefix}{path} HTTP/1.1\r\n{self._fixed}"
            f"Accept: {accept}, application/problem+json\r\n{more}\r\n"
        )
        return head.encode("latin-1") + data

    def read(self, status: int, headers: dict[str, str], body: bytes) -> Any:
        """Returns the JSON of an answer."""
        if headers.get("content-type", "").startswith("application/json"):
            try:
                data = decode(body)
            except ValueError:
                raise NotEspalier(f"{self.url} answered with broken JSON: {_shown(body)}") from None
            self.met = True
            return data
        raise self.refusal(status, headers, body)

    def refusal(self, status: int, headers: dict[str, str], body: bytes) -> ApiError | NotEspalier | ServerUnreachable:
        """Returns what an answer that is not wanted means."""
        kind = headers.get("content-type", "")
        if kind.startswith("application/problem+json"):
            try:
                problem = decode(body)
            except ValueError:
                problem = None
            if isinstance(problem, dict) and "code" in problem:
                self.met = True
                return api_error(status, problem)
        if status in _ABSENT:
            return ServerUnreachable(
                f"{self.url} answered {status} by something that is not Espalier: "
                "a proxy is there and the server behind it is not. Start the server, or see the proxy's log."
            )
        if 300 <= status < 400:
            return NotEspalier(
                f"{self.url} sends one on to {headers.get('location', 'another place')}, which is not followed. "
                "Give the URL of the Espalier server itself."
            )
        return NotEspalier(
            f"{self.url} is no Espalier server: it answered {status} with {kind or 'no type of content'}, "
            f"{_shown(body)}. Is the URL right, its path included, and is there a proxy or a login page on the way?"
        )

    def explain(self, e: Exception, timeout: float) -> ServerUnreachable | NotEspalier:
        """Returns what it means that a request failed with an error, of which one answer may take `timeout`."""
        import ssl

        where = self.url
        if isinstance(e, NotHTTP):
            return NotEspalier(f"{where} is no Espalier server: it answered {e}. Is the port right, and is it https?")
        if isinstance(e, ssl.SSLCertVerificationError):
            return ServerUnreachable(
                f"The certificate of {where} is not trusted: {e.verify_message}. "
                "SSL_CERT_FILE names a file with the certificates to trust."
            )
        if isinstance(e, ssl.SSLError) and _hopeless(e):
            return NotEspalier(f"{where} does not speak TLS ({e.reason}). Is it http:// in place of https://?")
        if isinstance(e, socket.gaierror):
            return ServerUnreachable(f"There is no host {self.host} ({e.strerror}). Is the URL {where} right?")
        if isinstance(e, TimeoutError):
            return Timeout(
                f"{where} did not answer within {timeout:g} s. "
                "Is the server overloaded or stopped, or a firewall on the way? timeout= gives it longer."
            )
        return ServerUnreachable(
            f"No Espalier server answers at {where} ({e.strerror if isinstance(e, OSError) and e.strerror else e}). "
            "Is it running (espalier serve), and is the URL right?"
        )


class Tries:
    """When to try a call again, and when to give up."""

    def __init__(self, wire: Wire, timeout: float, retry_seconds: float) -> None:
        self._wire = wire
        self._timeout = timeout
        self._retry_seconds = retry_seconds
        self._began = time.monotonic()
        self._count = 0

    def answered(self, status: int, headers: dict[str, str], body: bytes) -> Answer | float:
        """Returns the answer, or how many seconds to wait before another try. Raises what it is refused by."""
        wire = self._wire
        wire.date = headers.get("date", "")
        if status in (200, 201):
            return Answer(status, headers, wire.read(status, headers, body))
        if status in (204, 304):
            return Answer(status, headers, None)
        error = wire.refusal(status, headers, body)
        if status not in AWAY and not (isinstance(error, ApiError) and error.code == "request_in_progress"):
            raise error
        after = headers.get("retry-after", "")
        return self._wait(error, float(after) if after.isdigit() else 0.0)

    def failed(self, e: Exception) -> float:
        """Returns how many seconds to wait before another try. Raises what the error means."""
        error = self._wire.explain(e, self._timeout)
        error.__cause__ = e
        if isinstance(error, NotEspalier) or _hopeless(e):
            raise error
        return self._wait(error, 0.0)

    def _wait(self, error: Exception, least: float) -> float:
        self._count += 1
        wait = max(least, delay(self._count))
        if time.monotonic() + wait > self._began + self._retry_seconds:
            raise error
        return wait


def _parse(url: str) -> tuple[str, bool, str, int, str]:
    full = (url if "://" in url else "http://" + url).rstrip("/")
    try:
        parts = urlsplit(full)
        port = parts.port
    except ValueError as e:
        raise ValueError(f"the server {url!r} is no URL such as http://127.0.0.1:8080: {e}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"the server {url!r} is no URL such as http://127.0.0.1:8080")
    if parts.username is not None:
        raise ValueError("the server's URL must not hold a name or password; give token=, or ESPALIER_TOKEN")
    secure = parts.scheme == "https"
    return full, secure, parts.hostname, port or (443 if secure else 80), quote(parts.path, safe="/%")


def _query(query: Query) -> str:
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        if value is None:
            continue
        if isinstance(value, bool):
            pairs.append((name, "true" if value else "false"))
        elif isinstance(value, (str, int, float)):
            pairs.append((name, str(value)))
        else:
            pairs += [(name, item) for item in value]
    return "?" + urlencode(pairs) if pairs else ""


def delay(tries: int) -> float:
    """Seconds to wait before another try; chance keeps many workers from coming back at once."""
    import random

    return min(_SLOWEST, 0.05 * float(2 ** min(tries, 10))) * random.uniform(0.5, 1.0)


def _hopeless(e: Exception) -> bool:
    """Says that an error will be the same next time."""
    import ssl

    if isinstance(e, ssl.SSLError):
        return not isinstance(e, (ssl.SSLEOFError, ssl.SSLZeroReturnError))  # the connection was lost
    return isinstance(e, socket.gaierror) and e.errno != socket.EAI_AGAIN


def _shown(body: bytes) -> str:
    text = " ".join(re.sub(r"<[^>]*>", " ", body[:2000].decode("utf-8", "replace")).split())
    return repr(text[:100]) if text else "an empty body"


class Events:
    """Reads server-sent events from the pieces of a stream."""

    def __init__(self) -> None:
        self._rest = b""
        self._data = b""

    def feed(self, piece: bytes) -> list[Event]:
        """Returns the events that a further piece completes."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        out = []
        for line in lines:
            name, _, value = line.rstrip(b"\r").partition(b":")
            if name == b"data":
                self._data += value.strip()
            elif not line.strip() and self._data:
                event = decode(self._data)
                self._data = b""
                out.append(Event(event["type"], int(event["revision"]), event.get("trial")))
        return out
