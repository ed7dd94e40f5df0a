"""MLflow's own store, in SQLite."""

from __future__ import annotations

import json
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

import espalier
from espalier import Trial, TrialPruned
from espalier.integrations.mlflow import MLflowCallback
from tests.integrations.conftest import AT_STEP_2, MakeStudy


@pytest.fixture
def uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)  # where artifacts would go
    return f"sqlite:///{tmp_path}/mlflow.db"


def runs(uri: str, experiment: str) -> list[Run]:
    client = MlflowClient(uri)
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    return sorted(client.search_runs([found.experiment_id]), key=lambda run: int(run.data.tags["espalier.trial"]))


def objective(trial: Trial) -> float:
    x = trial.suggest_float("x", 0, 1)
    trial.set_user_attr("host@home", {"gpus": 0})
    for step in range(4):
        trial.report({"value": x + step, "accuracy@1": 0.5}, step)
        if trial.number == 1 and trial.should_prune():
            raise TrialPruned(trial.prune_reason)
    if trial.number == 2:
        raise ArithmeticError("diverged")
    return x


def test_trials_become_runs_with_params_curves_state_and_reason(study: MakeStudy, uri: str) -> None:
    of = study(pruner=AT_STEP_2)
    of.optimize(objective, n_trials=3, catch=ArithmeticError, callbacks=[MLflowCallback(uri)])
    complete, pruned, failed = runs(uri, of.study_name)
    trials = of.trials

    assert [run.info.status for run in (complete, pruned, failed)] == ["FINISHED", "KILLED", "FAILED"]
    assert [run.info.run_name for run in (complete, pruned, failed)] == [f"{of.study_name}/{n}" for n in range(3)]
    assert float(complete.data.params["x"]) == trials[0].params["x"]
    history = MlflowClient(uri).get_metric_history(complete.info.run_id, "value")
    assert [(m.step, m.value) for m in history] == [
        (step, pytest.approx(value)) for step, value in [*trials[0].intermediate_values.items(), (4, trials[0].value)]
    ]
    assert complete.data.metrics["accuracy_1"] == 0.5
    assert json.loads(complete.data.tags["host_home"]) == {"gpus": 0}

    assert trials[0].datetime_start is not None
    assert complete.info.start_time == pytest.approx(trials[0].datetime_start.timestamp() * 1000, abs=2)
    assert complete.info.end_time >= complete.info.start_time

    tags = pruned.data.tags
    assert tags["espalier.state"] == "PRUNED"
    assert tags["espalier.prune_reason"] == trials[1].prune_reason
    assert tags["espalier.decided_by"] == "threshold"
    (decision,) = json.loads(tags["espalier.decisions"])
    assert decision.items() >= {"step": 2, "should_prune": True, "mode": "enforce"}.items()
    assert decision["sentence"] == trials[1].prune_reason

    assert "ArithmeticError: diverged" in failed.data.tags["espalier.error"]
    assert "espalier.prune_reason" not in failed.data.tags


def test_system_metrics_are_metrics_of_the_run(study: MakeStudy, uri: str) -> None:
    def measured(trial: Trial) -> float:
        with espalier.monitor(trial, metrics=["system/cpu_seconds"]):
            return 1.0

    of = study()
    of.optimize(measured, n_trials=1, callbacks=[MLflowCallback(uri, experiment_name="all of ours")])
    (run,) = runs(uri, "all of ours")
    assert run.data.metrics["system/cpu_seconds"] >= 0
    assert run.data.tags["espalier.study"] == of.study_name


def test_threads_log_at_once_into_one_experiment(study: MakeStudy, uri: str) -> None:
    of = study()
    of.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=6, n_jobs=3, callbacks=[MLflowCallback(uri)])
    assert [run.data.tags["espalier.trial"] for run in runs(uri, of.study_name)] == ["0", "1", "2", "3", "4", "5"]


def test_below_an_active_run_trials_are_nested(study: MakeStudy, tmp_path: Path, uri: str) -> None:
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("tuning")
    of = study()
    with mlflow.start_run() as parent:
        of.optimize(lambda trial: 1.0, n_trials=1, callbacks=[MLflowCallback()])
        with pytest.raises(ValueError, match="active run is in the experiment 'tuning'.*not in 'another'"):
            MLflowCallback(experiment_name="another")
    client = MlflowClient(uri)
    (run,) = client.search_runs([parent.info.experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert run.data.tags["espalier.study"] == of.study_name


def test_a_long_curve_is_logged_whole(study: MakeStudy, uri: str) -> None:
    def long(trial: Trial) -> float:
        for step in range(1001):
            trial.report(float(step), step)
        return 0.0

    of = study()
    of.optimize(long, n_trials=1, callbacks=[MLflowCallback(uri)])
    (run,) = runs(uri, of.study_name)
    history = MlflowClient(uri).get_metric_history(run.info.run_id, "value")
    assert [m.step for m in history] == list(range(1002))
