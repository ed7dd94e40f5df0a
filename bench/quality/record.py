"""Records Optuna's regret on the problems of the quality benchmark.

    python record.py                  all cells, those recorded before left out
    python record.py --cell KEY ...   these cells anew, to standard output

A cell is PROBLEM/RIVAL/TABLE/SEED/EVALUATIONS. Its line in curves.jsonl holds
the regret whenever it changed, by the number of evaluations. Regret does not
depend on the machine, so it is recorded once; the rounding of another processor
or another version of torch may lead a study elsewhere all the same.

Tables: "given" begins with the ten start points that the other side has too,
"own" with the sampler's own; "eight" has the start points and 8 trials in
flight, of which the oldest is told.
"""

import contextlib
import json
import os
import sys
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import optuna

import problems

OUT = problems.HERE / "curves.jsonl"
VERSION = "5."
GROUP = "score"
SEEDS = 31
GP_SEEDS = 11
EVALUATIONS = 200
GP_EVALUATIONS = 100  # in the first pass: its time grows with the cube
GP_LONGER = ("hartmann6", "branin", "rosenbrock5", "phoneme", "gardner2", "branin_currin", "mixed7_first", "ackley10")


def patch_torch():
    """torch before 2.0 has no `with torch.device(...)`, which GPSampler uses to
    stay on the CPU. That is where it is anyway."""
    import torch

    torch.set_num_threads(1)
    if hasattr(torch.device("cpu"), "__enter__"):
        return
    import optuna.samplers._gp.sampler as module

    class Torch:
        def __getattr__(self, name):
            return getattr(torch, name)

        @staticmethod
        def device(*_):
            return contextlib.nullcontext()

    module.torch = Torch()


def sampler(rival, problem, seed):
    if rival == "tpe":
        return optuna.samplers.TPESampler(seed=seed)
    if rival == "cmaes":
        margin = any(p.kind == "int" for p in problem.params)
        return optuna.samplers.CmaEsSampler(seed=seed, with_margin=margin, warn_independent_sampling=False)
    if rival == "nsga2":
        return optuna.samplers.NSGAIISampler(seed=seed)
    if rival == "gp":
        return optuna.samplers.GPSampler(seed=seed, warn_independent_sampling=False)
    raise ValueError(rival)


def rivals(problem):
    """All but the GP: it has its own place in the order."""
    if problem.reference:
        return ["tpe", "nsga2"]
    if problem.constraints:
        return ["tpe"]
    return ["tpe", "cmaes"]


def suggest(trial, p):
    if p.kind == "float":
        return trial.suggest_float(p.name, p.low, p.high, log=p.log)
    if p.kind == "int":
        return trial.suggest_int(p.name, int(p.low), int(p.high), step=p.step)
    return trial.suggest_categorical(p.name, list(range(int(p.high) + 1)))


def run(name, rival, table, seed, evaluations):
    problem = problems.make(name, GROUP, seed)
    study = optuna.create_study(
        directions=["minimize"] * (2 if problem.reference else 1),
        sampler=sampler(rival, problem, problems.Chance("sampler", name, table, seed).next() >> 33),
    )
    if table != "own":
        for x in problem.starts(GROUP, seed):
            study.enqueue_trial({p.name: v for p, v in zip(problem.params, x)})
    regret = problems.Regret(problem)
    flying = []

    def ask():
        trial = study.ask()
        flying.append((trial, [suggest(trial, p) for p in problem.params]))

    def tell():
        trial, x = flying.pop(0)
        values, constraints = problem.evaluate(x)
        for i, c in enumerate(constraints):
            trial.set_constraint("c%d" % i, c)
        study.tell(trial, values)
        regret.tell(x, values, constraints)

    workers = 8 if table == "eight" else 1
    for _ in range(workers - 1):
        ask()
    for _ in range(evaluations):
        ask()
        tell()
    return regret.curve


def cells():
    """All cells, in the order of recording."""
    every = problems.SCORED
    plan = [(n, r, "given", range(SEEDS), EVALUATIONS) for n in every for r in rivals(problems.make(n, GROUP, 0))]
    plan += [(n, "gp", "given", range(GP_SEEDS), GP_EVALUATIONS) for n in every]
    plan += [(n, r, "own", range(SEEDS), EVALUATIONS) for n in every for r in rivals(problems.make(n, GROUP, 0))]
    plan += [(n, "tpe", "eight", range(SEEDS), EVALUATIONS) for n in every]
    plan += [(n, "gp", "given", range(GP_SEEDS), EVALUATIONS) for n in GP_LONGER]
    for name, rival, table, seeds, evaluations in plan:
        for seed in seeds:
            yield name, rival, table, seed, evaluations


def key(cell):
    return "/".join(map(str, cell))


def line(cell):
    began = time.time()
    curve = run(*cell)
    return json.dumps({"cell": key(cell), "curve": curve}, separators=(",", ":")), time.time() - began


def main(args):
    if not optuna.__version__.startswith(VERSION):
        raise SystemExit("Optuna %s is not %sx" % (optuna.__version__, VERSION))
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    patch_torch()
    if args[:1] == ["--cell"]:
        for text in args[1:]:
            name, rival, table, seed, evaluations = text.split("/")
            print(line((name, rival, table, int(seed), int(evaluations)))[0], flush=True)
        return
    done = set()
    if OUT.exists():
        done = {json.loads(text)["cell"] for text in OUT.read_text().splitlines()}
    todo = [c for c in cells() if key(c) not in done]
    print("%d cells recorded, %d to do" % (len(done), len(todo)), flush=True)
    with OUT.open("a") as out:
        for cell in todo:
            text, seconds = line(cell)
            out.write(text + "\n")
            out.flush()
            print("%s\t%.1f s" % (key(cell), seconds), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
