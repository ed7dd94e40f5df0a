from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.direction import check_direction
from ..models.direction import Direction
from typing import cast






T = TypeVar("T", bound="Objective")



@_attrs_define
class Objective:
    """ What is optimised.

     """

    metric: str
    """ Name of a metric, its unit included; the prefix `system/` marks what is measured of the machine or the
    process. """
    direction: Direction
    """ Which way is better. """





    def to_dict(self) -> dict[str, Any]:
        metric = self.metric

        direction: str = self.direction


        field_dict: dict[str, Any] = {}

        field_dict.update({
            "metric": metric,
            "direction": direction,
        })

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        metric = d.pop("metric")

        direction = check_direction(d.pop("direction"))




        objective = cls(
            metric=metric,
            direction=direction,
        )

        return objective

