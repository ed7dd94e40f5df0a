"""The whole API as generated from its document: a module an operation, models as classes.

    from espalier import api

    with api.connect() as client:
        answer = api.ask_trials.sync(client=client, study="mnist", body=api.models.AskRequest(count=4))

Each operation's module has `sync` and `asyncio`, which return the answer, and `sync_detailed` and
`asyncio_detailed`, which return the response with it. What the server refuses is a `models.Problem`. There are no
retries; a float that is not finite is one of the words "NaN", "Infinity" and "-Infinity". The stream of events is
not of use here: `Client.events` reads it.

It needs httpx and attrs: `pip install 'espalier-client[api]'`.
"""

from __future__ import annotations

import os

try:
    from espalier._generated import AuthenticatedClient, Client, errors, models, types
    from espalier._generated.api.analysis import (
        export_study,
        get_best_trials,
        get_importances,
        get_savings,
        list_study_decisions,
        replay_study,
    )
    from espalier._generated.api.catalogue import list_pruners, list_samplers
    from espalier._generated.api.events import stream_events
    from espalier._generated.api.ops import backup, get_version, healthz, import_study, readyz
    from espalier._generated.api.studies import (
        create_study,
        delete_study,
        get_study,
        list_studies,
        resume_study,
        stop_study,
        transfer_study,
        update_study,
    )
    from espalier._generated.api.trials import (
        create_trial,
        get_trial,
        list_decisions,
        list_metrics,
        list_trials,
        prune_trial,
        update_trial,
    )
    from espalier._generated.api.workers import (
        ask_trials,
        get_decision,
        heartbeat_trial,
        release_trial,
        report_batch,
        report_trial,
        suggest_params,
        tell_batch,
        tell_trial,
    )
except ModuleNotFoundError as e:
    if e.name not in ("attr", "attrs", "httpx"):
        raise
    raise ImportError(f"espalier.api needs {e.name}: pip install 'espalier-client[api]'") from e

__all__ = [
    "AuthenticatedClient",
    "Client",
    "ask_trials",
    "backup",
    "connect",
    "create_study",
    "create_trial",
    "delete_study",
    "errors",
    "export_study",
    "get_best_trials",
    "get_decision",
    "get_importances",
    "get_savings",
    "get_study",
    "get_trial",
    "get_version",
    "healthz",
    "heartbeat_trial",
    "import_study",
    "list_decisions",
    "list_metrics",
    "list_pruners",
    "list_samplers",
    "list_studies",
    "list_study_decisions",
    "list_trials",
    "models",
    "prune_trial",
    "readyz",
    "release_trial",
    "replay_study",
    "report_batch",
    "report_trial",
    "resume_study",
    "stop_study",
    "stream_events",
    "suggest_params",
    "tell_batch",
    "tell_trial",
    "transfer_study",
    "types",
    "update_study",
    "update_trial",
]


def connect(url: str | None = None, token: str | None = None) -> Client | AuthenticatedClient:
    """Returns a client of a server: found as `espalier.find_server` says and with ESPALIER_TOKEN, if left out."""
    if url is None:
        from espalier._server import find_server

        url = find_server()
    token = token or os.environ.get("ESPALIER_TOKEN")
    return AuthenticatedClient(url, token) if token else Client(url)
