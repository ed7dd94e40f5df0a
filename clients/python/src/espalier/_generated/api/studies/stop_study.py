from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.problem import Problem
from ...models.study import Study
from typing import cast



def _get_kwargs(
    study: str,

) -> dict[str, Any]:
    

    

    

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/studies/{study}/stop".format(study=quote(str(study), safe=""),),
    }


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

) -> Response[Problem | Study]:
    """ Stop a study

     Later asks return no trials and `stop` true; running trials may still report and tell. Stopping a
    stopped study changes nothing.

    Args:
        study (str): Unique name; part of the path.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Study]
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

) -> Problem | Study | None:
    """ Stop a study

     Later asks return no trials and `stop` true; running trials may still report and tell. Stopping a
    stopped study changes nothing.

    Args:
        study (str): Unique name; part of the path.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Study
     """


    return sync_detailed(
        study=study,
client=client,

    ).parsed

async def asyncio_detailed(
    study: str,
    *,
    client: AuthenticatedClient | Client,

) -> Response[Problem | Study]:
    """ Stop a study

     Later asks return no trials and `stop` true; running trials may still report and tell. Stopping a
    stopped study changes nothing.

    Args:
        study (str): Unique name; part of the path.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Study]
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

) -> Problem | Study | None:
    """ Stop a study

     Later asks return no trials and `stop` true; running trials may still report and tell. Stopping a
    stopped study changes nothing.

    Args:
        study (str): Unique name; part of the path.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Study
     """


    return (await asyncio_detailed(
        study=study,
client=client,

    )).parsed
