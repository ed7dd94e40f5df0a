"""Studies and trials where they are more than Optuna's, or meet what Optuna's storage never does."""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import espalier
from espalier import Client, Study, Trial, TrialState
from espalier.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from espalier.pruners import LimitPruner, MedianPruner, NopPruner, PresetPruner, ThresholdPruner
from espalier.samplers import GridSampler, PartialFixedSampler, RandomSampler, TPESampler
from tests.conftest import Server
from tests.foreign import gate

Make = Callable[..., Study]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    before = espalier.logging.get_verbosity()
    espalier.logging.set_verbosity(espalier.logging.CRITICAL)
    yield
    espalier.logging.set_verbosity(before)


@pytest.fixture
def make(client: Client) -> Make:
    def create(**options: Any) -> Study:
        options.setdefault("pruner", NopPruner())
        return espalier.create_study(storage=client, **options)

    return create


def requests(server: Server) -> int:
    """How many requests of the API the server has answered, by its own count."""
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        text = answer.read().decode()
    counts = re.findall(r'^espalier_http_requests_total\{[^}]*route="/v1/[^}]*\} (\d+)', text, re.MULTILINE)
    return sum(map(int, counts))


# what it costs


def test_once_the_space_is_known_a_trial_costs_a_request_to_ask_one_to_tell_and_one_a_report(
    own_server: Server,
) -> None:
    study = espalier.create_study(storage=own_server.url, pruner=NopPruner(), sampler=RandomSampler())

    def objective(trial: Trial) -> float:
        params = [trial.suggest_float(f"x{i}", 0, 1) for i in range(10)]
        for step in range(10):
            trial.report(sum(params), step)
            assert not trial.should_prune()
        return sum(params)

    study.optimize(objective, n_trials=10)
    before = requests(own_server)
    study.optimize(objective, n_trials=5)
    assert requests(own_server) - before == 5 * 12
    assert [sorted(t.params) for t in study.trials] == [sorted(f"x{i}" for i in range(10))] * 15


def test_another_process_trusts_what_the_trials_before_had_after_one_of_its_own(own_server: Server) -> None:
    first = espalier.create_study(storage=own_server.url, study_name="shared", pruner=NopPruner())
    first.optimize(lambda t: t.suggest_float("x", 0, 1) + t.suggest_float("y", 0, 1), n_trials=10)
    second = espalier.load_study(study_name="shared", storage=own_server.url)
    second.optimize(lambda t: t.suggest_float("x", 0, 1) + t.suggest_float("y", 0, 1), n_trials=1)
    second.optimize(lambda t: t.suggest_float("x", 0, 1) + t.suggest_float("y", 0, 1), n_trials=1)  # looks once
    before = requests(own_server)
    second.optimize(lambda t: t.suggest_float("x", 0, 1) + t.suggest_float("y", 0, 1), n_trials=3)
    assert requests(own_server) - before == 3 * 2


def test_a_trial_is_rid_of_a_param_that_was_asked_ahead_and_not_suggested(make: Make) -> None:
    study = make()

    def objective(trial: Trial) -> float:
        x = trial.suggest_float("x", 0, 1)
        return x + trial.suggest_float("y", 0, 1) if trial.number != 10 else x

    study.optimize(objective, n_trials=12)
    assert [sorted(t.params) for t in study.trials[9:]] == [["x", "y"], ["x"], ["x", "y"]]
    assert study.trials[10].distributions.keys() == {"x"}
    assert study.client.get_trial(study.study_name, 10)["params"].keys() == {"x"}


def test_a_range_that_changes_late_is_asked_for_again(make: Make) -> None:
    study = make()
    study.optimize(lambda t: t.suggest_float("x", 0, 1) + t.suggest_float("y", 0, 1), n_trials=10)

    def objective(trial: Trial) -> float:
        with pytest.raises(ValueError, match="different distribution kind"):
            trial.suggest_int("y", 0, 1)
        return trial.suggest_float("x", -5, -4) + trial.suggest_float("y", 6, 7)

    study.optimize(objective, n_trials=1)
    trial = study.trials[10]
    assert trial.state is TrialState.COMPLETE
    assert trial.distributions == {"x": FloatDistribution(-5, -4), "y": FloatDistribution(6, 7)}
    assert all(d.contains(trial.params[k]) for k, d in trial.distributions.items())


