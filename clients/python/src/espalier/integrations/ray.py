"""Ray Tune runs the trials, on a cluster if there is one; Espalier suggests and prunes.

    from ray import tune
    from espalier.integrations.ray import EspalierScheduler, EspalierSearch

    def train(config):
        for epoch in range(1, 11):
            tune.report({"loss": (config["x"] - 0.5) ** 2 + 1 / epoch})

    search = EspalierSearch("ray-example")
    config = tune.TuneConfig(
        metric="loss", mode="min", num_samples=4, search_alg=search, scheduler=EspalierScheduler(search)
    )
    tune.Tuner(train, param_space={"x": tune.uniform(0, 1)}, tune_config=config).fit()

What a trial passes to `tune.report` goes to the server under the same names, nested ones joined by `/`; the step is
`training_iteration`, the elapsed time `time_total_s`. Only the driver speaks to the server, never the workers.
"""

from __future__ import annotations

import contextlib
import math
import numbers
import re
import socket
import threading
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ray import cloudpickle
from ray.exceptions import OutOfMemoryError
from ray.tune.experiment import Trial
from ray.tune.result import AUTO_RESULT_KEYS, DEFAULT_METRIC, DONE, TIME_TOTAL_S, TRAINING_ITERATION
from ray.tune.schedulers import FIFOScheduler, TrialScheduler
from ray.tune.search import Searcher

from espalier import logging
from espalier._client import Client
from espalier._errors import EspalierError
from espalier.exceptions import StudyStopped
from espalier.integrations._hosted import AWAY, Hosted, HostedTrials, check_options
from espalier.integrations._ray_space import Param, flat, read_space
from espalier.study import Study, create_study

if TYPE_CHECKING:
    from ray.tune.execution.tune_controller import TuneController

__all__ = ["EspalierScheduler", "EspalierSearch", "Measured"]

_STILL = 300.0  # seconds: a driver whose loop has stood still for so long has left its trials
_MOST_METRICS = 256  # that the server takes in one report
_NO_METRICS = frozenset(AUTO_RESULT_KEYS) | {DONE, "trial_id", "experiment_tag", "__duplicate__", "should_checkpoint"}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@/+-]{0,127}")  # of a metric

FINISHED: str = Searcher.FINISHED
CONTINUE: str = TrialScheduler.CONTINUE
STOP: str = TrialScheduler.STOP

_logger = logging.get_logger("espalier.integrations.ray")


