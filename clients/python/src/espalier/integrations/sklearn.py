"""A search over scikit-learn's estimators, as `RandomizedSearchCV` is one, that suggests, prunes and is shared.

from scipy.stats import loguniform
from espalier.integrations.sklearn import EspalierSearchCV

search = EspalierSearchCV(LogisticRegression(), {"C": loguniform(1e-3, 1e3)}, n_trials=30, cv=5)
search.fit(X, y)
search.best_params_, search.predict(X)
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sklearn
from joblib import Parallel, delayed
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import check_scoring
from sklearn.model_selection import check_cv
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import _safe_indexing, check_random_state, indexable
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import _num_samples

from espalier._client import Client
from espalier._frozen import FrozenTrial
from espalier._monitor import Monitor
from espalier._study import Study
from espalier._trial import Trial, TrialState
from espalier.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    from_wire,
)
from espalier.exceptions import TrialPruned
from espalier.integrations._common import verdict
from espalier.pruners import BasePruner
from espalier.samplers import BaseSampler
from espalier.study import create_study

__all__ = ["EspalierSearchCV"]

Scores = dict[str, float]
Fold = tuple[Any, Any]  # indices to train on, and to test on


class EspalierSearchCV(BaseSearchCV):  # type: ignore[misc]  # scikit-learn is not there when types are checked
    """Searches the params of an estimator by cross-validation, and prunes trials that are not worth finishing.

    The first arguments are those of `RandomizedSearchCV`. `param_distributions` maps params to frozen distributions
    of scipy.stats (`uniform`, `loguniform`, `randint`), to lists of values, or to `espalier.distributions`, which may
    be conditional: a param whose condition does not hold keeps the estimator's own value. `scoring` may be several, a
    list or a dict; `refit` then names the one that is searched by. `error_score` is the score of a trial whose fit
    fails, which ends as FAIL, or `"raise"`. `n_jobs` trials are evaluated at once, by joblib.

    After each fold the mean score of the folds so far is reported, the fold being the step, and the trial may be
    pruned. With `max_iter` the estimator must have `partial_fit`: all folds advance together by one pass over their
    data, `max_iter` times; the mean score is reported after each, and the last counts.

    Then the study: `n_trials` and `timeout` (seconds; trials under way are finished) end the search, and so does the
    study's own budget. `study_name` is a study on the server, made if it is not there, so that several machines can
    search together and a search can go on; each has the trials it ran itself in `cv_results_`. `storage` is the
    server's URL, or a `Client`; left out, it is found as everywhere. `sampler` and `pruner` are those of Espalier, the
    server's defaults if None. `random_state` seeds the study; an estimator with chance has a `random_state` of its
    own. With `system_metrics`, `espalier.monitor` measures each trial.

    After `fit` there are `best_estimator_`, `best_params_`, `best_score_`, `best_index_`, `cv_results_`, `scorer_`,
    `refit_time_`, `n_splits_` and `multimetric_`, as in scikit-learn, `study_`, and `n_iter_`, the passes over the
    data. `cv_results_` has a row for each trial: its mean is NaN if it was pruned or failed, and `trial`, `state` and
    `prune_reason` say more.
    """

    def __init__(
        self,
        estimator: BaseEstimator,
        param_distributions: Mapping[str, Any],
        *,
        n_trials: int = 10,
        timeout: float | None = None,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[[dict[str, Any]], int] = True,
        cv: Any = None,
        verbose: int = 0,
        error_score: float | str = np.nan,
        max_iter: int | None = None,
        random_state: Any = None,
        study_name: str | None = None,
        storage: str | Client | None = None,
        sampler: BaseSampler | None = None,
        pruner: BasePruner | None = None,
        system_metrics: bool = False,
    ) -> None:
        super().__init__(
            estimator, scoring=scoring, n_jobs=n_jobs, refit=refit, cv=cv, verbose=verbose, error_score=error_score
        )
        self.param_distributions = param_distributions
        self.n_trials = n_trials
        self.timeout = timeout
        self.max_iter = max_iter
        self.random_state = random_state
        self.study_name = study_name
        self.storage = storage
        self.sampler = sampler
        self.pruner = pruner
        self.system_metrics = system_metrics

    def fit(self, X: Any, y: Any = None, *, groups: Any = None, **fit_params: Any) -> EspalierSearchCV:  # noqa: N803
        """Runs the search, then fits the best params on all data unless `refit` is False.

        `groups` are for the splitter, `fit_params` for the estimator's `fit` (or `partial_fit`), those with an entry a
        sample split with the folds. ValueError: no trial was finished, or arguments contradict each other. TypeError: a
        distribution is of a kind that cannot be searched. NotImplementedError: metadata routing is enabled.
        """
        if fit_params and sklearn.get_config()["enable_metadata_routing"]:
            raise NotImplementedError("EspalierSearchCV passes fit_params on, and does no metadata routing.")
        if self.n_trials < 1:
            raise ValueError(f"n_trials must be at least 1, not {self.n_trials!r}.")
        objective = self._scoring()
        X, y, groups = indexable(X, y, groups)  # noqa: N806
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        space = {name: _Searched.of(name, d) for name, d in self.param_distributions.items()}
        evaluation = _Evaluation(
            estimator=self.estimator,
            training=self._training(y),
            scorer=check_scoring(self.estimator, self.scoring),
            objective=objective,
            X=X,
            y=y,
            folds=list(cv.split(X, y, groups)),
            space=space,
            fit_params=fit_params,
            system_metrics=self.system_metrics,
        )
        self.study_ = create_study(
            storage=self.storage,
            sampler=self.sampler,
            pruner=self.pruner,
            study_name=self.study_name,
            direction="maximize",
            load_if_exists=self.study_name is not None,
            metric_names=[objective],
            search_space={name: searched.distribution for name, searched in space.items()},
            max_steps=self.max_iter or len(evaluation.folds),
            seed=None if self.random_state is None else int(check_random_state(self.random_state).randint(2**31 - 1)),
        )
        if self.study_name is not None:
            self._check_loaded(evaluation)
        self._keep(evaluation, self._searched(evaluation))
        return self

    def _check_loaded(self, evaluation: _Evaluation) -> None:
        """ValueError: the study was there already, and is about something else."""
        wire = self.study_.client.get_study(self.study_.study_name)
        space = {name: from_wire(node) for name, node in wire["search_space"].items()}
        wanted = {name: searched.distribution for name, searched in evaluation.space.items()}
        if self.study_.metrics != (evaluation.objective,) or space != wanted:
            raise ValueError(
                f"The study {self.study_name!r} is there already, and searches {', '.join(self.study_.metrics)} by "
                f"{space}, not {evaluation.objective} by {wanted}: give another name, or leave it out."
            )

    def _scoring(self) -> str:
        """Sets what says how scores are made; returns the name of the score that is searched by."""
        self.multimetric_ = isinstance(self.scoring, Iterable) and not isinstance(self.scoring, str)
        if not self.multimetric_:
            self.scorer_ = check_scoring(self.estimator, self.scoring)
            return "score"
        scorings = self.scoring if isinstance(self.scoring, Mapping) else {name: name for name in self.scoring}
        if not isinstance(self.refit, str) or self.refit not in scorings:
            raise ValueError(f"With several scores, refit must name the one to search by, but is {self.refit!r}.")
        self.scorer_ = {name: check_scoring(self.estimator, scoring) for name, scoring in scorings.items()}
        return self.refit

    def _training(self, y: Any) -> _Training:
        if self.max_iter is None:
            return _Training(None, None)
        if self.max_iter < 1:
            raise ValueError(f"max_iter must be at least 1, not {self.max_iter!r}.")
        if not hasattr(self.estimator, "partial_fit"):
            raise ValueError(f"max_iter needs an estimator with partial_fit, which {self.estimator!r} has not.")
        return _Training(self.max_iter, unique_labels(y) if is_classifier(self.estimator) else None)

    def _searched(self, evaluation: _Evaluation) -> list[_Row]:
        """Runs the trials, each in one of joblib's workers."""
        until = None if self.timeout is None else time.time() + self.timeout
        catch = () if self.error_score == "raise" else (Exception,)
        parallel = Parallel(n_jobs=self.n_jobs, verbose=self.verbose)
        rows = parallel(delayed(_one)(self.study_, evaluation, until, catch) for _ in range(self.n_trials))
        return sorted((row for row in rows if row is not None), key=lambda row: row.trial)

    def _keep(self, evaluation: _Evaluation, rows: list[_Row]) -> None:
        """Sets the attributes that a fitted search has."""
        failed = [row for row in rows if row.state is TrialState.FAIL]
        if not any(row.state is TrialState.COMPLETE for row in rows):
            why = f" The first to fail says:\n{failed[0].why}" if failed else ""
            raise ValueError(f"None of the {len(rows)} trials of {self.study_!r} was finished.{why}")
        if failed:
            warnings.warn(
                f"{len(failed)} of the {len(rows)} trials failed, which counts as a score of {self.error_score}. "
                f"The first says:\n{failed[0].why}",
                FitFailedWarning,
                stacklevel=3,
            )
        self.n_splits_ = len(evaluation.folds)
        self.n_iter_ = self.max_iter or 1
        names = list(self.scorer_) if self.multimetric_ else ["score"]
        self.cv_results_ = _table(rows, names, list(self.param_distributions), self.n_splits_, self.error_score)
        if callable(self.refit):
            self.best_index_ = int(self.refit(self.cv_results_))
        else:
            self.best_index_ = int(self.cv_results_[f"rank_test_{evaluation.objective}"].argmin())
            self.best_score_ = self.cv_results_[f"mean_test_{evaluation.objective}"][self.best_index_]
        self.best_params_ = self.cv_results_["params"][self.best_index_]
        if not self.refit:
            return
        self.best_estimator_ = _candidate(self.estimator, self.best_params_)
        began = time.time()
        evaluation.training.all(self.best_estimator_, evaluation.X, evaluation.y, evaluation.fit_params)
        self.refit_time_ = time.time() - began
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_


