from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast






T = TypeVar("T", bound="BudgetPatch")



@_attrs_define
class BudgetPatch:
    """ A limit set to null is removed.

     """

    max_trials: int | None | Unset = UNSET
    wall_seconds: float | None | Unset = UNSET
    trial_seconds: float | None | Unset = UNSET
    cpu_seconds: float | None | Unset = UNSET
    gpu_seconds: float | None | Unset = UNSET
    energy_joules: float | None | Unset = UNSET
    cost: float | None | Unset = UNSET





    def to_dict(self) -> dict[str, Any]:
        max_trials: int | None | Unset
        if isinstance(self.max_trials, Unset):
            max_trials = UNSET
        else:
            max_trials = self.max_trials

        wall_seconds: float | None | Unset
        if isinstance(self.wall_seconds, Unset):
            wall_seconds = UNSET
        else:
            wall_seconds = self.wall_seconds

        trial_seconds: float | None | Unset
        if isinstance(self.trial_seconds, Unset):
            trial_seconds = UNSET
        else:
            trial_seconds = self.trial_seconds

        cpu_seconds: float | None | Unset
        if isinstance(self.cpu_seconds, Unset):
            cpu_seconds = UNSET
        else:
            cpu_seconds = self.cpu_seconds

        gpu_seconds: float | None | Unset
        if isinstance(self.gpu_seconds, Unset):
            gpu_seconds = UNSET
        else:
            gpu_seconds = self.gpu_seconds

        energy_joules: float | None | Unset
        if isinstance(self.energy_joules, Unset):
            energy_joules = UNSET
        else:
            energy_joules = self.energy_joules

        cost: float | None | Unset
        if isinstance(self.cost, Unset):
            cost = UNSET
        else:
            cost = self.cost


        field_dict: dict[str, Any] = {}

        field_dict.update({
        })
        if max_trials is not UNSET:
            field_dict["max_trials"] = max_trials
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
        def _parse_max_trials(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_trials = _parse_max_trials(d.pop("max_trials", UNSET))


        def _parse_wall_seconds(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        wall_seconds = _parse_wall_seconds(d.pop("wall_seconds", UNSET))


        def _parse_trial_seconds(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        trial_seconds = _parse_trial_seconds(d.pop("trial_seconds", UNSET))


        def _parse_cpu_seconds(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        cpu_seconds = _parse_cpu_seconds(d.pop("cpu_seconds", UNSET))


        def _parse_gpu_seconds(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        gpu_seconds = _parse_gpu_seconds(d.pop("gpu_seconds", UNSET))


        def _parse_energy_joules(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        energy_joules = _parse_energy_joules(d.pop("energy_joules", UNSET))


        def _parse_cost(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        cost = _parse_cost(d.pop("cost", UNSET))


        budget_patch = cls(
            max_trials=max_trials,
            wall_seconds=wall_seconds,
            trial_seconds=trial_seconds,
            cpu_seconds=cpu_seconds,
            gpu_seconds=gpu_seconds,
            energy_joules=energy_joules,
            cost=cost,
        )

        return budget_patch

