from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.list_trials_order_by import check_list_trials_order_by
from ...models.list_trials_order_by import ListTrialsOrderBy
from ...models.problem import Problem
from ...models.trial_list import TrialList
from ...models.trial_state import check_trial_state
from ...models.trial_state import TrialState
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    study: str,
    *,
    page_size: int | Unset = 100,
    page_token: str | Unset = UNSET,
    state: list[TrialState] | Unset = UNSET,
    feasible: bool | Unset = UNSET,
    order_by: ListTrialsOrderBy | Unset = 'number',

) -> dict[str, Any]:
    

    

    params: dict[str, Any] = {}

    params["page_size"] = page_size

    params["page_token"] = page_token

    json_state: list[str] | Unset = UNSET
    if not isinstance(state, Unset):
        json_state = []
        for state_item_data in state:
            state_item: str = state_item_data
            json_state.append(state_item)


    params["state"] = json_state

    params["feasible"] = feasible

    json_order_by: str | Unset = UNSET
    if not isinstance(order_by, Unset):
        json_order_by = order_by

    params["order_by"] = json_order_by


    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}


    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/studies/{study}/trials".format(study=quote(str(study), safe=""),),
        "params": params,
    }


    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | TrialList:
    if response.status_code == 200:
        response_200 = TrialList.from_dict(response.json())



        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | TrialList]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    page_size: int | Unset = 100,
    page_token: str | Unset = UNSET,
    state: list[TrialState] | Unset = UNSET,
    feasible: bool | Unset = UNSET,
    order_by: ListTrialsOrderBy | Unset = 'number',

) -> Response[Problem | TrialList]:
    """ List trials

    Args:
        study (str): Unique name; part of the path.
        page_size (int | Unset):  Default: 100.
        page_token (str | Unset):
        state (list[TrialState] | Unset):
        feasible (bool | Unset):
        order_by (ListTrialsOrderBy | Unset):  Default: 'number'.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TrialList]
     """


    kwargs = _get_kwargs(
        study=study,
page_size=page_size,
page_token=page_token,
state=state,
feasible=feasible,
order_by=order_by,

    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)

def sync(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    page_size: int | Unset = 100,
    page_token: str | Unset = UNSET,
    state: list[TrialState] | Unset = UNSET,
    feasible: bool | Unset = UNSET,
    order_by: ListTrialsOrderBy | Unset = 'number',

) -> Problem | TrialList | None:
    """ List trials

    Args:
        study (str): Unique name; part of the path.
        page_size (int | Unset):  Default: 100.
        page_token (str | Unset):
        state (list[TrialState] | Unset):
        feasible (bool | Unset):
        order_by (ListTrialsOrderBy | Unset):  Default: 'number'.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TrialList
     """


    return sync_detailed(
        study=study,
client=client,
page_size=page_size,
page_token=page_token,
state=state,
feasible=feasible,
order_by=order_by,

    ).parsed

async def asyncio_detailed(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    page_size: int | Unset = 100,
    page_token: str | Unset = UNSET,
    state: list[TrialState] | Unset = UNSET,
    feasible: bool | Unset = UNSET,
    order_by: ListTrialsOrderBy | Unset = 'number',

) -> Response[Problem | TrialList]:
    """ List trials

    Args:
        study (str): Unique name; part of the path.
        page_size (int | Unset):  Default: 100.
        page_token (str | Unset):
        state (list[TrialState] | Unset):
        feasible (bool | Unset):
        order_by (ListTrialsOrderBy | Unset):  Default: 'number'.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TrialList]
     """


    kwargs = _get_kwargs(
        study=study,
page_size=page_size,
page_token=page_token,
state=state,
feasible=feasible,
order_by=order_by,

    )

    response = await client.get_async_httpx_client().request(
        **kwargs
    )

    return _build_response(client=client, response=response)

async def asyncio(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    page_size: int | Unset = 100,
    page_token: str | Unset = UNSET,
    state: list[TrialState] | Unset = UNSET,
    feasible: bool | Unset = UNSET,
    order_by: ListTrialsOrderBy | Unset = 'number',

) -> Problem | TrialList | None:
    """ List trials

    Args:
        study (str): Unique name; part of the path.
        page_size (int | Unset):  Default: 100.
        page_token (str | Unset):
        state (list[TrialState] | Unset):
        feasible (bool | Unset):
        order_by (ListTrialsOrderBy | Unset):  Default: 'number'.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TrialList
     """


    return (await asyncio_detailed(
        study=study,
client=client,
page_size=page_size,
page_token=page_token,
state=state,
feasible=feasible,
order_by=order_by,

    )).parsed
