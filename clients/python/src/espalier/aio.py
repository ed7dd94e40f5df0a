"""The client for asyncio: the same calls, awaited.

    async with aio.Client() as client:
        study = await aio.create_study({"name": "mnist", "search_space": {...}}, client=client)
        await study.optimize(train, n_trials=100, concurrency=8)

Requests are built, repeated and refused as `espalier.Client` does it; there are no threads and nothing to install.
While the server is away a call waits, for `retry_seconds`; reports are not kept for later, as `espalier.Reporter`
does it.
"""

from __future__ import annotations

import asyncio
import os
import time
import warnings
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from espalier._client import Client as _Client
from espalier._doubts import warn_of_doubts
from espalier._errors import ApiError, EspalierError, LeaseLost, ServerUnreachable, ValuesMismatch
from espalier._http import NotHTTP, Stale, parse_head
from espalier._reporter import lease_seconds, renewal
from espalier._transport import SILENCE
from espalier._wire import AWAY, Answer, Event, Events, Query, Tries, Wire, delay
from espalier.exceptions import TrialPruned

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from espalier import types as t

__all__ = ["Client", "Study", "Transport", "Trial", "create_study", "load_study"]

_PARTING = 5.0  # seconds to give a trial back in

_P = ParamSpec("_P")
_R = TypeVar("_R")


class _Connection:
    """A connection, for one task at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.loop = asyncio.get_running_loop()
        self.reusable = False

    def close(self) -> None:
        if not self.loop.is_closed():
            self._writer.transport.abort()  # to close politely takes TLS a round trip, for which the loop may not wait

    async def send(self, message: bytes) -> None:
        self._writer.write(message)
        await self._writer.drain()

    async def answer(self) -> tuple[int, dict[str, str]]:
        while True:
            status, headers = parse_head(await self._head())
            if status >= 200:
                return status, headers

    async def _head(self) -> bytes:
        try:
            return (await self._reader.readuntil(b"\r\n\r\n"))[:-4]
        except asyncio.IncompleteReadError as e:
            if not e.partial:
                raise Stale("the connection was closed") from None
            if not e.partial.startswith(b"HTTP/"):
                raise NotHTTP(repr(e.partial[:60])) from None
            raise ConnectionError("the connection was closed within an answer") from None
        except asyncio.LimitOverrunError:
            raise NotHTTP("a head without an end") from None

    async def pieces(self, status: int, headers: Mapping[str, str]) -> AsyncGenerator[bytes, None]:
        """Yields the body as it comes."""
        length = headers.get("content-length")
        try:
            if headers.get("transfer-encoding", "").lower() == "chunked":
                while size := int((await self._reader.readuntil(b"\r\n")).partition(b";")[0], 16):
                    async for piece in self._take(size):
                        yield piece
                    await self._reader.readuntil(b"\r\n")
                while await self._reader.readuntil(b"\r\n") != b"\r\n":
                    pass  # trailers
            elif length is not None or status in (204, 304):
                async for piece in self._take(int(length or 0)):
                    yield piece
            else:
                while piece := await self._reader.read(1 << 16):
                    yield piece
                return
        except ValueError:
            raise NotHTTP("a body without a length") from None
        except asyncio.IncompleteReadError:
            raise ConnectionError("the connection was closed within an answer") from None
        self.reusable = headers.get("connection", "").lower() != "close"

    async def _take(self, size: int) -> AsyncIterator[bytes]:
        while size:
            piece = await self._reader.read(min(size, 1 << 16))
            if not piece:
                raise ConnectionError("the connection was closed within an answer")
            size -= len(piece)
            yield piece


class Transport(Wire):
    """Sends requests to one server, as `espalier.Transport` does it, for the tasks of one event loop at a time."""

    def __init__(
        self, url: str, token: str | None = None, *, timeout: float = 30.0, retry_seconds: float = 30.0
    ) -> None:
        super().__init__(url, token, timeout, retry_seconds)
        self._tls: ssl.SSLContext | None = None
        self._idle: deque[_Connection] = deque()
        self._process = os.getpid()
        self._closed = False

    def close(self) -> None:
        """Closes the connections that are kept. What is under way, and each later request, closes its own."""
        self._closed = True
        self._drop()

    def _drop(self) -> None:
        while self._idle:
            self._idle.pop().close()

    async def request(
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
        """Sends a request and returns the answer; see `espalier.Transport.request`."""
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
                async with asyncio.timeout(timeout):
                    got = await self._exchange(data, repeatable)
            except (OSError, NotHTTP) as e:
                wait = tries.failed(e)
            else:
                answer = tries.answered(*got)
                if isinstance(answer, Answer):
                    return answer
                wait = answer
            await asyncio.sleep(wait)

    @asynccontextmanager
    async def stream(
        self, path: str, *, accept: str = "*/*", silence: float | None = None, **message: Any
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Gets what is too long, or comes too slowly, to wait for; see `espalier.Transport.stream`."""
        silence = self.timeout if silence is None else silence
        data = self.message("GET", path, accept=accept, **message)
        connection = None
        try:
            try:
                async with asyncio.timeout(self.timeout):
                    connection = await self._open()
                    await connection.send(data)
                    status, headers = await connection.answer()
                    if status != 200 or headers.get("content-type", "").startswith("text/html"):
                        body = b"".join([piece async for piece in connection.pieces(status, headers)])
                        raise self.refusal(status, headers, body)
            except (OSError, NotHTTP) as e:
                raise self.explain(e, self.timeout) from e
            self.met = True
            yield self._pieces(connection.pieces(status, headers), silence)
        finally:
            if connection is not None:
                connection.close()

    async def events(
        self, path: str, *, query: Query | None = None, after: int | None = None
    ) -> AsyncGenerator[Event, None]:
        """Yields the server-sent events at a path, for ever; see `espalier.Transport.events`."""
        since = time.monotonic()
        tries = 0
        while True:
            resume: Mapping[str, str] = {} if after is None else {"Last-Event-ID": str(after)}
            try:
                async with self.stream(
                    path, query=query, headers=resume, accept="text/event-stream", silence=SILENCE
                ) as pieces:
                    reader = Events()
                    async for piece in pieces:
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
            await asyncio.sleep(delay(tries))

    async def _pieces(self, pieces: AsyncGenerator[bytes, None], silence: float) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(silence):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except (OSError, NotHTTP) as e:
                raise self.explain(e, silence) from e
            yield piece

    async def _exchange(self, message: bytes, repeatable: bool) -> tuple[int, dict[str, str], bytes]:
        if repeatable and (kept := self._kept()) is not None:
            try:
                return await self._converse(kept, message)
            except TimeoutError:
                raise
            except OSError:
                self._drop()  # they were all opened to a server that is not there any more
        return await self._converse(await self._open(), message)

    def _kept(self) -> _Connection | None:
        if self._process != os.getpid():
            self._idle, self._process = deque(), os.getpid()
        loop = asyncio.get_running_loop()
        while self._idle:
            connection = self._idle.pop()
            if connection.loop is loop:  # else of an event loop that has ended
                return connection
        return None

    async def _open(self) -> _Connection:
        if self.secure and self._tls is None:
            import ssl

            self._tls = ssl.create_default_context()
        return _Connection(*await asyncio.open_connection(self.host, self.port, ssl=self._tls))

    async def _converse(self, connection: _Connection, message: bytes) -> tuple[int, dict[str, str], bytes]:
        try:
            await connection.send(message)
            status, headers = await connection.answer()
            body = b"".join([piece async for piece in connection.pieces(status, headers)])
        except BaseException:  # a cancellation too: what is left of the answer would be the next one's
            connection.close()
            raise
        if connection.reusable and not self._closed:
            self._idle.append(connection)
        else:
            connection.close()
        return status, headers, body


