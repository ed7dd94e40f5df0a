"""The Pareto front."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from espalier._frozen import FrozenTrial
from espalier._study import Study
from espalier._trial import TrialState
from espalier.visualization._data import about


def plot_pareto_front(
    study: Study,
    *,
    target_names: Sequence[str] | None = None,
    include_dominated_trials: bool = True,
    axis_order: Sequence[int] | None = None,
) -> go.Figure:
    """Plots the trials of a study with two or three objectives, those of the Pareto front, and infeasible ones apart.

    `axis_order` says which objective is on which axis: `[1, 0]` swaps two. ValueError: there are more objectives,
    or fewer; or the names or the order are not one for each.
    """
    count = len(study.directions)
    if count not in (2, 3):
        raise ValueError(f"plot_pareto_front draws two or three objectives, but the study has {count}.")
    names = list(target_names or study.metric_names or study.metrics)
    order = list(range(count)) if axis_order is None else list(axis_order)
    if len(names) != count:
        raise ValueError(f"target_names must have a name for each of the {count} objectives.")
    if sorted(order) != list(range(count)):
        raise ValueError(f"axis_order must have each of {list(range(count))} once, but is {order}.")
    front = {t.number for t in study.best_trials}
    trials = study.get_trials(states=(TrialState.COMPLETE,))
    if not trials:
        warnings.warn(f"The study {study.study_name!r} has no completed trial to draw.", stacklevel=2)
    figure = go.Figure(layout={"title": {"text": "Pareto-front Plot"}})
    dominated = [t for t in trials if t.number not in front] if include_dominated_trials else []
    for name, group, color in (
        ("Infeasible Trial", [t for t in dominated if t.feasible is False], "#cccccc"),
        ("Trial", [t for t in dominated if t.feasible is not False], "#1f77b4"),
        ("Best Trial", [t for t in trials if t.number in front], "#d62728"),
    ):
        if group:
            figure.add_trace(_points(name, group, order, color))
    axes = [{"title": {"text": names[i]}} for i in order]
    if count == 2:
        figure.update_layout(xaxis=axes[0], yaxis=axes[1])
    else:
        figure.update_layout(scene={"xaxis": axes[0], "yaxis": axes[1], "zaxis": axes[2]})
    return figure


def _points(name: str, trials: list[FrozenTrial], order: list[int], color: str) -> Any:
    columns = [[t.values[i] for t in trials if t.values] for i in order]
    kind = go.Scatter if len(order) == 2 else go.Scatter3d
    return kind(
        **dict(zip("xyz", columns, strict=False)),
        mode="markers",
        name=name,
        marker={"color": color, "size": 6},
        text=[about(t) for t in trials],
        hoverinfo="text",
    )
