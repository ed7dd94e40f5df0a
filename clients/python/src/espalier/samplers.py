"""Who suggests the params of new trials: Optuna's names for the server's samplers.

A sampler here is a description that the study keeps on the server, where all its workers share it. An
argument left out is the server's default, which `GET /v1/samplers` publishes. `seed` becomes the study's seed,
so it can only be given when the study is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from espalier._nodes import Node, refuse
from espalier.distributions import BaseDistribution, CategoricalDistribution, Choice

__all__ = [
    "AutoSampler",
    "BaseSampler",
    "CmaEsSampler",
    "GPSampler",
    "GridSampler",
    "NSGAIISampler",
    "PartialFixedSampler",
    "QMCSampler",
    "RandomSampler",
    "Sampler",
    "TPESampler",
]

_CONSTRAINTS = "call trial.set_constraint in the objective"
_INDEPENDENT = "the server samples by itself what a sampler does not model"


class BaseSampler(Node):
    """What all samplers share."""

    seed: int | None = None
    search_space: Mapping[str, BaseDistribution] | None = None
    fixed_params: Mapping[str, Choice] | None = None

    def __init__(self, type: str, /, *, seed: int | None = None, **options: Any) -> None:
        super().__init__(type, **options)
        self.seed = seed

    def reseed_rng(self) -> NoReturn:
        """TypeError: chance is keyed by the study's seed and the trial's number, so no worker needs to reseed."""
        raise TypeError("There is nothing to reseed: each trial has a chance of its own, by its number.")


class Sampler(BaseSampler):
    """Any sampler of the server's catalogue by its type and options: `Sampler("goptuna.tpe", startup_trials=5)`."""


class AutoSampler(BaseSampler):
    """Hands each trial to the sampler that suits the study; the server's default. The trial records which, and why."""

    def __init__(self, *, seed: int | None = None, **unsupported: Any) -> None:
        refuse("AutoSampler", unsupported, {"constraints_func": _CONSTRAINTS})
        super().__init__("auto", seed=seed)


