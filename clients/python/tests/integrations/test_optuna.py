"""Optuna's own studies, with this package's sampler and pruner, against the real server."""

from __future__ import annotations

import math
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages.journal import JournalFileBackend

import espalier
from espalier import Client
from espalier.integrations import optuna as adapter
from espalier.integrations.optuna import EspalierCallback, EspalierPruner, EspalierSampler
from tests.conftest import Server

optuna.logging.set_verbosity(optuna.logging.ERROR)


@pytest.fixture(autouse=True)
def _environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESPALIER_SERVER", server.url)


@pytest.fixture
def storage(tmp_path: Path) -> optuna.storages.BaseStorage:
    """A storage on disk, as people have it."""
    return optuna.storages.JournalStorage(JournalFileBackend(str(tmp_path / "optuna.log")))


def quadratic(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", 0, 1)
    trial.suggest_int("layers", 1, 8, log=True)
    trial.suggest_categorical("kind", ["a", None, True, 3])
    trial.suggest_float("rate", 0, 1, step=0.25)
    return (x - 0.3) ** 2


def curve(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", 0, 1)
    for step in range(6):
        trial.report(x + 1 / (step + 1), step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return x


def test_the_example_of_the_docstring_runs(client: Client) -> None:
    assert adapter.__doc__ is not None
    code = adapter.__doc__.split("\n\n", 1)[1].split("\n\nThe study on the server")[0]
    scope: dict[str, object] = {}
    exec(textwrap.dedent(code), scope)
    study = scope["study"]
    assert isinstance(study, optuna.Study)
    assert len(study.trials) == 20
    assert sum(client.get_study("optuna-example")["trial_counts"].values()) == 20  # type: ignore[arg-type]


def test_the_server_suggests_and_is_told(storage: optuna.storages.BaseStorage, name: str, client: Client) -> None:
    sampler = EspalierSampler(sampler=espalier.samplers.RandomSampler(seed=3))
    study = optuna.create_study(study_name=name, storage=storage, sampler=sampler)
    study.optimize(quadratic, n_trials=6)
    theirs = {t["number"]: t for t in client.trials(name)}
    assert len(theirs) == 6
    for trial in study.trials:
        there = theirs[trial.system_attrs["espalier:trial"]]
        assert there["params"] == trial.params
        assert there["state"] == "COMPLETE"
        assert there["values"] == pytest.approx(trial.values)
        assert there["sampled_by"] == "random"


def test_params_in_common_cost_one_request(
    storage: optuna.storages.BaseStorage, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = optuna.create_study(study_name=name, storage=storage, sampler=EspalierSampler())
    study.optimize(quadratic, n_trials=1)
    singly: list[object] = []
    there = EspalierSampler.sample_independent

    def noted(*args: Any) -> Any:
        singly.append(args)
        return there(*args)

    monkeypatch.setattr(EspalierSampler, "sample_independent", noted)
    study.optimize(quadratic, n_trials=1)
    assert singly == []


def test_the_server_prunes_and_says_why(name: str, client: Client) -> None:
    sampler = EspalierSampler(sampler=espalier.samplers.RandomSampler(seed=1), pruner=espalier.pruners.MedianPruner(2))
    study = optuna.create_study(study_name=name, sampler=sampler, pruner=EspalierPruner(sampler))
    study.optimize(curve, n_trials=12)
    pruned = [t for t in study.trials if t.state is optuna.trial.TrialState.PRUNED]
    assert pruned
    for trial in pruned:
        there = client.get_trial(name, trial.system_attrs["espalier:trial"])
        assert there["state"] == "PRUNED"
        assert trial.system_attrs["espalier:prune_reason"] == there["decision"]["explanation"]["sentence"]
        points = list(client.metrics(name, there["number"]))
        assert {p["step"]: p["metrics"]["value"] for p in points} == trial.intermediate_values


def test_a_pruner_alone_follows_the_trials_of_another_sampler(name: str, client: Client) -> None:
    pruner = EspalierPruner(pruner=espalier.pruners.MedianPruner(2))
    study = optuna.create_study(study_name=name, sampler=optuna.samplers.RandomSampler(seed=1), pruner=pruner)
    study.optimize(curve, n_trials=10, callbacks=[EspalierCallback(pruner)])
    theirs = {t["number"]: t for t in client.trials(name)}
    assert len(theirs) == 10
    states = {t.state for t in study.trials}
    assert states == {optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED}
    for trial in study.trials:
        there = theirs[trial.system_attrs["espalier:trial"]]
        assert (there["state"], there["params"]) == (trial.state.name, trial.params)


def test_a_limit_on_what_is_measured_prunes(name: str, client: Client) -> None:
    pruner = EspalierPruner(pruner=espalier.pruners.LimitPruner(metric="latency_seconds", bound=0.1))
    study = optuna.create_study(study_name=name, pruner=pruner)

    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0, 1)
        reporter = pruner.reporter(trial)
        with espalier.monitor(reporter, metrics=["system/cpu_seconds"]):
            reporter.report(metrics={"latency_seconds": 0.2})
        if trial.should_prune():
            raise optuna.TrialPruned
        return x

    study.optimize(objective, n_trials=1, callbacks=[EspalierCallback(pruner)])
    there = client.get_trial(name, 0)
    assert there["state"] == study.trials[0].state.name == "PRUNED"
    assert "0.2" in study.trials[0].system_attrs["espalier:prune_reason"]
    assert {"latency_seconds", "system/cpu_seconds"} <= there["metrics"].keys()


def test_what_fails_is_told_as_fail(name: str, client: Client) -> None:
    study = optuna.create_study(study_name=name, sampler=EspalierSampler())

    def objective(trial: optuna.Trial) -> float:
        trial.suggest_float("x", 0, 1)
        if trial.number == 0:
            raise KeyError("lost")
        return math.nan if trial.number == 1 else math.inf

    study.optimize(objective, n_trials=3, catch=KeyError)
    assert [t["state"] for t in client.trials(name)] == ["FAIL"] * 3
    assert [t.get("reason") for t in client.trials(name)] == ["error", "error", "values"]


def test_an_exception_that_ends_optimize_is_told(name: str, client: Client) -> None:
    study = optuna.create_study(study_name=name, sampler=EspalierSampler())

    def objective(trial: optuna.Trial) -> float:
        trial.suggest_float("x", 0, 1)
        raise KeyError("lost")

    with pytest.raises(KeyError):
        study.optimize(objective, n_trials=1)
    assert [t["state"] for t in client.trials(name)] == ["FAIL"]


def test_history_of_an_existing_study_counts(storage: optuna.storages.BaseStorage, name: str, client: Client) -> None:
    optuna.create_study(study_name=name, storage=storage, pruner=optuna.pruners.MedianPruner(2)).optimize(curve, 8)
    study = optuna.load_study(study_name=name, storage=storage, sampler=EspalierSampler())
    study.optimize(curve, n_trials=1)
    theirs = list(client.trials(name))
    assert [t["state"] for t in theirs] == [t.state.name for t in study.trials]
    assert [t["params"] for t in theirs] == [t.params for t in study.trials]
    points = list(client.metrics(name, 0))
    assert {p["step"]: p["metrics"]["value"] for p in points} == study.trials[0].intermediate_values


def test_an_enqueued_trial_has_its_params_on_the_server_too(name: str, client: Client) -> None:
    study = optuna.create_study(study_name=name, sampler=EspalierSampler())
    study.enqueue_trial({"x": 0.25, "layers": 2})
    study.optimize(quadratic, n_trials=2)
    study.enqueue_trial({"kind": None})
    study.optimize(quadratic, n_trials=1)
    assert study.trials[0].params["x"] == 0.25
    assert study.trials[2].params["kind"] is None
    assert [t["params"] for t in client.trials(name)] == [t.params for t in study.trials]


def test_a_range_that_changes_within_a_study_is_followed(name: str, client: Client) -> None:
    study = optuna.create_study(
        study_name=name, sampler=EspalierSampler(sampler=espalier.samplers.RandomSampler(seed=1))
    )
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1) + trial.suggest_float("y", 0, 1), n_trials=2)
    study.optimize(lambda trial: trial.suggest_float("y", 0, 1) + trial.suggest_float("x", 5, 6), n_trials=2)
    told = [t for t in client.trials(name) if t["state"] == "COMPLETE"]
    assert [t["params"] for t in told] == [t.params for t in study.trials]
    assert all(5 <= t.params["x"] <= 6 for t in study.trials[2:])


def test_several_objectives_and_constraints(name: str, client: Client) -> None:
    study = optuna.create_study(study_name=name, directions=["minimize", "maximize"], sampler=EspalierSampler())

    def objective(trial: optuna.Trial) -> tuple[float, float]:
        x = trial.suggest_float("x", 0, 1)
        trial.set_constraint("width", x - 0.5)
        return x, 1 - x

    study.optimize(objective, n_trials=6)
    there = client.get_study(name)
    assert [o["direction"] for o in there["objectives"]] == ["minimize", "maximize"]
    assert [c["metric"] for c in there["constraints"]] == ["width"]
    assert [t["feasible"] for t in client.trials(name)] == [t.params["x"] <= 0.5 for t in study.trials]


def test_a_used_up_budget_ends_optimize(name: str, client: Client) -> None:
    sampler = EspalierSampler(budget={"max_trials": 3})
    study = optuna.create_study(study_name=name, sampler=sampler, pruner=EspalierPruner(sampler))
    study.optimize(quadratic, n_trials=20)
    assert [t.state.name for t in study.trials] == ["COMPLETE"] * 3 + ["PRUNED"]
    assert len(list(client.trials(name))) == 3


def test_ask_and_tell(name: str, client: Client) -> None:
    study = optuna.create_study(study_name=name, sampler=EspalierSampler())
    trial = study.ask({"x": optuna.distributions.FloatDistribution(0, 1)})
    assert [t["state"] for t in client.trials(name)] == ["RUNNING"]
    study.tell(trial, 0.5)
    told = client.get_trial(name, 0)
    assert (told["state"], told["values"], told["params"]) == ("COMPLETE", [0.5], trial.params)


def test_a_trial_may_be_told_by_another_process(
    storage: optuna.storages.BaseStorage, name: str, client: Client, tmp_path: Path
) -> None:
    study = optuna.create_study(study_name=name, storage=storage, sampler=EspalierSampler())
    trial = study.ask({"x": optuna.distributions.FloatDistribution(0, 1)})
    run_worker(f"study.tell({trial.number}, 0.5)", name, tmp_path)
    assert client.get_trial(name, 0)["state"] == "COMPLETE"


def test_processes_share_a_study(
    storage: optuna.storages.BaseStorage, name: str, client: Client, tmp_path: Path
) -> None:
    study = optuna.create_study(study_name=name, storage=storage)
    work = "study.optimize(lambda t: t.suggest_float('x', 0, 1), n_trials=4)"
    workers = [start_worker(work, name, tmp_path) for _ in range(2)]
    assert [w.wait(60) for w in workers] == [0, 0]
    there = {t["number"]: t for t in client.trials(name)}
    assert len(there) == len(study.trials) == 8
    for trial in study.trials:
        assert there[trial.system_attrs["espalier:trial"]]["params"] == trial.params


def test_threads_share_a_study(name: str, client: Client) -> None:
    sampler = EspalierSampler()
    study = optuna.create_study(study_name=name, sampler=sampler, pruner=EspalierPruner(sampler))
    study.optimize(curve, n_trials=12, n_jobs=4)
    there = {t["number"]: t for t in client.trials(name)}
    assert len(there) == 12
    assert {t["state"] for t in there.values()} <= {"COMPLETE", "PRUNED"}
    assert all(there[t.system_attrs["espalier:trial"]]["params"] == t.params for t in study.trials)


def test_a_silent_objective_keeps_its_lease(name: str, client: Client) -> None:
    study = optuna.create_study(study_name=name, sampler=EspalierSampler(lease_seconds=1))

    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0, 1)
        first = client.get_trial(name, 0)["lease_expires"]
        client.decision(name, 0, wait_seconds=3)
        assert client.get_trial(name, 0)["lease_expires"] > first
        return x

    study.optimize(objective, n_trials=1)
    assert [t["state"] for t in client.trials(name)] == ["COMPLETE"]


