"""An Optuna study, in any storage, that asks Espalier what to try and when to stop a trial.

    import optuna
    from espalier.integrations.optuna import EspalierPruner, EspalierSampler

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        for step in range(10):
            trial.report((x - 0.3) ** 2 + 1 / (step + 1), step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return (x - 0.3) ** 2

    sampler = EspalierSampler()
    study = optuna.create_study(study_name="optuna-example", sampler=sampler, pruner=EspalierPruner(sampler))
    study.optimize(objective, n_trials=20)

The study on the server has the same name, unless you say otherwise, and its own copy of the trials: those that Optuna
has when it is made are added as history. Of a trial, the system attr `espalier:trial` is its number there, and
`espalier:prune_reason` says in a sentence why it was pruned. Any number of processes may work on one study.

Not taken over: choices other than None, a bool, a number or a string, which are refused; a value that is infinite (such
a trial is FAIL on the server); a fixed value outside of its range; names of objectives; trials that come into the study
later by `add_trial` or by a worker without these classes.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.search_space import IntersectionSearchSpace
from optuna.trial import FrozenTrial, TrialState

from espalier import logging
from espalier._client import Client
from espalier._errors import DistributionConflict, StudyExists
from espalier._reporter import Reporter
from espalier._trial import decision_sentence
from espalier.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from espalier.exceptions import StudyStopped
from espalier.integrations._hosted import Hosted, HostedTrials, check_options
from espalier.study import Study, create_study

__all__ = ["EspalierCallback", "EspalierPruner", "EspalierSampler"]

NUMBER = "espalier:trial"
REASON = "espalier:prune_reason"

_logger = logging.get_logger("espalier.integrations.optuna")

Space = Mapping[str, optuna.distributions.BaseDistribution]


class EspalierSampler(BaseSampler):
    """Suggests what the server does: its sampler, seed, constraints and history count.

    `study_name` is the study on the server, Optuna's name if left out; it is made if it is not there. `storage` is the
    URL of the server, or a `Client`; left out, it is found as everywhere. `options` are those of
    `espalier.create_study`: `sampler`, `pruner`, `budget`, `constraints`, `max_steps`, `seed`, `lease_seconds` and so
    on.

    What trials have had in common so far is asked for at once; another parameter costs a request of its own. The
    constraints of `trial.set_constraint` are those of the server's study too. Once the study hands out no more trials,
    its budget used up say, the trial that learns of it ends as PRUNED and `optimize` returns; StudyStopped is raised
    from `study.ask(fixed_distributions)` and from suggestions outside of `optimize`.
    """

    def __init__(self, study_name: str | None = None, *, storage: str | Client | None = None, **options: Any) -> None:
        self._bridge = _Bridge(study_name, storage, options)
        self._spaces: dict[str, IntersectionSearchSpace] = {}

    def reseed_rng(self) -> None:
        """Does nothing: each trial has a chance of its own, by its number on the server."""

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, optuna.distributions.BaseDistribution]:
        """Returns what the trials so far have had in common."""
        space = self._spaces.setdefault(study.study_name, IntersectionSearchSpace(include_pruned=True))
        return {name: d for name, d in space.calculate(study).items() if not d.single()}

    def sample_relative(self, study: optuna.Study, trial: FrozenTrial, search_space: Space) -> dict[str, Any]:
        """Asks for a trial with these params."""
        if not search_space:
            return {}
        hosted = self._begin(study, trial, search_space)
        return {name: _read(search_space[name], hosted.params[name]) for name in search_space if name in hosted.params}

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: optuna.distributions.BaseDistribution,
    ) -> Any:
        """Asks for one more param of the trial."""
        hosted = self._bridge.find(study, trial)
        space = {param_name: param_distribution}
        if hosted is not None:
            try:
                self._bridge.suggest(study, hosted, space)
            except DistributionConflict:  # its range is another one in this trial than in those before
                self._bridge.of(study).end(hosted, {"state": "FAIL", "reason": "interrupted", "error": "other range"})
                hosted = None
        if hosted is None:
            hosted = self._begin(study, trial, space)
        return _read(param_distribution, hosted.params[param_name])

    def after_trial(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """Tells what became of the trial."""
        self._bridge.finish(study, trial, state, values)

    def _begin(self, study: optuna.Study, trial: FrozenTrial, space: Space) -> Hosted:
        try:
            return self._bridge.begin(study, trial, space)
        except StudyStopped as e:
            if _stop(study):
                raise optuna.TrialPruned(str(e)) from e
            raise


class EspalierPruner(BasePruner):
    """Prunes what the server's pruner does, by resources and any other metric too.

    With an `EspalierSampler` it follows the trials of that. Without, another sampler suggests, and the arguments are
    those of `EspalierSampler`; then give `EspalierCallback` to `optimize`, so that the server learns at once what
    became of a trial, not half a minute later. A trial is one of the server's from its first `should_prune` on.

    `reporter` gives what reports other metrics:

        reporter = pruner.reporter(trial)  # once the params are suggested
        with espalier.monitor(reporter):  # CPU seconds, memory and so on, in the background
            ...
            reporter.report(metrics={"latency_seconds": 0.2})

    Optuna has no pruning for several objectives, and so has this.
    """

    def __init__(
        self,
        sampler: EspalierSampler | str | None = None,
        *,
        storage: str | Client | None = None,
        **options: Any,
    ) -> None:
        if not isinstance(sampler, EspalierSampler):
            self._bridge = _Bridge(sampler, storage, options)
            return
        if unused := [*options, *(["storage"] if storage is not None else [])]:
            raise TypeError(f"With a sampler, {', '.join(unused)} is given to that, not to the pruner.")
        self._bridge = sampler._bridge

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        """Reports what the trial has reported since the last time; says whether it is to stop."""
        try:
            hosted = self._bridge.running(study, trial)
            self._bridge.report(study, hosted, trial)
        except StudyStopped as e:
            _stop(study)
            study._storage.set_trial_system_attr(trial._trial_id, REASON, str(e))
            return True
        if not hosted.reporter.should_prune:
            return False
        study._storage.set_trial_system_attr(trial._trial_id, REASON, decision_sentence(hosted.reporter.decision))
        return True

    def reporter(self, trial: optuna.Trial) -> Reporter:
        """Returns what reports for a running trial beside `trial.report`, without a step.

        Without an `EspalierSampler`, the params that are suggested later do not reach the server.
        StudyStopped: the server takes no more trials.
        """
        study = trial.study
        return self._bridge.running(study, study._storage.get_trial(trial._trial_id)).reporter


class EspalierCallback:
    """A callback of `optimize` that tells the server what became of a trial, for an `EspalierPruner` on its own.

    With ask and tell, call it with what `study.tell` returns. With an `EspalierSampler` there is no need of it.
    """

    def __init__(self, pruner: EspalierPruner) -> None:
        self._bridge = pruner._bridge

    def __call__(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Tells."""
        self._bridge.finish(study, trial, trial.state, trial.values)


