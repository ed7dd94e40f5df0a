"""scikit-learn's own estimators, splitters, scorers and checks."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy.stats import loguniform, norm, randint, uniform
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import check_estimator

import espalier
from espalier import TrialState
from espalier.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from espalier.integrations.sklearn import EspalierSearchCV
from espalier.pruners import ThresholdPruner
from tests.conftest import Server
from tests.integrations.conftest import WHOLE, curves

X, Y = load_iris(return_X_y=True)
NEVER_BELOW = ThresholdPruner(lower=2.0, n_warmup_steps=1)
"""Prunes at the second report whatever has a score of less than 2."""


@pytest.fixture(autouse=True)
def _environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESPALIER_SERVER", server.url)


def search(estimator: Any = None, space: Any = None, **options: Any) -> EspalierSearchCV:
    usual = {"n_trials": 4, "cv": 3, "pruner": WHOLE, "random_state": 0}
    return EspalierSearchCV(
        DecisionTreeClassifier(random_state=0) if estimator is None else estimator,
        space if space is not None else {"max_depth": randint(1, 5)},
        **{**usual, **options},
    )


def test_it_finds_what_cross_validation_says_is_best() -> None:
    found = search(n_trials=5).fit(X, Y)
    results = found.cv_results_
    again = [cross_val_score(DecisionTreeClassifier(random_state=0, **p), X, Y, cv=3) for p in results["params"]]
    assert np.column_stack([results[f"split{i}_test_score"] for i in range(3)]) == pytest.approx(np.array(again))
    assert results["mean_test_score"] == pytest.approx(np.mean(again, axis=1))
    assert results["std_test_score"] == pytest.approx(np.std(again, axis=1))
    assert found.best_score_ == max(results["mean_test_score"]) == pytest.approx(found.study_.best_value)
    assert found.best_params_ == found.study_.best_params == results["params"][found.best_index_]
    assert results["rank_test_score"][found.best_index_] == 1
    assert found.best_estimator_.get_params()["max_depth"] == found.best_params_["max_depth"]
    assert found.score(X, Y) == found.best_estimator_.score(X, Y)
    assert (found.predict_proba(X) == found.best_estimator_.predict_proba(X)).all()
    assert list(found.classes_) == [0, 1, 2]
    assert found.n_features_in_ == 4
    assert found.refit_time_ > 0


def test_cv_results_are_a_table_with_state_and_trial() -> None:
    table = pd.DataFrame(search().fit(X, Y).cv_results_)
    assert list(table["trial"]) == [0, 1, 2, 3]
    assert set(table["state"]) == {"COMPLETE"}
    assert table["mean_fit_time"].gt(0).all()
    assert table["prune_reason"].isna().all()
    assert [p["max_depth"] for p in table["params"]] == list(table["param_max_depth"])


def test_folds_are_steps_and_a_trial_is_pruned_between_them() -> None:
    with pytest.raises(ValueError, match=r"None of the 2 trials of Study\(.*was finished"):
        search(pruner=NEVER_BELOW, n_trials=2, study_name="sklearn-pruned").fit(X, Y)
    study = espalier.load_study(study_name="sklearn-pruned")
    assert [(t.state, t.last_step) for t in study.trials] == [(TrialState.PRUNED, 1)] * 2
    assert all("2" in (t.prune_reason or "") for t in study.trials)
    folds = cross_val_score(DecisionTreeClassifier(random_state=0, **study.trials[0].params), X, Y, cv=3)
    assert curves(study, 0)["score"] == pytest.approx({0: folds[0], 1: folds[:2].mean()})


def test_a_pruned_trial_is_a_row_without_a_mean_and_never_the_best() -> None:
    found = search(LogisticRegression(), {"C": [1e-6, 1e-5, 10.0]}, pruner=ThresholdPruner(lower=0.9), n_trials=6)
    found.fit(X, Y)
    table = pd.DataFrame(found.cv_results_)
    pruned = table[table["state"] == "PRUNED"]
    assert 0 < len(pruned) < 6
    assert set(table["state"]) == {"PRUNED", "COMPLETE"}
    assert pruned["mean_test_score"].isna().all()
    assert pruned["split0_test_score"].lt(0.9).all()
    assert pruned["split2_test_score"].isna().all()
    assert pruned["prune_reason"].str.contains("0.9").all()
    assert found.best_params_ == {"C": 10.0}


def test_with_max_iter_all_folds_advance_together_and_steps_are_passes() -> None:
    found = search(
        SGDClassifier(loss="log_loss", random_state=0), {"alpha": loguniform(1e-4, 1e-2)}, max_iter=5, n_trials=2
    ).fit(X, Y)
    curve = curves(found.study_, found.best_index_)["score"]
    assert list(curve) == [0, 1, 2, 3, 4]
    assert curve[4] == pytest.approx(found.best_score_)
    model = SGDClassifier(loss="log_loss", random_state=0, **found.best_params_)
    for _ in range(found.n_iter_):
        model.partial_fit(X, Y, classes=np.unique(Y))
    assert (found.best_estimator_.coef_ == model.coef_).all(), "the best is refitted by as many passes"


def test_with_max_iter_a_trial_is_pruned_between_passes() -> None:
    found = search(
        MLPClassifier((4,), random_state=0), {"alpha": uniform(0, 1)}, max_iter=6, pruner=NEVER_BELOW, n_trials=1,
        study_name="sklearn-passes",
    )  # fmt: skip
    with pytest.raises(ValueError, match="None of the 1 trials"):
        found.fit(X, Y)
    (trial,) = found.study_.trials
    assert (trial.state, trial.last_step) == (TrialState.PRUNED, 1)


def test_max_iter_needs_partial_fit() -> None:
    with pytest.raises(ValueError, match="max_iter needs an estimator with partial_fit, which DecisionTree.* has not"):
        search(max_iter=3).fit(X, Y)


def test_processes_share_a_study() -> None:
    found = search(n_trials=6, n_jobs=2).fit(X, Y)
    assert list(found.cv_results_["trial"]) == list(range(6))
    assert [t.state for t in found.study_.trials] == [TrialState.COMPLETE] * 6


@pytest.mark.parametrize(
    ("given", "distribution"),
    [
        (uniform(1, 2), FloatDistribution(1, 3)),
        (loguniform(1e-3, 10), FloatDistribution(1e-3, 10, log=True)),
        (randint(2, 9), IntDistribution(2, 8)),
        (["gini", "entropy"], CategoricalDistribution(["gini", "entropy"])),
        (np.logspace(0, 1, 2), CategoricalDistribution([1.0, 10.0])),
        (FloatDistribution(0, 1, step=0.5), FloatDistribution(0, 1, step=0.5)),
    ],
)
def test_distributions_of_scipy_and_lists_become_those_of_the_study(given: Any, distribution: Any) -> None:
    class Anything(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        def __init__(self, x: Any = None) -> None:
            self.x = x

        def fit(self, X: Any, y: Any) -> Anything:  # noqa: N803
            self.classes_ = np.unique(y)
            return self

        def predict(self, X: Any) -> Any:  # noqa: N803
            return np.zeros(len(X))

    found = search(Anything(), {"x": given}, n_trials=1).fit(X, Y)
    assert found.study_.trials[0].distributions == {"x": distribution}
    assert distribution.contains(found.best_params_["x"])


def test_what_cannot_be_searched_is_refused_by_its_name() -> None:
    for given, what in (
        (norm(0, 1), "'max_depth' is scipy's norm, which has no counterpart"),
        (loguniform(1, 2, loc=3), "'max_depth' is a loguniform that was shifted"),
        (3, "'max_depth' must be a list, one of espalier.distributions"),
    ):
        with pytest.raises(TypeError, match=what):
            search(space={"max_depth": given}).fit(X, Y)


def test_values_that_are_no_scalars_are_searched_by_name() -> None:
    pipeline = Pipeline([("scale", None), ("net", MLPClassifier(max_iter=5, random_state=0))])
    space = {"scale": [StandardScaler(), MinMaxScaler()], "net__hidden_layer_sizes": [(2,), (3, 3)]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of so few iterations
        found = search(pipeline, space, n_trials=3).fit(X, Y)
    assert found.best_params_["net__hidden_layer_sizes"] in [(2,), (3, 3)]
    assert isinstance(found.best_estimator_["scale"], (StandardScaler, MinMaxScaler))
    assert found.best_estimator_["scale"] is not found.best_params_["scale"], "it is a copy"
    assert found.study_.best_params["net__hidden_layer_sizes"] in ("(2,)", "(3, 3)")


def test_a_conditional_param_that_does_not_hold_keeps_the_estimators_value() -> None:
    space = {
        "criterion": CategoricalDistribution(["gini", "entropy"]),
        "max_depth": IntDistribution(1, 3, when={"criterion": ["gini"]}),
    }
    found = search(space=space, n_trials=8).fit(X, Y)
    criterion, depth = found.cv_results_["param_criterion"], found.cv_results_["param_max_depth"]
    assert (np.ma.getmaskarray(depth) == (criterion == "entropy")).all()
    assert len(set(criterion)) == 2


def test_several_scores_are_reported_and_refit_names_the_one_that_counts() -> None:
    found = search(scoring=["accuracy", "neg_log_loss"], refit="neg_log_loss", n_trials=3).fit(X, Y)
    best = found.cv_results_["mean_test_neg_log_loss"].argmax()
    assert found.best_index_ == best
    assert found.study_.best_value == pytest.approx(found.best_score_)
    assert curves(found.study_, 0).keys() == {"accuracy", "neg_log_loss"}
    assert found.multimetric_
    assert found.score(X, Y) == found.scorer_["neg_log_loss"](found.best_estimator_, X, Y)
    with pytest.raises(ValueError, match="refit must name the one to search by, but is True"):
        search(scoring=["accuracy"]).fit(X, Y)


def test_without_refit_there_is_a_best_and_no_estimator() -> None:
    found = search(refit=False).fit(X, Y)
    assert found.best_params_
    with pytest.raises(AttributeError, match="has no attribute 'predict'"):
        found.predict(X)


def test_refit_may_be_a_function_of_the_results() -> None:
    found = search(refit=lambda results: results["mean_test_score"].argmin()).fit(X, Y)
    assert found.best_index_ == found.cv_results_["mean_test_score"].argmin()


class Fragile(LogisticRegression):  # type: ignore[misc]
    """Breaks where C is above 1."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Fragile:  # noqa: N803
        if self.C > 1:
            raise ArithmeticError("too large")
        super().fit(X, y, sample_weight)
        return self


