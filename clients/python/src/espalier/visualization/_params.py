"""Params: which matter, and where the good ones are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from espalier._frozen import FrozenTrial
from espalier._study import Study
from espalier.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator, get_param_importances
from espalier.visualization._data import (
    Target,
    about,
    color_scale,
    completed,
    is_categorical,
    is_log,
    minimized,
    params_of,
)

Pairs = list[tuple[FrozenTrial, float]]


def plot_param_importances(
    study: Study,
    evaluator: PedAnovaImportanceEvaluator | FanovaImportanceEvaluator | None = None,
    *,
    metric: str | None = None,
    target_name: str = "Objective Value",
) -> go.Figure:
    """Plots `espalier.importance.get_param_importances`: of the first objective, or of a `metric` by name."""
    importances = get_param_importances(study, evaluator=evaluator, metric=metric)
    shares = list(importances.items())[::-1]  # the first is at the top
    return go.Figure(
        go.Bar(
            x=[share for _, share in shares],
            y=[name for name, _ in shares],
            orientation="h",
            text=["<0.01" if share < 0.01 else f"{share:.2f}" for _, share in shares],
        ),
        layout={
            "title": {"text": "Hyperparameter Importances"},
            "xaxis": {"title": {"text": f"Importance for {metric or target_name}"}},
            "yaxis": {"title": {"text": "Hyperparameter"}, "type": "category"},
        },
    )


def plot_slice(
    study: Study,
    params: Sequence[str] | None = None,
    *,
    target: Target | None = None,
    target_name: str = "Objective Value",
) -> go.Figure:
    """Plots the value against each param, all if `params` is None, in a figure of its own beside the others.

    ValueError: no completed trial has one of the params; or the study has several objectives and no target is given.
    """
    pairs = completed(study, target)
    trials = [t for t, _ in pairs]
    names = params_of(trials, params)
    figure = make_subplots(rows=1, cols=max(len(names), 1), shared_yaxes=True)
    for column, name in enumerate(names, start=1):
        having = [(t, v) for t, v in pairs if name in t.params]
        figure.add_trace(
            go.Scatter(
                x=_shown([t for t, _ in having], name),
                y=[v for _, v in having],
                mode="markers",
                marker={**color_scale(t for t, _ in having), "showscale": column == 1},
                text=[about(t) for t, _ in having],
                hoverinfo="text",
                showlegend=False,
            ),
            row=1,
            col=column,
        )
        figure.update_xaxes(_axis(trials, name), row=1, col=column)
    figure.update_yaxes(title_text=target_name, row=1, col=1)
    figure.update_layout(title_text="Slice Plot", width=max(600, 300 * len(names)))
    return figure


def plot_contour(
    study: Study,
    params: Sequence[str] | None = None,
    *,
    target: Target | None = None,
    target_name: str = "Objective Value",
) -> go.Figure:
    """Plots the value over pairs of params, all if `params` is None: one figure for two, else a matrix of them.

    ValueError: there are fewer than two params, or no completed trial has one; or the study has several objectives
    and no target is given.
    """
    pairs = completed(study, target)
    names = params_of([t for t, _ in pairs], params)
    if pairs and len(names) < 2:
        raise ValueError(f"plot_contour needs two params or more, but there are {names}.")
    reverse = minimized(study, target)
    if len(names) <= 2:
        figure = go.Figure()
        if names:
            for trace in _contour(pairs, names[0], names[1], reverse, target_name, True):
                figure.add_trace(trace)
            figure.update_xaxes(_axis([t for t, _ in pairs], names[0]))
            figure.update_yaxes(_axis([t for t, _ in pairs], names[1]))
        figure.update_layout(title_text="Contour Plot")
        return figure
    figure = make_subplots(rows=len(names), cols=len(names), shared_xaxes=True, shared_yaxes=True)
    for row, y in enumerate(names, start=1):
        for column, x in enumerate(names, start=1):
            if x != y:
                scale = (row, column) == (1, 2)
                for trace in _contour(pairs, x, y, reverse, target_name, scale):
                    figure.add_trace(trace, row=row, col=column)
            axis = {k: v for k, v in _axis([t for t, _ in pairs], x).items() if k != "title" or row == len(names)}
            figure.update_xaxes(axis, row=row, col=column)
            axis = {k: v for k, v in _axis([t for t, _ in pairs], y).items() if k != "title" or column == 1}
            figure.update_yaxes(axis, row=row, col=column)
    side = max(600, 220 * len(names))
    figure.update_layout(title_text="Contour Plot", width=side, height=side)
    return figure


def _contour(pairs: Pairs, x: str, y: str, reverse: bool, target_name: str, scale: bool) -> list[Any]:
    """A contour between the trials that have both params, and the trials themselves."""
    having = [(t, v) for t, v in pairs if x in t.params and y in t.params]
    xs = _shown([t for t, _ in having], x)
    ys = _shown([t for t, _ in having], y)
    return [
        go.Contour(
            x=xs,
            y=ys,
            z=[v for _, v in having],
            connectgaps=True,
            colorscale="Blues",
            reversescale=reverse,
            showscale=scale,
            colorbar={"title": {"text": target_name}},
            contours={"coloring": "heatmap"},
            hoverinfo="none",
            line={"smoothing": 1.3},
        ),
        go.Scatter(
            x=xs,
            y=ys,
            mode="markers",
            marker={"color": "black", "size": 4},
            text=[about(t) for t, _ in having],
            hoverinfo="text",
            showlegend=False,
        ),
    ]


def plot_parallel_coordinate(
    study: Study,
    params: Sequence[str] | None = None,
    *,
    target: Target | None = None,
    target_name: str = "Objective Value",
) -> go.Figure:
    """Plots each completed trial as a line through its params, colored by its value; of those that have all params.

    ValueError: no completed trial has one of the params; or the study has several objectives and no target is given.
    """
    pairs = completed(study, target)
    names = params_of([t for t, _ in pairs], params)
    pairs = [(t, v) for t, v in pairs if all(name in t.params for name in names)]
    trials = [t for t, _ in pairs]
    values = [v for _, v in pairs]
    dimensions = [{"label": target_name, "values": values}] if pairs else []
    dimensions += [_dimension(trials, name) for name in names if trials]
    return go.Figure(
        go.Parcoords(
            dimensions=dimensions,
            labelangle=30,
            labelside="bottom",
            line={
                "color": values,
                "colorscale": "Blues",
                "reversescale": minimized(study, target),
                "showscale": True,
                "colorbar": {"title": {"text": target_name}},
            },
        ),
        layout={"title": {"text": "Parallel Coordinate Plot"}},
    )


def _dimension(trials: list[FrozenTrial], name: str) -> dict[str, Any]:
    values = [t.params[name] for t in trials]
    if is_categorical(trials, name):
        words = sorted({str(v) for v in values})
        return {
            "label": name,
            "values": [words.index(str(v)) for v in values],
            "tickvals": list(range(len(words))),
            "ticktext": words,
        }
    if not is_log(trials, name):
        return {"label": name, "values": values}
    logs = [math.log10(v) for v in values]
    ticks = sorted({min(logs), *range(math.ceil(min(logs)), math.floor(max(logs)) + 1), max(logs)})
    return {"label": name, "values": logs, "tickvals": ticks, "ticktext": [f"{10**tick:.3g}" for tick in ticks]}


def _shown(trials: list[FrozenTrial], name: str) -> list[Any]:
    """The values of a param that all of the trials have."""
    values = [t.params[name] for t in trials]
    return list(map(str, values)) if is_categorical(trials, name) else values


def _axis(trials: list[FrozenTrial], name: str) -> dict[str, Any]:
    kind = "category" if is_categorical(trials, name) else "log" if is_log(trials, name) else "linear"
    return {"title": {"text": name}, "type": kind}
