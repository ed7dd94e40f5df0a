"""`Study.trials_dataframe`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from espalier._frozen import FrozenTrial
from espalier._trial import TrialState

if TYPE_CHECKING:
    import pandas as pd

    from espalier._study import Study

Column = tuple[str, Any]


def trials_dataframe(study: Study, attrs: Iterable[str], multi_index: bool) -> pd.DataFrame:
    """See `Study.trials_dataframe`; columns are those of Optuna."""
    try:
        import pandas as pd
    except ImportError as e:
        raise ImportError("trials_dataframe needs pandas: pip install 'espalier-client[pandas]'") from e
    trials = study.get_trials()
    if not trials:
        return pd.DataFrame()
    if len(study.directions) > 1:
        attrs = ["values" if attr == "value" else attr for attr in attrs]
    names: list[Any] | None = list(study.metric_names) if study.metric_names is not None else None
    columns: list[Column] = []
    rows: list[dict[Column, Any]] = [{} for _ in trials]
    for attr in attrs:
        found: set[Column] = set()
        for row, trial in zip(rows, trials, strict=True):
            cells = {(attr, key): value for key, value in _cells(trial, attr, names, len(study.directions))}
            row.update(cells)
            found.update(cells)
        ordered = attr in ("value", "values") and names is not None
        columns += [(attr, name) for name in names or ()] if ordered else sorted(found)
    frame = pd.DataFrame(rows, columns=pd.MultiIndex.from_tuples(columns))
    if not multi_index:
        frame.columns = pd.Index(["_".join(str(part) for part in column if part != "") for column in columns])
    return frame


def _cells(trial: FrozenTrial, attr: str, names: list[Any] | None, objectives: int) -> Iterator[tuple[Any, Any]]:
    """An attribute as cells, each with the second part of its column's name, empty if there is but one."""
    value = getattr(trial, attr)
    if attr == "values":
        yield from zip(names or range(objectives), value or [None] * objectives, strict=True)
    elif attr == "value" and names is not None:
        yield names[0], value
    elif isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)
    else:
        yield "", value.name if isinstance(value, TrialState) else value
