from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.catalogue_entry_kind import CatalogueEntryKind
from ..models.catalogue_entry_kind import check_catalogue_entry_kind
from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.catalogue_entry_example import CatalogueEntryExample
  from ..models.catalogue_entry_schema import CatalogueEntrySchema





T = TypeVar("T", bound="CatalogueEntry")



@_attrs_define
class CatalogueEntry:
    

    type_: str
    summary: str
    schema: CatalogueEntrySchema
    """ The node, `type` included, as JSON Schema. """
    kind: CatalogueEntryKind | Unset = UNSET
    """ Of pruners. """
    source: str | Unset = UNSET
    """ The paper, with section. """
    example: CatalogueEntryExample | Unset = UNSET
    """ A node ready for use. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.catalogue_entry_example import CatalogueEntryExample # noqa: PLC0415
        from ..models.catalogue_entry_schema import CatalogueEntrySchema # noqa: PLC0415
        type_ = self.type_

        summary = self.summary

        schema = self.schema.to_dict()

        kind: str | Unset = UNSET
        if not isinstance(self.kind, Unset):
            kind = self.kind


        source = self.source

        example: dict[str, Any] | Unset = UNSET
        if not isinstance(self.example, Unset):
            example = self.example.to_dict()


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "type": type_,
            "summary": summary,
            "schema": schema,
        })
        if kind is not UNSET:
            field_dict["kind"] = kind
        if source is not UNSET:
            field_dict["source"] = source
        if example is not UNSET:
            field_dict["example"] = example

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.catalogue_entry_example import CatalogueEntryExample # noqa: PLC0415
        from ..models.catalogue_entry_schema import CatalogueEntrySchema # noqa: PLC0415
        d = dict(src_dict)
        type_ = d.pop("type")

        summary = d.pop("summary")

        schema = CatalogueEntrySchema.from_dict(d.pop("schema"))




        _kind = d.pop("kind", UNSET)
        kind: CatalogueEntryKind | Unset
        if isinstance(_kind,  Unset):
            kind = UNSET
        else:
            kind = check_catalogue_entry_kind(_kind)




        source = d.pop("source", UNSET)

        _example = d.pop("example", UNSET)
        example: CatalogueEntryExample | Unset
        if isinstance(_example,  Unset):
            example = UNSET
        else:
            example = CatalogueEntryExample.from_dict(_example)




        catalogue_entry = cls(
            type_=type_,
            summary=summary,
            schema=schema,
            kind=kind,
            source=source,
            example=example,
        )


        catalogue_entry.additional_properties = d
        return catalogue_entry

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
