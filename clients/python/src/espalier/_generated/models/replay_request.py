from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.constraint import Constraint
  from ..models.recommend_bounds import RecommendBounds
  from ..models.replay_pruner import ReplayPruner





T = TypeVar("T", bound="ReplayRequest")



@_attrs_define
class ReplayRequest:
    """ What pruners would have done.

     """

    pruners: list[ReplayPruner] | Unset = UNSET
    """ May be left out with `recommend`. """
    orders: int | Unset = UNSET
    """ How many studies are played. 1, the default, is the recorded one in its order; more are drawn at random from
    its trials. """
    trials: int | Unset = UNSET
    """ The size of a study that is drawn: by default half of the different settings, at most 60. """
    seed: int | Unset = UNSET
    """ Of the draws. """
    workers: int | Unset = UNSET
    """ Simulated; by default as recorded, of drawn studies 1 """
    constraints: list[Constraint] | Unset = UNSET
    """ In the place of the study's, if given. """
    confidence: float | Unset = UNSET
    """ Of the intervals, 0.95 by default """
    cost: str | Unset = UNSET
    """ The resource that the equal-regret ratio and the any-time curve count: wall_seconds by default where it was
    recorded, else steps. """
    tolerance: float | Unset = UNSET
    """ Of the equal-regret ratio, as a share of the best value; 0.01 by default """
    ignore_sampler: bool | Unset = UNSET
    """ Draws studies also where the sampler learnt from the trials before, as if it had not. """
    recommend: RecommendBounds | Unset = UNSET
    """ Asks for the pruner that saves the most of those that keep to the bounds, with the confidence of the
    intervals.
     """





    def to_dict(self) -> dict[str, Any]:
        from ..models.constraint import Constraint # noqa: PLC0415
        from ..models.recommend_bounds import RecommendBounds # noqa: PLC0415
        from ..models.replay_pruner import ReplayPruner # noqa: PLC0415
        pruners: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.pruners, Unset):
            pruners = []
            for pruners_item_data in self.pruners:
                pruners_item = pruners_item_data.to_dict()
                pruners.append(pruners_item)



        orders = self.orders

        trials = self.trials

        seed = self.seed

        workers = self.workers

        constraints: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.constraints, Unset):
            constraints = []
            for constraints_item_data in self.constraints:
                constraints_item = constraints_item_data.to_dict()
                constraints.append(constraints_item)



        confidence = self.confidence

        cost = self.cost

        tolerance = self.tolerance

        ignore_sampler = self.ignore_sampler

        recommend: dict[str, Any] | Unset = UNSET
        if not isinstance(self.recommend, Unset):
            recommend = self.recommend.to_dict()


        field_dict: dict[str, Any] = {}

        field_dict.update({
        })
        if pruners is not UNSET:
            field_dict["pruners"] = pruners
        if orders is not UNSET:
            field_dict["orders"] = orders
        if trials is not UNSET:
            field_dict["trials"] = trials
        if seed is not UNSET:
            field_dict["seed"] = seed
        if workers is not UNSET:
            field_dict["workers"] = workers
        if constraints is not UNSET:
            field_dict["constraints"] = constraints
        if confidence is not UNSET:
            field_dict["confidence"] = confidence
        if cost is not UNSET:
            field_dict["cost"] = cost
        if tolerance is not UNSET:
            field_dict["tolerance"] = tolerance
        if ignore_sampler is not UNSET:
            field_dict["ignore_sampler"] = ignore_sampler
        if recommend is not UNSET:
            field_dict["recommend"] = recommend

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.constraint import Constraint # noqa: PLC0415
        from ..models.recommend_bounds import RecommendBounds # noqa: PLC0415
        from ..models.replay_pruner import ReplayPruner # noqa: PLC0415
        d = dict(src_dict)
        _pruners = d.pop("pruners", UNSET)
        pruners: list[ReplayPruner] | Unset = UNSET
        if _pruners is not UNSET:
            pruners = []
            for pruners_item_data in _pruners:
                pruners_item = ReplayPruner.from_dict(pruners_item_data)



                pruners.append(pruners_item)


        orders = d.pop("orders", UNSET)

        trials = d.pop("trials", UNSET)

        seed = d.pop("seed", UNSET)

        workers = d.pop("workers", UNSET)

        _constraints = d.pop("constraints", UNSET)
        constraints: list[Constraint] | Unset = UNSET
        if _constraints is not UNSET:
            constraints = []
            for constraints_item_data in _constraints:
                constraints_item = Constraint.from_dict(constraints_item_data)



                constraints.append(constraints_item)


        confidence = d.pop("confidence", UNSET)

        cost = d.pop("cost", UNSET)

        tolerance = d.pop("tolerance", UNSET)

        ignore_sampler = d.pop("ignore_sampler", UNSET)

        _recommend = d.pop("recommend", UNSET)
        recommend: RecommendBounds | Unset
        if isinstance(_recommend,  Unset):
            recommend = UNSET
        else:
            recommend = RecommendBounds.from_dict(_recommend)




        replay_request = cls(
            pruners=pruners,
            orders=orders,
            trials=trials,
            seed=seed,
            workers=workers,
            constraints=constraints,
            confidence=confidence,
            cost=cost,
            tolerance=tolerance,
            ignore_sampler=ignore_sampler,
            recommend=recommend,
        )

        return replay_request

