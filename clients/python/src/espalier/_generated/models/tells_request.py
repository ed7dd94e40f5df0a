from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from typing import cast

if TYPE_CHECKING:
  from ..models.trial_tell import TrialTell





T = TypeVar("T", bound="TellsRequest")



@_attrs_define
class TellsRequest:
    

    tells: list[TrialTell]





    def to_dict(self) -> dict[str, Any]:
        from ..models.trial_tell import TrialTell # noqa: PLC0415
        tells = []
        for tells_item_data in self.tells:
            tells_item = tells_item_data.to_dict()
            tells.append(tells_item)




        field_dict: dict[str, Any] = {}

        field_dict.update({
            "tells": tells,
        })

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.trial_tell import TrialTell # noqa: PLC0415
        d = dict(src_dict)
        tells = []
        _tells = d.pop("tells")
        for tells_item_data in (_tells):
            tells_item = TrialTell.from_dict(tells_item_data)



            tells.append(tells_item)


        tells_request = cls(
            tells=tells,
        )

        return tells_request

