from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.problem import Problem
from ...models.tell import Tell
from ...models.trial import Trial
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    study: str,
    number: int,
    *,
    body: Tell | Unset = UNSET,

) -> dict[str, Any]:
    headers: dict[str, Any] = {}


    

    

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/studies/{study}/trials/{number}/tell".format(study=quote(str(study), safe=""),number=quote(str(number), safe=""),),
    }

    
    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

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
    body: Tell | Unset = UNSET,

) -> Response[Problem | Trial]:
    """ Tell a trial's result

     `value` (or `values`, an array or a map by metric) makes it COMPLETE. Without either, each objective
    takes the aggregate of its reported metric (the declared one, `last` by default);
    an objective never reported is 422 `values_mismatch`, and so is a value that is not finite: tell it
    as FAIL.
    `metrics` are final metrics that were never reported: a latency, a model size.
    PRUNED and FAIL take no value: such a trial has no `values` and keeps `last_values`; an intermediate
    value never becomes a final one.
    Telling the same again returns the trial; telling something else is 409 `trial_finished`. The body
    may be left out.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        body (Tell | Unset):

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
    body: Tell | Unset = UNSET,

) -> Problem | Trial | None:
    """ Tell a trial's result

     `value` (or `values`, an array or a map by metric) makes it COMPLETE. Without either, each objective
    takes the aggregate of its reported metric (the declared one, `last` by default);
    an objective never reported is 422 `values_mismatch`, and so is a value that is not finite: tell it
    as FAIL.
    `metrics` are final metrics that were never reported: a latency, a model size.
    PRUNED and FAIL take no value: such a trial has no `values` and keeps `last_values`; an intermediate
    value never becomes a final one.
    Telling the same again returns the trial; telling something else is 409 `trial_finished`. The body
    may be left out.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        body (Tell | Unset):

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

    ).parsed

async def asyncio_detailed(
    study: str,
    number: int,
    *,
    client: AuthenticatedClient | Client,
    body: Tell | Unset = UNSET,

) -> Response[Problem | Trial]:
    """ Tell a trial's result

     `value` (or `values`, an array or a map by metric) makes it COMPLETE. Without either, each objective
    takes the aggregate of its reported metric (the declared one, `last` by default);
    an objective never reported is 422 `values_mismatch`, and so is a value that is not finite: tell it
    as FAIL.
    `metrics` are final metrics that were never reported: a latency, a model size.
    PRUNED and FAIL take no value: such a trial has no `values` and keeps `last_values`; an intermediate
    value never becomes a final one.
    Telling the same again returns the trial; telling something else is 409 `trial_finished`. The body
    may be left out.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        body (Tell | Unset):

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
    body: Tell | Unset = UNSET,

) -> Problem | Trial | None:
    """ Tell a trial's result

     `value` (or `values`, an array or a map by metric) makes it COMPLETE. Without either, each objective
    takes the aggregate of its reported metric (the declared one, `last` by default);
    an objective never reported is 422 `values_mismatch`, and so is a value that is not finite: tell it
    as FAIL.
    `metrics` are final metrics that were never reported: a latency, a model size.
    PRUNED and FAIL take no value: such a trial has no `values` and keeps `last_values`; an intermediate
    value never becomes a final one.
    Telling the same again returns the trial; telling something else is 409 `trial_finished`. The body
    may be left out.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        body (Tell | Unset):

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

    )).parsed
