from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.problem import Problem
from ...models.tell_results import TellResults
from ...models.tells_request import TellsRequest
from typing import cast



def _get_kwargs(
    study: str,
    *,
    body: TellsRequest,

) -> dict[str, Any]:
    headers: dict[str, Any] = {}


    

    

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/studies/{study}/tells".format(study=quote(str(study), safe=""),),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | TellResults:
    if response.status_code == 200:
        response_200 = TellResults.from_dict(response.json())



        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | TellResults]:
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
    body: TellsRequest,

) -> Response[Problem | TellResults]:
    """ Tell the results of many trials at once

     Each tell stands alone, as in a batch of reports.

    Args:
        study (str): Unique name; part of the path.
        body (TellsRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TellResults]
     """


    kwargs = _get_kwargs(
        study=study,
body=body,

    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)

def sync(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    body: TellsRequest,

) -> Problem | TellResults | None:
    """ Tell the results of many trials at once

     Each tell stands alone, as in a batch of reports.

    Args:
        study (str): Unique name; part of the path.
        body (TellsRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TellResults
     """


    return sync_detailed(
        study=study,
client=client,
body=body,

    ).parsed

async def asyncio_detailed(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    body: TellsRequest,

) -> Response[Problem | TellResults]:
    """ Tell the results of many trials at once

     Each tell stands alone, as in a batch of reports.

    Args:
        study (str): Unique name; part of the path.
        body (TellsRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TellResults]
     """


    kwargs = _get_kwargs(
        study=study,
body=body,

    )

    response = await client.get_async_httpx_client().request(
        **kwargs
    )

    return _build_response(client=client, response=response)

async def asyncio(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    body: TellsRequest,

) -> Problem | TellResults | None:
    """ Tell the results of many trials at once

     Each tell stands alone, as in a batch of reports.

    Args:
        study (str): Unique name; part of the path.
        body (TellsRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TellResults
     """


    return (await asyncio_detailed(
        study=study,
client=client,
body=body,

    )).parsed
