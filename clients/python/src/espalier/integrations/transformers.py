"""The trainer of Hugging Face's transformers reports to a trial, and is pruned.

from espalier.integrations.transformers import TransformersPruningCallback

def objective(trial):
    args = TrainingArguments("out", eval_strategy="epoch", learning_rate=trial.suggest_float("lr", 1e-5, 1e-2))
    pruning = TransformersPruningCallback(trial, monitor="eval_loss")
    trainer = Trainer(model, args, train_dataset=train, eval_dataset=valid, callbacks=[pruning])
    trainer.train()
    return trainer.evaluate()["eval_loss"]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from espalier._trial import BaseTrial
from espalier.integrations._common import Training, floats
from espalier.integrations.torch import from_rank_zero

if TYPE_CHECKING:
    from transformers import TrainerControl, TrainerState, TrainingArguments

__all__ = ["TransformersPruningCallback"]


class TransformersPruningCallback(TrainerCallback):  # type: ignore[misc]  # not there when types are checked
    """Reports the metrics of each evaluation, and what was logged since the one before, and prunes.

    `monitor` is the metric that is the study's objective. The step is the trainer's global step. With
    `system_metrics`, `espalier.monitor` measures the training. `train` raises TrialPruned with the reason; ValueError
    if `monitor` never was there. An evaluation after the training reports nothing.

    In a process group rank 0 alone speaks to the server, and all ranks end together: it asks for the trial, and the
    others have its params as an `espalier.trial.FixedTrial`.
    """

    def __init__(self, trial: BaseTrial, monitor: str = "eval_loss", *, system_metrics: bool = False) -> None:
        self._training = Training(trial, monitor, system_metrics=system_metrics)
        self._logged: dict[str, float] = {}
        self._trains = False

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Begins to measure."""
        self._trains = True
        self._training.begin()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Keeps what was logged for the next report."""
        self._logged |= floats(logs or {})

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Reports."""
        if not self._trains:
            return
        self._training.report(self._logged | floats(metrics or {}), state.global_step)
        self._logged = {}
        self._training.obey(from_rank_zero(self._training.verdict))

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Ends measuring, and makes sure that there was something to prune by."""
        self._trains = False
        self._training.end()