class _Bridge:
    """What a sampler and a pruner share: the study on the server for each of Optuna's, and its trials."""

    def __init__(self, study_name: str | None, storage: str | Client | None, options: dict[str, Any]) -> None:
        check_options(options)
        self._study_name = study_name
        self._storage = storage
        self._options = options
        self._studies: dict[str, HostedTrials] = {}
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {"_study_name": self._study_name, "_storage": self._storage, "_options": self._options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["_study_name"], state["_storage"], state["_options"])  # type: ignore[misc]

    def of(self, study: optuna.Study) -> HostedTrials:
        """The trials of Optuna's study on the server; its study is made there, with the history, if it is new."""
        with self._lock:
            trials = self._studies.get(study.study_name)
            if trials is None:
                trials = self._studies[study.study_name] = self._open(study)
        return trials

    def _open(self, study: optuna.Study) -> HostedTrials:
        arguments: dict[str, Any] = {
            "study_name": self._study_name or study.study_name,
            "storage": self._storage if isinstance(self._storage, Client) else Client(self._storage),
            "directions": [d.name.lower() for d in study.directions],
            **self._options,
        }
        try:
            made = create_study(**arguments)
        except StudyExists:
            return HostedTrials(create_study(**arguments, load_if_exists=True))
        hosted = HostedTrials(made)
        ended = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
        for trial in study.get_trials(deepcopy=False, states=ended):
            _add(hosted, trial, trial.state, trial.values)
        return hosted

    def find(self, study: optuna.Study, trial: FrozenTrial) -> Hosted | None:
        """The server's trial of Optuna's, whichever process began it; None if it has not begun, or has been told."""
        trials = self.of(study)
        hosted = trials.get(trial._trial_id)
        if hosted is not None or trials.told(trial._trial_id):
            return hosted
        number = study._storage.get_trial_system_attrs(trial._trial_id).get(NUMBER)
        if number is None:
            return None
        params, space = _write(trial.params, trial.distributions)
        return self._watch(study, trial, trials.resume(trial._trial_id, number, params, space))

    def begin(self, study: optuna.Study, trial: FrozenTrial, space: Space) -> Hosted:
        """Asks for a trial that has the params of Optuna's, and the rest of the space. StudyStopped: there is none."""
        trials = self.of(study)
        fixed = {k: v for k, v in trial.system_attrs.get("fixed_params", {}).items() if k in space}
        params, wire = _write({**fixed, **trial.params}, {**space, **trial.distributions})
        while isinstance(hosted := trials.ask(trial._trial_id, wire, params, f"optuna:{trial.number}"), float):
            time.sleep(hosted)
        study._storage.set_trial_system_attr(trial._trial_id, NUMBER, hosted.number)
        return self._watch(study, trial, hosted)

    def _watch(self, study: optuna.Study, trial: FrozenTrial, hosted: Hosted) -> Hosted:
        hosted.ended = _Watch(self, study, trial._trial_id)
        return hosted

    def running(self, study: optuna.Study, trial: FrozenTrial) -> Hosted:
        return self.find(study, trial) or self.begin(study, trial, {})

    def suggest(self, study: optuna.Study, hosted: Hosted, space: Space) -> None:
        """Adds params to a trial."""
        server = self.of(study).study
        _, wire = _write({}, space)
        hosted.params = server.client.suggest(server.study_name, hosted.number, wire)["params"]
        hosted.space.update(wire)

    def report(self, study: optuna.Study, hosted: Hosted, trial: FrozenTrial) -> None:
        """Reports what is new."""
        trials = self.of(study)
        if len(trials.study.metrics) > 1:
            return
        for step in sorted(trial.intermediate_values.keys() - hosted.steps):
            hosted.steps.add(step)
            trials.report(hosted, step=step, metrics={trials.study.metric: trial.intermediate_values[step]})

    def finish(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """Tells what became of a trial, once; adds one that the server does not know."""
        trials = self.of(study)
        if trials.told(trial._trial_id):
            return
        hosted = self.find(study, trial)
        if hosted is None:
            _add(trials, trial, state, values)
            return
        try:
            self.report(study, hosted, trial)
        except StudyStopped as e:
            _logger.info("%s", e)
        trials.end(hosted, _result(trials.study, trial, state, values))


class _Watch:
    """Says of a trial of Optuna's that it has ended, whoever ended it."""

    def __init__(self, bridge: _Bridge, study: optuna.Study, trial_id: int) -> None:
        self._bridge, self._study, self._id = bridge, study, trial_id

    def __call__(self) -> dict[str, Any] | None:
        trial = self._study._storage.get_trial(self._id)
        if not trial.state.is_finished():
            return None
        return _result(self._bridge.of(self._study).study, trial, trial.state, trial.values)


def _stop(study: optuna.Study) -> bool:
    """Ends Optuna's loop, if this is in one."""
    try:
        study.stop()
    except RuntimeError:
        return False
    return True


def _add(trials: HostedTrials, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
    """Adds a trial of Optuna's as history, if there is anything to be learnt from it."""
    if not trial.params:
        return
    server = trials.study
    result = _result(server, trial, state, values)
    if len(server.metrics) == 1:
        curve = sorted(trial.intermediate_values.items())
        result["reports"] = [{"step": step, "metrics": {server.metric: value}} for step, value in curve]
    trials.add(result, *_write(trial.params, trial.distributions))


def _result(server: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> dict[str, Any]:
    """What is told of a trial of Optuna's."""
    result: dict[str, Any] = {"state": state.name}
    if state is TrialState.COMPLETE and values is not None:
        if all(math.isfinite(v) for v in values):
            result["values"] = list(values)
        else:
            result = {"state": "FAIL", "reason": "values", "error": f"The value is {values}."}
    elif state is TrialState.FAIL:
        result["reason"] = "error"
    for key in trial.constraints:
        server._declare_constraint(key)
    if trial.constraints:
        result["metrics"] = {key: server._beyond(key, value) for key, value in trial.constraints.items()}
    return result


def _distribution(distribution: optuna.distributions.BaseDistribution) -> BaseDistribution:
    match distribution:
        case optuna.distributions.FloatDistribution():
            return FloatDistribution(distribution.low, distribution.high, distribution.log, distribution.step)
        case optuna.distributions.IntDistribution():
            return IntDistribution(distribution.low, distribution.high, distribution.log, distribution.step)
        case optuna.distributions.CategoricalDistribution():
            return CategoricalDistribution(distribution.choices)
    raise TypeError(f"Espalier has no {distribution}.")


def _read(distribution: optuna.distributions.BaseDistribution, wire: Any) -> Any:
    return _distribution(distribution).value(wire)


def _write(params: Mapping[str, Any], space: Space) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns params and their space as the API has them, without what is out of its range."""
    own = {name: _distribution(d) for name, d in space.items()}
    strange = {name for name, value in params.items() if not own[name].contains(value)}
    return (
        {name: value for name, value in params.items() if name not in strange},
        {name: d.to_wire() for name, d in own.items() if name not in strange},
    )
