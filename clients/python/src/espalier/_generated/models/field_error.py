from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.field_error_in import check_field_error_in
from ..models.field_error_in import FieldErrorIn
from ..types import UNSET, Unset
from typing import cast






T = TypeVar("T", bound="FieldError")



@_attrs_define
class FieldError:
    

    in_: FieldErrorIn
    detail: str
    pointer: str | Unset = UNSET
    """ JSON Pointer into the body (RFC 6901). """
    name: str | Unset = UNSET
    """ The parameter's or header's name. """
    code: str | Unset = UNSET
    """ Of a warning that programs may want to know. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        in_: str = self.in_

        detail = self.detail

        pointer = self.pointer

        name = self.name

        code = self.code


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "in": in_,
            "detail": detail,
        })
        if pointer is not UNSET:
            field_dict["pointer"] = pointer
        if name is not UNSET:
            field_dict["name"] = name
        if code is not UNSET:
            field_dict["code"] = code

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        in_ = check_field_error_in(d.pop("in"))




        detail = d.pop("detail")

        pointer = d.pop("pointer", UNSET)

        name = d.pop("name", UNSET)

        code = d.pop("code", UNSET)

        field_error = cls(
            in_=in_,
            detail=detail,
            pointer=pointer,
            name=name,
            code=code,
        )


        field_error.additional_properties = d
        return field_error

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
