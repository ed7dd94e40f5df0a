"""XGBoost reports to a trial after each round, and is pruned; `xgboost.train`, `xgboost.cv` and the estimators.

from espalier.integrations.xgboost import XGBoostPruningCallback

def objective(trial):
    pruning = XGBoostPruningCallback(trial, "validation-logloss")
    params = {"objective": "binary:logistic", "eta": trial.suggest_float("eta", 0.01, 1, log=True)}
    results = {}
    xgboost.train(params, train, 100, evals=[(valid, "validation")], evals_result=results, callbacks=[pruning])
    return results["validation"]["logloss"][-1]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xgboost.callback import TrainingCallback

from espalier._trial import BaseTrial
from espalier.integrations._common import Training

__all__ = ["XGBoostPruningCallback"]


class XGBoostPruningCallback(TrainingCallback):  # type: ignore[misc]  # XGBoost is not there when types are checked
    """Reports all evaluations after each round, and prunes.

    `observation_key` is the metric that is the study's objective: the data's name in `evals`, a dash, and the
    metric's, `validation-logloss` say; `validation_0-logloss` of an estimator with one `eval_set`, `test-logloss` of
    `cv`, of which the mean over the folds is reported. The step is the round. With `system_metrics`,
    `espalier.monitor` measures the training. What trains raises TrialPruned with the reason; ValueError if the metric
    never was there.
    """

    def __init__(self, trial: BaseTrial, observation_key: str, *, system_metrics: bool = False) -> None:
        self._training = Training(trial, observation_key, system_metrics=system_metrics)

    def before_training(self, model: Any) -> Any:
        """Begins to measure."""
        self._training.begin()
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Mapping[str, Sequence[Any]]]) -> bool:
        """Reports."""
        metrics = {
            f"{data}-{metric}": _mean(values[-1])
            for data, of_data in evals_log.items()
            for metric, values in of_data.items()
        }
        self._training.report(metrics, epoch)
        self._training.obey(self._training.verdict)
        return False

    def after_training(self, model: Any) -> Any:
        """Ends measuring, and makes sure that there was something to prune by."""
        self._training.end()
        return model


def _mean(value: float | tuple[float, float]) -> float:
    """A score, or the mean of what `cv` gives with the standard deviation."""
    return float(value[0] if isinstance(value, tuple) else value)
