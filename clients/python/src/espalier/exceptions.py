"""What this package raises, and how Optuna calls it."""

from __future__ import annotations

from espalier import _errors
from espalier._errors import *  # noqa: F403
from espalier._errors import EspalierError, StorageUnavailable, StudyExists, TrialFinished

__all__ = [
    *_errors.__all__,
    "DuplicatedStudyError",
    "OptunaError",
    "StorageInternalError",
    "StudyStopped",
    "TrialPruned",
    "UpdateFinishedTrialError",
]


class TrialPruned(EspalierError):
    """To be raised by an objective that obeys `should_prune`: the trial ends as PRUNED, not as FAIL."""


class StudyStopped(EspalierError):
    """The study hands out no more trials: it was stopped, or its budget is used up.

    `reason` is the server's word for it, `budget` say. `Study.optimize` returns instead.
    """

    def __init__(self, study: str, reason: str) -> None:
        super().__init__(study, reason)
        self.study = study
        self.reason = reason

    def __str__(self) -> str:
        return f"The study {self.study!r} hands out no more trials: {self.reason}."


OptunaError = EspalierError
DuplicatedStudyError = StudyExists
StorageInternalError = StorageUnavailable
UpdateFinishedTrialError = TrialFinished
