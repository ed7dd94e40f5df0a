"""Records what other implementations decide on random pruning histories.

Optuna and Ray are asked themselves; Vizier's and Katib's rules, Prechelt's
criteria and the power law are short functions below that share no code with
the Go rules. Histories come from a small seeded generator that draw.go
repeats bit for bit, so that vectors.json holds seeds and decisions only.

    python3.11 -m venv venv
    venv/bin/pip install optuna==5.0.0 scipy==1.17.1 numpy==2.4.6 'ray[tune]==2.60.0'
    venv/bin/python vectors.py              # six minutes on two cores

Values are made of integers, +, -, * and / only, each rounded once, so that
every language that has IEEE 754 doubles gets the same ones.
"""

import base64
import hashlib
import itertools
import json
import logging
import math
import multiprocessing
import os
import platform
import struct
import sys
import time
import warnings
import zlib

import numpy
import optuna
import ray
import scipy
from optuna.trial import TrialState
from ray.tune.schedulers import AsyncHyperBandScheduler, MedianStoppingRule, TrialScheduler
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
MASK = (1 << 64) - 1

# What a history may look like. A pair is a range, both ends included; gap, odd
# and fail are chances in percent.
#   reports   the longest trial's reports, before gaps
#   equal     1: all trials have the same steps
#   base      the first step
#   stride    from one step to the next
#   gap       a step is left out, in every second history
#   odd       a value is NaN, in every fourth history; infinite = 1: or infinite
#   fail      a trial FAILs at its end
#   order     of the steps: 0 ascending, 1 neighbours swapped, 2 shuffled
#   folds     1: values of instances instead of learning curves
#   mean      1: a trial's value is the mean of its reports, 0: the last one
CURVES = dict(trials=[3, 7], reports=[4, 14], equal=0, base=[0, 1], stride=[1, 1], workers=[1, 4], gap=20,
              odd=8, infinite=1, fail=6, order=0, folds=0, mean=0)
FOLDS = CURVES | dict(trials=[3, 7], reports=[5, 30], gap=10, odd=1, folds=1)
PLAIN = CURVES | dict(trials=[5, 9], base=[1, 1], gap=0, odd=0, infinite=0, fail=0)
SHAPES = {
    "curves": CURVES,
    "long": CURVES | dict(trials=[12, 18]),
    "swapped": CURVES | dict(order=1),
    "strided": CURVES | dict(stride=[1, 60]),
    "folds": FOLDS,
    "folds-mean": FOLDS | dict(mean=1),
    "shuffled": FOLDS | dict(order=2),
    "shuffled-mean": FOLDS | dict(order=2, mean=1),
    "equal": PLAIN | dict(equal=1),
    "plain": PLAIN,
    "gaps": PLAIN | dict(gap=20),
    "nan": PLAIN | dict(odd=15),
}


class Source:
    """SplitMix64."""

    def __init__(self, state):
        self.state = state & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, n):
        return self.next() % n

    def between(self, pair):
        return pair[0] + self.below(pair[1] - pair[0] + 1)

    def unit(self):
        """Returns a number in [0, 1)."""
        return (self.next() >> 11) * 2.0**-53

    def noise(self):
        """Returns the sum of four uniform numbers, of mean 0 and standard deviation 0.58."""
        x = self.next()
        whole = (x & 0xFFFF) + (x >> 16 & 0xFFFF) + (x >> 32 & 0xFFFF) + (x >> 48)
        return (whole - 131070) / 65536.0


def on_grid(y, grid):
    """Returns y rounded down to a multiple of 1/grid, a power of two; 0 leaves it alone."""
    return math.floor(y * grid) / grid if grid else y