class EspalierSearch(Searcher):  # type: ignore[misc]  # Ray is not typed
    """Suggests what Ray's trials are to try, and tells the server what became of them.

    `study_name` is the study on the server, made if it is not there; left out, one is made. `storage` is the URL of
    the server, or a `Client`; left out, it is found as everywhere. Leave a token to ESPALIER_TOKEN: that of a `Client`
    is saved with the Tuner. `metric` and `mode`, `"min"` or `"max"`, are left to `TuneConfig`; for several objectives
    they are lists, given here. `space` may be given here, then with metric and mode, or to the `Tuner`: Ray's, nested
    as you like, or of `espalier.distributions`, which can be conditional; a parameter whose condition does not hold is
    None. `points_to_evaluate` are configs to begin with. `report_metrics` names the metrics to report beside the
    objectives, all numbers if None. `options` are those of `espalier.create_study`: `sampler`, `pruner`, `budget`,
    `constraints`, `max_steps`, `seed`, `lease_seconds` and so on. Where the `Tuner` has the space, `max_steps` is the
    `training_iteration` of its `stop`, unless you give it.

    Give the search to an `EspalierScheduler`, else nothing is pruned: Ray's searchers cannot stop a trial. With another
    scheduler, a trial that this stops is told COMPLETE, for Ray does not tell a searcher the difference.

    When the study hands out no more trials (its budget is used up, say), Ray ends once the running ones have. While
    the server is away, running trials go on and no new ones begin; ServerUnreachable is raised once that lasts longer
    than a lease. `max_concurrent_trials` of `TuneConfig` works as with any searcher. `Tuner.restore` goes on
    with the trials under way; one whose lease ran out meanwhile goes on as another trial with the same params.

    TypeError: an option that `create_study` has not, a choice of which no text can be made. ValueError: a part of the
    space that Espalier has not, by its name.
    """

    def __init__(
        self,
        study_name: str | None = None,
        *,
        storage: str | Client | None = None,
        metric: str | list[str] | None = None,
        mode: str | list[str] | None = None,
        space: Mapping[str, Any] | None = None,
        points_to_evaluate: Sequence[Mapping[str, Any]] = (),
        report_metrics: Collection[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(metric=metric, mode=mode)
        self._metric: str | list[str] | None = metric
        self._mode: str | list[str] | None = mode
        given = None if space is None else read_space(space)
        self._host = _Host(study_name, storage, given, report_metrics, options)
        self._points = list(points_to_evaluate)
        if space is not None and metric is not None and mode is not None:
            self._open(None)

    @property
    def study(self) -> Study:
        """The study, once Ray has begun. RuntimeError: it has not."""
        return self._host.trials.study

    def set_search_properties(self, metric: str | None, mode: str | None, config: dict[str, Any], **spec: Any) -> bool:
        """Takes over what the `Tuner` says. False: a space or a metric was given twice."""
        if self._host.opened or (metric and self._metric) or (mode and self._mode):
            return False
        self._metric, self._mode = metric or self._metric, mode or self._mode
        if self._host.space is None:
            self._host.space = read_space(config)
        elif read_space(config, strict=False):
            return False
        self._open(spec.get("stop"))
        return True

    def _open(self, stop: Any) -> None:
        if not self._metric and not isinstance(self._mode, list):
            self._metric = DEFAULT_METRIC
        self._host.open(self._metric, self._mode, stop)
        for point in self._points:
            self.study.enqueue_trial(self._host.wire(flat(point)), skip_if_exists=True)

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        """Returns the config of a new trial, None for later, or FINISHED."""
        self._host.touch()
        try:
            trial = self._host.ask(trial_id, None)
        except StudyStopped as e:
            _logger.info("%s", e)
            return FINISHED
        return None if trial is None else self._host.config(trial.params)

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """Reports a result, unless the scheduler has."""
        self._host.report(trial_id, result)

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Tells what became of a trial, unless the scheduler has."""
        self._host.end(trial_id, result, "Ray reports an error" if error else None)

    def add_evaluated_point(
        self,
        parameters: dict[str, Any],
        value: float,
        error: bool = False,
        pruned: bool = False,
        intermediate_values: list[float] | None = None,
    ) -> None:
        """Adds a trial that was evaluated elsewhere. RuntimeError: the space and the metric are not known yet."""
        trials = self._host.trials
        metric = trials.study.metric
        body: dict[str, Any] = {
            "state": "FAIL" if error else "PRUNED" if pruned else "COMPLETE",
            "reports": [{"step": i, "metrics": {metric: v}} for i, v in enumerate(intermediate_values or (), 1)],
        }
        if not error and not pruned:
            body["value"] = value
        params = self._host.wire(flat(parameters))
        trials.add(body, params, {k: v for k, v in self._host.space_wire.items() if k in params})

    def save(self, checkpoint_path: str) -> None:
        """Saves which trial of Ray's is which of the study's."""
        self._host.touch()
        self._host.trials.look()  # Ray saves for a last time once it has stopped everything
        with open(checkpoint_path, "wb") as file:
            cloudpickle.dump((self._metric, self._mode, self._host.mapping()), file)

    def restore(self, checkpoint_path: str) -> None:
        """Restores what was saved."""
        with open(checkpoint_path, "rb") as file:
            self._metric, self._mode, mapping = cloudpickle.load(file)
        self._host.restore(mapping)
        if not self._host.opened:
            self._open(None)


class EspalierScheduler(FIFOScheduler):  # type: ignore[misc]  # Ray is not typed
    """Reports each result of Ray's trials, and stops those that the server prunes; these are told PRUNED.

    With an `EspalierSearch` it follows the trials of that (not those of a `Repeater` of it). Without, another of Ray's
    searchers suggests, and this one makes a trial of the study of each: then the arguments are those of
    `EspalierSearch`, and `space` is what you give the `Tuner` as `param_space`, to know what the params may be (also a
    `grid_search`). What is not in it, and a value that it does not hold, is kept as the user attr `config`.
    `Tuner.restore` then makes new trials of those that go on.

        tuner = tune.Tuner(
            train,
            param_space=space,
            tune_config=tune.TuneConfig(metric="loss", mode="min", scheduler=EspalierScheduler("mnist", space=space)),
        )

    A trial is stopped after a result, and, by an operator's prune or the end of the budget, also between two: then Ray
    ends its worker when its present step is over. A trial that Ray itself ends with the whole Tuner (`time_budget_s`,
    Ctrl-C) is told FAIL with the reason `interrupted`. One that Ray tries again by itself (`max_failures`) stays the
    same trial; one that had ended and that `Tuner.restore` begins again is another one with the same params.
    """

    def __init__(
        self,
        search: EspalierSearch | str | None = None,
        *,
        storage: str | Client | None = None,
        metric: str | None = None,
        mode: str | None = None,
        space: Mapping[str, Any] | None = None,
        report_metrics: Collection[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self._follows = isinstance(search, EspalierSearch)
        if isinstance(search, EspalierSearch):
            more = {
                "storage": storage,
                "metric": metric,
                "mode": mode,
                "space": space,
                "report_metrics": report_metrics,
            }
            if unused := [k for k, v in {**more, **options}.items() if v is not None]:
                raise TypeError(f"With a search, {', '.join(unused)} is given to that, not to the scheduler.")
            self._host = search._host
        else:
            self._host = _Host(search, storage, read_space(space or {}, strict=False), report_metrics, options)
        self._metric, self._mode = metric, mode

    @property
    def study(self) -> Study:
        """The study, once Ray has begun. RuntimeError: it has not."""
        return self._host.trials.study

    def set_search_properties(self, metric: str | None, mode: str | None, **spec: Any) -> bool:
        """Takes over what the `Tuner` says. False: a metric was given twice."""
        if self._follows:
            return True
        if (metric and self._metric) or (mode and self._mode):
            return False
        self._metric, self._mode = metric or self._metric or DEFAULT_METRIC, mode or self._mode
        self._host.open(self._metric, self._mode, spec.get("stop"))
        return True

    def on_trial_add(self, tune_controller: TuneController, trial: Trial) -> None:
        """Remembers a trial of the searcher's, to see when Ray ends it."""
        if hosted := self._host.get(trial.trial_id):
            hosted.ended = _Watch(trial)

    def on_trial_result(self, tune_controller: TuneController, trial: Trial, result: dict[str, Any]) -> str:
        """Reports a result; says STOP if the server prunes."""
        self._host.touch()
        if self._began(trial) and not self._host.report(trial.trial_id, result):
            return CONTINUE
        self._host.stop(trial.trial_id)
        return STOP

    def on_trial_complete(self, tune_controller: TuneController, trial: Trial, result: dict[str, Any]) -> None:
        """Tells what became of a trial."""
        self._host.end(trial.trial_id, result)

    def on_trial_error(self, tune_controller: TuneController, trial: Trial) -> None:
        """Tells FAIL, unless Ray tries the trial again."""
        if trial.status == Trial.ERROR:  # it was ended already, to be started anew
            return
        self._host.end(trial.trial_id, None, *_read_error(trial))

    def on_trial_remove(self, tune_controller: TuneController, trial: Trial) -> None:
        """Tells FAIL for a trial that is ended before it began."""
        self._host.end(trial.trial_id, None)

    def choose_trial_to_run(self, tune_controller: TuneController) -> Trial | None:
        """Chooses in order of submission. Ray calls it at every turn of its loop: stops what is to stop meanwhile."""
        self._host.touch()
        for trial in list(tune_controller.get_live_trials()):
            if trial.status == Trial.RUNNING and (not self._began(trial) or self._host.is_to_stop(trial.trial_id)):
                self._host.stop(trial.trial_id)
                tune_controller.stop_trial(trial)
        return super().choose_trial_to_run(tune_controller)

    def debug_string(self) -> str:
        """Says where the study is."""
        return f"Espalier prunes: {self.study.study_name} on {self.study.client.url}."

    def _began(self, trial: Trial) -> bool:
        """Sees to it that a trial that runs is one of the study, if it can be now; False: it is to stop."""
        if self._host.get(trial.trial_id) is not None:
            return True
        try:
            hosted = self._host.ask(trial.trial_id, flat(trial.config))
        except StudyStopped as e:
            _logger.info("%s", e)
            return False
        if hosted is not None:
            hosted.ended = _Watch(trial)
        return True


class Measured:
    """What the worker of a trial uses, to be reported with its result:

        usage = Measured()
        tune.report({"loss": loss, **usage()})

    Each call returns the CPU seconds, memory, storage traffic and so on of this process and its children since it was
    made, by the names that rules and constraints of the server know, `system/cpu_seconds` say. Sizes are the greatest
    of those seen `interval` seconds apart, in the background. ImportError: psutil is not there.
    """

    def __init__(self, *, interval: float = 1.0) -> None:
        from espalier._usage import Usage

        self._usage = Usage()
        self._lock = threading.Lock()
        self._over = threading.Event()
        threading.Thread(target=self._work, args=(interval,), name="espalier-measured", daemon=True).start()

    def _work(self, interval: float) -> None:
        while not self._over.wait(interval):
            with self._lock:
                self._usage.sample()

    def __call__(self) -> dict[str, float]:
        """Returns what was used."""
        with self._lock:
            return self._usage.take()

    def close(self) -> None:
        """Ends the measuring."""
        self._over.set()

    def __enter__(self) -> Measured:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Watch:
    """Says of a trial of Ray's that it was ended, by the end of everything."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial

    def __call__(self) -> dict[str, Any] | None:
        if self._trial.status != Trial.TERMINATED:
            return None
        return {"state": "FAIL", "reason": "interrupted", "error": "Ray ended it with the whole Tuner."}


class _Host:
    """What a searcher and a scheduler share: the study, and which of Ray's trials is which of its own."""

    def __init__(
        self,
        study_name: str | None,
        storage: str | Client | None,
        space: dict[str, Param] | None,
        report_metrics: Collection[str] | None,
        options: dict[str, Any],
    ) -> None:
        check_options(options)
        self.study_name = study_name or f"ray-{uuid.uuid4()}"
        self.space = space
        self._storage = storage
        self._report_metrics = None if report_metrics is None else frozenset(report_metrics)
        self._options = options
        self._open_trials: dict[Any, tuple[int, dict[str, Any], dict[str, Any] | None]] = {}
        self._stopped: set[str] = set()
        self._left_out: set[str] = set()
        self._begin()

    def _begin(self) -> None:
        """What is not kept when it is pickled."""
        self._trials: HostedTrials | None = None
        self._lease_seconds = 0.0
        self._turned = time.monotonic()
        self._not_before = 0.0
        self._away_since: float | None = None

    def __getstate__(self) -> dict[str, Any]:
        transient = ("_trials", "_lease_seconds", "_turned", "_not_before", "_away_since")
        return {k: v for k, v in self.__dict__.items() if k not in transient} | self.mapping()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin()

    def mapping(self) -> dict[str, Any]:
        """The study, and which of Ray's trials is which of its own."""
        there = self._open_trials
        if self._trials is not None:
            there = {trial.key: (trial.number, trial.params, trial.result) for trial in self._trials}
        names = ("study_name", "space", "_stopped")
        return {name: getattr(self, name) for name in names} | {"_open_trials": there}

    def restore(self, mapping: Mapping[str, Any]) -> None:
        """Goes on with a mapping."""
        self.__dict__.update(mapping)
        if self._trials is not None:
            self._resume()

    def _resume(self) -> None:
        for key, (number, params, result) in self._open_trials.items():
            self.trials.resume(key, number, params, self.space_wire).result = result
        self._open_trials = {}

    @property
    def opened(self) -> bool:
        return self._trials is not None

    @property
    def trials(self) -> HostedTrials:
        if self._trials is None:
            raise RuntimeError(
                "The study is there once Ray has begun; a search that has its own space needs metric and mode too."
            )
        return self._trials

    @property
    def space_wire(self) -> dict[str, Any]:
        return {name: param.distribution.to_wire() for name, param in (self.space or {}).items()}

    def open(self, metric: str | list[str] | None, mode: str | list[str] | None, stop: Any) -> None:
        """Makes the study, or finds it."""
        metrics = metric if isinstance(metric, list) else [metric or DEFAULT_METRIC]
        modes = mode if isinstance(mode, list) else [mode]
        if any(m not in ("min", "max") for m in modes):
            raise ValueError(f"mode is 'min' or 'max', for each metric; not {mode!r}.")
        options = dict(self._options)
        if isinstance(stop, Mapping) and TRAINING_ITERATION in stop:
            options.setdefault("max_steps", stop[TRAINING_ITERATION])
        sampler = options.get("sampler")
        if sampler is None or sampler.search_space is None:
            options["search_space"] = {name: p.distribution for name, p in (self.space or {}).items()}
        storage = self._storage  # Ray's loop is not to wait for long
        study = create_study(
            storage=storage if isinstance(storage, Client) else Client(storage, timeout=10.0, retry_seconds=2.0),
            study_name=self.study_name,
            load_if_exists=True,
            directions=["minimize" if m == "min" else "maximize" for m in modes],
            metric_names=metrics,
            **options,
        )
        if list(study.metrics) != metrics:
            raise ValueError(f"The study {self.study_name} is of {', '.join(study.metrics)}, not {', '.join(metrics)}.")
        self._lease_seconds = float(study.client.get_study(self.study_name)["lease_seconds"])
        self._trials = HostedTrials(study, alive=self._turns)
        self._resume()

    def touch(self) -> None:
        """Notes that Ray's loop turns."""
        self._turned = time.monotonic()

    def _turns(self) -> bool:
        return time.monotonic() - self._turned < _STILL

    def get(self, trial_id: str) -> Hosted | None:
        return self.trials.get(trial_id)

    def is_to_stop(self, trial_id: str) -> bool:
        """Whether the server prunes a trial that is not being stopped yet."""
        trial = self.get(trial_id)
        return trial is not None and trial.reporter.should_prune and trial_id not in self._stopped

    def stop(self, trial_id: str) -> None:
        """Notes that a trial is stopped because the server said so."""
        self._stopped.add(trial_id)

    def ask(self, trial_id: str, config: Mapping[str, Any] | None) -> Hosted | None:
        """Asks for a new trial, or for one with what a flat config says; None: later. StudyStopped: never."""
        if time.monotonic() < self._not_before:
            return None
        space = self.space_wire
        rest: dict[str, str] = {}
        params = self.trials.study.sampler.fixed_params or {}
        if config is not None:
            params, rest = self._divide(config)
            space = {name: space[name] for name in params}
        try:
            trial = self.trials.ask(trial_id, space, params, f"ray:{trial_id}@{socket.gethostname()[:80]}")
        except AWAY as e:
            self._wait(e)
            return None
        self._away_since = None
        if isinstance(trial, float):
            self._not_before = time.monotonic() + trial
            return None
        self._stopped.discard(trial_id)  # Ray may try again what had ended
        trial.user_attrs = {"ray_trial": trial_id, **({"config": rest} if rest else {})}
        return trial

    def _wait(self, e: EspalierError) -> None:
        """Puts the next ask off. It raises what is given once the server has been away for longer than a lease."""
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
            _logger.warning("No new trials begin for now: %s", e)
        if now - self._away_since > self._lease_seconds:
            raise e
        self._not_before = now + 2.0

    def _divide(self, config: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Divides a flat config into params of the space, and the rest as text."""
        params: dict[str, Any] = {}
        rest: dict[str, str] = {}
        for name, value in config.items():
            try:
                params[name] = (self.space or {})[name].wire(value)
            except (KeyError, ValueError):
                rest[name] = str(value)[:1000]
        return params, rest

    def wire(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """A flat config as params. ValueError: it has another parameter, or a value that one cannot have."""
        space = self.space or {}
        if strange := sorted(config.keys() - space.keys()):
            raise ValueError(f"The search space has no {', '.join(strange)}.")
        return {name: space[name].wire(value) for name, value in config.items()}

    def config(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Params as a config of Ray's, nested; what is absent by its condition is None."""
        out: dict[str, Any] = {}
        for name, param in (self.space or {}).items():
            place = out
            for part in param.path[:-1]:
                place = place.setdefault(part, {})
            place[param.path[-1]] = param.config(params[name]) if name in params else None
        return out

    def report(self, trial_id: str, result: Mapping[str, Any]) -> bool:
        """Reports a flat result, once; says whether the trial should stop."""
        self.touch()
        trial = self.get(trial_id)
        step = result.get(TRAINING_ITERATION)
        if trial is None or trial.result is not None:
            return False
        if step is not None and step not in trial.steps and (metrics := self._metrics(result)):
            trial.steps.add(step)
            try:
                self.trials.report(trial, step=int(step), metrics=metrics, elapsed_seconds=result.get(TIME_TOTAL_S))
            except StudyStopped as e:
                _logger.info("%s", e)
                return True
            except AWAY as e:  # the lease is lost, and another trial not to be had yet
                self._wait(e)
        return trial.reporter.should_prune

    def _metrics(self, result: Mapping[str, Any]) -> dict[str, float]:
        """The numbers of a flat result, the objectives first."""
        objectives = self.trials.study.metrics
        out: dict[str, float] = {}
        for name in dict.fromkeys([*objectives, *result]):
            value = result.get(name)
            if self._is_reported(name, objectives) and isinstance(value, numbers.Real) and not isinstance(value, bool):
                out[name] = float(value)
        left = {n for i, n in enumerate(out) if i >= _MOST_METRICS or not _NAME.fullmatch(n)}
        if fresh := left - self._left_out:
            self._left_out |= fresh
            _logger.warning(
                "Not reported, as their names are none of a metric's or as they are beyond the first %d: %s. "
                "report_metrics says which are.", _MOST_METRICS, ", ".join(sorted(fresh)[:20]),
            )  # fmt: skip
        return {name: value for name, value in out.items() if name not in left}

    def _is_reported(self, name: str, objectives: Collection[str]) -> bool:
        if name in objectives:
            return True
        if self._report_metrics is not None:
            return name in self._report_metrics
        return name not in _NO_METRICS and not name.startswith("config/")

    def end(
        self, trial_id: str, result: Mapping[str, Any] | None, error: str | None = None, reason: str = "error"
    ) -> None:
        """Tells what became of a trial of Ray's, once."""
        trial = self.get(trial_id)
        if trial is None or trial.result is not None:
            return
        if result and error is None:
            self.report(trial_id, result)
        self.trials.end(trial, self._outcome(trial_id, result, error, reason))

    def _outcome(
        self, trial_id: str, result: Mapping[str, Any] | None, error: str | None, reason: str
    ) -> dict[str, Any]:
        if error is not None:
            return {"state": "FAIL", "reason": reason, "error": error[-65000:]}
        if trial_id in self._stopped:
            return {"state": "PRUNED"}
        if result is None:
            return {"state": "FAIL", "reason": "interrupted", "error": "Ray ended it before it began."}
        values: dict[str, Any] = {m: result.get(m) for m in self.trials.study.metrics}
        if bad := [f"{m} is {v!r}" for m, v in values.items() if not _is_finite(v)]:
            return {"state": "FAIL", "reason": "values", "error": f"In the last result {' and '.join(bad)}."}
        return {"state": "COMPLETE", "values": [float(v) for v in values.values()]}


def _read_error(trial: Trial) -> tuple[str, str]:
    """Why a trial of Ray's failed: at length, and in a word."""
    text, cause = "Ray reports an error.", None
    if trial.error_file:
        text = Path(trial.error_file).read_text()
    if trial.pickled_error_file:
        with contextlib.suppress(Exception):  # it may need what only the worker has
            cause = cloudpickle.loads(Path(trial.pickled_error_file).read_bytes())
    cause = getattr(cause, "cause", None) or cause
    return text, "oom" if isinstance(cause, OutOfMemoryError | MemoryError) else "error"


def _is_finite(value: Any) -> bool:
    return isinstance(value, numbers.Real) and math.isfinite(value)
