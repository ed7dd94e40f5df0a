"""What this process and its descendants use, by the names that the agent has for it.

What is not measured is left out, never 0. CPU time and storage traffic of descendants that ended are in their
parent's books where the system keeps such (Linux, BSD); elsewhere what they had used when last seen counts.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import Any

import psutil

from espalier import _server

__all__ = ["NAMES", "Usage"]

CPU_SECONDS = "system/cpu_seconds"
CPU_RATIO = "system/cpu_utilization_ratio"
MEMORY = "system/memory_bytes"
PEAK = "system/peak_memory_bytes"
RSS = "system/rss_bytes"
READ = "system/io_read_bytes"
WRITTEN = "system/io_write_bytes"
THREADS = "system/threads"
PROCESSES = "system/processes"

NAMES = (CPU_SECONDS, CPU_RATIO, MEMORY, PEAK, RSS, READ, WRITTEN, THREADS, PROCESSES)

_BOOKS = not (psutil.MACOS or psutil.WINDOWS)
"""Whether a parent's CPU time has that of its ended children beside it."""

_SIZES = (MEMORY, RSS, THREADS, PROCESSES)
_TOTALS = (CPU_SECONDS, READ, WRITTEN)


class Usage:
    """Measures from its making on. It is for one thread."""

    def __init__(self) -> None:
        self._self = psutil.Process()
        self._width = _processors(self._self)
        self._seen: dict[tuple[int, float], dict[str, float]] = {}
        self._ended = dict.fromkeys(_TOTALS, 0.0)
        self._greatest: dict[str, float] = {}
        self._peak = 0.0
        self._base: dict[str, float] = {}
        self._base = self._totals()
        self._latest = dict.fromkeys(self._base, 0.0)
        self._last = (time.monotonic(), 0.0)

    @property
    def memory(self) -> str:
        """How the memory is measured: `pss` divides shared pages among processes, `rss_sum` counts them in each."""
        return "pss" if psutil.LINUX else "rss_sum"

    def sample(self) -> None:
        """Looks once at everything."""
        for name, total in self._totals().items():
            if name in self._base:
                self._latest[name] = max(self._latest.get(name, 0.0), total - self._base[name])

    def take(self) -> dict[str, float]:
        """Returns what was measured since the last take: totals as they are, sizes at their greatest."""
        self.sample()
        out = {**self._latest, **self._greatest, PEAK: self._peak}
        now, cpu = time.monotonic(), self._latest[CPU_SECONDS]
        if (span := now - self._last[0]) > 0:
            out[CPU_RATIO] = max(0.0, cpu - self._last[1]) / span / self._width
        self._last = (now, cpu)
        self._greatest = {}
        return out

    def _totals(self) -> dict[str, float]:
        """Sums up the living and the ended; notes the sizes on the way."""
        sums: dict[str, float] = {}
        sizes = dict.fromkeys(_SIZES, 0.0)
        seen: dict[tuple[int, float], dict[str, float]] = {}
        for process in self._tree():
            try:
                used = _used(process)
                held = _held(process)
            except psutil.Error:  # it has ended meanwhile, or is another user's
                continue
            seen[process.pid, process.create_time()] = used
            for name, amount in used.items():
                sums[name] = sums.get(name, 0.0) + amount
            for name, amount in held.items():
                sizes[name] += amount
        if not _BOOKS:  # nobody has the books of those that ended
            for key in self._seen.keys() - seen.keys():
                for name, amount in self._seen[key].items():
                    self._ended[name] += amount
            self._seen = seen
            sums = {name: amount + self._ended[name] for name, amount in sums.items()}
        for name, amount in sizes.items():
            self._greatest[name] = max(self._greatest.get(name, 0.0), amount)
        self._peak = max(self._peak, sizes[MEMORY])
        return sums

    def _tree(self) -> list[psutil.Process]:
        """This process and its descendants, but for servers that it started."""
        every = [self._self, *self._self.children(recursive=True)]
        if not _server.processes:
            return every
        return [p for p in every if p.pid not in _server.processes]


def _used(process: psutil.Process) -> dict[str, float]:
    times = process.cpu_times()
    out = {CPU_SECONDS: times.user + times.system + times.children_user + times.children_system}
    try:
        io = process.io_counters()
    except (AttributeError, psutil.AccessDenied):
        return out  # not on macOS; not of a program with other rights
    return {**out, READ: float(io.read_bytes), WRITTEN: float(io.write_bytes)}


def _held(process: psutil.Process) -> dict[str, float]:
    rss = float(process.memory_info().rss)
    memory = rss
    if psutil.LINUX and rss:
        with contextlib.suppress(psutil.AccessDenied):
            memory = float(process.memory_full_info().pss)
    return {MEMORY: memory, RSS: rss, THREADS: float(process.num_threads()), PROCESSES: 1.0}


def _processors(process: psutil.Process) -> int:
    try:
        return len(process.cpu_affinity())
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def describe(usage: Usage) -> dict[str, Any]:
    """How the figures were obtained, to be kept with the trial."""
    return {"accounting": "reaped" if _BOOKS else "sampled", "memory": usage.memory}
