"""How a study went on: the values by trial, and how many are how good."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import plotly.graph_objects as go

from espalier._study import Study
from espalier.visualization._data import Target, about, as_list, completed, minimized


def plot_optimization_history(
    study: Study | Sequence[Study], *, target: Target | None = None, target_name: str = "Objective Value"
) -> go.Figure:
    """Plots the value of each completed trial, and the best of those so far.

    The best is of feasible trials; it is left out with a `target`, of which it is not known which way is better.
    ValueError: the study has several objectives and no target is given.
    """
    figure = go.Figure(
        layout={
            "title": {"text": "Optimization History Plot"},
            "xaxis": {"title": {"text": "Trial"}},
            "yaxis": {"title": {"text": target_name}},
        }
    )
    studies = as_list(study)
    for one in studies:
        pairs = completed(one, target)
        of = "" if len(studies) == 1 else f" of {one.study_name}"
        figure.add_scatter(
            x=[t.number for t, _ in pairs],
            y=[v for _, v in pairs],
            mode="markers",
            name=f"{target_name}{of}",
            text=[about(t) for t, _ in pairs],
            hoverinfo="text",
        )
        feasible = [(t, v) for t, v in pairs if t.feasible is not False]
        if target is None:
            better = min if minimized(one, target) else max
            figure.add_scatter(
                x=[t.number for t, _ in feasible],
                y=list(accumulate((v for _, v in feasible), better)),
                mode="lines",
                name=f"Best Value{of}",
            )
    return figure


def plot_edf(
    study: Study | Sequence[Study], *, target: Target | None = None, target_name: str = "Objective Value"
) -> go.Figure:
    """Plots the empirical distribution function of the values: which share of the trials is at most so large.

    ValueError: the study has several objectives and no target is given.
    """
    figure = go.Figure(
        layout={
            "title": {"text": "Empirical Distribution Function Plot"},
            "xaxis": {"title": {"text": target_name}},
            "yaxis": {"title": {"text": "Cumulative Probability"}, "range": [0, 1.02]},
        }
    )
    for one in as_list(study):
        values = sorted(v for _, v in completed(one, target))
        figure.add_scatter(
            x=values,
            y=[(i + 1) / len(values) for i in range(len(values))],
            mode="lines",
            line={"shape": "hv"},
            name=one.study_name,
        )
    return figure
