"""PyTorch Lightning: lightning_fit.py TRUTH.json FOLDER (for its TensorBoard logger)."""
import json
import sys
import warnings

import torch

torch.distributed.is_available = lambda: False  # Debian's does not load with Python 3.11

import pytorch_lightning as pl
from pytorch_lightning.loggers import TensorBoardLogger
from torch.utils.data import DataLoader, TensorDataset

warnings.simplefilter("ignore")
truth = {"train_loss": [], "val_loss": []}


class Line(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def loss(self, batch):
        x, y = batch
        return torch.nn.functional.mse_loss(self.layer(x), y)

    def training_step(self, batch, _):
        loss = self.loss(batch)
        self.log("train_loss", loss, prog_bar=True, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, _):
        self.log("val_loss", self.loss(batch), prog_bar=True)

    def on_train_epoch_end(self):
        truth["val_loss"].append(float(self.trainer.callback_metrics["val_loss"]))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.05)


class Keep(pl.Callback):
    def on_train_epoch_end(self, trainer, _):
        truth["train_loss"].append(float(trainer.callback_metrics["train_loss"]))


pl.seed_everything(1)
x = torch.randn(64, 4)
loader = DataLoader(TensorDataset(x, x[:, :1] * 2), batch_size=8)
trainer = pl.Trainer(
    max_epochs=3,
    accelerator="cpu",
    callbacks=[Keep()],
    enable_checkpointing=False,
    log_every_n_steps=4,
    num_sanity_val_steps=0,
    logger=TensorBoardLogger(sys.argv[2], name="lightning"),
)
trainer.fit(Line(), loader, loader)
with open(sys.argv[1], "w") as f:
    json.dump(truth, f, indent=1)
