from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset






T = TypeVar("T", bound="ReplayDecision")



@_attrs_define
class ReplayDecision:
    """ One prune of the recorded study.

     """

    trial: int
    step: int
    decided_by: str
    sentence: str
    value: float | Unset = UNSET
    """ How the trial would have ended; left out where that was not recorded, or not with a value. """
    incumbent: float | Unset = UNSET
    """ The best value at that moment """
    beat_incumbent: bool | Unset = UNSET
    """ Left out where it is not known """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        trial = self.trial

        step = self.step

        decided_by = self.decided_by

        sentence = self.sentence

        value = self.value

        incumbent = self.incumbent

        beat_incumbent = self.beat_incumbent


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "trial": trial,
            "step": step,
            "decided_by": decided_by,
            "sentence": sentence,
        })
        if value is not UNSET:
            field_dict["value"] = value
        if incumbent is not UNSET:
            field_dict["incumbent"] = incumbent
        if beat_incumbent is not UNSET:
            field_dict["beat_incumbent"] = beat_incumbent

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        trial = d.pop("trial")

        step = d.pop("step")

        decided_by = d.pop("decided_by")

        sentence = d.pop("sentence")

        value = d.pop("value", UNSET)

        incumbent = d.pop("incumbent", UNSET)

        beat_incumbent = d.pop("beat_incumbent", UNSET)

        replay_decision = cls(
            trial=trial,
            step=step,
            decided_by=decided_by,
            sentence=sentence,
            value=value,
            incumbent=incumbent,
            beat_incumbent=beat_incumbent,
        )


        replay_decision.additional_properties = d
        return replay_decision

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
