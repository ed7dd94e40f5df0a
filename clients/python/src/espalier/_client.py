"""The API, one method for each operation, in plain dictionaries.

`Client` is what everything else here is made of. Its answers have the members that the API's
document describes; see `espalier.types` for their types.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from espalier._transport import Event, Query, Transport, path

if TYPE_CHECKING:
    from espalier import types as t

__all__ = ["Client"]


class Client:
    """A client of one server.

    `url` is the server's; left out, it is found or started as `espalier.find_server` says. `token` is
    left out for ESPALIER_TOKEN. `timeout` is how many seconds an answer may take, `retry_seconds` how
    long a call is repeated while the server is away; no call is repeated that could do something twice.

    A client may be shared by threads, pickled, and used after a fork. Every method raises ApiError for
    what the server refuses, ServerUnreachable, Timeout, and NotEspalier.
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
        return f"Client({self.url!r})"

    def close(self) -> None:
        """Closes the connections that are kept. The next call opens one again."""
        self.transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # studies

    def create_study(self, study: Mapping[str, Any], *, load_if_exists: bool = False) -> t.Study:
        """Creates a study; `study` has the members of the API's StudyCreate, of which only `name` must be there.

        With `load_if_exists` a study of that name is returned as it is. Raises StudyExists.
        """
        query = {"load_if_exists": True} if load_if_exists else None
        return self._make("/v1/studies", study, query=query)

    def get_study(self, study: str) -> t.Study:
        """Returns a study. Raises StudyNotFound."""
        return self._get(path("studies", study))

    def list_studies(self, *, prefix: str | None = None) -> Iterator[t.Study]:
        """Yields the studies by name, those whose name starts with `prefix`."""
        return self._pages("/v1/studies", "studies", {"prefix": prefix})

    def update_study(self, study: str, changes: Mapping[str, Any], *, etag: str | None = None) -> t.Study:
        """Changes a study by a merge patch, in which None removes; with `etag` only if it still is at that version."""
        return self._patch(path("studies", study), changes, etag)

    def delete_study(self, study: str) -> None:
        """Deletes a study with its trials, for good. Raises StudyNotFound."""
        return self._send("DELETE", path("studies", study))

    def stop_study(self, study: str) -> t.Study:
        """Stops a study: asks hand out no more trials, running ones may go on and are told to end."""
        return self._post(path("studies", study, "stop"))

    def resume_study(self, study: str) -> t.Study:
        """Lets a stopped study go on."""
        return self._post(path("studies", study, "resume"))

    def transfer(self, study: str, source: str, *, use: str, count: int | None = None) -> t.TransferResult:
        """Takes over the `history`, or the params of the `best` trials, of the study `source`."""
        return self._make(
            path("studies", study, "transfer"), _without_none({"from": source, "use": use, "count": count})
        )

    # workers

    def ask(
        self,
        study: str,
        *,
        count: int | None = None,
        search_space: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        worker: str | None = None,
        lease_seconds: int | None = None,
        max_steps: int | None = None,
    ) -> t.AskResponse:
        """Asks for trials to work on, one unless `count` (to 1000) says more.

        The answer's `trials` may be fewer: with `stop` no more will come, else `retry_after` says in how many
        seconds to ask again.
        """
        body = _without_none({
            "count": count, "search_space": search_space, "params": params, "worker": worker,
            "lease_seconds": lease_seconds, "max_steps": max_steps,
        })  # fmt: skip
        return self._make(path("studies", study, "ask"), body)

    def suggest(
        self, study: str, number: int, search_space: Mapping[str, Any], *, replace: bool = False
    ) -> t.SuggestResponse:
        """Suggests further params for a running trial; returns all of its params, and `warnings`.

        Raises DistributionConflict if a name was suggested with another distribution, unless it is to `replace` it.
        """
        body = {"search_space": search_space, "replace": replace}
        return self._post(path("studies", study, "trials", number, "suggest"), body)

    def report(self, study: str, number: int, report: Mapping[str, Any], *, explain: bool = False) -> t.Decision:
        """Reports what a trial measured; returns the decision, with `should_prune`.

        `report` has the members of the API's Report. One with neither `step` nor `seq` is not repeated when the
        connection fails. `espalier.Reporter` also bridges the time in which a server is away.
        """
        return self._post(
            path("studies", study, "trials", number, "report"),
            report,
            query={"explain": True} if explain else None,
            repeatable="step" in report or "seq" in report,
        )

    def report_batch(self, study: str, reports: Iterable[Mapping[str, Any]]) -> list[t.ReportResult]:
        """Reports for many trials; returns for each report a `decision` or a `problem`."""
        batch = list(reports)
        keyed = all("step" in r or "seq" in r for r in batch)
        return self._post(path("studies", study, "reports"), {"reports": batch}, repeatable=keyed, member="results")

    def tell(self, study: str, number: int, result: Mapping[str, Any] | None = None) -> t.Trial:
        """Ends a trial; `result` has the members of the API's Tell. Left out, the values are those reported."""
        return self._post(path("studies", study, "trials", number, "tell"), result)

    def tell_batch(self, study: str, results: Iterable[Mapping[str, Any]]) -> list[t.TellResult]:
        """Ends many trials; returns for each a `trial` or a `problem`."""
        return self._post(path("studies", study, "tells"), {"tells": list(results)}, member="results")

    def heartbeat(self, study: str, number: int) -> t.Decision:
        """Renews a running trial's lease; returns the decision as of now."""
        return self._post(path("studies", study, "trials", number, "heartbeat"))

    def release(self, study: str, number: int) -> t.Trial:
        """Gives a running trial back: it is WAITING, for the next ask. It is never sent twice."""
        return self._post(path("studies", study, "trials", number, "release"), repeatable=False)

    def decision(
        self, study: str, number: int, *, explain: bool = False, step: int | None = None, wait_seconds: int = 0
    ) -> t.Decision:
        """Returns the current decision; waits up to `wait_seconds` (to 60) for one that prunes."""
        query: Query = {"explain": explain or None, "step": step, "wait_seconds": wait_seconds or None}
        timeout = self.transport.timeout + wait_seconds
        return self._get(path("studies", study, "trials", number, "decision"), query, timeout=timeout)

    # trials

    def create_trial(self, study: str, trial: Mapping[str, Any]) -> t.Trial:
        """Enqueues a trial, or adds a finished one; `trial` has the members of the API's TrialCreate."""
        return self._make(path("studies", study, "trials"), trial)

    def get_trial(self, study: str, number: int) -> t.Trial:
        """Returns a trial. Raises TrialNotFound."""
        return self._get(path("studies", study, "trials", number))

    def update_trial(
        self, study: str, number: int, user_attrs: Mapping[str, Any], *, etag: str | None = None
    ) -> t.Trial:
        """Changes a trial's user attrs, in which None removes."""
        return self._patch(path("studies", study, "trials", number), {"user_attrs": user_attrs}, etag)

    def trials(
        self,
        study: str,
        *,
        states: Iterable[str] | None = None,
        feasible: bool | None = None,
        order_by: str | None = None,
    ) -> Iterator[t.Trial]:
        """Yields a study's trials, fetched as they are read.

        `order_by` is one of number, value (best first), datetime_complete, and with a `-` their reverses.
        """
        query: Query = {"state": states, "feasible": feasible, "order_by": order_by}
        return self._pages(path("studies", study, "trials"), "trials", query)

    def prune(self, study: str, number: int) -> t.Decision:
        """Asks a running trial to stop, as an operator does; its worker learns of it from its next call."""
        return self._post(path("studies", study, "trials", number, "prune"))

    def metrics(self, study: str, number: int, *, names: Iterable[str] | None = None) -> Iterator[t.MetricPoint]:
        """Yields the points a trial reported, in order of arrival; a name that ends in `/` takes all that start so."""
        return self._pages(path("studies", study, "trials", number, "metrics"), "points", {"name": names})

    def decisions(
        self, study: str, number: int | None = None, *, mode: str | None = None
    ) -> Iterator[t.DecisionRecord]:
        """Yields the logged decisions of a trial, or those of all trials, of a `mode`: enforce, shadow or spared."""
        if number is None:
            return self._pages(path("studies", study, "decisions"), "decisions", {"mode": mode})
        if mode is not None:
            raise ValueError("mode is for the decisions of all trials")
        return self._pages(path("studies", study, "trials", number, "decisions"), "decisions", {})

    # analysis

    def best(self, study: str) -> list[t.Trial]:
        """Returns the best trial, or the Pareto front of several objectives; empty before there is one."""
        return self._get(path("studies", study, "best"), member="trials")

    def importances(self, study: str, *, metric: str | None = None, method: str | None = None) -> t.Importances:
        """Returns which parameters a metric depends on, by `ped_anova` or `fanova`. Raises NotEnoughData."""
        return self._get(path("studies", study, "importances"), {"metric": metric, "method": method})

    def savings(self, study: str, *, co2_grams_per_kwh: float | None = None) -> t.Savings:
        """Returns what pruning saved, and what it risked."""
        return self._get(path("studies", study, "savings"), {"co2_grams_per_kwh": co2_grams_per_kwh})

    def replay(self, study: str, request: Mapping[str, Any], *, timeout: float | None = None) -> t.ReplayResponse:
        """Returns what other pruners would have saved and lost; `request` is the API's ReplayRequest."""
        return self._post(path("studies", study, "replay"), request, timeout=timeout)

    def events(self, study: str, *, trial: int | None = None, after: int | None = None) -> Generator[Event, None, None]:
        """Yields what changes in a study as it happens, for ever; `after` is the revision to resume after."""
        return self.transport.events(path("studies", study, "events"), query={"trial": trial}, after=after)

    def export(self, study: str, *, table: str = "trials", format: str | None = None) -> Iterator[bytes]:
        """Yields the rows of a table: `trials`, `metrics` or `decisions` as `csv` or `jsonl`, or `all`, an archive.

        The pieces are as they come, not lines.
        """
        return self._stream(path("studies", study, "export"), {"table": table, "format": format})

    # the server

    def samplers(self) -> list[t.CatalogueEntry]:
        """Returns the samplers of the server, with their options."""
        return self._get("/v1/samplers", member="samplers")

    def pruners(self) -> list[t.CatalogueEntry]:
        """Returns the pruners of the server, with their options."""
        return self._get("/v1/pruners", member="pruners")

    def import_study(self, archive: str | os.PathLike[str] | bytes | BinaryIO, *, name: str | None = None) -> t.Study:
        """Makes a study of an archive, which `export(table="all")` gave: a path, its bytes, or an open file."""
        if isinstance(archive, bytes):
            data = archive
        elif isinstance(archive, (str, os.PathLike)):
            data = Path(archive).read_bytes()
        else:
            data = archive.read()
        return self._send("POST", "/v1/import", data, query={"name": name}, content_type="application/x-ndjson")

    def backup(self) -> Iterator[bytes]:
        """Yields a consistent copy of the server's database, an SQLite file."""
        return self._stream("/v1/backup")

    def version(self) -> t.Version:
        """Returns the server's `version` and the `api`'s."""
        return self._get("/v1/version")

    def ready(self) -> bool:
        """Says whether the server can serve now; asks once."""
        from espalier._errors import EspalierError

        try:
            self.transport.request("GET", "/readyz", retry_seconds=0.0)
        except EspalierError:
            return False
        return True

    def _get(self, where: str, query: Query | None = None, **options: Any) -> Any:
        return self._send("GET", where, query=query, **options)

    def _post(self, where: str, body: Any = None, *, repeatable: bool = True, **options: Any) -> Any:
        return self._send("POST", where, body, repeatable=repeatable, **options)

    def _make(self, where: str, body: Any, **options: Any) -> Any:
        return self._send("POST", where, body, idempotency_key=os.urandom(16).hex(), **options)

    def _patch(self, where: str, body: Any, etag: str | None) -> Any:
        headers = None if etag is None else {"If-Match": etag}
        return self._send("PATCH", where, body, headers=headers, content_type="application/merge-patch+json")

    def _send(self, method: str, where: str, body: Any = None, *, member: str | None = None, **options: Any) -> Any:
        """Sends a request; returns what the answer says, or a member of it."""
        data = self.transport.request(method, where, body, **options).data
        return data if member is None else data[member]

    def _stream(self, where: str, query: Query | None = None) -> Iterator[Any]:
        with self.transport.stream(where, query=query) as pieces:
            yield from pieces

    def _pages(self, where: str, member: str, query: Query) -> Iterator[Any]:
        token = None
        while True:
            page = self._get(where, {**query, "page_size": 1000, "page_token": token})
            yield from page[member]
            token = page.get("next_page_token")
            if token is None:
                return


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in members.items() if v is not None}
