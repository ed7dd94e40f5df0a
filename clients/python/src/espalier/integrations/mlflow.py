"""Trials as runs of MLflow: params, metrics with their steps, state, and what was decided and why.

from espalier.integrations.mlflow import MLflowCallback

study.optimize(objective, n_trials=100, callbacks=[MLflowCallback("sqlite:///mlflow.db")])
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunStatus, RunTag
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from espalier._trial import TrialState

if TYPE_CHECKING:
    from espalier import types as t
    from espalier._frozen import FrozenTrial
    from espalier._study import Study

__all__ = ["MLflowCallback"]

_BATCH = 1000  # metrics that MLflow takes at once
_BATCH_OF_OTHERS = 100  # params, or tags
_MOST_TEXT = 5000  # characters of a tag's value, as all stores take it
_STRANGE = re.compile(r"[^\w .:/-]", re.ASCII)  # in a key of MLflow

_STATUS = {
    TrialState.COMPLETE: RunStatus.to_string(RunStatus.FINISHED),
    TrialState.PRUNED: RunStatus.to_string(RunStatus.KILLED),
    TrialState.FAIL: RunStatus.to_string(RunStatus.FAILED),
}


class MLflowCallback:
    """A callback for `Study.optimize`: logs each trial that has ended as a run, FINISHED, KILLED (pruned) or FAILED.

    `tracking_uri` is MLflow's, `sqlite:///mlflow.db` say; left out, it is that which MLflow has. The runs are in the
    experiment `experiment_name`, made if it is not there; left out, it is called as the study. If a run is active
    when the callback is made, they are nested below it, in its experiment. The run's metrics are all that the trial
    reported, `system/` ones included, by step, and its result; what was measured without a step has the milliseconds
    since the trial began for a step. Its tags say state and reason: `espalier.study`, `espalier.trial`,
    `espalier.state`, `espalier.prune_reason`, `espalier.decided_by`, `espalier.error`, `espalier.sampled_by`, the
    logged decisions as JSON in `espalier.decisions`, and the trial's user attrs by their own names.

    MLflow's keys have no `@` and `+`: they become `_`. Tags are cut after 5000 characters. ValueError: an experiment
    was named, and a run of another is active.
    """

    def __init__(self, tracking_uri: str | None = None, experiment_name: str | None = None) -> None:
        self._mlflow = MlflowClient(tracking_uri)
        self._experiment_name = experiment_name
        self._experiments: dict[str, str] = {}
        parent = mlflow.active_run()
        self._parent = None if parent is None else parent.info
        if self._parent is not None and experiment_name is not None:
            active = self._mlflow.get_experiment(self._parent.experiment_id).name
            if active != experiment_name:
                raise ValueError(
                    f"The active run is in the experiment {active!r}, and its nested runs are there too, not in "
                    f"{experiment_name!r}: end it, or leave out experiment_name."
                )

    def __call__(self, study: Study, trial: FrozenTrial) -> None:
        """Logs a trial. MlflowException: MLflow cannot."""
        tags = {k: _text(v) for k, v in _tags(study, trial).items()}
        if self._parent is not None:
            tags[MLFLOW_PARENT_RUN_ID] = self._parent.run_id
        run = self._mlflow.create_run(
            self._experiment(study), _ms(trial.datetime_start), run_name=f"{study.study_name}/{trial.number}"
        ).info.run_id
        for some in _batches([RunTag(k, v) for k, v in tags.items()], _BATCH_OF_OTHERS):
            self._mlflow.log_batch(run, tags=some)
        for some in _batches([Param(_key(k), str(v)) for k, v in trial.params.items()], _BATCH_OF_OTHERS):
            self._mlflow.log_batch(run, params=some)
        for some in _batches(_metrics(study, trial), _BATCH):
            self._mlflow.log_batch(run, metrics=some)
        self._mlflow.set_terminated(run, _STATUS[trial.state], _ms(trial.datetime_complete))

    def _experiment(self, study: Study) -> str:
        """The id of the experiment, which is made if need be."""
        if self._parent is not None:
            parent: str = self._parent.experiment_id
            return parent
        name = self._experiment_name or study.study_name
        if name not in self._experiments:
            found = self._mlflow.get_experiment_by_name(name)
            try:
                self._experiments[name] = self._mlflow.create_experiment(name) if found is None else found.experiment_id
            except MlflowException:
                found = self._mlflow.get_experiment_by_name(name)
                if found is None:
                    raise
                self._experiments[name] = found.experiment_id  # another worker was quicker
        return self._experiments[name]


def _tags(study: Study, trial: FrozenTrial) -> dict[str, Any]:
    """What there is to say of a trial that is no number."""
    decision: t.Decision | dict[str, Any] = trial.decision or {}
    decisions = [_short(record) for record in study.client.decisions(study.study_name, trial.number)]
    said = {
        "study": study.study_name,
        "trial": trial.number,
        "state": trial.state.name,
        "sampled_by": trial.sampled_by,
        "feasible": trial.feasible,
        "prune_reason": trial.prune_reason,
        "decided_by": decision.get("decided_by") if trial.state is TrialState.PRUNED else None,
        "error": trial.error,
        "decisions": decisions or None,
    }
    return {_key(k): v for k, v in trial.user_attrs.items()} | {
        f"espalier.{k}": v for k, v in said.items() if v is not None
    }


def _short(record: t.DecisionRecord) -> dict[str, Any]:
    """What matters of a logged decision."""
    short: dict[str, Any] = {
        k: v for k, v in record.items() if k in ("step", "should_prune", "mode", "reason", "decided_by")
    }
    if "explanation" in record:
        short["sentence"] = record["explanation"]["sentence"]
    return short


def _metrics(study: Study, trial: FrozenTrial) -> Iterator[Metric]:
    """All that the trial reported, and its result at the step after the last."""
    began, last = _ms(trial.datetime_start), -1
    for point in study.client.metrics(study.study_name, trial.number):
        at = _ms(datetime.datetime.fromisoformat(point["time"]))
        step = point.get("step", max(0, at - began))
        if "step" in point:
            last = max(last, step)
        for name, value in point["metrics"].items():
            yield Metric(_key(name), float(value), at, step)
    if trial.state is TrialState.COMPLETE and trial.values is not None:
        for name, value in zip(study.metrics, trial.values, strict=True):
            yield Metric(_key(name), value, _ms(trial.datetime_complete), last + 1)


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    some = []
    for item in items:
        some.append(item)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


def _key(name: str) -> str:
    return _STRANGE.sub("_", name)


def _text(value: Any) -> str:
    return (value if isinstance(value, str) else json.dumps(value))[:_MOST_TEXT]


def _ms(time: datetime.datetime | None) -> int:
    """Milliseconds since 1970, now if there is no time."""
    return int((time or datetime.datetime.now()).timestamp() * 1000)
