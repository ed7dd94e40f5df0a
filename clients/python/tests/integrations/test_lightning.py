"""Lightning's own trainer, on one device and on two."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import LightningModule, Trainer
from torch.utils.data import DataLoader, TensorDataset

from espalier import Trial, TrialState
from espalier.integrations.lightning import EspalierPruningCallback
from espalier.trial import FixedTrial
from tests.conftest import Server
from tests.integrations import debian_torch  # noqa: F401  # it is for its effect
from tests.integrations.conftest import AT_STEP_2, MakeStudy, assert_pruned, curves

EPOCHS = 4


class Model(LightningModule):  # type: ignore[misc]  # Lightning is not there when types are checked
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)
        self.losses: list[float] = []

    def training_step(self, batch: list[torch.Tensor], index: int) -> torch.Tensor:
        loss = self._loss(batch)
        self.log("train_loss", loss, on_epoch=True, on_step=False)
        return loss

    def validation_step(self, batch: list[torch.Tensor], index: int) -> None:
        self.log("val/loss", self._loss(batch))

    def on_validation_epoch_end(self) -> None:
        if not self.trainer.sanity_checking:
            self.losses.append(self.trainer.callback_metrics["val/loss"].item())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)

    def _loss(self, batch: list[torch.Tensor]) -> torch.Tensor:
        return torch.nn.functional.mse_loss(self.layer(batch[0]).squeeze(1), batch[0].sum(1))


def fit(callback: EspalierPruningCallback, *, validate: bool = True, **options: Any) -> Model:
    torch.manual_seed(0)
    loader = DataLoader(TensorDataset(torch.randn(32, 4)), batch_size=8)
    model = Model()
    trainer = Trainer(
        **{"max_epochs": EPOCHS, "accelerator": "cpu", "devices": 1, **options},
        logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        callbacks=[callback],
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice on workers and intervals
        trainer.fit(model, loader, loader if validate else None)
    return model


def test_each_validation_is_reported_at_its_epoch_with_what_is_logged(study: MakeStudy) -> None:
    kept: list[Model] = []

    def objective(trial: Trial) -> float:
        kept.append(fit(EspalierPruningCallback(trial, monitor="val/loss", system_metrics=True)))
        return kept[0].losses[-1]

    of = study()
    of.optimize(objective, n_trials=1)
    reported = curves(of, 0)
    assert list(reported["value"]) == list(range(EPOCHS)), "the sanity check is no validation"
    assert list(reported["value"].values()) == pytest.approx([0.0] * EPOCHS, abs=10)
    assert reported["value"][EPOCHS - 1] < reported["value"][0]
    assert list(reported["train_loss"]) == [1, 2, 3], (
        "Lightning logs it after the validation, so it is there by the next"
    )
    assert of.trials[0].metrics["system/wall_seconds"]["last"] > 0


def test_a_pruned_trial_ends_with_the_servers_reason(study: MakeStudy) -> None:
    of = study(pruner=AT_STEP_2)
    of.optimize(lambda trial: fit(EspalierPruningCallback(trial, "val/loss")).losses[-1], n_trials=1)
    assert_pruned(of, last_step=2)


def test_several_validations_an_epoch_are_reported_at_the_global_step(study: MakeStudy) -> None:
    of = study()
    of.optimize(
        lambda trial: fit(EspalierPruningCallback(trial, "val/loss"), val_check_interval=0.5, max_epochs=2).losses[-1],
        n_trials=1,
    )
    assert list(curves(of, 0)["value"]) == [2, 4, 6, 8]


def test_rarer_validations_are_reported_at_their_epochs(study: MakeStudy) -> None:
    of = study()
    of.optimize(
        lambda trial: fit(EspalierPruningCallback(trial, "val/loss"), check_val_every_n_epoch=2).losses[-1], n_trials=1
    )
    assert list(curves(of, 0)["value"]) == [1, 3]


def test_a_model_without_validation_reports_its_training_epochs(study: MakeStudy) -> None:
    of = study(pruner=AT_STEP_2)
    of.optimize(
        lambda trial: float(fit(EspalierPruningCallback(trial, "train_loss"), validate=False).current_epoch), n_trials=1
    )
    assert_pruned(of, last_step=2)


def test_a_metric_that_is_not_logged_is_an_error_that_names_those_that_are(study: MakeStudy) -> None:
    with pytest.raises(ValueError, match="no metric 'val_loss' to monitor; it has val/loss"):
        study().optimize(lambda trial: fit(EspalierPruningCallback(trial, "val_loss")).losses[-1], n_trials=1)


def test_a_fixed_trial_trains_without_a_report() -> None:
    assert len(fit(EspalierPruningCallback(FixedTrial({}), "val/loss")).losses) == EPOCHS


OTHER_NAME = """
import sys
sys.modules["lightning"] = None  # as if it were not installed
import espalier, pytorch_lightning as pl, torch
from espalier.integrations.lightning import EspalierPruningCallback

pl.LightningModule._register_sharded_tensor_state_dict_hooks_if_available = lambda _: None  # see debian_torch

class Model(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def training_step(self, batch, index):
        loss = self.layer(batch).pow(2).mean()
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)

def objective(trial):
    callback = EspalierPruningCallback(trial, "loss")
    assert isinstance(callback, pl.Callback)
    silent = dict.fromkeys(["logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"], False)
    trainer = pl.Trainer(max_epochs=4, accelerator="cpu", callbacks=[callback], **silent)
    trainer.fit(Model(), torch.utils.data.DataLoader(torch.ones(8, 4)))
    return 1.0

espalier.load_study(study_name=sys.argv[2], storage=sys.argv[1]).optimize(objective, n_trials=1)
"""


def test_the_package_of_the_other_name_takes_the_callback_too(study: MakeStudy, server: Server, tmp_path: Path) -> None:
    of = study(pruner=AT_STEP_2)
    done = subprocess.run(
        [sys.executable, "-c", OTHER_NAME, server.url, of.study_name],
        cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert_pruned(of, last_step=2)


RANKS = """
import sys, warnings
import espalier
from espalier.integrations.lightning import EspalierPruningCallback
from tests.integrations.test_lightning import fit

def objective(trial):
    callback = EspalierPruningCallback(trial, "val/loss")
    model = fit(callback, devices=2, strategy=sys.argv[3])
    callback.check_pruned()
    return 1.0

if __name__ == "__main__":
    espalier.load_study(study_name=sys.argv[2], storage=sys.argv[1]).optimize(objective, n_trials=1)
"""


def on_two_devices(url: str, study: str, strategy: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a study in a process of its own, for this one has threads that a fork does not like."""
    (folder / "ranks.py").write_text(textwrap.dedent(RANKS))
    return subprocess.run(
        [sys.executable, str(folder / "ranks.py"), url, study, strategy],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=folder, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip


def test_two_devices_of_one_process_are_pruned_together(study: MakeStudy, server: Server, tmp_path: Path) -> None:
    of = study(pruner=AT_STEP_2)
    done = on_two_devices(server.url, of.study_name, "ddp_fork", tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert_pruned(of, last_step=2)


def test_a_rank_that_asked_for_a_trial_of_its_own_is_an_error(study: MakeStudy, server: Server, tmp_path: Path) -> None:
    of = study(pruner=AT_STEP_2)
    done = on_two_devices(server.url, of.study_name, "ddp", tmp_path)
    assert done.returncode != 0
    assert "Rank 1 has asked for a trial of its own. Ask on rank 0 alone" in done.stderr
    assert TrialState.FAIL in [trial.state for trial in of.trials]