def test_a_declared_search_space_comes_with_the_trial_conditions_included(make: Make) -> None:
    study = make(
        search_space={
            "kind": CategoricalDistribution(["svm", "forest"]),
            "c": FloatDistribution(0.1, 10, log=True, when={"kind": ["svm"]}),
            "depth": IntDistribution(1, 8, when={"kind": ["forest"]}),
        },
        seed=1,
    )
    for _ in range(8):
        trial = study.ask()
        params = trial.params
        assert params.keys() == ({"kind", "c"} if params["kind"] == "svm" else {"kind", "depth"})
        if params["kind"] == "svm":
            assert trial.suggest_float("c", 0.1, 10, log=True) == params["c"]
        study.tell(trial, 0.0)
    assert {t.params["kind"] for t in study.trials} == {"svm", "forest"}


# reports and decisions


def test_several_metrics_are_reported_at_once_and_a_limit_on_one_prunes_with_its_reason(make: Make) -> None:
    study = make(pruner=LimitPruner("system/cpu_seconds", 60), metric_names=["loss"])
    trial = study.ask()
    trial.report({"loss": 0.5, "accuracy": 0.25, "system/cpu_seconds": 10}, 1)
    assert not trial.should_prune()
    assert trial.prune_reason is None
    trial.report({"loss": 0.4, "system/cpu_seconds": 61.5}, 2)
    assert trial.should_prune()
    assert trial.prune_reason == "CPU time is 61.5 s; the limit is 60 s."
    assert trial.decision["decided_by"] == "limit"
    frozen = study.tell(trial, state=TrialState.PRUNED)
    assert (frozen.value, frozen.intermediate_values) == (0.4, {1: 0.5, 2: 0.4})
    read = study.trials[0]
    assert read == frozen
    assert read.metrics["accuracy"]["last"] == 0.25
    assert read.prune_reason == "CPU time is 61.5 s; the limit is 60 s."


def test_a_shadow_rule_never_prunes(make: Make) -> None:
    study = make(pruner=ThresholdPruner(upper=1).shadow())
    trial = study.ask()
    trial.report(5, 0)
    assert not trial.should_prune()
    assert trial.decision["mode"] == "shadow"


def test_trials_of_several_objectives_report_by_name_and_are_pruned_too(make: Make) -> None:
    study = make(directions=["minimize", "maximize"], pruner=LimitPruner("value_0", 3))
    trial = study.ask()
    with pytest.raises(NotImplementedError, match="report them by name, {'value_0': ..., 'value_1': ...}"):
        trial.report(1.0, 0)
    trial.report({"value_0": 4.0, "value_1": 1.0}, 0)
    assert trial.should_prune()
    assert study.tell(trial, state=TrialState.PRUNED).values is None


def test_a_value_that_is_infinite_fails_the_trial_since_no_result_may_be(make: Make) -> None:
    study = make()
    with pytest.warns(UserWarning, match="inf is not acceptable"):
        frozen = study.tell(study.ask(), float("inf"))
    assert (frozen.state, frozen.error) == (TrialState.FAIL, "The value inf is not acceptable")


def test_the_error_of_an_objective_is_kept_with_the_trial(make: Make) -> None:
    study = make()

    def objective(trial: Trial) -> float:
        raise ZeroDivisionError("by design")

    study.optimize(objective, n_trials=1, catch=ZeroDivisionError)
    assert study.trials[0].error is not None
    assert "ZeroDivisionError: by design" in study.trials[0].error
    assert study.client.get_trial(study.study_name, 0).get("reason") == "ZeroDivisionError"


def test_an_attr_that_is_none_is_refused_since_the_api_would_remove_it(make: Make) -> None:
    study = make()
    with pytest.raises(ValueError, match="'note' is or holds None"):
        study.set_user_attr("note", None)
    with pytest.raises(ValueError, match="'note' is or holds None"):
        study.ask().set_user_attr("note", {"a": {"b": None}})


