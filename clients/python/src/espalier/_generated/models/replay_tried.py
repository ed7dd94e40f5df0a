from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from typing import cast

if TYPE_CHECKING:
  from ..models.estimate import Estimate





T = TypeVar("T", bound="ReplayTried")



@_attrs_define
class ReplayTried:
    """ One candidate of a recommendation.

     """

    name: str
    saved: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    best_lost: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    regret_above: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    qualified: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.estimate import Estimate # noqa: PLC0415
        name = self.name

        saved = self.saved.to_dict()

        best_lost = self.best_lost.to_dict()

        regret_above = self.regret_above.to_dict()

        qualified = self.qualified


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "name": name,
            "saved": saved,
            "best_lost": best_lost,
            "regret_above": regret_above,
            "qualified": qualified,
        })

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.estimate import Estimate # noqa: PLC0415
        d = dict(src_dict)
        name = d.pop("name")

        saved = Estimate.from_dict(d.pop("saved"))




        best_lost = Estimate.from_dict(d.pop("best_lost"))




        regret_above = Estimate.from_dict(d.pop("regret_above"))




        qualified = d.pop("qualified")

        replay_tried = cls(
            name=name,
            saved=saved,
            best_lost=best_lost,
            regret_above=regret_above,
            qualified=qualified,
        )


        replay_tried.additional_properties = d
        return replay_tried

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
