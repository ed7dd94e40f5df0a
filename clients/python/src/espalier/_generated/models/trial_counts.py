from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset







T = TypeVar("T", bound="TrialCounts")



@_attrs_define
class TrialCounts:
    

    running: int
    waiting: int
    complete: int
    pruned: int
    fail: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        running = self.running

        waiting = self.waiting

        complete = self.complete

        pruned = self.pruned

        fail = self.fail


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "RUNNING": running,
            "WAITING": waiting,
            "COMPLETE": complete,
            "PRUNED": pruned,
            "FAIL": fail,
        })

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        running = d.pop("RUNNING")

        waiting = d.pop("WAITING")

        complete = d.pop("COMPLETE")

        pruned = d.pop("PRUNED")

        fail = d.pop("FAIL")

        trial_counts = cls(
            running=running,
            waiting=waiting,
            complete=complete,
            pruned=pruned,
            fail=fail,
        )


        trial_counts.additional_properties = d
        return trial_counts

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
