from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.float_type_1 import check_float_type_1
from ..models.float_type_1 import FloatType1
from ..types import UNSET, Unset
from typing import cast






T = TypeVar("T", bound="MetricSummary")



@_attrs_define
class MetricSummary:
    

    count: int
    last: float | FloatType1
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    min_: float | FloatType1
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    max_: float | FloatType1
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    mean: float | FloatType1
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    sum_: float | FloatType1
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    p95: float | FloatType1 | Unset = UNSET
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        count = self.count

        last: float | str
        if isinstance(self.last, str):
            last = self.last
        else:
            last = self.last

        min_: float | str
        if isinstance(self.min_, str):
            min_ = self.min_
        else:
            min_ = self.min_

        max_: float | str
        if isinstance(self.max_, str):
            max_ = self.max_
        else:
            max_ = self.max_

        mean: float | str
        if isinstance(self.mean, str):
            mean = self.mean
        else:
            mean = self.mean

        sum_: float | str
        if isinstance(self.sum_, str):
            sum_ = self.sum_
        else:
            sum_ = self.sum_

        p95: float | str | Unset
        if isinstance(self.p95, Unset):
            p95 = UNSET
        elif isinstance(self.p95, str):
            p95 = self.p95
        else:
            p95 = self.p95


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "count": count,
            "last": last,
            "min": min_,
            "max": max_,
            "mean": mean,
            "sum": sum_,
        })
        if p95 is not UNSET:
            field_dict["p95"] = p95

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        count = d.pop("count")

        def _parse_last(data: object) -> float | FloatType1:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                componentsschemas_float_type_1 = check_float_type_1(data)



                return componentsschemas_float_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(float | FloatType1, data)

        last = _parse_last(d.pop("last"))


        def _parse_min_(data: object) -> float | FloatType1:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                componentsschemas_float_type_1 = check_float_type_1(data)



                return componentsschemas_float_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(float | FloatType1, data)

        min_ = _parse_min_(d.pop("min"))


        def _parse_max_(data: object) -> float | FloatType1:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                componentsschemas_float_type_1 = check_float_type_1(data)



                return componentsschemas_float_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(float | FloatType1, data)

        max_ = _parse_max_(d.pop("max"))


        def _parse_mean(data: object) -> float | FloatType1:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                componentsschemas_float_type_1 = check_float_type_1(data)



                return componentsschemas_float_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(float | FloatType1, data)

        mean = _parse_mean(d.pop("mean"))


        def _parse_sum_(data: object) -> float | FloatType1:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                componentsschemas_float_type_1 = check_float_type_1(data)



                return componentsschemas_float_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(float | FloatType1, data)

        sum_ = _parse_sum_(d.pop("sum"))


        def _parse_p95(data: object) -> float | FloatType1 | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                componentsschemas_float_type_1 = check_float_type_1(data)



                return componentsschemas_float_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(float | FloatType1 | Unset, data)

        p95 = _parse_p95(d.pop("p95", UNSET))


        metric_summary = cls(
            count=count,
            last=last,
            min_=min_,
            max_=max_,
            mean=mean,
            sum_=sum_,
            p95=p95,
        )


        metric_summary.additional_properties = d
        return metric_summary

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
