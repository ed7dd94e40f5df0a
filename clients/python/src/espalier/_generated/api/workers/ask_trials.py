from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.ask_request import AskRequest
from ...models.ask_response import AskResponse
from ...models.problem import Problem
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    study: str,
    *,
    body: AskRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,

) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key



    

    

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/studies/{study}/ask".format(study=quote(str(study), safe=""),),
    }

    
    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> AskResponse | Problem:
    if response.status_code == 200:
        response_200 = AskResponse.from_dict(response.json())



        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[AskResponse | Problem]:
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
    body: AskRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,

) -> Response[AskResponse | Problem]:
    """ Ask for one or more trials

     Enqueued (WAITING) trials are handed out first, oldest first; then new ones are sampled. With
    `params`, all trials of the ask get these, and those
    that wait and cannot are left waiting.
    The trials are RUNNING when this returns, and each is the worker's until its `lease_expires`. Fewer
    than `count` come back when the
    study's budget is used up, it is stopped, or its search space is exhausted: then `stop` is true and
    the worker can end.
    An answer without trials that is no stop carries `retry_after`: ask again then.
    The body may be left out: one trial of the study's search space.

    Args:
        study (str): Unique name; part of the path.
        idempotency_key (str | Unset):
        body (AskRequest | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AskResponse | Problem]
     """


    kwargs = _get_kwargs(
        study=study,
body=body,
idempotency_key=idempotency_key,

    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)

def sync(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    body: AskRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,

) -> AskResponse | Problem | None:
    """ Ask for one or more trials

     Enqueued (WAITING) trials are handed out first, oldest first; then new ones are sampled. With
    `params`, all trials of the ask get these, and those
    that wait and cannot are left waiting.
    The trials are RUNNING when this returns, and each is the worker's until its `lease_expires`. Fewer
    than `count` come back when the
    study's budget is used up, it is stopped, or its search space is exhausted: then `stop` is true and
    the worker can end.
    An answer without trials that is no stop carries `retry_after`: ask again then.
    The body may be left out: one trial of the study's search space.

    Args:
        study (str): Unique name; part of the path.
        idempotency_key (str | Unset):
        body (AskRequest | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AskResponse | Problem
     """


    return sync_detailed(
        study=study,
client=client,
body=body,
idempotency_key=idempotency_key,

    ).parsed

async def asyncio_detailed(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    body: AskRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,

) -> Response[AskResponse | Problem]:
    """ Ask for one or more trials

     Enqueued (WAITING) trials are handed out first, oldest first; then new ones are sampled. With
    `params`, all trials of the ask get these, and those
    that wait and cannot are left waiting.
    The trials are RUNNING when this returns, and each is the worker's until its `lease_expires`. Fewer
    than `count` come back when the
    study's budget is used up, it is stopped, or its search space is exhausted: then `stop` is true and
    the worker can end.
    An answer without trials that is no stop carries `retry_after`: ask again then.
    The body may be left out: one trial of the study's search space.

    Args:
        study (str): Unique name; part of the path.
        idempotency_key (str | Unset):
        body (AskRequest | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AskResponse | Problem]
     """


    kwargs = _get_kwargs(
        study=study,
body=body,
idempotency_key=idempotency_key,

    )

    response = await client.get_async_httpx_client().request(
        **kwargs
    )

    return _build_response(client=client, response=response)

async def asyncio(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    body: AskRequest | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,

) -> AskResponse | Problem | None:
    """ Ask for one or more trials

     Enqueued (WAITING) trials are handed out first, oldest first; then new ones are sampled. With
    `params`, all trials of the ask get these, and those
    that wait and cannot are left waiting.
    The trials are RUNNING when this returns, and each is the worker's until its `lease_expires`. Fewer
    than `count` come back when the
    study's budget is used up, it is stopped, or its search space is exhausted: then `stop` is true and
    the worker can end.
    An answer without trials that is no stop carries `retry_after`: ask again then.
    The body may be left out: one trial of the study's search space.

    Args:
        study (str): Unique name; part of the path.
        idempotency_key (str | Unset):
        body (AskRequest | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AskResponse | Problem
     """


    return (await asyncio_detailed(
        study=study,
client=client,
body=body,
idempotency_key=idempotency_key,

    )).parsed
