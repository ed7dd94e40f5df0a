from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.stop_reason import check_stop_reason
from ..models.stop_reason import StopReason
from ..models.study_state import check_study_state
from ..models.study_state import StudyState
from ..types import UNSET, Unset
from typing import cast
import datetime

if TYPE_CHECKING:
  from ..models.amounts import Amounts
  from ..models.budget import Budget
  from ..models.constraint import Constraint
  from ..models.field_error import FieldError
  from ..models.metric_declarations import MetricDeclarations
  from ..models.objective import Objective
  from ..models.protect import Protect
  from ..models.pruner import Pruner
  from ..models.quota import Quota
  from ..models.sampler import Sampler
  from ..models.search_space import SearchSpace
  from ..models.stop import Stop
  from ..models.trial_counts import TrialCounts
  from ..models.user_attrs import UserAttrs





T = TypeVar("T", bound="Study")



@_attrs_define
class Study:
    

    name: str
    """ Unique name; part of the path. """
    state: StudyState
    """ Whether asks hand out trials. """
    objectives: list[Objective]
    search_space: SearchSpace
    """ Distributions by parameter name. """
    sampler: Sampler
    """ How new trials are sampled: a `type` and its options. `GET /v1/samplers` publishes each type's options as
    JSON Schema;
    they are checked strictly, and a fault is named by its pointer. Chance is seeded by the study's `seed` and the
    trial's number.
     """
    pruner: Pruner
    """ When a running trial is stopped early: a tree of rules, at most 16 deep. A node is a `type` and its options;
    every node's verdict is
    `fire`, `pass` or `unknown` (not enough data). `GET /v1/pruners` publishes each type's options as JSON Schema;
    they are checked strictly, and a fault is named by its pointer.
     """
    pruner_version: int
    """ Counts up with every change of `pruner`, `holdout`, `protect` and `quota`; decisions name it. """
    spent: Amounts
    """ Amounts by unit; what was not measured is left out. """
    seed: int
    lease_seconds: int
    max_retries: int
    user_attrs: UserAttrs
    """ Any JSON by name. """
    trial_counts: TrialCounts
    datetime_start: datetime.datetime
    stop_reason: StopReason | Unset = UNSET
    """ Why asks hand out no more trials. """
    metrics: MetricDeclarations | Unset = UNSET
    """ Declarations by metric name. """
    constraints: list[Constraint] | Unset = UNSET
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
    warnings: list[FieldError] | Unset = UNSET
    """ What looks doubtful in sampler and pruner. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.amounts import Amounts # noqa: PLC0415
        from ..models.budget import Budget # noqa: PLC0415
        from ..models.constraint import Constraint # noqa: PLC0415
        from ..models.field_error import FieldError # noqa: PLC0415
        from ..models.metric_declarations import MetricDeclarations # noqa: PLC0415
        from ..models.objective import Objective # noqa: PLC0415
        from ..models.protect import Protect # noqa: PLC0415
        from ..models.pruner import Pruner # noqa: PLC0415
        from ..models.quota import Quota # noqa: PLC0415
        from ..models.sampler import Sampler # noqa: PLC0415
        from ..models.search_space import SearchSpace # noqa: PLC0415
        from ..models.stop import Stop # noqa: PLC0415
        from ..models.trial_counts import TrialCounts # noqa: PLC0415
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        name = self.name

        state: str = self.state

        objectives = []
        for componentsschemas_objectives_item_data in self.objectives:
            componentsschemas_objectives_item = componentsschemas_objectives_item_data.to_dict()
            objectives.append(componentsschemas_objectives_item)



        search_space = self.search_space.to_dict()

        sampler = self.sampler.to_dict()

        pruner = self.pruner.to_dict()

        pruner_version = self.pruner_version

        spent = self.spent.to_dict()

        seed = self.seed

        lease_seconds = self.lease_seconds

        max_retries = self.max_retries

        user_attrs = self.user_attrs.to_dict()

        trial_counts = self.trial_counts.to_dict()

        datetime_start = self.datetime_start.isoformat()

        stop_reason: str | Unset = UNSET
        if not isinstance(self.stop_reason, Unset):
            stop_reason = self.stop_reason


        metrics: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metrics, Unset):
            metrics = self.metrics.to_dict()

        constraints: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.constraints, Unset):
            constraints = []
            for componentsschemas_constraints_item_data in self.constraints:
                componentsschemas_constraints_item = componentsschemas_constraints_item_data.to_dict()
                constraints.append(componentsschemas_constraints_item)



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

        warnings: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.warnings, Unset):
            warnings = []
            for warnings_item_data in self.warnings:
                warnings_item = warnings_item_data.to_dict()
                warnings.append(warnings_item)




        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "name": name,
            "state": state,
            "objectives": objectives,
            "search_space": search_space,
            "sampler": sampler,
            "pruner": pruner,
            "pruner_version": pruner_version,
            "spent": spent,
            "seed": seed,
            "lease_seconds": lease_seconds,
            "max_retries": max_retries,
            "user_attrs": user_attrs,
            "trial_counts": trial_counts,
            "datetime_start": datetime_start,
        })
        if stop_reason is not UNSET:
            field_dict["stop_reason"] = stop_reason
        if metrics is not UNSET:
            field_dict["metrics"] = metrics
        if constraints is not UNSET:
            field_dict["constraints"] = constraints
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
        if warnings is not UNSET:
            field_dict["warnings"] = warnings

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.amounts import Amounts # noqa: PLC0415
        from ..models.budget import Budget # noqa: PLC0415
        from ..models.constraint import Constraint # noqa: PLC0415
        from ..models.field_error import FieldError # noqa: PLC0415
        from ..models.metric_declarations import MetricDeclarations # noqa: PLC0415
        from ..models.objective import Objective # noqa: PLC0415
        from ..models.protect import Protect # noqa: PLC0415
        from ..models.pruner import Pruner # noqa: PLC0415
        from ..models.quota import Quota # noqa: PLC0415
        from ..models.sampler import Sampler # noqa: PLC0415
        from ..models.search_space import SearchSpace # noqa: PLC0415
        from ..models.stop import Stop # noqa: PLC0415
        from ..models.trial_counts import TrialCounts # noqa: PLC0415
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        d = dict(src_dict)
        name = d.pop("name")

        state = check_study_state(d.pop("state"))




        objectives = []
        _objectives = d.pop("objectives")
        for componentsschemas_objectives_item_data in (_objectives):
            componentsschemas_objectives_item = Objective.from_dict(componentsschemas_objectives_item_data)



            objectives.append(componentsschemas_objectives_item)


        search_space = SearchSpace.from_dict(d.pop("search_space"))




        sampler = Sampler.from_dict(d.pop("sampler"))




        pruner = Pruner.from_dict(d.pop("pruner"))




        pruner_version = d.pop("pruner_version")

        spent = Amounts.from_dict(d.pop("spent"))




        seed = d.pop("seed")

        lease_seconds = d.pop("lease_seconds")

        max_retries = d.pop("max_retries")

        user_attrs = UserAttrs.from_dict(d.pop("user_attrs"))




        trial_counts = TrialCounts.from_dict(d.pop("trial_counts"))




        datetime_start = datetime.datetime.fromisoformat(d.pop("datetime_start"))




        _stop_reason = d.pop("stop_reason", UNSET)
        stop_reason: StopReason | Unset
        if isinstance(_stop_reason,  Unset):
            stop_reason = UNSET
        else:
            stop_reason = check_stop_reason(_stop_reason)




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

        _warnings = d.pop("warnings", UNSET)
        warnings: list[FieldError] | Unset = UNSET
        if _warnings is not UNSET:
            warnings = []
            for warnings_item_data in _warnings:
                warnings_item = FieldError.from_dict(warnings_item_data)



                warnings.append(warnings_item)


        study = cls(
            name=name,
            state=state,
            objectives=objectives,
            search_space=search_space,
            sampler=sampler,
            pruner=pruner,
            pruner_version=pruner_version,
            spent=spent,
            seed=seed,
            lease_seconds=lease_seconds,
            max_retries=max_retries,
            user_attrs=user_attrs,
            trial_counts=trial_counts,
            datetime_start=datetime_start,
            stop_reason=stop_reason,
            metrics=metrics,
            constraints=constraints,
            holdout=holdout,
            protect=protect,
            quota=quota,
            budget=budget,
            stop=stop,
            max_steps=max_steps,
            warnings=warnings,
        )


        study.additional_properties = d
        return study

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
