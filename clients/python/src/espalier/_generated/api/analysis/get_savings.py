from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.problem import Problem
from ...models.savings import Savings
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    study: str,
    *,
    co2_grams_per_kwh: float | Unset = UNSET,

) -> dict[str, Any]:
    

    

    params: dict[str, Any] = {}

    params["co2_grams_per_kwh"] = co2_grams_per_kwh


    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}


    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/studies/{study}/savings".format(study=quote(str(study), safe=""),),
        "params": params,
    }


    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | Savings:
    if response.status_code == 200:
        response_200 = Savings.from_dict(response.json())



        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | Savings]:
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
    co2_grams_per_kwh: float | Unset = UNSET,

) -> Response[Problem | Savings]:
    """ What pruning saved, and what it risked

     Used is measured, saved is an estimate with an interval: for each pruned trial the steps left, at
    its own cost per step, corrected by what the same
    estimate would have missed in COMPLETE trials. False prunes are counted on trials that went on
    although a rule fired: those of the holdout, and
    those of times in which every prediction was in shadow mode. Without any, the rate is left out:
    unknown, not zero.

    Args:
        study (str): Unique name; part of the path.
        co2_grams_per_kwh (float | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Savings]
     """


    kwargs = _get_kwargs(
        study=study,
co2_grams_per_kwh=co2_grams_per_kwh,

    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)

def sync(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    co2_grams_per_kwh: float | Unset = UNSET,

) -> Problem | Savings | None:
    """ What pruning saved, and what it risked

     Used is measured, saved is an estimate with an interval: for each pruned trial the steps left, at
    its own cost per step, corrected by what the same
    estimate would have missed in COMPLETE trials. False prunes are counted on trials that went on
    although a rule fired: those of the holdout, and
    those of times in which every prediction was in shadow mode. Without any, the rate is left out:
    unknown, not zero.

    Args:
        study (str): Unique name; part of the path.
        co2_grams_per_kwh (float | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Savings
     """


    return sync_detailed(
        study=study,
client=client,
co2_grams_per_kwh=co2_grams_per_kwh,

    ).parsed

async def asyncio_detailed(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    co2_grams_per_kwh: float | Unset = UNSET,

) -> Response[Problem | Savings]:
    """ What pruning saved, and what it risked

     Used is measured, saved is an estimate with an interval: for each pruned trial the steps left, at
    its own cost per step, corrected by what the same
    estimate would have missed in COMPLETE trials. False prunes are counted on trials that went on
    although a rule fired: those of the holdout, and
    those of times in which every prediction was in shadow mode. Without any, the rate is left out:
    unknown, not zero.

    Args:
        study (str): Unique name; part of the path.
        co2_grams_per_kwh (float | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Savings]
     """


    kwargs = _get_kwargs(
        study=study,
co2_grams_per_kwh=co2_grams_per_kwh,

    )

    response = await client.get_async_httpx_client().request(
        **kwargs
    )

    return _build_response(client=client, response=response)

async def asyncio(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    co2_grams_per_kwh: float | Unset = UNSET,

) -> Problem | Savings | None:
    """ What pruning saved, and what it risked

     Used is measured, saved is an estimate with an interval: for each pruned trial the steps left, at
    its own cost per step, corrected by what the same
    estimate would have missed in COMPLETE trials. False prunes are counted on trials that went on
    although a rule fired: those of the holdout, and
    those of times in which every prediction was in shadow mode. Without any, the rate is left out:
    unknown, not zero.

    Args:
        study (str): Unique name; part of the path.
        co2_grams_per_kwh (float | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Savings
     """


    return (await asyncio_detailed(
        study=study,
client=client,
co2_grams_per_kwh=co2_grams_per_kwh,

    )).parsed
