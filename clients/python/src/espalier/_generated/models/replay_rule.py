from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from typing import cast

if TYPE_CHECKING:
  from ..models.replay_rule_saved import ReplayRuleSaved





T = TypeVar("T", bound="ReplayRule")



@_attrs_define
class ReplayRule:
    """ What one deciding rule cut and saved, a study. It is counted in the first hundred studies.

     """

    decided_by: str
    trials: float
    saved: ReplayRuleSaved
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.replay_rule_saved import ReplayRuleSaved # noqa: PLC0415
        decided_by = self.decided_by

        trials = self.trials

        saved = self.saved.to_dict()


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "decided_by": decided_by,
            "trials": trials,
            "saved": saved,
        })

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.replay_rule_saved import ReplayRuleSaved # noqa: PLC0415
        d = dict(src_dict)
        decided_by = d.pop("decided_by")

        trials = d.pop("trials")

        saved = ReplayRuleSaved.from_dict(d.pop("saved"))




        replay_rule = cls(
            decided_by=decided_by,
            trials=trials,
            saved=saved,
        )


        replay_rule.additional_properties = d
        return replay_rule

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
