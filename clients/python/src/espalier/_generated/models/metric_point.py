from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast
import datetime

if TYPE_CHECKING:
  from ..models.metrics import Metrics





T = TypeVar("T", bound="MetricPoint")



@_attrs_define
class MetricPoint:
    

    time: datetime.datetime
    """ When the server got it. """
    metrics: Metrics
    """ Floats by metric name (`MetricName`); model, application and `system/` metrics in one flat map. """
    source: str | Unset = UNSET
    """ Who reports; steps and seqs are keyed within it. Left out, it is a source of its own. """
    step: int | Unset = UNSET
    seq: int | Unset = UNSET
    elapsed_seconds: float | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.metrics import Metrics # noqa: PLC0415
        time = self.time.isoformat()

        metrics = self.metrics.to_dict()

        source = self.source

        step = self.step

        seq = self.seq

        elapsed_seconds = self.elapsed_seconds


        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "time": time,
            "metrics": metrics,
        })
        if source is not UNSET:
            field_dict["source"] = source
        if step is not UNSET:
            field_dict["step"] = step
        if seq is not UNSET:
            field_dict["seq"] = seq
        if elapsed_seconds is not UNSET:
            field_dict["elapsed_seconds"] = elapsed_seconds

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.metrics import Metrics # noqa: PLC0415
        d = dict(src_dict)
        time = datetime.datetime.fromisoformat(d.pop("time"))




        metrics = Metrics.from_dict(d.pop("metrics"))




        source = d.pop("source", UNSET)

        step = d.pop("step", UNSET)

        seq = d.pop("seq", UNSET)

        elapsed_seconds = d.pop("elapsed_seconds", UNSET)

        metric_point = cls(
            time=time,
            metrics=metrics,
            source=source,
            step=step,
            seq=seq,
            elapsed_seconds=elapsed_seconds,
        )


        metric_point.additional_properties = d
        return metric_point

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