@dataclass(frozen=True)
class _Searched:
    """A param: how it is searched, and what its values stand for, if they are names."""

    distribution: BaseDistribution
    values: Mapping[str, Any] | None = None

    @staticmethod
    def of(name: str, given: Any) -> _Searched:
        """Reads what a user gave. TypeError: it cannot be searched."""
        if isinstance(given, BaseDistribution):
            return _Searched(given)
        if hasattr(given, "dist") and hasattr(given, "support"):
            return _Searched(_of_scipy(name, given))
        if isinstance(given, str) or not isinstance(given, Sequence | np.ndarray):
            raise TypeError(
                f"The distribution of {name!r} must be a list, one of espalier.distributions, or uniform, loguniform "
                f"or randint of scipy.stats, but is {given!r}."
            )
        choices = list(given)
        try:
            return _Searched(CategoricalDistribution(choices))
        except TypeError:  # tuples, objects: searched by name
            names = [repr(choice) for choice in choices]
            if len(set(names)) < len(names):
                names = [f"{i}: {text}" for i, text in enumerate(names)]
            return _Searched(CategoricalDistribution(names), dict(zip(names, choices, strict=True)))

    def value(self, suggested: Any) -> Any:
        """What a suggested value stands for."""
        return suggested if self.values is None else clone(self.values[suggested], safe=False)


