from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset






T = TypeVar("T", bound="Saved")



@_attrs_define
class Saved:
    

    used: float
    saved: float | Unset = UNSET
    """ Left out while the last step of a full trial is not known. """
    saved_low: float | Unset = UNSET
    """ Lower end of the 95 % prediction interval of the sum, errors that all trials share included; left out with
    fewer than 5 COMPLETE trials to learn them from. """
    saved_high: float | Unset = UNSET
    """ Upper end. """
    saved_fraction: float | Unset = UNSET
    """ Saved over used and saved. """
    factor: float | Unset = UNSET
    """ By which it was computed from energy_joules. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        used = self.used

        saved = self.saved

        saved_low = self.saved_low

        saved_high = self.saved_high

        saved_fraction = self.saved_fraction

        factor = self.factor


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "used": used,
        })
        if saved is not UNSET:
            field_dict["saved"] = saved
        if saved_low is not UNSET:
            field_dict["saved_low"] = saved_low
        if saved_high is not UNSET:
            field_dict["saved_high"] = saved_high
        if saved_fraction is not UNSET:
            field_dict["saved_fraction"] = saved_fraction
        if factor is not UNSET:
            field_dict["factor"] = factor

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        used = d.pop("used")

        saved = d.pop("saved", UNSET)

        saved_low = d.pop("saved_low", UNSET)

        saved_high = d.pop("saved_high", UNSET)

        saved_fraction = d.pop("saved_fraction", UNSET)

        factor = d.pop("factor", UNSET)

        saved = cls(
            used=used,
            saved=saved,
            saved_low=saved_low,
            saved_high=saved_high,
            saved_fraction=saved_fraction,
            factor=factor,
        )


        saved.additional_properties = d
        return saved

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
