"""LightGBM reports to a trial after each round, and is pruned; `lightgbm.train`, `lightgbm.cv` and the estimators.

from espalier.integrations.lightgbm import LightGBMPruningCallback

def objective(trial):
    pruning = LightGBMPruningCallback(trial, "auc")
    params = {"objective": "binary", "metric": "auc", "num_leaves": trial.suggest_int("num_leaves", 4, 256)}
    booster = lightgbm.train(params, train, valid_sets=[valid], callbacks=[pruning])
    return booster.best_score["valid_0"]["auc"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from espalier._trial import BaseTrial
from espalier.integrations._common import Training

if TYPE_CHECKING:
    from lightgbm.callback import CallbackEnv

__all__ = ["LightGBMPruningCallback"]


class LightGBMPruningCallback:
    """Reports all evaluations after each round, and prunes.

    `metric` of the data `valid_name` is the study's objective; of `cv`, `valid_name` is `valid` and the mean over the
    folds is reported. The others are reported as the data's name, a slash, and the metric's: `valid_0/auc`. The step
    is the round; `report_interval` reports one of so many rounds. With `system_metrics`, `espalier.monitor` measures
    the training. What trains raises TrialPruned with the reason; ValueError if the metric was not there by the last
    round.
    """

    order = 25  # after LightGBM has recorded the scores (20), before it stops early (30)
    before_iteration = False

    def __init__(
        self,
        trial: BaseTrial,
        metric: str,
        valid_name: str = "valid_0",
        report_interval: int = 1,
        *,
        system_metrics: bool = False,
    ) -> None:
        if report_interval < 1:
            raise ValueError(f"report_interval is in rounds, 1 or more; not {report_interval!r}.")
        self._interval = report_interval
        self._training = Training(trial, f"{valid_name}/{metric}", system_metrics=system_metrics)

    def __call__(self, env: CallbackEnv) -> None:
        """Reports and prunes; called by LightGBM after each round."""
        self._training.begin()
        if (env.iteration - env.begin_iteration + 1) % self._interval == 0:
            self._training.report({f"{r[0]}/{r[1]}": r[2] for r in env.evaluation_result_list or ()}, env.iteration)
            self._training.obey(self._training.verdict)
        if env.iteration + 1 == env.end_iteration:
            self._training.end()