class History:
    """The trials of one study: what each reports if nobody stops it."""

    def __init__(self, seed, index, shape):
        r = Source(seed << 32 | index)
        self.name = f"study-{seed}-{index}"
        self.maximize = r.below(2) == 1
        self.workers = r.between(shape["workers"])
        self.schedule = r.next()
        self.mean = shape["mean"]
        self.shape = shape
        self.base, self.stride = r.between(shape["base"]), r.between(shape["stride"])
        self.gap = shape["gap"] if r.below(2) == 1 else 0
        self.odd = shape["odd"] if r.below(4) == 0 else 0
        self.grid = (0, 0, 0, 4, 8, 16)[r.below(6)]
        self.scale = (0.0, 0.03125, 0.125, 0.5)[r.below(4)]
        self.copies = (0, 0, 20, 50)[r.below(4)]
        n, self.reports = r.between(shape["trials"]), r.between(shape["reports"])
        self.instances = [2 * r.unit() for _ in range(self.reports)]
        self.trials = [self.trial(r) for _ in range(n)]

    def trial(self, r):
        """Returns (fails, [(step, value)])."""
        fails = r.below(100) < self.shape["fail"]
        length = self.reports
        if not self.shape["equal"] and r.below(4) == 0:
            length = 1 + r.below(self.reports)
        curve = self.fold if self.shape["folds"] else self.decay
        values = curve(r, length)
        out = []
        for k, y in enumerate(values):
            if self.maximize:
                y = 1.0 - y
            y = on_grid(y, self.grid)
            if self.odd and r.below(100) < self.odd:
                y = self.no_number(r.below(4))
            if self.gap and r.below(100) < self.gap and k < length - 1:
                continue
            out.append((self.base + self.stride * k, y))
        self.reorder(r, out)
        return fails, out

    def decay(self, r, length):
        """Returns a learning curve to minimise; every fourth turns up again."""
        asymptote, height, rate = r.unit(), 2 * r.unit(), r.unit() + 0.0625
        turn, slope = length, 0.0
        if r.below(4) == 0:
            turn, slope = 1 + r.below(length), r.unit() / 4
        out = []
        for k in range(1, length + 1):
            y = asymptote + height / (1.0 + k * rate)
            y = y + self.scale * r.noise()
            if k > turn:
                y = y + slope * (k - turn)
            out.append(y)
        return out

    def fold(self, r, length):
        """Returns a value for each instance: its difficulty, the trial's level and noise."""
        level = r.unit() - 0.25
        out = []
        for difficulty in self.instances[:length]:
            noise, copy = r.noise(), r.below(100) < self.copies
            y = difficulty
            if not copy:
                y = y + level + 2 * self.scale * noise
            out.append(y)
        return out

    def no_number(self, which):
        if self.shape["infinite"] and which < 2:
            return (math.inf, -math.inf)[which]
        return math.nan

    def reorder(self, r, out):
        if self.shape["order"] == 1:
            for i in range(len(out) - 1):
                if r.below(8) == 0:
                    out[i], out[i + 1] = out[i + 1], out[i]
        if self.shape["order"] == 2:
            for i in range(len(out) - 1, 0, -1):
                j = r.below(i + 1)
                out[i], out[j] = out[j], out[i]

    def digest(self, digest):
        """Adds every value that was drawn."""
        digest.update(struct.pack("<IBB", len(self.trials), self.maximize, self.workers))
        for fails, reports in self.trials:
            digest.update(struct.pack("<IB", len(reports), fails))
            for step, value in reports:
                digest.update(struct.pack("<qd", step, value))

    def end(self, trial):
        """Returns the state and the value with which a trial ends that nobody stopped."""
        fails, reports = self.trials[trial]
        value = reports[-1][1]
        if self.mean:
            total = 0.0
            for _, y in reports:
                total = total + y
            value = total / len(reports)
        if fails or not math.isfinite(value):
            return "FAIL", None
        return "COMPLETE", value

    def play(self, rule, events):
        """Lets a rule judge the history. Returns for each trial the number of
        the report at which it was pruned, counted from 1, or 0."""
        source = Source(self.schedule)
        made, pruned = [0] * len(self.trials), [0] * len(self.trials)
        running, started = [], 0
        while started < len(self.trials) or running:
            if started < len(self.trials) and len(running) < self.workers:
                rule.start(started)
                running.append(started)
                started += 1
                continue
            i = source.below(len(running))
            trial = running[i]
            reports = self.trials[trial][1]
            if made[trial] == len(reports):
                state, value = self.end(trial)
                rule.end(trial, state, value)
                events.update(struct.pack("<IBd", trial, state == "COMPLETE", value or 0.0))
                running.pop(i)
                continue
            step, value = reports[made[trial]]
            made[trial] += 1
            prune = rule.report(trial, step, value)
            events.update(struct.pack("<IqdB", trial, step, value, prune))
            if prune:
                rule.end(trial, "PRUNED", None)
                pruned[trial] = made[trial]
                running.pop(i)
        return made, pruned


