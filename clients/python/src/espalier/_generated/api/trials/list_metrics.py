from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.metric_page import MetricPage
from ...models.problem import Problem
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    study: str,
    number: int,
    *,
    page_size: int | Unset = 100,
    page_token: str | Unset = UNSET,
    name: list[str] | Unset = UNSET,

) -> dict[str, Any]:
    

    

    params: dict[str, Any] = {}

    params["page_size"] = page_size

    params["page_token"] = page_token

    json_name: list[str] | Unset = UNSET
    if not isinstance(name, Unset):
        json_name = name


    params["name"] = json_name


    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}


    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/studies/{study}/trials/{number}/metrics".format(study=quote(str(study), safe=""),number=quote(str(number), safe=""),),
        "params": params,
    }


    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> MetricPage | Problem:
    if response.status_code == 200:
        response_200 = MetricPage.from_dict(response.json())



        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[MetricPage | Problem]:
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
    page_size: int | Unset = 100,
    page_token: str | Unset = UNSET,
    name: list[str] | Unset = UNSET,

) -> Response[MetricPage | Problem]:
    """ A trial's reported metrics

    Args:
        study (str): Unique name; part of the path.
        number (int):
        page_size (int | Unset):  Default: 100.
        page_token (str | Unset):
        name (list[str] | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MetricPage | Problem]
     """


    kwargs = _get_kwargs(
        study=study,
number=number,
page_size=page_size,
page_token=page_token,
name=name,

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
    page_size: int | Unset = 100,
    page_token: str | Unset = UNSET,
    name: list[str] | Unset = UNSET,

) -> MetricPage | Problem | None:
    """ A trial's reported metrics

    Args:
        study (str): Unique name; part of the path.
        number (int):
        page_size (int | Unset):  Default: 100.
        page_token (str | Unset):
        name (list[str] | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MetricPage | Problem
     """


    return sync_detailed(
        study=study,
number=number,
client=client,
page_size=page_size,
page_token=page_token,
name=name,

    ).parsed

async def asyncio_detailed(
    study: str,
    number: int,
    *,
    client: AuthenticatedClient | Client,
    page_size: int | Unset = 100,
    page_token: str | Unset = UNSET,
    name: list[str] | Unset = UNSET,

) -> Response[MetricPage | Problem]:
    """ A trial's reported metrics

    Args:
        study (str): Unique name; part of the path.
        number (int):
        page_size (int | Unset):  Default: 100.
        page_token (str | Unset):
        name (list[str] | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MetricPage | Problem]
     """


    kwargs = _get_kwargs(
        study=study,
number=number,
page_size=page_size,
page_token=page_token,
name=name,

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
    page_size: int | Unset = 100,
    page_token: str | Unset = UNSET,
    name: list[str] | Unset = UNSET,

) -> MetricPage | Problem | None:
    """ A trial's reported metrics

    Args:
        study (str): Unique name; part of the path.
        number (int):
        page_size (int | Unset):  Default: 100.
        page_token (str | Unset):
        name (list[str] | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MetricPage | Problem
     """


    return (await asyncio_detailed(
        study=study,
number=number,
client=client,
page_size=page_size,
page_token=page_token,
name=name,

    )).parsed
