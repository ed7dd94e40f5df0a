"""The class `Trial`, and what it shares with those that do not run."""

from __future__ import annotations

import copy
import datetime
import math
import warnings
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from espalier._attrs import attr_patch, shown
from espalier._doubts import warn_of_doubts
from espalier._reporter import Reporter
from espalier.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    check_distribution_compatibility,
)

if TYPE_CHECKING:
    from espalier import types as t
    from espalier._study import Study

T = TypeVar("T")


class TrialState(IntEnum):
    """The state of a trial, with Optuna's numbers."""

    RUNNING = 0
    COMPLETE = 1
    PRUNED = 2
    FAIL = 3
    WAITING = 4

    def is_finished(self) -> bool:
        """Says whether the trial has ended: it neither runs nor waits."""
        return self not in (TrialState.RUNNING, TrialState.WAITING)


_GONE = {
    "suggest_uniform": "suggest_float(name, low, high)",
    "suggest_loguniform": "suggest_float(name, low, high, log=True)",
    "suggest_discrete_uniform": "suggest_float(name, low, high, step=q)",
    "set_system_attr": "set_user_attr(key, value)",
}


class BaseTrial:
    """What an objective may ask of any trial: its params."""

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """Suggests a float in [low, high], both included; see `FloatDistribution` for `step` and `log`.

        The same name gives the same value within a trial. ValueError: the range is impossible, or the name
        was suggested with another type.
        """
        value: float = self._suggest(name, FloatDistribution(low, high, log, step))
        return value

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """Suggests an integer in [low, high], both included; see `IntDistribution` for `step` and `log`."""
        value: int = self._suggest(name, IntDistribution(low, high, log, step))
        return value

    def suggest_categorical(self, name: str, choices: Sequence[T]) -> T:
        """Suggests one of the choices: None, booleans, finite numbers and strings."""
        value: T = self._suggest(name, CategoricalDistribution(choices))  # type: ignore[arg-type]  # it is checked
        return value

    def _suggest(self, name: str, distribution: BaseDistribution) -> Any:
        raise NotImplementedError

    if not TYPE_CHECKING:  # which would take it that there is every attribute

        def __getattr__(self, name: str) -> NoReturn:
            instead = f": use {_GONE[name]}" if name in _GONE else ""
            raise AttributeError(f"{type(self).__name__} has no {name}{instead}.")


