from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.problem import Problem
  from ..models.trial import Trial





T = TypeVar("T", bound="TellResult")



@_attrs_define
class TellResult:
    """ Either `trial` or `problem`.

     """

    trial: Trial | Unset = UNSET
    problem: Problem | Unset = UNSET
    """ RFC 9457, with a stable `code` and the places of bad input. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.problem import Problem # noqa: PLC0415
        from ..models.trial import Trial # noqa: PLC0415
        trial: dict[str, Any] | Unset = UNSET
        if not isinstance(self.trial, Unset):
            trial = self.trial.to_dict()

        problem: dict[str, Any] | Unset = UNSET
        if not isinstance(self.problem, Unset):
            problem = self.problem.to_dict()


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
        })
        if trial is not UNSET:
            field_dict["trial"] = trial
        if problem is not UNSET:
            field_dict["problem"] = problem

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.problem import Problem # noqa: PLC0415
        from ..models.trial import Trial # noqa: PLC0415
        d = dict(src_dict)
        _trial = d.pop("trial", UNSET)
        trial: Trial | Unset
        if isinstance(_trial,  Unset):
            trial = UNSET
        else:
            trial = Trial.from_dict(_trial)




        _problem = d.pop("problem", UNSET)
        problem: Problem | Unset
        if isinstance(_problem,  Unset):
            problem = UNSET
        else:
            problem = Problem.from_dict(_problem)




        tell_result = cls(
            trial=trial,
            problem=problem,
        )


        tell_result.additional_properties = d
        return tell_result

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
