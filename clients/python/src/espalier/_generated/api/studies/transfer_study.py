from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.problem import Problem
from ...models.transfer_request import TransferRequest
from ...models.transfer_result import TransferResult
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    study: str,
    *,
    body: TransferRequest,
    idempotency_key: str | Unset = UNSET,

) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key



    

    

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/studies/{study}/transfer".format(study=quote(str(study), safe=""),),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | TransferResult:
    if response.status_code == 200:
        response_200 = TransferResult.from_dict(response.json())



        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | TransferResult]:
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
    body: TransferRequest,
    idempotency_key: str | Unset = UNSET,

) -> Response[Problem | TransferResult]:
    """ Take over what another study learnt

     `history` adds the trials of the other study that ended, with all they reported, as history of this
    one: the objectives must be the same, the
    constraints are applied anew, and nothing counts as spent. `best` enqueues the params of its best
    trials, the best first; those that do not fit
    are sampled. Params that are not in this study's search space are left out; a trial with none that
    is, or in a history with a value
    outside it, is skipped. The trials say in `sampling_reason` where they are from. A transfer of a
    large history is not one write: a failure on the
    way leaves a part, and a history sent twice is there twice.

    Args:
        study (str): Unique name; part of the path.
        idempotency_key (str | Unset):
        body (TransferRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TransferResult]
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
    body: TransferRequest,
    idempotency_key: str | Unset = UNSET,

) -> Problem | TransferResult | None:
    """ Take over what another study learnt

     `history` adds the trials of the other study that ended, with all they reported, as history of this
    one: the objectives must be the same, the
    constraints are applied anew, and nothing counts as spent. `best` enqueues the params of its best
    trials, the best first; those that do not fit
    are sampled. Params that are not in this study's search space are left out; a trial with none that
    is, or in a history with a value
    outside it, is skipped. The trials say in `sampling_reason` where they are from. A transfer of a
    large history is not one write: a failure on the
    way leaves a part, and a history sent twice is there twice.

    Args:
        study (str): Unique name; part of the path.
        idempotency_key (str | Unset):
        body (TransferRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TransferResult
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
    body: TransferRequest,
    idempotency_key: str | Unset = UNSET,

) -> Response[Problem | TransferResult]:
    """ Take over what another study learnt

     `history` adds the trials of the other study that ended, with all they reported, as history of this
    one: the objectives must be the same, the
    constraints are applied anew, and nothing counts as spent. `best` enqueues the params of its best
    trials, the best first; those that do not fit
    are sampled. Params that are not in this study's search space are left out; a trial with none that
    is, or in a history with a value
    outside it, is skipped. The trials say in `sampling_reason` where they are from. A transfer of a
    large history is not one write: a failure on the
    way leaves a part, and a history sent twice is there twice.

    Args:
        study (str): Unique name; part of the path.
        idempotency_key (str | Unset):
        body (TransferRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TransferResult]
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
    body: TransferRequest,
    idempotency_key: str | Unset = UNSET,

) -> Problem | TransferResult | None:
    """ Take over what another study learnt

     `history` adds the trials of the other study that ended, with all they reported, as history of this
    one: the objectives must be the same, the
    constraints are applied anew, and nothing counts as spent. `best` enqueues the params of its best
    trials, the best first; those that do not fit
    are sampled. Params that are not in this study's search space are left out; a trial with none that
    is, or in a history with a value
    outside it, is skipped. The trials say in `sampling_reason` where they are from. A transfer of a
    large history is not one write: a failure on the
    way leaves a part, and a history sent twice is there twice.

    Args:
        study (str): Unique name; part of the path.
        idempotency_key (str | Unset):
        body (TransferRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TransferResult
     """


    return (await asyncio_detailed(
        study=study,
client=client,
body=body,
idempotency_key=idempotency_key,

    )).parsed
