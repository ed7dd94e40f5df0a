from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.stop_reason import check_stop_reason
from ..models.stop_reason import StopReason
from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.asked_trial import AskedTrial





T = TypeVar("T", bound="AskResponse")



@_attrs_define
class AskResponse:
    

    trials: list[AskedTrial]
    stop: bool
    """ No more trials will come. """
    stop_reason: StopReason | Unset = UNSET
    """ Why asks hand out no more trials. """
    retry_after: int | Unset = UNSET
    """ Seconds to wait before asking again; only in an empty answer that is not a stop. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.asked_trial import AskedTrial # noqa: PLC0415
        trials = []
        for trials_item_data in self.trials:
            trials_item = trials_item_data.to_dict()
            trials.append(trials_item)



        stop = self.stop

        stop_reason: str | Unset = UNSET
        if not isinstance(self.stop_reason, Unset):
            stop_reason = self.stop_reason


        retry_after = self.retry_after


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "trials": trials,
            "stop": stop,
        })
        if stop_reason is not UNSET:
            field_dict["stop_reason"] = stop_reason
        if retry_after is not UNSET:
            field_dict["retry_after"] = retry_after

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.asked_trial import AskedTrial # noqa: PLC0415
        d = dict(src_dict)
        trials = []
        _trials = d.pop("trials")
        for trials_item_data in (_trials):
            trials_item = AskedTrial.from_dict(trials_item_data)



            trials.append(trials_item)


        stop = d.pop("stop")

        _stop_reason = d.pop("stop_reason", UNSET)
        stop_reason: StopReason | Unset
        if isinstance(_stop_reason,  Unset):
            stop_reason = UNSET
        else:
            stop_reason = check_stop_reason(_stop_reason)




        retry_after = d.pop("retry_after", UNSET)

        ask_response = cls(
            trials=trials,
            stop=stop,
            stop_reason=stop_reason,
            retry_after=retry_after,
        )


        ask_response.additional_properties = d
        return ask_response

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