def test_a_fit_that_breaks_is_a_failed_trial_with_the_error_score() -> None:
    space = {"C": [0.5, 2.0]}
    with pytest.warns(FitFailedWarning, match=r"trials failed, which counts as a score of -1(.|\n)*too large"):
        found = search(Fragile(), space, n_trials=6, error_score=-1).fit(X, Y)
    failed = found.cv_results_["state"] == "FAIL"
    assert 0 < failed.sum() < 6
    assert (found.cv_results_["mean_test_score"][failed] == -1).all()
    assert {t.state for t in found.study_.trials} == {TrialState.COMPLETE, TrialState.FAIL}
    with pytest.raises(ArithmeticError, match="too large"):
        search(Fragile(), space, n_trials=6, error_score="raise").fit(X, Y)
    with pytest.raises(ValueError, match=r"None of the 2 trials(.|\n)*too large"):
        search(Fragile(), {"C": [2.0]}, n_trials=2).fit(X, Y)


def test_groups_and_weights_are_split_with_the_folds() -> None:
    groups = np.arange(len(Y)) % 3
    weights = np.linspace(0.1, 1, len(Y))
    found = search(cv=GroupKFold(3), n_trials=1).fit(X, Y, groups=groups, sample_weight=weights)
    model = DecisionTreeClassifier(random_state=0, **found.best_params_)
    scores = [
        clone(model).fit(X[a], Y[a], sample_weight=weights[a]).score(X[b], Y[b])
        for a, b in GroupKFold(3).split(X, Y, groups)
    ]
    assert found.best_score_ == pytest.approx(np.mean(scores))


