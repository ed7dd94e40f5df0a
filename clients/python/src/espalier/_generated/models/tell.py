from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.finished_state import check_finished_state
from ..models.finished_state import FinishedState
from ..models.float_type_1 import check_float_type_1
from ..models.float_type_1 import FloatType1
from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.crossed_limit import CrossedLimit
  from ..models.metrics import Metrics
  from ..models.user_attrs import UserAttrs
  from ..models.value_map import ValueMap





T = TypeVar("T", bound="Tell")



@_attrs_define
class Tell:
    

    value: float | FloatType1 | Unset = UNSET
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    values: list[float | FloatType1] | Unset | ValueMap = UNSET
    """ Objective values - an array in the order of the study's objectives, or a map by metric. Answers always have
    the array. """
    state: FinishedState | Unset = UNSET
    """ The states a trial ends in. """
    metrics: Metrics | Unset = UNSET
    """ Floats by metric name (`MetricName`); model, application and `system/` metrics in one flat map. """
    reason: str | Unset = UNSET
    """ In a word, why it was PRUNED or FAILed. A trial that FAILed as `interrupted` does not count for
    `max_trials`. """
    error: str | Unset = UNSET
    """ Why it FAILed, or was PRUNED by its worker, at length. """
    retry: bool | Unset = False
    """ Of FAIL - its params are asked again, as another trial with `retry_of`; not if it should have been pruned.
    """
    limits_crossed: list[CrossedLimit] | Unset = UNSET
    """ Of PRUNED and FAIL - limits of the worker's own that the trial crossed: the memory of its machine, say. They
    make it infeasible, by so much, as
    constraints of the study do.
     """
    unused_params: list[str] | Unset = UNSET
    """ Params that were asked for and that the trial turned out not to have: it is rid of them. They are not in the
    study's search space. """
    user_attrs: UserAttrs | Unset = UNSET
    """ Any JSON by name. """





    def to_dict(self) -> dict[str, Any]:
        from ..models.crossed_limit import CrossedLimit # noqa: PLC0415
        from ..models.metrics import Metrics # noqa: PLC0415
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        from ..models.value_map import ValueMap # noqa: PLC0415
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


        state: str | Unset = UNSET
        if not isinstance(self.state, Unset):
            state = self.state


        metrics: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metrics, Unset):
            metrics = self.metrics.to_dict()

        reason = self.reason

        error = self.error

        retry = self.retry

        limits_crossed: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.limits_crossed, Unset):
            limits_crossed = []
            for componentsschemas_crossed_limits_item_data in self.limits_crossed:
                componentsschemas_crossed_limits_item = componentsschemas_crossed_limits_item_data.to_dict()
                limits_crossed.append(componentsschemas_crossed_limits_item)



        unused_params: list[str] | Unset = UNSET
        if not isinstance(self.unused_params, Unset):
            unused_params = self.unused_params



        user_attrs: dict[str, Any] | Unset = UNSET
        if not isinstance(self.user_attrs, Unset):
            user_attrs = self.user_attrs.to_dict()


        field_dict: dict[str, Any] = {}

        field_dict.update({
        })
        if value is not UNSET:
            field_dict["value"] = value
        if values is not UNSET:
            field_dict["values"] = values
        if state is not UNSET:
            field_dict["state"] = state
        if metrics is not UNSET:
            field_dict["metrics"] = metrics
        if reason is not UNSET:
            field_dict["reason"] = reason
        if error is not UNSET:
            field_dict["error"] = error
        if retry is not UNSET:
            field_dict["retry"] = retry
        if limits_crossed is not UNSET:
            field_dict["limits_crossed"] = limits_crossed
        if unused_params is not UNSET:
            field_dict["unused_params"] = unused_params
        if user_attrs is not UNSET:
            field_dict["user_attrs"] = user_attrs

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.crossed_limit import CrossedLimit # noqa: PLC0415
        from ..models.metrics import Metrics # noqa: PLC0415
        from ..models.user_attrs import UserAttrs # noqa: PLC0415
        from ..models.value_map import ValueMap # noqa: PLC0415
        d = dict(src_dict)
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


        _state = d.pop("state", UNSET)
        state: FinishedState | Unset
        if isinstance(_state,  Unset):
            state = UNSET
        else:
            state = check_finished_state(_state)




        _metrics = d.pop("metrics", UNSET)
        metrics: Metrics | Unset
        if isinstance(_metrics,  Unset):
            metrics = UNSET
        else:
            metrics = Metrics.from_dict(_metrics)




        reason = d.pop("reason", UNSET)

        error = d.pop("error", UNSET)

        retry = d.pop("retry", UNSET)

        _limits_crossed = d.pop("limits_crossed", UNSET)
        limits_crossed: list[CrossedLimit] | Unset = UNSET
        if _limits_crossed is not UNSET:
            limits_crossed = []
            for componentsschemas_crossed_limits_item_data in _limits_crossed:
                componentsschemas_crossed_limits_item = CrossedLimit.from_dict(componentsschemas_crossed_limits_item_data)



                limits_crossed.append(componentsschemas_crossed_limits_item)


        unused_params = cast(list[str], d.pop("unused_params", UNSET))


        _user_attrs = d.pop("user_attrs", UNSET)
        user_attrs: UserAttrs | Unset
        if isinstance(_user_attrs,  Unset):
            user_attrs = UNSET
        else:
            user_attrs = UserAttrs.from_dict(_user_attrs)




        tell = cls(
            value=value,
            values=values,
            state=state,
            metrics=metrics,
            reason=reason,
            error=error,
            retry=retry,
            limits_crossed=limits_crossed,
            unused_params=unused_params,
            user_attrs=user_attrs,
        )

        return tell

