"""The same script, written once, gives the same with Optuna 5 itself and with this package."""

from __future__ import annotations

import copy
import importlib
import math
import pickle
import threading
import uuid
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import Server

Make = Callable[..., Any]
Trace = list[Any]
Script = Callable[[ModuleType, Make], Trace]

SCRIPTS: list[Script] = []


def script(function: Script) -> Script:
    SCRIPTS.append(function)
    return function


@pytest.fixture
def quiet() -> Iterator[None]:
    modules = [importlib.import_module(f"{name}.logging") for name in ("optuna", "espalier")]
    before = [m.get_verbosity() for m in modules]
    for m in modules:
        m.set_verbosity(m.CRITICAL)
    yield
    for m, level in zip(modules, before, strict=True):
        m.set_verbosity(level)


def kinds(error: BaseException) -> list[str]:
    """What a script may catch an exception as."""
    named = (ValueError, TypeError, RuntimeError, NotImplementedError, KeyError, ZeroDivisionError, KeyboardInterrupt)
    return [kind.__name__ for kind in named if isinstance(error, kind)]


def attempt(call: Callable[[], Any]) -> Any:
    """What a call gives: its result, or the kinds of its exception; and of how many warnings which kind."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = call()
        except BaseException as e:
            result = kinds(e)
    mine = [w.category.__name__ for w in caught if "xperimental" not in w.category.__name__]
    return [result, mine] if mine else result


def ended(study: Any) -> Trace:
    """How the trials ended, with the values they have."""
    return [[t.state.name, t.values] for t in study.trials]


def gives(result: Any, trial: Any) -> Any:
    """An objective."""
    return result


def told_state(study: Any, trial: Any, values: Any, state: Any) -> str:
    name: str = study.tell(trial, values, state).state.name
    return name


@script
def what_an_objective_returns(optuna: ModuleType, make: Make) -> Trace:
    trace = []
    for returned in (1.5, 2, True, [3.0], (4.0,), None, math.nan, [1.0, 2.0], [], "word", object(), {"a": 1}):
        study = make()
        trace.append([attempt(partial(study.optimize, partial(gives, returned), n_trials=1)), ended(study)])
    return trace


@script
def what_an_objective_of_two_values_returns(optuna: ModuleType, make: Make) -> Trace:
    trace = []
    for returned in ((1.0, 2.0), [1, 2], 1.0, (1.0, math.nan), (1.0, 2.0, 3.0), ("a", 1.0), (None, 1.0)):
        study = make(directions=["minimize", "maximize"])
        trace.append([attempt(partial(study.optimize, partial(gives, returned), n_trials=1)), ended(study)])
    return trace


@script
def exceptions_of_an_objective(optuna: ModuleType, make: Make) -> Trace:
    def fails(trial: Any) -> float:
        if trial.number % 2:
            raise ZeroDivisionError("by accident")
        if trial.number == 4:
            raise ValueError("not caught")
        return 0.0

    trace = []
    for catch in ((), ZeroDivisionError, (ZeroDivisionError,), [ZeroDivisionError, KeyError], (ArithmeticError,)):
        study = make()
        trace.append([attempt(partial(study.optimize, fails, n_trials=6, catch=catch)), ended(study)])
    return trace


@script
def an_interrupted_objective(optuna: ModuleType, make: Make) -> Trace:
    def interrupted(trial: Any) -> float:
        raise KeyboardInterrupt

    study = make()
    return [attempt(lambda: study.optimize(interrupted, n_trials=3, catch=(Exception,))), ended(study)]


@script
def pruned_by_the_objective(optuna: ModuleType, make: Make) -> Trace:
    reports: list[dict[int, float]] = [{}, {0: 1.0}, {0: 1.0, 3: 2.0, 7: 3.0}, {0: 1.0, 1: math.nan}, {2: math.inf}]

    def prunes(trial: Any) -> float:
        for step, value in reports[trial.number].items():
            trial.report(value, step)
        raise optuna.TrialPruned(f"number {trial.number}")

    study = make()
    study.optimize(prunes, n_trials=len(reports))
    curves = [{s: str(v) for s, v in t.intermediate_values.items()} for t in study.trials]
    return [ended(study), curves, [t.last_step for t in study.trials], attempt(lambda: study.best_trial)]


@script
def tells(optuna: ModuleType, make: Make) -> Trace:
    state = optuna.trial.TrialState
    study = make()
    trace = []
    for values, told in [
        (1.0, None), ([1.0], None), (None, None), (math.nan, None), ([1.0, 2.0], None), ("word", None),
        (1.0, state.COMPLETE), (None, state.COMPLETE), (math.nan, state.COMPLETE), ([1.0, 2.0], state.COMPLETE),
        (None, state.PRUNED), (1.0, state.PRUNED), (None, state.FAIL), (1.0, state.FAIL),
        (1.0, state.RUNNING), (None, state.WAITING),
    ]:  # fmt: skip
        trial = study.ask()
        trace.append([attempt(partial(told_state, study, trial, values, told)), ended(study)[-1]])
    return trace


@script
def tells_of_what_has_ended(optuna: ModuleType, make: Make) -> Trace:
    study = make()
    first, second, third = study.ask(), study.ask(), study.ask()
    study.tell(first, 1.0)
    study.tell(second.number, 2.0)
    return [
        attempt(lambda: study.tell(first, 2.0)),
        attempt(lambda: study.tell(first, 1.0)),
        attempt(lambda: study.tell(first.number, 5.0)),
        study.tell(first, 2.0, skip_if_finished=True).value,
        study.tell(second, 3.0, skip_if_finished=True).value,
        study.tell(1, state=optuna.trial.TrialState.FAIL, skip_if_finished=True).value,
        attempt(lambda: study.tell(17, 1.0)),
        attempt(lambda: study.tell("0", 1.0)),
        study.tell(third, 4.0, skip_if_finished=True).value,
        ended(study),
    ]


@script
def reports(optuna: ModuleType, make: Make) -> Trace:
    study = make()
    trial = study.ask()
    trace = [
        attempt(lambda: trial.report(1.0, 1)),
        attempt(lambda: trial.report(2.0, 1)),
        attempt(lambda: trial.report("3.5", "2")),
        attempt(lambda: trial.report(True, 3.9)),
        attempt(lambda: trial.report(1.0, -1)),
        attempt(lambda: trial.report("word", 4)),
        attempt(lambda: trial.report(None, 4)),
        attempt(lambda: trial.report(1.0, "word")),
        attempt(lambda: trial.report(1.0, None)),
        trial.should_prune(),
    ]
    study.tell(trial, 9.0)
    two = make(directions=["minimize", "minimize"]).ask()
    return [*trace, study.trials[0].intermediate_values, attempt(lambda: two.report(1.0, 0))]


@script
def enqueued_params(optuna: ModuleType, make: Make) -> Trace:
    study = make()
    study.enqueue_trial({"x": 1.0, "y": 3, "c": None}, user_attrs={"memo": "first"})
    study.enqueue_trial({"x": 2.0})
    study.enqueue_trial({"x": 2.0}, skip_if_exists=True)
    study.enqueue_trial({"x": 2.0, "y": 5}, skip_if_exists=True)
    study.enqueue_trial({"x": 1.0, "y": 3, "c": None}, skip_if_exists=True)
    study.enqueue_trial({"unheard": 1, "y": 7})
    trace: Trace = [[t.state.name for t in study.trials], study.trials[1].system_attrs["fixed_params"]]

    def objective(trial: Any) -> float:
        trace.append([trial.number, trial.user_attrs])
        x, y = trial.suggest_float("x", 0, 10), trial.suggest_int("y", 0, 9)
        c = trial.suggest_categorical("c", ["a", None, 2])
        trace.append([x if trial.number < 3 else "", y if trial.number in (0, 2, 3) else ""])
        trace.append(c if trial.number == 0 else "")
        return float(x + y)

    study.optimize(objective, n_trials=5)
    keys = [sorted(t.params) for t in study.trials]
    return [*trace, keys, attempt(lambda: study.enqueue_trial([("x", 1)])), len(study.trials)]


@script
def distributions_within_a_trial(optuna: ModuleType, make: Make) -> Trace:
    study = make()
    fixed = {
        "x": optuna.distributions.FloatDistribution(0.1, 10, log=True),
        "c": optuna.distributions.CategoricalDistribution(["a", "b"]),
    }
    trial = study.ask(fixed_distributions=fixed)
    x = trial.params["x"]
    return [
        sorted(trial.params),
        trial.distributions["c"].choices,
        trial.suggest_float("x", 0.1, 10, log=True) == x,
        attempt(lambda: trial.suggest_float("x", 0.5, 20, log=True) == x),
        attempt(lambda: trial.suggest_float("x", 0.5, 20)),
        attempt(lambda: trial.suggest_int("x", 0, 1)),
        attempt(lambda: trial.suggest_categorical("c", ["a", "b", "c"])),
        attempt(lambda: trial.suggest_categorical("c", ["a", "b"]) == trial.params["c"]),
        trial.distributions["x"].high,
        sorted(study.tell(trial, 1.0).params),
    ]


@script
def distributions_across_trials(optuna: ModuleType, make: Make) -> Trace:
    study = make()
    study.optimize(lambda t: t.suggest_float("x", 0, 1), n_trials=1)
    wider = attempt(lambda: study.optimize(lambda t: t.suggest_float("x", 5, 6), n_trials=1))
    kind = attempt(lambda: study.optimize(lambda t: t.suggest_int("x", 0, 1), n_trials=1))
    study.optimize(lambda t: t.suggest_categorical("c", [1, 2]), n_trials=1)
    choices = attempt(lambda: study.optimize(lambda t: t.suggest_categorical("c", [1, 2, 3]), n_trials=1))
    return [wider, kind, choices, [t.state.name for t in study.trials], study.trials[1].value >= 5]


@script
def impossible_distributions(optuna: ModuleType, make: Make) -> Trace:
    trial = make().ask()
    return [
        attempt(lambda: trial.suggest_float("a", 1, 0)),
        attempt(lambda: trial.suggest_float("b", 0, 1, log=True)),
        attempt(lambda: trial.suggest_float("c", 0.1, 1, log=True, step=0.1)),
        attempt(lambda: trial.suggest_float("d", 0, 1, step=-1)),
        attempt(lambda: trial.suggest_int("e", 2, 1)),
        attempt(lambda: trial.suggest_int("f", 0, 4, log=True)),
        attempt(lambda: trial.suggest_int("g", 1, 4, log=True, step=2)),
        attempt(lambda: trial.suggest_categorical("h", [])),
        attempt(lambda: trial.suggest_float("i", 0, 1, step=0.3) in (0, 0.3, 0.6, 0.8999999999999999, 0.9)),
        attempt(lambda: trial.suggest_int("j", 0, 10, step=4) in (0, 4, 8)),
        [trial.distributions["i"].high, trial.distributions["j"].high],
        [trial.suggest_float("k", 2, 2), trial.suggest_int("l", 3, 3), trial.suggest_categorical("m", ["only"])],
        sorted(trial.params),
    ]


@script
def types_of_suggestions(optuna: ModuleType, make: Make) -> Trace:
    trial = make().ask()
    values = [
        trial.suggest_float("a", 0, 1),
        trial.suggest_float("b", 0, 2, step=1),
        trial.suggest_float("c", 1, 1),
        trial.suggest_int("d", 0, 5),
        trial.suggest_int("e", 1, 1000, log=True),
        trial.suggest_categorical("f", [1.0]),
        trial.suggest_categorical("g", [True]),
        trial.suggest_categorical("h", [None]),
    ]
    return [type(v).__name__ for v in values]


@script
def conditional_params(optuna: ModuleType, make: Make) -> Trace:
    def objective(trial: Any) -> float:
        kind = trial.suggest_categorical("kind", ["svm", "forest"])
        if kind == "svm":
            trial.set_user_attr("expected", ["c", "kind"])
            return trial.suggest_float("c", 0.1, 10, log=True)  # type: ignore[no-any-return]
        depth = trial.suggest_int("depth", 1, 3)
        width = sum(trial.suggest_float(f"width{i}", 0, 1) for i in range(depth))
        trial.set_user_attr("expected", sorted(["kind", "depth", *(f"width{i}" for i in range(depth))]))
        return width  # type: ignore[no-any-return]

    study = make()
    study.optimize(objective, n_trials=25)
    return [sorted(t.params) == sorted(t.distributions) == t.user_attrs["expected"] for t in study.trials]


@script
def callbacks(optuna: ModuleType, make: Make) -> Trace:
    trace: Trace = []

    def first(study: Any, trial: Any) -> None:
        trace.append(["first", trial.number, trial.state.name, trial.value, trial.params, len(study.trials)])

    def second(study: Any, trial: Any) -> None:
        trace.append(["second", trial.number])
        if trial.number == 2:
            study.stop()

    def objective(trial: Any) -> float:
        trial.suggest_int("x", 4, 4)
        if trial.number == 1:
            raise ZeroDivisionError
        return 1.0

    study = make()
    study.optimize(objective, n_trials=10, callbacks=[first, second], catch=(ZeroDivisionError,))
    return trace


@script
def stops(optuna: ModuleType, make: Make) -> Trace:
    def objective(trial: Any) -> float:
        if trial.number == 3:
            trial.study.stop()
        return 1.0

    study = make()
    study.optimize(objective, n_trials=10)
    study.optimize(lambda t: 0.0, n_trials=2)  # it goes on
    return [ended(study), attempt(study.stop)]


@script
def most_trials(optuna: ModuleType, make: Make) -> Trace:
    study = make()
    study.optimize(lambda t: 1.0, n_trials=9, callbacks=[optuna.study.MaxTrialsCallback(4)])
    return ended(study)


@script
def nested(optuna: ModuleType, make: Make) -> Trace:
    study = make()

    def objective(trial: Any) -> float:
        trial.study.optimize(lambda t: 0.0, n_trials=1)
        return 1.0

    return [attempt(lambda: study.optimize(objective, n_trials=1)), ended(study)]


@script
def timeouts(optuna: ModuleType, make: Make) -> Trace:
    def slow(trial: Any) -> float:
        threading.Event().wait(0.06)
        return 1.0

    none, one, parallel = make(), make(), make()
    none.optimize(slow, timeout=0)
    one.optimize(slow, timeout=0.05)
    parallel.optimize(slow, timeout=0.05, n_trials=2, n_jobs=2)
    return [ended(none), ended(one), ended(parallel)]


@script
def threads(optuna: ModuleType, make: Make) -> Trace:
    together = threading.Barrier(3)

    def objective(trial: Any) -> float:
        if trial.number < 3:
            together.wait(20)  # three are under way at once
        return trial.suggest_float("x", 0, 1)  # type: ignore[no-any-return]

    study, failing = make(), make()
    seen: list[int] = []
    study.optimize(objective, n_trials=7, n_jobs=3, callbacks=[lambda s, t: seen.append(t.number)])

    def fails(trial: Any) -> float:
        raise ValueError

    raised = attempt(lambda: failing.optimize(fails, n_trials=50, n_jobs=2))
    return [sorted(seen), [t.state.name for t in study.trials], raised, len(failing.trials) < 10]


@script
def directions(optuna: ModuleType, make: Make) -> Trace:
    direction = optuna.study.StudyDirection
    made = [make(), make(direction="maximize"), make(direction=direction.MAXIMIZE), make(directions=["maximize"] * 2)]
    return [
        [[int(d) for d in s.directions] for s in made],
        [attempt(partial(getattr, s, "direction")) for s in made],
        attempt(lambda: make(direction="minimize", directions=["minimize"])),
        attempt(lambda: make(direction="upwards")),
        attempt(lambda: make(directions=[])),
        attempt(lambda: made[3].best_trial),
        attempt(lambda: made[3].best_value),
        made[3].best_trials,
        attempt(lambda: made[0].best_params),
    ]


@script
def names_of_studies(optuna: ModuleType, make: Make) -> Trace:
    name = f"named-{uuid.uuid4().hex[:8]}"
    study = make(study_name=name)
    study.optimize(lambda t: 1.0, n_trials=1)
    storage = make.storage  # type: ignore[attr-defined]
    try:
        make(study_name=name)
    except optuna.exceptions.DuplicatedStudyError as e:
        duplicate = isinstance(e, optuna.exceptions.OptunaError)
    optuna.copy_study(from_study_name=name, from_storage=storage, to_storage=storage, to_study_name=name + "-copy")
    summary = {s.study_name: s for s in optuna.get_all_study_summaries(storage)}[name]
    trace = [
        duplicate,
        len(make(study_name=name, load_if_exists=True).trials),
        len(optuna.load_study(study_name=name, storage=storage).trials),
        optuna.load_study(study_name=name + "-copy", storage=storage).best_value,
        {name, name + "-copy"} <= set(optuna.get_all_study_names(storage)),
        [summary.n_trials, int(summary.direction), summary.best_trial.value, summary.user_attrs],
    ]
    optuna.delete_study(study_name=name, storage=storage)
    return [
        *trace,
        attempt(lambda: optuna.load_study(study_name=name, storage=storage)),
        attempt(lambda: optuna.delete_study(study_name=name, storage=storage)),
    ]


@script
def user_attrs(optuna: ModuleType, make: Make) -> Trace:
    study = make()
    study.set_user_attr("who", ["a", "b"])
    study.set_user_attr("deep", {"a": {"x": 1}, "b": 2})
    study.set_user_attr("deep", {"a": {"y": 1}})
    trial = study.ask()
    trial.set_user_attr("k", {"m": 1})
    trial.set_user_attr("k", {"n": 1.5})
    trial.set_user_attr("flag", True)
    mine = trial.user_attrs
    mine["flag"] = False
    return [study.user_attrs, trial.user_attrs, study.tell(trial, 1.0).user_attrs, study.trials[0].user_attrs]


@script
def constraints(optuna: ModuleType, make: Make) -> Trace:
    def objective(trial: Any) -> float:
        x = float(trial.number)
        trial.set_constraint("at_least_3", 3 - x)
        trial.set_constraint("odd", -0.5 if trial.number % 2 else 0.5)
        return x

    study, hopeless = make(), make()
    study.optimize(objective, n_trials=7)
    hopeless.optimize(lambda t: t.set_constraint("c", 1) or 1.0, n_trials=2)
    trial = study.ask()
    return [
        [study.best_trial.number, study.best_value, study.best_trial.constraints],
        [t.number for t in study.best_trials],
        [t.constraints for t in study.trials[:2]],
        attempt(lambda: hopeless.best_trial),
        hopeless.best_trials,
        attempt(lambda: trial.set_constraint("odd", math.nan)),
        attempt(lambda: trial.set_constraint("odd", "word")),
        attempt(lambda: [trial.set_constraint("odd", 1), trial.set_constraint("odd", 2), trial.constraints][-1]),
    ]


@script
def added_trials(optuna: ModuleType, make: Make) -> Trace:
    state = optuna.trial.TrialState
    space = {"x": optuna.distributions.FloatDistribution(0, 10)}
    create = optuna.trial.create_trial
    study, other, two = make(), make(), make(directions=["minimize", "minimize"])
    study.add_trial(create(params={"x": 2.0}, distributions=space, value=4.0, user_attrs={"from": "paper"}))
    study.add_trial(create(state=state.FAIL, params={"x": 3.0}, distributions=space))
    study.add_trial(create(state=state.PRUNED, intermediate_values={1: 0.5, 2: 0.25}, value=0.25))
    study.add_trial(create(value=7.0, intermediate_values={0: 9.0}))
    other.add_trials(study.trials)
    other.optimize(lambda t: t.suggest_float("x", 0, 10) * 0, n_trials=1)
    return [
        ended(study),
        ended(other),
        [t.params for t in other.trials[:4]],
        [t.intermediate_values for t in other.trials],
        other.trials[0].user_attrs,
        other.best_trial.number,
        attempt(lambda: two.add_trial(create(value=1.0))),
        attempt(lambda: create(value=1.0, values=[1.0])),
        attempt(lambda: create(params={"x": 1.0}, value=1.0)),
        attempt(lambda: create(params={"x": 11.0}, distributions=space, value=1.0)),
        attempt(lambda: create(state=state.COMPLETE)),
        attempt(lambda: create(value=math.nan)),
        attempt(lambda: create(state=state.FAIL, value=1.0)),
    ]


@script
def frozen_trials(optuna: ModuleType, make: Make) -> Trace:
    def objective(trial: Any) -> float:
        x = trial.suggest_float("x", 0, 1)
        trial.report(x, 3)
        trial.report(x + 1, 1)
        return x * 2  # type: ignore[no-any-return]

    study = make()
    study.optimize(objective, n_trials=4)
    best = study.best_trial
    again = [pickle.loads(pickle.dumps(best)), copy.deepcopy(best)]
    running = study.ask()
    states = optuna.trial.TrialState
    return [
        objective(best) == best.value == study.best_value,
        objective(optuna.trial.FixedTrial({"x": 0.25})),
        attempt(lambda: objective(optuna.trial.FixedTrial({"y": 0.25}))),
        [copied.intermediate_values == best.intermediate_values == {1: best.params["x"] + 1, 3: best.params["x"]}
         for copied in again],
        best.duration.total_seconds() >= 0 and best.datetime_start <= best.datetime_complete,
        best.datetime_start.tzinfo,
        best.params == study.best_params,
        attempt(lambda: best.suggest_int("y", 0, 1)),
        [s.name for s in sorted(states)],
        [t.number for t in study.get_trials(states=(states.RUNNING,))] == [running.number],
        len(study.get_trials(deepcopy=False, states=[states.COMPLETE])),
        study.get_trials(states=()),
        study.trials[-1].duration,
    ]  # fmt: skip


@script
def dataframes(optuna: ModuleType, make: Make) -> Trace:
    def objective(trial: Any) -> float:
        trial.set_user_attr("note", "n")
        if trial.number == 1:
            raise ZeroDivisionError
        return float(trial.suggest_int("n", 2, 2) + trial.suggest_float("x", 1, 1))

    study, two = make(), make(directions=["minimize", "maximize"])
    study.optimize(objective, n_trials=3, catch=ZeroDivisionError)
    two.optimize(lambda t: (1.0, 2.0), n_trials=1)
    two_columns = list(two.trials_dataframe(attrs=("number", "value", "state")).columns)
    two.set_metric_names(["loss", "accuracy"])
    frame = study.trials_dataframe()
    return [
        list(frame.columns),
        [str(v) for v in frame["state"]],
        [str(v) for v in frame["value"]],
        [str(v) for v in frame["params_n"]],
        list(study.trials_dataframe(attrs=("number", "params"), multi_index=True).columns),
        two_columns,
        list(two.trials_dataframe(attrs=("values",)).columns),
        len(make().trials_dataframe()),
        two.metric_names,
        attempt(lambda: two.set_metric_names(["one"])),
    ]


@script
def grids(optuna: ModuleType, make: Make) -> Trace:
    study = make(sampler=optuna.samplers.GridSampler({"x": [-5.0, 0, 2.5], "n": [1, 4], "c": ["a", None]}))

    def objective(trial: Any) -> float:
        x, n = trial.suggest_float("x", -10, 10), trial.suggest_int("n", 0, 9)
        return float(x * n + (trial.suggest_categorical("c", ["a", None]) is None))

    study.optimize(objective)  # it ends by itself
    tried = {(float(t.params["x"]), t.params["n"], t.params["c"]) for t in study.trials}
    return [tried, len(study.trials), study.best_value]


@script
def partly_fixed(optuna: ModuleType, make: Make) -> Trace:
    base = optuna.samplers.RandomSampler(seed=1)
    study = make(sampler=optuna.samplers.PartialFixedSampler({"x": 0.25}, base))
    study.optimize(lambda t: t.suggest_float("x", 0, 1) + t.suggest_float("y", 0, 1), n_trials=14)
    return [{t.params["x"] for t in study.trials}, len({t.params["y"] for t in study.trials})]


@script
def pruned_by_the_median(optuna: ModuleType, make: Make) -> Trace:
    def objective(trial: Any) -> float:
        for step in range(4):
            trial.report(trial.number * 7 % 5 + step, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return float(trial.number * 7 % 5)

    pruners = optuna.pruners
    trace = []
    for pruner in (
        pruners.MedianPruner(), pruners.MedianPruner(2, 1, 2, n_min_trials=2), pruners.PercentilePruner(25.0, 3),
        pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2), pruners.SuccessiveHalvingPruner(),
        pruners.PatientPruner(pruners.MedianPruner(), 1), pruners.PatientPruner(None, 0, 0.5),
        pruners.ThresholdPruner(upper=5.5), pruners.ThresholdPruner(lower=1, n_warmup_steps=1),
        pruners.WilcoxonPruner(p_threshold=0.3), pruners.NopPruner(),
    ):  # fmt: skip
        study = make(pruner=pruner)
        study.optimize(objective, n_trials=12)
        trace.append([[t.state.name, t.last_step] for t in study.trials])
    named = make(pruner=pruners.HyperbandPruner(1, 4, 2), study_name="hyperband-" + "0" * 8, load_if_exists=True)
    named.optimize(objective, n_trials=20)
    return [*trace, [[t.state.name, t.last_step] for t in named.trials]]


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning", "ignore:/pruner")
@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("run", SCRIPTS, ids=lambda run: run.__name__)
def test_the_same_script_gives_the_same(run: Script, server: Server) -> None:
    optuna, espalier = importlib.import_module("optuna"), importlib.import_module("espalier")
    theirs = optuna.storages.InMemoryStorage()
    assert run(espalier, maker(espalier, server.url)) == run(optuna, maker(optuna, theirs))


def maker(module: ModuleType, storage: Any) -> Make:
    """`create_study` on a storage; nothing is pruned unless a pruner is given."""

    def make(**options: Any) -> Any:
        options.setdefault("pruner", module.pruners.NopPruner())
        return module.create_study(storage=storage, **options)

    make.storage = storage  # type: ignore[attr-defined]
    return make
