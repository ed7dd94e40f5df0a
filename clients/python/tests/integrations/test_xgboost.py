"""XGBoost's own `train`, `cv` and estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xgboost

from espalier import Trial
from espalier.integrations.xgboost import XGBoostPruningCallback
from tests.integrations.conftest import AT_STEP_2, MakeStudy, assert_pruned, curves

ROUNDS = 5
PARAMS = {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"], "nthread": 1, "max_depth": 2}
X = np.random.default_rng(0).normal(size=(60, 4))
Y = (X.sum(axis=1) > 0).astype(int)


def train(callback: XGBoostPruningCallback) -> dict[str, dict[str, list[float]]]:
    data = xgboost.DMatrix(X, Y)
    results: dict[str, dict[str, list[float]]] = {}
    evals = [(data, "train"), (xgboost.DMatrix(X[:20], Y[:20]), "validation")]
    xgboost.train(PARAMS, data, ROUNDS, evals=evals, evals_result=results, verbose_eval=False, callbacks=[callback])
    return results


def test_each_round_is_reported_with_all_evaluations(study: MakeStudy) -> None:
    kept: list[dict[str, dict[str, list[float]]]] = []

    def objective(trial: Trial) -> float:
        kept.append(train(XGBoostPruningCallback(trial, "validation-logloss", system_metrics=True)))
        return kept[0]["validation"]["logloss"][-1]

    of = study()
    of.optimize(objective, n_trials=1)
    reported = curves(of, 0)
    assert reported.keys() == {"value", "train-logloss", "train-auc", "validation-auc"}
    assert list(reported["value"].values()) == pytest.approx(kept[0]["validation"]["logloss"])
    assert list(reported["value"]) == list(range(ROUNDS))
    assert of.trials[0].metrics["system/wall_seconds"]["last"] > 0


def test_a_pruned_trial_ends_with_the_servers_reason(study: MakeStudy) -> None:
    of = study(pruner=AT_STEP_2)
    of.optimize(
        lambda trial: train(XGBoostPruningCallback(trial, "validation-logloss"))["validation"]["logloss"][-1],
        n_trials=1,
    )
    assert_pruned(of, last_step=2)


def test_of_cv_the_mean_over_the_folds_is_reported(study: MakeStudy) -> None:
    kept: list[Any] = []

    def objective(trial: Trial) -> float:
        callback = XGBoostPruningCallback(trial, "test-auc")
        kept.append(xgboost.cv(PARAMS, xgboost.DMatrix(X, Y), ROUNDS, nfold=3, callbacks=[callback], seed=1))
        return float(kept[0]["test-auc-mean"].iloc[-1])

    of = study(direction="maximize")
    of.optimize(objective, n_trials=1)
    assert list(curves(of, 0)["value"].values()) == pytest.approx(list(kept[0]["test-auc-mean"]))


def test_an_estimator_takes_the_callback(study: MakeStudy) -> None:
    of = study(pruner=AT_STEP_2)

    def objective(trial: Trial) -> float:
        callback = XGBoostPruningCallback(trial, "validation_0-logloss")
        model = xgboost.XGBClassifier(n_estimators=ROUNDS, n_jobs=1, callbacks=[callback])
        return float(model.fit(X, Y, eval_set=[(X, Y)], verbose=False).score(X, Y))

    of.optimize(objective, n_trials=1)
    assert_pruned(of, last_step=2)


def test_a_metric_that_is_not_evaluated_is_an_error_that_names_those_that_are(study: MakeStudy) -> None:
    with pytest.raises(ValueError, match="no metric 'valid-logloss' to monitor; it has train-auc, train-logloss, "):
        study().optimize(lambda trial: train(XGBoostPruningCallback(trial, "valid-logloss")), n_trials=1)  # type: ignore[arg-type,return-value]
