from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.problem import Problem
from ...models.study import Study
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    *,
    body: str,
    name: str | Unset = UNSET,

) -> dict[str, Any]:
    headers: dict[str, Any] = {}


    

    params: dict[str, Any] = {}

    params["name"] = name


    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}


    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/import",
        "params": params,
    }

    _kwargs["content"] = body.payload
    headers["Content-Type"] = "application/x-ndjson"

    _kwargs["headers"] = headers
    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | Study:
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
    body: str,
    name: str | Unset = UNSET,

) -> Response[Problem | Study]:
    """ Make a study from an archive

     The body is what `GET /v1/studies/{study}/export?table=all` gave, streamed, without a limit on its
    size. All of it is taken, or nothing.

    Args:
        name (str | Unset): Unique name; part of the path.
        body (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Study]
     """


    kwargs = _get_kwargs(
        body=body,
name=name,

    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)

def sync(
    *,
    client: AuthenticatedClient | Client,
    body: str,
    name: str | Unset = UNSET,

) -> Problem | Study | None:
    """ Make a study from an archive

     The body is what `GET /v1/studies/{study}/export?table=all` gave, streamed, without a limit on its
    size. All of it is taken, or nothing.

    Args:
        name (str | Unset): Unique name; part of the path.
        body (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Study
     """


    return sync_detailed(
        client=client,
body=body,
name=name,

    ).parsed

async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: str,
    name: str | Unset = UNSET,

) -> Response[Problem | Study]:
    """ Make a study from an archive

     The body is what `GET /v1/studies/{study}/export?table=all` gave, streamed, without a limit on its
    size. All of it is taken, or nothing.

    Args:
        name (str | Unset): Unique name; part of the path.
        body (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Study]
     """


    kwargs = _get_kwargs(
        body=body,
name=name,

    )

    response = await client.get_async_httpx_client().request(
        **kwargs
    )

    return _build_response(client=client, response=response)

async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: str,
    name: str | Unset = UNSET,

) -> Problem | Study | None:
    """ Make a study from an archive

     The body is what `GET /v1/studies/{study}/export?table=all` gave, streamed, without a limit on its
    size. All of it is taken, or nothing.

    Args:
        name (str | Unset): Unique name; part of the path.
        body (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Study
     """


    return (await asyncio_detailed(
        client=client,
body=body,
name=name,

    )).parsed
