from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset






T = TypeVar("T", bound="Protect")



@_attrs_define
class Protect:
    """ Trials that predictions of quality spare while they are so good.

     """

    top_k: int | Unset = UNSET
    """ The k best of all trials at their step; left out - 1. """
    within: float | Unset = UNSET
    """ Within this fraction of the incumbent's value; left out - 0.01. """
    tag: str | Unset = UNSET
    """ Trials whose user attr of this name is true. """





    def to_dict(self) -> dict[str, Any]:
        top_k = self.top_k

        within = self.within

        tag = self.tag


        field_dict: dict[str, Any] = {}

        field_dict.update({
        })
        if top_k is not UNSET:
            field_dict["top_k"] = top_k
        if within is not UNSET:
            field_dict["within"] = within
        if tag is not UNSET:
            field_dict["tag"] = tag

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        top_k = d.pop("top_k", UNSET)

        within = d.pop("within", UNSET)

        tag = d.pop("tag", UNSET)

        protect = cls(
            top_k=top_k,
            within=within,
            tag=tag,
        )

        return protect

