from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.budget_patch import BudgetPatch
  from ..models.constraint import Constraint
  from ..models.metric_declarations import MetricDeclarations
  from ..models.protect import Protect
  from ..models.pruner import Pruner
  from ..models.quota import Quota
  from ..models.sampler import Sampler
  from ..models.stop import Stop
  from ..models.user_attrs import UserAttrs





T = TypeVar("T", bound="StudyPatch")



@_attrs_define
class StudyPatch:
    """ What changes; a member left out stays as it is.

     """

    metrics: MetricDeclarations | Unset = UNSET
    """ Declarations by metric name. """
    constraints: list[Constraint] | Unset = UNSET
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
    holdout: float | None | Unset = UNSET
    protect: None | Protect | Unset = UNSET
    quota: None | Quota | Unset = UNSET
    budget: BudgetPatch | Unset = UNSET
    """ A limit set to null is removed. """
    stop: None | Stop | Unset = UNSET
    max_steps: int | None | Unset = UNSET
    lease_seconds: int | None | Unset = UNSET
    """ Null - 3600 again. """
    max_retries: int | Unset = UNSET
    user_attrs: UserAttrs | Unset = UNSET
    """ Any JSON by name. """





    def to_dict(self) -> dict[str, Any]:
        from ..models.budget_patch import BudgetPatch # noqa: PLC0415
        from ..models.constraint import Constraint # noqa: PLC0415
        from ..models.metric_declarations import MetricDeclarations # noqa: PLC0415
        from ..models.protect import Protect # noqa: PLC0415
        from ..models.pruner import Pruner # noqa: PLC0415
        from ..models.quota import Quota # noqa: PLC0415
        from ..models.sampler import Sampler # noqa: PLC0415
        from ..models.stop import Stop # noqa: PLC0415
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        metrics: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metrics, Unset):
            metrics = self.metrics.to_dict()

        constraints: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.constraints, Unset):
            constraints = []
            for componentsschemas_constraints_item_data in self.constraints:
                componentsschemas_constraints_item = componentsschemas_constraints_item_data.to_dict()
                constraints.append(componentsschemas_constraints_item)



        sampler: dict[str, Any] | Unset = UNSET
        if not isinstance(self.sampler, Unset):
            sampler = self.sampler.to_dict()

        pruner: dict[str, Any] | Unset = UNSET
        if not isinstance(self.pruner, Unset):
            pruner = self.pruner.to_dict()

        holdout: float | None | Unset
        if isinstance(self.holdout, Unset):
            holdout = UNSET
        else:
            holdout = self.holdout

        protect: dict[str, Any] | None | Unset
        if isinstance(self.protect, Unset):
            protect = UNSET
        elif isinstance(self.protect, Protect):
            protect = self.protect.to_dict()
        else:
            protect = self.protect

        quota: dict[str, Any] | None | Unset
        if isinstance(self.quota, Unset):
            quota = UNSET
        elif isinstance(self.quota, Quota):
            quota = self.quota.to_dict()
        else:
            quota = self.quota

        budget: dict[str, Any] | Unset = UNSET
        if not isinstance(self.budget, Unset):
            budget = self.budget.to_dict()

        stop: dict[str, Any] | None | Unset
        if isinstance(self.stop, Unset):
            stop = UNSET
        elif isinstance(self.stop, Stop):
            stop = self.stop.to_dict()
        else:
            stop = self.stop

        max_steps: int | None | Unset
        if isinstance(self.max_steps, Unset):
            max_steps = UNSET
        else:
            max_steps = self.max_steps

        lease_seconds: int | None | Unset
        if isinstance(self.lease_seconds, Unset):
            lease_seconds = UNSET
        else:
            lease_seconds = self.lease_seconds

        max_retries = self.max_retries

        user_attrs: dict[str, Any] | Unset = UNSET
        if not isinstance(self.user_attrs, Unset):
            user_attrs = self.user_attrs.to_dict()


        field_dict: dict[str, Any] = {}

        field_dict.update({
        })
        if metrics is not UNSET:
            field_dict["metrics"] = metrics
        if constraints is not UNSET:
            field_dict["constraints"] = constraints
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
        if lease_seconds is not UNSET:
            field_dict["lease_seconds"] = lease_seconds
        if max_retries is not UNSET:
            field_dict["max_retries"] = max_retries
        if user_attrs is not UNSET:
            field_dict["user_attrs"] = user_attrs

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.budget_patch import BudgetPatch # noqa: PLC0415
        from ..models.constraint import Constraint # noqa: PLC0415
        from ..models.metric_declarations import MetricDeclarations # noqa: PLC0415
        from ..models.protect import Protect # noqa: PLC0415
        from ..models.pruner import Pruner # noqa: PLC0415
        from ..models.quota import Quota # noqa: PLC0415
        from ..models.sampler import Sampler # noqa: PLC0415
        from ..models.stop import Stop # noqa: PLC0415
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        d = dict(src_dict)
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




        def _parse_holdout(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        holdout = _parse_holdout(d.pop("holdout", UNSET))


        def _parse_protect(data: object) -> None | Protect | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                protect_type_0 = Protect.from_dict(data)



                return protect_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Protect | Unset, data)

        protect = _parse_protect(d.pop("protect", UNSET))


        def _parse_quota(data: object) -> None | Quota | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                quota_type_0 = Quota.from_dict(data)



                return quota_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Quota | Unset, data)

        quota = _parse_quota(d.pop("quota", UNSET))


        _budget = d.pop("budget", UNSET)
        budget: BudgetPatch | Unset
        if isinstance(_budget,  Unset):
            budget = UNSET
        else:
            budget = BudgetPatch.from_dict(_budget)




        def _parse_stop(data: object) -> None | Stop | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                stop_type_0 = Stop.from_dict(data)



                return stop_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Stop | Unset, data)

        stop = _parse_stop(d.pop("stop", UNSET))


        def _parse_max_steps(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_steps = _parse_max_steps(d.pop("max_steps", UNSET))


        def _parse_lease_seconds(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        lease_seconds = _parse_lease_seconds(d.pop("lease_seconds", UNSET))


        max_retries = d.pop("max_retries", UNSET)

        _user_attrs = d.pop("user_attrs", UNSET)
        user_attrs: UserAttrs | Unset
        if isinstance(_user_attrs,  Unset):
            user_attrs = UNSET
        else:
            user_attrs = UserAttrs.from_dict(_user_attrs)




        study_patch = cls(
            metrics=metrics,
            constraints=constraints,
            sampler=sampler,
            pruner=pruner,
            holdout=holdout,
            protect=protect,
            quota=quota,
            budget=budget,
            stop=stop,
            max_steps=max_steps,
            lease_seconds=lease_seconds,
            max_retries=max_retries,
            user_attrs=user_attrs,
        )

        return study_patch

