from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset






T = TypeVar("T", bound="Amounts")



@_attrs_define
class Amounts:
    """ Amounts by unit; what was not measured is left out.

     """

    trials: float | Unset = UNSET
    wall_seconds: float | Unset = UNSET
    """ The clock since the first ask. """
    trial_seconds: float | Unset = UNSET
    """ The sum over the trials of how long each took. """
    cpu_seconds: float | Unset = UNSET
    gpu_seconds: float | Unset = UNSET
    energy_joules: float | Unset = UNSET
    cost: float | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        trials = self.trials

        wall_seconds = self.wall_seconds

        trial_seconds = self.trial_seconds

        cpu_seconds = self.cpu_seconds

        gpu_seconds = self.gpu_seconds

        energy_joules = self.energy_joules

        cost = self.cost


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
        })
        if trials is not UNSET:
            field_dict["trials"] = trials
        if wall_seconds is not UNSET:
            field_dict["wall_seconds"] = wall_seconds
        if trial_seconds is not UNSET:
            field_dict["trial_seconds"] = trial_seconds
        if cpu_seconds is not UNSET:
            field_dict["cpu_seconds"] = cpu_seconds
        if gpu_seconds is not UNSET:
            field_dict["gpu_seconds"] = gpu_seconds
        if energy_joules is not UNSET:
            field_dict["energy_joules"] = energy_joules
        if cost is not UNSET:
            field_dict["cost"] = cost

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        trials = d.pop("trials", UNSET)

        wall_seconds = d.pop("wall_seconds", UNSET)

        trial_seconds = d.pop("trial_seconds", UNSET)

        cpu_seconds = d.pop("cpu_seconds", UNSET)

        gpu_seconds = d.pop("gpu_seconds", UNSET)

        energy_joules = d.pop("energy_joules", UNSET)

        cost = d.pop("cost", UNSET)

        amounts = cls(
            trials=trials,
            wall_seconds=wall_seconds,
            trial_seconds=trial_seconds,
            cpu_seconds=cpu_seconds,
            gpu_seconds=gpu_seconds,
            energy_joules=energy_joules,
            cost=cost,
        )


        amounts.additional_properties = d
        return amounts

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