# What is asked.


def pruner(kwargs, name):
    """Returns Optuna's pruner; one that wraps another names it with its arguments."""
    kwargs = dict(kwargs)
    if kwargs.get("wrapped_pruner"):
        (inner, arguments), = kwargs["wrapped_pruner"].items()
        kwargs["wrapped_pruner"] = pruner(arguments, inner)
    return getattr(optuna.pruners, name)(**kwargs)


class Optuna:
    def __init__(self, history, name, kwargs):
        self.study = optuna.create_study(
            study_name=history.name,
            direction="maximize" if history.maximize else "minimize",
            sampler=optuna.samplers.RandomSampler(seed=0),
            pruner=pruner(kwargs, name),
        )
        self.trials = []

    def start(self, trial):
        self.trials.append(self.study.ask())

    def report(self, trial, step, value):
        self.trials[trial].report(value, step)
        return bool(self.trials[trial].should_prune())

    def end(self, trial, state, value):
        self.study.tell(self.trials[trial], value, state=TrialState[state])


class RayTrial:
    def __init__(self, number):
        self.trial_id = str(number)


class RayController:
    def get_live_trials(self):
        return []


class Ray:
    """Ray's scheduler, told of additions and results. A run of Ray Tune would
    also call on_trial_complete, which repeats a trial's last result."""

    def __init__(self, history, name, kwargs):
        scheduler = {"MedianStoppingRule": MedianStoppingRule, "AsyncHyperBandScheduler": AsyncHyperBandScheduler}
        self.scheduler = scheduler[name](
            time_attr="training_iteration", metric="loss", mode="max" if history.maximize else "min", **kwargs)
        self.controller, self.trials = RayController(), []

    def start(self, trial):
        self.trials.append(RayTrial(trial))
        self.scheduler.on_trial_add(self.controller, self.trials[trial])

    def report(self, trial, step, value):
        result = {"training_iteration": step, "loss": value}
        return self.scheduler.on_trial_result(self.controller, self.trials[trial], result) == TrialScheduler.STOP

    def end(self, trial, state, value):
        pass


class Vizier:
    """The median stopping rule of the Vizier paper: a trial's best so far against
    the median of the running averages, up to the same step, of the completed."""

    def __init__(self, history, name, kwargs):
        self.sign, self.startup = -1 if history.maximize else 1, kwargs["startup_trials"]
        self.curves, self.complete = {}, []

    def start(self, trial):
        self.curves[trial] = []

    def report(self, trial, step, value):
        self.curves[trial].append((step, self.sign * value))
        averages = []
        for peer in self.complete:
            values = [y for s, y in self.curves[peer] if s <= step]
            if values:
                averages.append(math.fsum(values) / len(values))
        if len(self.complete) < self.startup or not averages:
            return False
        best = min(y for _, y in self.curves[trial])
        limit = float(numpy.median(averages))
        clear(best, limit)
        return best > limit

    def end(self, trial, state, value):
        if state == "COMPLETE":
            self.complete.append(trial)


class Katib:
    """Katib's medianstop, which takes means: of the first start_step values of
    each succeeded trial, and of those. lhs: what is compared, the last value or
    the best; once: only at the report number start_step, as its collector does."""

    def __init__(self, history, name, kwargs):
        self.sign, self.kwargs = -1 if history.maximize else 1, kwargs
        self.curves, self.means = {}, []

    def start(self, trial):
        self.curves[trial] = []

    def report(self, trial, step, value):
        curve = self.curves[trial]
        curve.append(self.sign * value)
        start, least = self.kwargs["start_step"], self.kwargs["min_trials_required"]
        if len(self.means) < least or len(curve) < start or (self.kwargs["once"] and len(curve) > start):
            return False
        limit = math.fsum(self.means) / len(self.means)
        own = min(curve) if self.kwargs["lhs"] == "best" else curve[-1]
        clear(own, limit)
        return own > limit

    def end(self, trial, state, value):
        if state == "COMPLETE":
            first = self.curves[trial][: self.kwargs["start_step"]]
            self.means.append(math.fsum(first) / len(first))


def clear(value, limit):
    """Refuses a decision that the order of a sum could turn."""
    if value != limit and abs(value - limit) <= 1e-12:
        raise ValueError(f"{value} and {limit} are too near to each other")


