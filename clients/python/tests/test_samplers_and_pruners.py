"""Samplers and pruners as the server knows them: every option there is, no other, and Optuna's names for them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

import espalier
from espalier import Client, pruners, samplers
from espalier.pruners import BasePruner
from espalier.samplers import BaseSampler

pytestmark = pytest.mark.filterwarnings("ignore:/pruner")  # options as such, not sensible ones

COMMON = set(pruners.Common.__annotations__)

SAMPLERS: dict[str, dict[str, Any]] = {
    "AutoSampler": {},
    "RandomSampler": {},
    "TPESampler": {
        "prior_weight": 2.0, "n_startup_trials": 3, "n_ei_candidates": 5, "gamma": 0.2, "multivariate": False,
        "group": False, "constant_liar": False, "gamma_cap": 9, "categorical_floor": 0.1, "constraints": "ctpe",
    },
    "GPSampler": {"n_startup_trials": 3, "max_trials": 50, "cost_metric": "system/cpu_seconds"},
    "CmaEsSampler": {
        "sigma0": 0.2, "n_startup_trials": 3, "popsize": 8, "use_separable_cma": True, "with_margin": False,
        "restart_strategy": "ipop", "warm_start": False,
    },
    "NSGAIISampler": {
        "population_size": 10, "mutation_prob": 0.1, "crossover": "sbx", "crossover_prob": 0.5, "swapping_prob": 0.25,
        "n_startup_trials": 3,
    },
    "QMCSampler": {"qmc_type": "halton", "scramble": False},
    "GridSampler": {"points": 3},
}  # fmt: skip

WRAPPED = pruners.NopPruner()

# An argument for each that must be given.
NEEDED: dict[str, Any] = {
    "percentile": 25.0, "preset": "safe", "pruners": [WRAPPED], "pruner": WRAPPED, "wrapped_pruner": WRAPPED,
    "then": WRAPPED, "k": 1, "patience": 3, "bound": 1.0, "metric": "system/cpu_seconds", "scope": "trial",
    "unit": "cpu_seconds", "cost_weight": 0.5,
}  # fmt: skip

# Arguments of others than the server's rule of that name: Optuna's.
OPTUNAS = {"MedianPruner", "PercentilePruner", "SuccessiveHalvingPruner", "HyperbandPruner", "PatientPruner",
           "ThresholdPruner", "WilcoxonPruner", "NopPruner"}  # fmt: skip


def classes(module: Any, base: type, without: set[str]) -> list[Any]:
    return [c for n, c in vars(module).items() if inspect.isclass(c) and issubclass(c, base) and n not in without]


OWN = classes(pruners, BasePruner, OPTUNAS | {"BasePruner", "Pruner"})


@pytest.mark.parametrize(("name", "options"), SAMPLERS.items(), ids=SAMPLERS)
def test_a_sampler_has_the_options_of_the_servers(name: str, options: dict[str, Any], client: Client) -> None:
    sampler: BaseSampler = getattr(samplers, name)(seed=5, **options)
    entry = next(e for e in client.samplers() if e["type"] == sampler.type)
    offered = set(entry["schema"]["properties"]) - {"type"}
    assert set(sampler.options) == offered, "each option of the server has an argument"
    space = {"x": espalier.distributions.FloatDistribution(0, 1), "y": espalier.distributions.IntDistribution(0, 9)}
    study = espalier.create_study(storage=client, sampler=sampler, search_space=space)
    stored = client.get_study(study.study_name)
    assert stored["seed"] == 5
    assert sampler.same_as(stored["sampler"])
    assert 0 <= study.ask().params["x"] <= 1


def test_every_sampler_of_the_server_can_be_had(client: Client) -> None:
    named = {getattr(samplers, n)(**o).type for n, o in SAMPLERS.items()}
    others = {e["type"] for e in client.samplers()} - named
    assert all(kind.startswith("goptuna.") for kind in others)
    for kind in others:
        space = {x: espalier.distributions.FloatDistribution(0, 1) for x in "xy"}
        study = espalier.create_study(storage=client, sampler=samplers.Sampler(kind, seed=1), search_space=space)
        assert study.sampler.type == kind
        assert study.ask().params.keys() == {"x", "y"}


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: samplers.TPESampler(weights=len), "TPESampler has no option 'weights': good trials weigh by"),
        (lambda: samplers.TPESampler(constraints_func=len), "call trial.set_constraint in the objective"),
        (lambda: samplers.TPESampler(gamma=len), "gamma as a share"),  # type: ignore[arg-type]
        (lambda: samplers.CmaEsSampler(x0={}), "'x0': enqueue the point"),
        (lambda: samplers.NSGAIISampler(crossover=object()), "crossover as a word"),  # type: ignore[arg-type]
        (lambda: samplers.QMCSampler(independent_sampler=None), "'independent_sampler'"),
        (lambda: samplers.GPSampler(deterministic_objective=True), "'deterministic_objective': the noise is"),
        (lambda: samplers.AutoSampler(n_startup_trials=5), "AutoSampler has no option 'n_startup_trials'"),
        (lambda: samplers.PartialFixedSampler({}, object()), "base_sampler must be"),  # type: ignore[arg-type]
        (lambda: samplers.RandomSampler().reseed_rng(), "nothing to reseed"),
    ],
)
def test_an_option_that_is_not_there_is_refused_with_the_nearest(make: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        make()


def test_a_sampler_or_pruner_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(AttributeError, match="no BruteForceSampler: GridSampler tries every combination"):
        _ = samplers.BruteForceSampler  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no UnheardPruner; Pruner"):
        _ = pruners.UnheardPruner  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", OWN, ids=lambda kind: kind.__name__)
def test_a_pruner_has_the_options_of_the_servers_rule(kind: Callable[..., BasePruner], client: Client) -> None:
    parameters = inspect.signature(kind).parameters
    given = {n: NEEDED[n] for n, p in parameters.items() if p.default is p.empty and n != "common"}
    if "limit" in parameters:
        given["limit"] = 50.0
    if kind is pruners.SloQuantilePruner:
        given["slo"] = 0.5
    if kind is pruners.LimitPruner:
        given |= {"bound": 50.0, "metric": "system/cpu_seconds", "op": "<="}
    if kind is pruners.ExhaustionTrendPruner:
        given["limit"] = 1e9
    pruner = kind(**given)
    entry = next(e for e in client.pruners() if e["type"] == pruner.type)
    mine = {n for n in parameters if n != "common"}
    assert mine | COMMON == set(entry["schema"]["properties"]) - {"type"}
    study = espalier.create_study(storage=client, pruner=pruner)
    if kind is not pruners.PresetPruner:
        assert pruner.same_as(client.get_study(study.study_name)["pruner"])


def test_every_rule_of_the_server_has_a_class(client: Client) -> None:
    types = {k.__name__: k for k in OWN}
    needed = {n: inspect.signature(k).parameters for n, k in types.items()}
    made = {k(**{n: NEEDED[n] for n, p in needed[c].items() if p.default is p.empty and n != "common"}).type
            for c, k in types.items()}  # fmt: skip
    optunas = {"nop", "percentile", "median", "hyperband", "patience", "threshold", "wilcoxon"}
    assert made | optunas == {e["type"] for e in client.pruners()}


def test_pruners_nest_and_read_back(client: Client) -> None:
    tree = pruners.AnyPruner(
        [
            pruners.LimitPruner("system/cpu_seconds", 60, label="minute"),
            pruners.AllPruner([pruners.MedianPruner(3), pruners.CurveFitPruner(z=2.0)], warmup_steps=2),
            pruners.NotPruner(pruners.NopPruner(), mode="shadow"),
            pruners.KOfNPruner(1, [pruners.ThresholdPruner(upper=5.0)]),
            pruners.GatePruner(pruners.PlateauPruner(), bound=0.5, op=">="),
        ]
    )
    study = espalier.create_study(storage=client, pruner=tree)
    read = espalier.load_study(study_name=study.study_name, storage=client).pruner
    assert tree.same_as(read.to_wire())
    assert not pruners.AnyPruner([]).same_as(read.to_wire())
    assert study.pruner == tree


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: pruners.PercentilePruner(101), "percentile must be between 0 and 100"),
        (lambda: pruners.MedianPruner(-1), "n_startup_trials must be at least 0"),
        (lambda: pruners.MedianPruner(interval_steps=0), "interval_steps must be at least 1"),
        (lambda: pruners.SuccessiveHalvingPruner(min_resource="few"), "min_resource must be"),  # type: ignore[arg-type]
        (lambda: pruners.SuccessiveHalvingPruner(reduction_factor=1), "reduction_factor must be at least 2"),
        (lambda: pruners.SuccessiveHalvingPruner(bootstrap_count=1), "needs a min_resource"),
        (lambda: pruners.HyperbandPruner(bootstrap_count=1), "needs a max_resource"),
        (lambda: pruners.HyperbandPruner(0), "min_resource must be at least 1"),
        (lambda: pruners.PatientPruner(None, -1), "patience must be at least 0"),
        (lambda: pruners.ThresholdPruner(2, 1), "lower must not be above upper"),
        (lambda: pruners.WilcoxonPruner(p_threshold=2), "p_threshold must be between 0 and 1"),
    ],
)
def test_impossible_options_are_refused_as_optuna_does(make: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        make()


def test_a_threshold_needs_a_bound_and_the_client_cannot_prune() -> None:
    with pytest.raises(TypeError, match="Either lower or upper"):
        pruners.ThresholdPruner()
    with pytest.raises(TypeError, match="ask trial.should_prune"):
        pruners.NopPruner().prune(None, None)
