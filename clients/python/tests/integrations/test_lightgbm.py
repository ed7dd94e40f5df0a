"""LightGBM's own `train`, `cv` and estimator."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest

from espalier import Trial, TrialState
from espalier.integrations.lightgbm import LightGBMPruningCallback
from tests.integrations.conftest import AT_STEP_2, MakeStudy, assert_pruned, curves

ROUNDS = 6
PARAMS = {
    "objective": "binary", "metric": ["binary_logloss", "auc"], "num_threads": 1, "num_leaves": 4,
    "min_data_in_leaf": 2, "verbose": -1,
}  # fmt: skip
X = np.random.default_rng(0).normal(size=(60, 4))
Y = (X.sum(axis=1) > 0).astype(int)


def train(*callbacks: Any) -> dict[str, dict[str, list[float]]]:
    data = lightgbm.Dataset(X, Y)
    results: dict[str, dict[str, list[float]]] = {}
    lightgbm.train(
        PARAMS, data, ROUNDS, valid_sets=[lightgbm.Dataset(X[:20], Y[:20], reference=data)],
        callbacks=[lightgbm.record_evaluation(results), *callbacks],
    )  # fmt: skip
    return results


def last_loss(results: dict[str, dict[str, list[float]]]) -> float:
    return results["valid_0"]["binary_logloss"][-1]


def test_each_round_is_reported_with_all_evaluations(study: MakeStudy) -> None:
    kept: list[dict[str, dict[str, list[float]]]] = []

    def objective(trial: Trial) -> float:
        kept.append(train(LightGBMPruningCallback(trial, "binary_logloss", system_metrics=True)))
        return last_loss(kept[0])

    of = study()
    of.optimize(objective, n_trials=1)
    reported = curves(of, 0)
    assert reported.keys() == {"value", "valid_0/auc"}
    assert list(reported["value"].values()) == pytest.approx(kept[0]["valid_0"]["binary_logloss"])
    assert list(reported["value"]) == list(range(ROUNDS))
    assert of.trials[0].metrics["system/wall_seconds"]["last"] > 0


def test_a_pruned_trial_ends_with_the_servers_reason(study: MakeStudy) -> None:
    of = study(pruner=AT_STEP_2)
    of.optimize(lambda trial: last_loss(train(LightGBMPruningCallback(trial, "binary_logloss"))), n_trials=1)
    assert_pruned(of, last_step=2)


def test_one_of_so_many_rounds_is_reported_if_that_is_wanted(study: MakeStudy) -> None:
    of = study()
    callback = LightGBMPruningCallback
    of.optimize(lambda trial: last_loss(train(callback(trial, "binary_logloss", report_interval=2))), n_trials=1)
    assert list(curves(of, 0)["value"]) == [1, 3, 5]
    with pytest.raises(ValueError, match="report_interval is in rounds, 1 or more; not 0"):
        callback(of.ask(), "auc", report_interval=0)


def test_of_cv_the_mean_over_the_folds_is_reported(study: MakeStudy) -> None:
    kept: list[dict[str, list[float]]] = []

    def objective(trial: Trial) -> float:
        callback = LightGBMPruningCallback(trial, "auc", valid_name="valid")
        kept.append(lightgbm.cv(PARAMS, lightgbm.Dataset(X, Y), ROUNDS, nfold=3, seed=1, callbacks=[callback]))
        return kept[0]["valid auc-mean"][-1]

    of = study(direction="maximize")
    of.optimize(objective, n_trials=1)
    assert list(curves(of, 0)["value"].values()) == pytest.approx(kept[0]["valid auc-mean"])


def test_an_estimator_takes_the_callback(study: MakeStudy) -> None:
    of = study(pruner=AT_STEP_2)

    def objective(trial: Trial) -> float:
        model = lightgbm.LGBMClassifier(n_estimators=ROUNDS, n_jobs=1, min_child_samples=2, verbose=-1)
        model.fit(X, Y, eval_X=X[:20], eval_y=Y[:20], callbacks=[LightGBMPruningCallback(trial, "binary_logloss")])
        return float(model.score(X, Y))

    of.optimize(objective, n_trials=1)
    assert_pruned(of, last_step=2)


def test_a_round_that_stops_early_is_reported_before(study: MakeStudy) -> None:
    of = study()
    stopping = lightgbm.early_stopping(1, min_delta=10.0, verbose=False)  # the second round is no better
    of.optimize(lambda trial: last_loss(train(LightGBMPruningCallback(trial, "binary_logloss"), stopping)), n_trials=1)
    assert list(curves(of, 0)["value"]) == [0, 1]
    assert of.trials[0].state is TrialState.COMPLETE


def test_a_metric_that_is_not_evaluated_is_an_error_that_names_those_that_are(study: MakeStudy) -> None:
    with pytest.raises(ValueError, match="no metric 'valid_1/auc' to monitor; it has valid_0/auc, valid_0/binary_log"):
        study().optimize(lambda t: last_loss(train(LightGBMPruningCallback(t, "auc", "valid_1"))), n_trials=1)
