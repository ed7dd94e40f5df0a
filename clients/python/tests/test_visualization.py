"""Plots: what is drawn of a study, by plotly's own figures."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import espalier
from espalier import Study, Trial, visualization
from espalier.pruners import ThresholdPruner
from espalier.samplers import RandomSampler
from tests.conftest import Server


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    espalier.logging.disable_default_handler()
    yield
    espalier.logging.enable_default_handler()


@pytest.fixture(scope="module")
def study(server: Server) -> Study:
    """24 trials of x in [-2, 2], which are pruned at step 1 if x > 1; one failed."""

    def objective(trial: Trial) -> float:
        x = trial.suggest_float("x", -2, 2)
        rate = trial.suggest_float("rate", 1e-4, 1, log=True)
        kind = trial.suggest_categorical("kind", ["<a>", None])
        for step in range(3):
            trial.report({"value": max(x, -1 if kind else -2) + step, "system/cpu_seconds": rate * (step + 1)}, step)
            if trial.should_prune():
                raise espalier.TrialPruned
        if trial.number == 1:
            raise ZeroDivisionError
        return x * x

    made = espalier.create_study(
        storage=server.url, pruner=ThresholdPruner(upper=2, n_warmup_steps=1), sampler=RandomSampler(seed=2)
    )
    made.enqueue_trial({"x": 1.5})
    made.enqueue_trial({"x": -0.5})
    made.optimize(objective, n_trials=24, catch=ZeroDivisionError)
    return made


@pytest.fixture(scope="module")
def two(server: Server) -> Study:
    made = espalier.create_study(storage=server.url, directions=["minimize", "maximize"], metric_names=["loss", "size"])

    def objective(trial: Trial) -> tuple[float, float]:
        x = trial.suggest_float("x", 0, 1)
        trial.set_constraint("c", x - 0.9)
        return x, x * [1, 0.5][trial.number % 2]

    made.optimize(objective, n_trials=12)
    return made


def drawn(figure: Any) -> dict[str, Any]:
    """A figure as plotly writes it."""
    whole: dict[str, Any] = json.loads(figure.to_json())
    return whole


def test_optimization_history_has_each_completed_trial_and_the_best_so_far(study: Study) -> None:
    values, best = visualization.plot_optimization_history(study).data
    complete = study.get_trials(states=[espalier.TrialState.COMPLETE])
    assert list(values.x) == [t.number for t in complete]
    assert list(values.y) == [t.value for t in complete]
    assert best.y[-1] == study.best_value
    assert list(best.y) == sorted(best.y, reverse=True)
    assert len(visualization.plot_optimization_history([study, study]).data) == 4
    (durations,) = visualization.plot_optimization_history(
        study, target=lambda t: t.duration.total_seconds() if t.duration else 0.0, target_name="seconds"
    ).data
    assert durations.name == "seconds"


def test_intermediate_values_mark_where_trials_were_pruned_with_the_reason(study: Study) -> None:
    figure = visualization.plot_intermediate_values(study)
    trials = study.trials
    assert len(figure.data) == len(trials)
    pruned = figure.data[0]
    assert trials[0].state is espalier.TrialState.PRUNED
    assert list(pruned.x) == [0, 1]
    assert pruned.marker.symbol == "x"
    assert "2.5" in pruned.hovertemplate, "the reason has the value"
    assert "upper" in pruned.hovertemplate or "limit" in pruned.hovertemplate or "above" in pruned.hovertemplate
    assert [t.marker.symbol for t in figure.data] == [
        "x" if t.state is espalier.TrialState.PRUNED else "circle" for t in trials
    ]
    assert not any("<a>" in t.hovertemplate for t in figure.data), "what people name is escaped"


def test_params_are_drawn_on_their_own_scales(study: Study) -> None:
    slices = visualization.plot_slice(study)
    assert [a.type for a in (slices.layout.xaxis, slices.layout.xaxis2, slices.layout.xaxis3)] == [
        "category", "log", "linear",
    ]  # fmt: skip
    contour = visualization.plot_contour(study, ["x", "rate"])
    assert [type(t).__name__ for t in contour.data] == ["Contour", "Scatter"]
    assert contour.layout.yaxis.type == "log"
    assert len(visualization.plot_contour(study).data) == 6 * 2
    (lines,) = visualization.plot_parallel_coordinate(study).data
    assert [d.label for d in lines.dimensions] == ["Objective Value", "kind", "rate", "x"]
    assert set(lines.dimensions[1].ticktext) == {"<a>", "None"}
    with pytest.raises(ValueError, match="No completed trial has a parameter 'y'"):
        visualization.plot_slice(study, ["y"])
    with pytest.raises(ValueError, match="two params or more"):
        visualization.plot_contour(study, ["x"])


def test_importances_are_bars_the_first_at_the_top(study: Study) -> None:
    (bars,) = visualization.plot_param_importances(study, metric="system/cpu_seconds").data
    importances = espalier.importance.get_param_importances(study, metric="system/cpu_seconds")
    assert list(bars.y) == list(importances)[::-1]
    assert list(bars.x) == list(importances.values())[::-1]


def test_cost_is_drawn_against_quality_with_its_front(study: Study) -> None:
    figure = visualization.plot_cost(study, "system/cpu_seconds")
    complete, pruned, front = figure.data
    assert (complete.name, pruned.name, front.name) == ("COMPLETE", "PRUNED", "Front")
    assert list(front.x) == sorted(front.x)
    assert list(front.y) == sorted(front.y, reverse=True)
    assert front.y[-1] == study.best_value
    costs = {t.number: t.metrics["system/cpu_seconds"]["last"] for t in study.trials}
    assert min(front.x) == min(costs[t.number] for t in study.get_trials(states=[espalier.TrialState.COMPLETE]))
    assert len(visualization.plot_cost(study).data) == 3, "the clock is always there"
    with pytest.warns(UserWarning, match="reported system/energy_joules"):
        assert visualization.plot_cost(study, "system/energy_joules").data == ()


def test_the_pareto_front_is_apart_from_dominated_and_infeasible_trials(two: Study) -> None:
    figure = visualization.plot_pareto_front(two, axis_order=[1, 0])
    by_name = {t.name: t for t in figure.data}
    front = by_name["Best Trial"]
    assert set(zip(front.y, front.x, strict=True)) == {tuple(t.values or ()) for t in two.best_trials}
    assert sum(len(t.x) for t in figure.data) == 12
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("size", "loss")
    assert len(visualization.plot_pareto_front(two, include_dominated_trials=False).data) == 1


def test_distribution_and_timeline(study: Study) -> None:
    (edf,) = visualization.plot_edf(study).data
    assert list(edf.x) == sorted(edf.x)
    assert edf.y[-1] == 1
    bars = {bar.name: bar for bar in visualization.plot_timeline(study).data}
    assert bars.keys() == {"COMPLETE", "PRUNED", "FAIL"}
    assert list(bars["FAIL"].y) == [1]
    assert sum(len(b.y) for b in visualization.plot_timeline(study, n_recent_trials=3).data) == 3
    with pytest.raises(ValueError, match="at least 1"):
        visualization.plot_timeline(study, n_recent_trials=0)


@pytest.mark.parametrize(
    "name", ["plot_contour", "plot_edf", "plot_optimization_history", "plot_parallel_coordinate", "plot_slice"]
)
def test_several_objectives_need_a_target(two: Study, name: str) -> None:
    plot = getattr(visualization, name)
    with pytest.raises(ValueError, match="target=lambda"):
        plot(two)
    if name != "plot_contour":
        assert plot(two, target=lambda t: t.values[1], target_name="size").data


@pytest.mark.parametrize("name", [n for n in visualization.__all__ if n not in ("is_available", "plot_pareto_front")])
def test_an_empty_study_draws_an_empty_figure_with_a_warning(server: Server, name: str) -> None:
    empty = espalier.create_study(storage=server.url)
    if name == "plot_param_importances":
        with pytest.raises(espalier.NotEnoughData):
            visualization.plot_param_importances(empty)
        return
    with pytest.warns(UserWarning, match="study 'no-name-"):
        figure = getattr(visualization, name)(empty)
    assert drawn(figure)["layout"]["title"]["text"]


def test_a_pareto_front_needs_two_or_three_objectives(study: Study, two: Study) -> None:
    with pytest.raises(ValueError, match="the study has 1"):
        visualization.plot_pareto_front(study)
    with pytest.raises(ValueError, match="axis_order"):
        visualization.plot_pareto_front(two, axis_order=[0, 0])


def test_without_plotly_a_message_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['plotly'] = None\n"
        "from espalier import visualization\n"
        "assert not visualization.is_available()\n"
        "try: visualization.plot_slice\n"
        "except ImportError as e: print(e)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "plot_slice needs plotly: pip install 'espalier-client[visualization]'"
    with pytest.raises(AttributeError, match="has no plot_rank; it has plot_contour"):
        _ = visualization.plot_rank  # type: ignore[attr-defined]


def test_plots_of_params_look_at_all_trials_but_a_few_times(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    from espalier.visualization import _data, _params

    looks = []

    def look(trials: Any, name: str) -> bool:
        looks.append(name)
        return _data.is_categorical(trials, name)

    monkeypatch.setattr(_params, "is_categorical", look)
    visualization.plot_slice(study)
    visualization.plot_parallel_coordinate(study)
    visualization.plot_contour(study, params=["x", "rate"])
    assert len(looks) < 24  # the number of trials
