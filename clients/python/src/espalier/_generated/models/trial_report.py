from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..models.float_type_1 import check_float_type_1
from ..models.float_type_1 import FloatType1
from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.metrics import Metrics





T = TypeVar("T", bound="TrialReport")



@_attrs_define
class TrialReport:
    

    trial: int
    source: str | Unset = UNSET
    """ Who reports; steps and seqs are keyed within it. Left out, it is a source of its own. """
    step: int | Unset = UNSET
    elapsed_seconds: float | Unset = UNSET
    seq: int | Unset = UNSET
    value: float | FloatType1 | Unset = UNSET
    """ A JSON number or one of the strings NaN, Infinity, -Infinity. """
    metrics: Metrics | Unset = UNSET
    """ Floats by metric name (`MetricName`); model, application and `system/` metrics in one flat map. """





    def to_dict(self) -> dict[str, Any]:
        from ..models.metrics import Metrics # noqa: PLC0415
        trial = self.trial

        source = self.source

        step = self.step

        elapsed_seconds = self.elapsed_seconds

        seq = self.seq

        value: float | str | Unset
        if isinstance(self.value, Unset):
            value = UNSET
        elif isinstance(self.value, str):
            value = self.value
        else:
            value = self.value

        metrics: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metrics, Unset):
            metrics = self.metrics.to_dict()


        field_dict: dict[str, Any] = {}

        field_dict.update({
            "trial": trial,
        })
        if source is not UNSET:
            field_dict["source"] = source
        if step is not UNSET:
            field_dict["step"] = step
        if elapsed_seconds is not UNSET:
            field_dict["elapsed_seconds"] = elapsed_seconds
        if seq is not UNSET:
            field_dict["seq"] = seq
        if value is not UNSET:
            field_dict["value"] = value
        if metrics is not UNSET:
            field_dict["metrics"] = metrics

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.metrics import Metrics # noqa: PLC0415
        d = dict(src_dict)
        trial = d.pop("trial")

        source = d.pop("source", UNSET)

        step = d.pop("step", UNSET)

        elapsed_seconds = d.pop("elapsed_seconds", UNSET)

        seq = d.pop("seq", UNSET)

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


        _metrics = d.pop("metrics", UNSET)
        metrics: Metrics | Unset
        if isinstance(_metrics,  Unset):
            metrics = UNSET
        else:
            metrics = Metrics.from_dict(_metrics)




        trial_report = cls(
            trial=trial,
            source=source,
            step=step,
            elapsed_seconds=elapsed_seconds,
            seq=seq,
            value=value,
            metrics=metrics,
        )

        return trial_report

