from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast
import datetime

if TYPE_CHECKING:
  from ..models.field_error import FieldError
  from ..models.params import Params
  from ..models.user_attrs import UserAttrs





T = TypeVar("T", bound="AskedTrial")



@_attrs_define
class AskedTrial:
    

    number: int
    params: Params
    """ Parameter values by name. A conditional parameter whose condition does not hold is absent. """
    attempt: int
    lease_expires: datetime.datetime
    retry_of: int | Unset = UNSET
    sampled_by: str | Unset = UNSET
    sampling_reason: str | Unset = UNSET
    """ Why that sampler, or where the params are from, in a sentence. """
    holdout: bool | Unset = UNSET
    """ No prediction will prune it. """
    user_attrs: UserAttrs | Unset = UNSET
    """ Any JSON by name. """
    warnings: list[FieldError] | Unset = UNSET
    """ Which fixed params it could not have. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.field_error import FieldError # noqa: PLC0415
        from ..models.params import Params # noqa: PLC0415
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        number = self.number

        params = self.params.to_dict()

        attempt = self.attempt

        lease_expires = self.lease_expires.isoformat()

        retry_of = self.retry_of

        sampled_by = self.sampled_by

        sampling_reason = self.sampling_reason

        holdout = self.holdout

        user_attrs: dict[str, Any] | Unset = UNSET
        if not isinstance(self.user_attrs, Unset):
            user_attrs = self.user_attrs.to_dict()

        warnings: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.warnings, Unset):
            warnings = []
            for warnings_item_data in self.warnings:
                warnings_item = warnings_item_data.to_dict()
                warnings.append(warnings_item)




        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "number": number,
            "params": params,
            "attempt": attempt,
            "lease_expires": lease_expires,
        })
        if retry_of is not UNSET:
            field_dict["retry_of"] = retry_of
        if sampled_by is not UNSET:
            field_dict["sampled_by"] = sampled_by
        if sampling_reason is not UNSET:
            field_dict["sampling_reason"] = sampling_reason
        if holdout is not UNSET:
            field_dict["holdout"] = holdout
        if user_attrs is not UNSET:
            field_dict["user_attrs"] = user_attrs
        if warnings is not UNSET:
            field_dict["warnings"] = warnings

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.field_error import FieldError # noqa: PLC0415
        from ..models.params import Params # noqa: PLC0415
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        d = dict(src_dict)
        number = d.pop("number")

        params = Params.from_dict(d.pop("params"))




        attempt = d.pop("attempt")

        lease_expires = datetime.datetime.fromisoformat(d.pop("lease_expires"))




        retry_of = d.pop("retry_of", UNSET)

        sampled_by = d.pop("sampled_by", UNSET)

        sampling_reason = d.pop("sampling_reason", UNSET)

        holdout = d.pop("holdout", UNSET)

        _user_attrs = d.pop("user_attrs", UNSET)
        user_attrs: UserAttrs | Unset
        if isinstance(_user_attrs,  Unset):
            user_attrs = UNSET
        else:
            user_attrs = UserAttrs.from_dict(_user_attrs)




        _warnings = d.pop("warnings", UNSET)
        warnings: list[FieldError] | Unset = UNSET
        if _warnings is not UNSET:
            warnings = []
            for warnings_item_data in _warnings:
                warnings_item = FieldError.from_dict(warnings_item_data)



                warnings.append(warnings_item)


        asked_trial = cls(
            number=number,
            params=params,
            attempt=attempt,
            lease_expires=lease_expires,
            retry_of=retry_of,
            sampled_by=sampled_by,
            sampling_reason=sampling_reason,
            holdout=holdout,
            user_attrs=user_attrs,
            warnings=warnings,
        )


        asked_trial.additional_properties = d
        return asked_trial

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