# constraints


def test_a_constraint_the_study_declared_is_met_by_a_value_relative_to_its_bound(make: Make) -> None:
    study = make(
        constraints=[
            {"metric": "latency_seconds", "op": "<=", "bound": 0.25},
            {"metric": "accuracy", "op": ">=", "bound": 0.75},
        ]
    )

    def objective(trial: Trial) -> float:
        trial.set_constraint("latency_seconds", [0.5, -0.125][trial.number])
        trial.set_constraint("accuracy", [0.25, -0.25][trial.number])
        return float(trial.number)

    study.optimize(objective, n_trials=2)
    worse, better = study.trials
    assert (worse.feasible, better.feasible) == (False, True)
    assert worse.constraints == {"latency_seconds": 0.5, "accuracy": 0.25}
    assert worse.metrics["latency_seconds"]["last"] == 0.75
    assert better.metrics["accuracy"]["last"] == 1.0
    assert study.best_trial.number == 1


def test_workers_that_declare_constraints_at_once_lose_none(make: Make) -> None:
    study = make()

    def declares(worker: int) -> None:
        other = espalier.load_study(study_name=study.study_name, storage=Client(study.client.url))
        trial = other.ask()
        trial.set_constraint(f"c{worker}", -1)
        other.tell(trial, 1.0)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(declares, range(6)))
    declared = study.client.get_study(study.study_name).get("constraints", [])
    assert sorted(c["metric"] for c in declared) == [f"c{i}" for i in range(6)]


def test_a_constraint_whose_name_is_no_metric_is_refused_by_name(make: Make) -> None:
    with pytest.raises(espalier.InvalidRequest, match="/constraints/0/metric"):
        make().ask().set_constraint("too heavy?", 1)


# the end of studies and leases


def test_optimize_returns_when_the_budget_is_used_up_and_ask_says_so(make: Make) -> None:
    study = make(budget={"max_trials": 3})
    study.optimize(lambda t: 1.0)
    assert len(study.trials) == 3
    with pytest.raises(espalier.StudyStopped, match="hands out no more trials: budget"):
        study.ask()


def test_optimize_returns_when_the_study_is_stopped_by_another(make: Make) -> None:
    study = make()
    stopper = Client(study.client.url)
    study.optimize(lambda t: 1.0, callbacks=[lambda s, t: stopper.stop_study(s.study_name) and None])
    assert len(study.trials) == 1
    parallel = make(stop={"target": 0.0})
    parallel.optimize(lambda t: float(3 - t.number), n_jobs=2)
    assert parallel.best_value <= 0.0


def test_a_study_that_stops_while_a_trial_runs_prunes_it_and_says_why(make: Make) -> None:
    study = make()
    trial = study.ask()
    study.client.stop_study(study.study_name)
    trial.report(1.0, 0)
    assert trial.should_prune()
    assert trial.prune_reason == "The study was stopped."


def test_a_lost_lease_ends_optimize_unless_it_is_caught(make: Make) -> None:
    study = make()

    def loses(trial: Trial) -> float:
        study.client.tell(study.study_name, trial.number, {"state": "FAIL"})  # as the server does when a lease ends
        trial.report(1.0, 0)
        return 1.0

    with pytest.raises(espalier.LeaseLost, match="ask for another trial"):
        study.optimize(loses, n_trials=2)
    study.optimize(loses, n_trials=2, catch=espalier.LeaseLost)
    assert [t.state for t in study.trials] == [TrialState.FAIL] * 3


def test_an_objective_may_be_silent_for_longer_than_the_lease(make: Make) -> None:
    study = make(lease_seconds=2)
    first = study.ask()  # whose lease is not renewed: once it is over, so is that of any other

    def silent(trial: Trial) -> float:
        while study.client.get_trial(study.study_name, first.number)["state"] == "RUNNING":
            time.sleep(0.05)
        return 1.0

    study.optimize(silent, n_trials=2, n_jobs=2)
    assert [t.state for t in study.trials] == [TrialState.FAIL, TrialState.COMPLETE, TrialState.COMPLETE]


