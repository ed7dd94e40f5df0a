from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.problem import Problem
from ...models.study import Study
from ...models.study_patch import StudyPatch
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    study: str,
    *,
    body: StudyPatch,
    if_match: str | Unset = UNSET,

) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(if_match, Unset):
        headers["If-Match"] = if_match



    

    

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/v1/studies/{study}".format(study=quote(str(study), safe=""),),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/merge-patch+json"

    _kwargs["headers"] = headers
    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | Study:
    if response.status_code == 200:
        response_200 = Study.from_dict(response.json())



        return response_200

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
    study: str,
    *,
    client: AuthenticatedClient | Client,
    body: StudyPatch,
    if_match: str | Unset = UNSET,

) -> Response[Problem | Study]:
    """ Change a study (JSON Merge Patch)

     RFC 7396 - a member set to null is removed. One deviation: `sampler` and `pruner` are replaced
    whole, not merged, since their members
    depend on `type`; `constraints`, an array, are replaced whole too, and the feasibility of every
    trial is worked out anew.
    Only `name`, `objectives`, `search_space` and `seed` cannot change. A new pruner counts up
    `pruner_version`.
    The body may also be sent as `application/json`.

    Args:
        study (str): Unique name; part of the path.
        if_match (str | Unset):
        body (StudyPatch): What changes; a member left out stays as it is.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Study]
     """


    kwargs = _get_kwargs(
        study=study,
body=body,
if_match=if_match,

    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)

def sync(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    body: StudyPatch,
    if_match: str | Unset = UNSET,

) -> Problem | Study | None:
    """ Change a study (JSON Merge Patch)

     RFC 7396 - a member set to null is removed. One deviation: `sampler` and `pruner` are replaced
    whole, not merged, since their members
    depend on `type`; `constraints`, an array, are replaced whole too, and the feasibility of every
    trial is worked out anew.
    Only `name`, `objectives`, `search_space` and `seed` cannot change. A new pruner counts up
    `pruner_version`.
    The body may also be sent as `application/json`.

    Args:
        study (str): Unique name; part of the path.
        if_match (str | Unset):
        body (StudyPatch): What changes; a member left out stays as it is.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Study
     """


    return sync_detailed(
        study=study,
client=client,
body=body,
if_match=if_match,

    ).parsed

async def asyncio_detailed(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    body: StudyPatch,
    if_match: str | Unset = UNSET,

) -> Response[Problem | Study]:
    """ Change a study (JSON Merge Patch)

     RFC 7396 - a member set to null is removed. One deviation: `sampler` and `pruner` are replaced
    whole, not merged, since their members
    depend on `type`; `constraints`, an array, are replaced whole too, and the feasibility of every
    trial is worked out anew.
    Only `name`, `objectives`, `search_space` and `seed` cannot change. A new pruner counts up
    `pruner_version`.
    The body may also be sent as `application/json`.

    Args:
        study (str): Unique name; part of the path.
        if_match (str | Unset):
        body (StudyPatch): What changes; a member left out stays as it is.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Study]
     """


    kwargs = _get_kwargs(
        study=study,
body=body,
if_match=if_match,

    )

    response = await client.get_async_httpx_client().request(
        **kwargs
    )

    return _build_response(client=client, response=response)

async def asyncio(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    body: StudyPatch,
    if_match: str | Unset = UNSET,

) -> Problem | Study | None:
    """ Change a study (JSON Merge Patch)

     RFC 7396 - a member set to null is removed. One deviation: `sampler` and `pruner` are replaced
    whole, not merged, since their members
    depend on `type`; `constraints`, an array, are replaced whole too, and the feasibility of every
    trial is worked out anew.
    Only `name`, `objectives`, `search_space` and `seed` cannot change. A new pruner counts up
    `pruner_version`.
    The body may also be sent as `application/json`.

    Args:
        study (str): Unique name; part of the path.
        if_match (str | Unset):
        body (StudyPatch): What changes; a member left out stays as it is.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Study
     """


    return (await asyncio_detailed(
        study=study,
client=client,
body=body,
if_match=if_match,

    )).parsed
