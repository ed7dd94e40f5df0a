from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.transfer_request_use import check_transfer_request_use
from ..models.transfer_request_use import TransferRequestUse
from ..types import UNSET, Unset
from typing import cast






T = TypeVar("T", bound="TransferRequest")



@_attrs_define
class TransferRequest:
    

    from_: str
    """ Unique name; part of the path. """
    use: TransferRequestUse
    """ What is taken over. """
    count: int | Unset = UNSET
    """ Of use best: how many; 5 by default. """





    def to_dict(self) -> dict[str, Any]:
        from_ = self.from_

        use: str = self.use

        count = self.count


        field_dict: dict[str, Any] = {}

        field_dict.update({
            "from": from_,
            "use": use,
        })
        if count is not UNSET:
            field_dict["count"] = count

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        from_ = d.pop("from")

        use = check_transfer_request_use(d.pop("use"))




        count = d.pop("count", UNSET)

        transfer_request = cls(
            from_=from_,
            use=use,
            count=count,
        )

        return transfer_request

