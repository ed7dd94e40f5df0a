"""When a running trial is stopped early: Optuna's pruners, and the server's other rules.

A pruner here is a description that the study keeps on the server: a tree of rules. Optuna's eight decide as Optuna's
do, at every report. The other classes have the names and options of the server's rules; an option left out is
the server's default. docs/pruners.md and `GET /v1/pruners` describe each.

Every rule also takes the options of `Common`: `mode="shadow"` judges and logs without ever stopping a trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NoReturn, TypedDict, Unpack

from espalier._nodes import Node

__all__ = [
    "AllPruner",
    "AnyPruner",
    "AshaPruner",
    "BasePruner",
    "BudgetPruner",
    "Common",
    "ConstraintProbabilityPruner",
    "ConvexBoundPruner",
    "CurveFitPruner",
    "ExhaustionTrendPruner",
    "GatePruner",
    "HyperbandPruner",
    "KOfNPruner",
    "LimitPruner",
    "MarginalUtilityPruner",
    "MedianPruner",
    "NonFinitePruner",
    "NopPruner",
    "NotPruner",
    "OneEpochTopkPruner",
    "ParetoAshaPruner",
    "PatientPruner",
    "PeerRegressionPruner",
    "PercentilePruner",
    "PlateauPruner",
    "PrecheltPruner",
    "PresetPruner",
    "ProjectedTotalPruner",
    "Pruner",
    "SequencePruner",
    "SloQuantilePruner",
    "SuccessiveHalvingPruner",
    "SustainedLimitPruner",
    "ThresholdPruner",
    "WilcoxonPruner",
]

Direction = Literal["minimize", "maximize"]
Aggregate = Literal["last", "min", "max", "mean", "sum", "p95"]


class Common(TypedDict, total=False):
    """The options of every rule of the server."""

    warmup_steps: int  # passes before this step
    warmup_fraction: float  # passes before this share of the trial's steps
    warmup_seconds: float  # passes before the trial is so old
    interval_steps: int  # judges only the first report in every so many steps
    confirm: int  # fires only when it would have at so many reports in a row
    cooldown_steps: int  # passes so many reports after a fire that did not stop the trial
    mode: Literal["enforce", "shadow"]
    label: str  # its name in decisions


class BasePruner(Node):
    """What all pruners share."""

    def shadow(self) -> Pruner:
        """Returns this rule in shadow mode: judged and logged, never enforced."""
        return Pruner(self.type, **{**self.options, "mode": "shadow"})

    def prune(self, study: object, trial: object) -> NoReturn:
        """TypeError: the server decides, in its answer to a report; ask `trial.should_prune()`."""
        raise TypeError("The server decides, in its answer to trial.report(...): ask trial.should_prune().")


class Pruner(BasePruner):
    """Any rule of the server's catalogue by its type and options."""


def _at_least(least: float, **values: float) -> None:
    for name, value in values.items():
        if value < least:
            raise ValueError(f"{name} must be at least {least}, but is {value}.")


class NopPruner(BasePruner):
    """Never prunes."""

    def __init__(self) -> None:
        super().__init__("nop")


class PercentilePruner(BasePruner):
    """Prunes a trial whose best value so far is worse than a percentile of the completed trials at the same step.

    The best `percentile` percent are kept. Exactly as Optuna's.
    """

    def __init__(
        self,
        percentile: float,
        n_startup_trials: int = 5,
        n_warmup_steps: int = 0,
        interval_steps: int = 1,
        *,
        n_min_trials: int = 1,
    ) -> None:
        if not 0 <= percentile <= 100:
            raise ValueError(f"percentile must be between 0 and 100, but is {percentile}.")
        _at_least(0, n_startup_trials=n_startup_trials, n_warmup_steps=n_warmup_steps)
        _at_least(1, interval_steps=interval_steps, n_min_trials=n_min_trials)
        super().__init__(
            "percentile",
            percentile=percentile,
            startup_trials=n_startup_trials,
            warmup_steps=n_warmup_steps,
            interval_steps=interval_steps,
            min_trials=n_min_trials,
        )


class MedianPruner(PercentilePruner):
    """Prunes a trial whose best value so far is worse than the median of the completed trials at the same step.

    Exactly as Optuna's.
    """

    def __init__(
        self,
        n_startup_trials: int = 5,
        n_warmup_steps: int = 0,
        interval_steps: int = 1,
        *,
        n_min_trials: int = 1,
    ) -> None:
        super().__init__(50.0, n_startup_trials, n_warmup_steps, interval_steps, n_min_trials=n_min_trials)


