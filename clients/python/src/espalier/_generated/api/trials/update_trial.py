from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.problem import Problem
from ...models.trial import Trial
from ...models.trial_patch import TrialPatch
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    study: str,
    number: int,
    *,
    body: TrialPatch,
    if_match: str | Unset = UNSET,

) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(if_match, Unset):
        headers["If-Match"] = if_match



    

    

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/v1/studies/{study}/trials/{number}".format(study=quote(str(study), safe=""),number=quote(str(number), safe=""),),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/merge-patch+json"

    _kwargs["headers"] = headers
    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | Trial:
    if response.status_code == 200:
        response_200 = Trial.from_dict(response.json())



        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | Trial]:
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
    body: TrialPatch,
    if_match: str | Unset = UNSET,

) -> Response[Problem | Trial]:
    """ Change a trial's user attrs (JSON Merge Patch)

     RFC 7396 - an attr set to null is removed. The body may also be sent as `application/json`.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        if_match (str | Unset):
        body (TrialPatch):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Trial]
     """


    kwargs = _get_kwargs(
        study=study,
number=number,
body=body,
if_match=if_match,

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
    body: TrialPatch,
    if_match: str | Unset = UNSET,

) -> Problem | Trial | None:
    """ Change a trial's user attrs (JSON Merge Patch)

     RFC 7396 - an attr set to null is removed. The body may also be sent as `application/json`.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        if_match (str | Unset):
        body (TrialPatch):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Trial
     """


    return sync_detailed(
        study=study,
number=number,
client=client,
body=body,
if_match=if_match,

    ).parsed

async def asyncio_detailed(
    study: str,
    number: int,
    *,
    client: AuthenticatedClient | Client,
    body: TrialPatch,
    if_match: str | Unset = UNSET,

) -> Response[Problem | Trial]:
    """ Change a trial's user attrs (JSON Merge Patch)

     RFC 7396 - an attr set to null is removed. The body may also be sent as `application/json`.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        if_match (str | Unset):
        body (TrialPatch):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Trial]
     """


    kwargs = _get_kwargs(
        study=study,
number=number,
body=body,
if_match=if_match,

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
    body: TrialPatch,
    if_match: str | Unset = UNSET,

) -> Problem | Trial | None:
    """ Change a trial's user attrs (JSON Merge Patch)

     RFC 7396 - an attr set to null is removed. The body may also be sent as `application/json`.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        if_match (str | Unset):
        body (TrialPatch):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Trial
     """


    return (await asyncio_detailed(
        study=study,
number=number,
client=client,
body=body,
if_match=if_match,

    )).parsed
