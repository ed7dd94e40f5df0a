"""What the GPUs of a process do, as nvidia-smi says it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time

__all__ = ["GPUs"]

_FIELDS = (
    ("utilization_ratio", "utilization.gpu", 0.01),
    ("memory_bytes", "memory.used", 2.0**20),
    ("power_watts", "power.draw", 1.0),
)
_PATIENCE = 10.0  # seconds


class GPUs:
    """The GPUs that CUDA_VISIBLE_DEVICES names, all of them if it is not set. It is for one thread.

    They are numbered as the process numbers them: `system/gpu0` is its first. The CPU time of nvidia-smi itself,
    some hundredths of a second a look, counts as this process's.
    """

    def __init__(self) -> None:
        self._program = shutil.which("nvidia-smi")
        self._began = time.monotonic()
        self._chosen = [v.strip() for v in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if v.strip()]
        self.missing = ""
        if self._program is None:
            self.missing = "there is no nvidia-smi"
        elif os.environ.get("CUDA_VISIBLE_DEVICES") == "" or self._chosen[:1] == ["-1"]:
            self.missing = "CUDA_VISIBLE_DEVICES names no GPU"

    def take(self) -> dict[str, float]:
        """Returns the figures of each GPU as they are now, and `system/gpu_seconds`; empty if there are none."""
        if self.missing or self._program is None:
            return {}
        query = "index,uuid," + ",".join(field for _, field, _ in _FIELDS)
        try:
            done = subprocess.run(
                [self._program, f"--query-gpu={query}", "--format=csv,noheader,nounits"],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE, check=True,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as e:
            self.missing = f"nvidia-smi fails: {e}"
            return {}
        rows = [[cell.strip() for cell in line.split(",")] for line in done.stdout.splitlines()]
        rows = [row for row in rows if len(row) == len(_FIELDS) + 2]
        if self._chosen:
            rows = [row for name in self._chosen for row in rows if name == row[0] or row[1].startswith(name)]
        if not rows:
            return {}
        out = {"system/gpu_seconds": (time.monotonic() - self._began) * len(rows)}
        for i, row in enumerate(rows):
            for (name, _, unit), cell in zip(_FIELDS, row[2:], strict=True):
                try:
                    out[f"system/gpu{i}/{name}"] = float(cell) * unit
                except ValueError:  # [N/A]
                    continue
        return out