def test_metadata_routing_is_refused() -> None:
    with (
        sklearn.config_context(enable_metadata_routing=True),
        pytest.raises(NotImplementedError, match="no metadata routing"),
    ):
        search().fit(X, Y, sample_weight=np.ones(len(Y)))


def test_a_search_goes_on_in_the_same_study() -> None:
    first = search(study_name="sklearn-goes-on", n_trials=2).fit(X, Y)
    second = search(study_name="sklearn-goes-on", n_trials=3, random_state=None).fit(X, Y)
    assert list(first.cv_results_["trial"]) == [0, 1]
    assert list(second.cv_results_["trial"]) == [2, 3, 4]
    assert len(second.study_.trials) == 5
    for other in ({"space": {"max_depth": [1, 2]}}, {"scoring": ["accuracy"], "refit": "accuracy"}):
        with pytest.raises(ValueError, match="'sklearn-goes-on' is there already, and searches score by"):
            search(study_name="sklearn-goes-on", **other).fit(X, Y)


def test_a_study_that_has_ended_and_a_timeout_end_the_search() -> None:
    study = espalier.create_study(
        study_name="sklearn-budget", direction="maximize", metric_names=["score"], budget={"max_trials": 2},
        search_space={"max_depth": IntDistribution(1, 4)},
    )  # fmt: skip
    found = search(study_name=study.study_name, random_state=None, n_trials=9).fit(X, Y)
    assert list(found.cv_results_["trial"]) == [0, 1]
    with pytest.raises(ValueError, match="None of the 0 trials"):
        search(timeout=0).fit(X, Y)


