"""Reports of one trial, also while the server is away."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from espalier._errors import (
    ApiError,
    EspalierError,
    LeaseLost,
    RateLimited,
    ServerUnreachable,
    StorageUnavailable,
    StudyNotFound,
    TrialNotFound,
    TrialNotRunning,
    api_error,
)
from espalier._transport import Answer, path

if TYPE_CHECKING:
    from espalier import types as t
    from espalier._client import Client

__all__ = ["Reporter"]

_MOST = 100_000  # reports that wait
_BATCH = 500  # of them in one request
_RENEWAL = 1200.0  # seconds
_SLOWEST = 10.0  # seconds between two tries while the server is away
_ANSWER = 10.0  # seconds for a report to be answered; then training goes on without
_ANSWER_AGAIN = 2.0  # seconds, once the server did not answer: it may hang, and training must not with it

_AWAY = (ServerUnreachable, StorageUnavailable, RateLimited)
_GONE = (TrialNotRunning, TrialNotFound, StudyNotFound)


def lease_seconds(expires: str | None, date: str) -> float:
    """How long a lease is that the server gave at `date`, a header of HTTP; infinite while either is not known."""
    if expires is None or not date:
        return float("inf")
    from email.utils import parsedate_to_datetime

    return (datetime.fromisoformat(expires) - parsedate_to_datetime(date)).total_seconds()


def renewal(lease: float) -> float:
    """How many seconds lie between two renewals of a lease, so that one may be late and one be lost."""
    return max(0.1, min(_RENEWAL, lease / 3))


class Reporter:
    """Sends what one trial reports, and knows the latest decision.

    Training never waits for a server that is away: reports are kept, in order, and sent when it is back,
    while the answer is to go on. That lasts as long as the trial's lease, for then it is another's: LeaseLost.
    Each report has a key, so none is stored twice. A reporter may be shared by threads.

    `lease_expires` is the moment that `ask` gave. `source` is who reports; reports of different sources
    never collide.
    """

    def __init__(
        self, client: Client, study: str, number: int, *, lease_expires: str | None = None, source: str | None = None
    ) -> None:
        self.study = study
        self.number = number
        self._client = client
        self._transport = client.transport
        self._source = source
        self._path = path("studies", study, "trials", number, "report")
        self._began = self._heard = time.monotonic()
        self._lease = lease_expires
        self._date = self._transport.date  # when the lease was given, by the server's clock
        self._decision: t.Decision = {"trial": number, "state": "RUNNING", "should_prune": False, "mode": "enforce"}
        self._waiting: deque[dict[str, Any]] = deque()
        self._sending = threading.Lock()
        self._tries = 0
        self._due = 0.0
        self._seq = time.time_ns() // 1_000_000
        self._lost: EspalierError | None = None

    @property
    def decision(self) -> t.Decision:
        """The latest decision; one that prunes stays."""
        return self._decision

    @property
    def should_prune(self) -> bool:
        """Whether the trial should end. Nothing is sent."""
        return self._decision["should_prune"]

    @property
    def pending(self) -> int:
        """How many reports wait for the server to come back."""
        return len(self._waiting)

    @property
    def lease_seconds(self) -> float:
        """How long the trial is this worker's, from when it was last heard of; infinite while that is not known."""
        return lease_seconds(self._lease, self._date)

    def report(
        self,
        *,
        step: int | None = None,
        value: float | None = None,
        metrics: Mapping[str, float] | None = None,
        elapsed_seconds: float | None = None,
        source: str | None = None,
    ) -> t.Decision:
        """Reports `value`, the single objective's, or `metrics` by name, or both; returns the decision.

        With `step` (0 or more) it is a point of the learning curve, of which the first values stay. Without,
        it is a sample in time. Raises LeaseLost, and ApiError for what is wrong with the report.
        """
        self.check()
        body: dict[str, Any] = {}
        if step is None:
            self._seq += 1
            body["seq"] = self._seq
        else:
            body["step"] = step
        if value is not None:
            body["value"] = value
        if metrics is not None:
            body["metrics"] = dict(metrics)  # it may wait, and the caller's may change meanwhile
        if elapsed_seconds is not None:
            body["elapsed_seconds"] = elapsed_seconds
        if source or self._source:
            body["source"] = source or self._source
        if self._waiting:
            self._keep(body)
            self._deliver()
            return self._decision
        try:
            return self._hear(self._post(self._path, body))
        except _AWAY as e:
            self._keep(body)
            self._postpone(e)
            return self._decision

    def heartbeat(self) -> t.Decision:
        """Renews the lease; returns the decision as of now. Raises LeaseLost."""
        self.check()
        if self._waiting:
            self._deliver()
            return self._decision
        try:
            return self._hear(self._post(path("studies", self.study, "trials", self.number, "heartbeat"), None))
        except _AWAY as e:
            self._postpone(e)
            return self._decision

    def annotate(self, user_attrs: Mapping[str, Any]) -> None:
        """Sets user attrs of the trial, and None removes; tried once. Raises ServerUnreachable."""
        where = path("studies", self.study, "trials", self.number)
        body = {"user_attrs": user_attrs}
        self._transport.request("PATCH", where, body, timeout=_ANSWER, retry_seconds=0.0)

    def flush(self) -> None:
        """Sends what waits, as before a tell; waits for the server as long as the client does.

        Raises ServerUnreachable if it does not come back by then, and LeaseLost.
        """
        self.check()
        with self._sending:
            try:
                self._send(timeout=None, retry_seconds=None)
            except _AWAY as e:
                self._postpone(e)
                raise

    def check(self) -> None:
        """Raises LeaseLost if the trial is not this worker's any more. Nothing is sent."""
        if self._lost is not None:
            raise self._lost.with_traceback(None)

    def _post(
        self, where: str, body: Any, *, timeout: float | None = _ANSWER, retry_seconds: float | None = 0.0
    ) -> Answer:
        try:
            return self._transport.request(
                "POST", where, body, repeatable=True, timeout=timeout, retry_seconds=retry_seconds
            )
        except _GONE as e:
            raise self._lose(e) from e

    def _hear(self, answer: Answer) -> t.Decision:
        decision: t.Decision = answer.data
        self._heard = time.monotonic()
        self._date = answer.headers.get("date", "")
        self._tries = 0
        self._take(decision)
        return self._decision

    def _take(self, decision: t.Decision) -> None:
        self._lease = decision.get("lease_expires", self._lease)
        if not self._decision["should_prune"]:
            self._decision = decision

    def _keep(self, body: dict[str, Any]) -> None:
        if len(self._waiting) >= _MOST:
            raise ServerUnreachable(f"{_MOST} reports wait for {self._transport.url}: it is away for too long.")
        body.setdefault("elapsed_seconds", time.monotonic() - self._began)  # it will arrive later than it was
        body["trial"] = self.number
        self._waiting.append(body)

    def _postpone(self, e: EspalierError) -> None:
        now = time.monotonic()
        self._tries += 1
        self._due = now + min(_SLOWEST, 0.1 * 2 ** min(self._tries, 10))
        if now > self._heard + self.lease_seconds:
            raise self._lose(
                LeaseLost(
                    f"Trial {self.number} of {self.study} is lost: the server could not be reached for longer than "
                    f"its lease of {self.lease_seconds:.0f} s. {e} End this training and ask for another trial; "
                    "a longer lease_seconds bridges a longer outage."
                )
            ) from e

    def _deliver(self) -> None:
        """Tries to send what waits, if it is time to, and if nobody else does."""
        if time.monotonic() < self._due or not self._sending.acquire(blocking=False):
            return
        try:
            self._send(timeout=_ANSWER_AGAIN, retry_seconds=0.0)
        except _AWAY as e:
            self._postpone(e)
        finally:
            self._sending.release()

    def _send(self, *, timeout: float | None, retry_seconds: float | None) -> None:
        where = path("studies", self.study, "reports")
        size = _BATCH
        wrong: ApiError | None = None
        while self._waiting:
            batch = [self._waiting[i] for i in range(min(size, len(self._waiting)))]
            try:
                answer = self._post(where, {"reports": batch}, timeout=timeout, retry_seconds=retry_seconds)
            except ApiError as e:
                if e.status not in (400, 413):
                    raise
                if len(batch) > 1:  # one of them is wrong, or they are too much together
                    size = 1
                    continue
                self._waiting.popleft()
                wrong = wrong or e
                continue
            self._heard, self._date, self._tries = time.monotonic(), answer.headers.get("date", ""), 0
            for result in answer.data["results"]:
                if "decision" in result:
                    self._take(result["decision"])
                else:
                    refused = api_error(result["problem"]["status"], result["problem"])
                    if isinstance(refused, _AWAY):
                        raise refused  # it waits on
                    if isinstance(refused, _GONE):
                        self._waiting.clear()
                        raise self._lose(refused)
                    wrong = wrong or refused
                self._waiting.popleft()
        if wrong is not None:
            raise wrong

    def _lose(self, e: EspalierError) -> EspalierError:
        if isinstance(e, TrialNotRunning) and not isinstance(e, LeaseLost):
            e = LeaseLost(f"{e} End this training and ask for another trial.")
        self._lost = e
        return e
