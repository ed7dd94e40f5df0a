"""What the plots have in common: the trials they draw, their values, axes, and texts."""

from __future__ import annotations

import html
import math
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from espalier._frozen import FrozenTrial
from espalier._study import Study, StudyDirection
from espalier._trial import TrialState
from espalier.distributions import CategoricalDistribution

Target = Callable[[FrozenTrial], float]

COLORS = {
    TrialState.COMPLETE: "#1f77b4",
    TrialState.PRUNED: "#ff7f0e",
    TrialState.FAIL: "#d62728",
    TrialState.RUNNING: "#2ca02c",
    TrialState.WAITING: "#7f7f7f",
}


def completed(study: Study, target: Target | None) -> list[tuple[FrozenTrial, float]]:
    """The completed trials with the value that is drawn, finite ones only.

    ValueError: the study has several objectives, and no target says which.
    """
    if target is None and len(study.directions) > 1:
        raise ValueError(
            "If the study has several objectives, say which value is meant: target=lambda t: t.values[0], "
            'target_name="loss".'
        )
    trials = study.get_trials(states=(TrialState.COMPLETE,))
    pairs = [(t, float(target(t)) if target else t.values[0]) for t in trials if t.values]
    finite = [(t, v) for t, v in pairs if math.isfinite(v)]
    if not finite:
        warnings.warn(f"The study {study.study_name!r} has no completed trial to draw.", stacklevel=4)
    return finite


def params_of(trials: Iterable[FrozenTrial], wanted: Sequence[str] | None) -> list[str]:
    """The params that are drawn, sorted. ValueError: no trial has one that is wanted."""
    found = sorted({name for trial in trials for name in trial.params})
    if wanted is None:
        return found
    for name in wanted:
        if name not in found:
            raise ValueError(f"No completed trial has a parameter {name!r}; there are {found}.")
    return list(wanted)


def is_log(trials: Iterable[FrozenTrial], name: str) -> bool:
    """Says whether a param was suggested on a log scale."""
    return any(getattr(t.distributions.get(name), "log", False) for t in trials)


def is_categorical(trials: Iterable[FrozenTrial], name: str) -> bool:
    """Says whether a param is one of some choices."""
    return any(isinstance(t.distributions.get(name), CategoricalDistribution) for t in trials)


def minimized(study: Study, target: Target | None) -> bool:
    """Says whether less is better; of a target of one's own it is taken to be."""
    return target is not None or study.directions[0] is StudyDirection.MINIMIZE


def about(trial: FrozenTrial) -> str:
    """What is shown of a trial under the pointer."""
    lines = [f"trial {trial.number}", trial.state.name]
    if trial.values is not None:
        lines.append(f"value = {', '.join(f'{v:.6g}' for v in trial.values)}")
    lines += [f"{name} = {value}" for name, value in trial.params.items()]
    if trial.prune_reason:
        lines.append(trial.prune_reason)
    return "<br>".join(html.escape(str(line)) for line in lines)


def as_list(study: Study | Sequence[Study]) -> list[Study]:
    """One study or several, as a list."""
    return [study] if isinstance(study, Study) else list(study)


def color_scale(trials: Iterable[FrozenTrial]) -> dict[str, Any]:
    """Markers colored by the trial's number, later ones darker."""
    return {
        "color": [t.number for t in trials],
        "colorscale": "Blues",
        "colorbar": {"title": {"text": "Trial"}},
        "line": {"width": 0.5, "color": "grey"},
    }
