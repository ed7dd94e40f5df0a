from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.protect import Protect
  from ..models.pruner import Pruner
  from ..models.quota import Quota





T = TypeVar("T", bound="ReplayPruner")



@_attrs_define
class ReplayPruner:
    """ One pruner that is replayed, with what bounds it.

     """

    pruner: Pruner
    """ When a running trial is stopped early: a tree of rules, at most 16 deep. A node is a `type` and its options;
    every node's verdict is
    `fire`, `pass` or `unknown` (not enough data). `GET /v1/pruners` publishes each type's options as JSON Schema;
    they are checked strictly, and a fault is named by its pointer.
     """
    name: str | Unset = UNSET
    holdout: float | Unset = UNSET
    """ Share of the trials that no prediction prunes - every 1/holdout-th, from a phase the seed gives. What
    pruners would have done is logged, so that false
    prunes can be counted. A limit that was crossed prunes them too. Left out - 0.05 with a preset as the pruner,
    else 0.
     """
    protect: Protect | Unset = UNSET
    """ Trials that predictions of quality spare while they are so good. """
    quota: Quota | Unset = UNSET
    """ Bounds what predictions of quality may prune in all. """





    def to_dict(self) -> dict[str, Any]:
        from ..models.protect import Protect # noqa: PLC0415
        from ..models.pruner import Pruner # noqa: PLC0415
        from ..models.quota import Quota # noqa: PLC0415
        pruner = self.pruner.to_dict()

        name = self.name

        holdout = self.holdout

        protect: dict[str, Any] | Unset = UNSET
        if not isinstance(self.protect, Unset):
            protect = self.protect.to_dict()

        quota: dict[str, Any] | Unset = UNSET
        if not isinstance(self.quota, Unset):
            quota = self.quota.to_dict()


        field_dict: dict[str, Any] = {}

        field_dict.update({
            "pruner": pruner,
        })
        if name is not UNSET:
            field_dict["name"] = name
        if holdout is not UNSET:
            field_dict["holdout"] = holdout
        if protect is not UNSET:
            field_dict["protect"] = protect
        if quota is not UNSET:
            field_dict["quota"] = quota

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.protect import Protect # noqa: PLC0415
        from ..models.pruner import Pruner # noqa: PLC0415
        from ..models.quota import Quota # noqa: PLC0415
        d = dict(src_dict)
        pruner = Pruner.from_dict(d.pop("pruner"))




        name = d.pop("name", UNSET)

        holdout = d.pop("holdout", UNSET)

        _protect = d.pop("protect", UNSET)
        protect: Protect | Unset
        if isinstance(_protect,  Unset):
            protect = UNSET
        else:
            protect = Protect.from_dict(_protect)




        _quota = d.pop("quota", UNSET)
        quota: Quota | Unset
        if isinstance(_quota,  Unset):
            quota = UNSET
        else:
            quota = Quota.from_dict(_quota)




        replay_pruner = cls(
            pruner=pruner,
            name=name,
            holdout=holdout,
            protect=protect,
            quota=quota,
        )

        return replay_pruner

