from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from typing import cast

if TYPE_CHECKING:
  from ..models.catalogue_entry import CatalogueEntry





T = TypeVar("T", bound="PrunerCatalogue")



@_attrs_define
class PrunerCatalogue:
    

    pruners: list[CatalogueEntry]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.catalogue_entry import CatalogueEntry # noqa: PLC0415
        pruners = []
        for pruners_item_data in self.pruners:
            pruners_item = pruners_item_data.to_dict()
            pruners.append(pruners_item)




        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "pruners": pruners,
        })

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.catalogue_entry import CatalogueEntry # noqa: PLC0415
        d = dict(src_dict)
        pruners = []
        _pruners = d.pop("pruners")
        for pruners_item_data in (_pruners):
            pruners_item = CatalogueEntry.from_dict(pruners_item_data)



            pruners.append(pruners_item)


        pruner_catalogue = cls(
            pruners=pruners,
        )


        pruner_catalogue.additional_properties = d
        return pruner_catalogue

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
