from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.problem import Problem
from ...models.study import Study
from ...models.study_create import StudyCreate
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    *,
    body: StudyCreate,
    load_if_exists: bool | Unset = False,
    idempotency_key: str | Unset = UNSET,

) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key



    

    params: dict[str, Any] = {}

    params["load_if_exists"] = load_if_exists


    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}


    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/studies",
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | Study:
    if response.status_code == 200:
        response_200 = Study.from_dict(response.json())



        return response_200

    if response.status_code == 201:
        response_201 = Study.from_dict(response.json())



        return response_201

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | Study]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: StudyCreate,
    load_if_exists: bool | Unset = False,
    idempotency_key: str | Unset = UNSET,

) -> Response[Problem | Study]:
    """ Create a study

     201 when it was made. With `load_if_exists` an existing study of that name is returned as it is,
    with 200;
    otherwise an existing name is 409 `study_exists`. What can never work (a sampler that does not take
    the search space, `low` above `high`)
    is 400 with a pointer; what is only doubtful (a warm-up that is never over, a metric nobody
    declared) comes back in `warnings`.

    Args:
        load_if_exists (bool | Unset):  Default: False.
        idempotency_key (str | Unset):
        body (StudyCreate):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Study]
     """


    kwargs = _get_kwargs(
        body=body,
load_if_exists=load_if_exists,
idempotency_key=idempotency_key,

    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)

def sync(
    *,
    client: AuthenticatedClient | Client,
    body: StudyCreate,
    load_if_exists: bool | Unset = False,
    idempotency_key: str | Unset = UNSET,

) -> Problem | Study | None:
    """ Create a study

     201 when it was made. With `load_if_exists` an existing study of that name is returned as it is,
    with 200;
    otherwise an existing name is 409 `study_exists`. What can never work (a sampler that does not take
    the search space, `low` above `high`)
    is 400 with a pointer; what is only doubtful (a warm-up that is never over, a metric nobody
    declared) comes back in `warnings`.

    Args:
        load_if_exists (bool | Unset):  Default: False.
        idempotency_key (str | Unset):
        body (StudyCreate):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Study
     """


    return sync_detailed(
        client=client,
body=body,
load_if_exists=load_if_exists,
idempotency_key=idempotency_key,

    ).parsed

async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: StudyCreate,
    load_if_exists: bool | Unset = False,
    idempotency_key: str | Unset = UNSET,

) -> Response[Problem | Study]:
    """ Create a study

     201 when it was made. With `load_if_exists` an existing study of that name is returned as it is,
    with 200;
    otherwise an existing name is 409 `study_exists`. What can never work (a sampler that does not take
    the search space, `low` above `high`)
    is 400 with a pointer; what is only doubtful (a warm-up that is never over, a metric nobody
    declared) comes back in `warnings`.

    Args:
        load_if_exists (bool | Unset):  Default: False.
        idempotency_key (str | Unset):
        body (StudyCreate):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Study]
     """


    kwargs = _get_kwargs(
        body=body,
load_if_exists=load_if_exists,
idempotency_key=idempotency_key,

    )

    response = await client.get_async_httpx_client().request(
        **kwargs
    )

    return _build_response(client=client, response=response)

async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: StudyCreate,
    load_if_exists: bool | Unset = False,
    idempotency_key: str | Unset = UNSET,

) -> Problem | Study | None:
    """ Create a study

     201 when it was made. With `load_if_exists` an existing study of that name is returned as it is,
    with 200;
    otherwise an existing name is 409 `study_exists`. What can never work (a sampler that does not take
    the search space, `low` above `high`)
    is 400 with a pointer; what is only doubtful (a warm-up that is never over, a metric nobody
    declared) comes back in `warnings`.

    Args:
        load_if_exists (bool | Unset):  Default: False.
        idempotency_key (str | Unset):
        body (StudyCreate):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Study
     """


    return (await asyncio_detailed(
        client=client,
body=body,
load_if_exists=load_if_exists,
idempotency_key=idempotency_key,

    )).parsed
