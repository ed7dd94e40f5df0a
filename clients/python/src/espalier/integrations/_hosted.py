"""Trials that another library runs: their leases kept while it is silent, their results kept while the server is away.

The library asks, reports and tells at its own pace, from hooks that must not wait. A thread looks after the rest for
as long as trials are open. It ends with the process, so that leases run out when the process dies.
"""

from __future__ import annotations

import atexit
import inspect
import os
import threading
import time
import weakref
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from espalier import logging
from espalier._client import Client
from espalier._errors import ApiError, EspalierError, LeaseLost, RateLimited, ServerUnreachable, StorageUnavailable
from espalier._reporter import Reporter
from espalier.exceptions import StudyStopped
from espalier.study import create_study

if TYPE_CHECKING:
    from espalier import types as t
    from espalier._study import Study

__all__ = ["AWAY", "Hosted", "HostedTrials", "check_options"]

AWAY = (ServerUnreachable, StorageUnavailable, RateLimited)
"""What says that the server may be back later."""

_OWN_OPTIONS = ("study_name", "storage", "direction", "directions", "metric_names", "search_space", "load_if_exists")
_HEARTBEAT = 30.0  # seconds between two at most: they also bring an operator's prune, and the end of the budget

_logger = logging.get_logger("espalier.integrations")

Tell = dict[str, Any]


def check_options(options: Mapping[str, Any]) -> None:
    """TypeError: one is none of `create_study`, or one that the library's own study says."""
    known = inspect.signature(create_study).parameters.keys() - set(_OWN_OPTIONS)
    if strange := sorted(options.keys() - known):
        raise TypeError(f"There is no option {', '.join(strange)}; there are {', '.join(sorted(known))}.")


