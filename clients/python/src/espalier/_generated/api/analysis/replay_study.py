from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.problem import Problem
from ...models.replay_request import ReplayRequest
from ...models.replay_response import ReplayResponse
from typing import cast



def _get_kwargs(
    study: str,
    *,
    body: ReplayRequest,

) -> dict[str, Any]:
    headers: dict[str, Any] = {}


    

    

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/studies/{study}/replay".format(study=quote(str(study), safe=""),),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | ReplayResponse:
    if response.status_code == 200:
        response_200 = ReplayResponse.from_dict(response.json())



        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | ReplayResponse]:
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
    body: ReplayRequest,

) -> Response[Problem | ReplayResponse]:
    """ What other pruners would have saved and lost, over the recorded curves

     Changes nothing. The rules are those of a running study. What the recording cannot answer is said:
    trials that were cut short when they were recorded
    get bounds, and a study whose sampler learnt from its trials is replayed in its recorded order only.
    A server runs one replay at a time, and refuses
    one of more than 5,000,000 trials in all (pruners x orders x trials); `espalier replay FILE` has no
    limit.

    Args:
        study (str): Unique name; part of the path.
        body (ReplayRequest): What pruners would have done.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | ReplayResponse]
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
    body: ReplayRequest,

) -> Problem | ReplayResponse | None:
    """ What other pruners would have saved and lost, over the recorded curves

     Changes nothing. The rules are those of a running study. What the recording cannot answer is said:
    trials that were cut short when they were recorded
    get bounds, and a study whose sampler learnt from its trials is replayed in its recorded order only.
    A server runs one replay at a time, and refuses
    one of more than 5,000,000 trials in all (pruners x orders x trials); `espalier replay FILE` has no
    limit.

    Args:
        study (str): Unique name; part of the path.
        body (ReplayRequest): What pruners would have done.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | ReplayResponse
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
    body: ReplayRequest,

) -> Response[Problem | ReplayResponse]:
    """ What other pruners would have saved and lost, over the recorded curves

     Changes nothing. The rules are those of a running study. What the recording cannot answer is said:
    trials that were cut short when they were recorded
    get bounds, and a study whose sampler learnt from its trials is replayed in its recorded order only.
    A server runs one replay at a time, and refuses
    one of more than 5,000,000 trials in all (pruners x orders x trials); `espalier replay FILE` has no
    limit.

    Args:
        study (str): Unique name; part of the path.
        body (ReplayRequest): What pruners would have done.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | ReplayResponse]
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
    body: ReplayRequest,

) -> Problem | ReplayResponse | None:
    """ What other pruners would have saved and lost, over the recorded curves

     Changes nothing. The rules are those of a running study. What the recording cannot answer is said:
    trials that were cut short when they were recorded
    get bounds, and a study whose sampler learnt from its trials is replayed in its recorded order only.
    A server runs one replay at a time, and refuses
    one of more than 5,000,000 trials in all (pruners x orders x trials); `espalier replay FILE` has no
    limit.

    Args:
        study (str): Unique name; part of the path.
        body (ReplayRequest): What pruners would have done.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | ReplayResponse
     """


    return (await asyncio_detailed(
        study=study,
client=client,
body=body,

    )).parsed