class RandomSampler(BaseSampler):
    """Draws every parameter uniformly, on its log scale where it has one."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__("random", seed=seed)


class TPESampler(BaseSampler):
    """A tree-structured Parzen estimator.

    `gamma` is the share of the trials that count as good, in [0.001, 0.9]; Optuna's is a function of their number.
    `gamma_cap` bounds how many do. `constraints` is how limits are heeded, `ordered` or `ctpe`.
    """

    def __init__(
        self,
        *,
        prior_weight: float | None = None,
        n_startup_trials: int | None = None,
        n_ei_candidates: int | None = None,
        gamma: float | None = None,
        seed: int | None = None,
        multivariate: bool | None = None,
        group: bool | None = None,
        constant_liar: bool | None = None,
        gamma_cap: int | None = None,
        categorical_floor: float | None = None,
        constraints: Literal["ordered", "ctpe"] | None = None,
        **unsupported: Any,
    ) -> None:
        refuse(
            "TPESampler",
            unsupported,
            {
                "consider_prior": "the prior always counts; see prior_weight",
                "consider_magic_clip": "bandwidths are always clipped",
                "consider_endpoints": "the ends of a range always count",
                "weights": "good trials weigh by their rank",
                "warn_independent_sampling": "group=True models conditional parameters together with the others",
                "constraints_func": _CONSTRAINTS,
                "categorical_distance_func": "see categorical_floor",
            },
        )
        if callable(gamma):
            raise TypeError("TPESampler takes gamma as a share, a float in [0.001, 0.9], no function; see gamma_cap.")
        super().__init__(
            "tpe",
            seed=seed,
            prior_weight=prior_weight,
            startup_trials=n_startup_trials,
            ei_candidates=n_ei_candidates,
            gamma=gamma,
            multivariate=multivariate,
            group=group,
            constant_liar=constant_liar,
            gamma_cap=gamma_cap,
            categorical_floor=categorical_floor,
            constraints=constraints,
        )


class GPSampler(BaseSampler):
    """A Gaussian process with the expected improvement.

    With `cost_metric`, such as `system/cpu_seconds`, points are chosen by their gain for what they cost.
    `max_trials` bounds the trials that a model learns from.
    """

    def __init__(
        self,
        *,
        seed: int | None = None,
        n_startup_trials: int | None = None,
        max_trials: int | None = None,
        cost_metric: str | None = None,
        **unsupported: Any,
    ) -> None:
        refuse(
            "GPSampler",
            unsupported,
            {
                "constraints_func": _CONSTRAINTS,
                "independent_sampler": _INDEPENDENT,
                "deterministic_objective": "the noise is estimated, and comes out small where there is none",
            },
        )
        super().__init__(
            "gp", seed=seed, startup_trials=n_startup_trials, max_trials=max_trials, cost_metric=cost_metric
        )


class CmaEsSampler(BaseSampler):
    """The covariance matrix adaptation evolution strategy, for one objective and two or more numeric parameters.

    `sigma0` is the first step as a share of each range. `warm_start` begins around the best of the trials there are.
    """

    def __init__(
        self,
        *,
        sigma0: float | None = None,
        n_startup_trials: int | None = None,
        seed: int | None = None,
        popsize: int | None = None,
        use_separable_cma: bool | None = None,
        with_margin: bool | None = None,
        restart_strategy: Literal["bipop", "ipop", "none"] | None = None,
        warm_start: bool | None = None,
        **unsupported: Any,
    ) -> None:
        refuse(
            "CmaEsSampler",
            unsupported,
            {
                "x0": "enqueue the point with study.enqueue_trial; warm_start begins around the best trial",
                "source_trials": "add the trials with study.add_trials; warm_start begins around the best",
                "independent_sampler": _INDEPENDENT,
                "consider_pruned_trials": "pruned trials always count, as worse than completed ones",
                "inc_popsize": "see restart_strategy",
                "lr_adapt": "the learning rate does not adapt",
            },
        )
        super().__init__(
            "cmaes",
            seed=seed,
            sigma0=sigma0,
            startup_trials=n_startup_trials,
            population_size=popsize,
            use_separable_cma=use_separable_cma,
            with_margin=with_margin,
            restart_strategy=restart_strategy,
            warm_start=warm_start,
        )


class NSGAIISampler(BaseSampler):
    """An evolutionary search over several objectives; constraints come first.

    `crossover` is `uniform` or `sbx`, a word where Optuna has an object.
    """

    def __init__(
        self,
        *,
        population_size: int | None = None,
        mutation_prob: float | None = None,
        crossover: Literal["uniform", "sbx"] | None = None,
        crossover_prob: float | None = None,
        swapping_prob: float | None = None,
        seed: int | None = None,
        n_startup_trials: int | None = None,
        **unsupported: Any,
    ) -> None:
        refuse(
            "NSGAIISampler",
            unsupported,
            {
                "constraints_func": _CONSTRAINTS,
                "mutation": "a mutated parameter is drawn anew; see mutation_prob",
                "elite_population_selection_strategy": "see population_size",
                "child_generation_strategy": "see crossover and mutation_prob",
                "after_trial_strategy": "use a callback of study.optimize",
            },
        )
        if crossover is not None and not isinstance(crossover, str):
            raise TypeError("NSGAIISampler takes crossover as a word: 'uniform' or 'sbx'.")
        super().__init__(
            "nsga2",
            seed=seed,
            population_size=population_size,
            mutation_prob=mutation_prob,
            crossover=crossover,
            crossover_prob=crossover_prob,
            swapping_prob=swapping_prob,
            startup_trials=n_startup_trials,
        )


class QMCSampler(BaseSampler):
    """Points of a Sobol or Halton sequence, scrambled by the study's seed unless `scramble` is False."""

    def __init__(
        self,
        *,
        qmc_type: Literal["sobol", "halton"] | None = None,
        scramble: bool | None = None,
        seed: int | None = None,
        **unsupported: Any,
    ) -> None:
        refuse(
            "QMCSampler",
            unsupported,
            {
                "independent_sampler": _INDEPENDENT,
                "warn_asynchronous_seeding": "workers share the study's seed",
                "warn_independent_sampling": "give create_study a search_space, and nothing is sampled independently",
            },
        )
        super().__init__("qmc", seed=seed, qmc_type=qmc_type, scramble=scramble)


class GridSampler(BaseSampler):
    """Every combination once, in an order drawn from the seed; then the study ends.

    With `search_space`, a mapping of names to values as in Optuna, the study gets these values as its search space;
    the objective may suggest a float or an int whose range holds them. Without, the grid is over the
    `search_space` of `create_study`, and `points` is how many values a float without a step has.
    """

    def __init__(
        self,
        search_space: Mapping[str, Sequence[Choice]] | None = None,
        seed: int | None = None,
        *,
        points: int | None = None,
    ) -> None:
        super().__init__("grid", seed=seed, points=points)
        if search_space is not None:
            self.search_space = {
                name: CategoricalDistribution(tuple(dict.fromkeys(values))) for name, values in search_space.items()
            }


class PartialFixedSampler(BaseSampler):
    """Another sampler, but some params are fixed for all trials that this study object asks for."""

    def __init__(self, fixed_params: Mapping[str, Choice], base_sampler: BaseSampler) -> None:
        if not isinstance(base_sampler, BaseSampler):
            raise TypeError(f"base_sampler must be one of espalier.samplers, but is {base_sampler!r}.")
        super().__init__(base_sampler.type, seed=base_sampler.seed, **base_sampler.options)
        self.search_space = base_sampler.search_space
        self.fixed_params = dict(fixed_params)


_ABSENT = {
    "BruteForceSampler": "GridSampler tries every combination of a search space",
    "NSGAIIISampler": "NSGAIISampler takes up to 8 objectives",
    "BaseGASampler": "NSGAIISampler is the genetic one",
    "nsgaii": "NSGAIISampler takes crossover as a word",
}


if not TYPE_CHECKING:  # which would take it that there is every name

    def __getattr__(name: str) -> NoReturn:
        nearest = f": {_ABSENT[name]}" if name in _ABSENT else ""
        raise AttributeError(f"espalier.samplers has no {name}{nearest}.")
