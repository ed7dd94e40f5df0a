"""Trials that do not run: what is known of one, and one without a study."""

from __future__ import annotations

import datetime
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from espalier._attrs import OWN, shown
from espalier._trial import BaseTrial, TrialState, decision_sentence
from espalier.distributions import BaseDistribution, from_wire

if TYPE_CHECKING:
    from espalier import types as t

Curve = Mapping[int, float]
"""What a trial reported of a metric, by step."""


def _warn_out_of_range(name: str, value: Any, distribution: BaseDistribution) -> None:
    warnings.warn(f"The value {value!r} of the parameter {name!r} is out of range of {distribution}.", stacklevel=4)


class FixedTrial(BaseTrial):
    """Params for an objective that is called without a study: `objective(FixedTrial({"x": 1}))`."""

    def __init__(self, params: Mapping[str, Any], number: int = 0) -> None:
        self.number = number
        self.datetime_start = datetime.datetime.now()
        self.user_attrs: dict[str, Any] = {}
        self.constraints: dict[str, float] = {}
        self.distributions: dict[str, BaseDistribution] = {}
        self._fixed = dict(params)

    @property
    def params(self) -> dict[str, Any]:
        """The params that were suggested."""
        return {name: self._fixed[name] for name in self.distributions}

    def report(self, value: float | Mapping[str, float], step: int) -> None:
        """Does nothing."""

    def should_prune(self) -> bool:
        """False."""
        return False

    def set_user_attr(self, key: str, value: Any) -> None:
        """Keeps a value in `user_attrs`."""
        self.user_attrs[key] = value

    def set_constraint(self, key: str, value: float) -> None:
        """Keeps a value in `constraints`."""
        self.constraints[key] = float(value)

    def _suggest(self, name: str, distribution: BaseDistribution) -> Any:
        if name not in self._fixed:
            raise ValueError(f"The value of the parameter {name!r} is not found: give it to FixedTrial.")
        if not distribution.contains(self._fixed[name]):
            _warn_out_of_range(name, self._fixed[name], distribution)
        self.distributions[name] = distribution
        return self._fixed[name]


class FrozenTrial(BaseTrial):
    """What is known of a trial, as of when it was read. An objective can be called with it, to evaluate it again.

    Times are naive and local, as Optuna's. `values` of a PRUNED trial are what it reported last, as Optuna has
    them; the server counts no such value as a result.
    """

    def __init__(
        self,
        number: int,
        state: TrialState,
        *,
        values: Sequence[float] | None = None,
        params: Mapping[str, Any] | None = None,
        distributions: Mapping[str, BaseDistribution] | None = None,
        user_attrs: Mapping[str, Any] | None = None,
        system_attrs: Mapping[str, Any] | None = None,
        intermediate_values: Curve | Callable[[], Curve] | None = None,
        datetime_start: datetime.datetime | None = None,
        datetime_complete: datetime.datetime | None = None,
        constraints: Mapping[str, float] | None = None,
        wire: t.Trial | None = None,
    ) -> None:
        self.number = number
        self.state = state
        self.values = None if values is None else [float(v) for v in values]
        self.params = dict(params or {})
        self.distributions = dict(distributions or {})
        self.user_attrs = dict(user_attrs or {})
        self.system_attrs = dict(system_attrs or {})
        self.datetime_start = datetime_start
        self.datetime_complete = datetime_complete
        self.constraints = dict(constraints or {})
        self.wire = wire
        self._curve = intermediate_values or {}

    @property
    def value(self) -> float | None:
        """The value of a trial with one objective. RuntimeError: it has several."""
        if self.values is not None and len(self.values) > 1:
            raise RuntimeError("This attribute is not available during multi-objective optimization; see values.")
        return self.values[0] if self.values else None

    @value.setter
    def value(self, value: float | None) -> None:
        self.values = None if value is None else [float(value)]

    @property
    def intermediate_values(self) -> dict[int, float]:
        """What it reported of the first objective by step; read from the server when it is first used."""
        if callable(self._curve):
            self._curve = self._curve()
        self._curve = dict(sorted(self._curve.items()))
        return self._curve

    @intermediate_values.setter
    def intermediate_values(self, values: Curve) -> None:
        self._curve = values

    @property
    def last_step(self) -> int | None:
        """The highest step reported."""
        return max(self.intermediate_values, default=None)

    @property
    def duration(self) -> datetime.timedelta | None:
        """How long it took, once it has ended."""
        if self.datetime_start is None or self.datetime_complete is None:
            return None
        return self.datetime_complete - self.datetime_start

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """Of everything reported, `system/` metrics included: count, last, min, max, mean and sum by metric."""
        return {k: dict(v) for k, v in self._wired("metrics", {}).items()}

    @property
    def feasible(self) -> bool | None:
        """Whether it keeps the study's constraints; None while that is not known."""
        feasible: bool | None = self._wired("feasible", None)
        return feasible

    @property
    def decision(self) -> t.Decision | None:
        """The decision that pruned it, or the latest."""
        decision: t.Decision | None = self._wired("decision", None)
        return decision

    @property
    def prune_reason(self) -> str | None:
        """Why it was pruned, in a sentence; None for a trial that was not."""
        if self.state is not TrialState.PRUNED:
            return None
        if self.decision is not None and self.decision["should_prune"]:
            return decision_sentence(self.decision)
        return self.error or "Its worker pruned it."

    @property
    def error(self) -> str | None:
        """Why it failed, as its worker told it."""
        error: str | None = self._wired("error", None)
        return error

    @property
    def sampled_by(self) -> str | None:
        """The sampler that suggested it; None for params given by hand."""
        sampler: str | None = self._wired("sampled_by", None)
        return sampler

    def _wired(self, member: str, default: Any) -> Any:
        return default if self.wire is None else self.wire.get(member, default)

    def report(self, value: float | Mapping[str, float], step: int) -> None:
        """Does nothing, so that an objective can be called with a frozen trial."""

    def should_prune(self) -> bool:
        """False, so that an objective can be called with a frozen trial."""
        return False

    def set_user_attr(self, key: str, value: Any) -> None:
        """Changes this object; nothing is sent."""
        self.user_attrs[key] = value

    def set_constraint(self, key: str, value: float) -> None:
        """Changes this object; nothing is sent."""
        self.constraints[key] = float(value)

    def _suggest(self, name: str, distribution: BaseDistribution) -> Any:
        if name not in self.params:
            raise ValueError(f"The value of the parameter {name!r} is not found: the trial has no such parameter.")
        value = self.params[name]
        if not distribution.contains(value):
            _warn_out_of_range(name, value, distribution)
        self.distributions[name] = distribution
        return value

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_curve": self.intermediate_values}  # a copy has no connection

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FrozenTrial) and self.__getstate__() == other.__getstate__()

    def __lt__(self, other: FrozenTrial) -> bool:
        return self.number < other.number

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return (
            f"FrozenTrial(number={self.number}, state={self.state!r}, values={self.values}, params={self.params}, "
            f"datetime_start={self.datetime_start!r}, datetime_complete={self.datetime_complete!r})"
        )


