"""Learning curves."""

from __future__ import annotations

import warnings

import plotly.graph_objects as go

from espalier._study import Study
from espalier._trial import TrialState
from espalier.visualization._data import COLORS, about


def plot_intermediate_values(study: Study) -> go.Figure:
    """Plots what each trial reported, by step; where one was pruned is a cross, with the reason under the pointer.

    Of several objectives it is the first.
    """
    figure = go.Figure(
        layout={
            "title": {"text": "Intermediate Values Plot"},
            "xaxis": {"title": {"text": "Step"}},
            "yaxis": {"title": {"text": study.metric if study.metric_names is None else study.metric_names[0]}},
        }
    )
    trials = [t for t in study.get_trials() if t.intermediate_values]
    if not trials:
        warnings.warn(f"No trial of the study {study.study_name!r} reported a value.", stacklevel=2)
    for trial in trials:
        steps, values = zip(*trial.intermediate_values.items(), strict=True)
        pruned = trial.state is TrialState.PRUNED
        figure.add_scatter(
            x=steps,
            y=values,
            mode="lines+markers",
            name=f"Trial {trial.number}",
            opacity=0.6 if pruned else 1,
            marker={
                "size": [0] * (len(steps) - 1) + [10] if pruned else 4,
                "symbol": "x" if pruned else "circle",
                **({"color": COLORS[trial.state]} if pruned else {}),
            },
            hovertemplate="step %{x}: %{y}<br>" + about(trial) + "<extra></extra>",
        )
    return figure
