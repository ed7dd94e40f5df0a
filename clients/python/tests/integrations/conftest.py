"""What the tests of all libraries share: a study that prunes, and the rules of a callback."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

import espalier
from espalier import Study, TrialState
from espalier.pruners import NopPruner, ThresholdPruner
from tests.conftest import Server

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

espalier.logging.set_verbosity(espalier.logging.ERROR)

WHOLE = NopPruner()
"""Prunes nothing."""

AT_STEP_2 = ThresholdPruner(upper=-1.0, n_warmup_steps=2)
"""Prunes whatever reports from step 2 on, if it is no less than a loss can be."""

MakeStudy = Callable[..., Study]


@pytest.fixture
def study(server: Server, name: str) -> MakeStudy:
    """Makes a study; one that prunes nothing unless it is given another pruner."""

    def make(**options: object) -> Study:
        made: Study = espalier.create_study(
            **{"storage": server.url, "study_name": name, "pruner": WHOLE, **options}  # type: ignore[arg-type]
        )
        return made

    return make


def curves(study: Study, number: int) -> dict[str, dict[int, float]]:
    """What a trial reported, by metric and step; what was measured without a step is left out."""
    found: dict[str, dict[int, float]] = {}
    for point in study.client.metrics(study.study_name, number):
        if "step" in point:
            for metric, value in point["metrics"].items():
                found.setdefault(metric, {})[point["step"]] = float(value)
    return found


def assert_pruned(study: Study, *, last_step: int) -> None:
    """The study's only trial was pruned at a step, with a reason."""
    (trial,) = study.trials
    assert trial.state is TrialState.PRUNED
    assert trial.last_step == last_step
    assert trial.decision is not None
    assert trial.decision["should_prune"]
    assert trial.prune_reason == trial.error, "the exception says what the server said"
    assert "-1" in (trial.prune_reason or ""), "the reason names the limit"
