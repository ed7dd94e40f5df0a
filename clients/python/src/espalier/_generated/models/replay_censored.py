from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset







T = TypeVar("T", bound="ReplayCensored")



@_attrs_define
class ReplayCensored:
    """ Says what the recording cannot answer: trials that a pruner had cut short. Where the replay would have let one run
    on, the figures take it to run to its last step at its own cost per step and to end without a value. What is saved
    is at least, and at most, what follows if all such trials ended where the recording does, or the ones that run on
    end there and the others would have run to the last step.

     """

    run_on: float
    """ Trials a study that the replay would have let run on """
    cut: float
    """ That it cuts as well """
    best_lost_at_most: float
    """ The chance of losing the best if every trial that was recorded cut short would have been the best. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        run_on = self.run_on

        cut = self.cut

        best_lost_at_most = self.best_lost_at_most


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "run_on": run_on,
            "cut": cut,
            "best_lost_at_most": best_lost_at_most,
        })

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        run_on = d.pop("run_on")

        cut = d.pop("cut")

        best_lost_at_most = d.pop("best_lost_at_most")

        replay_censored = cls(
            run_on=run_on,
            cut=cut,
            best_lost_at_most=best_lost_at_most,
        )


        replay_censored.additional_properties = d
        return replay_censored

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
