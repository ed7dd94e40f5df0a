from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.export_study_format import check_export_study_format
from ...models.export_study_format import ExportStudyFormat
from ...models.export_study_table import check_export_study_table
from ...models.export_study_table import ExportStudyTable
from ...models.problem import Problem
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    study: str,
    *,
    table: ExportStudyTable | Unset = 'trials',
    format_: ExportStudyFormat | Unset = UNSET,

) -> dict[str, Any]:
    

    

    params: dict[str, Any] = {}

    json_table: str | Unset = UNSET
    if not isinstance(table, Unset):
        json_table = table

    params["table"] = json_table

    json_format_: str | Unset = UNSET
    if not isinstance(format_, Unset):
        json_format_ = format_

    params["format"] = json_format_


    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}


    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/studies/{study}/export".format(study=quote(str(study), safe=""),),
        "params": params,
    }


    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | str:
    if response.status_code == 200:
        response_200 = response.text
        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | str]:
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
    table: ExportStudyTable | Unset = 'trials',
    format_: ExportStudyFormat | Unset = UNSET,

) -> Response[Problem | str]:
    """ Every trial, metric point or decision, as CSV or JSON lines; or the whole study

    Args:
        study (str): Unique name; part of the path.
        table (ExportStudyTable | Unset):  Default: 'trials'.
        format_ (ExportStudyFormat | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | str]
     """


    kwargs = _get_kwargs(
        study=study,
table=table,
format_=format_,

    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)

def sync(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    table: ExportStudyTable | Unset = 'trials',
    format_: ExportStudyFormat | Unset = UNSET,

) -> Problem | str | None:
    """ Every trial, metric point or decision, as CSV or JSON lines; or the whole study

    Args:
        study (str): Unique name; part of the path.
        table (ExportStudyTable | Unset):  Default: 'trials'.
        format_ (ExportStudyFormat | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | str
     """


    return sync_detailed(
        study=study,
client=client,
table=table,
format_=format_,

    ).parsed

async def asyncio_detailed(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    table: ExportStudyTable | Unset = 'trials',
    format_: ExportStudyFormat | Unset = UNSET,

) -> Response[Problem | str]:
    """ Every trial, metric point or decision, as CSV or JSON lines; or the whole study

    Args:
        study (str): Unique name; part of the path.
        table (ExportStudyTable | Unset):  Default: 'trials'.
        format_ (ExportStudyFormat | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | str]
     """


    kwargs = _get_kwargs(
        study=study,
table=table,
format_=format_,

    )

    response = await client.get_async_httpx_client().request(
        **kwargs
    )

    return _build_response(client=client, response=response)

async def asyncio(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    table: ExportStudyTable | Unset = 'trials',
    format_: ExportStudyFormat | Unset = UNSET,

) -> Problem | str | None:
    """ Every trial, metric point or decision, as CSV or JSON lines; or the whole study

    Args:
        study (str): Unique name; part of the path.
        table (ExportStudyTable | Unset):  Default: 'trials'.
        format_ (ExportStudyFormat | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | str
     """


    return (await asyncio_detailed(
        study=study,
client=client,
table=table,
format_=format_,

    )).parsed