class Hosted:
    """A trial that is open. `ended` says what to tell if the library has ended it without a word, else None."""

    def __init__(
        self,
        key: Hashable,
        number: int,
        params: Mapping[str, Any],
        space: Mapping[str, Any],
        reporter: Reporter,
    ) -> None:
        self.key = key
        self.params = dict(params)
        self.space = dict(space)
        self.ended: Callable[[], Tell | None] = _not_ended
        self.result: Tell | None = None
        self.user_attrs: dict[str, Any] = {}
        """What is told beside the result."""
        self.steps: set[int] = set()
        """Those that have been reported."""
        self.move(number, reporter)

    def move(self, number: int, reporter: Reporter) -> None:
        """Makes it the trial of this number from now on."""
        self.number = number
        self.reporter = reporter
        self.heard = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time to renew the lease."""
        return time.monotonic() - self.heard >= min(_HEARTBEAT, self.reporter.lease_seconds / 3)


def _look(trials: weakref.ref[HostedTrials]) -> None:
    there = trials()
    if there is not None:
        there.look()


def _not_ended() -> Tell | None:
    return None


class HostedTrials:
    """The open trials of one study, by the library's own ids. It may be shared by threads."""

    def __init__(self, study: Study, *, alive: Callable[[], bool] = lambda: True) -> None:
        self.study = study
        self._hurried = Client(study.client.url, study.client.transport.token, timeout=10.0, retry_seconds=2.0)
        self._alive = alive
        self._open: dict[Hashable, Hosted] = {}
        self._told: set[Hashable] = set()
        self._process = os.getpid()
        self._telling = threading.RLock()
        self._attending = threading.Lock()
        self._thread: threading.Thread | None = None
        atexit.register(_look, weakref.ref(self))

    def __iter__(self) -> Iterator[Hosted]:
        return iter(list(self._open.values()))

    def get(self, key: Hashable) -> Hosted | None:
        """The open trial of an id."""
        return self._open.get(key) if self._process == os.getpid() else None

    def told(self, key: Hashable) -> bool:
        """Whether this process has told what became of a trial."""
        return key in self._told

    def ask(
        self, key: Hashable, space: Mapping[str, Any], params: Mapping[str, Any], worker: str | None = None
    ) -> Hosted | float:
        """Asks for a trial with these params, the rest of the space sampled; returns in how many seconds to try again
        if there is none now. StudyStopped: no more come.
        """
        answer = self._ask(space, params, worker)
        if isinstance(answer, float):
            return answer
        return self._adopt(Hosted(key, answer["number"], answer["params"], space, self._reporter(answer)))

    def resume(self, key: Hashable, number: int, params: Mapping[str, Any], space: Mapping[str, Any]) -> Hosted:
        """Goes on with a trial that another process began."""
        reporter = Reporter(self._hurried, self.study.study_name, number)
        return self._adopt(Hosted(key, number, params, space, reporter))

    def _reporter(self, asked: t.AskedTrial) -> Reporter:
        name, number = self.study.study_name, asked["number"]
        self._hurried.transport.date = self.study.client.transport.date  # the clock of lease_expires
        return Reporter(self._hurried, name, number, lease_expires=asked["lease_expires"])

    def _adopt(self, trial: Hosted) -> Hosted:
        if self._process != os.getpid():  # a fork: the others are the parent's
            self._open, self._process = {}, os.getpid()
        self._told.discard(trial.key)
        self._open[trial.key] = trial
        self._attend()
        return trial

    def _attend(self) -> None:
        """Sees to it that the thread is there."""
        with self._attending:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="espalier-leases", daemon=True)
                self._thread.start()

    def _goes_on(self) -> bool:
        with self._attending:
            if not self._open or not self._alive():
                self._thread = None
            return self._thread is not None

    def report(self, trial: Hosted, **report: Any) -> t.Decision:
        """Reports; returns the decision. If the lease ran out, the trial goes on as another one with the same params.

        StudyStopped: there is no other one to be had.
        """
        self._attend()
        trial.heard = time.monotonic()
        try:
            return trial.reporter.report(**report)
        except LeaseLost:
            answer = self._ask(trial.space, trial.params, None)
            if isinstance(answer, float):
                return trial.reporter.decision
            _logger.warning(
                "Trial %d lost its lease and goes on as trial %d of %s.",
                trial.number,
                answer["number"],
                self.study.study_name,
            )
            trial.move(answer["number"], self._reporter(answer))
            return trial.reporter.report(**report)

    def end(self, trial: Hosted, result: Tell) -> None:
        """Tells a result, now or, while the server is away, once it is back."""
        trial.result = result
        self._tell(trial)

    def look(self) -> None:
        """Tells the trials that the library has ended without a word, and those that wait for the server."""
        for trial in self:
            if self._look_at(trial) and self.get(trial.key) is trial:
                return  # the server is away

    def add(self, result: Mapping[str, Any], params: Mapping[str, Any], space: Mapping[str, Any]) -> None:
        """Adds a trial that has ended as history, for what could not be told of one that ran."""
        self.study.client.create_trial(
            self.study.study_name, {**result, "params": dict(params), "distributions": dict(space)}
        )

    def _ask(self, space: Mapping[str, Any], params: Mapping[str, Any], worker: str | None) -> t.AskedTrial | float:
        answer = self.study.client.ask(self.study.study_name, search_space=space, params=params or None, worker=worker)
        if answer["trials"]:
            return answer["trials"][0]
        if answer["stop"]:
            raise StudyStopped(self.study.study_name, answer.get("stop_reason", "stopped"))
        return float(answer.get("retry_after", 1))

    def _tell(self, trial: Hosted) -> None:
        with self._telling:
            if self._open.get(trial.key) is not trial or trial.result is None:
                return
            try:
                self._deliver(trial, trial.result)
            except AWAY as e:
                _logger.warning("The result of trial %d waits for the server: %s", trial.number, e)
                return
            except EspalierError as e:
                _logger.error("The result of trial %d could not be told: %s", trial.number, e)
            self._told.add(trial.key)
            del self._open[trial.key]

    def _deliver(self, trial: Hosted, result: Tell) -> None:
        if trial.user_attrs:
            result = {**result, "user_attrs": trial.user_attrs}
        try:
            self._flush(trial)
            self._hurried.tell(self.study.study_name, trial.number, result)
        except LeaseLost:
            if result.get("state") != "FAIL":
                _logger.warning("Trial %d lost its lease; its result is added as a trial of its own.", trial.number)
                self.add(result, trial.params, {k: v for k, v in trial.space.items() if k in trial.params})

    def _flush(self, trial: Hosted) -> None:
        try:
            trial.reporter.flush()
        except (LeaseLost, *AWAY):
            raise
        except ApiError as e:
            _logger.warning("A report of trial %d was refused: %s", trial.number, e)

    def _work(self) -> None:
        pause = threading.Event()
        while self._goes_on():
            for trial in self:
                if trial.due:
                    trial.heard = time.monotonic()
                    self._renew(trial)
            pause.wait(max(0.1, min([1.0, *(trial.reporter.lease_seconds / 6 for trial in self)])))

    def _look_at(self, trial: Hosted) -> bool:
        """Tells a trial if the library has ended it."""
        if trial.result is None:
            try:
                trial.result = trial.ended()
            except Exception as e:  # it is the library's own: its database may be away
                _logger.warning("What became of trial %d is not known: %r", trial.number, e)
        if trial.result is None:
            return False
        self._tell(trial)
        return True

    def _renew(self, trial: Hosted) -> None:
        if self._look_at(trial):
            return
        try:
            trial.reporter.heartbeat()
        except LeaseLost:
            pass  # its next report sees to that
        except EspalierError as e:
            _logger.warning("The lease of trial %d could not be renewed: %s", trial.number, e)
