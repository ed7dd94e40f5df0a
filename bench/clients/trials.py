"""Times trials that are worked on through Optuna, or through Espalier's client as its users write it.

Usage: trials.py WITH WHERE SAMPLER PROCESSES TRIALS

WITH is one of optuna-sqlite, optuna-journal (WHERE is a file), optuna-grpc (host:port of proxy.py) and espalier (the
server's URL); SAMPLER is random or tpe. The processes share one study and a fixed number of trials each. Prints a JSON
object: `seconds` from when all were ready until the last one had told its last trial, and `cpu_seconds` of theirs.
"""

import json
import multiprocessing
import sys
import time
import warnings

STUDY = "bench"


def library(name):
    if name == "espalier":
        import espalier as optuna
    else:
        import optuna
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def storage(name, where):
    if name == "espalier":
        return where
    from optuna import exceptions, storages

    if name == "optuna-sqlite":
        # Waits for another's lock as long as it takes; the default gives up after 5 s, and the trial with it.
        return storages.RDBStorage(f"sqlite:///{where}", engine_kwargs={"connect_args": {"timeout": 600}})
    if name == "optuna-journal":
        return storages.JournalStorage(storages.journal.JournalFileBackend(where))
    warnings.simplefilter("ignore", exceptions.ExperimentalWarning)
    host, _, port = where.rpartition(":")
    return storages.GrpcStorageProxy(host=host, port=int(port))


def make_sampler(optuna, name, seed=None):
    return {"random": optuna.samplers.RandomSampler, "tpe": optuna.samplers.TPESampler}[name](seed=seed)


def objective(trial):
    """Is better with every trial, so that the pruner compares at each report and, but for the first few, never fires.

    What it says is not obeyed: each trial has all of its reports.
    """
    total = 0.0
    for i in range(10):
        if i % 4 == 0:
            total += trial.suggest_float(f"x{i}", 0, 1)
        elif i % 4 == 1:
            total += trial.suggest_float(f"x{i}", 1e-5, 1e-1, log=True)
        elif i % 4 == 2:
            total += trial.suggest_int(f"x{i}", 1, 64) / 64
        else:
            total += len(trial.suggest_categorical(f"x{i}", ["a", "bc", "def", "ghij"])) / 4
    for step in range(10):
        trial.report(total / (step + 1) - trial.number, step)
        trial.should_prune()
    return total / 10 - trial.number


def work(name, where, sampler, trials, ready, took):
    optuna = library(name)
    study = optuna.load_study(
        study_name=STUDY,
        storage=storage(name, where),
        sampler=make_sampler(optuna, sampler),
        pruner=optuna.pruners.MedianPruner(),
    )
    ready.wait()
    began, cpu = time.monotonic(), time.process_time()
    study.optimize(objective, n_trials=trials)
    took.put((began, time.monotonic(), time.process_time() - cpu))


def main():
    name, where, sampler, processes, trials = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
    optuna = library(name)
    study = optuna.create_study(
        study_name=STUDY,
        storage=storage(name, where),
        sampler=make_sampler(optuna, sampler, seed=1),
        pruner=optuna.pruners.MedianPruner(),
    )
    context = multiprocessing.get_context("spawn")
    ready, took = context.Barrier(processes, timeout=300), context.SimpleQueue()
    workers = [
        context.Process(target=work, args=(name, where, sampler, trials // processes, ready, took), daemon=True)
        for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        if worker.exitcode != 0:
            sys.exit(f"a worker ended with {worker.exitcode}")
    began, ended, cpu = zip(*(took.get() for _ in workers), strict=True)
    complete = [
        t for t in study.trials if t.state is optuna.trial.TrialState.COMPLETE and len(t.intermediate_values) == 10
    ]
    if len(complete) != trials // processes * processes:
        sys.exit(f"{len(complete)} trials are complete, with 10 reports each")
    print(json.dumps({"seconds": max(ended) - min(began), "cpu_seconds": sum(cpu)}))


if __name__ == "__main__":
    main()
