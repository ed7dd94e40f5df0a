from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset






T = TypeVar("T", bound="RecommendBounds")



@_attrs_define
class RecommendBounds:
    """ Asks for the pruner that saves the most of those that keep to the bounds, with the confidence of the intervals.

     """

    max_best_lost: float | Unset = UNSET
    """ The probability that the best trial of a study is cut, and that its regret is above max_regret; 0.05 by
    default. """
    max_regret: float | Unset = UNSET
    """ In the objective's unit. By default it is the noise floor: the spread of repeats where there are any, else 1
    % of the best value. """





    def to_dict(self) -> dict[str, Any]:
        max_best_lost = self.max_best_lost

        max_regret = self.max_regret


        field_dict: dict[str, Any] = {}

        field_dict.update({
        })
        if max_best_lost is not UNSET:
            field_dict["max_best_lost"] = max_best_lost
        if max_regret is not UNSET:
            field_dict["max_regret"] = max_regret

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        max_best_lost = d.pop("max_best_lost", UNSET)

        max_regret = d.pop("max_regret", UNSET)

        recommend_bounds = cls(
            max_best_lost=max_best_lost,
            max_regret=max_regret,
        )

        return recommend_bounds