# What is drawn: for each rule its arguments, with the shape of the histories.


def spread(shapes, **options):
    """Returns all combinations of the options, each with the next of the shapes."""
    combinations = [dict(zip(options, values)) for values in itertools.product(*options.values())]
    return [(kwargs, shapes[i % len(shapes)]) for i, kwargs in enumerate(combinations)]


def chosen(n, seed, shapes, **options):
    """Returns n random combinations."""
    r, out = Source(seed), []
    for i in range(n):
        out.append(({key: values[r.below(len(values))] for key, values in options.items()}, shapes[i % len(shapes)]))
    return out


ALONE = ["curves"] * 5 + ["swapped"]
PEERS = ["curves", "curves", "long", "curves", "curves", "swapped"]
GUARDS = dict(n_startup_trials=[0, 1, 2, 3, 5], n_warmup_steps=[0, 0, 1, 3, 5], interval_steps=[1, 1, 2, 3],
              n_min_trials=[1, 1, 2, 4])


def groups():
    wrapped = [None, {"MedianPruner": {"n_startup_trials": 2}}]
    wilcoxon = ["folds", "folds-mean", "shuffled", "shuffled-mean"]
    yield Optuna, "MedianPruner", 10, 180, chosen(24, 1, PEERS, **GUARDS)
    yield Optuna, "PercentilePruner", 11, 180, chosen(
        36, 2, PEERS, percentile=[5.0, 10.0, 25.0, 33.3, 50.0, 61.8, 75.0, 90.0], **GUARDS)
    yield Optuna, "SuccessiveHalvingPruner", 12, 170, spread(
        PEERS, min_resource=[1, 2, 3], reduction_factor=[2, 3, 4], min_early_stopping_rate=[0, 1],
        bootstrap_count=[0, 2, 5]) + spread(
        ["strided", "curves"], min_resource=["auto"], reduction_factor=[2, 3, 4], min_early_stopping_rate=[0, 1])
    yield Optuna, "HyperbandPruner", 13, 160, spread(
        PEERS, min_resource=[1, 2], max_resource=[9, 27, 50, 243], reduction_factor=[2, 3, 4],
        bootstrap_count=[0, 2]) + spread(
        ["strided", "curves"], min_resource=[1, 2], max_resource=["auto"], reduction_factor=[2, 3, 4]) + spread(
        ["strided"], min_resource=[1, 3, 20], max_resource=[243, 500, 729], reduction_factor=[3])
    yield Optuna, "PatientPruner", 14, 290, spread(
        PEERS, wrapped_pruner=wrapped, patience=[0, 1, 2, 3, 5], min_delta=[0.0, 0.0625, 0.25]) + spread(
        PEERS, wrapped_pruner=wrapped, patience=[4], min_delta=[0.0, 0.125, 0.5])
    yield Optuna, "ThresholdPruner", 15, 350, [
        (bounds | kwargs, shape)
        for bounds in [{"upper": 1.25}, {"lower": 0.25}, {"lower": -0.5, "upper": 1.5}, {"lower": 0.0, "upper": 1.0},
                       {"upper": 2.0}]
        for kwargs, shape in spread(ALONE, n_warmup_steps=[0, 2], interval_steps=[1, 2, 4])]
    yield Optuna, "WilcoxonPruner", 16, 280, [
        (kwargs, shape)
        for shape in wilcoxon
        for kwargs, _ in spread([""], p_threshold=[0.05, 0.1, 0.2], n_startup_steps=[0, 2, 5])]
    yield Ray, "MedianStoppingRule", 20, 150, spread(
        ["plain", "gaps", "equal"], grace_period=[1, 3], min_samples_required=[1, 3, 5]) + spread(
        ["nan"], grace_period=[1, 2], min_samples_required=[2])
    yield Ray, "AsyncHyperBandScheduler", 21, 150, [
        (dict(zip(("grace_period", "reduction_factor", "max_t", "stop_last_trials"), values)), shape)
        for values, shape in [
            ((1, 4, 100, True), "plain"), ((1, 3, 100, True), "plain"), ((1, 2, 100, True), "equal"),
            ((2, 2, 100, True), "plain"), ((3, 3, 100, True), "plain"), ((1, 3, 100, True), "gaps"),
            ((2, 2, 100, True), "gaps"), ((1, 2, 100, False), "gaps"), ((1, 3, 9, False), "gaps"),
            ((1, 2, 100, True), "nan")]]
    yield Vizier, "VizierMedian", 22, 250, spread(["equal", "gaps", "plain"], startup_trials=[1, 2, 3, 5])
    # Of one, two or four values on a dyadic grid the mean is exact.
    yield Katib, "KatibMedianStop", 23, 75, [
        config
        for shape, steps in [("plain", [1, 2]), ("equal", [2, 4])]
        for config in spread(
            [shape], start_step=steps, min_trials_required=[1, 3], lhs=["last", "best"], once=[False, True])]


