from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from typing import cast

if TYPE_CHECKING:
  from ..models.user_attrs import UserAttrs





T = TypeVar("T", bound="TrialPatch")



@_attrs_define
class TrialPatch:
    

    user_attrs: UserAttrs
    """ Any JSON by name. """





    def to_dict(self) -> dict[str, Any]:
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        user_attrs = self.user_attrs.to_dict()


        field_dict: dict[str, Any] = {}

        field_dict.update({
            "user_attrs": user_attrs,
        })

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        d = dict(src_dict)
        user_attrs = UserAttrs.from_dict(d.pop("user_attrs"))




        trial_patch = cls(
            user_attrs=user_attrs,
        )

        return trial_patch

