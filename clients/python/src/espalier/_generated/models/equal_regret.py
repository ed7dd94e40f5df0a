from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from typing import cast

if TYPE_CHECKING:
  from ..models.estimate import Estimate





T = TypeVar("T", bound="EqualRegret")



@_attrs_define
class EqualRegret:
    """ Compares what it costs to come within a tolerance of the best feasible value of a study. A study that never does is
    charged what all of it costs without a pruner.

     """

    ratio: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    reached: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.estimate import Estimate # noqa: PLC0415
        ratio = self.ratio.to_dict()

        reached = self.reached.to_dict()


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "ratio": ratio,
            "reached": reached,
        })

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.estimate import Estimate # noqa: PLC0415
        d = dict(src_dict)
        ratio = Estimate.from_dict(d.pop("ratio"))




        reached = Estimate.from_dict(d.pop("reached"))




        equal_regret = cls(
            ratio=ratio,
            reached=reached,
        )


        equal_regret.additional_properties = d
        return equal_regret

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
