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

if TYPE_CHECKING:
  from ..models.metrics import Metrics
  from ..models.params import Params
  from ..models.report import Report
  from ..models.search_space import SearchSpace
  from ..models.user_attrs import UserAttrs
  from ..models.value_map import ValueMap





T = TypeVar("T", bound="TrialCreate")



@_attrs_define
class TrialCreate:
    

    params: Params
    """ Parameter values by name. A conditional parameter whose condition does not hold is absent. """
    distributions: SearchSpace | Unset = UNSET
    """ Distributions by parameter name. """
    state: TrialState | Unset = UNSET
    """ Optuna's trial states. """
    value: float | FloatType1 | Unset = UNSET
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    values: list[float | FloatType1] | Unset | ValueMap = UNSET
    """ Objective values - an array in the order of the study's objectives, or a map by metric. Answers always have
    the array. """
    metrics: Metrics | Unset = UNSET
    """ Floats by metric name (`MetricName`); model, application and `system/` metrics in one flat map. """
    reports: list[Report] | Unset = UNSET
    reason: str | Unset = UNSET
    """ Of PRUNED and FAIL, e.g. oom. """
    error: str | Unset = UNSET
    """ Of FAIL. """
    skip_if_exists: bool | Unset = False
    """ When a trial with the same params exists already, whatever its state, make none and return that one. """
    user_attrs: UserAttrs | Unset = UNSET
    """ Any JSON by name. """





    def to_dict(self) -> dict[str, Any]:
        from ..models.metrics import Metrics # noqa: PLC0415
        from ..models.params import Params # noqa: PLC0415
        from ..models.report import Report # noqa: PLC0415
        from ..models.search_space import SearchSpace # noqa: PLC0415
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        from ..models.value_map import ValueMap # noqa: PLC0415
        params = self.params.to_dict()

        distributions: dict[str, Any] | Unset = UNSET
        if not isinstance(self.distributions, Unset):
            distributions = self.distributions.to_dict()

        state: str | Unset = UNSET
        if not isinstance(self.state, Unset):
            state = self.state


        value: float | str | Unset
        if isinstance(self.value, Unset):
            value = UNSET
        elif isinstance(self.value, str):
            value = self.value
        else:
            value = self.value

        values: dict[str, Any] | list[float | str] | Unset
        if isinstance(self.values, Unset):
            values = UNSET
        elif isinstance(self.values, list):
            values = []
            for componentsschemas_value_list_item_data in self.values:
                componentsschemas_value_list_item: float | str
                if isinstance(componentsschemas_value_list_item_data, str):
                    componentsschemas_value_list_item = componentsschemas_value_list_item_data
                else:
                    componentsschemas_value_list_item = componentsschemas_value_list_item_data
                values.append(componentsschemas_value_list_item)


        else:
            values = self.values.to_dict()


        metrics: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metrics, Unset):
            metrics = self.metrics.to_dict()

        reports: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.reports, Unset):
            reports = []
            for reports_item_data in self.reports:
                reports_item = reports_item_data.to_dict()
                reports.append(reports_item)



        reason = self.reason

        error = self.error

        skip_if_exists = self.skip_if_exists

        user_attrs: dict[str, Any] | Unset = UNSET
        if not isinstance(self.user_attrs, Unset):
            user_attrs = self.user_attrs.to_dict()


        field_dict: dict[str, Any] = {}

        field_dict.update({
            "params": params,
        })
        if distributions is not UNSET:
            field_dict["distributions"] = distributions
        if state is not UNSET:
            field_dict["state"] = state
        if value is not UNSET:
            field_dict["value"] = value
        if values is not UNSET:
            field_dict["values"] = values
        if metrics is not UNSET:
            field_dict["metrics"] = metrics
        if reports is not UNSET:
            field_dict["reports"] = reports
        if reason is not UNSET:
            field_dict["reason"] = reason
        if error is not UNSET:
            field_dict["error"] = error
        if skip_if_exists is not UNSET:
            field_dict["skip_if_exists"] = skip_if_exists
        if user_attrs is not UNSET:
            field_dict["user_attrs"] = user_attrs

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.metrics import Metrics # noqa: PLC0415
        from ..models.params import Params # noqa: PLC0415
        from ..models.report import Report # noqa: PLC0415
        from ..models.search_space import SearchSpace # noqa: PLC0415
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        from ..models.value_map import ValueMap # noqa: PLC0415
        d = dict(src_dict)
        params = Params.from_dict(d.pop("params"))




        _distributions = d.pop("distributions", UNSET)
        distributions: SearchSpace | Unset
        if isinstance(_distributions,  Unset):
            distributions = UNSET
        else:
            distributions = SearchSpace.from_dict(_distributions)




        _state = d.pop("state", UNSET)
        state: TrialState | Unset
        if isinstance(_state,  Unset):
            state = UNSET
        else:
            state = check_trial_state(_state)




        def _parse_value(data: object) -> float | FloatType1 | Unset:
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

        value = _parse_value(d.pop("value", UNSET))


        def _parse_values(data: object) -> list[float | FloatType1] | Unset | ValueMap:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                componentsschemas_values_type_0 = []
                _componentsschemas_values_type_0 = data
                for componentsschemas_value_list_item_data in (_componentsschemas_values_type_0):
                    def _parse_componentsschemas_value_list_item(data: object) -> float | FloatType1:
                        try:
                            if not isinstance(data, str):
                                raise TypeError()
                            componentsschemas_float_type_1 = check_float_type_1(data)



                            return componentsschemas_float_type_1
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        return cast(float | FloatType1, data)

                    componentsschemas_value_list_item = _parse_componentsschemas_value_list_item(componentsschemas_value_list_item_data)

                    componentsschemas_values_type_0.append(componentsschemas_value_list_item)

                return componentsschemas_values_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_values_type_1 = ValueMap.from_dict(data)



            return componentsschemas_values_type_1

        values = _parse_values(d.pop("values", UNSET))


        _metrics = d.pop("metrics", UNSET)
        metrics: Metrics | Unset
        if isinstance(_metrics,  Unset):
            metrics = UNSET
        else:
            metrics = Metrics.from_dict(_metrics)




        _reports = d.pop("reports", UNSET)
        reports: list[Report] | Unset = UNSET
        if _reports is not UNSET:
            reports = []
            for reports_item_data in _reports:
                reports_item = Report.from_dict(reports_item_data)



                reports.append(reports_item)


        reason = d.pop("reason", UNSET)

        error = d.pop("error", UNSET)

        skip_if_exists = d.pop("skip_if_exists", UNSET)

        _user_attrs = d.pop("user_attrs", UNSET)
        user_attrs: UserAttrs | Unset
        if isinstance(_user_attrs,  Unset):
            user_attrs = UNSET
        else:
            user_attrs = UserAttrs.from_dict(_user_attrs)




        trial_create = cls(
            params=params,
            distributions=distributions,
            state=state,
            value=value,
            values=values,
            metrics=metrics,
            reports=reports,
            reason=reason,
            error=error,
            skip_if_exists=skip_if_exists,
            user_attrs=user_attrs,
        )

        return trial_create