def record(task):
    """Plays the histories of one configuration."""
    kind, name, kwargs, shape, seed, count = task
    quiet()
    values, events = hashlib.sha256(), hashlib.sha256()
    pruned, decisions = bytearray(), 0
    for index in range(count):
        history = History(seed, index, SHAPES[shape])
        history.digest(values)
        made, stopped = history.play(kind(history, name, kwargs), events)
        pruned.extend(stopped)
        decisions += sum(made)
    return values.digest(), events.digest(), bytes(pruned), decisions


def quiet():
    warnings.filterwarnings("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    logging.getLogger("ray").setLevel(logging.ERROR)
    stats.permutation_test = permutations


# SciPy runs the permutation test one sign vector at a time, up to 8192 of them.
# This runs SciPy's own code on all of them at once, on the signed ranks, on
# which alone the statistic depends, and remembers the answers. compare_slow
# holds it to the untouched function.
slow_permutations, known = stats.permutation_test, {}


def permutations(data, statistic, **kwargs):
    d = data[0]
    ranks = stats.rankdata(numpy.abs(d)) * numpy.sign(d)
    key = (kwargs["alternative"], len(d), tuple(numpy.sort(ranks)))
    if key not in known:
        known[key] = slow_permutations(
            (d,), lambda flipped, axis=-1: statistic(flipped), vectorized=True, **kwargs)
    return known[key]


def wilcoxon(d):
    return float(stats.wilcoxon(d, alternative="greater", zero_method="zsplit", method="auto").pvalue)


def differences(seed, index):
    """Returns a vector of 2 to 60 paired differences, often with ties and zeros."""
    r = Source(seed << 32 | index)
    n, grid, copies = 2 + r.below(59), (0, 0, 2, 4, 16)[r.below(5)], (0, 0, 10, 40)[r.below(4)]
    shift = r.unit() - 0.25
    out = []
    for _ in range(n):
        noise, copy = r.noise(), r.below(100) < copies
        out.append(0.0 if copy else on_grid(shift + noise, grid))
    return out


def record_wilcoxon(task):
    quiet()
    seed, first, last = task
    return [wilcoxon(numpy.array(differences(seed, i))) for i in range(first, last)]


def compare_slow(seed):
    """Compares the fast permutation test with SciPy's own on short vectors."""
    compared = 0
    for index in range(400):
        d = numpy.array(differences(seed, index))[:11]
        fast = wilcoxon(d)
        stats.permutation_test = slow_permutations
        slow = wilcoxon(d)
        stats.permutation_test = permutations
        if fast != slow:
            raise ValueError(f"vector {index}: {fast} and {slow}")
        compared += 1
    return compared


# Curves of one trial.

CURVE_SEED, CURVES_DRAWN, STRIP = 31, 200, 5
CRITERIA = ([["GL", a] for a in (1.0, 2.0, 3.0, 5.0)] + [["PQ", a] for a in (0.5, 0.75, 1.0, 2.0, 3.0)]
            + [["UP", s] for s in (2, 3, 4, 6, 8)] + [["progress", 0.1]])


def training(seed, index):
    """Returns a training and a validation loss; every eighth makes no progress,
    two of three overfit from some step on, and every fourth validation loss is
    negative."""
    r = Source(seed << 32 | index)
    n = 20 + r.below(60)
    asymptote, height, rate = 0.125 + r.unit(), 4 * r.unit(), r.unit() + 0.0625
    wider, scale = 0.25 * r.unit(), (0.0, 0.00390625, 0.015625, 0.0625)[r.below(4)]
    if r.below(8) == 0:
        height, scale = 0.0, 0.00006103515625
    turn, slope = n, 0.0
    if r.below(3) > 0:
        turn, slope = 1 + r.below(n), r.unit() / 16
    below = 8.0 if r.below(4) == 0 else 0.0
    train, valid = [], []
    for k in range(1, n + 1):
        y = asymptote + height / (1.0 + k * rate)
        train.append(y + scale * r.unit())
        v = y + wider + scale * r.noise()
        if k > turn:
            v = v + slope * (k - turn)
        valid.append(v - below)
    return train, valid


def prechelt(train, valid):
    """Returns for each report the criteria that hold, one bit each.

    GL(t) = 100 (E(t) - E_opt(t)) / |E_opt(t)| > alpha at every report; the
    others at the ends of strips of 5 reports only. PQ: GL(t) / P(t) > alpha with
    P(t) = 1000 (mean / min of the strip's training loss - 1). UP s: E rose from
    the end of one strip to the end of the next s times in a row, up to now.
    progress: P(t) < 0.1.
    """
    train, valid = numpy.array(train), numpy.array(valid)
    best = numpy.minimum.accumulate(valid)
    loss = 100 * (valid - best) / numpy.abs(best)
    words = []
    for t in range(len(valid)):
        end = (t + 1) % STRIP == 0
        strip = train[t + 1 - STRIP : t + 1]
        p = 1000 * (strip.mean() / strip.min() - 1) if end else numpy.nan
        ends = valid[STRIP - 1 : t + 1 : STRIP]
        falls = numpy.flatnonzero(numpy.diff(ends) <= 0)
        in_a_row = len(ends) - 1 - (falls[-1] + 1 if len(falls) else 0)
        word = 0
        for bit, (rule, alpha) in enumerate(CRITERIA):
            if rule == "GL":
                apart(loss[t], alpha)
                word |= int(loss[t] > alpha) << bit
            elif not end:
                continue
            elif rule == "PQ":
                apart(loss[t] / p, alpha)
                word |= int(loss[t] / p > alpha) << bit
            elif rule == "UP":
                word |= int(in_a_row >= alpha) << bit
            else:
                apart(p, alpha)
                word |= int(p < alpha) << bit
        words.append(word)
    return words


def apart(value, alpha):
    if abs(value - alpha) <= 1e-9 * alpha:
        raise ValueError(f"{value} is too near to {alpha}")


EXPONENTS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0]
FIT_SEED, FITS = 32, 150
PREFIXES = [4, 9, 20]


