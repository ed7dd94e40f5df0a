from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.false_prunes import FalsePrunes
  from ..models.rule_savings_saved import RuleSavingsSaved





T = TypeVar("T", bound="RuleSavings")



@_attrs_define
class RuleSavings:
    

    decided_by: str
    """ Label (or type) of the deciding rule; `worker` - the worker told PRUNED by itself. """
    pruned_trials: int
    saved: RuleSavingsSaved | Unset = UNSET
    """ By resource. """
    false_prunes: FalsePrunes | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.false_prunes import FalsePrunes # noqa: PLC0415
        from ..models.rule_savings_saved import RuleSavingsSaved # noqa: PLC0415
        decided_by = self.decided_by

        pruned_trials = self.pruned_trials

        saved: dict[str, Any] | Unset = UNSET
        if not isinstance(self.saved, Unset):
            saved = self.saved.to_dict()

        false_prunes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.false_prunes, Unset):
            false_prunes = self.false_prunes.to_dict()


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "decided_by": decided_by,
            "pruned_trials": pruned_trials,
        })
        if saved is not UNSET:
            field_dict["saved"] = saved
        if false_prunes is not UNSET:
            field_dict["false_prunes"] = false_prunes

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.false_prunes import FalsePrunes # noqa: PLC0415
        from ..models.rule_savings_saved import RuleSavingsSaved # noqa: PLC0415
        d = dict(src_dict)
        decided_by = d.pop("decided_by")

        pruned_trials = d.pop("pruned_trials")

        _saved = d.pop("saved", UNSET)
        saved: RuleSavingsSaved | Unset
        if isinstance(_saved,  Unset):
            saved = UNSET
        else:
            saved = RuleSavingsSaved.from_dict(_saved)




        _false_prunes = d.pop("false_prunes", UNSET)
        false_prunes: FalsePrunes | Unset
        if isinstance(_false_prunes,  Unset):
            false_prunes = UNSET
        else:
            false_prunes = FalsePrunes.from_dict(_false_prunes)




        rule_savings = cls(
            decided_by=decided_by,
            pruned_trials=pruned_trials,
            saved=saved,
            false_prunes=false_prunes,
        )


        rule_savings.additional_properties = d
        return rule_savings

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
