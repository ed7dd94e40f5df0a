from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.decision_mode import check_decision_mode
from ..models.decision_mode import DecisionMode
from ..models.decision_predicts import check_decision_predicts
from ..models.decision_predicts import DecisionPredicts
from ..models.decision_reason import check_decision_reason
from ..models.decision_reason import DecisionReason
from ..models.float_type_1 import check_float_type_1
from ..models.float_type_1 import FloatType1
from ..models.spared_by import check_spared_by
from ..models.spared_by import SparedBy
from ..models.trial_state import check_trial_state
from ..models.trial_state import TrialState
from ..types import UNSET, Unset
from typing import cast
import datetime

if TYPE_CHECKING:
  from ..models.explanation import Explanation
  from ..models.metrics import Metrics





T = TypeVar("T", bound="Decision")



@_attrs_define
class Decision:
    

    trial: int
    state: TrialState
    """ Optuna's trial states. """
    should_prune: bool
    mode: DecisionMode
    """ `shadow` and `spared` - what fired is only logged, `should_prune` stays false. `spared` - it would have
    pruned, if holdout, protect or quota had not spared the trial. """
    reason: DecisionReason | Unset = UNSET
    """ Whose decision it is. """
    decided_by: str | Unset = UNSET
    """ Label (or type) of the deciding rule. """
    explanation: Explanation | Unset = UNSET
    """ A node of the pruner with its verdict. A resource rule and a quality rule read alike - observed, limit,
    predicted, margin. """
    counterfactual: str | Unset = UNSET
    """ The nearest change that would have turned the verdict, in one sentence. """
    spared_by: SparedBy | Unset = UNSET
    """ What spared a trial. """
    predicts: DecisionPredicts | Unset = UNSET
    """ What the deciding rule predicts; left out of a limit that was crossed. """
    saved_estimate: Metrics | Unset = UNSET
    """ Floats by metric name (`MetricName`); model, application and `system/` metrics in one flat map. """
    incumbent: float | FloatType1 | Unset = UNSET
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    pruner_version: int | Unset = UNSET
    step: int | Unset = UNSET
    """ The step it was made at. """
    ignored: bool | Unset = UNSET
    """ This step or seq had been reported before; its first values stay. """
    lease_expires: datetime.datetime | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.explanation import Explanation # noqa: PLC0415
        from ..models.metrics import Metrics # noqa: PLC0415
        trial = self.trial

        state: str = self.state

        should_prune = self.should_prune

        mode: str = self.mode

        reason: str | Unset = UNSET
        if not isinstance(self.reason, Unset):
            reason = self.reason


        decided_by = self.decided_by

        explanation: dict[str, Any] | Unset = UNSET
        if not isinstance(self.explanation, Unset):
            explanation = self.explanation.to_dict()

        counterfactual = self.counterfactual

        spared_by: str | Unset = UNSET
        if not isinstance(self.spared_by, Unset):
            spared_by = self.spared_by


        predicts: str | Unset = UNSET
        if not isinstance(self.predicts, Unset):
            predicts = self.predicts


        saved_estimate: dict[str, Any] | Unset = UNSET
        if not isinstance(self.saved_estimate, Unset):
            saved_estimate = self.saved_estimate.to_dict()

        incumbent: float | str | Unset
        if isinstance(self.incumbent, Unset):
            incumbent = UNSET
        elif isinstance(self.incumbent, str):
            incumbent = self.incumbent
        else:
            incumbent = self.incumbent

        pruner_version = self.pruner_version

        step = self.step

        ignored = self.ignored

        lease_expires: str | Unset = UNSET
        if not isinstance(self.lease_expires, Unset):
            lease_expires = self.lease_expires.isoformat()


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "trial": trial,
            "state": state,
            "should_prune": should_prune,
            "mode": mode,
        })
        if reason is not UNSET:
            field_dict["reason"] = reason
        if decided_by is not UNSET:
            field_dict["decided_by"] = decided_by
        if explanation is not UNSET:
            field_dict["explanation"] = explanation
        if counterfactual is not UNSET:
            field_dict["counterfactual"] = counterfactual
        if spared_by is not UNSET:
            field_dict["spared_by"] = spared_by
        if predicts is not UNSET:
            field_dict["predicts"] = predicts
        if saved_estimate is not UNSET:
            field_dict["saved_estimate"] = saved_estimate
        if incumbent is not UNSET:
            field_dict["incumbent"] = incumbent
        if pruner_version is not UNSET:
            field_dict["pruner_version"] = pruner_version
        if step is not UNSET:
            field_dict["step"] = step
        if ignored is not UNSET:
            field_dict["ignored"] = ignored
        if lease_expires is not UNSET:
            field_dict["lease_expires"] = lease_expires

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.explanation import Explanation # noqa: PLC0415
        from ..models.metrics import Metrics # noqa: PLC0415
        d = dict(src_dict)
        trial = d.pop("trial")

        state = check_trial_state(d.pop("state"))




        should_prune = d.pop("should_prune")

        mode = check_decision_mode(d.pop("mode"))




        _reason = d.pop("reason", UNSET)
        reason: DecisionReason | Unset
        if isinstance(_reason,  Unset):
            reason = UNSET
        else:
            reason = check_decision_reason(_reason)




        decided_by = d.pop("decided_by", UNSET)

        _explanation = d.pop("explanation", UNSET)
        explanation: Explanation | Unset
        if isinstance(_explanation,  Unset):
            explanation = UNSET
        else:
            explanation = Explanation.from_dict(_explanation)




        counterfactual = d.pop("counterfactual", UNSET)

        _spared_by = d.pop("spared_by", UNSET)
        spared_by: SparedBy | Unset
        if isinstance(_spared_by,  Unset):
            spared_by = UNSET
        else:
            spared_by = check_spared_by(_spared_by)




        _predicts = d.pop("predicts", UNSET)
        predicts: DecisionPredicts | Unset
        if isinstance(_predicts,  Unset):
            predicts = UNSET
        else:
            predicts = check_decision_predicts(_predicts)




        _saved_estimate = d.pop("saved_estimate", UNSET)
        saved_estimate: Metrics | Unset
        if isinstance(_saved_estimate,  Unset):
            saved_estimate = UNSET
        else:
            saved_estimate = Metrics.from_dict(_saved_estimate)




        def _parse_incumbent(data: object) -> float | FloatType1 | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                componentsschemas_float_type_1 = check_float_type_1(data)



                return componentsschemas_float_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(float | FloatType1 | Unset, data)

        incumbent = _parse_incumbent(d.pop("incumbent", UNSET))


        pruner_version = d.pop("pruner_version", UNSET)

        step = d.pop("step", UNSET)

        ignored = d.pop("ignored", UNSET)

        _lease_expires = d.pop("lease_expires", UNSET)
        lease_expires: datetime.datetime | Unset
        if isinstance(_lease_expires,  Unset):
            lease_expires = UNSET
        else:
            lease_expires = datetime.datetime.fromisoformat(_lease_expires)




        decision = cls(
            trial=trial,
            state=state,
            should_prune=should_prune,
            mode=mode,
            reason=reason,
            decided_by=decided_by,
            explanation=explanation,
            counterfactual=counterfactual,
            spared_by=spared_by,
            predicts=predicts,
            saved_estimate=saved_estimate,
            incumbent=incumbent,
            pruner_version=pruner_version,
            step=step,
            ignored=ignored,
            lease_expires=lease_expires,
        )


        decision.additional_properties = d
        return decision

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
