"""System metrics of a trial with no work: measured and reported in the background."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from espalier._errors import EspalierError, LeaseLost, ServerUnreachable
from espalier._reporter import Reporter, renewal

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Monitor", "monitor"]

_UPLOAD = 5.0  # seconds between two reports
_THRIFT = 50.0  # a sample's cost goes into the time to the next so often: 2 % at most
_SOURCE = "monitor"

_count_lock = threading.Lock()
_alive = 0  # monitors of this process


class _HasReporter(Protocol):
    @property
    def reporter(self) -> Reporter: ...


def monitor(trial: Reporter | _HasReporter, *, interval: float = 1.0, metrics: Iterable[str] | None = None) -> Monitor:
    """Measures this process and its children while a trial runs, and reports it every five seconds.

        with espalier.monitor(trial):
            train(trial)

    The figures have the names that the agent gives them: `system/cpu_seconds`, `system/memory_bytes` and
    so on. `interval` is how many seconds lie between two looks; `metrics` names those to report, where a name
    that ends in `/` takes all that start so, and None takes all.

    Its reports renew the lease, so that training may be silent; a decision to prune that comes with them is
    what `trial.should_prune()` says from then on, and LeaseLost is raised by the trial's next call.

    What is measured is the whole process: trials that run at once in threads of one process get the same figures.
    """
    return Monitor(trial, interval=interval, metrics=metrics)


class Monitor:
    """Measures and reports until it is stopped; see `monitor`."""

    def __init__(
        self, trial: Reporter | _HasReporter, *, interval: float = 1.0, metrics: Iterable[str] | None = None
    ) -> None:
        if not 0.0 < interval <= 3600.0:
            raise ValueError(f"interval is in seconds, above 0 and up to 3600; not {interval!r}")
        self._reporter = trial if isinstance(trial, Reporter) else trial.reporter
        self._interval = interval
        self._metrics = None if metrics is None else tuple(metrics)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        _check(self._metrics)

    def __enter__(self) -> Monitor:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begins to measure; a monitor is started once. ImportError: psutil is not there."""
        if self._thread is not None:
            raise RuntimeError("a monitor is started once; make another for another trial")
        from espalier._gpu import GPUs
        from espalier._usage import Usage

        global _alive
        with _count_lock:
            _alive += 1
        self._shared = _alive > 1
        self._usage, self._gpus = Usage(), GPUs()
        name = f"espalier-monitor-{self._reporter.number}"
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Reports for a last time and ends. Stopping twice does nothing."""
        if self._thread is None or self._over.is_set():
            return
        self._over.set()
        self._thread.join()
        global _alive
        with _count_lock:
            _alive -= 1

    def _work(self) -> None:
        try:
            due = time.monotonic() + self._pace()
            pause = min(self._interval, self._pace())
            while not self._over.wait(min(pause, max(0.0, due - time.monotonic()))):
                began = time.monotonic()
                self._shared = self._shared or _alive > 1
                if began >= due:
                    self._upload()
                    due = began + self._pace()
                else:
                    self._usage.sample()
                pause = max(self._interval, _THRIFT * (time.monotonic() - began))
            self._upload()
            self._describe()
        except LeaseLost:
            pass  # the trial's next call raises it
        except EspalierError as e:
            logging.getLogger("espalier").warning("Trial %d is not measured any more: %s", self._reporter.number, e)

    def _pace(self) -> float:
        return min(_UPLOAD, renewal(self._reporter.lease_seconds))

    def _upload(self) -> None:
        figures = self._usage.take() | self._gpus.take()
        if self._metrics is not None:
            figures = {k: v for k, v in figures.items() if _wanted(k, self._metrics)}
        if figures:
            self._reporter.report(metrics=figures, source=_SOURCE)
        else:
            self._reporter.heartbeat()

    def _describe(self) -> None:
        """Keeps with the trial how its figures were obtained."""
        from espalier._usage import describe

        about: dict[str, Any] = describe(self._usage)
        if self._shared:
            about["doubt"] = "other trials ran in the same process: their use is in these figures"
        if self._gpus.missing:
            about["not_measured"] = {"system/gpu_seconds": self._gpus.missing}
        if not self._reporter.pending:  # else the server is away, and this is not worth waiting for it
            with contextlib.suppress(ServerUnreachable):
                self._reporter.annotate({"monitor": about})


def _check(metrics: tuple[str, ...] | None) -> None:
    for name in metrics or ():
        if not (name.startswith("system/gpu") or name.endswith("/")):
            from espalier._usage import NAMES

            if name not in NAMES:
                raise ValueError(f"the monitor has no metric {name!r}; it has {', '.join(NAMES)}, and system/gpu0/ ...")


def _wanted(name: str, metrics: tuple[str, ...]) -> bool:
    return any(name == m or (m.endswith("/") and name.startswith(m)) for m in metrics)
