"""The loop of `Study.optimize`."""

from __future__ import annotations

import gc
import importlib
import itertools
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from espalier import logging
from espalier._errors import ApiError, EspalierError, LeaseLost
from espalier._frozen import FrozenTrial
from espalier._reporter import Reporter, renewal
from espalier._trial import Trial, TrialState
from espalier.exceptions import StudyStopped, TrialPruned

if TYPE_CHECKING:
    from espalier._outcome import Values
    from espalier._study import Callback, Objective, Study

_logger = logging.get_logger("espalier.study")

_MOST_ERROR = 8192  # characters of a traceback that are stored with a trial


class _Leases:
    """Renews the leases of the trials that are worked on, so that an objective may be silent for as long as it takes.

    A thread does it, from the first trial on. A process that is killed renews nothing.
    """

    def __init__(self) -> None:
        self._held: set[Reporter] = set()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._begun = False

    @contextmanager
    def hold(self, reporter: Reporter) -> Iterator[None]:
        """Renews a trial's lease meanwhile."""
        with self._lock:
            self._held.add(reporter)
            if not self._begun:
                pause = renewal(reporter.lease_seconds)
                threading.Thread(target=self._renew, args=(pause,), name="espalier-leases", daemon=True).start()
                self._begun = True
        try:
            yield
        finally:
            self._held.discard(reporter)

    def end(self) -> None:
        """Renews no more."""
        self._over.set()

    def _renew(self, pause: float) -> None:
        while not self._over.wait(pause):
            with self._lock:
                held = list(self._held)
            for reporter in held:
                with suppress(EspalierError):  # LeaseLost is raised again by the trial's next call
                    reporter.heartbeat()


