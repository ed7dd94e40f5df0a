from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.int_distribution_type import check_int_distribution_type
from ..models.int_distribution_type import IntDistributionType
from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.when import When





T = TypeVar("T", bound="IntDistribution")



@_attrs_define
class IntDistribution:
    """ An integer in [low, high], both included.

     """

    type_: IntDistributionType
    low: int
    high: int
    log: bool | Unset = False
    step: int | Unset = 1
    when: When | Unset = UNSET
    """ The parameter exists only when each parent named here has one of the values listed.
    Parents are parameters of the same search space, without cycles; an absent parent has no value, so its children
    are absent too.
     """





    def to_dict(self) -> dict[str, Any]:
        from ..models.when import When # noqa: PLC0415
        type_: str = self.type_

        low = self.low

        high = self.high

        log = self.log

        step = self.step

        when: dict[str, Any] | Unset = UNSET
        if not isinstance(self.when, Unset):
            when = self.when.to_dict()


        field_dict: dict[str, Any] = {}

        field_dict.update({
            "type": type_,
            "low": low,
            "high": high,
        })
        if log is not UNSET:
            field_dict["log"] = log
        if step is not UNSET:
            field_dict["step"] = step
        if when is not UNSET:
            field_dict["when"] = when

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.when import When # noqa: PLC0415
        d = dict(src_dict)
        type_ = check_int_distribution_type(d.pop("type"))




        low = d.pop("low")

        high = d.pop("high")

        log = d.pop("log", UNSET)

        step = d.pop("step", UNSET)

        _when = d.pop("when", UNSET)
        when: When | Unset
        if isinstance(_when,  Unset):
            when = UNSET
        else:
            when = When.from_dict(_when)




        int_distribution = cls(
            type_=type_,
            low=low,
            high=high,
            log=log,
            step=step,
            when=when,
        )

        return int_distribution

