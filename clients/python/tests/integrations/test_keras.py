"""Keras' own `fit`."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from espalier import Study, Trial, TrialState
from espalier.integrations.keras import KerasPruningCallback
from espalier.trial import FixedTrial
from tests.integrations.conftest import AT_STEP_2, MakeStudy, assert_pruned, curves

EPOCHS = 4


def fit(*callbacks: keras.callbacks.Callback, **options: Any) -> dict[str, list[float]]:
    x = np.random.default_rng(0).normal(size=(32, 4))
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse", metrics=["mae"])
    history = model.fit(
        x, x.sum(axis=1), **{"epochs": EPOCHS, "validation_split": 0.25, **options}, verbose=0, callbacks=callbacks
    )
    logs: dict[str, list[float]] = history.history
    return logs


def test_each_epoch_is_reported_with_all_of_keras_logs(study: MakeStudy) -> None:
    kept: list[dict[str, list[float]]] = []

    def objective(trial: Trial) -> float:
        kept.append(fit(KerasPruningCallback(trial, "val_loss")))
        return kept[0]["val_loss"][-1]

    of = study()
    of.optimize(objective, n_trials=1)
    reported = curves(of, 0)
    assert reported.keys() == {"value", "loss", "mae", "val_mae"}
    assert list(reported["value"].values()) == pytest.approx(kept[0]["val_loss"])
    assert list(reported["mae"].values()) == pytest.approx(kept[0]["mae"])
    assert list(reported["value"]) == list(range(EPOCHS))


def test_a_pruned_trial_ends_with_the_servers_reason(study: MakeStudy) -> None:
    of = study(pruner=AT_STEP_2)
    of.optimize(lambda trial: fit(KerasPruningCallback(trial, "val_loss"))["val_loss"][-1], n_trials=1)
    assert_pruned(of, last_step=2)


def test_epochs_without_validation_report_nothing(study: MakeStudy) -> None:
    x = np.ones((8, 4))
    of = study()
    of.optimize(
        lambda trial: fit(
            KerasPruningCallback(trial, "val_loss"),
            validation_split=0.0,
            validation_data=(x, x[:, 0]),
            validation_freq=2,
        )["val_loss"][-1],
        n_trials=1,
    )
    assert list(curves(of, 0)["value"]) == [1, 3]


def test_a_metric_that_keras_does_not_have_is_an_error_that_names_those_it_has(study: MakeStudy) -> None:
    with pytest.raises(ValueError, match=r"no metric 'val_acc' to monitor; it has loss, mae, val_loss, val_mae"):
        study().optimize(lambda trial: fit(KerasPruningCallback(trial, "val_acc"))["loss"][-1], n_trials=1)


def test_system_metrics_are_measured_while_it_trains_if_asked_for(study: MakeStudy) -> None:
    of = study()
    of.optimize(
        lambda trial: fit(KerasPruningCallback(trial, "val_loss", system_metrics=True))["val_loss"][-1], n_trials=1
    )
    assert of.trials[0].metrics["system/cpu_seconds"]["sum"] > 0


def test_of_several_objectives_one_is_monitored(study: MakeStudy) -> None:
    of: Study = study(directions=["minimize", "minimize"], metric_names=["val_loss", "seconds"])
    with pytest.raises(ValueError, match="several objectives, val_loss, seconds; monitor one of them, not 'loss'"):
        of.optimize(lambda trial: fit(KerasPruningCallback(trial, "loss"))["loss"], n_trials=1)
    of.optimize(lambda trial: (fit(KerasPruningCallback(trial, "val_loss"))["val_loss"][-1], 1.0), n_trials=1)
    assert list(curves(of, 1)["val_loss"]) == list(range(EPOCHS))


def test_a_fixed_trial_and_a_frozen_one_train_without_a_report(study: MakeStudy) -> None:
    of = study(pruner=AT_STEP_2)
    of.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    for trial in (FixedTrial({}), of.best_trial):
        assert len(fit(KerasPruningCallback(trial, "val_loss", system_metrics=True))["loss"]) == EPOCHS
    assert curves(of, 0) == {}
    assert of.trials[0].state is TrialState.COMPLETE


def test_what_is_no_trial_is_refused() -> None:
    with pytest.raises(TypeError, match="must be a trial of Espalier"):
        KerasPruningCallback(7, "val_loss")  # type: ignore[arg-type]