def _awaited(call: Callable[Concatenate[_Client, _P], _R]) -> Callable[Concatenate[Client, _P], Awaitable[_R]]:
    """A call of the other client for this one, where what it ends in is awaited."""
    return cast(Any, call)


def _iterated(
    call: Callable[Concatenate[_Client, _P], Iterator[_R]],
) -> Callable[Concatenate[Client, _P], AsyncGenerator[_R, None]]:
    return cast(Any, call)


class Client:
    """The calls of `espalier.Client`, with its arguments, to be awaited or iterated over with `async for`.

    It is made as `espalier.Client` is, and is for the tasks of one event loop at a time. A call that is cancelled
    may have reached the server: trials that its ask had got are left to their lease, those of `Study.ask` are not.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float = 30.0,
        retry_seconds: float = 30.0,
    ) -> None:
        if url is None:
            from espalier._server import find_server

            url = find_server()
        self.transport = Transport(url, token, timeout=timeout, retry_seconds=retry_seconds)

    @property
    def url(self) -> str:
        """The server's URL."""
        return self.transport.url

    def __repr__(self) -> str:
        return f"aio.Client({self.url!r})"

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that are kept. What is under way, and each later call, closes its own."""
        self.transport.close()

    create_study = _awaited(_Client.create_study)
    get_study = _awaited(_Client.get_study)
    list_studies = _iterated(_Client.list_studies)
    update_study = _awaited(_Client.update_study)
    delete_study = _awaited(_Client.delete_study)
    stop_study = _awaited(_Client.stop_study)
    resume_study = _awaited(_Client.resume_study)
    transfer = _awaited(_Client.transfer)
    ask = _awaited(_Client.ask)
    suggest = _awaited(_Client.suggest)
    report = _awaited(_Client.report)
    report_batch = _awaited(_Client.report_batch)
    tell = _awaited(_Client.tell)
    tell_batch = _awaited(_Client.tell_batch)
    heartbeat = _awaited(_Client.heartbeat)
    release = _awaited(_Client.release)
    decision = _awaited(_Client.decision)
    create_trial = _awaited(_Client.create_trial)
    get_trial = _awaited(_Client.get_trial)
    update_trial = _awaited(_Client.update_trial)
    trials = _iterated(_Client.trials)
    prune = _awaited(_Client.prune)
    metrics = _iterated(_Client.metrics)
    decisions = _iterated(_Client.decisions)
    best = _awaited(_Client.best)
    importances = _awaited(_Client.importances)
    savings = _awaited(_Client.savings)
    replay = _awaited(_Client.replay)
    events = _iterated(_Client.events)
    export = _iterated(_Client.export)
    samplers = _awaited(_Client.samplers)
    pruners = _awaited(_Client.pruners)
    import_study = _awaited(_Client.import_study)
    backup = _iterated(_Client.backup)
    version = _awaited(_Client.version)

    async def ready(self) -> bool:
        """Says whether the server can serve now; asks once."""
        try:
            await self.transport.request("GET", "/readyz", retry_seconds=0.0)
        except EspalierError:
            return False
        return True

    _get: Callable[..., Any] = cast(Any, _Client._get)
    _post: Callable[..., Any] = cast(Any, _Client._post)
    _make: Callable[..., Any] = cast(Any, _Client._make)
    _patch: Callable[..., Any] = cast(Any, _Client._patch)

    async def _send(
        self, method: str, where: str, body: Any = None, *, member: str | None = None, **options: Any
    ) -> Any:
        data = (await self.transport.request(method, where, body, **options)).data
        return data if member is None else data[member]

    async def _stream(self, where: str, query: Query | None = None) -> AsyncIterator[bytes]:
        async with self.transport.stream(where, query=query) as pieces:
            async for piece in pieces:
                yield piece

    async def _pages(self, where: str, member: str, query: Query) -> AsyncIterator[Any]:
        token = None
        while True:
            page = await self._get(where, {**query, "page_size": 1000, "page_token": token})
            for item in page[member]:
                yield item
            token = page.get("next_page_token")
            if token is None:
                return


Objective = Callable[["Trial"], Awaitable["float | Sequence[float] | None"]]


async def create_study(
    study: Mapping[str, Any], *, client: Client | None = None, load_if_exists: bool = False
) -> Study:
    """Creates a study; `study` has the members of the API's StudyCreate. Raises StudyExists."""
    client = client or Client()
    made = await client.create_study(study, load_if_exists=load_if_exists)
    warn_of_doubts(made, study)
    return Study(client, made["name"])