def _of_scipy(name: str, frozen: Any) -> BaseDistribution:
    low, high = frozen.support()
    match frozen.dist.name:
        case "uniform":
            return FloatDistribution(float(low), float(high))
        case "loguniform" | "reciprocal":
            if np.isclose(frozen.median(), np.sqrt(low * high)):
                return FloatDistribution(float(low), float(high), log=True)
            raise TypeError(f"The distribution of {name!r} is a loguniform that was shifted, which cannot be searched.")
        case "randint":
            return IntDistribution(int(low), int(high))
        case other:
            raise TypeError(
                f"The distribution of {name!r} is scipy's {other}, which has no counterpart: give the range to search "
                "by uniform, loguniform or randint, or by one of espalier.distributions."
            )


@dataclass(frozen=True)
class _Training:
    """How an estimator is fitted: at once, or by `passes` of partial_fit over the data."""

    passes: int | None
    classes: Any

    def all(self, estimator: Any, X: Any, y: Any, params: Mapping[str, Any]) -> None:  # noqa: N803
        """Fits it for good."""
        if self.passes is None:
            estimator.fit(X, **_target(y), **params)
            return
        for _ in range(self.passes):
            self.once(estimator, X, y, params)

    def once(self, estimator: Any, X: Any, y: Any, params: Mapping[str, Any]) -> None:  # noqa: N803
        """Makes a pass."""
        classes = {} if self.classes is None else {"classes": self.classes}
        estimator.partial_fit(X, **_target(y), **classes, **params)