class SuccessiveHalvingPruner(BasePruner):
    """Asynchronous successive halving, exactly as Optuna's; `AshaPruner` is the server's own, with more options."""

    def __init__(
        self,
        min_resource: Literal["auto"] | int = "auto",
        reduction_factor: int = 4,
        min_early_stopping_rate: int = 0,
        bootstrap_count: int = 0,
    ) -> None:
        auto = _auto("min_resource", min_resource)
        _at_least(2, reduction_factor=reduction_factor)
        _at_least(0, min_early_stopping_rate=min_early_stopping_rate, bootstrap_count=bootstrap_count)
        if auto and bootstrap_count > 0:
            raise ValueError("bootstrap_count above 0 needs a min_resource that is a number.")
        super().__init__(
            "asha",
            compat="optuna",
            min_resource_auto=True if auto else None,
            min_resource=None if auto else min_resource,
            reduction_factor=reduction_factor,
            min_early_stopping_rate=min_early_stopping_rate,
            bootstrap_count=bootstrap_count,
        )


class HyperbandPruner(BasePruner):
    """Successive halving in several brackets, exactly as Optuna's in a study of the same name."""

    def __init__(
        self,
        min_resource: int = 1,
        max_resource: Literal["auto"] | int = "auto",
        reduction_factor: int = 3,
        bootstrap_count: int = 0,
    ) -> None:
        auto = _auto("max_resource", max_resource)
        _at_least(1, min_resource=min_resource)
        _at_least(2, reduction_factor=reduction_factor)
        _at_least(0, bootstrap_count=bootstrap_count)
        if auto and bootstrap_count > 0:
            raise ValueError("bootstrap_count above 0 needs a max_resource that is a number.")
        super().__init__(
            "hyperband",
            compat="optuna",
            min_resource=min_resource,
            max_resource=None if auto else max_resource,
            reduction_factor=reduction_factor,
            bootstrap_count=bootstrap_count,
        )


def _auto(name: str, resource: str | int) -> bool:
    """Says whether a resource is `auto`; ValueError unless it is that or at least 1."""
    if resource == "auto":
        return True
    if isinstance(resource, str) or resource < 1:
        raise ValueError(f"{name} must be at least 1 or 'auto', but is {resource!r}.")
    return False


class PatientPruner(BasePruner):
    """Asks another pruner once the latest `patience` + 1 values are no better than those before; None: prunes then.

    Exactly as Optuna's.
    """

    def __init__(self, wrapped_pruner: BasePruner | None, patience: int, min_delta: float = 0.0) -> None:
        _at_least(0, patience=patience, min_delta=min_delta)
        super().__init__("patience", patience=patience, min_delta=min_delta, then=wrapped_pruner)


class ThresholdPruner(BasePruner):
    """Prunes a trial whose latest value is outside of [lower, upper] or NaN. Exactly as Optuna's."""

    def __init__(
        self,
        lower: float | None = None,
        upper: float | None = None,
        n_warmup_steps: int = 0,
        interval_steps: int = 1,
    ) -> None:
        if lower is None and upper is None:
            raise TypeError("Either lower or upper must be specified.")
        lower, upper = (None if bound is None else float(bound) for bound in (lower, upper))
        if lower is not None and upper is not None and lower > upper:
            raise ValueError(f"lower must not be above upper, but is {lower} and {upper}.")
        _at_least(0, n_warmup_steps=n_warmup_steps)
        _at_least(1, interval_steps=interval_steps)
        super().__init__(
            "threshold", lower=lower, upper=upper, warmup_steps=n_warmup_steps, interval_steps=interval_steps
        )


class WilcoxonPruner(BasePruner):
    """Prunes a trial that is worse than the best one on their common steps by the signed-rank test.

    Exactly as Optuna's.
    """

    def __init__(self, *, p_threshold: float = 0.1, n_startup_steps: int = 2) -> None:
        _at_least(0, n_startup_steps=n_startup_steps)
        if not 0 <= p_threshold <= 1:
            raise ValueError(f"p_threshold must be between 0 and 1, but is {p_threshold}.")
        super().__init__("wilcoxon", p_threshold=p_threshold, startup_steps=n_startup_steps)