def power_law(y, horizon):
    """Returns mean and standard deviation of the prediction at the horizon from
    y(1..n): an average over exponents of weighted least squares."""
    y = numpy.asarray(y)
    n = len(y)
    t = numpy.arange(1.0, n + 1)
    w = t / t.sum()
    predictions, variances = [], []
    for exponent in EXPONENTS:
        x = t**-exponent
        dx, dy = x - w @ x, y - w @ y
        a = max((w @ (dx * dy)) / (w @ (dx * dx)), 0.0)
        c = w @ y - a * (w @ x)
        variances.append(w @ (y - c - a * x) ** 2)
        predictions.append(c + a * horizon**-exponent)
    predictions, variances = numpy.array(predictions), numpy.array(variances)
    logs = -n / 2 * numpy.log(variances)
    q = numpy.exp(numpy.maximum(logs - logs.max(), -60))
    q /= q.sum()
    mean = q @ predictions
    return mean, math.sqrt(q @ ((predictions - mean) ** 2 + variances))


def fit_curve(seed, index):
    """Returns a noisy decay of 24 to 100 reports."""
    r = Source(seed << 32 | index)
    n = 24 + r.below(77)
    asymptote, height, rate = r.unit(), 4 * r.unit() - 0.5, r.unit() + 0.0625
    scale = (0.00390625, 0.015625, 0.0625, 0.25)[r.below(4)]
    out = []
    for k in range(1, n + 1):
        y = asymptote + height / (1.0 + k * rate)
        out.append(y + scale * r.noise())
    return out


# The file.


