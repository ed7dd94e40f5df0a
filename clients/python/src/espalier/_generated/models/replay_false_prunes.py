from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from typing import cast

if TYPE_CHECKING:
  from ..models.estimate import Estimate





T = TypeVar("T", bound="ReplayFalsePrunes")



@_attrs_define
class ReplayFalsePrunes:
    """ Compares each trial that is cut with the incumbent at that moment: it was wrong if the trial would have ended
    better, within the constraints. Random is the same of a pruner that cuts as many trials as late, but which ones is
    left to chance.

     """

    rate: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    random: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    cut: float
    """ Trials a study """
    unknown: float
    """ Of them, whose end was not recorded """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.estimate import Estimate # noqa: PLC0415
        rate = self.rate.to_dict()

        random = self.random.to_dict()

        cut = self.cut

        unknown = self.unknown


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "rate": rate,
            "random": random,
            "cut": cut,
            "unknown": unknown,
        })

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.estimate import Estimate # noqa: PLC0415
        d = dict(src_dict)
        rate = Estimate.from_dict(d.pop("rate"))




        random = Estimate.from_dict(d.pop("random"))




        cut = d.pop("cut")

        unknown = d.pop("unknown")

        replay_false_prunes = cls(
            rate=rate,
            random=random,
            cut=cut,
            unknown=unknown,
        )


        replay_false_prunes.additional_properties = d
        return replay_false_prunes

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
