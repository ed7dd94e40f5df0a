"""What can go wrong, as exceptions whose text says what to do.

Everything raised on purpose is an `EspalierError`. What the server refused is an
`ApiError`, of a subclass where a program may want to tell it from others; the rest
says that no server could be asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

__all__ = [
    "ApiError",
    "CursorExpired",
    "DistributionConflict",
    "EspalierError",
    "FieldError",
    "Forbidden",
    "InvalidRequest",
    "LeaseExpired",
    "LeaseLost",
    "NotEnoughData",
    "NotEspalier",
    "NotFound",
    "PreconditionFailed",
    "RateLimited",
    "ServerFault",
    "ServerNotFound",
    "ServerUnreachable",
    "StorageUnavailable",
    "StudyExists",
    "StudyNotFound",
    "Timeout",
    "TrialFinished",
    "TrialNotFound",
    "TrialNotRunning",
    "Unauthenticated",
    "ValuesMismatch",
    "api_error",
]


class EspalierError(Exception):
    """The base of all exceptions that this package raises on purpose."""


class ServerNotFound(EspalierError):
    """No server was named, none runs at the usual place, and there is no program to start one with."""


class ServerUnreachable(EspalierError):
    """The server did not answer within the time there was for it."""


class Timeout(ServerUnreachable):
    """The server took the request and did not answer in time."""


class NotEspalier(EspalierError):
    """Something answered that is no Espalier server: a wrong URL, or a proxy on the way."""


class LeaseLost(EspalierError):
    """The trial is not this worker's any more: its lease ran out, so the server has it as FAIL.

    End the training; ask for another trial. With `max_retries` the study asks its params again.
    """


class FieldError(TypedDict, total=False):
    """One fault of a request: where (`pointer` into the body, or the `name` of a parameter) and what."""

    pointer: str
    name: str
    detail: str
    code: str


class ApiError(EspalierError):
    """The server refused a request.

    `status` is the HTTP status, `code` the stable code of the problem, `errors` the faults of the
    request one by one, and `trace_id` finds the request in the server's log.
    """

    advice = ""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str = "",
        errors: Sequence[FieldError] = (),
        trace_id: str = "",
    ) -> None:
        super().__init__(status, code, title, detail, errors, trace_id)  # all of it, so that it can be pickled
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = list(errors)
        self.trace_id = trace_id

    def __str__(self) -> str:
        faults = [_fault(e) for e in self.errors]
        parts = [_sentence(self.detail or self.title)]
        parts += [_sentence(f) for f in faults if f and f not in parts[0]]
        if self.status >= 500 and self.trace_id:
            parts.append(f"The server's log says more under the trace id {self.trace_id}.")
        if self.advice:
            parts.append(self.advice)
        return " ".join(parts)


def _fault(error: FieldError) -> str:
    place = error.get("pointer") or error.get("name") or ""
    detail = error.get("detail", "")
    return f"{place}: {detail}" if place else detail


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?" else text + "."


class InvalidRequest(ApiError, ValueError):
    """The request is not what the API takes; `errors` says where."""


class Unauthenticated(ApiError):
    """The server wants a token, and got none or a wrong one."""

    advice = "Give the server's token as token=, or in ESPALIER_TOKEN."


class Forbidden(ApiError):
    """The token may not do this."""

    advice = "Use a token that may."


class NotFound(ApiError):
    """The server has nothing at this path."""

    advice = "Is the server's URL right, its path included, and is the server as new as this client?"


class StudyNotFound(ApiError, KeyError):
    """There is no study of this name."""

    advice = "Create it, or see list_studies() for those there are."


class TrialNotFound(ApiError, KeyError):
    """The study has no trial of this number."""


class StudyExists(ApiError):
    """There is a study of this name already."""

    advice = "Take another name, or load the one that is there with load_if_exists=True."


class TrialNotRunning(ApiError):
    """The trial is not RUNNING, so it takes no reports and no result."""


class LeaseExpired(TrialNotRunning, LeaseLost):
    """The lease ran out: the server has set the trial to FAIL, for good."""

    advice = "Ask for another trial; a longer lease_seconds, or espalier.monitor, keeps one that is silent."


class TrialFinished(ApiError):
    """The trial was told another result before."""


class DistributionConflict(ApiError, ValueError):
    """A parameter was suggested with another distribution before, or a fixed value is outside of it."""


class ValuesMismatch(ApiError, ValueError):
    """The values told are not what the study's objectives want: too many, too few, or not finite."""


class NotEnoughData(ApiError):
    """The study has too few trials yet for what was asked."""


class CursorExpired(ApiError):
    """The events asked for are too old to be there; read all anew."""


class PreconditionFailed(ApiError):
    """The study or trial was changed by another since it was read."""

    advice = "Read it again, and repeat the change."


class RateLimited(ApiError):
    """Too many requests."""


class ServerFault(ApiError):
    """A fault of the server."""


class StorageUnavailable(ApiError):
    """The server cannot write for now: a full or failing disk, or too many writes at once."""

    advice = "Is the server's disk full?"


_BY_CODE: dict[str, type[ApiError]] = {
    "invalid_request": InvalidRequest,
    "malformed_json": InvalidRequest,
    "invalid_page_token": InvalidRequest,
    "unauthenticated": Unauthenticated,
    "forbidden": Forbidden,
    "not_found": NotFound,
    "study_not_found": StudyNotFound,
    "trial_not_found": TrialNotFound,
    "study_exists": StudyExists,
    "trial_not_running": TrialNotRunning,
    "lease_expired": LeaseExpired,
    "trial_finished": TrialFinished,
    "distribution_conflict": DistributionConflict,
    "not_enough_data": NotEnoughData,
    "cursor_expired": CursorExpired,
    "precondition_failed": PreconditionFailed,
    "values_mismatch": ValuesMismatch,
    "internal": ServerFault,
    "storage_unavailable": StorageUnavailable,
}


def api_error(status: int, problem: Mapping[str, Any]) -> ApiError:
    """Makes an exception of a problem document (RFC 9457) with a `code`."""
    code = str(problem["code"])
    kind = _BY_CODE.get(code, RateLimited if status == 429 else ApiError)
    return kind(
        status,
        code,
        str(problem.get("title", code)),
        str(problem.get("detail", "")),
        problem.get("errors", ()),
        str(problem.get("trace_id", "")),
    )
