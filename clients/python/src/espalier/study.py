"""Studies, with Optuna's names: `create_study`, `load_study`, `Study.optimize`, `Study.ask`, `Study.tell`.

A study is on a server; any number of processes, on any number of machines, may work on it at once.
"""

from __future__ import annotations

import os
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from espalier import logging
from espalier._attrs import shown
from espalier._client import Client
from espalier._doubts import warn_of_doubts
from espalier._frozen import FrozenTrial, local_time
from espalier._study import METRIC_NAMES, Study, StudyDirection
from espalier._trial import TrialState
from espalier.distributions import BaseDistribution
from espalier.pruners import BasePruner
from espalier.samplers import BaseSampler

if TYPE_CHECKING:
    from espalier import types as t

__all__ = [
    "MaxTrialsCallback",
    "Study",
    "StudyDirection",
    "StudySummary",
    "copy_study",
    "create_study",
    "delete_study",
    "get_all_study_names",
    "get_all_study_summaries",
    "load_study",
]

_logger = logging.get_logger("espalier.study")

Direction = Literal["minimize", "maximize"] | StudyDirection
Storage = str | Client | None


def _connect(storage: Storage) -> Client:
    if isinstance(storage, Client):
        return storage
    if storage is not None and not isinstance(storage, str):
        raise TypeError(
            f"storage must be the URL of an Espalier server or an espalier.Client, but is {storage!r}. Leave it out to "
            "work with the server that ESPALIER_SERVER names or that is started here."
        )
    if storage is not None and "://" in storage and not storage.startswith(("http://", "https://")):
        raise ValueError(
            f"storage must be the URL of an Espalier server, but is {storage!r}. Leave it out to work with the one "
            "that ESPALIER_SERVER names or that is started here; `espalier import --optuna` takes over the studies of "
            "an Optuna storage."
        )
    return Client(storage)


