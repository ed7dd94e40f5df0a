"""The class `Study`."""

from __future__ import annotations

import os
import socket
import threading
import time
import warnings
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import suppress
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Any

from espalier._ahead import Ahead
from espalier._attrs import OWN, attr_patch, shown
from espalier._client import Client
from espalier._curves import Curves, read_curve
from espalier._doubts import warn_of_doubts
from espalier._errors import EspalierError, PreconditionFailed, TrialFinished, TrialNotFound
from espalier._frozen import FrozenTrial, freeze, validate
from espalier._outcome import Values, outcome
from espalier._transport import path
from espalier._trial import Trial, TrialState
from espalier.distributions import BaseDistribution, from_wire
from espalier.exceptions import StudyStopped
from espalier.pruners import BasePruner, Pruner
from espalier.samplers import BaseSampler, Sampler

if TYPE_CHECKING:
    import pandas as pd

    from espalier import types as t

METRIC_NAMES = OWN + "metric_names"
"""The user attr that holds how the objectives are called."""

_PARTING = 5.0  # seconds to learn of a trial that is to be given back


class StudyDirection(IntEnum):
    """Which way is better, with Optuna's numbers."""

    NOT_SET = 0
    MINIMIZE = 1
    MAXIMIZE = 2


Callback = Callable[["Study", FrozenTrial], None]
Objective = Callable[[Trial], Values]


class _ThreadState(threading.local):
    in_optimize_loop = False


