from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset






T = TypeVar("T", bound="StopUtility")



@_attrs_define
class StopUtility:
    """ Stops when a trial won less, of late, than it cost.

     """

    cost_weight: float
    """ What a unit of cost is worth in the objective's unit. """
    cost_metric: str | Unset = UNSET
    """ Name of a metric, its unit included; the prefix `system/` marks what is measured of the machine or the
    process. """
    window: int | Unset = UNSET
    """ The last so many trials that ended; left out - 20. """





    def to_dict(self) -> dict[str, Any]:
        cost_weight = self.cost_weight

        cost_metric = self.cost_metric

        window = self.window


        field_dict: dict[str, Any] = {}

        field_dict.update({
            "cost_weight": cost_weight,
        })
        if cost_metric is not UNSET:
            field_dict["cost_metric"] = cost_metric
        if window is not UNSET:
            field_dict["window"] = window

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        cost_weight = d.pop("cost_weight")

        cost_metric = d.pop("cost_metric", UNSET)

        window = d.pop("window", UNSET)

        stop_utility = cls(
            cost_weight=cost_weight,
            cost_metric=cost_metric,
            window=window,
        )

        return stop_utility

