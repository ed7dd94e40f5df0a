from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.aggregate import Aggregate
from ..models.aggregate import check_aggregate
from ..models.metric_declaration_kind import check_metric_declaration_kind
from ..models.metric_declaration_kind import MetricDeclarationKind
from ..types import UNSET, Unset
from typing import cast






T = TypeVar("T", bound="MetricDeclaration")



@_attrs_define
class MetricDeclaration:
    """ What is known of a metric beforehand; a metric need not be declared to be reported.

     """

    kind: MetricDeclarationKind | Unset = UNSET
    """ By default `system` for names with the prefix `system/`, else `model`. """
    unit: str | Unset = UNSET
    """ For display; the base unit the name ends in. """
    aggregate: Aggregate | Unset = UNSET
    """ How the values of a metric become one. """





    def to_dict(self) -> dict[str, Any]:
        kind: str | Unset = UNSET
        if not isinstance(self.kind, Unset):
            kind = self.kind


        unit = self.unit

        aggregate: str | Unset = UNSET
        if not isinstance(self.aggregate, Unset):
            aggregate = self.aggregate



        field_dict: dict[str, Any] = {}

        field_dict.update({
        })
        if kind is not UNSET:
            field_dict["kind"] = kind
        if unit is not UNSET:
            field_dict["unit"] = unit
        if aggregate is not UNSET:
            field_dict["aggregate"] = aggregate

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _kind = d.pop("kind", UNSET)
        kind: MetricDeclarationKind | Unset
        if isinstance(_kind,  Unset):
            kind = UNSET
        else:
            kind = check_metric_declaration_kind(_kind)




        unit = d.pop("unit", UNSET)

        _aggregate = d.pop("aggregate", UNSET)
        aggregate: Aggregate | Unset
        if isinstance(_aggregate,  Unset):
            aggregate = UNSET
        else:
            aggregate = check_aggregate(_aggregate)




        metric_declaration = cls(
            kind=kind,
            unit=unit,
            aggregate=aggregate,
        )

        return metric_declaration

