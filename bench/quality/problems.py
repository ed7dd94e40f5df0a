"""The problems of the quality benchmark, the same as in bench/quality_problems.go.

Chance is splitmix64, keyed by the FNV-1a hash of a text such as
"shift/sphere5/score/3", so that both sides draw the same. `python problems.py`
writes vectors.json, by which the Go side checks itself.
"""

import functools
import gzip
import json
import math
import pathlib
import struct
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).parent
MASK = (1 << 64) - 1
STARTS = 10  # start points given to both sides


class Chance:
    """splitmix64; unit() is uniform in [0, 1)."""

    def __init__(self, *key):
        self.state = 0xCBF29CE484222325
        for b in "/".join(map(str, key)).encode():
            self.state = (self.state ^ b) * 0x100000001B3 & MASK

    def next(self):
        self.state = self.state + 0x9E3779B97F4A7C15 & MASK
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        return z ^ z >> 31

    def unit(self):
        return (self.next() >> 11) * 2.0**-53


@dataclass
class Param:
    """A category's values are the indices of its choices."""

    name: str
    kind: str  # float, int or categorical
    low: float
    high: float  # of a category: the last index
    step: int = 1
    log: bool = False

    def at(self, u):
        """Maps u in [0, 1) to a value, as trials.Distribution.At does."""
        if self.kind == "float":
            if self.log:
                return math.exp(math.log(self.low) + u * (math.log(self.high) - math.log(self.low)))
            return self.low + u * (self.high - self.low)
        n = int((self.high - self.low) // self.step) + 1
        return int(self.low + min(math.floor(u * n), n - 1) * self.step)


@dataclass
class Problem:
    """Everything is minimised. evaluate returns what a sampler sees: values and
    constraints, which hold at or below 0. truth is what a point is judged by."""

    name: str
    params: list
    evaluate: callable
    best: float = 0.0  # least truth; of two objectives: the hypervolume of the front
    worst: float = 0.0  # regret while no point is feasible
    reference: tuple = ()  # of the hypervolume, where there are two objectives
    constraints: int = 0
    truth: callable = None
    cost: callable = None
    extra: dict = field(default_factory=dict)

    def starts(self, group, seed):
        chance = Chance("start", self.name, group, seed)
        return [[p.at(chance.unit()) for p in self.params] for _ in range(STARTS)]


class Regret:
    """Follows a study. With one objective it is that of the point that looks
    best, among the feasible; with two it is the hypervolume that is missing."""

    def __init__(self, problem):
        self.problem = problem
        self.seen = math.inf
        self.front = []
        self.now = problem.best if problem.reference else problem.worst
        self.count = 0
        self.curve = []  # evaluation, regret: whenever it changes

    def tell(self, x, values, constraints):
        self.count += 1
        before = self.now
        p = self.problem
        if p.reference:
            if all(a < r for a, r in zip(values, p.reference)):
                self.front = pareto(self.front + [tuple(values)])
                self.now = p.best - hypervolume(self.front, p.reference)
        elif all(c <= 0 for c in constraints) and values[0] < self.seen:
            self.seen = values[0]
            self.now = (p.truth(x) if p.truth else values[0]) - p.best
        if self.now != before or self.count == 1:
            self.curve += [self.count, float("%.6g" % self.now)]


def pareto(points):
    """The points that no other dominates, by their first value."""
    out, least = [], math.inf
    for p in sorted(points):
        if p[1] < least:
            out.append(p)
            least = p[1]
    return out


def hypervolume(front, reference):
    area, top = 0.0, reference[1]
    for a, b in front:
        area += (reference[0] - a) * (top - b)
        top = b
    return area


def floats(n, low, high):
    return [Param("x%d" % i, "float", low, high) for i in range(n)]


def shift(name, group, seed, n, most):
    chance = Chance("shift", name, group, seed)
    return [(2 * chance.unit() - 1) * most for _ in range(n)]


def sphere5(group, seed):
    s = shift("sphere5", group, seed, 5, 0.8 * 5.12)
    return Problem("sphere5", floats(5, -5.12, 5.12), lambda x: ([sum((a - b) ** 2 for a, b in zip(x, s))], []))


def rosenbrock5(group, seed):
    def f(x):
        return [sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:]))], []

    return Problem("rosenbrock5", floats(5, -5, 10), f)


