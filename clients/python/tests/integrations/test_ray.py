"""A real local Ray runs the trials, the real server suggests and prunes."""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
from ray import tune
from ray.tune.schedulers import AsyncHyperBandScheduler

import espalier
from espalier import Client
from espalier.integrations import ray as adapter
from espalier.integrations._ray_space import read_space
from espalier.integrations.ray import EspalierScheduler, EspalierSearch
from tests.conftest import Server

pytestmark = [  # Ray leaves files open
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="session", autouse=True)
def _ray(server: Server) -> Iterator[None]:
    os.environ["ESPALIER_SERVER"] = server.url
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    yield
    ray.shutdown()
    del os.environ["ESPALIER_SERVER"]


@pytest.fixture
def fit(tmp_path: Path) -> Callable[..., tune.ResultGrid]:
    """Runs a Tuner to its end."""

    def run(
        train: Callable[[dict[str, Any]], None],
        space: dict[str, Any],
        run_config: dict[str, Any] | None = None,
        **tune_config: Any,
    ) -> tune.ResultGrid:
        return tune.Tuner(
            train,
            param_space=space,
            tune_config=tune.TuneConfig(**{"metric": "loss", "mode": "min", "reuse_actors": True, **tune_config}),
            run_config=tune.RunConfig(storage_path=str(tmp_path), name="tuned", verbose=0, **(run_config or {})),
        ).fit()

    return run


def states(client: Client, name: str) -> list[str]:
    return [t["state"] for t in client.trials(name)]


def test_the_example_of_the_docstring_runs(client: Client) -> None:
    assert adapter.__doc__ is not None
    code = adapter.__doc__.split("\n\n", 1)[1].split("\n\nWhat a trial passes")[0]
    exec(textwrap.dedent(code), {})
    counts = client.get_study("ray-example")["trial_counts"]
    assert counts["COMPLETE"] + counts["PRUNED"] == 4


def test_trials_of_every_end_are_told(fit: Callable[..., tune.ResultGrid], client: Client, name: str) -> None:
    def train(config: dict[str, Any]) -> None:
        from espalier.integrations.ray import Measured

        if config["model"]["end"] == "error":
            raise KeyError("no such layer")
        with Measured() as usage:
            for step in range(1, 7):
                loss = config["model"]["x"] + 1 / step
                if config["model"]["end"] == "nan" and step == 6:
                    loss = math.nan
                tune.report({"loss": loss, "text": "none", "scores": {"top1": config["batch"] * 2}, **usage()})

    space = {
        "batch": 3,
        "model": {
            "x": tune.uniform(0, 1),
            "layers": tune.choice([[64], [64, 64]]),
            "end": tune.choice(["well", "error", "nan"]),
        },
    }
    ends: list[dict[str, Any]] = [
        {"model": {"x": 0.1, "end": "well", "layers": [64, 64]}},
        {"model": {"x": 0.9, "end": "well"}},
        {"model": {"x": 0.05, "end": "nan"}},
        {"model": {"x": 0.2, "end": "error"}},
    ]
    search = EspalierSearch(
        name, points_to_evaluate=ends, pruner=espalier.pruners.MedianPruner(n_startup_trials=1, n_warmup_steps=3)
    )
    grid = fit(
        train, space, {"stop": {"training_iteration": 6}},
        search_alg=search, scheduler=EspalierScheduler(search), num_samples=4, max_concurrent_trials=1,
    )  # fmt: skip
    best, pruned, nan, failed = list(client.trials(name))
    assert (best["state"], pruned["state"], nan["state"], failed["state"]) == ("COMPLETE", "PRUNED", "FAIL", "FAIL")
    assert best["values"] == [pytest.approx(0.1 + 1 / 6)]
    assert best["params"]["model/layers"] == "[64, 64]"
    assert grid[0].config["model"]["layers"] == [64, 64]
    assert grid[0].config["batch"] == 3
    assert best["metrics"]["scores/top1"]["last"] == 6
    assert {"system/memory_bytes", "system/cpu_seconds", "system/wall_seconds"} <= best["metrics"].keys()
    assert not {"time_total_s", "pid", "text", "training_iteration"} & best["metrics"].keys()
    assert [p["step"] for p in client.metrics(name, 0)] == [1, 2, 3, 4, 5, 6]
    assert [p["step"] for p in client.metrics(name, 1)] == [1, 2, 3]
    assert len(grid[1].metrics_dataframe) == 3
    assert (nan["reason"], failed["reason"]) == ("values", "error")
    assert "no such layer" in failed["error"]
    assert client.get_study(name)["max_steps"] == 6
    assert best["user_attrs"]["ray_trial"] == grid[0].metrics["trial_id"]