def _target(y: Any) -> dict[str, Any]:
    return {} if y is None else {"y": y}


@dataclass
class _Row:
    """A trial, as `cv_results_` has it."""

    trial: int
    params: dict[str, Any]
    state: TrialState = TrialState.RUNNING
    why: str = ""
    scores: list[Scores] = field(default_factory=list)  # by fold
    fit_seconds: list[float] = field(default_factory=list)
    score_seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class _Evaluation:
    """What an objective needs."""

    estimator: Any
    training: _Training
    scorer: Any
    objective: str
    X: Any
    y: Any
    folds: Sequence[Fold]
    space: Mapping[str, _Searched]
    fit_params: Mapping[str, Any]
    system_metrics: bool

    def params(self, trial: Trial) -> dict[str, Any]:
        """The params of a trial, as the estimator takes them."""
        return {name: s.value(trial.params[name]) for name, s in self.space.items() if name in trial.params}

    def of(self, trial: Trial, row: _Row) -> float:
        """The score of a trial; `row` is told what is known of it, also if it is pruned."""
        if not self.system_metrics:
            return self._measured(trial, row)
        with Monitor(trial):
            return self._measured(trial, row)

    def _measured(self, trial: Trial, row: _Row) -> float:
        passes = self.training.passes
        folds = [_OneFold(self, fold, _candidate(self.estimator, row.params)) for fold in self.folds]
        if passes is None:
            for step, fold in enumerate(folds):
                fold.advance(row)
                self._report(trial, row, step, last=step + 1 == len(folds))
                fold.estimator = None  # it may be large
        else:
            for step in range(passes):
                row.scores = []
                for fold in folds:
                    fold.advance(row)
                self._report(trial, row, step, last=step + 1 == passes)
            row.fit_seconds = [fold.fit_seconds for fold in folds]
            row.score_seconds = [fold.score_seconds for fold in folds]
        return float(np.mean([scores[self.objective] for scores in row.scores]))

    def _report(self, trial: Trial, row: _Row, step: int, *, last: bool) -> None:
        """Reports the means, and obeys while there is something left to save."""
        trial.report({name: float(np.mean([s[name] for s in row.scores])) for name in row.scores[0]}, step)
        reason = None if last else verdict(trial)
        if reason is not None:
            raise TrialPruned(reason)


