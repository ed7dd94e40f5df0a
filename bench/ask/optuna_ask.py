"""Times Optuna's asks over a history in memory.

Usage: optuna_ask.py SAMPLER TRIALS PARAMS ASKS < history

The history is one line a trial: its params and its value, as numbers. Each ask is a whole one: study.ask, a suggestion
for every parameter, and, outside the clock, study.tell. Prints the seconds of each ask, one a line.
"""

import contextlib
import sys
import time

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

KINDS = [
    lambda: FloatDistribution(0.0, 1.0),
    lambda: FloatDistribution(1e-5, 1e-1, log=True),
    lambda: IntDistribution(1, 64),
    lambda: CategoricalDistribution([0.0, 1.0, 2.0, 3.0]),
]


def sampler(name):
    if name == "tpe":
        return optuna.samplers.TPESampler(seed=1)
    if name == "random":
        return optuna.samplers.RandomSampler(seed=1)
    import torch

    torch.set_num_threads(1)
    if not hasattr(torch.device, "__enter__"):  # before PyTorch 2.0: the CPU is the default device anyway
        import optuna.samplers._gp.sampler as module

        class Torch:
            def __getattr__(self, name):
                return getattr(torch, name)

            @staticmethod
            def device(*_):
                return contextlib.nullcontext()

        module.torch = Torch()
    return optuna.samplers.GPSampler(seed=1)


def main():
    name, trials, params, asks = sys.argv[1], *map(int, sys.argv[2:5])
    kinds = KINDS if name != "gp" else KINDS[:1]
    dists = {f"p{i:02d}": kinds[i % len(kinds)]() for i in range(params)}
    history = []
    for line in sys.stdin:
        *values, value = map(float, line.split())
        given = {n: int(v) if isinstance(d, IntDistribution) else v for (n, d), v in zip(dists.items(), values)}
        history.append(optuna.trial.create_trial(params=given, distributions=dists, value=value))
    assert len(history) == trials
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=sampler(name))
    study.add_trials(history)
    for i in range(asks):
        began = time.perf_counter()
        trial = study.ask()
        for n, d in dists.items():
            trial._suggest(n, d)
        print(time.perf_counter() - began, flush=True)
        study.tell(trial, float(i % 7) / 7)


main()
