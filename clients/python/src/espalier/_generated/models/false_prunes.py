from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset






T = TypeVar("T", bound="FalsePrunes")



@_attrs_define
class FalsePrunes:
    

    checked: int
    """ Fires that did not stop their trial and have an outcome. """
    wrong: int
    censored: int
    """ Left out - the trial ended otherwise. """
    pending: int
    needs_more: int
    """ About how many more fires for an interval of 5 percentage points to either side. """
    rate: float | Unset = UNSET
    """ P(wrong | fired); left out without data - unknown, not 0. """
    rate_low: float | Unset = UNSET
    """ Wilson interval at 95 %. """
    rate_high: float | Unset = UNSET
    effective: float | Unset = UNSET
    """ Kish's effective number of fires, where shares of the holdout are mixed. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        checked = self.checked

        wrong = self.wrong

        censored = self.censored

        pending = self.pending

        needs_more = self.needs_more

        rate = self.rate

        rate_low = self.rate_low

        rate_high = self.rate_high

        effective = self.effective


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "checked": checked,
            "wrong": wrong,
            "censored": censored,
            "pending": pending,
            "needs_more": needs_more,
        })
        if rate is not UNSET:
            field_dict["rate"] = rate
        if rate_low is not UNSET:
            field_dict["rate_low"] = rate_low
        if rate_high is not UNSET:
            field_dict["rate_high"] = rate_high
        if effective is not UNSET:
            field_dict["effective"] = effective

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        checked = d.pop("checked")

        wrong = d.pop("wrong")

        censored = d.pop("censored")

        pending = d.pop("pending")

        needs_more = d.pop("needs_more")

        rate = d.pop("rate", UNSET)

        rate_low = d.pop("rate_low", UNSET)

        rate_high = d.pop("rate_high", UNSET)

        effective = d.pop("effective", UNSET)

        false_prunes = cls(
            checked=checked,
            wrong=wrong,
            censored=censored,
            pending=pending,
            needs_more=needs_more,
            rate=rate,
            rate_low=rate_low,
            rate_high=rate_high,
            effective=effective,
        )


        false_prunes.additional_properties = d
        return false_prunes

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
