from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.false_prunes import FalsePrunes
  from ..models.pruner_cost import PrunerCost
  from ..models.rule_savings import RuleSavings
  from ..models.savings_resources import SavingsResources
  from ..models.trial_counts import TrialCounts





T = TypeVar("T", bound="Savings")



@_attrs_define
class Savings:
    

    counterfactual: str
    """ What the savings are measured against. """
    trial_counts: TrialCounts
    pruned_trials: int
    refused_points: int
    """ Points that a rule refused before they were tried. """
    resources: SavingsResources
    """ By resource - steps, wall_seconds, cpu_seconds, gpu_seconds, energy_joules, cost, co2_grams; what was not
    measured is left out. """
    by_rule: list[RuleSavings]
    false_prunes: FalsePrunes
    pruner: PrunerCost
    """ What judging cost since the study was loaded into memory. """
    last_step: int | Unset = UNSET
    """ Of a full trial; left out while it is not known. """
    notes: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.false_prunes import FalsePrunes # noqa: PLC0415
        from ..models.pruner_cost import PrunerCost # noqa: PLC0415
        from ..models.rule_savings import RuleSavings # noqa: PLC0415
        from ..models.savings_resources import SavingsResources # noqa: PLC0415
        from ..models.trial_counts import TrialCounts # noqa: PLC0415
        counterfactual = self.counterfactual

        trial_counts = self.trial_counts.to_dict()

        pruned_trials = self.pruned_trials

        refused_points = self.refused_points

        resources = self.resources.to_dict()

        by_rule = []
        for by_rule_item_data in self.by_rule:
            by_rule_item = by_rule_item_data.to_dict()
            by_rule.append(by_rule_item)



        false_prunes = self.false_prunes.to_dict()

        pruner = self.pruner.to_dict()

        last_step = self.last_step

        notes: list[str] | Unset = UNSET
        if not isinstance(self.notes, Unset):
            notes = self.notes




        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "counterfactual": counterfactual,
            "trial_counts": trial_counts,
            "pruned_trials": pruned_trials,
            "refused_points": refused_points,
            "resources": resources,
            "by_rule": by_rule,
            "false_prunes": false_prunes,
            "pruner": pruner,
        })
        if last_step is not UNSET:
            field_dict["last_step"] = last_step
        if notes is not UNSET:
            field_dict["notes"] = notes

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.false_prunes import FalsePrunes # noqa: PLC0415
        from ..models.pruner_cost import PrunerCost # noqa: PLC0415
        from ..models.rule_savings import RuleSavings # noqa: PLC0415
        from ..models.savings_resources import SavingsResources # noqa: PLC0415
        from ..models.trial_counts import TrialCounts # noqa: PLC0415
        d = dict(src_dict)
        counterfactual = d.pop("counterfactual")

        trial_counts = TrialCounts.from_dict(d.pop("trial_counts"))




        pruned_trials = d.pop("pruned_trials")

        refused_points = d.pop("refused_points")

        resources = SavingsResources.from_dict(d.pop("resources"))




        by_rule = []
        _by_rule = d.pop("by_rule")
        for by_rule_item_data in (_by_rule):
            by_rule_item = RuleSavings.from_dict(by_rule_item_data)



            by_rule.append(by_rule_item)


        false_prunes = FalsePrunes.from_dict(d.pop("false_prunes"))




        pruner = PrunerCost.from_dict(d.pop("pruner"))




        last_step = d.pop("last_step", UNSET)

        notes = cast(list[str], d.pop("notes", UNSET))


        savings = cls(
            counterfactual=counterfactual,
            trial_counts=trial_counts,
            pruned_trials=pruned_trials,
            refused_points=refused_points,
            resources=resources,
            by_rule=by_rule,
            false_prunes=false_prunes,
            pruner=pruner,
            last_step=last_step,
            notes=notes,
        )


        savings.additional_properties = d
        return savings

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
