from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.crossed_limit_op import check_crossed_limit_op
from ..models.crossed_limit_op import CrossedLimitOp
from ..types import UNSET, Unset
from typing import cast






T = TypeVar("T", bound="CrossedLimit")



@_attrs_define
class CrossedLimit:
    

    metric: str
    """ Name of a metric, its unit included; the prefix `system/` marks what is measured of the machine or the
    process. """
    bound: float
    observed: float
    """ Beyond the bound. """
    op: CrossedLimitOp | Unset = '<='





    def to_dict(self) -> dict[str, Any]:
        metric = self.metric

        bound = self.bound

        observed = self.observed

        op: str | Unset = UNSET
        if not isinstance(self.op, Unset):
            op = self.op



        field_dict: dict[str, Any] = {}

        field_dict.update({
            "metric": metric,
            "bound": bound,
            "observed": observed,
        })
        if op is not UNSET:
            field_dict["op"] = op

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        metric = d.pop("metric")

        bound = d.pop("bound")

        observed = d.pop("observed")

        _op = d.pop("op", UNSET)
        op: CrossedLimitOp | Unset
        if isinstance(_op,  Unset):
            op = UNSET
        else:
            op = check_crossed_limit_op(_op)




        crossed_limit = cls(
            metric=metric,
            bound=bound,
            observed=observed,
            op=op,
        )

        return crossed_limit

