from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from typing import cast

if TYPE_CHECKING:
  from ..models.importance import Importance





T = TypeVar("T", bound="Importances")



@_attrs_define
class Importances:
    

    metric: str
    """ Name of a metric, its unit included; the prefix `system/` marks what is measured of the machine or the
    process. """
    method: str
    trials: int
    """ On how many trials it rests. """
    importances: list[Importance]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)





    def to_dict(self) -> dict[str, Any]:
        from ..models.importance import Importance # noqa: PLC0415
        metric = self.metric

        method = self.method

        trials = self.trials

        importances = []
        for importances_item_data in self.importances:
            importances_item = importances_item_data.to_dict()
            importances.append(importances_item)




        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({
            "metric": metric,
            "method": method,
            "trials": trials,
            "importances": importances,
        })

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.importance import Importance # noqa: PLC0415
        d = dict(src_dict)
        metric = d.pop("metric")

        method = d.pop("method")

        trials = d.pop("trials")

        importances = []
        _importances = d.pop("importances")
        for importances_item_data in (_importances):
            importances_item = Importance.from_dict(importances_item_data)



            importances.append(importances_item)


        importances = cls(
            metric=metric,
            method=method,
            trials=trials,
            importances=importances,
        )


        importances.additional_properties = d
        return importances

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
