from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset







T = TypeVar("T", bound="ReplayPool")



@_attrs_define
class ReplayPool:
    """ Counts what was recorded.

     """

    trials: int
    """ With at least one report """
    settings: int
    """ Different ones: clusters """
    full: int
    """ COMPLETE ones. """
    failed: int
    """ Ended without a value, by itself """
    cut_short: int
    left_out: int
    """ Had not ended, or reported nothing """
    last_step: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        trials = self.trials

        settings = self.settings

        full = self.full

        failed = self.failed

        cut_short = self.cut_short

        left_out = self.left_out

        last_step = self.last_step


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "trials": trials,
            "settings": settings,
            "full": full,
            "failed": failed,
            "cut_short": cut_short,
            "left_out": left_out,
            "last_step": last_step,
        })

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        trials = d.pop("trials")

        settings = d.pop("settings")

        full = d.pop("full")

        failed = d.pop("failed")

        cut_short = d.pop("cut_short")

        left_out = d.pop("left_out")

        last_step = d.pop("last_step")

        replay_pool = cls(
            trials=trials,
            settings=settings,
            full=full,
            failed=failed,
            cut_short=cut_short,
            left_out=left_out,
            last_step=last_step,
        )


        replay_pool.additional_properties = d
        return replay_pool

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
