"""Learning curves as the server has them."""

from __future__ import annotations

import json
import threading

from espalier._client import Client
from espalier._frozen import Curve


def read_curve(client: Client, study: str, number: int, metric: str) -> Curve:
    """What one trial reported of a metric, by step."""
    curve: dict[int, float] = {}
    for point in client.metrics(study, number, names=[metric]):
        if "step" in point:
            curve.setdefault(point["step"], float(point["metrics"][metric]))
    return curve


class Curves:
    """What all trials of a study reported of a metric, read at once when the first is asked for."""

    def __init__(self, client: Client, study: str, metric: str) -> None:
        self._client = client
        self._study = study
        self._metric = metric
        self._lock = threading.Lock()
        self._curves: dict[int, dict[int, float]] | None = None

    def of(self, number: int) -> Curve:
        """The curve of one trial; empty if it reported none."""
        with self._lock:
            if self._curves is None:
                self._curves = self._read()
        return self._curves.get(number, {})

    def _read(self) -> dict[int, dict[int, float]]:
        curves: dict[int, dict[int, float]] = {}
        for line in b"".join(self._client.export(self._study, table="metrics", format="jsonl")).splitlines():
            row = json.loads(line)
            if row["metric"] == self._metric and "step" in row:
                curves.setdefault(row["trial"], {}).setdefault(row["step"], float(row["value"]))
        return curves
