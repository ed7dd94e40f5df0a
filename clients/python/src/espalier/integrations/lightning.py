"""Lightning's trainer reports to a trial, and is pruned.

from espalier.integrations.lightning import EspalierPruningCallback

def objective(trial):
    trainer = Trainer(max_epochs=10, callbacks=[EspalierPruningCallback(trial, monitor="val_loss")])
    trainer.fit(Model(trial.suggest_float("lr", 1e-5, 1e-1, log=True)), datamodule=data)
    return trainer.callback_metrics["val_loss"].item()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

try:
    from lightning.pytorch.callbacks import Callback
except ImportError:  # the package has two names, whose classes are not the same
    from pytorch_lightning.callbacks import Callback

from espalier._trial import BaseTrial, Trial
from espalier.integrations._common import Training, floats

if TYPE_CHECKING:
    from lightning.pytorch import LightningModule, Trainer

__all__ = ["EspalierPruningCallback"]


class EspalierPruningCallback(Callback):  # type: ignore[misc]  # Lightning is not there when types are checked
    """Reports all metrics that are logged, after each validation, and prunes.

    `monitor` is the metric that is the study's objective. The step is the epoch, or, if an epoch has several
    validations, the global step. A model without validation reports at the end of its training epochs. With
    `system_metrics`, `espalier.monitor` measures the training. `fit` raises TrialPruned with the reason; ValueError
    if `monitor` was never logged.

    On several devices rank 0 alone speaks to the server, and all ranks stop together. With `strategy="ddp_fork"` (or
    `"ddp_notebook"`) `fit` just returns, for an exception does not leave the processes it made: call `check_pruned`
    after it. With strategies that start the script again, or under torchrun, each rank calls the objective itself:
    rank 0 asks for the trial, the others are to have its params as an `espalier.trial.FixedTrial`, or `fit` raises
    RuntimeError in them.
    """

    def __init__(self, trial: BaseTrial, monitor: str, *, system_metrics: bool = False) -> None:
        super().__init__()
        self._training = Training(trial, monitor, system_metrics=system_metrics)

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Makes sure that a rank of its own has not asked for a trial of its own."""
        if trainer.global_rank != 0 and isinstance(self._training.trial, Trial) and not _forked(trainer):
            raise RuntimeError(
                f"Rank {trainer.global_rank} has asked for a trial of its own. Ask on rank 0 alone and give the other "
                'ranks espalier.trial.FixedTrial(params), or use strategy="ddp_fork".'
            )

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begins to measure."""
        if trainer.is_global_zero:
            self._training.begin()

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Reports, unless it is the sanity check or no part of a training."""
        if trainer.sanity_checking or trainer.state.fn != "fit":
            return
        once = trainer.val_check_batch >= trainer.num_training_batches
        self._report(trainer, trainer.current_epoch if once else trainer.global_step)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Reports, if there is no validation."""
        if not trainer.enable_validation:
            self._report(trainer, trainer.current_epoch)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Ends measuring, and makes sure that there was something to prune by."""
        if trainer.is_global_zero:
            self._training.end()

    def check_pruned(self) -> None:
        """Raises TrialPruned if the server has pruned the trial; for after a `fit` on several devices."""
        self._training.obey(self._training.asked_again())

    def _report(self, trainer: Trainer, step: int) -> None:
        verdict = None
        if trainer.is_global_zero:
            self._training.report(floats(trainer.callback_metrics), step)
            verdict = self._training.verdict
        verdict = trainer.strategy.broadcast(verdict)
        if verdict is not None and _forked(trainer):
            trainer.should_stop = True
        else:
            self._training.obey(verdict)


def _forked(trainer: Trainer) -> bool:
    """Whether the ranks were made by `fit`, from the process that calls the objective."""
    launcher = trainer.strategy.launcher
    return launcher is not None and launcher.is_interactive_compatible
