"""A loop of PyTorch, in one process and in a process group."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import espalier
from espalier import Trial, TrialState
from espalier.integrations.torch import track
from espalier.trial import FixedTrial
from tests.conftest import Server
from tests.integrations.conftest import AT_STEP_2, MakeStudy, assert_pruned, curves

EPOCHS = 4


class Regression:
    def __init__(self) -> None:
        torch.manual_seed(0)
        self.model = torch.nn.Linear(4, 1)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)
        self.x = torch.randn(64, 4)

    def epoch(self) -> float:
        self.optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(self.model(self.x).squeeze(1), self.x.sum(1))
        loss.backward()
        self.optimizer.step()
        return float(loss)


def test_the_loop_reports_seconds_and_throughput_beside_what_it_is_told(study: MakeStudy) -> None:
    def objective(trial: Trial) -> float:
        training, loss = Regression(), math.nan
        for epoch in track(trial, range(EPOCHS), samples=64, system_metrics=True):
            loss = training.epoch()
            trial.report(loss, epoch)
        return loss

    of = study()
    of.optimize(objective, n_trials=1)
    reported = curves(of, 0)
    assert reported.keys() == {"value", "epoch_seconds", "samples_per_second"}
    assert all(list(curve) == list(range(EPOCHS)) for curve in reported.values())
    products = [
        s * t for s, t in zip(*(reported[k].values() for k in ("epoch_seconds", "samples_per_second")), strict=True)
    ]
    assert products == pytest.approx([64] * EPOCHS)
    assert of.trials[0].metrics["system/wall_seconds"]["last"] > 0


def test_it_is_pruned_after_the_epoch_with_the_servers_reason(study: MakeStudy) -> None:
    seen: list[int] = []

    def objective(trial: Trial) -> float:
        for epoch in track(trial, range(EPOCHS)):
            seen.append(epoch)
            trial.report(1.0, epoch)
        return 1.0

    of = study(pruner=AT_STEP_2)
    of.optimize(objective, n_trials=1)
    assert_pruned(of, last_step=2)
    assert seen == [0, 1, 2]


def test_a_rule_on_seconds_per_epoch_prunes_too(study: MakeStudy) -> None:
    """What `track` measures is reported by itself, so a limit on it is obeyed though the loop reports nothing."""
    of = study(pruner=espalier.pruners.LimitPruner("epoch_seconds", 0.0))
    of.optimize(lambda trial: float(len(list(track(trial, range(EPOCHS))))), n_trials=1)
    (trial,) = of.trials
    assert trial.state is TrialState.PRUNED
    assert list(curves(of, 0)["epoch_seconds"]) == [0]


def test_a_loop_that_is_left_ends_its_monitor(study: MakeStudy) -> None:
    def objective(trial: Trial) -> float:
        for _ in track(trial, range(EPOCHS), system_metrics=True):
            break
        return 1.0

    of = study()
    of.optimize(objective, n_trials=1)
    assert of.trials[0].metrics["system/wall_seconds"]["count"] == 1, "it reports for a last time when it ends"


def test_a_fixed_trial_runs_through(study: MakeStudy) -> None:
    assert list(track(FixedTrial({}), range(EPOCHS), system_metrics=True)) == list(range(EPOCHS))


def test_no_samples_are_refused(study: MakeStudy) -> None:
    with pytest.raises(ValueError, match="samples is how many an epoch processes, and must be above 0, not 0"):
        next(track(study().ask(), range(EPOCHS), samples=0))


GROUP = """
import sys, torch.distributed as dist, torch.multiprocessing as mp
import espalier
from espalier.integrations.torch import from_rank_zero, track
from espalier.trial import FixedTrial

def objective(trial):
    for epoch in track(trial, range(4)):
        trial.report(1.0, epoch)

def rank(rank, folder, url, study):
    dist.init_process_group("gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=2)
    if rank == 0:
        study = espalier.load_study(study_name=study, storage=url)
        trial = study.ask({"x": espalier.distributions.FloatDistribution(0, 1)})
    params = from_rank_zero(trial.params if rank == 0 else None)
    trial = trial if rank == 0 else FixedTrial(params)
    try:
        objective(trial)
    except espalier.TrialPruned as e:
        print(f"{rank} {trial.suggest_float('x', 0, 1)} {e}", flush=True)
        if rank == 0:
            study.tell(trial, state=espalier.TrialState.PRUNED)

if __name__ == "__main__":
    mp.spawn(rank, sys.argv[1:], nprocs=2)
"""


def test_all_ranks_of_a_process_group_end_together(study: MakeStudy, server: Server, tmp_path: Path) -> None:
    of = study(pruner=AT_STEP_2)
    (tmp_path / "group.py").write_text(GROUP)
    done = subprocess.run(
        [sys.executable, "group.py", str(tmp_path), server.url, of.study_name],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (trial,) = of.trials
    said = sorted(done.stdout.splitlines())
    assert said == [f"{rank} {trial.params['x']} {trial.prune_reason}" for rank in (0, 1)]
    assert trial.last_step == 2
