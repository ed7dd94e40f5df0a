"""The trainer of transformers, on a small BERT that is made here."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

from espalier import Trial
from espalier.integrations.transformers import TransformersPruningCallback
from espalier.trial import FixedTrial
from tests.integrations.conftest import AT_STEP_2, MakeStudy, assert_pruned, curves

CONFIG = BertConfig(
    vocab_size=32, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
    max_position_embeddings=16,
)  # fmt: skip
DATA = [{"input_ids": torch.arange(8) + i, "labels": torch.tensor(i % 2)} for i in range(16)]
STEPS = [4, 8, 12]


class Training:
    def __init__(self, folder: Path, callback: TransformersPruningCallback) -> None:
        arguments = TrainingArguments(
            output_dir=str(folder), num_train_epochs=len(STEPS), per_device_train_batch_size=4, eval_strategy="epoch",
            logging_steps=2, save_strategy="no", report_to=[], disable_tqdm=True, use_cpu=True, seed=1,
        )  # fmt: skip
        self.trainer = Trainer(
            BertForSequenceClassification(CONFIG), arguments, train_dataset=DATA, eval_dataset=DATA,
            callbacks=[callback],
        )  # fmt: skip

    def losses(self) -> list[float]:
        self.trainer.train()
        return [entry["eval_loss"] for entry in self.trainer.state.log_history if "eval_loss" in entry]


def test_each_evaluation_is_reported_with_what_was_logged_before(study: MakeStudy, tmp_path: Path) -> None:
    kept: list[list[float]] = []

    def objective(trial: Trial) -> float:
        training = Training(tmp_path, TransformersPruningCallback(trial, system_metrics=True))
        kept.append(training.losses())
        return float(training.trainer.evaluate()["eval_loss"])  # which is no part of the curve

    of = study()
    of.optimize(objective, n_trials=1)
    reported = curves(of, 0)
    assert list(reported["value"]) == STEPS
    assert list(reported["value"].values()) == pytest.approx(kept[0])
    assert {"loss", "learning_rate", "grad_norm", "epoch", "eval_runtime"} <= reported.keys()
    assert list(reported["loss"]) == STEPS
    assert of.trials[0].metrics["system/wall_seconds"]["last"] > 0


def test_a_pruned_trial_ends_with_the_servers_reason(study: MakeStudy, tmp_path: Path) -> None:
    of = study(pruner=AT_STEP_2)
    of.optimize(lambda trial: Training(tmp_path, TransformersPruningCallback(trial)).losses()[-1], n_trials=1)
    assert_pruned(of, last_step=STEPS[0])


def test_a_metric_that_is_not_there_is_an_error_that_names_those_that_are(study: MakeStudy, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no metric 'eval_accuracy' to monitor; it has .*eval_loss"):
        study().optimize(
            lambda trial: Training(tmp_path, TransformersPruningCallback(trial, "eval_accuracy")).losses()[-1],
            n_trials=1,
        )


def test_a_fixed_trial_trains_without_a_report(tmp_path: Path) -> None:
    assert len(Training(tmp_path, TransformersPruningCallback(FixedTrial({}))).losses()) == len(STEPS)