def create_study(
    *,
    storage: Storage = None,
    sampler: BaseSampler | None = None,
    pruner: BasePruner | None = None,
    study_name: str | None = None,
    direction: Direction | None = None,
    load_if_exists: bool = False,
    directions: Sequence[Direction] | None = None,
    metric_names: Sequence[str] | None = None,
    search_space: Mapping[str, BaseDistribution] | None = None,
    constraints: Sequence[t.Constraint] | None = None,
    metrics: Mapping[str, t.MetricDeclaration] | None = None,
    budget: t.Budget | None = None,
    stop: t.Stop | None = None,
    max_steps: int | None = None,
    seed: int | None = None,
    lease_seconds: int | None = None,
    max_retries: int | None = None,
    holdout: float | None = None,
    protect: t.Protect | None = None,
    quota: t.Quota | None = None,
    user_attrs: Mapping[str, Any] | None = None,
) -> Study:
    """Makes a study.

    The first arguments are Optuna's. `storage` is the URL of a server, or a `Client`; left out, it is the server that
    ESPALIER_SERVER names, or one that is found or started here. Without a sampler or pruner the study has the server's
    defaults, `auto` and the preset `safe`. The others are the study's on the server, and so the same for all workers:

    * `metric_names` are the names of the objectives' metrics, as `Trial.report` takes them; `value`, or `value_0`, ...,
      if left out.
    * `search_space` declares all parameters beforehand, conditional ones too; else the objective's suggestions do.
    * `constraints` on metrics are judged from what is reported: `[{"metric": "system/cpu_seconds", "op": "<=",
      "bound": 600}]`. `metrics` says more of a metric, its unit and aggregate say.
    * `budget`, `stop`: what ends the study, `{"max_trials": 100, "cpu_seconds": 36000}` say.
    * `max_steps` is how many steps a full trial takes, which some pruners need.
    * `seed`: the same seed gives the same suggestions; the sampler's, if that has one.
    * `lease_seconds`: a trial whose worker is silent for longer is FAIL, but `optimize` and `monitor` are never silent;
      with `max_retries` its params are tried again.
    * `holdout` is the share of trials that no prediction prunes; `protect` and `quota` bound what predictions prune.

    With `load_if_exists` an existing study of this name is returned; a sampler or pruner that is given and is another
    than the study's replaces it, for all workers, and the rest stays as it is.

    StudyExists (Optuna's DuplicatedStudyError): the name is taken. InvalidRequest: the server refused an option.
    ValueError: options contradict each other, or the existing study has other directions or another seed.
    """
    for given, base in ((sampler, BaseSampler), (pruner, BasePruner)):
        if given is not None and not isinstance(given, base):
            raise TypeError(f"{given!r} is none of espalier.{'samplers' if base is BaseSampler else 'pruners'}.")
    wanted = _directions(direction, directions)
    if metric_names is not None and len(metric_names) != len(wanted or [1]):
        raise ValueError("The number of objectives must match the length of the metric names.")
    if sampler is not None and sampler.seed is not None:
        if seed is not None and seed != sampler.seed:
            raise ValueError(f"The study has one seed, but seed is {seed} and the sampler's is {sampler.seed}.")
        seed = sampler.seed
    if sampler is not None and sampler.search_space is not None:
        if search_space is not None:
            raise ValueError("The sampler brings the search space: leave out one of the two.")
        search_space = sampler.search_space
    client = _connect(storage)
    attrs = dict(user_attrs or {})
    if metric_names is not None:
        attrs[METRIC_NAMES] = list(metric_names)
    body: dict[str, Any] = {
        "name": study_name or f"no-name-{os.urandom(16).hex()}",
        "objectives": _objectives(wanted or [StudyDirection.MINIMIZE], metric_names),
        "sampler": sampler and sampler.to_wire(),
        "pruner": pruner and pruner.to_wire(),
        "search_space": search_space and {name: d.to_wire() for name, d in search_space.items()},
        "constraints": constraints and list(constraints),
        "metrics": metrics,
        "budget": budget,
        "stop": stop,
        "max_steps": max_steps,
        "seed": seed,
        "lease_seconds": lease_seconds,
        "max_retries": max_retries,
        "holdout": holdout,
        "protect": protect,
        "quota": quota,
        "user_attrs": attrs,
    }
    asked = {k: v for k, v in body.items() if v is not None}
    wire = client.create_study(asked, load_if_exists=load_if_exists)
    warn_of_doubts(wire, asked)
    study = Study(client, wire)
    if wanted is not None and study.directions != wanted:
        raise ValueError(f"The study {study.study_name!r} exists with other directions: {study.directions}.")
    if not load_if_exists:
        _logger.info("A new study created on %s with name: %s", client.url, study.study_name)
    return _with(study, sampler, pruner)


def _with(study: Study, sampler: BaseSampler | None, pruner: BasePruner | None) -> Study:
    """Gives a study a sampler and a pruner, those that are not None."""
    if sampler is not None:
        study.sampler = sampler
    if pruner is not None:
        study.pruner = pruner
    return study


def _directions(direction: Direction | None, directions: Sequence[Direction] | None) -> list[StudyDirection] | None:
    if direction is not None and directions is not None:
        raise ValueError("Specify only one of `direction` and `directions`.")
    if directions is None:
        return None if direction is None else [_direction(direction)]
    if len(directions) < 1:
        raise ValueError("The number of objectives must be greater than 0.")
    return [_direction(d) for d in directions]


def _direction(direction: Direction) -> StudyDirection:
    if isinstance(direction, StudyDirection) and direction is not StudyDirection.NOT_SET:
        return direction
    if direction == "minimize":
        return StudyDirection.MINIMIZE
    if direction == "maximize":
        return StudyDirection.MAXIMIZE
    raise ValueError(f"Please set either 'minimize' or 'maximize' to direction, not {direction!r}.")