def test_the_budget_of_the_study_ends_ray(fit: Callable[..., tune.ResultGrid], client: Client, name: str) -> None:
    def train(config: dict[str, Any]) -> None:
        tune.report({"loss": config["x"]})

    search = EspalierSearch(name, budget={"max_trials": 3})
    grid = fit(train, {"x": tune.uniform(0, 1)}, search_alg=search, num_samples=-1)
    assert len(grid) == 3
    assert states(client, name) == ["COMPLETE"] * 3


def test_a_scheduler_alone_follows_another_searcher(
    fit: Callable[..., tune.ResultGrid], client: Client, name: str, tmp_path: Path
) -> None:
    def train(config: dict[str, Any]) -> None:
        stumble = Path(config["folder"]) / str(config["x"])
        for step in range(1, 5):
            if config["x"] == 1 and step == 3 and not stumble.exists():
                stumble.touch()
                raise RuntimeError("a node is lost")
            tune.report({"loss": config["x"] + 1 / step, "width": config["width"]})

    space = {
        "x": tune.grid_search([1, 2, 3]),
        "width": tune.sample_from(lambda config: config["x"] * 2),
        "folder": str(tmp_path),
    }
    scheduler = EspalierScheduler(name, space=space, pruner=espalier.pruners.MedianPruner(1, n_warmup_steps=2))
    fit(
        train, space, {"failure_config": tune.FailureConfig(max_failures=1)},
        scheduler=scheduler, max_concurrent_trials=1,
    )  # fmt: skip
    assert states(client, name) == ["COMPLETE", "PRUNED", "PRUNED"]
    trials = list(client.trials(name))
    assert [t["params"] for t in trials] == [{"x": 1}, {"x": 2}, {"x": 3}]
    assert trials[1]["user_attrs"]["config"]["width"] == "4"


def test_a_silent_trial_is_pruned_and_the_end_of_everything_interrupts(
    fit: Callable[..., tune.ResultGrid], client: Client, name: str
) -> None:
    def train(config: dict[str, Any]) -> None:
        tune.report({"loss": 1.0})
        threading.Event().wait()

    class Both(tune.Stopper):  # type: ignore[misc]  # Ray is not typed
        def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
            return False

        def stop_all(self) -> bool:
            return sorted(t["state"] for t in client.trials(name) if "loss" in t.get("metrics", {})) == [
                "PRUNED",
                "RUNNING",
            ]

    def operator() -> None:
        for event in client.events(name):
            if event.type == "report" and event.trial == 0:
                client.prune(name, 0)
                return

    search = EspalierSearch(name, metric="loss", mode="min", space={"x": tune.uniform(0, 1)}, lease_seconds=3)
    watcher = threading.Thread(target=operator, daemon=True)
    watcher.start()
    fit(
        train, {}, {"stop": Both()},
        search_alg=search, scheduler=EspalierScheduler(search), num_samples=2, metric=None, mode=None,
        reuse_actors=False,
    )  # fmt: skip
    watcher.join(10)
    assert states(client, name) == ["PRUNED", "FAIL"]
    assert client.get_trial(name, 1)["reason"] == "interrupted"


SERVERS: dict[str, Server] = {}