class PresetPruner(BasePruner):
    """A ready tree: quality rules by name, and the resource rules that the study's constraints call for.

    `safe` is the server's default; `balanced` and `aggressive` save more and risk more.
    """

    def __init__(self, preset: Literal["safe", "balanced", "aggressive"], **common: Unpack[Common]) -> None:
        super().__init__("preset", preset=preset, **common)


class AnyPruner(BasePruner):
    """Fires if one rule fires; otherwise is unknown if one is unknown, and passes if all pass."""

    def __init__(self, pruners: Sequence[BasePruner], **common: Unpack[Common]) -> None:
        super().__init__("any", pruners=list(pruners), **common)


class AllPruner(BasePruner):
    """Fires if all rules fire; otherwise passes if one passes, and is unknown if none does."""

    def __init__(self, pruners: Sequence[BasePruner], **common: Unpack[Common]) -> None:
        super().__init__("all", pruners=list(pruners), **common)


class KOfNPruner(BasePruner):
    """Fires if `k` of the rules fire; passes once they no longer can."""

    def __init__(self, k: int, pruners: Sequence[BasePruner], **common: Unpack[Common]) -> None:
        super().__init__("k_of_n", k=k, pruners=list(pruners), **common)


class NotPruner(BasePruner):
    """Fires where the rule passes, and the other way round. Of use inside `AllPruner`."""

    def __init__(self, pruner: BasePruner, **common: Unpack[Common]) -> None:
        super().__init__("not", pruner=pruner, **common)


class SequencePruner(BasePruner):
    """The verdict of the first rule that is not unknown."""

    def __init__(self, pruners: Sequence[BasePruner], **common: Unpack[Common]) -> None:
        super().__init__("sequence", pruners=list(pruners), **common)