class Trial(BaseTrial):
    """A trial that this process works on. `Study.optimize` and `Study.ask` make them."""

    study: Study
    number: int
    """Counts the trials of the study from 0."""

    datetime_start: datetime.datetime
    """When it was handed out, by this machine's clock."""

    attempt: int
    """1, and one more for each retry."""

    retry_of: int | None
    """The trial that failed and whose params these are."""

    reporter: Reporter
    """What sends its reports; of use to who reports beside the objective, as `espalier.monitor` does."""

    def __init__(
        self, study: Study, asked: t.AskedTrial, space: Mapping[str, BaseDistribution], ahead: frozenset[str]
    ) -> None:
        warn_of_doubts(asked, {"search_space"})
        self.study = study
        self.number = asked["number"]
        self.datetime_start = datetime.datetime.now()
        self.attempt = asked["attempt"]
        self.retry_of = asked.get("retry_of")
        self.reporter = Reporter(study.client, study.study_name, self.number, lease_expires=asked.get("lease_expires"))
        self._given = {name: (value, space[name]) for name, value in asked["params"].items() if name in space}
        self._asked = asked["params"].keys()
        self._params: dict[str, Any] = {}
        self._distributions: dict[str, BaseDistribution] = {}
        self._user_attrs = dict(asked.get("user_attrs", {}))
        self._intermediate_values: dict[int, float] = {}
        self._steps: set[int] = set()
        self._constraints: dict[str, float] = {}
        self._ended: TrialState | None = None
        for name, (value, distribution) in self._given.items():
            if name not in ahead:
                self._params[name] = distribution.value(value)
                self._distributions[name] = distribution

    @property
    def params(self) -> dict[str, Any]:
        """The params so far: those suggested, and those of the search space that the study or the ask declared."""
        return dict(self._params)

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """Their distributions."""
        return dict(self._distributions)

    @property
    def user_attrs(self) -> dict[str, Any]:
        """The user attrs."""
        return copy.deepcopy(shown(self._user_attrs))

    @property
    def constraints(self) -> dict[str, float]:
        """What `set_constraint` was given."""
        return dict(self._constraints)

    def report(self, value: float | Mapping[str, float], step: int) -> None:
        """Reports what was measured at a step: the objective's value, or floats by metric name.

        The study's objective is among the metrics by its own name, `value` unless the study says otherwise. The
        first report of a step counts; a second one is ignored, with a warning. While the server is away, reports
        are kept and sent later. TypeError: a value is no float, or the step no integer. ValueError: the step is
        negative. NotImplementedError: a single value in a study of several objectives. LeaseLost: the trial is no
        longer this worker's.
        """
        metrics = self._metrics(value)
        step = _step(step)
        if step in self._steps:
            warnings.warn(f"The reported value is ignored because this `{step=}` is already reported.", stacklevel=2)
            return
        self.reporter.report(step=step, metrics=metrics)
        self._steps.add(step)
        objective = self.study.metric
        if objective in metrics:
            self._intermediate_values[step] = metrics[objective]

    def _metrics(self, value: float | Mapping[str, float]) -> dict[str, float]:
        if isinstance(value, Mapping):
            return {name: _float(v, f"The value of {name!r}") for name, v in value.items()}
        if len(self.study.directions) > 1:
            raise NotImplementedError(
                "A single value says too little in a study of several objectives: report them by name, "
                f"{{{', '.join(f'{name!r}: ...' for name in self.study.metrics)}}}."
            )
        return {self.study.metric: _float(value, "The `value` argument")}

    def should_prune(self) -> bool:
        """Says whether the trial should stop, by the server's answer to the latest report; asks nothing.

        True also when the study's budget is used up, or an operator pruned the trial; `prune_reason` says why.
        LeaseLost: the trial is no longer this worker's.
        """
        self.reporter.check()
        return self.reporter.should_prune

    @property
    def decision(self) -> t.Decision:
        """The server's answer to the latest report, or the one that pruned it."""
        return self.reporter.decision

    @property
    def prune_reason(self) -> str | None:
        """Why `should_prune` is true, in a sentence; None while it is not."""
        return decision_sentence(self.decision) if self.decision["should_prune"] else None

    def set_user_attr(self, key: str, value: Any) -> None:
        """Stores a value with the trial, at once. A NaN is the string `NaN` when it is read.

        ValueError: it is or holds None, which the API takes as removal. TypeError: it has no form in JSON.
        """
        patch = attr_patch(self._user_attrs, key, value)
        self.study.client.update_trial(self.study.study_name, self.number, patch)
        self._user_attrs[key] = copy.deepcopy(value)

    def set_constraint(self, key: str, value: float) -> None:
        """Sets a constraint as Optuna does: the trial is feasible where each is at most 0.

        On the server it is the constraint `key` <= 0 of the study, which the first call declares. If the study has
        a constraint on the metric `key` with another bound, the metric becomes what is `value` beyond that bound.
        It is sent with the result. TypeError: it is no float. ValueError: it is NaN, or the name cannot be a metric's.
        """
        value = _float(value, "The `value` argument")
        if math.isnan(value):
            raise ValueError(f"Attempted to set a constraint for {key!r}, but NaN is not allowed.")
        if key in self._constraints:
            warnings.warn(
                f"The constraint value is ignored because this constraint `{key=}` is already set.", stacklevel=2
            )
            return
        self.study._declare_constraint(key)
        self._constraints[key] = value

    def _suggest(self, name: str, distribution: BaseDistribution) -> Any:
        if name in self._distributions:
            known = self._distributions[name]
            if isinstance(known, CategoricalDistribution) and not isinstance(distribution, CategoricalDistribution):
                return self._of_the_grid(name, distribution)
            check_distribution_compatibility(known, distribution)
            if known != distribution:
                warnings.warn(
                    f"The parameter {name!r} was suggested as {known} before in this trial, which holds: "
                    f"{distribution} is ignored.",
                    RuntimeWarning,
                    stacklevel=3,
                )
            return self._params[name]
        value = self._value(name, distribution)
        self._distributions[name] = distribution
        self._params[name] = value
        return value

    def _of_the_grid(self, name: str, distribution: BaseDistribution) -> Any:
        """A number that the study declared as one of some values, and that the objective suggests from a range."""
        value = self._params[name]
        if not distribution.contains(value):
            raise ValueError(
                f"The study's search space has the value {value!r} for {name!r}, which is not in {distribution}."
            )
        return distribution.value(value)

    def _value(self, name: str, distribution: BaseDistribution) -> Any:
        """The value that was asked ahead, if it was and the range is as it was expected; else one that is asked now."""
        if name in self._given:
            wire, asked = self._given[name]
            check_distribution_compatibility(asked, distribution)
            if asked == distribution:
                return asked.value(wire)
            self.study._ahead.drop(name)
        space = {name: distribution.to_wire()}
        answer = self.study.client.suggest(self.study.study_name, self.number, space, replace=True)
        warn_of_doubts(answer, {"search_space"})
        return distribution.value(answer["params"][name])

    def _unused(self) -> list[str]:
        """The params that the trial was given and that nobody suggested."""
        return sorted(self._asked - self._params.keys())

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A trial is worked on where it was asked for: suggest here, give the params to the other process, and "
            "tell what it returns; or send the study, and let the other process ask."
        )

    def __repr__(self) -> str:
        return f"Trial(study={self.study.study_name!r}, number={self.number}, params={self._params})"


def _float(value: Any, what: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{what} is of type '{type(value)}' but supposed to be a float.") from None


def _step(step: Any) -> int:
    try:
        number = int(step)
    except (TypeError, ValueError):
        raise TypeError(f"The `step` argument is of type '{type(step)}' but supposed to be an int.") from None
    if number < 0:
        raise ValueError(f"`step={number}` must be non-negative.")
    return number


def decision_sentence(decision: t.Decision) -> str:
    """Says in a sentence why a decision prunes."""
    explanation = decision.get("explanation")
    if explanation is not None and explanation["verdict"] == "fire":
        return explanation["sentence"]
    return {
        "budget": "The study's budget is used up.",
        "operator": "An operator pruned the trial.",
        "study_stopped": "The study was stopped.",
    }.get(decision.get("reason", ""), f"The server pruned it: {decision.get('reason', 'no reason given')}.")
