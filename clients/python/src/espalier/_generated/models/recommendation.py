from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.estimate import Estimate
  from ..models.pruner import Pruner
  from ..models.replay_result import ReplayResult
  from ..models.replay_tried import ReplayTried





T = TypeVar("T", bound="Recommendation")



@_attrs_define
class Recommendation:
    """ The pruner that saved the most on one half of the settings among those that kept to the bounds, with its figures on
    the other half.

     """

    found: bool
    sentence: str
    candidates: int
    """ That were tried """
    qualified: int
    """ On the first half """
    holds: bool
    """ The bounds hold on the second half as well """
    max_regret: float
    regret_above: Estimate | Unset = UNSET
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    pruner: Pruner | Unset = UNSET
    """ When a running trial is stopped early: a tree of rules, at most 16 deep. A node is a `type` and its options;
    every node's verdict is
    `fire`, `pass` or `unknown` (not enough data). `GET /v1/pruners` publishes each type's options as JSON Schema;
    they are checked strictly, and a fault is named by its pointer.
     """
    searched: ReplayResult | Unset = UNSET
    """ Says what one pruner would have done.
     """
    confirmed: ReplayResult | Unset = UNSET
    """ Says what one pruner would have done.
     """
    tried: list[ReplayTried] | Unset = UNSET
    """ All candidates with their figures on the first half. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.estimate import Estimate # noqa: PLC0415
        from ..models.pruner import Pruner # noqa: PLC0415
        from ..models.replay_result import ReplayResult # noqa: PLC0415
        from ..models.replay_tried import ReplayTried # noqa: PLC0415
        found = self.found

        sentence = self.sentence

        candidates = self.candidates

        qualified = self.qualified

        holds = self.holds

        max_regret = self.max_regret

        regret_above: dict[str, Any] | Unset = UNSET
        if not isinstance(self.regret_above, Unset):
            regret_above = self.regret_above.to_dict()

        pruner: dict[str, Any] | Unset = UNSET
        if not isinstance(self.pruner, Unset):
            pruner = self.pruner.to_dict()

        searched: dict[str, Any] | Unset = UNSET
        if not isinstance(self.searched, Unset):
            searched = self.searched.to_dict()

        confirmed: dict[str, Any] | Unset = UNSET
        if not isinstance(self.confirmed, Unset):
            confirmed = self.confirmed.to_dict()

        tried: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.tried, Unset):
            tried = []
            for tried_item_data in self.tried:
                tried_item = tried_item_data.to_dict()
                tried.append(tried_item)




        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "found": found,
            "sentence": sentence,
            "candidates": candidates,
            "qualified": qualified,
            "holds": holds,
            "max_regret": max_regret,
        })
        if regret_above is not UNSET:
            field_dict["regret_above"] = regret_above
        if pruner is not UNSET:
            field_dict["pruner"] = pruner
        if searched is not UNSET:
            field_dict["searched"] = searched
        if confirmed is not UNSET:
            field_dict["confirmed"] = confirmed
        if tried is not UNSET:
            field_dict["tried"] = tried

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.estimate import Estimate # noqa: PLC0415
        from ..models.pruner import Pruner # noqa: PLC0415
        from ..models.replay_result import ReplayResult # noqa: PLC0415
        from ..models.replay_tried import ReplayTried # noqa: PLC0415
        d = dict(src_dict)
        found = d.pop("found")

        sentence = d.pop("sentence")

        candidates = d.pop("candidates")

        qualified = d.pop("qualified")

        holds = d.pop("holds")

        max_regret = d.pop("max_regret")

        _regret_above = d.pop("regret_above", UNSET)
        regret_above: Estimate | Unset
        if isinstance(_regret_above,  Unset):
            regret_above = UNSET
        else:
            regret_above = Estimate.from_dict(_regret_above)




        _pruner = d.pop("pruner", UNSET)
        pruner: Pruner | Unset
        if isinstance(_pruner,  Unset):
            pruner = UNSET
        else:
            pruner = Pruner.from_dict(_pruner)




        _searched = d.pop("searched", UNSET)
        searched: ReplayResult | Unset
        if isinstance(_searched,  Unset):
            searched = UNSET
        else:
            searched = ReplayResult.from_dict(_searched)




        _confirmed = d.pop("confirmed", UNSET)
        confirmed: ReplayResult | Unset
        if isinstance(_confirmed,  Unset):
            confirmed = UNSET
        else:
            confirmed = ReplayResult.from_dict(_confirmed)




        _tried = d.pop("tried", UNSET)
        tried: list[ReplayTried] | Unset = UNSET
        if _tried is not UNSET:
            tried = []
            for tried_item_data in _tried:
                tried_item = ReplayTried.from_dict(tried_item_data)



                tried.append(tried_item)


        recommendation = cls(
            found=found,
            sentence=sentence,
            candidates=candidates,
            qualified=qualified,
            holds=holds,
            max_regret=max_regret,
            regret_above=regret_above,
            pruner=pruner,
            searched=searched,
            confirmed=confirmed,
            tried=tried,
        )


        recommendation.additional_properties = d
        return recommendation

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
