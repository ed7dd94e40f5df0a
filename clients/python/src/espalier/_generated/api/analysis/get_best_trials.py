from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.best_trials import BestTrials
from ...models.problem import Problem
from typing import cast



def _get_kwargs(
    study: str,

) -> dict[str, Any]:
    

    

    

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/studies/{study}/best".format(study=quote(str(study), safe=""),),
    }


    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> BestTrials | Problem:
    if response.status_code == 200:
        response_200 = BestTrials.from_dict(response.json())



        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[BestTrials | Problem]:
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

) -> Response[BestTrials | Problem]:
    """ The best trial, or the Pareto front

     Feasible trials first. While none is feasible, the least violating one, with `feasible` false.

    Args:
        study (str): Unique name; part of the path.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BestTrials | Problem]
     """


    kwargs = _get_kwargs(
        study=study,

    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)

def sync(
    study: str,
    *,
    client: AuthenticatedClient | Client,

) -> BestTrials | Problem | None:
    """ The best trial, or the Pareto front

     Feasible trials first. While none is feasible, the least violating one, with `feasible` false.

    Args:
        study (str): Unique name; part of the path.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BestTrials | Problem
     """


    return sync_detailed(
        study=study,
client=client,

    ).parsed

async def asyncio_detailed(
    study: str,
    *,
    client: AuthenticatedClient | Client,

) -> Response[BestTrials | Problem]:
    """ The best trial, or the Pareto front

     Feasible trials first. While none is feasible, the least violating one, with `feasible` false.

    Args:
        study (str): Unique name; part of the path.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BestTrials | Problem]
     """


    kwargs = _get_kwargs(
        study=study,

    )

    response = await client.get_async_httpx_client().request(
        **kwargs
    )

    return _build_response(client=client, response=response)

async def asyncio(
    study: str,
    *,
    client: AuthenticatedClient | Client,

) -> BestTrials | Problem | None:
    """ The best trial, or the Pareto front

     Feasible trials first. While none is feasible, the least violating one, with `feasible` false.

    Args:
        study (str): Unique name; part of the path.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BestTrials | Problem
     """


    return (await asyncio_detailed(
        study=study,
client=client,

    )).parsed
