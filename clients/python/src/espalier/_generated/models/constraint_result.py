from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.constraint_result_op import check_constraint_result_op
from ..models.constraint_result_op import ConstraintResultOp
from ..models.float_type_1 import check_float_type_1
from ..models.float_type_1 import FloatType1
from ..types import UNSET, Unset
from typing import cast






T = TypeVar("T", bound="ConstraintResult")



@_attrs_define
class ConstraintResult:
    

    metric: str
    """ Name of a metric, its unit included; the prefix `system/` marks what is measured of the machine or the
    process. """
    observed: float | FloatType1 | Unset = UNSET
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    violation: float | FloatType1 | Unset = UNSET
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    censored: bool | Unset = UNSET
    """ A forecast stopped the trial: it would have come to `observed` at the least, or at the most for `>=`. Where
    that is within the bound, nothing is known. """
    bound: float | Unset = UNSET
    """ Of a limit that is not a constraint of the study: of the worker's own, as it was told, or of a rule of the
    pruner. """
    op: ConstraintResultOp | Unset = UNSET
    """ Likewise. """
    rule: str | Unset = UNSET
    """ Label or type of the rule of the pruner whose limit it is. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        metric = self.metric

        observed: float | str | Unset
        if isinstance(self.observed, Unset):
            observed = UNSET
        elif isinstance(self.observed, str):
            observed = self.observed
        else:
            observed = self.observed

        violation: float | str | Unset
        if isinstance(self.violation, Unset):
            violation = UNSET
        elif isinstance(self.violation, str):
            violation = self.violation
        else:
            violation = self.violation

        censored = self.censored

        bound = self.bound

        op: str | Unset = UNSET
        if not isinstance(self.op, Unset):
            op = self.op


        rule = self.rule


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "metric": metric,
        })
        if observed is not UNSET:
            field_dict["observed"] = observed
        if violation is not UNSET:
            field_dict["violation"] = violation
        if censored is not UNSET:
            field_dict["censored"] = censored
        if bound is not UNSET:
            field_dict["bound"] = bound
        if op is not UNSET:
            field_dict["op"] = op
        if rule is not UNSET:
            field_dict["rule"] = rule

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        metric = d.pop("metric")

        def _parse_observed(data: object) -> float | FloatType1 | Unset:
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

        observed = _parse_observed(d.pop("observed", UNSET))


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


        censored = d.pop("censored", UNSET)

        bound = d.pop("bound", UNSET)

        _op = d.pop("op", UNSET)
        op: ConstraintResultOp | Unset
        if isinstance(_op,  Unset):
            op = UNSET
        else:
            op = check_constraint_result_op(_op)




        rule = d.pop("rule", UNSET)

        constraint_result = cls(
            metric=metric,
            observed=observed,
            violation=violation,
            censored=censored,
            bound=bound,
            op=op,
            rule=rule,
        )


        constraint_result.additional_properties = d
        return constraint_result

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
