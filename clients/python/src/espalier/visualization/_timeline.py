"""When trials ran."""

from __future__ import annotations

import warnings
from datetime import datetime

import plotly.graph_objects as go

from espalier._study import Study
from espalier._trial import TrialState
from espalier.visualization._data import COLORS, about


def plot_timeline(study: Study, n_recent_trials: int | None = None) -> go.Figure:
    """Plots when each trial began and ended, by its state; those that run go on to now.

    `n_recent_trials` is how many of the latest are drawn, all if None. ValueError: it is below 1.
    """
    if n_recent_trials is not None and n_recent_trials < 1:
        raise ValueError("n_recent_trials must be at least 1.")
    begun = [(t, t.datetime_start) for t in study.get_trials() if t.datetime_start is not None]
    begun = begun[-(n_recent_trials or 0) :]
    if not begun:
        warnings.warn(f"No trial of the study {study.study_name!r} has begun.", stacklevel=2)
    figure = go.Figure(
        layout={
            "title": {"text": "Timeline Plot"},
            "xaxis": {"title": {"text": "Datetime"}, "type": "date"},
            "yaxis": {"title": {"text": "Trial"}},
            "barmode": "overlay",
        }
    )
    now = datetime.now()
    for state, color in COLORS.items():
        group = [(t, start) for t, start in begun if t.state is state]
        if group and state is not TrialState.WAITING:
            figure.add_bar(
                name=state.name,
                orientation="h",
                base=[start for _, start in group],
                x=[((t.datetime_complete or now) - start).total_seconds() * 1000 for t, start in group],
                y=[t.number for t, _ in group],
                marker={"color": color},
                hovertext=[about(t) for t, _ in group],
                hoverinfo="text",
            )
    return figure