class GatePruner(BasePruner):
    """Lets a rule decide while a metric's aggregate is on one side of a bound; else it passes."""

    def __init__(
        self,
        then: BasePruner,
        *,
        bound: float,
        op: Literal["<=", ">="] | None = None,
        metric: str | None = None,
        aggregate: Aggregate | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__("gate", then=then, bound=bound, op=op, metric=metric, aggregate=aggregate, **common)


class LimitPruner(BasePruner):
    """Fires when a metric's aggregate so far is beyond a bound, which is that of the study's constraint if left out."""

    def __init__(
        self,
        metric: str | None = None,
        bound: float | None = None,
        *,
        op: Literal["<=", ">="] | None = None,
        aggregate: Aggregate | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__("limit", metric=metric, bound=bound, op=op, aggregate=aggregate, **common)


class ProjectedTotalPruner(BasePruner):
    """Fires when what a running total (time, energy, money) is heading for is above a limit."""

    def __init__(
        self,
        metric: str,
        limit: float | None = None,
        *,
        min_points: int | None = None,
        z: float | None = None,
        slack: float | None = None,
        growth: Literal["const", "linear"] | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "projected_total",
            metric=metric,
            limit=limit,
            min_points=min_points,
            z=z,
            slack=slack,
            growth=growth,
            **common,
        )


class SustainedLimitPruner(BasePruner):
    """Fires when a metric in time, such as memory or power, stays beyond a limit."""

    def __init__(
        self,
        metric: str,
        limit: float | None = None,
        *,
        direction: Direction | None = None,
        hard_limit: float | None = None,
        aggregate: Literal["mean", "max", "p95", "ewma"] | None = None,
        window_seconds: float | None = None,
        for_seconds: float | None = None,
        min_windows: int | None = None,
        of_windows: int | None = None,
        hysteresis: float | None = None,
        stale_seconds: float | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "sustained_limit",
            metric=metric,
            limit=limit,
            direction=direction,
            hard_limit=hard_limit,
            aggregate=aggregate,
            window_seconds=window_seconds,
            for_seconds=for_seconds,
            min_windows=min_windows,
            of_windows=of_windows,
            hysteresis=hysteresis,
            stale_seconds=stale_seconds,
            **common,
        )


class ExhaustionTrendPruner(BasePruner):
    """Fires when a metric in time, such as memory, grows so steadily that it reaches a limit before the trial ends."""

    def __init__(
        self,
        metric: str,
        limit: float | None = None,
        *,
        window_seconds: float | None = None,
        min_samples: int | None = None,
        alpha: float | None = None,
        margin: float | None = None,
        envelope: bool | None = None,
        horizon_seconds: float | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "exhaustion_trend",
            metric=metric,
            limit=limit,
            window_seconds=window_seconds,
            min_samples=min_samples,
            alpha=alpha,
            margin=margin,
            envelope=envelope,
            horizon_seconds=horizon_seconds,
            **common,
        )


class SloQuantilePruner(BasePruner):
    """Fires when a quantile of a latency, a throughput or a size is surely beyond an objective for it."""

    def __init__(
        self,
        metric: str,
        slo: float | None = None,
        *,
        kind: Literal["latency", "throughput", "size"] | None = None,
        q: float | None = None,
        alpha: float | None = None,
        min_samples: int | None = None,
        lower_bound: bool | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "slo_quantile",
            metric=metric,
            slo=slo,
            kind=kind,
            q=q,
            alpha=alpha,
            min_samples=min_samples,
            lower_bound=lower_bound,
            **common,
        )


class BudgetPruner(BasePruner):
    """Fires when a trial has spent its budget, or when what is left of the study's is too little for this trial."""

    def __init__(
        self,
        scope: Literal["trial", "study"],
        unit: Literal["wall_seconds", "cpu_seconds", "gpu_seconds", "energy_joules", "cost"],
        limit: float | None = None,
        *,
        soft: float | None = None,
        hard: float | None = None,
        finish_fraction: float | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "budget",
            scope=scope,
            unit=unit,
            limit=limit,
            soft=soft,
            hard=hard,
            finish_fraction=finish_fraction,
            **common,
        )


class ConstraintProbabilityPruner(BasePruner):
    """Refuses params, or fires on a trial, whose total of a metric is above a limit with a high probability."""

    def __init__(
        self,
        metric: str,
        limit: float | None = None,
        *,
        p: float | None = None,
        train_min: int | None = None,
        at: Literal["ask", "step"] | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "constraint_probability", metric=metric, limit=limit, p=p, train_min=train_min, at=at, **common
        )


class NonFinitePruner(BasePruner):
    """Fires when training broke down: a value was NaN or infinite, or the latest is many times worse than the best."""

    def __init__(
        self,
        *,
        nan: bool | None = None,
        infinite: bool | None = None,
        tolerate: int | None = None,
        divergence_factor: float | None = None,
        metric: str | None = None,
        direction: Direction | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "non_finite",
            nan=nan,
            infinite=infinite,
            tolerate=tolerate,
            divergence_factor=divergence_factor,
            metric=metric,
            direction=direction,
            **common,
        )


class CurveFitPruner(BasePruner):
    """Fires when the trial's own curve, by power laws averaged, does not end among the best even with luck."""

    def __init__(
        self,
        *,
        min_points: int | None = None,
        flat_share: float | None = None,
        flat_points: int | None = None,
        min_trials: int | None = None,
        z: float | None = None,
        k: int | None = None,
        exponents: Sequence[float] | None = None,
        metric: str | None = None,
        direction: Direction | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "curve_fit",
            min_points=min_points,
            flat_share=flat_share,
            flat_points=flat_points,
            min_trials=min_trials,
            z=z,
            k=k,
            exponents=exponents,
            metric=metric,
            direction=direction,
            **common,
        )


class PrecheltPruner(BasePruner):
    """Fires when the trial's own loss is too far above its lowest (gl, pq), or rises from strip to strip (up)."""

    def __init__(
        self,
        *,
        rule: Literal["gl", "pq", "up"] | None = None,
        alpha: float | None = None,
        floor: float | None = None,
        strip: int | None = None,
        successive: int | None = None,
        metric: str | None = None,
        direction: Direction | None = None,
        train_metric: str | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "prechelt",
            rule=rule,
            alpha=alpha,
            floor=floor,
            strip=strip,
            successive=successive,
            metric=metric,
            direction=direction,
            train_metric=train_metric,
            **common,
        )


class ConvexBoundPruner(BasePruner):
    """Fires when the trial's local line, drawn on to its last step, ends worse than the best completed trial."""

    def __init__(
        self,
        *,
        span: int | None = None,
        noise_z: float | None = None,
        min_points: int | None = None,
        metric: str | None = None,
        direction: Direction | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "convex_bound",
            span=span,
            noise_z=noise_z,
            min_points=min_points,
            metric=metric,
            direction=direction,
            **common,
        )


class PlateauPruner(BasePruner):
    """Fires when the standard deviation of the last values is at most `std`."""

    def __init__(
        self,
        *,
        std: float | None = None,
        num_results: int | None = None,
        metric_threshold: float | None = None,
        metric: str | None = None,
        direction: Direction | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "plateau",
            std=std,
            num_results=num_results,
            metric_threshold=metric_threshold,
            metric=metric,
            direction=direction,
            **common,
        )


class MarginalUtilityPruner(BasePruner):
    """Fires when the next reports are expected to gain less than they cost."""

    def __init__(
        self,
        cost_weight: float,
        *,
        cost_metric: str | None = None,
        window: int | None = None,
        eps: float | None = None,
        metric: str | None = None,
        direction: Direction | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "marginal_utility",
            cost_weight=cost_weight,
            cost_metric=cost_metric,
            window=window,
            eps=eps,
            metric=metric,
            direction=direction,
            **common,
        )


class PeerRegressionPruner(BasePruner):
    """Fires when completed trials, by their curves and params, say that the trial ends worse than the best."""

    def __init__(
        self,
        *,
        train_min: int | None = None,
        delta: float | None = None,
        offset: float | None = None,
        lags: int | None = None,
        refit_every: int | None = None,
        metric: str | None = None,
        direction: Direction | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "peer_regression",
            train_min=train_min,
            delta=delta,
            offset=offset,
            lags=lags,
            refit_every=refit_every,
            metric=metric,
            direction=direction,
            **common,
        )


class AshaPruner(BasePruner):
    """Successive halving that never waits: fires at a rung unless the trial is among the best there.

    With `axis`, a metric that grows such as `system/wall_seconds`, rungs are along it in place of steps.
    """

    def __init__(
        self,
        *,
        min_resource: float | None = None,
        max_resource: float | None = None,
        reduction_factor: int | None = None,
        axis: str | None = None,
        min_resource_auto: bool | None = None,
        min_early_stopping_rate: int | None = None,
        min_rung_population: int | None = None,
        bootstrap_count: int | None = None,
        compat: Literal["espalier", "optuna", "ray"] | None = None,
        stop_last_trials: bool | None = None,
        metric: str | None = None,
        direction: Direction | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "asha",
            min_resource=min_resource,
            max_resource=max_resource,
            reduction_factor=reduction_factor,
            axis=axis,
            min_resource_auto=min_resource_auto,
            min_early_stopping_rate=min_early_stopping_rate,
            min_rung_population=min_rung_population,
            bootstrap_count=bootstrap_count,
            compat=compat,
            stop_last_trials=stop_last_trials,
            metric=metric,
            direction=direction,
            **common,
        )


class ParetoAshaPruner(BasePruner):
    """Successive halving of several metrics: trials are ordered by Pareto fronts."""

    def __init__(
        self,
        *,
        metrics: Sequence[str] | None = None,
        maximize: Sequence[str] | None = None,
        min_resource: float | None = None,
        max_resource: float | None = None,
        reduction_factor: int | None = None,
        axis: str | None = None,
        order: Literal["epsnet", "rank"] | None = None,
        normalise: Literal["rank", "iqr"] | None = None,
        prefer: str | None = None,
        min_rung_population: int | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "pareto_asha",
            metrics=metrics,
            maximize=maximize,
            min_resource=min_resource,
            max_resource=max_resource,
            reduction_factor=reduction_factor,
            axis=axis,
            order=order,
            normalise=normalise,
            prefer=prefer,
            min_rung_population=min_rung_population,
            **common,
        )


class OneEpochTopkPruner(BasePruner):
    """A baseline: at one early step fires unless the trial is among the best there so far."""

    def __init__(
        self,
        *,
        probe_steps: int | None = None,
        k: int | None = None,
        top_fraction: float | None = None,
        min_peers: int | None = None,
        metric: str | None = None,
        direction: Direction | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            "one_epoch_topk",
            probe_steps=probe_steps,
            k=k,
            top_fraction=top_fraction,
            min_peers=min_peers,
            metric=metric,
            direction=direction,
            **common,
        )


if not TYPE_CHECKING:  # which would take it that there is every name

    def __getattr__(name: str) -> NoReturn:
        raise AttributeError(f"espalier.pruners has no {name}; Pruner(type, ...) takes any rule of the server's.")
