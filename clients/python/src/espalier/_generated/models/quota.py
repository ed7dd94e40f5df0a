from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset






T = TypeVar("T", bound="Quota")



@_attrs_define
class Quota:
    """ Bounds what predictions of quality may prune in all.

     """

    max_prune_fraction: float | Unset = UNSET
    """ Of the last `per_trials` trials that ended; left out - 0.8. """
    per_trials: int | Unset = UNSET
    """ Left out - 20. """
    min_live: int | Unset = UNSET
    """ So many running trials always stay; left out - 1. """





    def to_dict(self) -> dict[str, Any]:
        max_prune_fraction = self.max_prune_fraction

        per_trials = self.per_trials

        min_live = self.min_live


        field_dict: dict[str, Any] = {}

        field_dict.update({
        })
        if max_prune_fraction is not UNSET:
            field_dict["max_prune_fraction"] = max_prune_fraction
        if per_trials is not UNSET:
            field_dict["per_trials"] = per_trials
        if min_live is not UNSET:
            field_dict["min_live"] = min_live

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        max_prune_fraction = d.pop("max_prune_fraction", UNSET)

        per_trials = d.pop("per_trials", UNSET)

        min_live = d.pop("min_live", UNSET)

        quota = cls(
            max_prune_fraction=max_prune_fraction,
            per_trials=per_trials,
            min_live=min_live,
        )

        return quota

