"""A training loop of PyTorch that is pruned between epochs, and measured.

from espalier.integrations.torch import track

def objective(trial):
    model = make(trial)
    for epoch in track(trial, range(20)):
        loss = train_and_validate(model)
        trial.report(loss, epoch)
    return loss
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

import torch
import torch.distributed

from espalier._monitor import Monitor
from espalier._trial import BaseTrial, Trial
from espalier.exceptions import TrialPruned
from espalier.integrations._common import verdict

__all__ = ["from_rank_zero", "track"]

T = TypeVar("T")


def track(
    trial: BaseTrial, epochs: Iterable[int], *, samples: int | None = None, system_metrics: bool = False
) -> Iterator[int]:
    """Yields the epochs of a training, and ends it by TrialPruned, with the reason, where the server says so.

    After each epoch it reports at the step of that number, beside what the loop itself reports:

    * `epoch_seconds`, the wall time of the loop's body;
    * `samples_per_second`, if `samples` says how many an epoch processes;
    * `cuda_peak_bytes`, the most that tensors took on the current CUDA device within the epoch, if CUDA is in use.

    With `system_metrics`, `espalier.monitor` runs as long as the loop.

    In a process group of torch.distributed all ranks end at the same epoch, by the answer that rank 0 has. Rank 0
    gives the trial; every other gives `espalier.trial.FixedTrial(params)`, as it has the params from rank 0, and
    reports nothing.
    """
    if samples is not None and samples <= 0:
        raise ValueError(f"samples is how many an epoch processes, and must be above 0, not {samples!r}.")
    running = trial if isinstance(trial, Trial) else None
    monitor = Monitor(running) if system_metrics and running is not None else None
    if monitor is not None:
        monitor.start()
    try:
        for epoch in epochs:
            meter = _Meter()
            yield epoch
            if running is not None:
                running.reporter.report(step=epoch, metrics=meter.read(samples), source="torch")
            reason = from_rank_zero(None if running is None else verdict(running))
            if reason is not None:
                raise TrialPruned(reason)
    finally:
        if monitor is not None:
            monitor.stop()


class _Meter:
    """Measures an epoch."""

    def __init__(self) -> None:
        self._cuda = torch.cuda.is_available() and torch.cuda.is_initialized()
        if self._cuda:
            torch.cuda.reset_peak_memory_stats()
        self._began = time.perf_counter()

    def read(self, samples: int | None) -> dict[str, float]:
        if self._cuda:
            torch.cuda.synchronize()  # the work was only queued
        seconds = time.perf_counter() - self._began
        metrics = {"epoch_seconds": seconds}
        if samples is not None and seconds > 0:
            metrics["samples_per_second"] = samples / seconds
        if self._cuda:
            metrics["cuda_peak_bytes"] = float(torch.cuda.max_memory_allocated())
        return metrics


def from_rank_zero(value: T) -> T:
    """Returns what rank 0 of the default process group has; the value itself without a group.

    All ranks must call it.
    """
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return value
    values = [value]
    torch.distributed.broadcast_object_list(values, src=0)
    return values[0]
