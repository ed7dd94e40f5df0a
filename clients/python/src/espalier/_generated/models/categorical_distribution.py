from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.categorical_distribution_type import CategoricalDistributionType
from ..models.categorical_distribution_type import check_categorical_distribution_type
from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.when import When





T = TypeVar("T", bound="CategoricalDistribution")



@_attrs_define
class CategoricalDistribution:
    """ One of the choices.

     """

    type_: CategoricalDistributionType
    choices: list[bool | float | None | str]
    when: When | Unset = UNSET
    """ The parameter exists only when each parent named here has one of the values listed.
    Parents are parameters of the same search space, without cycles; an absent parent has no value, so its children
    are absent too.
     """





    def to_dict(self) -> dict[str, Any]:
        from ..models.when import When # noqa: PLC0415
        type_: str = self.type_

        choices = []
        for choices_item_data in self.choices:
            choices_item: bool | float | None | str
            choices_item = choices_item_data
            choices.append(choices_item)



        when: dict[str, Any] | Unset = UNSET
        if not isinstance(self.when, Unset):
            when = self.when.to_dict()


        field_dict: dict[str, Any] = {}

        field_dict.update({
            "type": type_,
            "choices": choices,
        })
        if when is not UNSET:
            field_dict["when"] = when

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.when import When # noqa: PLC0415
        d = dict(src_dict)
        type_ = check_categorical_distribution_type(d.pop("type"))




        choices = []
        _choices = d.pop("choices")
        for choices_item_data in (_choices):
            def _parse_choices_item(data: object) -> bool | float | None | str:
                if data is None:
                    return data
                return cast(bool | float | None | str, data)

            choices_item = _parse_choices_item(choices_item_data)

            choices.append(choices_item)


        _when = d.pop("when", UNSET)
        when: When | Unset
        if isinstance(_when,  Unset):
            when = UNSET
        else:
            when = When.from_dict(_when)




        categorical_distribution = cls(
            type_=type_,
            choices=choices,
            when=when,
        )

        return categorical_distribution

