"""What a tell makes of a trial, by Optuna's rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from espalier._trial import TrialState

Values = float | Sequence[float]


def outcome(
    values: Values | None, state: TrialState | None, objectives: int
) -> tuple[TrialState, list[float] | None, str | None]:
    """Returns the state, the values, and what is wrong with those told if that makes it FAIL.

    ValueError: the state and the values contradict each other.
    """
    told: list[Any] = [values] if isinstance(values, str) or not isinstance(values, Sequence) else list(values)
    if state is None:
        wrong = "The value None could not be cast to float" if values is None else _wrong(told, objectives)
        if wrong is not None:
            return TrialState.FAIL, None, wrong
        return TrialState.COMPLETE, [float(v) for v in told], None
    if state in (TrialState.PRUNED, TrialState.FAIL):
        if values is not None:
            raise ValueError(
                "Values were told. Values cannot be specified when state is TrialState.PRUNED or TrialState.FAIL."
            )
        return state, None, None
    if state is not TrialState.COMPLETE:
        raise ValueError(f"Cannot tell with state {state!r}.")
    if values is None:
        raise ValueError("No values were told. Values are required when state is TrialState.COMPLETE.")
    wrong = _wrong(told, objectives)
    if wrong is not None:
        raise ValueError(wrong)
    return state, [float(v) for v in told], None


def _wrong(values: Sequence[Any], objectives: int) -> str | None:
    faults = []
    for value in values:
        try:
            number = float(value)
        except (TypeError, ValueError):
            faults.append(f"The value {value!r} could not be cast to float")
            continue
        if not math.isfinite(number):
            faults.append(f"The value {number} is not acceptable")
    if faults:
        return "; ".join(faults)
    if len(values) != objectives:
        return f"The number of the values {len(values)} did not match the number of the objectives {objectives}"
    return None