def freeze(wire: t.Trial, metrics: Sequence[str], curve: Curve | Callable[[], Curve]) -> FrozenTrial:
    """Reads a trial of the API; `metrics` are the study's objectives, `curve` what it reported of the first."""
    state = TrialState[wire["state"]]
    distributions = {name: from_wire(node) for name, node in wire["distributions"].items()}
    attrs = wire["user_attrs"]
    system_attrs = {k: v for k, v in attrs.items() if k.startswith(OWN)}
    if state is TrialState.WAITING:
        system_attrs["fixed_params"] = wire["params"]
    return FrozenTrial(
        wire["number"],
        state,
        values=_values(wire, state, metrics),
        params={
            name: distributions[name].value(value) if name in distributions else value
            for name, value in wire["params"].items()
            if state is not TrialState.WAITING
        },
        distributions={name: d for name, d in distributions.items() if name in wire["params"]},
        user_attrs=shown(attrs),
        system_attrs=system_attrs,
        intermediate_values=curve,
        datetime_start=local_time(wire.get("datetime_start")),
        datetime_complete=local_time(wire.get("datetime_complete")),
        constraints={
            c["metric"]: float(c["violation"])
            for c in wire.get("constraints", ())
            if "violation" in c and "bound" not in c
        },
        wire=wire,
    )


def _values(wire: t.Trial, state: TrialState, metrics: Sequence[str]) -> list[float] | None:
    if state is TrialState.PRUNED and len(metrics) == 1:
        last = wire.get("last_values", {}).get(metrics[0], math.nan)
        return None if math.isnan(last) else [last]
    return wire.get("values")


def local_time(time: str | None) -> datetime.datetime | None:
    """Reads a time of the API as Optuna has times: naive and local."""
    if time is None:
        return None
    return datetime.datetime.fromisoformat(time).astimezone().replace(tzinfo=None)


def create_trial(
    *,
    state: TrialState = TrialState.COMPLETE,
    value: float | None = None,
    values: Sequence[float] | None = None,
    params: Mapping[str, Any] | None = None,
    distributions: Mapping[str, BaseDistribution] | None = None,
    user_attrs: Mapping[str, Any] | None = None,
    system_attrs: Mapping[str, Any] | None = None,
    intermediate_values: Mapping[int, float] | None = None,
) -> FrozenTrial:
    """Makes a trial for `Study.add_trial`. ValueError: its parts contradict each other."""
    if value is not None and values is not None:
        raise ValueError("Specify only one of `value` and `values`.")
    now = datetime.datetime.now()
    trial = FrozenTrial(
        -1,
        state,
        values=[value] if value is not None else values,
        params=params,
        distributions=distributions,
        user_attrs=user_attrs,
        system_attrs=system_attrs,
        intermediate_values=intermediate_values,
        datetime_start=None if state is TrialState.WAITING else now,
        datetime_complete=now if state.is_finished() else None,
    )
    validate(trial)
    return trial


def validate(trial: FrozenTrial) -> None:
    """ValueError: the parts of a trial contradict each other."""
    if trial.state is TrialState.COMPLETE and trial.values is None:
        raise ValueError("values should be set for a complete trial.")
    if trial.state is TrialState.FAIL and trial.values is not None:
        raise ValueError(f"values should be None for a failed trial, but got {trial.values}.")
    if trial.values is not None and any(map(math.isnan, trial.values)):
        raise ValueError("values should not contain NaN.")
    if trial.params.keys() != trial.distributions.keys():
        raise ValueError(f"Inconsistent parameters {set(trial.params)} and distributions {set(trial.distributions)}.")
    for name, value in trial.params.items():
        if not trial.distributions[name].contains(value):
            raise ValueError(f"The value {value!r} of the parameter {name!r} is not in {trial.distributions[name]}.")
