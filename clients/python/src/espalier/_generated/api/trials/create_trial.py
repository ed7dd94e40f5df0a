from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.problem import Problem
from ...models.trial import Trial
from ...models.trial_create import TrialCreate
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    study: str,
    *,
    body: TrialCreate,
    idempotency_key: str | Unset = UNSET,

) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key



    

    

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/studies/{study}/trials".format(study=quote(str(study), safe=""),),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | Trial:
    if response.status_code == 200:
        response_200 = Trial.from_dict(response.json())



        return response_200

    if response.status_code == 201:
        response_201 = Trial.from_dict(response.json())



        return response_201

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
    *,
    client: AuthenticatedClient | Client,
    body: TrialCreate,
    idempotency_key: str | Unset = UNSET,

) -> Response[Problem | Trial]:
    """ Enqueue a trial, or add a finished one

     Without `state` (or WAITING) the given `params` are enqueued and handed out by the next ask
    (Optuna's `enqueue_trial`).
    With a finished `state` the trial is added as history, with its `reports` if there are any (Optuna's
    `add_trial`);
    `distributions` defaults to the study's search space. What an enqueued trial leaves out is sampled
    when it is handed out; a value out of range is 400.
    201 when it was made; with `skip_if_exists`, 200 and the trial that has the same params already.

    Args:
        study (str): Unique name; part of the path.
        idempotency_key (str | Unset):
        body (TrialCreate):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Trial]
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
    body: TrialCreate,
    idempotency_key: str | Unset = UNSET,

) -> Problem | Trial | None:
    """ Enqueue a trial, or add a finished one

     Without `state` (or WAITING) the given `params` are enqueued and handed out by the next ask
    (Optuna's `enqueue_trial`).
    With a finished `state` the trial is added as history, with its `reports` if there are any (Optuna's
    `add_trial`);
    `distributions` defaults to the study's search space. What an enqueued trial leaves out is sampled
    when it is handed out; a value out of range is 400.
    201 when it was made; with `skip_if_exists`, 200 and the trial that has the same params already.

    Args:
        study (str): Unique name; part of the path.
        idempotency_key (str | Unset):
        body (TrialCreate):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Trial
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
    body: TrialCreate,
    idempotency_key: str | Unset = UNSET,

) -> Response[Problem | Trial]:
    """ Enqueue a trial, or add a finished one

     Without `state` (or WAITING) the given `params` are enqueued and handed out by the next ask
    (Optuna's `enqueue_trial`).
    With a finished `state` the trial is added as history, with its `reports` if there are any (Optuna's
    `add_trial`);
    `distributions` defaults to the study's search space. What an enqueued trial leaves out is sampled
    when it is handed out; a value out of range is 400.
    201 when it was made; with `skip_if_exists`, 200 and the trial that has the same params already.

    Args:
        study (str): Unique name; part of the path.
        idempotency_key (str | Unset):
        body (TrialCreate):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Trial]
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
    body: TrialCreate,
    idempotency_key: str | Unset = UNSET,

) -> Problem | Trial | None:
    """ Enqueue a trial, or add a finished one

     Without `state` (or WAITING) the given `params` are enqueued and handed out by the next ask
    (Optuna's `enqueue_trial`).
    With a finished `state` the trial is added as history, with its `reports` if there are any (Optuna's
    `add_trial`);
    `distributions` defaults to the study's search space. What an enqueued trial leaves out is sampled
    when it is handed out; a value out of range is 400.
    201 when it was made; with `skip_if_exists`, 200 and the trial that has the same params already.

    Args:
        study (str): Unique name; part of the path.
        idempotency_key (str | Unset):
        body (TrialCreate):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Trial
     """


    return (await asyncio_detailed(
        study=study,
client=client,
body=body,
idempotency_key=idempotency_key,

    )).parsed