class Outage(tune.Callback):  # type: ignore[misc]
    """Kills the server after the second result of the first trial, and starts it after the fifth. Ray pickles it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        if trial is trials[0] and result["training_iteration"] == 2:
            SERVERS[self.url].kill()
        if trial is trials[0] and result["training_iteration"] == 5:
            SERVERS[self.url].start()


def test_a_server_that_restarts_stops_no_training(
    fit: Callable[..., tune.ResultGrid], own_server: Server, name: str
) -> None:
    def train(config: dict[str, Any]) -> None:
        for step in range(1, 7):
            tune.report({"loss": config["x"] + 1 / step})

    SERVERS[own_server.url] = own_server
    search = EspalierSearch(name, storage=own_server.url, pruner=espalier.pruners.NopPruner())
    fit(
        train, {"x": tune.uniform(0, 1)}, {"callbacks": [Outage(own_server.url)]},
        search_alg=search, scheduler=EspalierScheduler(search), num_samples=2, max_concurrent_trials=1,
    )  # fmt: skip
    with Client(own_server.url) as client:
        assert states(client, name) == ["COMPLETE", "COMPLETE"]
        assert [p["step"] for p in client.metrics(name, 0)] == [1, 2, 3, 4, 5, 6]


def test_restore_goes_on_with_a_trial_that_failed(
    fit: Callable[..., tune.ResultGrid], client: Client, name: str, tmp_path: Path
) -> None:
    mended = tmp_path / "mended"

    def train(config: dict[str, Any]) -> None:
        tune.report({"loss": config["x"] + 1})
        if not mended.exists():
            raise RuntimeError("not mended yet")
        tune.report({"loss": config["x"]})

    search = EspalierSearch(name)
    fit(train, {"x": tune.uniform(0, 1)}, search_alg=search, scheduler=EspalierScheduler(search))
    assert states(client, name) == ["FAIL"]
    mended.touch()
    tune.Tuner.restore(str(tmp_path / "tuned"), train, restart_errored=True).fit()
    first, again = client.trials(name)
    assert (again["state"], again["params"]) == ("COMPLETE", first["params"])


# What follows needs no cluster: Ray's interface is called as Ray does.


def result(step: int, loss: float) -> dict[str, Any]:
    return {"training_iteration": step, "time_total_s": float(step), "loss": loss}


def test_another_process_goes_on_with_what_was_saved(client: Client, name: str, tmp_path: Path) -> None:
    space = {"x": tune.uniform(0, 1)}
    search = EspalierSearch(name, metric="loss", mode="min", space=space)
    config = search.suggest("a")
    search.suggest("b")
    search.on_trial_result("a", result(1, 0.5))
    search.save(str(tmp_path / "saved"))
    client.tell(name, 1, {"state": "FAIL", "reason": "lease"})  # as if the lease had run out meanwhile

    other = EspalierSearch()
    other.restore(str(tmp_path / "saved"))
    for trial in ("a", "b"):
        other.on_trial_result(trial, result(2, 0.4))
        other.on_trial_complete(trial, result(2, 0.4))
    assert states(client, name) == ["COMPLETE", "FAIL", "COMPLETE"]
    assert [p["step"] for p in client.metrics(name, 0)] == [1, 2]
    trials = list(client.trials(name))
    assert trials[1]["params"] == trials[2]["params"]
    assert trials[0]["params"] == config


def test_a_search_beside_another_scheduler_reports_and_tells(client: Client, name: str) -> None:
    search = EspalierSearch(name, metric=["loss", "speed"], mode=["min", "max"], space={"x": tune.uniform(0, 1)})
    search.suggest("a")
    search.on_trial_result("a", {**result(1, 0.5), "speed": 3.0})
    search.on_trial_complete("a", {**result(2, 0.4), "speed": 4.0})
    search.suggest("b")
    search.on_trial_complete("b", error=True)
    first, second = client.trials(name)
    assert (first["state"], first["values"], second["state"]) == ("COMPLETE", [0.4, 4.0], "FAIL")
    assert [p["step"] for p in client.metrics(name, 0)] == [1, 2]


def test_a_study_is_used_again_with_all_it_knows(client: Client, name: str) -> None:
    space = {"x": tune.choice([1, 2, 3])}
    for trial in "abc":
        search = EspalierSearch(name, metric="loss", mode="min", space=space, sampler=espalier.samplers.GridSampler())
        suggested = search.suggest(trial)
        assert isinstance(suggested, dict)
        search.on_trial_complete(trial, result(1, suggested["x"]))
    assert search.suggest("d") == "FINISHED"
    assert {t["params"]["x"] for t in client.trials(name)} == {1, 2, 3}


def test_points_evaluated_elsewhere_are_history(client: Client, name: str) -> None:
    search = EspalierSearch(name, metric="loss", mode="min", space={"x": tune.uniform(0, 1)})
    search.add_evaluated_point({"x": 0.5}, 0.25, intermediate_values=[1.0, 0.25])
    search.add_evaluated_point({"x": 0.7}, 0.9, pruned=True, intermediate_values=[0.9])
    search.add_evaluated_point({"x": 0.9}, math.nan, error=True)
    assert states(client, name) == ["COMPLETE", "PRUNED", "FAIL"]
    assert client.best(name)[0]["params"] == {"x": 0.5}


def test_a_silent_trial_keeps_its_lease(client: Client, name: str) -> None:
    search = EspalierSearch(name, metric="loss", mode="min", space={"x": tune.uniform(0, 1)}, lease_seconds=1)
    search.suggest("a")
    client.decision(name, 0, wait_seconds=3)
    search.on_trial_complete("a", result(1, 0.5))
    assert states(client, name) == ["COMPLETE"]


def test_a_driver_that_dies_leaves_its_trials_to_their_lease(client: Client, name: str) -> None:
    code = f"""
