from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.problem import Problem
from ...models.suggest_request import SuggestRequest
from ...models.suggest_response import SuggestResponse
from typing import cast



def _get_kwargs(
    study: str,
    number: int,
    *,
    body: SuggestRequest,

) -> dict[str, Any]:
    headers: dict[str, Any] = {}


    

    

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/studies/{study}/trials/{number}/suggest".format(study=quote(str(study), safe=""),number=quote(str(number), safe=""),),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | SuggestResponse:
    if response.status_code == 200:
        response_200 = SuggestResponse.from_dict(response.json())



        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | SuggestResponse]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    study: str,
    number: int,
    *,
    client: AuthenticatedClient | Client,
    body: SuggestRequest,

) -> Response[Problem | SuggestResponse]:
    """ Suggest further parameters for a running trial (define-by-run)

     A name suggested before keeps its value; the same name with another distribution is 409
    `distribution_conflict`, or drawn anew with `replace`.
    Who guesses what a trial will need asks for it all at once, and tells which `unused_params` it did
    not need.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        body (SuggestRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SuggestResponse]
     """


    kwargs = _get_kwargs(
        study=study,
number=number,
body=body,

    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)

def sync(
    study: str,
    number: int,
    *,
    client: AuthenticatedClient | Client,
    body: SuggestRequest,

) -> Problem | SuggestResponse | None:
    """ Suggest further parameters for a running trial (define-by-run)

     A name suggested before keeps its value; the same name with another distribution is 409
    `distribution_conflict`, or drawn anew with `replace`.
    Who guesses what a trial will need asks for it all at once, and tells which `unused_params` it did
    not need.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        body (SuggestRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SuggestResponse
     """


    return sync_detailed(
        study=study,
number=number,
client=client,
body=body,

    ).parsed

async def asyncio_detailed(
    study: str,
    number: int,
    *,
    client: AuthenticatedClient | Client,
    body: SuggestRequest,

) -> Response[Problem | SuggestResponse]:
    """ Suggest further parameters for a running trial (define-by-run)

     A name suggested before keeps its value; the same name with another distribution is 409
    `distribution_conflict`, or drawn anew with `replace`.
    Who guesses what a trial will need asks for it all at once, and tells which `unused_params` it did
    not need.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        body (SuggestRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SuggestResponse]
     """


    kwargs = _get_kwargs(
        study=study,
number=number,
body=body,

    )

    response = await client.get_async_httpx_client().request(
        **kwargs
    )

    return _build_response(client=client, response=response)

async def asyncio(
    study: str,
    number: int,
    *,
    client: AuthenticatedClient | Client,
    body: SuggestRequest,

) -> Problem | SuggestResponse | None:
    """ Suggest further parameters for a running trial (define-by-run)

     A name suggested before keeps its value; the same name with another distribution is 409
    `distribution_conflict`, or drawn anew with `replace`.
    Who guesses what a trial will need asks for it all at once, and tells which `unused_params` it did
    not need.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        body (SuggestRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SuggestResponse
     """


    return (await asyncio_detailed(
        study=study,
number=number,
client=client,
body=body,

    )).parsed
