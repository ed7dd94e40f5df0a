"""Which params can be asked for with the trial, so that an objective's suggestions cost no request each."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from espalier._client import Client
from espalier._transport import path
from espalier.distributions import BaseDistribution, from_wire

if TYPE_CHECKING:
    from espalier import types as t

TRUST = 3
"""So many ended trials in a row must have had a parameter, with one distribution, before it is asked ahead.

A wrong guess costs little: a trial is rid of what it does not suggest, and another range is asked for again.
"""


class Ahead:
    """Learns the search space of an objective that suggests as it runs (define-by-run).

    It is what every trial seen so far had in common: at least one of this process, whose script may have changed,
    and `TRUST` together with those of other workers. A parameter that some trial lacks or has with another
    range is never asked ahead again. A study object has one; threads may share it.
    """

    def __init__(self, client: Client, study: str) -> None:
        self._client = client
        self._study = study
        self._lock = threading.Lock()
        self._common: dict[str, BaseDistribution] | None = None
        self._own = 0
        self._trusted = False
        self._reached = 0  # the number of the latest trial of this process

    def space(self) -> dict[str, BaseDistribution]:
        """What to ask ahead; empty while too little is known."""
        with self._lock:
            if not self._trusted and self._own > 0:
                self._trusted = self._own >= TRUST or (self._reached + 1 >= TRUST and self._others_agree())
            return dict(self._common or {}) if self._trusted else {}

    def learn(self, number: int, suggested: Mapping[str, BaseDistribution]) -> None:
        """Takes in what a trial of this process had suggested by its end."""
        with self._lock:
            self._own += 1
            self._reached = max(self._reached, number)
            self._meet(suggested)

    def drop(self, name: str) -> None:
        """Never asks a parameter ahead again."""
        with self._lock:
            if self._common is not None:
                self._common.pop(name, None)

    def _meet(self, suggested: Mapping[str, BaseDistribution]) -> None:
        if self._common is None:
            self._common = dict(suggested)
        else:
            self._common = {k: d for k, d in self._common.items() if suggested.get(k) == d}

    def _others_agree(self) -> bool:
        """Takes in the latest ended trials of the study, whoever worked on them; False if they are too few."""
        answer = self._client.transport.request(
            "GET",
            path("studies", self._study, "trials"),
            query={"state": ["COMPLETE", "PRUNED"], "order_by": "-number", "page_size": TRUST},
        )
        trials: list[t.Trial] = answer.data["trials"]
        for trial in trials:
            self._meet({k: from_wire(d) for k, d in trial["distributions"].items() if k in trial["params"]})
        return len(trials) >= TRUST