def test_a_trial_whose_lease_ran_out_goes_on_as_another(
    storage: optuna.storages.BaseStorage, name: str, client: Client
) -> None:
    sampler = EspalierSampler()
    study = optuna.create_study(study_name=name, storage=storage, sampler=sampler, pruner=EspalierPruner(sampler))
    trial = study.ask({"x": optuna.distributions.FloatDistribution(0, 1)})
    client.tell(name, 0, {"state": "FAIL", "reason": "lease"})
    trial.report(0.5, 1)
    assert not trial.should_prune()
    study.tell(trial, 0.25)
    assert [(t["state"], t["params"]) for t in client.trials(name)] == [
        ("FAIL", trial.params),
        ("COMPLETE", trial.params),
    ]


def test_a_pruner_alone_tells_at_the_end_of_the_process(
    storage: optuna.storages.BaseStorage, name: str, client: Client, tmp_path: Path
) -> None:
    optuna.create_study(study_name=name, storage=storage)
    work = """
        study.pruner = EspalierPruner()
        def objective(trial):
            x = trial.suggest_float("x", 0, 1)
            trial.report(x, 1)
            trial.should_prune()
            return x
        study.sampler = optuna.samplers.RandomSampler()
        study.optimize(objective, n_trials=1)
    """
    run_worker(work, name, tmp_path)
    assert [t["state"] for t in client.trials(name)] == ["COMPLETE"]


def test_what_is_not_taken_is_refused_by_name(name: str, server: Server) -> None:
    study = optuna.create_study(study_name=name, sampler=EspalierSampler())
    with pytest.raises(TypeError, match="tuple"), pytest.warns(UserWarning, match="Choices"):
        study.optimize(lambda trial: len(trial.suggest_categorical("c", [(1, 2), (3,)]) or ()), n_trials=1)  # type: ignore[list-item]
    with pytest.raises(TypeError, match="no_such"):
        EspalierSampler(no_such=1)
    with pytest.raises(TypeError, match="seed"):
        EspalierPruner(EspalierSampler(), seed=1)


def start_worker(work: str, name: str, folder: Path) -> subprocess.Popen[bytes]:
    code = f"""
import optuna
from espalier.integrations.optuna import *
optuna.logging.set_verbosity(optuna.logging.ERROR)
storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend({str(folder / "optuna.log")!r}))
study = optuna.load_study(study_name={name!r}, storage=storage, sampler=EspalierSampler())
{textwrap.dedent(work)}
"""
    return subprocess.Popen([sys.executable, "-c", code])


def run_worker(work: str, name: str, folder: Path) -> None:
    assert start_worker(work, name, folder).wait(60) == 0
