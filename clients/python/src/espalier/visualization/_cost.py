"""What trials cost, and what they are worth."""

from __future__ import annotations

import warnings

import plotly.graph_objects as go

from espalier._frozen import FrozenTrial
from espalier._study import Study, StudyDirection
from espalier._trial import TrialState
from espalier.visualization._data import COLORS, about


def plot_cost(study: Study, metric: str = "system/wall_seconds") -> go.Figure:
    """Plots the first objective of each trial against what it cost, and the front: those none other beats in both.

    `metric` is any running total that the trials reported; `espalier.monitor` reports `system/cpu_seconds` and others.
    Pruned trials are drawn at their last value. Trials that did not report the metric are left out.
    """
    name = study.metric if study.metric_names is None else study.metric_names[0]
    figure = go.Figure(
        layout={
            "title": {"text": "Cost Plot"},
            "xaxis": {"title": {"text": metric}},
            "yaxis": {"title": {"text": name}},
        }
    )
    points = [
        (t, t.metrics[metric]["last"], t.values[0])
        for t in study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))
        if t.values and metric in t.metrics
    ]
    if not points:
        warnings.warn(f"No ended trial of the study {study.study_name!r} reported {metric}.", stacklevel=2)
    for state in (TrialState.COMPLETE, TrialState.PRUNED):
        group = [p for p in points if p[0].state is state]
        if group:
            figure.add_scatter(
                x=[cost for _, cost, _ in group],
                y=[value for _, _, value in group],
                mode="markers",
                name=state.name,
                marker={"color": COLORS[state], "symbol": "circle" if state is TrialState.COMPLETE else "x"},
                text=[f"{about(t)}<br>{metric} = {cost:.4g}" for t, cost, _ in group],
                hoverinfo="text",
            )
    front = _front(points, study.directions[0] is StudyDirection.MINIMIZE)
    if front:
        costs, values = zip(*front, strict=True)
        figure.add_scatter(x=costs, y=values, mode="lines", name="Front", line={"shape": "hv"})
    return figure


def _front(points: list[tuple[FrozenTrial, float, float]], minimize: bool) -> list[tuple[float, float]]:
    """The feasible completed trials of which none other is as good and cheaper, by cost."""
    front: list[tuple[float, float]] = []
    able = [(c, v) for t, c, v in points if t.state is TrialState.COMPLETE and t.feasible is not False]
    for cost, value in sorted(able, key=lambda p: (p[0], p[1] if minimize else -p[1])):
        if not front or (value < front[-1][1] if minimize else value > front[-1][1]):
            front.append((cost, value))
    return front