def packed(data):
    """Returns small numbers, most of them zero and few of them repeating."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 15, 5, zlib.Z_RLE)
    return base64.b64encode(deflate.compress(data) + deflate.flush()).decode()


def doubles(values):
    return base64.b64encode(struct.pack(f"<{len(values)}d", *values)).decode()


def digest_floats(digest, *lists):
    for values in lists:
        digest.update(struct.pack(f"<I{len(values)}d", len(values), *values))


def record_group(pool, group):
    kind, name, seed, count, configs = group
    started = time.time()
    tasks = [(kind, name, kwargs, shape, seed * 1000 + i, count) for i, (kwargs, shape) in enumerate(configs)]
    values, events = hashlib.sha256(), hashlib.sha256()
    pruned, decisions, trials = b"", 0, []
    for v, e, p, d in pool.imap(record, tasks):
        values.update(v)
        events.update(e)
        pruned, decisions = pruned + p, decisions + d
        trials.append(len(p))
    out = {
        "rule": name, "seed": seed, "histories": count, "decisions": decisions, "pruned": sum(p > 0 for p in pruned),
        "values": values.hexdigest(), "events": events.hexdigest(),
        "configs": [{"kwargs": kwargs, "shape": shape, "trials": n} for (kwargs, shape), n in zip(configs, trials)],
        "outcomes": packed(pruned),
    }
    print(f"{name:24} {count * len(configs):6} histories {len(pruned):7} trials {decisions:8} decisions"
          f" {out['pruned']:6} pruned {len(out['outcomes']):6} bytes {time.time() - started:6.1f} s", flush=True)
    return out


def record_vectors(pool):
    quiet()
    seed, computed, kept = 30, 2000, 400
    print(compare_slow(seed), "permutation tests agree with SciPy's own")
    p = sum(pool.imap(record_wilcoxon, [(seed, i, i + 50) for i in range(0, computed, 50)]), [])
    digest = hashlib.sha256()
    for index in range(computed):
        digest_floats(digest, differences(seed, index))
    return {"seed": seed, "drawn": computed, "values": digest.hexdigest(), "p": doubles(p[:kept])}


def record_prechelt():
    digest, words = hashlib.sha256(), []
    for index in range(CURVES_DRAWN):
        train, valid = training(CURVE_SEED, index)
        digest_floats(digest, train, valid)
        words += prechelt(train, valid)
    held = [sum(w >> i & 1 for w in words) for i in range(len(CRITERIA))]
    print("Prechelt:", len(words), "reports;", ", ".join(f"{r} {a:g}: {h}" for (r, a), h in zip(CRITERIA, held)))
    return {"seed": CURVE_SEED, "curves": CURVES_DRAWN, "strip": STRIP, "criteria": CRITERIA,
            "values": digest.hexdigest(), "words": packed(struct.pack(f"<{len(words)}H", *words))}


def record_fits():
    digest, out = hashlib.sha256(), []
    for index in range(FITS):
        y = fit_curve(FIT_SEED, index)
        digest_floats(digest, y)
        for n in PREFIXES:
            out += power_law(y[:n], len(y))
    return {"seed": FIT_SEED, "curves": FITS, "prefixes": PREFIXES, "values": digest.hexdigest(),
            "predictions": doubles(out)}


def text(value, depth=0):
    """Returns JSON that has what is short on one line."""
    line = json.dumps(value, separators=(",", ":"))
    if len(line) <= 200 or not isinstance(value, (dict, list)):
        return line
    inner = [text(v, depth + 1) for v in (value.values() if isinstance(value, dict) else value)]
    if isinstance(value, dict):
        inner = [f"{json.dumps(key)}: {v}" for key, v in zip(value, inner)]
    first, last = "{}" if isinstance(value, dict) else "[]"
    new = "\n" + " " * depth
    return first + new + " " + ("," + new + " ").join(inner) + new + last


def main():
    started = time.time()
    quiet()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        vectors = {
            "versions": {"python": platform.python_version(), "optuna": optuna.__version__,
                         "scipy": scipy.__version__, "numpy": numpy.__version__, "ray": ray.__version__},
            "shapes": SHAPES,
            "groups": [record_group(pool, group) for group in groups()],
            "wilcoxon": record_vectors(pool),
            "prechelt": record_prechelt(),
            "fits": record_fits(),
        }
    body = text(vectors) + "\n"
    assert json.loads(body) == vectors
    with open(os.path.join(HERE, "vectors.json"), "w") as f:
        f.write(body)
    print(f"{len(body)} bytes in {time.time() - started:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
