from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.decision import Decision
from ...models.problem import Problem
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    study: str,
    number: int,
    *,
    explain: bool | Unset = False,
    step: int | Unset = UNSET,
    wait_seconds: int | Unset = 0,

) -> dict[str, Any]:
    

    

    params: dict[str, Any] = {}

    params["explain"] = explain

    params["step"] = step

    params["wait_seconds"] = wait_seconds


    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}


    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/studies/{study}/trials/{number}/decision".format(study=quote(str(study), safe=""),number=quote(str(number), safe=""),),
        "params": params,
    }


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
    explain: bool | Unset = False,
    step: int | Unset = UNSET,
    wait_seconds: int | Unset = 0,

) -> Response[Decision | Problem]:
    """ The current decision with its explanation, if wished once it changes (long poll)

     With `explain` the verdict is explained as of a report of the past, whatever became of the trial:
    what was known then is read again, with the pruner
    that was in force then. It answers "why was it not pruned?".

    Args:
        study (str): Unique name; part of the path.
        number (int):
        explain (bool | Unset):  Default: False.
        step (int | Unset):
        wait_seconds (int | Unset):  Default: 0.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Decision | Problem]
     """


    kwargs = _get_kwargs(
        study=study,
number=number,
explain=explain,
step=step,
wait_seconds=wait_seconds,

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
    explain: bool | Unset = False,
    step: int | Unset = UNSET,
    wait_seconds: int | Unset = 0,

) -> Decision | Problem | None:
    """ The current decision with its explanation, if wished once it changes (long poll)

     With `explain` the verdict is explained as of a report of the past, whatever became of the trial:
    what was known then is read again, with the pruner
    that was in force then. It answers "why was it not pruned?".

    Args:
        study (str): Unique name; part of the path.
        number (int):
        explain (bool | Unset):  Default: False.
        step (int | Unset):
        wait_seconds (int | Unset):  Default: 0.

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
explain=explain,
step=step,
wait_seconds=wait_seconds,

    ).parsed

async def asyncio_detailed(
    study: str,
    number: int,
    *,
    client: AuthenticatedClient | Client,
    explain: bool | Unset = False,
    step: int | Unset = UNSET,
    wait_seconds: int | Unset = 0,

) -> Response[Decision | Problem]:
    """ The current decision with its explanation, if wished once it changes (long poll)

     With `explain` the verdict is explained as of a report of the past, whatever became of the trial:
    what was known then is read again, with the pruner
    that was in force then. It answers "why was it not pruned?".

    Args:
        study (str): Unique name; part of the path.
        number (int):
        explain (bool | Unset):  Default: False.
        step (int | Unset):
        wait_seconds (int | Unset):  Default: 0.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Decision | Problem]
     """


    kwargs = _get_kwargs(
        study=study,
number=number,
explain=explain,
step=step,
wait_seconds=wait_seconds,

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
    explain: bool | Unset = False,
    step: int | Unset = UNSET,
    wait_seconds: int | Unset = 0,

) -> Decision | Problem | None:
    """ The current decision with its explanation, if wished once it changes (long poll)

     With `explain` the verdict is explained as of a report of the past, whatever became of the trial:
    what was known then is read again, with the pruner
    that was in force then. It answers "why was it not pruned?".

    Args:
        study (str): Unique name; part of the path.
        number (int):
        explain (bool | Unset):  Default: False.
        step (int | Unset):
        wait_seconds (int | Unset):  Default: 0.

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
explain=explain,
step=step,
wait_seconds=wait_seconds,

    )).parsed