class Study:
    """A study of a server. `create_study` and `load_study` make them.

    It may be shared by threads, and pickled for another process.
    """

    study_name: str

    client: Client
    """The client it speaks through, for what is not here: stop, resume, savings, decisions, replay, events."""

    metrics: tuple[str, ...]
    """The names of the objectives' metrics, as `Trial.report` takes them."""

    directions: list[StudyDirection]
    """Which way each objective is better."""

    def __init__(self, client: Client, wire: t.Study) -> None:
        self.study_name = wire["name"]
        self.client = client
        self.metrics = tuple(o["metric"] for o in wire["objectives"])
        self.directions = [StudyDirection[o["direction"].upper()] for o in wire["objectives"]]
        self._sampler: BaseSampler = Sampler.from_wire(wire["sampler"])
        self._pruner: BasePruner = Pruner.from_wire(wire["pruner"])
        self._space = {name: from_wire(node) for name, node in wire["search_space"].items()}
        self._constraints = list(wire.get("constraints", ()))
        self._metric_names: list[str] | None = wire["user_attrs"].get(METRIC_NAMES)
        self._ahead = Ahead(client, self.study_name)
        self._stop_flag = False
        self._thread = _ThreadState()

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k not in ("_thread", "_ahead")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._thread = _ThreadState()
        self._ahead = Ahead(self.client, self.study_name)

    def __repr__(self) -> str:
        return f"Study({self.study_name!r} on {self.client.url})"

    @property
    def metric(self) -> str:
        """The name of the first objective's metric."""
        return self.metrics[0]

    @property
    def direction(self) -> StudyDirection:
        """Which way is better. RuntimeError: the study has several objectives."""
        self._single("A single direction", "directions")
        return self.directions[0]

    @property
    def sampler(self) -> BaseSampler:
        """Who suggests new trials. Setting it changes the study, for all its workers, unless it is the same.

        The study keeps its seed; a sampler of another one gives a UserWarning.
        ValueError: it has a grid that is not the study's search space.
        """
        return self._sampler

    @sampler.setter
    def sampler(self, sampler: BaseSampler) -> None:
        if not isinstance(sampler, BaseSampler):
            raise TypeError(f"sampler must be one of espalier.samplers, but is {sampler!r}.")
        wire = self.client.get_study(self.study_name)
        if sampler.seed is not None and sampler.seed != wire["seed"]:
            warnings.warn(
                f"The study {self.study_name!r} keeps its seed, {wire['seed']}: "
                f"the sampler's, {sampler.seed}, is not used.",
                stacklevel=2,
            )
        if sampler.search_space is not None and sampler.search_space != self._space:
            raise ValueError(
                f"The study {self.study_name!r} has another search space than the sampler's grid; make a study for it."
            )
        if not sampler.same_as(wire["sampler"]):
            self._set({"sampler": sampler.to_wire()})
        self._sampler = sampler

    @property
    def pruner(self) -> BasePruner:
        """When trials are stopped early. Setting it changes the study, for all its workers, unless it is the same."""
        return self._pruner

    @pruner.setter
    def pruner(self, pruner: BasePruner) -> None:
        if not isinstance(pruner, BasePruner):
            raise TypeError(f"pruner must be one of espalier.pruners, but is {pruner!r}.")
        if not pruner.same_as(self.client.get_study(self.study_name)["pruner"]):
            self._set({"pruner": pruner.to_wire()})
        self._pruner = pruner

    def _set(self, patch: dict[str, Any]) -> None:
        warn_of_doubts(self.client.update_study(self.study_name, patch), patch)

    @property
    def user_attrs(self) -> dict[str, Any]:
        """The user attrs, as of now."""
        return shown(self.client.get_study(self.study_name)["user_attrs"])

    def set_user_attr(self, key: str, value: Any) -> None:
        """Stores a value with the study. ValueError: it is or holds None, which the API takes as removal."""
        patch = attr_patch(self.client.get_study(self.study_name)["user_attrs"], key, value)
        self.client.update_study(self.study_name, {"user_attrs": patch})

    @property
    def metric_names(self) -> list[str] | None:
        """How the objectives are called, if they have been given names."""
        return self._metric_names

    def set_metric_names(self, metric_names: list[str]) -> None:
        """Names the objectives, for the log, `trials_dataframe` and plots. `report` goes on to take `metrics`.

        ValueError: there are more names, or fewer, than objectives.
        """
        if len(metric_names) != len(self.directions):
            raise ValueError("The number of objectives must match the length of the metric names.")
        names = list(metric_names)
        self.client.update_study(self.study_name, {"user_attrs": {METRIC_NAMES: names}})
        self._metric_names = names

    # trials

    @property
    def trials(self) -> list[FrozenTrial]:
        """All trials by number, as of now."""
        return self.get_trials()

    def get_trials(self, deepcopy: bool = True, states: Container[TrialState] | None = None) -> list[FrozenTrial]:
        """Returns the trials by number, of the states given or of all.

        They are read anew from the server at each call, so they are the caller's own with either `deepcopy`.
        """
        del deepcopy
        wanted = [s.name for s in TrialState if states is None or s in states]
        if not wanted:
            return []
        curves = Curves(self.client, self.study_name, self.metric)
        return [
            freeze(wire, self.metrics, partial(curves.of, wire["number"]))
            for wire in self.client.trials(self.study_name, states=wanted if states is not None else None)
        ]

    @property
    def best_trial(self) -> FrozenTrial:
        """The best trial of those that keep the constraints.

        ValueError: none is there yet. RuntimeError: the study has several objectives.
        """
        self._single("A single best trial", "best_trials")
        best = self.client.best(self.study_name)
        if not best:
            raise ValueError("No trials are completed yet.")
        if best[0].get("feasible") is False:
            raise ValueError("No feasible trials are completed yet.")
        return self._freeze(best[0])

    @property
    def best_trials(self) -> list[FrozenTrial]:
        """The Pareto front of the trials that keep the constraints; empty while there is none."""
        return [self._freeze(wire) for wire in self.client.best(self.study_name) if wire.get("feasible") is not False]

    @property
    def best_params(self) -> dict[str, Any]:
        """The params of `best_trial`."""
        return self.best_trial.params

    @property
    def best_value(self) -> float:
        """The value of `best_trial`."""
        value = self.best_trial.value
        assert value is not None, "the server's best trials are COMPLETE"
        return value

    def trials_dataframe(
        self,
        attrs: tuple[str, ...] = (
            "number",
            "value",
            "datetime_start",
            "datetime_complete",
            "duration",
            "params",
            "user_attrs",
            "system_attrs",
            "state",
        ),
        multi_index: bool = False,
    ) -> pd.DataFrame:
        """Returns the trials as a pandas DataFrame, a row each; `attrs` are attributes of `FrozenTrial`.

        What has members, such as the params, becomes a column each: `params_x`, or `("params", "x")` with
        `multi_index`. ImportError: pandas is not there.
        """
        from espalier._dataframe import trials_dataframe

        return trials_dataframe(self, attrs, multi_index)

    # work

    def optimize(
        self,
        func: Objective,
        n_trials: int | None = None,
        timeout: float | None = None,
        n_jobs: int = 1,
        catch: Iterable[type[Exception]] | type[Exception] = (),
        callbacks: Iterable[Callback] | None = None,
        gc_after_trial: bool = False,
        show_progress_bar: bool = False,
    ) -> None:
        """Asks for trials, calls the objective with each, and tells what it returns.

        It ends after `n_trials` trials, when `timeout` seconds are over (the trial under way is finished), when
        `stop` is called, or when the study itself has ended: by its budget, its rules, or `espalier study stop`.
        With `n_jobs` threads, -1 for one a processor, as many trials are under way at once.

        A trial whose objective raises `TrialPruned` ends as PRUNED. One that raises anything else, returns no float
        or one that is not finite, or is interrupted by Ctrl-C, ends as FAIL; the exception ends the call unless it
        is one of `catch`. Of `n_jobs` threads, the others finish the trial they are at. Callbacks are called with
        the study and the frozen trial after each.

        The lease of a trial is renewed while the objective works, which may be silent for as long as it takes.

        Params that the latest trials all suggested alike are asked for with a trial. If one is then suggested from
        a range that its value is not in, the trial ends as FAIL, and another takes its place.

        RuntimeError: it was called by its own objective. ImportError: `show_progress_bar` without tqdm.
        """
        from espalier._optimize import optimize

        optimize(
            self,
            func,
            n_trials=n_trials,
            timeout=timeout,
            n_jobs=n_jobs,
            catch=tuple(catch) if isinstance(catch, Iterable) else (catch,),
            callbacks=list(callbacks or ()),
            gc_after_trial=gc_after_trial,
            show_progress_bar=show_progress_bar,
        )

    def stop(self) -> None:
        """Lets `optimize` return once the trials under way have ended; the study itself goes on.

        RuntimeError: it was called by neither an objective nor a callback. To stop the study for all workers,
        `study.client.stop_study(study.study_name)`.
        """
        if not self._thread.in_optimize_loop:
            raise RuntimeError("`Study.stop` is supposed to be invoked inside an objective function or a callback.")
        self._stop_flag = True

    def ask(
        self,
        fixed_distributions: Mapping[str, BaseDistribution] | None = None,
        *,
        max_steps: int | None = None,
        lease_seconds: int | None = None,
    ) -> Trial:
        """Asks for a trial to work on: one that waits, else a new one. End it with `tell`.

        The trial has the params of `fixed_distributions` already. `max_steps` is how many steps it takes and
        `lease_seconds` how long it may be silent, in place of the study's. StudyStopped: no more trials come.
        On Ctrl-C a trial that the server had handed out is given back.
        """
        space, ahead = self._asked_space(fixed_distributions or {})
        while True:
            answer = self._asked(
                search_space=None if space is self._space else {k: d.to_wire() for k, d in space.items()},
                params=self._sampler.fixed_params,
                worker=_worker(),
                max_steps=max_steps,
                lease_seconds=lease_seconds,
            )
            if answer["trials"]:
                return Trial(self, answer["trials"][0], space, ahead)
            if answer["stop"]:
                raise StudyStopped(self.study_name, answer.get("stop_reason", "stopped"))
            time.sleep(answer.get("retry_after", 1))

    def _asked(self, **options: Any) -> t.AskResponse:
        where = path("studies", self.study_name, "ask")
        body = {k: v for k, v in options.items() if v is not None}
        ask = partial(self.client.transport.request, "POST", where, body, idempotency_key=os.urandom(16).hex())
        answer: t.AskResponse
        try:
            answer = ask().data
        except KeyboardInterrupt:
            with suppress(EspalierError):
                answer = ask(timeout=_PARTING, retry_seconds=_PARTING).data  # with the same key, so of the same trial
                for trial in answer["trials"]:
                    self.client.release(self.study_name, trial["number"])
            raise
        return answer

    def _asked_space(self, fixed: Mapping[str, BaseDistribution]) -> tuple[dict[str, BaseDistribution], frozenset[str]]:
        """What an ask is for, and which of it is asked ahead of the objective's suggestions."""
        if self._space:
            return ({**self._space, **fixed} if fixed else self._space), frozenset()
        ahead = self._ahead.space()
        if not (self._sampler.fixed_params or {}).keys() <= ahead.keys() | fixed.keys():
            ahead = {}  # the server fixes what it is asked for, or what is suggested one by one
        return ({**ahead, **fixed} if ahead or fixed else self._space), frozenset(ahead.keys() - fixed.keys())

    def tell(
        self,
        trial: Trial | int,
        values: Values | None = None,
        state: TrialState | None = None,
        skip_if_finished: bool = False,
    ) -> FrozenTrial:
        """Ends a trial, given as such or by number, and returns what became of it.

        Without `state`, values that are finite floats, one an objective, make it COMPLETE, and others FAIL, with a
        warning. COMPLETE needs values; PRUNED and FAIL take none. With `skip_if_finished` a trial that has ended
        is returned as it is. ValueError: the state and the values contradict each other, or the trial does not run.
        TypeError: `trial` is no trial. LeaseLost: its lease ran out.
        """
        frozen, warning = self._tell(trial, values, state, skip_if_finished=skip_if_finished)
        if warning is not None:
            warnings.warn(warning, stacklevel=2)
        return frozen

    def _tell(
        self,
        trial: Trial | int,
        values: Values | None,
        state: TrialState | None,
        *,
        skip_if_finished: bool = False,
        reason: str | None = None,
        error: str | None = None,
    ) -> tuple[FrozenTrial, str | None]:
        """Tells, and returns with the trial why its values made it FAIL, if they did."""
        ended = self._ended(trial)
        if ended is not None and skip_if_finished:
            return ended, None
        if ended is not None:
            raise ValueError(f"Cannot tell a {ended.state.name} trial.")
        state, told, warning = outcome(values, state, len(self.directions))
        body: dict[str, Any] = {"state": state.name}
        if told is not None:
            body["values"] = told
        if reason or warning:
            body["reason"] = reason or "values"
        if error or warning:
            body["error"] = error or warning
        if isinstance(trial, int):
            return self._freeze(self.client.tell(self.study_name, trial, body)), warning
        if trial._constraints:
            body["metrics"] = {k: self._beyond(k, v) for k, v in trial._constraints.items()}
        if unused := trial._unused():
            body["unused_params"] = unused
        trial.reporter.flush()
        try:
            wire = self.client.tell(self.study_name, trial.number, body)
        except TrialFinished as e:
            frozen = self._freeze(self.client.get_trial(self.study_name, trial.number))
            if skip_if_finished:
                return frozen, None
            raise ValueError(f"Cannot tell a {frozen.state.name} trial.") from e
        trial._ended = state
        if state is not TrialState.FAIL:
            self._ahead.learn(trial.number, trial._distributions)
        return freeze(wire, self.metrics, dict(trial._intermediate_values)), warning

    def _ended(self, trial: Trial | int) -> FrozenTrial | None:
        """The trial if it is known to have ended; of a number, ValueError unless it is of a running trial."""
        if isinstance(trial, Trial):
            return None if trial._ended is None else self._freeze(self.client.get_trial(self.study_name, trial.number))
        if not isinstance(trial, int):
            raise TypeError("Trial must be a trial object or trial number.")
        try:
            frozen = self._freeze(self.client.get_trial(self.study_name, trial))
        except TrialNotFound as e:
            raise ValueError(f"Cannot tell for trial with number {trial} since it has not been created.") from e
        if frozen.state is TrialState.WAITING:
            raise ValueError("Cannot tell a WAITING trial.")
        return frozen if frozen.state.is_finished() else None

    def enqueue_trial(
        self, params: Mapping[str, Any], user_attrs: Mapping[str, Any] | None = None, skip_if_exists: bool = False
    ) -> None:
        """Lets the next ask hand out a trial with these params; what they leave out is sampled.

        A value outside of the range that is then suggested is sampled as well. With `skip_if_exists` nothing is
        done if a trial has the same params. TypeError: params is no dictionary.
        """
        if not isinstance(params, Mapping):
            raise TypeError("params must be a dictionary.")
        body: dict[str, Any] = {"params": dict(params), "skip_if_exists": skip_if_exists}
        if user_attrs:
            body["user_attrs"] = dict(user_attrs)
        self.client.create_trial(self.study_name, body)

    def add_trial(self, trial: FrozenTrial) -> None:
        """Adds a trial that has ended, with what it reported, as history; or enqueues one that is WAITING.

        Its number is the next one; it ends now, and when it began is not known. A PRUNED trial loses its values, which
        the server reads from its reports. ValueError: its parts contradict each other, it is RUNNING, or it has another
        number of values than the study has objectives.
        """
        validate(trial)
        if trial.state is TrialState.RUNNING:
            raise ValueError("A RUNNING trial cannot be added: ask for one, or enqueue its params.")
        if trial.state is TrialState.WAITING:
            self.enqueue_trial(trial.system_attrs.get("fixed_params", trial.params), trial.user_attrs)
            return
        if trial.values is not None and len(trial.values) != len(self.directions):
            raise ValueError(
                f"The added trial has {len(trial.values)} values, which is different from the number of objectives "
                f"{len(self.directions)} in the study."
            )
        for key in trial.constraints:
            self._declare_constraint(key)
        body: dict[str, Any] = {
            "state": trial.state.name,
            "params": trial.params,
            "user_attrs": trial.user_attrs,
            "reports": [{"step": s, "metrics": {self.metric: v}} for s, v in trial.intermediate_values.items()],
            "metrics": {k: self._beyond(k, v) for k, v in trial.constraints.items()},
        }
        if trial.distributions:
            body["distributions"] = {k: d.to_wire() for k, d in trial.distributions.items()}
        if trial.state is TrialState.COMPLETE:
            body["values"] = trial.values
        if trial.error:
            body["error"] = trial.error
        self.client.create_trial(self.study_name, body)

    def add_trials(self, trials: Iterable[FrozenTrial]) -> None:
        """Adds trials one by one, as `add_trial` does."""
        for trial in trials:
            self.add_trial(trial)

    # what trials need of their study

    def _single(self, what: str, instead: str) -> None:
        if len(self.directions) > 1:
            raise RuntimeError(
                f"{what} cannot be retrieved from a multi-objective study. Consider using Study.{instead}."
            )

    def _freeze(self, wire: t.Trial) -> FrozenTrial:
        return freeze(
            wire, self.metrics, partial(read_curve, self.client, self.study_name, wire["number"], self.metric)
        )

    def _constraint(self, key: str) -> t.Constraint | None:
        return next((c for c in self._constraints if c["metric"] == key), None)

    def _declare_constraint(self, key: str) -> None:
        """Makes sure that the study has a constraint on a metric: `<= 0`, unless it has another."""
        while self._constraint(key) is None:
            answer = self.client.transport.request("GET", path("studies", self.study_name))
            self._constraints = list(answer.data.get("constraints", ()))
            if self._constraint(key) is None:
                more = [*self._constraints, {"metric": key, "op": "<=", "bound": 0.0, "aggregate": "last"}]
                try:
                    self.client.update_study(self.study_name, {"constraints": more}, etag=answer.headers.get("etag"))
                except PreconditionFailed:
                    continue  # another worker changed the study, perhaps by the same constraint

    def _beyond(self, key: str, value: float) -> float:
        """The metric whose violation of its constraint is a value."""
        constraint = self._constraint(key)
        assert constraint is not None, "it was declared"
        return constraint["bound"] + (value if constraint["op"] == "<=" else -value)


def _worker() -> str:
    return f"{socket.gethostname()[:100]}:{os.getpid()}"
