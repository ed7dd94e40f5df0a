from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.stop_utility import StopUtility





T = TypeVar("T", bound="Stop")



@_attrs_define
class Stop:
    """ Ends the study by itself, with the rule as `stop_reason`. The rules read the COMPLETE trials that are not known to
    be infeasible, of a study with one objective.

     """

    target: float | Unset = UNSET
    """ Stops once a trial is at least as good. """
    no_improvement_trials: int | Unset = UNSET
    """ Stops when so many trials in a row ended without a new best. """
    min_improvement: float | Unset = UNSET
    """ By how much a new best must be better to count; left out - any. """
    regret_below: float | Unset = UNSET
    """ Stops when, with 95 % confidence, no trial drawn as the ones so far is better than the best by more than
    this (the noise of the objective, say). """
    min_trials: int | Unset = UNSET
    """ COMPLETE trials before `regret_below` is asked; left out - 20. """
    utility: StopUtility | Unset = UNSET
    """ Stops when a trial won less, of late, than it cost. """





    def to_dict(self) -> dict[str, Any]:
        from ..models.stop_utility import StopUtility # noqa: PLC0415
        target = self.target

        no_improvement_trials = self.no_improvement_trials

        min_improvement = self.min_improvement

        regret_below = self.regret_below

        min_trials = self.min_trials

        utility: dict[str, Any] | Unset = UNSET
        if not isinstance(self.utility, Unset):
            utility = self.utility.to_dict()


        field_dict: dict[str, Any] = {}

        field_dict.update({
        })
        if target is not UNSET:
            field_dict["target"] = target
        if no_improvement_trials is not UNSET:
            field_dict["no_improvement_trials"] = no_improvement_trials
        if min_improvement is not UNSET:
            field_dict["min_improvement"] = min_improvement
        if regret_below is not UNSET:
            field_dict["regret_below"] = regret_below
        if min_trials is not UNSET:
            field_dict["min_trials"] = min_trials
        if utility is not UNSET:
            field_dict["utility"] = utility

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.stop_utility import StopUtility # noqa: PLC0415
        d = dict(src_dict)
        target = d.pop("target", UNSET)

        no_improvement_trials = d.pop("no_improvement_trials", UNSET)

        min_improvement = d.pop("min_improvement", UNSET)

        regret_below = d.pop("regret_below", UNSET)

        min_trials = d.pop("min_trials", UNSET)

        _utility = d.pop("utility", UNSET)
        utility: StopUtility | Unset
        if isinstance(_utility,  Unset):
            utility = UNSET
        else:
            utility = StopUtility.from_dict(_utility)




        stop = cls(
            target=target,
            no_improvement_trials=no_improvement_trials,
            min_improvement=min_improvement,
            regret_below=regret_below,
            min_trials=min_trials,
            utility=utility,
        )

        return stop

