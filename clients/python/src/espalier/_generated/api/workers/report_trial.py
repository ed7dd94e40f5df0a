from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.decision import Decision
from ...models.problem import Problem
from ...models.report import Report
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    study: str,
    number: int,
    *,
    body: Report,
    explain: bool | Unset = False,

) -> dict[str, Any]:
    headers: dict[str, Any] = {}


    

    params: dict[str, Any] = {}

    params["explain"] = explain


    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}


    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/studies/{study}/trials/{number}/report".format(study=quote(str(study), safe=""),number=quote(str(number), safe=""),),
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Decision | Problem:
    if response.status_code == 200:
        response_200 = Decision.from_dict(response.json())



        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Decision | Problem]:
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
    body: Report,
    explain: bool | Unset = False,

) -> Response[Decision | Problem]:
    """ Report metrics; get the prune decision

     One round trip: what is measured goes up, `should_prune` comes back, and the trial's lease is
    renewed.
    With `step` it is a point of the learning curve, keyed by (trial, `source`, `step`); without, a
    sample in time, keyed by
    (trial, `source`, `seq`). A key sent before keeps its first values, and its stored decision comes
    back with `ignored` true.
    A report with neither `step` nor `seq` is stored at least once: sent again, it may be stored twice.
    Reporters with a `source` each (a script and an agent, say) can report the same trial side by side.
    `value` in a study of several objectives is 422 `values_mismatch`.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        explain (bool | Unset):  Default: False.
        body (Report): One observation; `value` or `metrics` or both. One with neither `step` nor
            `seq` is stored at least once.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Decision | Problem]
     """


    kwargs = _get_kwargs(
        study=study,
number=number,
body=body,
explain=explain,

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
    body: Report,
    explain: bool | Unset = False,

) -> Decision | Problem | None:
    """ Report metrics; get the prune decision

     One round trip: what is measured goes up, `should_prune` comes back, and the trial's lease is
    renewed.
    With `step` it is a point of the learning curve, keyed by (trial, `source`, `step`); without, a
    sample in time, keyed by
    (trial, `source`, `seq`). A key sent before keeps its first values, and its stored decision comes
    back with `ignored` true.
    A report with neither `step` nor `seq` is stored at least once: sent again, it may be stored twice.
    Reporters with a `source` each (a script and an agent, say) can report the same trial side by side.
    `value` in a study of several objectives is 422 `values_mismatch`.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        explain (bool | Unset):  Default: False.
        body (Report): One observation; `value` or `metrics` or both. One with neither `step` nor
            `seq` is stored at least once.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Decision | Problem
     """


    return sync_detailed(
        study=study,
number=number,
client=client,
body=body,
explain=explain,

    ).parsed

async def asyncio_detailed(
    study: str,
    number: int,
    *,
    client: AuthenticatedClient | Client,
    body: Report,
    explain: bool | Unset = False,

) -> Response[Decision | Problem]:
    """ Report metrics; get the prune decision

     One round trip: what is measured goes up, `should_prune` comes back, and the trial's lease is
    renewed.
    With `step` it is a point of the learning curve, keyed by (trial, `source`, `step`); without, a
    sample in time, keyed by
    (trial, `source`, `seq`). A key sent before keeps its first values, and its stored decision comes
    back with `ignored` true.
    A report with neither `step` nor `seq` is stored at least once: sent again, it may be stored twice.
    Reporters with a `source` each (a script and an agent, say) can report the same trial side by side.
    `value` in a study of several objectives is 422 `values_mismatch`.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        explain (bool | Unset):  Default: False.
        body (Report): One observation; `value` or `metrics` or both. One with neither `step` nor
            `seq` is stored at least once.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Decision | Problem]
     """


    kwargs = _get_kwargs(
        study=study,
number=number,
body=body,
explain=explain,

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
    body: Report,
    explain: bool | Unset = False,

) -> Decision | Problem | None:
    """ Report metrics; get the prune decision

     One round trip: what is measured goes up, `should_prune` comes back, and the trial's lease is
    renewed.
    With `step` it is a point of the learning curve, keyed by (trial, `source`, `step`); without, a
    sample in time, keyed by
    (trial, `source`, `seq`). A key sent before keeps its first values, and its stored decision comes
    back with `ignored` true.
    A report with neither `step` nor `seq` is stored at least once: sent again, it may be stored twice.
    Reporters with a `source` each (a script and an agent, say) can report the same trial side by side.
    `value` in a study of several objectives is 422 `values_mismatch`.

    Args:
        study (str): Unique name; part of the path.
        number (int):
        explain (bool | Unset):  Default: False.
        body (Report): One observation; `value` or `metrics` or both. One with neither `step` nor
            `seq` is stored at least once.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Decision | Problem
     """


    return (await asyncio_detailed(
        study=study,
number=number,
client=client,
body=body,
explain=explain,

    )).parsed