import os
from ray import tune
from espalier.integrations.ray import EspalierSearch
space = {{"x": tune.uniform(0, 1)}}
EspalierSearch({name!r}, metric="loss", mode="min", space=space, lease_seconds=1).suggest("a")
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    while client.get_trial(name, 0)["state"] == "RUNNING":
        client.decision(name, 0, wait_seconds=1)
    assert states(client, name) == ["FAIL"]


def test_only_what_is_a_metric_is_reported(client: Client, name: str) -> None:
    search = EspalierSearch(
        name, metric="loss", mode="min", space={"x": tune.uniform(0, 1)}, report_metrics=["acc", "top 5"]
    )
    search.suggest("a")
    search.on_trial_result("a", {**result(1, 0.5), "acc": 0.9, "top 5": 0.99, "other": 1.0, "flag": True})
    assert client.get_trial(name, 0)["metrics"].keys() == {"loss", "acc", "system/wall_seconds"}


def test_more_metrics_than_a_report_takes_are_cut(client: Client, name: str) -> None:
    search = EspalierSearch(name, metric="loss", mode="min", space={"x": tune.uniform(0, 1)})
    search.suggest("a")
    search.on_trial_result("a", {f"m{i}": float(i) for i in range(400)} | result(1, 0.5))
    assert client.get_trial(name, 0)["metrics"]["loss"]["last"] == 0.5
    assert len(next(client.metrics(name, 0))["metrics"]) == 256


@pytest.mark.parametrize(
    ("domain", "wire"),
    [
        (tune.uniform(0, 2), {"type": "float", "low": 0, "high": 2}),
        (tune.quniform(0, 2, 0.5), {"type": "float", "low": 0, "high": 2, "step": 0.5}),
        (tune.loguniform(1e-3, 1), {"type": "float", "low": 1e-3, "high": 1, "log": True}),
        (tune.randint(1, 5), {"type": "int", "low": 1, "high": 4}),
        (tune.lograndint(1, 5), {"type": "int", "low": 1, "high": 4, "log": True}),
        (tune.qrandint(3, 17, 4), {"type": "int", "low": 4, "high": 16, "step": 4}),
        (tune.qrandint(1, 5, 1), {"type": "int", "low": 1, "high": 4}),
        (tune.choice(["a", None, 1]), {"type": "categorical", "choices": ["a", None, 1]}),
        (tune.choice([(1, 2), dict]), {"type": "categorical", "choices": ["(1, 2)", "dict"]}),
        (espalier.distributions.IntDistribution(1, 3), {"type": "int", "low": 1, "high": 3}),
    ],
)
def test_spaces_are_converted(domain: Any, wire: dict[str, Any]) -> None:
    assert read_space({"a": {"b": domain}, "constant": 1})["a/b"].distribution.to_wire() == wire


