"""Makes the files that the tests read, by the version of Optuna that runs it.

Needs optuna 2.10, 3.6 or 5:  python record.py
"""

import datetime
import gzip
import json
import os
import tempfile
import time
from pathlib import Path

os.environ["TZ"] = "UTC"  # versions before 5 write the time on the wall
time.tzset()

import optuna
from optuna.trial import TrialState, create_trial

optuna.logging.set_verbosity(optuna.logging.ERROR)
MAJOR = int(optuna.__version__.split(".")[0])
HERE = Path(__file__).parent


def single(trial):
    lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    n = trial.suggest_int("n", 1, 9, step=2)
    units = trial.suggest_int("units", 16, 512, log=True)
    drop = trial.suggest_float("drop", 0, 0.5, step=0.1)
    wide = trial.suggest_float("wide", 0, 1 + trial.number)  # its range changes
    kind = trial.suggest_categorical("kind", ["net", 2, None, True, 0.5])
    if kind == "net":
        trial.suggest_float("rate", 0, 1)
    if trial.number % 2:
        trial.suggest_int("odd", 0, 3)
    trial.set_user_attr("note", {"é": [1, None, "NaN"], "nan": float("nan")})
    for step in range(3):
        trial.report([0.5, float("inf"), float("nan") if MAJOR > 2 else 2.0][step] if trial.number == 3 else lr + step, step)
    if trial.number == 4:
        raise optuna.TrialPruned()
    if trial.number == 5:
        raise ValueError("boom")
    return float("inf") if trial.number == 6 else lr * n + units + drop + wide


def double(trial):
    x = trial.suggest_float("x", -1, 1)
    return x * x, 1 - x


def constraints(trial):
    return (trial.params["x"], 0.25 - trial.params["x"])


def fill(storage):
    sampler = optuna.samplers.RandomSampler(seed=1)
    study = optuna.create_study(study_name="single objective", storage=storage, sampler=sampler)
    study.set_user_attr("team", "vision")
    study.optimize(single, n_trials=8, catch=(ValueError,))
    if MAJOR == 2:
        study.ask()  # RUNNING for ever
    study.enqueue_trial({"lr": 0.001, "kind": None, "n": 100})
    if MAJOR > 2:
        optuna.create_study(study_name="unused", storage=storage).ask()
        study.add_trial(create_trial(state=TrialState.RUNNING, params={"lr": 0.01}, distributions={"lr": optuna.distributions.FloatDistribution(1e-5, 1e-1, log=True)}))
        optuna.delete_study(study_name="unused", storage=storage)
    sampler = optuna.samplers.TPESampler(seed=2, constraints_func=constraints) if MAJOR > 2 else sampler
    study = optuna.create_study(study_name="double", storage=storage, directions=["minimize", "maximize"], sampler=sampler)
    if MAJOR > 2:
        study.set_metric_names(["error", "Frames per second"])
    study.optimize(double, n_trials=6)
    if MAJOR >= 5:
        study = optuna.create_study(study_name="keys", storage=storage)

        def keyed(trial):
            trial.set_constraint("memory use", trial.suggest_float("x", 0, 1) - 0.5)
            return 1.0

        study.optimize(keyed, n_trials=2)


def utc(t):
    return t and t.replace(tzinfo=datetime.timezone.utc).isoformat()


def plain(v):
    return v if v is None or abs(v) < float("inf") else "NaN" if v != v else "Infinity" if v > 0 else "-Infinity"


def known(storage):
    """What Optuna itself reads."""
    out = {}
    for summary in optuna.get_all_study_summaries(storage):
        study = optuna.load_study(study_name=summary.study_name, storage=storage)
        out[study.study_name] = {
            "directions": [d.name.lower() for d in study.directions],
            "trials": [
                {
                    "number": t.number,
                    "state": t.state.name,
                    "params": t.params,
                    "ranges": {n: [d.low, d.high] for n, d in t.distributions.items() if hasattr(d, "low")},
                    "values": t.values and [plain(v) for v in t.values],
                    "intermediate": {str(k): plain(v) for k, v in t.intermediate_values.items()},
                    "attrs": sorted(t.user_attrs),
                    "constraints": [plain(v) for v in (t.system_attrs.get("constraints") or getattr(t, "constraints", {}).values())],
                    "start": utc(t.datetime_start),
                    "end": utc(t.datetime_complete),
                }
                for t in study.trials
            ],
        }
    return out


def record(name, storage, path):
    path.unlink(missing_ok=True)
    made = storage(path)
    fill(made)
    with gzip.GzipFile(HERE / (name + ".gz"), "wb", mtime=0) as f:
        f.write(path.read_bytes())
    with gzip.GzipFile(HERE / (name + ".json.gz"), "wb", mtime=0) as f:
        f.write(json.dumps(known(made)).encode())


def journal(path):
    try:
        from optuna.storages.journal import JournalFileBackend as Backend
    except ImportError:
        from optuna.storages import JournalFileStorage as Backend
    return optuna.storages.JournalStorage(Backend(str(path)))


with tempfile.TemporaryDirectory() as scratch:
    record(f"v{MAJOR}.db", lambda path: f"sqlite:///{path}", Path(scratch, "study.db"))
    if MAJOR > 2:
        record(f"v{MAJOR}.log", journal, Path(scratch, "study.log"))
