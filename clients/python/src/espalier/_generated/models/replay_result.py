from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.any_time_point import AnyTimePoint
  from ..models.equal_regret import EqualRegret
  from ..models.estimate import Estimate
  from ..models.protect import Protect
  from ..models.pruner import Pruner
  from ..models.quota import Quota
  from ..models.regret import Regret
  from ..models.replay_censored import ReplayCensored
  from ..models.replay_decision import ReplayDecision
  from ..models.replay_false_prunes import ReplayFalsePrunes
  from ..models.replay_result_saved import ReplayResultSaved
  from ..models.replay_rule import ReplayRule





T = TypeVar("T", bound="ReplayResult")



@_attrs_define
class ReplayResult:
    """ Says what one pruner would have done.

     """

    name: str
    pruner: Pruner
    """ When a running trial is stopped early: a tree of rules, at most 16 deep. A node is a `type` and its options;
    every node's verdict is
    `fire`, `pass` or `unknown` (not enough data). `GET /v1/pruners` publishes each type's options as JSON Schema;
    they are checked strictly, and a fault is named by its pointer.
     """
    saved: ReplayResultSaved
    """ By resource """
    cut: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    best_lost: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    top_tenth_lost: Estimate
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    regret_requirement: Regret
    """ In the objective's unit, at least 0. A study in which nothing was left to select counts as if its worst
    value had been.
     """
    regret_proxy: Regret
    """ In the objective's unit, at least 0. A study in which nothing was left to select counts as if its worst
    value had been.
     """
    false_prunes: ReplayFalsePrunes
    """ Compares each trial that is cut with the incumbent at that moment: it was wrong if the trial would have
    ended better, within the constraints. Random is the same of a pruner that cuts as many trials as late, but which
    ones is left to chance.
     """
    equal_regret: EqualRegret
    """ Compares what it costs to come within a tolerance of the best feasible value of a study. A study that never
    does is charged what all of it costs without a pruner.
     """
    any_time: list[AnyTimePoint]
    by_rule: list[ReplayRule]
    holdout: float | Unset = UNSET
    protect: Protect | Unset = UNSET
    """ Trials that predictions of quality spare while they are so good. """
    quota: Quota | Unset = UNSET
    """ Bounds what predictions of quality may prune in all. """
    best_feasible_lost: Estimate | Unset = UNSET
    """ A figure and its interval; each is left out where it is not known, the interval of a single study always.
    What the interval is, and is not, says ReplayResponse.
     """
    censored: ReplayCensored | Unset = UNSET
    """ Says what the recording cannot answer: trials that a pruner had cut short. Where the replay would have let
    one run on, the figures take it to run to its last step at its own cost per step and to end without a value.
    What is saved is at least, and at most, what follows if all such trials ended where the recording does, or the
    ones that run on end there and the others would have run to the last step.
     """
    decisions: list[ReplayDecision] | Unset = UNSET
    """ In the recorded order """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.any_time_point import AnyTimePoint # noqa: PLC0415
        from ..models.equal_regret import EqualRegret # noqa: PLC0415
        from ..models.estimate import Estimate # noqa: PLC0415
        from ..models.protect import Protect # noqa: PLC0415
        from ..models.pruner import Pruner # noqa: PLC0415
        from ..models.quota import Quota # noqa: PLC0415
        from ..models.regret import Regret # noqa: PLC0415
        from ..models.replay_censored import ReplayCensored # noqa: PLC0415
        from ..models.replay_decision import ReplayDecision # noqa: PLC0415
        from ..models.replay_false_prunes import ReplayFalsePrunes # noqa: PLC0415
        from ..models.replay_result_saved import ReplayResultSaved # noqa: PLC0415
        from ..models.replay_rule import ReplayRule # noqa: PLC0415
        name = self.name

        pruner = self.pruner.to_dict()

        saved = self.saved.to_dict()

        cut = self.cut.to_dict()

        best_lost = self.best_lost.to_dict()

        top_tenth_lost = self.top_tenth_lost.to_dict()

        regret_requirement = self.regret_requirement.to_dict()

        regret_proxy = self.regret_proxy.to_dict()

        false_prunes = self.false_prunes.to_dict()

        equal_regret = self.equal_regret.to_dict()

        any_time = []
        for any_time_item_data in self.any_time:
            any_time_item = any_time_item_data.to_dict()
            any_time.append(any_time_item)



        by_rule = []
        for by_rule_item_data in self.by_rule:
            by_rule_item = by_rule_item_data.to_dict()
            by_rule.append(by_rule_item)



        holdout = self.holdout

        protect: dict[str, Any] | Unset = UNSET
        if not isinstance(self.protect, Unset):
            protect = self.protect.to_dict()

        quota: dict[str, Any] | Unset = UNSET
        if not isinstance(self.quota, Unset):
            quota = self.quota.to_dict()

        best_feasible_lost: dict[str, Any] | Unset = UNSET
        if not isinstance(self.best_feasible_lost, Unset):
            best_feasible_lost = self.best_feasible_lost.to_dict()

        censored: dict[str, Any] | Unset = UNSET
        if not isinstance(self.censored, Unset):
            censored = self.censored.to_dict()

        decisions: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.decisions, Unset):
            decisions = []
            for decisions_item_data in self.decisions:
                decisions_item = decisions_item_data.to_dict()
                decisions.append(decisions_item)




        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "name": name,
            "pruner": pruner,
            "saved": saved,
            "cut": cut,
            "best_lost": best_lost,
            "top_tenth_lost": top_tenth_lost,
            "regret_requirement": regret_requirement,
            "regret_proxy": regret_proxy,
            "false_prunes": false_prunes,
            "equal_regret": equal_regret,
            "any_time": any_time,
            "by_rule": by_rule,
        })
        if holdout is not UNSET:
            field_dict["holdout"] = holdout
        if protect is not UNSET:
            field_dict["protect"] = protect
        if quota is not UNSET:
            field_dict["quota"] = quota
        if best_feasible_lost is not UNSET:
            field_dict["best_feasible_lost"] = best_feasible_lost
        if censored is not UNSET:
            field_dict["censored"] = censored
        if decisions is not UNSET:
            field_dict["decisions"] = decisions

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.any_time_point import AnyTimePoint # noqa: PLC0415
        from ..models.equal_regret import EqualRegret # noqa: PLC0415
        from ..models.estimate import Estimate # noqa: PLC0415
        from ..models.protect import Protect # noqa: PLC0415
        from ..models.pruner import Pruner # noqa: PLC0415
        from ..models.quota import Quota # noqa: PLC0415
        from ..models.regret import Regret # noqa: PLC0415
        from ..models.replay_censored import ReplayCensored # noqa: PLC0415
        from ..models.replay_decision import ReplayDecision # noqa: PLC0415
        from ..models.replay_false_prunes import ReplayFalsePrunes # noqa: PLC0415
        from ..models.replay_result_saved import ReplayResultSaved # noqa: PLC0415
        from ..models.replay_rule import ReplayRule # noqa: PLC0415
        d = dict(src_dict)
        name = d.pop("name")

        pruner = Pruner.from_dict(d.pop("pruner"))




        saved = ReplayResultSaved.from_dict(d.pop("saved"))




        cut = Estimate.from_dict(d.pop("cut"))




        best_lost = Estimate.from_dict(d.pop("best_lost"))




        top_tenth_lost = Estimate.from_dict(d.pop("top_tenth_lost"))




        regret_requirement = Regret.from_dict(d.pop("regret_requirement"))




        regret_proxy = Regret.from_dict(d.pop("regret_proxy"))




        false_prunes = ReplayFalsePrunes.from_dict(d.pop("false_prunes"))




        equal_regret = EqualRegret.from_dict(d.pop("equal_regret"))




        any_time = []
        _any_time = d.pop("any_time")
        for any_time_item_data in (_any_time):
            any_time_item = AnyTimePoint.from_dict(any_time_item_data)



            any_time.append(any_time_item)


        by_rule = []
        _by_rule = d.pop("by_rule")
        for by_rule_item_data in (_by_rule):
            by_rule_item = ReplayRule.from_dict(by_rule_item_data)



            by_rule.append(by_rule_item)


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




        _best_feasible_lost = d.pop("best_feasible_lost", UNSET)
        best_feasible_lost: Estimate | Unset
        if isinstance(_best_feasible_lost,  Unset):
            best_feasible_lost = UNSET
        else:
            best_feasible_lost = Estimate.from_dict(_best_feasible_lost)




        _censored = d.pop("censored", UNSET)
        censored: ReplayCensored | Unset
        if isinstance(_censored,  Unset):
            censored = UNSET
        else:
            censored = ReplayCensored.from_dict(_censored)




        _decisions = d.pop("decisions", UNSET)
        decisions: list[ReplayDecision] | Unset = UNSET
        if _decisions is not UNSET:
            decisions = []
            for decisions_item_data in _decisions:
                decisions_item = ReplayDecision.from_dict(decisions_item_data)



                decisions.append(decisions_item)


        replay_result = cls(
            name=name,
            pruner=pruner,
            saved=saved,
            cut=cut,
            best_lost=best_lost,
            top_tenth_lost=top_tenth_lost,
            regret_requirement=regret_requirement,
            regret_proxy=regret_proxy,
            false_prunes=false_prunes,
            equal_regret=equal_regret,
            any_time=any_time,
            by_rule=by_rule,
            holdout=holdout,
            protect=protect,
            quota=quota,
            best_feasible_lost=best_feasible_lost,
            censored=censored,
            decisions=decisions,
        )


        replay_result.additional_properties = d
        return replay_result

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