def test_what_ray_samples_lies_within_the_converted_space() -> None:
    numbers = itertools.chain(
        (tune.qrandint(3, 17, 4) for _ in range(50)), (tune.randint(1, 3) for _ in range(50)),
        (tune.quniform(0, 1, 0.1) for _ in range(50)),
    )  # fmt: skip
    for domain in numbers:
        assert read_space({"n": domain})["n"].distribution.contains(domain.sample())


@pytest.mark.parametrize(
    ("domain", "why"),
    [
        (tune.qloguniform(0.1, 1, 0.1), "deep/p: .*either logarithmic or quantized"),
        (tune.qlograndint(4, 16, 4), "deep/p: .*either logarithmic or quantized"),
        (tune.randn(), "deep/p: .*normal"),
        (tune.sample_from(lambda config: 1), "deep/p: .*sample_from"),
        (tune.grid_search([1, 2]), "deep/p: .*grid_search"),
        ([tune.uniform(0, 1)], "deep/p: .*list"),
        (tune.choice([object()]), "deep/p: .*no lasting name"),
    ],
)
def test_what_espalier_has_not_is_refused_by_name(domain: Any, why: str) -> None:
    with pytest.raises((ValueError, TypeError), match=why):
        EspalierSearch(space={"deep": {"p": domain}})


def test_a_conditional_parameter_is_none_where_it_is_not(name: str) -> None:
    space = {
        "kind": espalier.distributions.CategoricalDistribution(["a"]),
        "depth": espalier.distributions.IntDistribution(1, 3, when={"kind": ["b"]}),
        "width": espalier.distributions.IntDistribution(2, 2, when={"kind": ["a"]}),
    }
    kinds = {**space, "kind": espalier.distributions.CategoricalDistribution(["a", "b"])}
    search = EspalierSearch(name, metric="loss", mode="min", space=kinds, points_to_evaluate=[{"kind": "a"}])
    assert search.suggest("x") == {"kind": "a", "depth": None, "width": 2}


def test_wrong_use_is_refused_by_name(name: str) -> None:
    with pytest.raises(TypeError, match="no_such"):
        EspalierSearch(no_such=1)
    with pytest.raises(TypeError, match="seed"):
        EspalierScheduler(EspalierSearch(), seed=1)
    with pytest.raises(ValueError, match="'min' or 'max'"):
        EspalierSearch(metric=["a"], mode=["obs"], space={"x": tune.uniform(0, 1)})
    with pytest.raises(RuntimeError, match="metric and mode"):
        EspalierSearch(space={"x": tune.uniform(0, 1)}).suggest("a")
    EspalierSearch(name, metric="loss", mode="min", space={"x": tune.uniform(0, 1)})
    with pytest.raises(ValueError, match="is of loss, not cost"):
        EspalierSearch(name, metric="cost", mode="min", space={"x": tune.uniform(0, 1)})


def test_asha_and_the_search_work_together(fit: Callable[..., tune.ResultGrid], client: Client, name: str) -> None:
    def train(config: dict[str, Any]) -> None:
        for step in range(1, 5):
            tune.report({"loss": config["x"] / step})

    asha = AsyncHyperBandScheduler(max_t=4, grace_period=1, reduction_factor=2)
    fit(train, {"x": tune.uniform(0, 1)}, search_alg=EspalierSearch(name), scheduler=asha, num_samples=3)
    assert states(client, name) == ["COMPLETE"] * 3
