from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.problem import Problem
from ...models.report_results import ReportResults
from ...models.reports_request import ReportsRequest
from typing import cast



def _get_kwargs(
    study: str,
    *,
    body: ReportsRequest,

) -> dict[str, Any]:
    headers: dict[str, Any] = {}


    

    

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/studies/{study}/reports".format(study=quote(str(study), safe=""),),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | ReportResults:
    if response.status_code == 200:
        response_200 = ReportResults.from_dict(response.json())



        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | ReportResults]:
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
    body: ReportsRequest,

) -> Response[Problem | ReportResults]:
    """ Report for many steps or many trials at once

     Each report stands alone; one that fails carries its own problem and does not undo the others.

    Args:
        study (str): Unique name; part of the path.
        body (ReportsRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | ReportResults]
     """


    kwargs = _get_kwargs(
        study=study,
body=body,

    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)

def sync(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    body: ReportsRequest,

) -> Problem | ReportResults | None:
    """ Report for many steps or many trials at once

     Each report stands alone; one that fails carries its own problem and does not undo the others.

    Args:
        study (str): Unique name; part of the path.
        body (ReportsRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | ReportResults
     """


    return sync_detailed(
        study=study,
client=client,
body=body,

    ).parsed

async def asyncio_detailed(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    body: ReportsRequest,

) -> Response[Problem | ReportResults]:
    """ Report for many steps or many trials at once

     Each report stands alone; one that fails carries its own problem and does not undo the others.

    Args:
        study (str): Unique name; part of the path.
        body (ReportsRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | ReportResults]
     """


    kwargs = _get_kwargs(
        study=study,
body=body,

    )

    response = await client.get_async_httpx_client().request(
        **kwargs
    )

    return _build_response(client=client, response=response)

async def asyncio(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    body: ReportsRequest,

) -> Problem | ReportResults | None:
    """ Report for many steps or many trials at once

     Each report stands alone; one that fails carries its own problem and does not undo the others.

    Args:
        study (str): Unique name; part of the path.
        body (ReportsRequest):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | ReportResults
     """


    return (await asyncio_detailed(
        study=study,
client=client,
body=body,

    )).parsed