def test_a_trial_that_another_told_cannot_be_told_again(make: Make) -> None:
    study = make()
    trial = study.ask()
    study.client.tell(study.study_name, trial.number, {"value": 5.0})
    with pytest.raises(ValueError, match="Cannot tell a COMPLETE trial"):
        study.tell(trial, 1.0)
    assert study.tell(trial, 1.0, skip_if_finished=True).value == 5.0


def test_a_server_that_restarts_while_a_trial_runs_loses_nothing(own_server: Server) -> None:
    study = espalier.create_study(storage=own_server.url, pruner=NopPruner())

    def objective(trial: Trial) -> float:
        x = trial.suggest_float("x", 0, 1)
        for step in range(6):
            if step == 2:
                own_server.kill()
            if step == 4:
                own_server.start()
            trial.report(step, step)
            assert not trial.should_prune()
        return x

    study.optimize(objective, n_trials=1)
    (trial,) = study.trials
    assert trial.state is TrialState.COMPLETE
    assert trial.intermediate_values == {step: float(step) for step in range(6)}


def test_a_server_that_is_gone_ends_optimize_with_both_errors(own_server: Server) -> None:
    study = espalier.create_study(storage=Client(own_server.url, retry_seconds=0.1), pruner=NopPruner())

    def objective(trial: Trial) -> float:
        own_server.kill()
        raise ZeroDivisionError("by design")

    with pytest.raises(espalier.ServerUnreachable) as caught:
        study.optimize(objective, n_trials=1, catch=ZeroDivisionError)
    assert caught.value.__notes__ == ["The objective of trial 0 had raised ZeroDivisionError('by design')."]


