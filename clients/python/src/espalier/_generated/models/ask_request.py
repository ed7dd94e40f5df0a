from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, BinaryIO, TextIO, TYPE_CHECKING, Generator

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

from ..types import UNSET, Unset
from typing import cast

if TYPE_CHECKING:
  from ..models.params import Params
  from ..models.search_space import SearchSpace





T = TypeVar("T", bound="AskRequest")



@_attrs_define
class AskRequest:
    

    count: int | Unset = 1
    search_space: SearchSpace | Unset = UNSET
    """ Distributions by parameter name. """
    params: Params | Unset = UNSET
    """ Parameter values by name. A conditional parameter whose condition does not hold is absent. """
    worker: str | Unset = UNSET
    """ Who works on it; shown in the trial. """
    lease_seconds: int | Unset = UNSET
    """ In place of the study's. """
    max_steps: int | Unset = UNSET
    """ The steps these trials take, in place of the study's. """





    def to_dict(self) -> dict[str, Any]:
        from ..models.params import Params # noqa: PLC0415
        from ..models.search_space import SearchSpace # noqa: PLC0415
        count = self.count

        search_space: dict[str, Any] | Unset = UNSET
        if not isinstance(self.search_space, Unset):
            search_space = self.search_space.to_dict()

        params: dict[str, Any] | Unset = UNSET
        if not isinstance(self.params, Unset):
            params = self.params.to_dict()

        worker = self.worker

        lease_seconds = self.lease_seconds

        max_steps = self.max_steps


        field_dict: dict[str, Any] = {}

        field_dict.update({
        })
        if count is not UNSET:
            field_dict["count"] = count
        if search_space is not UNSET:
            field_dict["search_space"] = search_space
        if params is not UNSET:
            field_dict["params"] = params
        if worker is not UNSET:
            field_dict["worker"] = worker
        if lease_seconds is not UNSET:
            field_dict["lease_seconds"] = lease_seconds
        if max_steps is not UNSET:
            field_dict["max_steps"] = max_steps

        return field_dict



    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.params import Params # noqa: PLC0415
        from ..models.search_space import SearchSpace # noqa: PLC0415
        d = dict(src_dict)
        count = d.pop("count", UNSET)

        _search_space = d.pop("search_space", UNSET)
        search_space: SearchSpace | Unset
        if isinstance(_search_space,  Unset):
            search_space = UNSET
        else:
            search_space = SearchSpace.from_dict(_search_space)




        _params = d.pop("params", UNSET)
        params: Params | Unset
        if isinstance(_params,  Unset):
            params = UNSET
        else:
            params = Params.from_dict(_params)




        worker = d.pop("worker", UNSET)

        lease_seconds = d.pop("lease_seconds", UNSET)

        max_steps = d.pop("max_steps", UNSET)

        ask_request = cls(
            count=count,
            search_space=search_space,
            params=params,
            worker=worker,
            lease_seconds=lease_seconds,
            max_steps=max_steps,
        )

        return ask_request

