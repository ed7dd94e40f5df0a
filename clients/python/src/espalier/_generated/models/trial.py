from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.float_type_1 import check_float_type_1
from ..models.float_type_1 import FloatType1
from ..models.trial_state import check_trial_state
from ..models.trial_state import TrialState
from ..types import UNSET, Unset
from typing import cast
import datetime

if TYPE_CHECKING:
  from ..models.constraint_result import ConstraintResult
  from ..models.decision import Decision
  from ..models.metrics import Metrics
  from ..models.params import Params
  from ..models.search_space import SearchSpace
  from ..models.trial_metrics import TrialMetrics
  from ..models.user_attrs import UserAttrs





T = TypeVar("T", bound="Trial")



@_attrs_define
class Trial:
    

    number: int
    state: TrialState
    """ Optuna's trial states. """
    params: Params
    """ Parameter values by name. A conditional parameter whose condition does not hold is absent. """
    distributions: SearchSpace
    """ Distributions by parameter name. """
    attempt: int
    """ 1, and one more for each retry. """
    user_attrs: UserAttrs
    """ Any JSON by name. """
    values: list[float | FloatType1] | Unset = UNSET
    """ Objective values, in order of the study's objectives; of COMPLETE trials only. """
    last_values: Metrics | Unset = UNSET
    """ Floats by metric name (`MetricName`); model, application and `system/` metrics in one flat map. """
    metrics: TrialMetrics | Unset = UNSET
    """ Summary of everything reported. """
    constraints: list[ConstraintResult] | Unset = UNSET
    """ In order of the study's constraints; after them what was told as `limits_crossed`, and, once it has ended,
    the limits of the pruner's rules. """
    feasible: bool | Unset = UNSET
    """ Left out while a constraint's metric has not been reported and none is violated. """
    violation: float | FloatType1 | Unset = UNSET
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    retry_of: int | Unset = UNSET
    """ The trial that FAILed and whose params these are. """
    decision: Decision | Unset = UNSET
    sampled_by: str | Unset = UNSET
    """ The sampler that suggested it; left out for params given by hand. """
    sampling_reason: str | Unset = UNSET
    """ Why that sampler, or where the params are from, in a sentence. """
    max_steps: int | Unset = UNSET
    """ As asked for; left out - the study's. """
    holdout: bool | Unset = UNSET
    """ No prediction prunes it. """
    worker: str | Unset = UNSET
    reason: str | Unset = UNSET
    """ Why it was PRUNED or FAILed, in a word. """
    error: str | Unset = UNSET
    datetime_start: datetime.datetime | Unset = UNSET
    datetime_complete: datetime.datetime | Unset = UNSET
    lease_expires: datetime.datetime | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.constraint_result import ConstraintResult # noqa: PLC0415
        from ..models.decision import Decision # noqa: PLC0415
        from ..models.metrics import Metrics # noqa: PLC0415
        from ..models.params import Params # noqa: PLC0415
        from ..models.search_space import SearchSpace # noqa: PLC0415
        from ..models.trial_metrics import TrialMetrics # noqa: PLC0415
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        number = self.number

        state: str = self.state

        params = self.params.to_dict()

        distributions = self.distributions.to_dict()

        attempt = self.attempt

        user_attrs = self.user_attrs.to_dict()

        values: list[float | str] | Unset = UNSET
        if not isinstance(self.values, Unset):
            values = []
            for values_item_data in self.values:
                values_item: float | str
                if isinstance(values_item_data, str):
                    values_item = values_item_data
                else:
                    values_item = values_item_data
                values.append(values_item)



        last_values: dict[str, Any] | Unset = UNSET
        if not isinstance(self.last_values, Unset):
            last_values = self.last_values.to_dict()

        metrics: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metrics, Unset):
            metrics = self.metrics.to_dict()

        constraints: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.constraints, Unset):
            constraints = []
            for constraints_item_data in self.constraints:
                constraints_item = constraints_item_data.to_dict()
                constraints.append(constraints_item)



        feasible = self.feasible

        violation: float | str | Unset
        if isinstance(self.violation, Unset):
            violation = UNSET
        elif isinstance(self.violation, str):
            violation = self.violation
        else:
            violation = self.violation

        retry_of = self.retry_of

        decision: dict[str, Any] | Unset = UNSET
        if not isinstance(self.decision, Unset):
            decision = self.decision.to_dict()

        sampled_by = self.sampled_by

        sampling_reason = self.sampling_reason

        max_steps = self.max_steps

        holdout = self.holdout

        worker = self.worker

        reason = self.reason

        error = self.error

        datetime_start: str | Unset = UNSET
        if not isinstance(self.datetime_start, Unset):
            datetime_start = self.datetime_start.isoformat()

        datetime_complete: str | Unset = UNSET
        if not isinstance(self.datetime_complete, Unset):
            datetime_complete = self.datetime_complete.isoformat()

        lease_expires: str | Unset = UNSET
        if not isinstance(self.lease_expires, Unset):
            lease_expires = self.lease_expires.isoformat()


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "number": number,
            "state": state,
            "params": params,
            "distributions": distributions,
            "attempt": attempt,
            "user_attrs": user_attrs,
        })
        if values is not UNSET:
            field_dict["values"] = values
        if last_values is not UNSET:
            field_dict["last_values"] = last_values
        if metrics is not UNSET:
            field_dict["metrics"] = metrics
        if constraints is not UNSET:
            field_dict["constraints"] = constraints
        if feasible is not UNSET:
            field_dict["feasible"] = feasible
        if violation is not UNSET:
            field_dict["violation"] = violation
        if retry_of is not UNSET:
            field_dict["retry_of"] = retry_of
        if decision is not UNSET:
            field_dict["decision"] = decision
        if sampled_by is not UNSET:
            field_dict["sampled_by"] = sampled_by
        if sampling_reason is not UNSET:
            field_dict["sampling_reason"] = sampling_reason
        if max_steps is not UNSET:
            field_dict["max_steps"] = max_steps
        if holdout is not UNSET:
            field_dict["holdout"] = holdout
        if worker is not UNSET:
            field_dict["worker"] = worker
        if reason is not UNSET:
            field_dict["reason"] = reason
        if error is not UNSET:
            field_dict["error"] = error
        if datetime_start is not UNSET:
            field_dict["datetime_start"] = datetime_start
        if datetime_complete is not UNSET:
            field_dict["datetime_complete"] = datetime_complete
        if lease_expires is not UNSET:
            field_dict["lease_expires"] = lease_expires

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.constraint_result import ConstraintResult # noqa: PLC0415
        from ..models.decision import Decision # noqa: PLC0415
        from ..models.metrics import Metrics # noqa: PLC0415
        from ..models.params import Params # noqa: PLC0415
        from ..models.search_space import SearchSpace # noqa: PLC0415
        from ..models.trial_metrics import TrialMetrics # noqa: PLC0415
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        d = dict(src_dict)
        number = d.pop("number")

        state = check_trial_state(d.pop("state"))




        params = Params.from_dict(d.pop("params"))




        distributions = SearchSpace.from_dict(d.pop("distributions"))




        attempt = d.pop("attempt")

        user_attrs = UserAttrs.from_dict(d.pop("user_attrs"))




        _values = d.pop("values", UNSET)
        values: list[float | FloatType1] | Unset = UNSET
        if _values is not UNSET:
            values = []
            for values_item_data in _values:
                def _parse_values_item(data: object) -> float | FloatType1:
                    try:
                        if not isinstance(data, str):
                            raise TypeError()
                        componentsschemas_float_type_1 = check_float_type_1(data)



                        return componentsschemas_float_type_1
                    except (TypeError, ValueError, AttributeError, KeyError):
                        pass
                    return cast(float | FloatType1, data)

                values_item = _parse_values_item(values_item_data)

                values.append(values_item)


        _last_values = d.pop("last_values", UNSET)
        last_values: Metrics | Unset
        if isinstance(_last_values,  Unset):
            last_values = UNSET
        else:
            last_values = Metrics.from_dict(_last_values)




        _metrics = d.pop("metrics", UNSET)
        metrics: TrialMetrics | Unset
        if isinstance(_metrics,  Unset):
            metrics = UNSET
        else:
            metrics = TrialMetrics.from_dict(_metrics)




        _constraints = d.pop("constraints", UNSET)
        constraints: list[ConstraintResult] | Unset = UNSET
        if _constraints is not UNSET:
            constraints = []
            for constraints_item_data in _constraints:
                constraints_item = ConstraintResult.from_dict(constraints_item_data)



                constraints.append(constraints_item)


        feasible = d.pop("feasible", UNSET)

        def _parse_violation(data: object) -> float | FloatType1 | Unset:
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

        violation = _parse_violation(d.pop("violation", UNSET))


        retry_of = d.pop("retry_of", UNSET)

        _decision = d.pop("decision", UNSET)
        decision: Decision | Unset
        if isinstance(_decision,  Unset):
            decision = UNSET
        else:
            decision = Decision.from_dict(_decision)




        sampled_by = d.pop("sampled_by", UNSET)

        sampling_reason = d.pop("sampling_reason", UNSET)

        max_steps = d.pop("max_steps", UNSET)

        holdout = d.pop("holdout", UNSET)

        worker = d.pop("worker", UNSET)

        reason = d.pop("reason", UNSET)

        error = d.pop("error", UNSET)

        _datetime_start = d.pop("datetime_start", UNSET)
        datetime_start: datetime.datetime | Unset
        if isinstance(_datetime_start,  Unset):
            datetime_start = UNSET
        else:
            datetime_start = datetime.datetime.fromisoformat(_datetime_start)




        _datetime_complete = d.pop("datetime_complete", UNSET)
        datetime_complete: datetime.datetime | Unset
        if isinstance(_datetime_complete,  Unset):
            datetime_complete = UNSET
        else:
            datetime_complete = datetime.datetime.fromisoformat(_datetime_complete)




        _lease_expires = d.pop("lease_expires", UNSET)
        lease_expires: datetime.datetime | Unset
        if isinstance(_lease_expires,  Unset):
            lease_expires = UNSET
        else:
            lease_expires = datetime.datetime.fromisoformat(_lease_expires)




        trial = cls(
            number=number,
            state=state,
            params=params,
            distributions=distributions,
            attempt=attempt,
            user_attrs=user_attrs,
            values=values,
            last_values=last_values,
            metrics=metrics,
            constraints=constraints,
            feasible=feasible,
            violation=violation,
            retry_of=retry_of,
            decision=decision,
            sampled_by=sampled_by,
            sampling_reason=sampling_reason,
            max_steps=max_steps,
            holdout=holdout,
            worker=worker,
            reason=reason,
            error=error,
            datetime_start=datetime_start,
            datetime_complete=datetime_complete,
            lease_expires=lease_expires,
        )


        trial.additional_properties = d
        return trial

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
