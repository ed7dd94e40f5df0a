"""Records studies with the importances that Optuna gives them, for optuna_test.go.

Needs optuna 5 and scikit-learn:  python record_optuna.py
"""

import gzip
import json
import math
import warnings
from pathlib import Path

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def sphere(t):
    return sum(w * t.suggest_float(f"x{i}", -5, 5) ** 2 for i, w in enumerate([5, 2, 1, 0.5, 0.01, 0.2]))


def training(t):
    lr = t.suggest_float("lr", 1e-5, 1e-1, log=True)
    units = t.suggest_int("units", 16, 1024, log=True)
    layers = t.suggest_int("layers", 1, 6)
    dropout = t.suggest_float("dropout", 0.0, 0.7)
    decay = t.suggest_float("decay", 1e-8, 1e-2, log=True)
    return (math.log10(lr) + 2.5) ** 2 + 0.3 * abs(math.log2(units) - 8) + 0.1 * (layers - 3) ** 2 + 0.05 * dropout - 1e-3 * math.log10(decay)


def mixed(t):
    optimizer = t.suggest_categorical("optimizer", ["adam", "sgd", "rmsprop", "lion"])
    activation = t.suggest_categorical("activation", ["relu", "tanh", None])
    bias = t.suggest_categorical("bias", [True, False])
    lr = t.suggest_float("lr", 1e-4, 1.0, log=True)
    momentum = t.suggest_float("momentum", 0.5, 0.99)
    target = {"adam": -3, "sgd": -1, "rmsprop": -3, "lion": -3.5}[optimizer]
    worse = {"adam": 0, "sgd": 0.5, "rmsprop": 0.2, "lion": 1}[optimizer]
    return -((math.log10(lr) - target) ** 2 + worse + 0.3 * (activation == "tanh") + 0.05 * bias + (momentum - 0.9) ** 2)


def steps(t):
    a = t.suggest_float("a", 0, 1, step=0.1)
    b = t.suggest_int("b", 0, 100, step=10)
    c = t.suggest_int("c", 1, 300)
    d = t.suggest_float("d", -1, 1, step=0.01)
    return round(8 * a) + abs(b - 40) / 10 + c / 200 + abs(d)


def conditional(t):
    kind = t.suggest_categorical("kind", ["linear", "tree", "net"])
    noise = t.suggest_float("noise", 0, 1)
    if kind == "linear":
        return 2 + abs(t.suggest_float("alpha", 1e-3, 10, log=True) - 1) + 0.1 * noise
    if kind == "tree":
        return 1 + 0.2 * abs(t.suggest_int("depth", 1, 20) - 7) + 0.1 * noise
    return 0.5 + 2 * (t.suggest_float("width", 0, 1) - 0.3) ** 2 + 0.5 * abs(t.suggest_float("rate", -2, 2)) + 0.1 * noise


def ties(t):
    return t.suggest_int("n", 0, 9) // 3 + t.suggest_int("m", 0, 1) + (t.suggest_float("free", 0, 1) > 2)


def wide(t):
    return sum(math.exp(-i / 3) * abs(t.suggest_float(f"p{i:02d}", 0, 1) - 0.4) for i in range(20))


def interaction(t):
    x, y, z = (t.suggest_float(n, -1, 1) for n in "xyz")
    n = t.suggest_int("n", 1, 8)
    return x * y + 0.5 * abs(z) + (0.4 if n > 5 and x > 0 else 0) + 0.02 * n


STUDIES = [
    ("sphere by random", sphere, "minimize", optuna.samplers.RandomSampler(seed=1), 200),
    ("training by TPE", training, "minimize", optuna.samplers.TPESampler(seed=2), 150),
    ("mixed by TPE, maximized", mixed, "maximize", optuna.samplers.TPESampler(seed=3), 200),
    ("steps by random", steps, "minimize", optuna.samplers.RandomSampler(seed=4), 120),
    ("conditional by random", conditional, "minimize", optuna.samplers.RandomSampler(seed=5), 300),
    ("ties by random", ties, "minimize", optuna.samplers.RandomSampler(seed=6), 40),
    ("wide by random", wide, "minimize", optuna.samplers.RandomSampler(seed=7), 1000),
    ("interaction by QMC", interaction, "minimize", optuna.samplers.QMCSampler(seed=8), 256),
    ("training by random", training, "minimize", optuna.samplers.RandomSampler(seed=9), 25),
]


def described(d):
    if isinstance(d, CategoricalDistribution):
        return {"type": "categorical", "choices": list(d.choices)}
    out = {"type": "float" if isinstance(d, FloatDistribution) else "int", "low": d.low, "high": d.high}
    if d.log:
        out["log"] = True
    if d.step and not (isinstance(d, IntDistribution) and d.step == 1):
        out["step"] = d.step
    return out


def recorded(name, objective, direction, sampler, n):
    study = optuna.create_study(direction=direction, sampler=sampler)
    study.optimize(objective, n_trials=n)
    space = {}
    for t in study.trials:
        space.update(t.distributions)
    sign = -1 if direction == "maximize" else 1
    fanova = {}
    for seed in range(3):
        for p, v in optuna.importance.get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=seed)).items():
            fanova[p] = fanova.get(p, 0) + v / 3
    return {
        "name": name,
        "space": {p: described(d) for p, d in space.items()},
        "columns": {p: [d.to_internal_repr(t.params[p]) if p in t.params else None for t in study.trials] for p, d in space.items()},
        "target": [sign * t.value for t in study.trials],
        "ped_anova": optuna.importance.get_param_importances(study, evaluator=PedAnovaImportanceEvaluator()),
        "fanova": fanova,
    }


if __name__ == "__main__":
    data = {"optuna": optuna.__version__, "studies": [recorded(*s) for s in STUDIES]}
    out = Path(__file__).with_name("optuna.json.gz")
    with gzip.GzipFile(out, "wb", mtime=0) as f:
        f.write(json.dumps(data).encode())
    print(out.stat().st_size, "bytes")