@pytest.mark.skipif(sys.platform == "win32", reason="there a process cannot be sent Ctrl-C alone")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ctrl_c_leaves_no_running_trial(server: Server, name: str, tmp_path: Path, n_jobs: int) -> None:
    (tmp_path / "script.py").write_text(
        textwrap.dedent(f"""
        import pathlib, threading, espalier
        study = espalier.create_study(study_name={name!r}, storage={server.url!r})
        release = threading.Event()

        def objective(trial):
            if trial.number == {n_jobs - 1}:
                print("working", flush=True)
            release.wait(20 if {n_jobs} == 1 else 0.5)
            return 1.0

        study.optimize(objective, n_jobs={n_jobs})
        """)
    )
    process = subprocess.Popen(
        [sys.executable, "script.py"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "KeyboardInterrupt" in said
    trials = espalier.load_study(study_name=name, storage=server.url).trials
    assert TrialState.RUNNING not in [t.state for t in trials]
    if n_jobs == 1:
        assert [t.state for t in trials] == [TrialState.FAIL]
        assert Client(server.url).get_trial(name, 0).get("reason") == "interrupted"


def test_ctrl_c_while_a_trial_is_asked_for_gives_it_back(server: Server, make: Make) -> None:
    study = make()
    with gate(lambda: server.url) as way:
        other = espalier.load_study(study_name=study.study_name, storage=way.url)
        way.before_next = lambda: signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            other.optimize(lambda t: 1.0)
    assert [t.state for t in study.trials] == [TrialState.WAITING]
    assert study.ask().number == 0


def test_a_report_that_is_refused_when_the_server_is_back_leaves_no_running_trial(own_server: Server) -> None:
    study = espalier.create_study(storage=own_server.url, pruner=NopPruner())

    def objective(trial: Trial) -> float:
        own_server.kill()
        trial.report({"no metric": 1.0}, 0)
        own_server.start()
        return 1.0

    with pytest.raises(espalier.InvalidRequest, match="no metric"):
        study.optimize(objective, n_trials=2)
    (trial,) = study.trials
    assert trial.state is TrialState.FAIL
    assert "no metric" in (trial.error or "")


# processes, threads, progress


def test_a_trial_is_not_for_another_process_and_says_what_to_do(make: Make) -> None:
    with pytest.raises(TypeError, match="give the params to the other process"):
        pickle.dumps(make().ask())


def test_an_attr_that_is_no_json_is_said_to_be_so(make: Make) -> None:
    np = pytest.importorskip("numpy")
    trial = make().ask()
    with pytest.raises(TypeError, match=r"array\(\[1, 2\]\) of type ndarray has no form in JSON"):
        trial.set_user_attr("a", np.array([1, 2]))
    with pytest.raises(TypeError, match="no form in JSON"):
        trial.set_user_attr("a", {"loss": float("nan"), "all": np.array([1, 2])})


def test_a_study_can_be_pickled_for_another_process_and_trials_are_worked_on_once(make: Make, tmp_path: Path) -> None:
    study = make()
    (tmp_path / "study.pickle").write_bytes(pickle.dumps(study))
    work = (
        "import pickle, espalier; espalier.logging.set_verbosity(50); "
        "study = pickle.load(open('study.pickle', 'rb')); "
        "study.optimize(lambda t: t.suggest_float('x', 0, 1), n_trials=5)"
    )
    workers = [subprocess.Popen([sys.executable, "-c", work], cwd=tmp_path) for _ in range(2)]
    assert [w.wait(60) for w in workers] == [0, 0]
    assert [(t.number, t.state) for t in study.trials] == [(i, TrialState.COMPLETE) for i in range(10)]


def test_a_progress_bar_counts_trials_or_seconds(make: Make, capfd: pytest.CaptureFixture[str]) -> None:
    make().optimize(lambda t: 1.0, n_trials=3, show_progress_bar=True)
    assert "3/3" in capfd.readouterr().err
    make().optimize(lambda t: 1.0, timeout=0.05, show_progress_bar=True)
    assert " s" in capfd.readouterr().err


# making studies


def test_storages_of_optuna_are_refused_with_what_to_do(client: Client) -> None:
    with pytest.raises(ValueError, match=r"espalier import --optuna"):
        espalier.create_study(storage="sqlite:///optuna.db")
    with pytest.raises(TypeError, match="must be the URL of an Espalier server"):
        espalier.load_study(study_name="x", storage=object())  # type: ignore[arg-type]


def test_the_options_of_a_study_reach_the_server(make: Make) -> None:
    study = make(
        metric_names=["loss"],
        max_steps=27,
        seed=5,
        lease_seconds=60,
        max_retries=2,
        budget={"max_trials": 9, "cpu_seconds": 5.5},
        stop={"target": 0.5},
        holdout=0.25,
        protect={"top_k": 2},
        quota={"min_live": 3},
        metrics={"loss": {"unit": "nats"}},
        constraints=[{"metric": "system/rss_bytes", "op": "<=", "bound": 1e9}],
        user_attrs={"owner": "me"},
    )
    stored: dict[str, Any] = dict(study.client.get_study(study.study_name))
    assert {k: stored[k] for k in ("max_steps", "seed", "lease_seconds", "max_retries", "holdout")} == {
        "max_steps": 27, "seed": 5, "lease_seconds": 60, "max_retries": 2, "holdout": 0.25,
    }  # fmt: skip
    assert stored["objectives"] == [{"metric": "loss", "direction": "minimize"}]
    assert stored["budget"] == {"max_trials": 9, "cpu_seconds": 5.5}
    assert stored["stop"]["target"] == 0.5
    assert stored["protect"]["top_k"] == 2
    assert stored["quota"]["min_live"] == 3
    assert stored["metrics"]["loss"]["unit"] == "nats"
    assert stored["constraints"][0]["bound"] == 1e9
    assert study.user_attrs == {"owner": "me"}
    assert study.metric_names == ["loss"]


def test_what_the_server_refuses_is_named(make: Make) -> None:
    with pytest.raises(espalier.InvalidRequest, match=r"/sampler/startup_trials"):
        make(sampler=TPESampler(n_startup_trials=-1))
    with pytest.raises(ValueError, match="number of objectives must match"):
        make(metric_names=["a", "b"])
    with pytest.raises(ValueError, match="one seed"):
        make(seed=1, sampler=RandomSampler(seed=2))
    with pytest.raises(ValueError, match="leave out one"):
        make(search_space={"x": FloatDistribution(0, 1)}, sampler=GridSampler({"x": [0.5]}))


@pytest.mark.filterwarnings("ignore:/pruner")
def test_an_existing_study_takes_another_sampler_or_pruner_and_keeps_its_seed_and_direction(
    make: Make, name: str, client: Client
) -> None:
    def load(**options: Any) -> Study:
        return make(study_name=name, load_if_exists=True, **options)

    load(sampler=TPESampler(seed=3, n_startup_trials=4), pruner=PresetPruner("safe"))
    version = client.get_study(name)["pruner_version"]
    load(sampler=TPESampler(seed=3, n_startup_trials=4), pruner=PresetPruner("safe"))
    assert client.get_study(name)["pruner_version"] == version, "the same pruner is no change"
    espalier.load_study(study_name=name, storage=client, sampler=RandomSampler(), pruner=MedianPruner(7))
    stored: dict[str, Any] = dict(client.get_study(name))
    assert (stored["sampler"]["type"], stored["pruner"]["startup_trials"]) == ("random", 7)
    with pytest.warns(UserWarning, match="keeps its seed, 3: the sampler's, 4, is not used"):
        load(sampler=TPESampler(seed=4))
    stored = dict(client.get_study(name))
    assert (stored["sampler"]["type"], stored["seed"]) == ("tpe", 3)
    with pytest.raises(ValueError, match="other directions"):
        load(direction="maximize")


def test_sampler_and_pruner_can_be_set_for_all_workers(make: Make) -> None:
    study = make()
    study.sampler = PartialFixedSampler({"x": 0.5}, TPESampler(n_startup_trials=2))
    study.pruner = MedianPruner(n_warmup_steps=3)
    other = espalier.load_study(study_name=study.study_name, storage=study.client)
    assert other.sampler.options["startup_trials"] == 2
    assert other.pruner.options["warmup_steps"] == 3
    study.optimize(lambda t: t.suggest_float("x", 0, 1), n_trials=1)
    assert study.trials[0].params == {"x": 0.5}
    with pytest.warns(UserWarning, match="keeps its seed"):
        study.sampler = RandomSampler(seed=1)
    with pytest.raises(ValueError, match="another search space"):
        study.sampler = GridSampler({"x": [0.5]})
    with pytest.raises(TypeError, match=r"one of espalier\.samplers"):
        study.sampler = object()  # type: ignore[assignment]
    with pytest.raises(TypeError, match=r"one of espalier\.pruners"):
        study.pruner = object()  # type: ignore[assignment]
    with pytest.raises(TypeError, match=r"none of espalier\.pruners"):
        make(pruner=RandomSampler())


def test_what_the_server_doubts_of_a_pruner_is_warned_of_where_it_was_chosen(make: Make) -> None:
    late = MedianPruner(n_warmup_steps=9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        study = espalier.create_study(storage=make().client)  # a default is nobody's doing
        study.sampler = RandomSampler()
    with pytest.warns(UserWarning, match="^/pruner/warmup_steps: ") as caught:
        study = make(pruner=late, max_steps=5)
    assert caught[0].filename == __file__
    study.pruner = NopPruner()
    with pytest.warns(UserWarning, match="^/pruner/warmup_steps: ") as caught:
        study.pruner = late
    assert caught[0].filename == __file__


def test_an_enqueued_value_that_is_out_of_range_is_drawn_anew_with_a_warning(make: Make) -> None:
    study = make()
    for _ in range(12):
        study.enqueue_trial({"x": 2.0, "y": 0.5})
    drawn = []

    def objective(trial: Trial) -> float:
        drawn.append(trial.suggest_float("x", 0, 1))
        return drawn[-1] + trial.suggest_float("y", 0, 1)

    with pytest.warns(UserWarning, match="^/search_space/x: the trial's fixed value 2 is none of float 0") as caught:
        study.optimize(objective, n_trials=12)  # the last ones are asked with all they need
    assert len(caught) == 12
    assert all(0 <= x <= 1 for x in drawn)
    assert {t.params["y"] for t in study.trials} == {0.5}


def test_the_same_seed_gives_the_same_suggestions(make: Make) -> None:
    studies = [make(sampler=TPESampler(seed=11)) for _ in range(2)]
    for study in studies:
        study.optimize(lambda t: (t.suggest_float("x", -1, 1) - 0.5) ** 2, n_trials=15)
    assert [t.params for t in studies[0].trials] == [t.params for t in studies[1].trials]


def test_the_only_study_of_a_server_is_loaded_without_a_name(own_server: Server) -> None:
    with pytest.raises(ValueError, match="0 studies"):
        espalier.load_study(study_name=None, storage=own_server.url)
    name = espalier.create_study(storage=own_server.url).study_name
    assert espalier.load_study(study_name=None, storage=own_server.url).study_name == name


# what is said


def test_each_trial_is_logged_as_optuna_does(make: Make, capfd: pytest.CaptureFixture[str]) -> None:
    espalier.logging.set_verbosity(espalier.logging.INFO)
    study = make(pruner=ThresholdPruner(upper=1))

    def objective(trial: Trial) -> float:
        n = trial.suggest_int("n", 7, 7)
        if trial.number == 1:
            trial.report(5, 0)
            assert trial.should_prune()
            raise espalier.TrialPruned
        if trial.number == 2:
            raise ZeroDivisionError("by design")
        return float(n)

    with contextlib.suppress(ZeroDivisionError):
        study.optimize(objective, n_trials=3)
    lines = [re.sub(r"^\[([IW]) [^]]*\] ", r"\1 ", line) for line in capfd.readouterr().err.splitlines()]
    assert lines[0] == f"I A new study created on {study.client.url} with name: {study.study_name}"
    assert lines[1] == "I Trial 0 finished with value: 7.0 and parameters: {'n': 7}. Best is trial 0 with value: 7.0."
    assert lines[2].startswith("I Trial 1 pruned. ")
    assert "5" in lines[2]
    assert lines[3] == (
        "W Trial 2 failed with parameters: {'n': 7} because of the following error: ZeroDivisionError('by design')."
    )
    assert lines[-1] == "W Trial 2 failed with value None."
    espalier.logging.disable_default_handler()
    study.optimize(lambda t: 1.0, n_trials=1)
    espalier.logging.enable_default_handler()
    assert capfd.readouterr().err == ""


def test_names_that_are_gone_say_what_to_use(make: Make) -> None:
    trial: Any = make().ask()
    with pytest.raises(AttributeError, match=r"use suggest_float\(name, low, high, log=True\)"):
        trial.suggest_loguniform("x", 1, 2)
    with pytest.raises(TypeError, match="Suggest a name for it"):
        trial.suggest_categorical("layer", [object(), object()])


def test_importances_are_the_servers_and_options_that_are_not_there_are_refused(make: Make) -> None:
    study = make(sampler=RandomSampler(seed=1))
    with pytest.raises(espalier.NotEnoughData):
        espalier.importance.get_param_importances(study)
    study.optimize(lambda t: t.suggest_float("x", -1, 1) ** 2 + 0 * t.suggest_float("y", -1, 1), n_trials=40)
    for evaluator in (None, espalier.importance.FanovaImportanceEvaluator()):
        importances = espalier.importance.get_param_importances(study, evaluator=evaluator)
        assert next(iter(importances)) == "x"
        assert sum(importances.values()) == pytest.approx(1)
    with pytest.raises(TypeError, match="no option 'target': name a metric"):
        espalier.importance.get_param_importances(study, target=lambda t: t.value)


def test_importing_loads_only_what_is_used() -> None:
    check = "import sys, espalier; print(sorted(m for m in sys.modules if m.startswith('espalier')))"
    said = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True, env=os.environ)
    assert said.stdout.strip() == "['espalier']"


def test_no_warning_comes_of_an_ordinary_study(make: Make) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        study = make()
        study.optimize(lambda t: t.suggest_float("x", 0, 1, step=0.1), n_trials=3)
        assert len(study.trials_dataframe()) == 3
