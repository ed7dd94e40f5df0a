from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.float_type_1 import check_float_type_1
from ..models.float_type_1 import FloatType1
from ..models.pruner_mode import check_pruner_mode
from ..models.pruner_mode import PrunerMode
from ..models.verdict import check_verdict
from ..models.verdict import Verdict
from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.metrics import Metrics





T = TypeVar("T", bound="Explanation")



@_attrs_define
class Explanation:
    """ A node of the pruner with its verdict. A resource rule and a quality rule read alike - observed, limit, predicted,
    margin.

     """

    type_: str
    """ The node's `type`. """
    verdict: Verdict
    """ What one rule says; `unknown` is not enough data. """
    sentence: str
    """ One plain sentence with number, unit and limit; of an operator, the deciding child's. """
    label: str | Unset = UNSET
    path: str | Unset = UNSET
    """ JSON Pointer into the study's pruner; empty for the root. """
    metric: str | Unset = UNSET
    """ Name of a metric, its unit included; the prefix `system/` marks what is measured of the machine or the
    process. """
    mode: PrunerMode | Unset = UNSET
    """ `shadow` - judged and logged, never enforced. """
    unit: str | Unset = UNSET
    """ Of limit and margin, where it is known. """
    observed: Metrics | Unset = UNSET
    """ Floats by metric name (`MetricName`); model, application and `system/` metrics in one flat map. """
    predicted: Metrics | Unset = UNSET
    """ Floats by metric name (`MetricName`); model, application and `system/` metrics in one flat map. """
    limit: float | FloatType1 | Unset = UNSET
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    margin: float | FloatType1 | Unset = UNSET
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    probability: float | FloatType1 | Unset = UNSET
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    children: list[Explanation] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.metrics import Metrics # noqa: PLC0415
        type_ = self.type_

        verdict: str = self.verdict

        sentence = self.sentence

        label = self.label

        path = self.path

        metric = self.metric

        mode: str | Unset = UNSET
        if not isinstance(self.mode, Unset):
            mode = self.mode


        unit = self.unit

        observed: dict[str, Any] | Unset = UNSET
        if not isinstance(self.observed, Unset):
            observed = self.observed.to_dict()

        predicted: dict[str, Any] | Unset = UNSET
        if not isinstance(self.predicted, Unset):
            predicted = self.predicted.to_dict()

        limit: float | str | Unset
        if isinstance(self.limit, Unset):
            limit = UNSET
        elif isinstance(self.limit, str):
            limit = self.limit
        else:
            limit = self.limit

        margin: float | str | Unset
        if isinstance(self.margin, Unset):
            margin = UNSET
        elif isinstance(self.margin, str):
            margin = self.margin
        else:
            margin = self.margin

        probability: float | str | Unset
        if isinstance(self.probability, Unset):
            probability = UNSET
        elif isinstance(self.probability, str):
            probability = self.probability
        else:
            probability = self.probability

        children: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.children, Unset):
            children = []
            for children_item_data in self.children:
                children_item = children_item_data.to_dict()
                children.append(children_item)




        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "type": type_,
            "verdict": verdict,
            "sentence": sentence,
        })
        if label is not UNSET:
            field_dict["label"] = label
        if path is not UNSET:
            field_dict["path"] = path
        if metric is not UNSET:
            field_dict["metric"] = metric
        if mode is not UNSET:
            field_dict["mode"] = mode
        if unit is not UNSET:
            field_dict["unit"] = unit
        if observed is not UNSET:
            field_dict["observed"] = observed
        if predicted is not UNSET:
            field_dict["predicted"] = predicted
        if limit is not UNSET:
            field_dict["limit"] = limit
        if margin is not UNSET:
            field_dict["margin"] = margin
        if probability is not UNSET:
            field_dict["probability"] = probability
        if children is not UNSET:
            field_dict["children"] = children

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.metrics import Metrics # noqa: PLC0415
        d = dict(src_dict)
        type_ = d.pop("type")

        verdict = check_verdict(d.pop("verdict"))




        sentence = d.pop("sentence")

        label = d.pop("label", UNSET)

        path = d.pop("path", UNSET)

        metric = d.pop("metric", UNSET)

        _mode = d.pop("mode", UNSET)
        mode: PrunerMode | Unset
        if isinstance(_mode,  Unset):
            mode = UNSET
        else:
            mode = check_pruner_mode(_mode)




        unit = d.pop("unit", UNSET)

        _observed = d.pop("observed", UNSET)
        observed: Metrics | Unset
        if isinstance(_observed,  Unset):
            observed = UNSET
        else:
            observed = Metrics.from_dict(_observed)




        _predicted = d.pop("predicted", UNSET)
        predicted: Metrics | Unset
        if isinstance(_predicted,  Unset):
            predicted = UNSET
        else:
            predicted = Metrics.from_dict(_predicted)




        def _parse_limit(data: object) -> float | FloatType1 | Unset:
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

        limit = _parse_limit(d.pop("limit", UNSET))


        def _parse_margin(data: object) -> float | FloatType1 | Unset:
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

        margin = _parse_margin(d.pop("margin", UNSET))


        def _parse_probability(data: object) -> float | FloatType1 | Unset:
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

        probability = _parse_probability(d.pop("probability", UNSET))


        _children = d.pop("children", UNSET)
        children: list[Explanation] | Unset = UNSET
        if _children is not UNSET:
            children = []
            for children_item_data in _children:
                children_item = Explanation.from_dict(children_item_data)



                children.append(children_item)


        explanation = cls(
            type_=type_,
            verdict=verdict,
            sentence=sentence,
            label=label,
            path=path,
            metric=metric,
            mode=mode,
            unit=unit,
            observed=observed,
            predicted=predicted,
            limit=limit,
            margin=margin,
            probability=probability,
            children=children,
        )


        explanation.additional_properties = d
        return explanation

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
