from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.direction import check_direction
from ..models.direction import Direction
from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.budget import Budget
  from ..models.constraint import Constraint
  from ..models.metric_declarations import MetricDeclarations
  from ..models.objective import Objective
  from ..models.protect import Protect
  from ..models.pruner import Pruner
  from ..models.quota import Quota
  from ..models.sampler import Sampler
  from ..models.search_space import SearchSpace
  from ..models.stop import Stop
  from ..models.user_attrs import UserAttrs





T = TypeVar("T", bound="StudyCreate")



@_attrs_define
class StudyCreate:
    

    name: str
    """ Unique name; part of the path. """
    direction: Direction | Unset = UNSET
    """ Which way is better. """
    objectives: list[Objective] | Unset = UNSET
    metrics: MetricDeclarations | Unset = UNSET
    """ Declarations by metric name. """
    constraints: list[Constraint] | Unset = UNSET
    search_space: SearchSpace | Unset = UNSET
    """ Distributions by parameter name. """
    sampler: Sampler | Unset = UNSET
    """ How new trials are sampled: a `type` and its options. `GET /v1/samplers` publishes each type's options as
    JSON Schema;
    they are checked strictly, and a fault is named by its pointer. Chance is seeded by the study's `seed` and the
    trial's number.
     """
    pruner: Pruner | Unset = UNSET
    """ When a running trial is stopped early: a tree of rules, at most 16 deep. A node is a `type` and its options;
    every node's verdict is
    `fire`, `pass` or `unknown` (not enough data). `GET /v1/pruners` publishes each type's options as JSON Schema;
    they are checked strictly, and a fault is named by its pointer.
     """
    holdout: float | Unset = UNSET
    """ Share of the trials that no prediction prunes - every 1/holdout-th, from a phase the seed gives. What
    pruners would have done is logged, so that false
    prunes can be counted. A limit that was crossed prunes them too. Left out - 0.05 with a preset as the pruner,
    else 0.
     """
    protect: Protect | Unset = UNSET
    """ Trials that predictions of quality spare while they are so good. """
    quota: Quota | Unset = UNSET
    """ Bounds what predictions of quality may prune in all. """
    budget: Budget | Unset = UNSET
    """ What the study may spend; when any of it is used up, asks say `stop` and running trials get `should_prune`
    with the reason `budget`.
    Summed over all trials, failed and retried ones included; from `system/cpu_seconds`, `system/gpu_seconds`,
    `system/energy_joules` and `system/cost` as they are reported.
     """
    stop: Stop | Unset = UNSET
    """ Ends the study by itself, with the rule as `stop_reason`. The rules read the COMPLETE trials that are not
    known to be infeasible, of a study with one objective.
     """
    max_steps: int | Unset = UNSET
    """ The steps a full trial takes; rules that project or take shares of it need it. Left out - learnt once 5
    COMPLETE trials agree on their last step within 5 %. """
    seed: int | Unset = UNSET
    """ Left out - drawn and shown. """
    lease_seconds: int | Unset = 3600
    """ A RUNNING trial unheard of for this long is set to FAIL. """
    max_retries: int | Unset = 0
    """ How often the params of a trial whose lease ran out are enqueued again. """
    user_attrs: UserAttrs | Unset = UNSET
    """ Any JSON by name. """





    def to_dict(self) -> dict[str, Any]:
        from ..models.budget import Budget # noqa: PLC0415
        from ..models.constraint import Constraint # noqa: PLC0415
        from ..models.metric_declarations import MetricDeclarations # noqa: PLC0415
        from ..models.objective import Objective # noqa: PLC0415
        from ..models.protect import Protect # noqa: PLC0415
        from ..models.pruner import Pruner # noqa: PLC0415
        from ..models.quota import Quota # noqa: PLC0415
        from ..models.sampler import Sampler # noqa: PLC0415
        from ..models.search_space import SearchSpace # noqa: PLC0415
        from ..models.stop import Stop # noqa: PLC0415
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        name = self.name

        direction: str | Unset = UNSET
        if not isinstance(self.direction, Unset):
            direction = self.direction


        objectives: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.objectives, Unset):
            objectives = []
            for componentsschemas_objectives_item_data in self.objectives:
                componentsschemas_objectives_item = componentsschemas_objectives_item_data.to_dict()
                objectives.append(componentsschemas_objectives_item)



        metrics: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metrics, Unset):
            metrics = self.metrics.to_dict()

        constraints: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.constraints, Unset):
            constraints = []
            for componentsschemas_constraints_item_data in self.constraints:
                componentsschemas_constraints_item = componentsschemas_constraints_item_data.to_dict()
                constraints.append(componentsschemas_constraints_item)



        search_space: dict[str, Any] | Unset = UNSET
        if not isinstance(self.search_space, Unset):
            search_space = self.search_space.to_dict()

        sampler: dict[str, Any] | Unset = UNSET
        if not isinstance(self.sampler, Unset):
            sampler = self.sampler.to_dict()

        pruner: dict[str, Any] | Unset = UNSET
        if not isinstance(self.pruner, Unset):
            pruner = self.pruner.to_dict()

        holdout = self.holdout

        protect: dict[str, Any] | Unset = UNSET
        if not isinstance(self.protect, Unset):
            protect = self.protect.to_dict()

        quota: dict[str, Any] | Unset = UNSET
        if not isinstance(self.quota, Unset):
            quota = self.quota.to_dict()

        budget: dict[str, Any] | Unset = UNSET
        if not isinstance(self.budget, Unset):
            budget = self.budget.to_dict()

        stop: dict[str, Any] | Unset = UNSET
        if not isinstance(self.stop, Unset):
            stop = self.stop.to_dict()

        max_steps = self.max_steps

        seed = self.seed

        lease_seconds = self.lease_seconds

        max_retries = self.max_retries

        user_attrs: dict[str, Any] | Unset = UNSET
        if not isinstance(self.user_attrs, Unset):
            user_attrs = self.user_attrs.to_dict()


        field_dict: dict[str, Any] = {}

        field_dict.update({
            "name": name,
        })
        if direction is not UNSET:
            field_dict["direction"] = direction
        if objectives is not UNSET:
            field_dict["objectives"] = objectives
        if metrics is not UNSET:
            field_dict["metrics"] = metrics
        if constraints is not UNSET:
            field_dict["constraints"] = constraints
        if search_space is not UNSET:
            field_dict["search_space"] = search_space
        if sampler is not UNSET:
            field_dict["sampler"] = sampler
        if pruner is not UNSET:
            field_dict["pruner"] = pruner
        if holdout is not UNSET:
            field_dict["holdout"] = holdout
        if protect is not UNSET:
            field_dict["protect"] = protect
        if quota is not UNSET:
            field_dict["quota"] = quota
        if budget is not UNSET:
            field_dict["budget"] = budget
        if stop is not UNSET:
            field_dict["stop"] = stop
        if max_steps is not UNSET:
            field_dict["max_steps"] = max_steps
        if seed is not UNSET:
            field_dict["seed"] = seed
        if lease_seconds is not UNSET:
            field_dict["lease_seconds"] = lease_seconds
        if max_retries is not UNSET:
            field_dict["max_retries"] = max_retries
        if user_attrs is not UNSET:
            field_dict["user_attrs"] = user_attrs

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.budget import Budget # noqa: PLC0415
        from ..models.constraint import Constraint # noqa: PLC0415
        from ..models.metric_declarations import MetricDeclarations # noqa: PLC0415
        from ..models.objective import Objective # noqa: PLC0415
        from ..models.protect import Protect # noqa: PLC0415
        from ..models.pruner import Pruner # noqa: PLC0415
        from ..models.quota import Quota # noqa: PLC0415
        from ..models.sampler import Sampler # noqa: PLC0415
        from ..models.search_space import SearchSpace # noqa: PLC0415
        from ..models.stop import Stop # noqa: PLC0415
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        d = dict(src_dict)
        name = d.pop("name")

        _direction = d.pop("direction", UNSET)
        direction: Direction | Unset
        if isinstance(_direction,  Unset):
            direction = UNSET
        else:
            direction = check_direction(_direction)




        _objectives = d.pop("objectives", UNSET)
        objectives: list[Objective] | Unset = UNSET
        if _objectives is not UNSET:
            objectives = []
            for componentsschemas_objectives_item_data in _objectives:
                componentsschemas_objectives_item = Objective.from_dict(componentsschemas_objectives_item_data)



                objectives.append(componentsschemas_objectives_item)


        _metrics = d.pop("metrics", UNSET)
        metrics: MetricDeclarations | Unset
        if isinstance(_metrics,  Unset):
            metrics = UNSET
        else:
            metrics = MetricDeclarations.from_dict(_metrics)




        _constraints = d.pop("constraints", UNSET)
        constraints: list[Constraint] | Unset = UNSET
        if _constraints is not UNSET:
            constraints = []
            for componentsschemas_constraints_item_data in _constraints:
                componentsschemas_constraints_item = Constraint.from_dict(componentsschemas_constraints_item_data)



                constraints.append(componentsschemas_constraints_item)


        _search_space = d.pop("search_space", UNSET)
        search_space: SearchSpace | Unset
        if isinstance(_search_space,  Unset):
            search_space = UNSET
        else:
            search_space = SearchSpace.from_dict(_search_space)




        _sampler = d.pop("sampler", UNSET)
        sampler: Sampler | Unset
        if isinstance(_sampler,  Unset):
            sampler = UNSET
        else:
            sampler = Sampler.from_dict(_sampler)




        _pruner = d.pop("pruner", UNSET)
        pruner: Pruner | Unset
        if isinstance(_pruner,  Unset):
            pruner = UNSET
        else:
            pruner = Pruner.from_dict(_pruner)




        holdout = d.pop("holdout", UNSET)

        _protect = d.pop("protect", UNSET)
        protect: Protect | Unset
        if isinstance(_protect,  Unset):
            protect = UNSET
        else:
            protect = Protect.from_dict(_protect)




        _quota = d.pop("quota", UNSET)
        quota: Quota | Unset
        if isinstance(_quota,  Unset):
            quota = UNSET
        else:
            quota = Quota.from_dict(_quota)




        _budget = d.pop("budget", UNSET)
        budget: Budget | Unset
        if isinstance(_budget,  Unset):
            budget = UNSET
        else:
            budget = Budget.from_dict(_budget)




        _stop = d.pop("stop", UNSET)
        stop: Stop | Unset
        if isinstance(_stop,  Unset):
            stop = UNSET
        else:
            stop = Stop.from_dict(_stop)




        max_steps = d.pop("max_steps", UNSET)

        seed = d.pop("seed", UNSET)

        lease_seconds = d.pop("lease_seconds", UNSET)

        max_retries = d.pop("max_retries", UNSET)

        _user_attrs = d.pop("user_attrs", UNSET)
        user_attrs: UserAttrs | Unset
        if isinstance(_user_attrs,  Unset):
            user_attrs = UNSET
        else:
            user_attrs = UserAttrs.from_dict(_user_attrs)




        study_create = cls(
            name=name,
            direction=direction,
            objectives=objectives,
            metrics=metrics,
            constraints=constraints,
            search_space=search_space,
            sampler=sampler,
            pruner=pruner,
            holdout=holdout,
            protect=protect,
            quota=quota,
            budget=budget,
            stop=stop,
            max_steps=max_steps,
            seed=seed,
            lease_seconds=lease_seconds,
            max_retries=max_retries,
            user_attrs=user_attrs,
        )

        return study_create