def test_the_same_random_state_gives_the_same_search() -> None:
    space = {"max_depth": randint(1, 20), "ccp_alpha": uniform(0, 0.1)}
    first, second = (search(space=space, random_state=7).fit(X, Y) for _ in range(2))
    assert first.cv_results_["params"] == second.cv_results_["params"]


def test_regression_and_clustering_are_searched_too() -> None:
    target = X @ [1.0, 2.0, 3.0, 4.0]
    assert search(Ridge(), {"alpha": loguniform(1e-3, 1)}, n_trials=2).fit(X, target).score(X, target) > 0.9
    found = search(KMeans(n_init=1, random_state=0), {"n_clusters": randint(2, 5)}, n_trials=2).fit(X)
    assert found.predict(X).shape == Y.shape


def test_it_is_an_estimator_like_others() -> None:
    made = search(RandomForestClassifier(n_estimators=3), study_name="x", system_metrics=True)
    params = made.get_params()
    assert params["estimator__n_estimators"] == 3
    assert params["study_name"] == "x"
    assert clone(made).get_params().keys() == params.keys()
    assert "EspalierSearchCV" in repr(made)
    with pytest.raises(NotFittedError):
        made.predict(X)
    fitted = pickle.loads(pickle.dumps(search(n_trials=1).fit(X, Y)))
    assert fitted.predict(X).shape == Y.shape
    assert sklearn.base.is_classifier(fitted)
    frame = pd.DataFrame(X, columns=list("abcd"))
    assert list(search(n_trials=1).fit(frame, Y).feature_names_in_) == list("abcd")
    measured = search(n_trials=1, system_metrics=True).fit(X, Y).study_.trials[0]
    assert measured.metrics["system/wall_seconds"]["last"] > 0


@pytest.mark.parametrize(
    ("estimator", "space"),
    [(LinearRegression(), {"fit_intercept": [True, False]}), (LogisticRegression(), {"C": [0.1, 1.0]})],
)
def test_scikit_learns_own_checks_pass(estimator: Any, space: Any) -> None:
    checked = EspalierSearchCV(estimator, space, n_trials=1, cv=2, error_score="raise")
    not_warned = {"check_supervised_y_2d": "scikit-learn's own searches hide the warning too"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the data that the checks make
        results = check_estimator(checked, expected_failed_checks=not_warned, on_skip=None)
    assert sum(result["status"] == "passed" for result in results) > 30
