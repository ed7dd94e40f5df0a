"""Records what Optuna's MedianPruner and PercentilePruner decide.

Random studies, several trials at a time: steps with gaps and out of order, NaN
and infinite values, ties, every state at the end. After each report every
pruner of the study is asked. TestAgreesWithOptuna replays the file.

    python -m venv venv && venv/bin/pip install optuna
    venv/bin/python record_optuna.py
"""

import gzip
import json
import math
import random
import warnings

import numpy
import optuna
from optuna.pruners import MedianPruner, PercentilePruner
from optuna.trial import TrialState

STUDIES = 320
RULES = 4  # pruners a study, one bit each in a report's decisions

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore")


def rule(rng):
    """Returns the options of a random pruner, by Espalier's names."""
    options = {
        "type": "percentile",
        "percentile": rng.choice([0, 5, 10, 25, 100 / 3, 50, 61.8, 75, 90, 100]),
        "startup_trials": rng.choice([0, 1, 3, 5]),
        "warmup_steps": rng.choice([0, 0, 1, 3, 6]),
        "interval_steps": rng.choice([1, 1, 2, 3, 5]),
        "min_trials": rng.choice([1, 1, 2, 4]),
    }
    if rng.random() < 0.25:
        options["type"] = "median"
        del options["percentile"]
    return options


def pruner(options):
    """Returns Optuna's pruner for the options."""
    guards = {
        "n_startup_trials": options["startup_trials"],
        "n_warmup_steps": options["warmup_steps"],
        "interval_steps": options["interval_steps"],
        "n_min_trials": options["min_trials"],
    }
    if options["type"] == "median":
        return MedianPruner(**guards)
    return PercentilePruner(options["percentile"], **guards)


def steps(rng):
    """Returns the steps of one trial: a few left out, sometimes out of order."""
    out = [s for s in range(rng.randint(1, 12)) if rng.random() < 0.85]
    for i in range(len(out) - 1):
        if rng.random() < 0.08:
            out[i], out[i + 1] = out[i + 1], out[i]
    return out


def value(rng, level, step, odd):
    """Returns a value of a curve; odd is the chance of one that is no number."""
    if rng.random() < odd:
        return rng.choice([math.nan, math.nan, math.nan, math.inf, -math.inf])
    v = level + 1 / (step + 1) + rng.gauss(0, 0.2)
    return round(v, rng.choice([1, 2, 3]))  # few digits: ties


def text(v):
    """Returns a value as it travels in JSON."""
    if math.isnan(v):
        return "NaN"
    if math.isinf(v):
        return "Infinity" if v > 0 else "-Infinity"
    return v


def record(rng):
    """Returns one study: its rules, and its events in order."""
    direction = rng.choice(["minimize", "maximize"])
    study = optuna.create_study(direction=direction)
    rules = [rule(rng) for _ in range(RULES)]
    pruners = [pruner(r) for r in rules]
    left, odd = rng.randint(6, 18), rng.choice([0, 0, 0.05, 0.3])
    events, running = [], []
    while left or running:
        if left and len(running) < 3:
            trial = study.ask()
            chance = 1 if rng.random() < 0.03 else odd
            running.append([trial, rng.gauss(0, 0.3), steps(rng), chance])
            left -= 1
            continue
        one = rng.choice(running)
        trial, level, todo, chance = one
        if todo:
            step = todo.pop(0)
            v = value(rng, level, step, chance)
            trial.report(v, step)
            frozen = study._storage.get_trial(trial._trial_id)
            bits = sum(bool(p.prune(study, frozen)) << i for i, p in enumerate(pruners))
            events.append([trial.number, step, text(v), bits])
            continue
        running.remove(one)
        state = rng.choices([TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL], [8, 1, 1])[0]
        study.tell(trial, level if state == TrialState.COMPLETE else None, state=state)
        events.append([trial.number, state.name])
    return {"direction": direction, "rules": rules, "events": events}


def main():
    rng = random.Random(20261122)
    recording = {
        "optuna": optuna.__version__,
        "numpy": numpy.__version__,
        "studies": [record(rng) for _ in range(STUDIES)],
    }
    body = json.dumps(recording, separators=(",", ":")).encode()
    with open("optuna_percentile.json.gz", "wb") as f:
        f.write(gzip.compress(body, 9, mtime=0))
    reports = [e for s in recording["studies"] for e in s["events"] if len(e) == 4]
    fired = sum(bin(e[3]).count("1") for e in reports)
    print(f"{len(reports)} reports, {RULES * len(reports)} decisions, {fired} of them to prune, {len(body)} bytes")


if __name__ == "__main__":
    main()
