from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.float_type_1 import check_float_type_1
from ..models.float_type_1 import FloatType1
from typing import cast






T = TypeVar("T", bound="Metrics")



@_attrs_define
class Metrics:
    """ Floats by metric name (`MetricName`); model, application and `system/` metrics in one flat map.

     """

    additional_properties: dict[str, float | FloatType1] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        
        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            
            if isinstance(prop, str):
                field_dict[prop_name] = prop
            else:
                field_dict[prop_name] = prop


        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        metrics = cls(
        )


        additional_properties = {}
        for prop_name, prop_dict in d.items():
            def _parse_additional_property(data: object) -> float | FloatType1:
                try:
                    if not isinstance(data, str):
                        raise TypeError()
                    componentsschemas_float_type_1 = check_float_type_1(data)



                    return componentsschemas_float_type_1
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                return cast(float | FloatType1, data)

            additional_property = _parse_additional_property(prop_dict)

            additional_properties[prop_name] = additional_property

        metrics.additional_properties = additional_properties
        return metrics

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> float | FloatType1:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: float | FloatType1) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