class _Loop:
    """One call of optimize: what it was asked for."""

    def __init__(
        self,
        study: Study,
        func: Objective,
        timeout: float | None,
        catch: tuple[type[Exception], ...],
        callbacks: Sequence[Callback],
        gc_after_trial: bool,
        progress: Callable[[], object],
    ) -> None:
        self.study = study
        self.func = func
        self.timeout = timeout
        self.catch = catch
        self.callbacks = callbacks
        self.gc_after_trial = gc_after_trial
        self.progress = progress
        self.leases = _Leases()
        self.began = time.monotonic()

    def over(self) -> bool:
        """Says whether no further trial is to begin."""
        late = self.timeout is not None and time.monotonic() - self.began >= self.timeout
        return late or self.study._stop_flag

    def one(self) -> None:
        """Works on one trial, unless it is over or the study has ended."""
        if self.over():
            return
        self.study._thread.in_optimize_loop = True
        try:
            frozen = _run(self.study, self.study.ask(), self.func, self.catch, self.leases)
            for callback in self.callbacks:
                callback(self.study, frozen)
            self.progress()
        except StudyStopped as e:
            _logger.info("%s", e)
            self.study._stop_flag = True
        finally:
            self.study._thread.in_optimize_loop = False
            if self.gc_after_trial:
                gc.collect()

    def in_threads(self, n_trials: int | None, n_jobs: int) -> None:
        """Works on several trials at once."""
        futures: set[Future[None]] = set()
        with ThreadPoolExecutor(n_jobs) as executor:
            for submitted in itertools.count():
                if self.over() or submitted == n_trials:
                    break
                if len(futures) >= n_jobs:
                    done, futures = wait(futures, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
                futures.add(executor.submit(self.one))
        for future in futures:
            future.result()


def optimize(
    study: Study,
    func: Objective,
    *,
    n_trials: int | None,
    timeout: float | None,
    n_jobs: int,
    catch: tuple[type[Exception], ...],
    callbacks: Sequence[Callback],
    gc_after_trial: bool,
    show_progress_bar: bool,
) -> None:
    """See `Study.optimize`."""
    if study._thread.in_optimize_loop:
        raise RuntimeError("Nested invocation of `Study.optimize` method isn't allowed.")
    study._stop_flag = False
    with _progress(show_progress_bar, n_trials, timeout) as progress:
        loop = _Loop(study, func, timeout, catch, callbacks, gc_after_trial, progress)
        try:
            if n_jobs != 1:
                loop.in_threads(n_trials, (os.cpu_count() or 1) if n_jobs == -1 else n_jobs)
                return
            for done in itertools.count():
                if done == n_trials or loop.over():
                    break
                loop.one()
        finally:
            loop.leases.end()


def _run(
    study: Study, trial: Trial, func: Objective, catch: tuple[type[Exception], ...], leases: _Leases
) -> FrozenTrial:
    """Calls the objective and tells its result, whatever happens: no trial is left running."""
    values: Values | None = None
    state: TrialState | None = None
    error: BaseException | None = None
    try:
        with leases.hold(trial.reporter):
            values = func(trial)
    except TrialPruned as e:
        state, error = TrialState.PRUNED, e
    except BaseException as e:
        state, error = TrialState.FAIL, e
    said = _said(state, error)
    try:
        frozen, warning = study._tell(trial, values, state, **said)
    except KeyboardInterrupt:
        study._tell(trial, values, state, skip_if_finished=True, **said)
        raise
    except LeaseLost as e:  # the server has it as FAIL, or will
        if state is not TrialState.FAIL:
            state, error = TrialState.FAIL, e
        frozen, warning = study._freeze(study.client.get_trial(study.study_name, trial.number)), None
    except EspalierError as e:
        if state is TrialState.FAIL:
            e.add_note(f"The objective of trial {trial.number} had raised {error!r}.")
        elif isinstance(e, ApiError):  # the server is there, and refuses what was told or reported
            with suppress(EspalierError):
                study._tell(trial, None, TrialState.FAIL, **_said(TrialState.FAIL, e))
        raise
    _log(study, trial, frozen, values, error, warning)
    if state is TrialState.FAIL and error is not None and not isinstance(error, catch):
        raise error
    return frozen


def _said(state: TrialState | None, error: BaseException | None) -> dict[str, Any]:
    """What is stored with a trial of why it ended."""
    if error is None:
        return {}
    if state is TrialState.PRUNED:
        return {"error": str(error)}
    interrupted = isinstance(error, (KeyboardInterrupt, SystemExit))
    text = "".join(traceback.format_exception(error))
    return {"reason": "interrupted" if interrupted else type(error).__name__, "error": text[-_MOST_ERROR:]}


def _log(
    study: Study,
    trial: Trial,
    frozen: FrozenTrial,
    values: Values | None,
    error: BaseException | None,
    warning: str | None,
) -> None:
    if frozen.state is TrialState.COMPLETE:
        if _logger.isEnabledFor(logging.INFO):
            _logger.info("%s", _completed(study, frozen, trial.params))
    elif frozen.state is TrialState.PRUNED:
        _logger.info("Trial %d pruned. %s", frozen.number, str(error or "") or trial.prune_reason or "")
    else:
        _logger.warning(
            "Trial %d failed with parameters: %s because of the following error: %s.",
            frozen.number,
            trial.params,
            repr(error) if error is not None else warning,
            exc_info=error if isinstance(error, Exception) else None,
        )
        _logger.warning("Trial %d failed with value %r.", frozen.number, values)


def _completed(study: Study, frozen: FrozenTrial, suggested: dict[str, Any]) -> str:
    assert frozen.values is not None, "it is COMPLETE"
    names = study.metric_names
    params = f"parameters: {suggested}."
    if len(frozen.values) > 1:
        told: Any = frozen.values if names is None else dict(zip(names, frozen.values, strict=True))
        return f"Trial {frozen.number} finished with values: {told} and {params}"
    told = frozen.values[0] if names is None else {names[0]: frozen.values[0]}
    best = study.best_trials
    text = f" Best is trial {best[0].number} with value: {best[0].value}." if best else ""
    return f"Trial {frozen.number} finished with value: {told} and {params}{text}"


@contextmanager
def _progress(show: bool, n_trials: int | None, timeout: float | None) -> Iterator[Callable[[], object]]:
    """A progress bar by trials, or else by seconds; what it yields is called after each trial."""
    if not show:
        yield lambda: None
        return
    try:
        tqdm = importlib.import_module("tqdm.auto").tqdm
    except ImportError as e:
        raise ImportError("show_progress_bar needs tqdm: pip install tqdm") from e
    if n_trials is not None or timeout is None:
        with tqdm(total=n_trials, file=sys.stderr) as bar:
            yield lambda: bar.update(1)
        return
    began = time.monotonic()
    with tqdm(total=timeout, file=sys.stderr, bar_format="{l_bar}{bar}| {n:.0f}/{total:.0f} s") as bar:
        yield lambda: bar.update(min(time.monotonic() - began, timeout) - bar.n)