async def load_study(name: str, *, client: Client | None = None) -> Study:
    """Returns a study that is there. Raises StudyNotFound."""
    client = client or Client()
    return Study(client, (await client.get_study(name))["name"])


class Study:
    """A study; for what is not here, `client` has all calls."""

    def __init__(self, client: Client, name: str) -> None:
        self.client = client
        self.name = name

    async def ask(self, **options: Any) -> Trial | None:
        """Asks for a trial, with the options of `Client.ask`; waits while there is none, None if no more will come.

        If it is cancelled, a trial that the server had handed out is given back. TypeError: `count` is given.
        """
        if "count" in options:
            raise TypeError("Study.ask asks for one trial; Client.ask takes count.")
        while True:
            asked = asyncio.ensure_future(self.client.ask(self.name, **options))
            try:
                answer = await asyncio.shield(asked)
            except asyncio.CancelledError:
                with suppress(EspalierError, TimeoutError):
                    async with asyncio.timeout(_PARTING):
                        for trial in (await asked)["trials"]:
                            await self.client.release(self.name, trial["number"])
                raise
            if answer["trials"]:
                return Trial(self, answer["trials"][0])
            if answer["stop"]:
                return None
            await asyncio.sleep(answer.get("retry_after", 1))

    async def best_trials(self) -> list[t.Trial]:
        """Returns the best trial, or the Pareto front of several objectives; empty before there is one."""
        return await self.client.best(self.name)

    async def optimize(
        self,
        objective: Objective,
        n_trials: int | None = None,
        *,
        concurrency: int = 1,
        catch: type[Exception] | tuple[type[Exception], ...] = (),
    ) -> None:
        """Works on trials, `concurrency` at a time, until there were `n_trials` or the study ends.

        `objective` is awaited with a trial and returns its value, its values, or None if they were reported. If it
        raises TrialPruned the trial is PRUNED, if it raises anything else it is FAIL; what is not in `catch` ends
        the work. Values that the study does not take, NaN say, make it FAIL, with a warning. A trial whose work is
        cancelled is FAIL as `interrupted`, and its params are asked again. Leases are renewed meanwhile.
        """
        if concurrency < 1:
            raise ValueError(f"concurrency is 1 or more, not {concurrency}")
        left = iter(range(n_trials)) if n_trials is not None else None
        ended = asyncio.Event()

        async def work() -> None:
            while not ended.is_set() and (left is None or next(left, None) is not None):
                trial = await self.ask()
                if trial is None:
                    ended.set()
                    return
                await trial._work(objective, catch)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(concurrency):
                    group.create_task(work())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None  # as one worker would have raised it


