from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset






T = TypeVar("T", bound="AnyTimePoint")



@_attrs_define
class AnyTimePoint:
    """ The regret (as a requirement) at a share of what a study costs without a pruner: median and quartiles over the
    studies, left out while that many have nothing to select.

     """

    share: float
    median: float | Unset = UNSET
    quartile_1: float | Unset = UNSET
    quartile_3: float | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        share = self.share

        median = self.median

        quartile_1 = self.quartile_1

        quartile_3 = self.quartile_3


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "share": share,
        })
        if median is not UNSET:
            field_dict["median"] = median
        if quartile_1 is not UNSET:
            field_dict["quartile_1"] = quartile_1
        if quartile_3 is not UNSET:
            field_dict["quartile_3"] = quartile_3

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        share = d.pop("share")

        median = d.pop("median", UNSET)

        quartile_1 = d.pop("quartile_1", UNSET)

        quartile_3 = d.pop("quartile_3", UNSET)

        any_time_point = cls(
            share=share,
            median=median,
            quartile_1=quartile_1,
            quartile_3=quartile_3,
        )


        any_time_point.additional_properties = d
        return any_time_point

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
