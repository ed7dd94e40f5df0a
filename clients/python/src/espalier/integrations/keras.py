"""Keras' `fit` reports to a trial, and is pruned; with any backend that Keras 3 trains on.

from espalier.integrations.keras import KerasPruningCallback

def objective(trial):
    model = make(trial)
    model.fit(x, y, validation_split=0.2, epochs=10, callbacks=[KerasPruningCallback(trial, "val_loss")])
    return model.evaluate(x_test, y_test)
"""

from __future__ import annotations

from collections.abc import Mapping

from keras.callbacks import Callback

from espalier._trial import BaseTrial
from espalier.integrations._common import Training, floats

__all__ = ["KerasPruningCallback"]


class KerasPruningCallback(Callback):  # type: ignore[misc]  # Keras is not there when types are checked
    """Reports all of Keras' logs after each epoch, and prunes.

    `monitor` is the metric that is the study's objective, `val_loss` say; epochs without it, by `validation_freq`,
    report nothing. The step is the epoch. With `system_metrics`, `espalier.monitor` measures the training. `fit`
    raises TrialPruned with the reason; ValueError if `monitor` never was there.
    """

    def __init__(self, trial: BaseTrial, monitor: str, *, system_metrics: bool = False) -> None:
        super().__init__()
        self._training = Training(trial, monitor, system_metrics=system_metrics)

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Begins to measure."""
        self._training.begin()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Reports."""
        self._training.report(floats(logs or {}), epoch)
        self._training.obey(self._training.verdict)

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Ends measuring, and makes sure that there was something to prune by."""
        self._training.end()