class Trial:
    """A running trial."""

    def __init__(self, study: Study, asked: t.AskedTrial) -> None:
        warn_of_doubts(asked, {"search_space"})
        self.study = study
        self.number = asked["number"]
        self.params = dict(asked["params"])
        self.asked = asked
        self._decision: t.Decision | None = None

    async def suggest(self, search_space: Mapping[str, Any], *, replace: bool = False) -> t.Params:
        """Suggests further params, by name and distribution; returns all params of the trial.

        A name that was suggested with another distribution raises DistributionConflict, unless it is to `replace` it.
        """
        answer = await self.study.client.suggest(self.study.name, self.number, search_space, replace=replace)
        warn_of_doubts(answer, {"search_space"})
        self.params = dict(answer["params"])
        return self.params

    async def report(self, value: float | Mapping[str, float], step: int) -> bool:
        """Reports the objective's value, or metrics by name, at a step; returns whether to prune."""
        body: dict[str, Any] = {"step": step}
        body["metrics" if isinstance(value, Mapping) else "value"] = value
        self._decision = await self.study.client.report(self.study.name, self.number, body)
        return self.should_prune()

    def should_prune(self) -> bool:
        """Says whether the latest report was answered with a decision to prune. Nothing is sent."""
        return self._decision is not None and self._decision["should_prune"]

    @property
    def decision(self) -> t.Decision | None:
        """The latest decision, with its explanation if it prunes."""
        return self._decision

    async def tell(self, result: Mapping[str, Any] | None = None) -> t.Trial:
        """Ends the trial; `result` has the members of the API's Tell. Left out, the values are those reported."""
        return await self.study.client.tell(self.study.name, self.number, result)

    async def _work(self, objective: Objective, catch: type[Exception] | tuple[type[Exception], ...]) -> None:
        result: dict[str, Any] | None = None
        error: BaseException | None = None
        renewing = asyncio.ensure_future(self._renew())
        try:
            value = await objective(self)
            if value is not None:
                result = {"values" if isinstance(value, Sequence) else "value": value}
        except TrialPruned:
            result = {"state": "PRUNED"}
        except asyncio.CancelledError as e:
            result, error = {"state": "FAIL", "reason": "interrupted", "retry": True}, e
        except BaseException as e:
            result, error = {"state": "FAIL", "error": repr(e)}, e
        finally:
            renewing.cancel()
        telling = asyncio.ensure_future(self._tell(result))
        try:
            await asyncio.shield(telling)
        except asyncio.CancelledError:
            await telling  # a trial that was worked on is told all the same
            raise
        except LeaseLost as e:  # the server has it as FAIL
            error = error or e
        if error is not None and not isinstance(error, catch):
            raise error

    async def _renew(self) -> None:
        client = self.study.client
        pause = renewal(lease_seconds(self.asked.get("lease_expires"), client.transport.date))
        with suppress(EspalierError):  # the trial's next call raises it
            while True:
                await asyncio.sleep(pause)
                decision = await client.heartbeat(self.study.name, self.number)
                if not self.should_prune():
                    self._decision = decision

    async def _tell(self, result: Mapping[str, Any] | None) -> None:
        try:
            await self.tell(result)
        except ValuesMismatch as e:
            await self.tell({"state": "FAIL", "reason": "values", "error": str(e)})
            warnings.warn(f"Trial {self.number} is FAIL: {e}", stacklevel=2)
