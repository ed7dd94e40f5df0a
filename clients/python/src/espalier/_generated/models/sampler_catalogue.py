from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from typing import cast

if TYPE_CHECKING:
  from ..models.catalogue_entry import CatalogueEntry





T = TypeVar("T", bound="SamplerCatalogue")



@_attrs_define
class SamplerCatalogue:
    

    samplers: list[CatalogueEntry]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.catalogue_entry import CatalogueEntry # noqa: PLC0415
        samplers = []
        for samplers_item_data in self.samplers:
            samplers_item = samplers_item_data.to_dict()
            samplers.append(samplers_item)




        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "samplers": samplers,
        })

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.catalogue_entry import CatalogueEntry # noqa: PLC0415
        d = dict(src_dict)
        samplers = []
        _samplers = d.pop("samplers")
        for samplers_item_data in (_samplers):
            samplers_item = CatalogueEntry.from_dict(samplers_item_data)



            samplers.append(samplers_item)


        sampler_catalogue = cls(
            samplers=samplers,
        )


        sampler_catalogue.additional_properties = d
        return sampler_catalogue

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
