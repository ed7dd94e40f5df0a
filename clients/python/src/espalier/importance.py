"""Which parameters a metric depends on, as the server works it out."""

from __future__ import annotations

from typing import Any

from espalier._nodes import refuse
from espalier._study import Study

__all__ = ["FanovaImportanceEvaluator", "PedAnovaImportanceEvaluator", "get_param_importances"]


class PedAnovaImportanceEvaluator:
    """What tells the best trials from the others (Watanabe et al. 2023)."""

    method = "ped_anova"


class FanovaImportanceEvaluator:
    """What the values vary with, in a forest of the server's size (Hutter et al. 2014)."""

    method = "fanova"


def get_param_importances(
    study: Study,
    *,
    evaluator: PedAnovaImportanceEvaluator | FanovaImportanceEvaluator | None = None,
    metric: str | None = None,
    **unsupported: Any,
) -> dict[str, float]:
    """Returns an importance for each parameter, the most important first; together they are 1.

    `metric` is any that the completed trials reported, `system/cpu_seconds` for what they cost; the first objective's
    if left out. The evaluator is PED-ANOVA unless fANOVA is given. NotEnoughData: too few trials are complete.
    """
    refuse(
        "get_param_importances",
        unsupported,
        {
            "target": "name a metric, metric='system/cpu_seconds' say",
            "params": "take what you need of the answer",
            "normalize": "importances always add up to 1",
        },
    )
    method = None if evaluator is None else evaluator.method
    answer = study.client.importances(study.study_name, metric=metric, method=method)
    return {i["param"]: i["importance"] for i in answer["importances"]}
