from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from typing import cast

if TYPE_CHECKING:
  from ..models.estimate import Estimate





T = TypeVar("T", bound="Regret")



@_attrs_define
class Regret:
    """ In the objective's unit, at least 0. A study in which nothing was left to select counts as if its worst value had
    been.

     """

    mean: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    median: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    p95: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    none: float
    """ Share of studies in which nothing was left """
    studies: int
    """ With something to lose """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.estimate import Estimate # noqa: PLC0415
        mean = self.mean.to_dict()

        median = self.median.to_dict()

        p95 = self.p95.to_dict()

        none = self.none

        studies = self.studies


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "mean": mean,
            "median": median,
            "p95": p95,
            "none": none,
            "studies": studies,
        })

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.estimate import Estimate # noqa: PLC0415
        d = dict(src_dict)
        mean = Estimate.from_dict(d.pop("mean"))




        median = Estimate.from_dict(d.pop("median"))




        p95 = Estimate.from_dict(d.pop("p95"))




        none = d.pop("none")

        studies = d.pop("studies")

        regret = cls(
            mean=mean,
            median=median,
            p95=p95,
            none=none,
            studies=studies,
        )


        regret.additional_properties = d
        return regret

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