def _objectives(directions: Sequence[StudyDirection], names: Sequence[str] | None) -> list[dict[str, str]]:
    if names is None:
        names = ["value"] if len(directions) == 1 else [f"value_{i}" for i in range(len(directions))]
    return [{"metric": n, "direction": d.name.lower()} for n, d in zip(names, directions, strict=True)]


def load_study(
    *,
    study_name: str | None,
    storage: Storage = None,
    sampler: BaseSampler | None = None,
    pruner: BasePruner | None = None,
) -> Study:
    """Loads a study. With `study_name` None, the only one that the server has.

    A sampler or pruner that is given and is another than the study's replaces it, for all workers. StudyNotFound:
    there is none of this name. ValueError: no name was given, and the server has not exactly one study; or the study
    has another seed than the sampler.
    """
    client = _connect(storage)
    if study_name is None:
        names = get_all_study_names(client)
        if len(names) != 1:
            raise ValueError(f"The server has {len(names)} studies: give study_name, one of {names[:10]}.")
        study_name = names[0]
    return _with(Study(client, client.get_study(study_name)), sampler, pruner)


def delete_study(*, study_name: str, storage: Storage = None) -> None:
    """Deletes a study with its trials, for good. StudyNotFound: there is none of this name."""
    _connect(storage).delete_study(study_name)


def copy_study(
    *,
    from_study_name: str,
    from_storage: Storage = None,
    to_storage: Storage = None,
    to_study_name: str | None = None,
) -> None:
    """Copies a study with everything its trials reported, to another name or another server.

    StudyExists: there is one of this name. StudyNotFound: there is none to copy.
    """
    archive = b"".join(_connect(from_storage).export(from_study_name, table="all"))
    _connect(to_storage).import_study(archive, name=to_study_name or from_study_name)


def get_all_study_names(storage: Storage = None) -> list[str]:
    """Returns the names of all studies of a server, sorted."""
    return [wire["name"] for wire in _connect(storage).list_studies()]


@dataclass(frozen=True)
class StudySummary:
    """A study at a glance. `best_trial` is None for several objectives and before there is one."""

    study_name: str
    directions: list[StudyDirection]
    best_trial: FrozenTrial | None
    user_attrs: dict[str, Any]
    n_trials: int
    datetime_start: datetime | None

    @property
    def direction(self) -> StudyDirection:
        """Which way is better. RuntimeError: the study has several objectives."""
        if len(self.directions) > 1:
            raise RuntimeError("This attribute is not available during multi-objective optimization; see directions.")
        return self.directions[0]


def get_all_study_summaries(storage: Storage = None, include_best_trial: bool = True) -> list[StudySummary]:
    """Returns a summary of each study of a server, by name."""
    client = _connect(storage)
    return [_summary(Study(client, wire), wire, include_best_trial) for wire in client.list_studies()]


def _summary(study: Study, wire: t.Study, include_best_trial: bool) -> StudySummary:
    best = study.best_trials if include_best_trial and len(study.directions) == 1 else []
    return StudySummary(
        study.study_name,
        study.directions,
        best[0] if best else None,
        shown(wire["user_attrs"]),
        sum(wire["trial_counts"].values()),  # type: ignore[arg-type]  # a TypedDict of ints
        local_time(wire["datetime_start"]),
    )


class MaxTrialsCallback:
    """A callback of `Study.optimize` that stops it once the study, over all workers, has so many trials.

    `states` are those that count, all if None.
    """

    def __init__(self, n_trials: int, states: Container[TrialState] | None = (TrialState.COMPLETE,)) -> None:
        self._n_trials = n_trials
        self._states = states

    def __call__(self, study: Study, trial: FrozenTrial) -> None:
        """Counts, and stops the study's optimize."""
        counts: Mapping[str, Any] = study.client.get_study(study.study_name)["trial_counts"]
        if sum(counts[s.name] for s in TrialState if self._states is None or s in self._states) >= self._n_trials:
            study.stop()
