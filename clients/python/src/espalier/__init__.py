"""Hyperparameter tuning that fits the resources you have: the client of an Espalier server.

A script written for Optuna moves over by one changed import, `import espalier as optuna`.
What is not needed is not loaded: each name below is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Which module a name is from; a name that is a module itself has None.
_LAZY: dict[str, str | None] = {
    # core
    "ApiError": "_errors",
    "Client": "_client",
    "CursorExpired": "_errors",
    "DistributionConflict": "_errors",
    "EspalierError": "_errors",
    "Forbidden": "_errors",
    "InvalidRequest": "_errors",
    "LeaseExpired": "_errors",
    "LeaseLost": "_errors",
    "Monitor": "_monitor",
    "NotEnoughData": "_errors",
    "NotEspalier": "_errors",
    "NotFound": "_errors",
    "PreconditionFailed": "_errors",
    "RateLimited": "_errors",
    "Reporter": "_reporter",
    "ServerFault": "_errors",
    "ServerNotFound": "_errors",
    "ServerUnreachable": "_errors",
    "StorageUnavailable": "_errors",
    "StudyExists": "_errors",
    "StudyNotFound": "_errors",
    "Timeout": "_errors",
    "TrialFinished": "_errors",
    "TrialNotFound": "_errors",
    "TrialNotRunning": "_errors",
    "Unauthenticated": "_errors",
    "ValuesMismatch": "_errors",
    "aio": None,
    "api": None,
    "find_server": "_server",
    "monitor": "_monitor",
    "types": None,
    # the layer that is shaped as Optuna is
    "FrozenTrial": "trial",
    "Study": "study",
    "StudyDirection": "study",
    "StudyStopped": "exceptions",
    "StudySummary": "study",
    "Trial": "trial",
    "TrialPruned": "exceptions",
    "TrialState": "trial",
    "copy_study": "study",
    "create_study": "study",
    "create_trial": "trial",
    "delete_study": "study",
    "distributions": None,
    "exceptions": None,
    "get_all_study_names": "study",
    "get_all_study_summaries": "study",
    "importance": None,
    "load_study": "study",
    "logging": None,
    "pruners": None,
    "samplers": None,
    "study": None,
    "trial": None,
    "visualization": None,
}

_INSTEAD = {
    "integration": "see espalier.integrations",
    "storages": "studies are a server's; leave storage out, or give the server's URL as storage=",
}

if TYPE_CHECKING:
    from espalier import (
        aio as aio,
        api as api,
        distributions as distributions,
        exceptions as exceptions,
        importance as importance,
        logging as logging,
        pruners as pruners,
        samplers as samplers,
        study as study,
        trial as trial,
        types as types,
        visualization as visualization,
    )
    from espalier._client import Client as Client
    from espalier._errors import (
        ApiError as ApiError,
        CursorExpired as CursorExpired,
        DistributionConflict as DistributionConflict,
        EspalierError as EspalierError,
        Forbidden as Forbidden,
        InvalidRequest as InvalidRequest,
        LeaseExpired as LeaseExpired,
        LeaseLost as LeaseLost,
        NotEnoughData as NotEnoughData,
        NotEspalier as NotEspalier,
        NotFound as NotFound,
        PreconditionFailed as PreconditionFailed,
        RateLimited as RateLimited,
        ServerFault as ServerFault,
        ServerNotFound as ServerNotFound,
        ServerUnreachable as ServerUnreachable,
        StorageUnavailable as StorageUnavailable,
        StudyExists as StudyExists,
        StudyNotFound as StudyNotFound,
        Timeout as Timeout,
        TrialFinished as TrialFinished,
        TrialNotFound as TrialNotFound,
        TrialNotRunning as TrialNotRunning,
        Unauthenticated as Unauthenticated,
        ValuesMismatch as ValuesMismatch,
    )
    from espalier._monitor import Monitor as Monitor, monitor as monitor
    from espalier._reporter import Reporter as Reporter
    from espalier._server import find_server as find_server
    from espalier.exceptions import StudyStopped as StudyStopped, TrialPruned as TrialPruned
    from espalier.study import (
        Study as Study,
        StudyDirection as StudyDirection,
        StudySummary as StudySummary,
        copy_study as copy_study,
        create_study as create_study,
        delete_study as delete_study,
        get_all_study_names as get_all_study_names,
        get_all_study_summaries as get_all_study_summaries,
        load_study as load_study,
    )
    from espalier.trial import (
        FrozenTrial as FrozenTrial,
        Trial as Trial,
        TrialState as TrialState,
        create_trial as create_trial,
    )


def __getattr__(name: str) -> Any:
    try:
        module = _LAZY[name]
    except KeyError:
        instead = f": {_INSTEAD[name]}" if name in _INSTEAD else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{instead}") from None
    if module is None:
        return importlib.import_module(f"{__name__}.{name}")
    value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
