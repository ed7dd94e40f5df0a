from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.aggregate import Aggregate
from ..models.aggregate import check_aggregate
from ..models.constraint_op import check_constraint_op
from ..models.constraint_op import ConstraintOp
from ..types import UNSET, Unset
from typing import cast






T = TypeVar("T", bound="Constraint")



@_attrs_define
class Constraint:
    """ A bound on a metric's aggregate, evaluated by the server from the reports.

     """

    metric: str
    """ Name of a metric, its unit included; the prefix `system/` marks what is measured of the machine or the
    process. """
    op: ConstraintOp
    bound: float
    aggregate: Aggregate | Unset = UNSET
    """ How the values of a metric become one. """





    def to_dict(self) -> dict[str, Any]:
        metric = self.metric

        op: str = self.op

        bound = self.bound

        aggregate: str | Unset = UNSET
        if not isinstance(self.aggregate, Unset):
            aggregate = self.aggregate



        field_dict: dict[str, Any] = {}

        field_dict.update({
            "metric": metric,
            "op": op,
            "bound": bound,
        })
        if aggregate is not UNSET:
            field_dict["aggregate"] = aggregate

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        metric = d.pop("metric")

        op = check_constraint_op(d.pop("op"))




        bound = d.pop("bound")

        _aggregate = d.pop("aggregate", UNSET)
        aggregate: Aggregate | Unset
        if isinstance(_aggregate,  Unset):
            aggregate = UNSET
        else:
            aggregate = check_aggregate(_aggregate)




        constraint = cls(
            metric=metric,
            op=op,
            bound=bound,
            aggregate=aggregate,
        )

        return constraint

