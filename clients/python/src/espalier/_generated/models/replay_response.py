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
  from ..models.any_time_point import AnyTimePoint
  from ..models.constraint import Constraint
  from ..models.field_error import FieldError
  from ..models.recommendation import Recommendation
  from ..models.replay_pool import ReplayPool
  from ..models.replay_response_full import ReplayResponseFull
  from ..models.replay_result import ReplayResult





T = TypeVar("T", bound="ReplayResponse")



@_attrs_define
class ReplayResponse:
    """ Says what pruners would have done. Every figure of a pruner is paired with a run without one of the same trials in
    the same order, and all pruners play the same studies.

    An interval takes in two levels of chance: which settings were recorded, and which of them, in which order, the
    studies met. A setting is a cluster of trials and is in a study at most once. The error that comes with the settings
    is estimated by the infinitesimal jackknife for subsamples, that of the studies by their spread; of means the
    interval is normal, of rates and probabilities Wilson's of as many independent events as have the same error, of
    quantiles Woodruff's. No event in n studies gives Wilson's interval of n, so that it is not no risk. In simulations
    of 60 to 200 settings intervals of 95 % held the truth in 84 to 98 of 100 cases, the fewest where the best few
    settings decide.

    It is not an interval for other models, data or numbers of trials. A few settings are the best of nearly all
    studies, see distinct_best: the chance of losing the best is known for such settings, and less well for others.

     """

    recorded: ReplayPool
    """ Counts what was recorded.
     """
    orders: int
    """ Studies that were played """
    order: str
    """ Recorded, or random """
    trials: int
    """ Of a study """
    workers: int
    """ That were simulated """
    seed: int
    confidence: float
    intervals: str
    """ Settings, orderings (too narrow), or none """
    cost: str
    """ The resource that ratios and curves count """
    tolerance: float
    direction: Direction
    """ Which way is better. """
    objective: str
    full: ReplayResponseFull
    """ What a study costs without a pruner, by resource. """
    any_time: list[AnyTimePoint]
    """ The curve without a pruner. """
    distinct_best: float
    """ How many different settings are the best of a study, effectively: 1 over the sum of the squares of their
    shares. """
    pruners: list[ReplayResult]
    feasible: float | Unset = UNSET
    """ Share of the trials, with constraints """
    constraints: list[Constraint] | Unset = UNSET
    recommendation: Recommendation | Unset = UNSET
    """ The pruner that saved the most on one half of the settings among those that kept to the bounds, with its
    figures on the other half.
     """
    warnings: list[FieldError] | Unset = UNSET
    """ Each with a code """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.any_time_point import AnyTimePoint # noqa: PLC0415
        from ..models.constraint import Constraint # noqa: PLC0415
        from ..models.field_error import FieldError # noqa: PLC0415
        from ..models.recommendation import Recommendation # noqa: PLC0415
        from ..models.replay_pool import ReplayPool # noqa: PLC0415
        from ..models.replay_response_full import ReplayResponseFull # noqa: PLC0415
        from ..models.replay_result import ReplayResult # noqa: PLC0415
        recorded = self.recorded.to_dict()

        orders = self.orders

        order = self.order

        trials = self.trials

        workers = self.workers

        seed = self.seed

        confidence = self.confidence

        intervals = self.intervals

        cost = self.cost

        tolerance = self.tolerance

        direction: str = self.direction

        objective = self.objective

        full = self.full.to_dict()

        any_time = []
        for any_time_item_data in self.any_time:
            any_time_item = any_time_item_data.to_dict()
            any_time.append(any_time_item)



        distinct_best = self.distinct_best

        pruners = []
        for pruners_item_data in self.pruners:
            pruners_item = pruners_item_data.to_dict()
            pruners.append(pruners_item)



        feasible = self.feasible

        constraints: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.constraints, Unset):
            constraints = []
            for constraints_item_data in self.constraints:
                constraints_item = constraints_item_data.to_dict()
                constraints.append(constraints_item)



        recommendation: dict[str, Any] | Unset = UNSET
        if not isinstance(self.recommendation, Unset):
            recommendation = self.recommendation.to_dict()

        warnings: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.warnings, Unset):
            warnings = []
            for warnings_item_data in self.warnings:
                warnings_item = warnings_item_data.to_dict()
                warnings.append(warnings_item)




        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "recorded": recorded,
            "orders": orders,
            "order": order,
            "trials": trials,
            "workers": workers,
            "seed": seed,
            "confidence": confidence,
            "intervals": intervals,
            "cost": cost,
            "tolerance": tolerance,
            "direction": direction,
            "objective": objective,
            "full": full,
            "any_time": any_time,
            "distinct_best": distinct_best,
            "pruners": pruners,
        })
        if feasible is not UNSET:
            field_dict["feasible"] = feasible
        if constraints is not UNSET:
            field_dict["constraints"] = constraints
        if recommendation is not UNSET:
            field_dict["recommendation"] = recommendation
        if warnings is not UNSET:
            field_dict["warnings"] = warnings

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.any_time_point import AnyTimePoint # noqa: PLC0415
        from ..models.constraint import Constraint # noqa: PLC0415
        from ..models.field_error import FieldError # noqa: PLC0415
        from ..models.recommendation import Recommendation # noqa: PLC0415
        from ..models.replay_pool import ReplayPool # noqa: PLC0415
        from ..models.replay_response_full import ReplayResponseFull # noqa: PLC0415
        from ..models.replay_result import ReplayResult # noqa: PLC0415
        d = dict(src_dict)
        recorded = ReplayPool.from_dict(d.pop("recorded"))




        orders = d.pop("orders")

        order = d.pop("order")

        trials = d.pop("trials")

        workers = d.pop("workers")

        seed = d.pop("seed")

        confidence = d.pop("confidence")

        intervals = d.pop("intervals")

        cost = d.pop("cost")

        tolerance = d.pop("tolerance")

        direction = check_direction(d.pop("direction"))




        objective = d.pop("objective")

        full = ReplayResponseFull.from_dict(d.pop("full"))




        any_time = []
        _any_time = d.pop("any_time")
        for any_time_item_data in (_any_time):
            any_time_item = AnyTimePoint.from_dict(any_time_item_data)



            any_time.append(any_time_item)


        distinct_best = d.pop("distinct_best")

        pruners = []
        _pruners = d.pop("pruners")
        for pruners_item_data in (_pruners):
            pruners_item = ReplayResult.from_dict(pruners_item_data)



            pruners.append(pruners_item)


        feasible = d.pop("feasible", UNSET)

        _constraints = d.pop("constraints", UNSET)
        constraints: list[Constraint] | Unset = UNSET
        if _constraints is not UNSET:
            constraints = []
            for constraints_item_data in _constraints:
                constraints_item = Constraint.from_dict(constraints_item_data)



                constraints.append(constraints_item)


        _recommendation = d.pop("recommendation", UNSET)
        recommendation: Recommendation | Unset
        if isinstance(_recommendation,  Unset):
            recommendation = UNSET
        else:
            recommendation = Recommendation.from_dict(_recommendation)




        _warnings = d.pop("warnings", UNSET)
        warnings: list[FieldError] | Unset = UNSET
        if _warnings is not UNSET:
            warnings = []
            for warnings_item_data in _warnings:
                warnings_item = FieldError.from_dict(warnings_item_data)



                warnings.append(warnings_item)


        replay_response = cls(
            recorded=recorded,
            orders=orders,
            order=order,
            trials=trials,
            workers=workers,
            seed=seed,
            confidence=confidence,
            intervals=intervals,
            cost=cost,
            tolerance=tolerance,
            direction=direction,
            objective=objective,
            full=full,
            any_time=any_time,
            distinct_best=distinct_best,
            pruners=pruners,
            feasible=feasible,
            constraints=constraints,
            recommendation=recommendation,
            warnings=warnings,
        )


        replay_response.additional_properties = d
        return replay_response

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