class _OneFold:
    """An estimator on a fold."""

    def __init__(self, evaluation: _Evaluation, fold: Fold, estimator: Any) -> None:
        self.estimator = estimator
        self.fit_seconds = 0.0
        self.score_seconds = 0.0
        self._evaluation = evaluation
        self._fold = fold

    def advance(self, row: _Row) -> None:
        """Fits, by one pass or for good, and scores."""
        e, (train, test) = self._evaluation, self._fold
        X, y = _safe_split(self.estimator, e.X, e.y, train)  # noqa: N806
        fit = e.training.all if e.training.passes is None else e.training.once
        began = time.time()
        fit(self.estimator, X, y, _split(e.fit_params, train, _num_samples(e.X)))
        fitted = time.time()
        X, y = _safe_split(self.estimator, e.X, e.y, test, train)  # noqa: N806
        score = e.scorer(self.estimator, X) if y is None else e.scorer(self.estimator, X, y)
        self.fit_seconds += fitted - began
        self.score_seconds += time.time() - fitted
        scores = score if isinstance(score, dict) else {"score": score}
        row.scores.append({name: float(value) for name, value in scores.items()})
        if e.training.passes is None:
            row.fit_seconds.append(self.fit_seconds)
            row.score_seconds.append(self.score_seconds)


def _candidate(estimator: Any, params: Mapping[str, Any]) -> Any:
    """A new estimator with other params, themselves copied, for they may be estimators."""
    return clone(estimator).set_params(**{name: clone(value, safe=False) for name, value in params.items()})


def _split(params: Mapping[str, Any], indices: Any, samples: int) -> dict[str, Any]:
    """Of the arguments of a fit, those with an entry a sample at some indices, the others whole."""
    return {
        name: _safe_indexing(value, indices) if hasattr(value, "__len__") and len(value) == samples else value
        for name, value in params.items()
    }


def _one(study: Study, evaluation: _Evaluation, until: float | None, catch: tuple[type[Exception], ...]) -> _Row | None:
    """Works on one trial, unless it is too late or the study has ended."""
    if until is not None and time.time() >= until:
        return None
    rows = []

    def objective(trial: Trial) -> float:
        rows.append(_Row(trial.number, evaluation.params(trial)))
        return evaluation.of(trial, rows[-1])

    def ended(_: Study, trial: FrozenTrial) -> None:
        rows[-1].state = trial.state
        rows[-1].why = trial.prune_reason or trial.error or ""

    study.optimize(objective, n_trials=1, catch=catch, callbacks=[ended])
    return rows[-1] if rows else None


def _table(
    rows: Sequence[_Row], scores: Sequence[str], params: Sequence[str], folds: int, error_score: float | str
) -> dict[str, Any]:
    """`cv_results_`."""
    table: dict[str, Any] = {}
    for what, seconds in (
        ("fit_time", [row.fit_seconds for row in rows]),
        ("score_time", [row.score_seconds for row in rows]),
    ):
        table[f"mean_{what}"] = np.array([np.mean(s) if s else 0.0 for s in seconds])
        table[f"std_{what}"] = np.array([np.std(s) if s else 0.0 for s in seconds])
    for name in params:
        column = np.ma.MaskedArray(np.empty(len(rows), dtype=object), mask=True)
        for i, row in enumerate(rows):
            if name in row.params:
                column[i] = row.params[name]
        table[f"param_{name}"] = column
    table["params"] = [row.params for row in rows]
    for name in scores:
        split = np.full((len(rows), folds), np.nan)
        for i, row in enumerate(rows):
            split[i, : len(row.scores)] = [fold[name] for fold in row.scores]
            if row.state is TrialState.FAIL:
                split[i, len(row.scores) :] = error_score
        done = np.array([row.state is not TrialState.PRUNED for row in rows])
        mean = np.where(done, split.mean(axis=1), np.nan)
        table |= {f"split{k}_test_{name}": split[:, k] for k in range(folds)}
        table[f"mean_test_{name}"] = mean
        table[f"std_test_{name}"] = np.where(done, split.std(axis=1), np.nan)
        table[f"rank_test_{name}"] = rankdata(-np.nan_to_num(mean, nan=np.nanmin(mean) - 1), "min").astype(np.int32)
    table["trial"] = np.array([row.trial for row in rows])
    table["state"] = np.array([row.state.name for row in rows])
    table["prune_reason"] = np.ma.MaskedArray(
        [row.why for row in rows], mask=[row.state is not TrialState.PRUNED for row in rows], dtype=object
    )
    return table