def branin_of(x, y):
    b, c = 5.1 / (4 * math.pi**2), 5 / math.pi
    return (y - b * x * x + c * x - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def branin(group, seed):
    params = [Param("x0", "float", -5, 10), Param("x1", "float", 0, 15)]
    return Problem("branin", params, lambda x: ([branin_of(*x)], []), 0.39788735772973816)


HARTMANN_A = (
    (10, 3, 17, 3.5, 1.7, 8),
    (0.05, 10, 17, 0.1, 8, 14),
    (3, 3.5, 1.7, 10, 17, 8),
    (17, 8, 0.05, 10, 0.1, 14),
)
HARTMANN_P = (
    (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886),
    (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
    (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650),
    (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
)
HARTMANN_ALPHA = (1, 1.2, 3, 3.2)


def hartmann(x):
    total = 0.0
    for alpha, a, p in zip(HARTMANN_ALPHA, HARTMANN_A, HARTMANN_P):
        total -= alpha * math.exp(-sum(a[j] * (x[j] - p[j]) ** 2 for j in range(6)))
    return total


def hartmann6(group, seed):
    return Problem("hartmann6", floats(6, 0, 1), lambda x: ([hartmann(x)], []), -3.322368011415515)


def ackley10(group, seed):
    s = shift("ackley10", group, seed, 10, 0.8 * 32.768)

    def f(x):
        squares = sum((a - b) ** 2 for a, b in zip(x, s)) / 10
        waves = sum(math.cos(2 * math.pi * (a - b)) for a, b in zip(x, s)) / 10
        return [20 + math.e - 20 * math.exp(-0.2 * math.sqrt(squares)) - math.exp(waves)], []

    return Problem("ackley10", floats(10, -32.768, 32.768), f)


def mixed7(last):
    """A network's settings. The best optimizer and the best activation are the
    first choices, or the last; the best one wants another lr than the others."""
    optimizers, activations = (0, 0.06, 0.1, 0.15), (0, 0.05, 0.1)
    name = "mixed7_last" if last else "mixed7_first"
    params = [
        Param("lr", "float", 1e-5, 0.1, log=True),
        Param("dropout", "float", 0, 0.7),
        Param("momentum", "float", 0.5, 0.99),
        Param("layers", "int", 1, 8),
        Param("units", "int", 32, 512, step=32),
        Param("optimizer", "categorical", 0, 3),
        Param("activation", "categorical", 0, 2),
    ]

    def f(x):
        lr, dropout, momentum, layers, units, o, a = x
        if last:
            o, a = 3 - o, 2 - a
        target = 2e-4 if o == 0 else 1e-2
        loss = ((math.log(lr) - math.log(target)) / math.log(1e4)) ** 2
        loss += ((dropout - 0.15) / 0.7) ** 2 + ((momentum - 0.9) / 0.49) ** 2
        loss += ((layers - 3) / 7) ** 2 + ((units - 352) / 480) ** 2
        return [loss + optimizers[o] + activations[a]], []

    return Problem(name, params, f)


def gardner2(group, seed):
    """Gardner et al., Bayesian Optimization with Inequality Constraints, ICML
    2014, section 4.1, second simulation: 2 % of the square are feasible."""
    return Problem(
        "gardner2",
        floats(2, 0, 6),
        lambda x: ([math.sin(x[0]) + x[1]], [math.sin(x[0]) * math.sin(x[1]) + 0.95]),
        best=math.asin(0.95) - 1,
        worst=7 - (math.asin(0.95) - 1),
        constraints=1,
    )


def hartmann6_sum(group, seed):
    """Hartmann6 where the sum is at most 1.8: 4.5 % of the box, the optimum
    outside."""
    return Problem(
        "hartmann6_sum",
        floats(6, 0, 1),
        lambda x: ([hartmann(x)], [sum(x) - 1.8]),
        best=HARTMANN6_SUM,
        worst=-HARTMANN6_SUM,
        constraints=1,
    )


HARTMANN6_SUM = -3.123306863572282  # by reference_hartmann6_sum


def network(group, seed):
    """A network that must fit a memory and a latency: more is better, but for
    the limits, and a coarser number format makes room at a price."""
    size, price, speed = (4, 2, 1), (0, 0.01, 0.04), (1, 0.6, 0.5)
    optimizers = (0.08, 0, 0.05)
    params = [
        Param("lr", "float", 1e-5, 0.1, log=True),
        Param("dropout", "float", 0, 0.7),
        Param("layers", "int", 1, 8),
        Param("units", "int", 32, 512, step=32),
        Param("format", "categorical", 0, 2),
        Param("optimizer", "categorical", 0, 2),
    ]

    def shape(layers, units, k):
        capacity = math.log(layers * units * units / 1024) / math.log(2048)
        loss = 0.5 * (1 - capacity) ** 2 + price[k]
        memory = layers * units * units * size[k] / 1e6
        latency = layers * math.sqrt(units) * speed[k]
        return capacity, loss, [memory / 1.1 - 1, latency / 42 - 1]

    def f(x):
        lr, dropout, layers, units, k, o = x
        capacity, loss, broken = shape(layers, units, k)
        loss += ((math.log(lr) - math.log(1e-3)) / math.log(1e4)) ** 2
        return [loss + 0.3 * (dropout - 0.3 * capacity) ** 2 + optimizers[o]], broken

    best = math.inf
    for layers in range(1, 9):
        for units in range(32, 513, 32):
            for k in range(3):
                _, loss, broken = shape(layers, units, k)
                if max(broken) <= 0:
                    best = min(best, loss)
    return Problem("network", params, f, best=best, worst=1.5 - best, constraints=2)


def zdt1(group, seed):
    """Zitzler, Deb and Thiele, 2000; five parameters, and all but the first
    best where the shift says, not at their ends."""
    s = [0.5 + v for v in shift("zdt1", group, seed, 4, 0.4)]

    def f(x):
        g = 1 + 9 * sum(abs(a - b) / max(b, 1 - b) for a, b in zip(x[1:], s)) / 4
        return [x[0], g * (1 - math.sqrt(x[0] / g))], []

    return Problem("zdt1", floats(5, 0, 1), f, best=2 + 2 / 3 + 0.3, reference=(1.1, 3.0))


def branin_currin(group, seed):
    """Belakaria et al., Max-value Entropy Search for Multi-Objective Bayesian
    Optimization, NeurIPS 2019; reference point and hypervolume as in BoTorch."""

    def f(x):
        a, b = x
        tail = 1 - math.exp(-1 / (2 * b)) if b > 0 else 1
        currin = tail * (2300 * a**3 + 1900 * a * a + 2092 * a + 60) / (100 * a**3 + 500 * a * a + 4 * a + 20)
        return [branin_of(15 * a - 5, 15 * b), currin], []

    return Problem("branin_currin", floats(2, 0, 1), f, best=59.36011874867746, reference=(18.0, 6.0))


def dtlz2(group, seed):
    """Deb et al., 2002; two objectives, five parameters, shifted."""
    s = [0.5 + v for v in shift("dtlz2", group, seed, 4, 0.4)]

    def f(x):
        g = 1 + sum((a - b) ** 2 for a, b in zip(x[1:], s))
        return [g * math.cos(x[0] * math.pi / 2), g * math.sin(x[0] * math.pi / 2)], []

    return Problem("dtlz2", floats(5, 0, 1), f, best=1.21 - math.pi / 4, reference=(1.1, 1.1))


TUNE_TABLES = ("australian", "blood_transfusion", "car", "credit_g")
SCORE_TABLES = ("kc1", "phoneme", "segment", "vehicle")
TABLE_SEEDS = 5
TABLE_SHAPE = (("alpha", 10), ("batch_size", 10), ("depth", 3), ("learning_rate_init", 10), ("width", 10))


@functools.cache
def read_table(name):
    """Errors by seed, and seconds: see export.py for the format."""
    raw = gzip.decompress((HERE / "tables" / (name + ".gz")).read_bytes())
    least, most = struct.unpack_from("<dd", raw)
    n = (len(raw) - 16) // 2 // (TABLE_SEEDS + 1)
    q = struct.unpack_from("<%dH" % (n * (TABLE_SEEDS + 1)), raw, 16)
    errors = [[v / 65535 for v in q[s * n : (s + 1) * n]] for s in range(TABLE_SEEDS)]
    means = [sum(e[i] for e in errors) / TABLE_SEEDS for i in range(n)]
    seconds = [least * (most / least) ** (v / 65535) for v in q[TABLE_SEEDS * n :]]
    return errors, means, seconds, min(means)


def table(name, group, seed):
    """An HPOBench MLP table. The sampler sees the errors of one of its seeds,
    the same in the whole study; regret is on the mean of all seeds."""
    errors, means, seconds, best = read_table(name)
    which = Chance("table", name, group, seed).next() % TABLE_SEEDS

    def row(x):
        i = 0
        for v, (_, n) in zip(x, TABLE_SHAPE):
            i = i * n + int(v)
        return i

    return Problem(
        name,
        [Param(p, "int", 0, n - 1) for p, n in TABLE_SHAPE],
        lambda x: ([errors[which][row(x)]], []),
        best=best,
        truth=lambda x: means[row(x)],
        cost=lambda x: seconds[row(x)],
    )


PROBLEMS = {
    "hartmann6": hartmann6,
    "branin": branin,
    "rosenbrock5": rosenbrock5,
    **{t: functools.partial(table, t) for t in SCORE_TABLES + TUNE_TABLES},
    "gardner2": gardner2,
    "hartmann6_sum": hartmann6_sum,
    "network": network,
    "branin_currin": branin_currin,
    "zdt1": zdt1,
    "dtlz2": dtlz2,
    "sphere5": sphere5,
    "ackley10": ackley10,
    "mixed7_first": lambda group, seed: mixed7(False),
    "mixed7_last": lambda group, seed: mixed7(True),
}
# The order of recording: the most telling first.
SCORED = [n for n in PROBLEMS if n not in TUNE_TABLES]


def make(name, group, seed):
    return PROBLEMS[name](group, seed)


def reference_hartmann6_sum():
    """Hartmann6 under its constraint, from 400 starts."""
    import numpy
    import scipy.optimize

    rng = numpy.random.default_rng(0)
    best = math.inf
    for _ in range(400):
        x = rng.uniform(0, 1, 6)
        r = scipy.optimize.minimize(
            hartmann,
            x * min(1, 1.8 / x.sum()),
            bounds=[(0, 1)] * 6,
            constraints={"type": "ineq", "fun": lambda v: 1.8 - v.sum()},
            method="SLSQP",
            options={"ftol": 1e-14, "maxiter": 500},
        )
        if r.success and r.x.sum() <= 1.8 + 1e-9:
            best = min(best, r.fun)
    return best


def vectors():
    out = []
    for name in PROBLEMS:
        for group in ("tune", "score"):
            for seed in (0, 7):
                p = make(name, group, seed)
                regret = Regret(p)
                rows = []
                for x in p.starts(group, seed):
                    values, constraints = p.evaluate(x)
                    regret.tell(x, values, constraints)
                    rows.append({"x": x, "values": values, "constraints": constraints, "regret": regret.now})
                out.append({"problem": name, "group": group, "seed": seed, "best": p.best, "rows": rows})
    return out


if __name__ == "__main__":
    found = reference_hartmann6_sum()
    if abs(found - HARTMANN6_SUM) > 1e-6:
        raise SystemExit("the optimum of hartmann6_sum is %.16g" % found)
    (HERE / "vectors.json").write_text("[\n" + ",\n".join(json.dumps(v) for v in vectors()) + "\n]\n")
