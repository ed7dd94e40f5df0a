"""What the callbacks of all training libraries do: report, obey, measure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from espalier._monitor import Monitor
from espalier._trial import BaseTrial, Trial
from espalier.exceptions import TrialPruned

if TYPE_CHECKING:
    from espalier._study import Study

__all__ = ["Training", "floats", "verdict"]

_MOST_METRICS = 256  # that the server takes in one report
_MOST_NAME = 128  # characters
_STRANGE = re.compile(r"[^A-Za-z0-9_.:@/+-]|^[^A-Za-z0-9_]")  # in a metric's name


class Training:
    """One training of a trial.

    `monitor` is the library's name of the metric that is the study's objective; with `system_metrics`,
    `espalier.monitor` measures the training. A `FixedTrial` or a `FrozenTrial` is trained without a report.
    ValueError: the study has several objectives, none of which is called so.
    """

    def __init__(self, trial: BaseTrial, monitor: str, *, system_metrics: bool = False) -> None:
        if not isinstance(trial, BaseTrial):
            raise TypeError(f"trial must be a trial of Espalier, but is {trial!r}.")
        self.trial = trial
        self.monitor = monitor
        self._running = trial if isinstance(trial, Trial) else None
        self._objective = monitor if self._running is None else _objective(self._running.study, monitor)
        self._measured = system_metrics
        self._measuring: Monitor | None = None
        self._reported = False
        self._others: Sequence[str] = ()

    def begin(self) -> None:
        """Begins to measure, unless it does already."""
        if self._measured and self._running is not None and self._measuring is None:
            self._measuring = Monitor(self._running)
            self._measuring.start()

    def end(self) -> None:
        """Ends measuring. ValueError: other metrics came, and the one to monitor never did."""
        self._stop()
        if self._others and not self._reported:
            raise ValueError(
                f"The training has no metric {self.monitor!r} to monitor; it has {', '.join(sorted(self._others))}."
            )

    def report(self, metrics: Mapping[str, float], step: int) -> None:
        """Reports what was measured at a step, if the monitored metric is among it."""
        if self.monitor not in metrics:
            self._others = self._others or list(metrics)
            return
        self._reported = True
        if self._running is None:
            return
        others = {_name(k): v for k, v in metrics.items() if k != self.monitor}
        most = dict(islice(others.items(), _MOST_METRICS - 1))
        self._running.report(most | {self._objective: metrics[self.monitor]}, step)

    @property
    def verdict(self) -> str | None:
        """Why the trial is to be pruned; see `verdict`."""
        return None if self._running is None else verdict(self._running)

    def obey(self, verdict: str | None) -> None:
        """Raises TrialPruned if there is a reason to."""
        if verdict is not None:
            self._stop()
            raise TrialPruned(verdict)

    def asked_again(self) -> str | None:
        """The verdict by an answer of now: for a process that has not made the reports itself."""
        if self._running is not None:
            self._running.reporter.heartbeat()
        return self.verdict

    def _stop(self) -> None:
        if self._measuring is not None:
            self._measuring.stop()
            self._measuring = None


def _objective(study: Study, monitor: str) -> str:
    """The name that the monitored metric has in the study."""
    if monitor in study.metrics:
        return monitor
    if len(study.metrics) > 1:
        raise ValueError(
            f"The study has several objectives, {', '.join(study.metrics)}; monitor one of them, not {monitor!r}."
        )
    return study.metric


def _name(name: str) -> str:
    """A metric's name as the server takes it."""
    return _STRANGE.sub("_", name)[:_MOST_NAME]


def verdict(trial: Trial) -> str | None:
    """Why a trial is to be pruned, by the server's latest answer; None while it is not. LeaseLost: it is lost."""
    return trial.prune_reason if trial.should_prune() else None


def floats(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Those of the metrics that are single numbers."""
    numbers = {}
    for name, value in metrics.items():
        if isinstance(value, str):
            continue
        try:
            numbers[name] = float(value)
        except (TypeError, ValueError):
            continue  # a tensor of several, say
    return numbers
