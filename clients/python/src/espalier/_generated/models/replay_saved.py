from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.estimate import Estimate





T = TypeVar("T", bound="ReplaySaved")



@_attrs_define
class ReplaySaved:
    """ What was saved of one resource, a study.

     """

    share: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    amount: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    share_at_least: float | Unset = UNSET
    """ The least and the most that the share may be, where trials were recorded cut short; see ReplayCensored. """
    share_at_most: float | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.estimate import Estimate # noqa: PLC0415
        share = self.share.to_dict()

        amount = self.amount.to_dict()

        share_at_least = self.share_at_least

        share_at_most = self.share_at_most


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "share": share,
            "amount": amount,
        })
        if share_at_least is not UNSET:
            field_dict["share_at_least"] = share_at_least
        if share_at_most is not UNSET:
            field_dict["share_at_most"] = share_at_most

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.estimate import Estimate # noqa: PLC0415
        d = dict(src_dict)
        share = Estimate.from_dict(d.pop("share"))




        amount = Estimate.from_dict(d.pop("amount"))




        share_at_least = d.pop("share_at_least", UNSET)

        share_at_most = d.pop("share_at_most", UNSET)

        replay_saved = cls(
            share=share,
            amount=amount,
            share_at_least=share_at_least,
            share_at_most=share_at_most,
        )


        replay_saved.additional_properties = d
        return replay_saved

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
