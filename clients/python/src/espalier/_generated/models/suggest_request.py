from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.search_space import SearchSpace





T = TypeVar("T", bound="SuggestRequest")



@_attrs_define
class SuggestRequest:
    

    search_space: SearchSpace
    """ Distributions by parameter name. """
    replace: bool | Unset = False
    """ Of a param that the trial has with another distribution, draw another value in place of refusing it. """





    def to_dict(self) -> dict[str, Any]:
        from ..models.search_space import SearchSpace # noqa: PLC0415
        search_space = self.search_space.to_dict()

        replace = self.replace


        field_dict: dict[str, Any] = {}

        field_dict.update({
            "search_space": search_space,
        })
        if replace is not UNSET:
            field_dict["replace"] = replace

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.search_space import SearchSpace # noqa: PLC0415
        d = dict(src_dict)
        search_space = SearchSpace.from_dict(d.pop("search_space"))




        replace = d.pop("replace", UNSET)

        suggest_request = cls(
            search_space=search_space,
            replace=replace,
        )

        return suggest_request

