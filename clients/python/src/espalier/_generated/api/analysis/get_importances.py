from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.get_importances_method import check_get_importances_method
from ...models.get_importances_method import GetImportancesMethod
from ...models.importances import Importances
from ...models.problem import Problem
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    study: str,
    *,
    metric: str | Unset = UNSET,
    method: GetImportancesMethod | Unset = 'ped_anova',

) -> dict[str, Any]:
    

    

    params: dict[str, Any] = {}

    params["metric"] = metric

    json_method: str | Unset = UNSET
    if not isinstance(method, Unset):
        json_method = method

    params["method"] = json_method


    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}


    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/studies/{study}/importances".format(study=quote(str(study), safe=""),),
        "params": params,
    }


    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Importances | Problem:
    if response.status_code == 200:
        response_200 = Importances.from_dict(response.json())



        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Importances | Problem]:
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
    metric: str | Unset = UNSET,
    method: GetImportancesMethod | Unset = 'ped_anova',

) -> Response[Importances | Problem]:
    """ Which parameters a metric depends on

     Of an objective, or of whatever the COMPLETE trials reported, such as `system/cpu_seconds` for what
    they cost; of the latter less is better.
    `ped_anova` asks what tells the best trials from the others (Watanabe et al. 2023), `fanova` what
    the values vary with (Hutter et al. 2014).

    Args:
        study (str): Unique name; part of the path.
        metric (str | Unset):
        method (GetImportancesMethod | Unset):  Default: 'ped_anova'.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Importances | Problem]
     """


    kwargs = _get_kwargs(
        study=study,
metric=metric,
method=method,

    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)

def sync(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    metric: str | Unset = UNSET,
    method: GetImportancesMethod | Unset = 'ped_anova',

) -> Importances | Problem | None:
    """ Which parameters a metric depends on

     Of an objective, or of whatever the COMPLETE trials reported, such as `system/cpu_seconds` for what
    they cost; of the latter less is better.
    `ped_anova` asks what tells the best trials from the others (Watanabe et al. 2023), `fanova` what
    the values vary with (Hutter et al. 2014).

    Args:
        study (str): Unique name; part of the path.
        metric (str | Unset):
        method (GetImportancesMethod | Unset):  Default: 'ped_anova'.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Importances | Problem
     """


    return sync_detailed(
        study=study,
client=client,
metric=metric,
method=method,

    ).parsed

async def asyncio_detailed(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    metric: str | Unset = UNSET,
    method: GetImportancesMethod | Unset = 'ped_anova',

) -> Response[Importances | Problem]:
    """ Which parameters a metric depends on

     Of an objective, or of whatever the COMPLETE trials reported, such as `system/cpu_seconds` for what
    they cost; of the latter less is better.
    `ped_anova` asks what tells the best trials from the others (Watanabe et al. 2023), `fanova` what
    the values vary with (Hutter et al. 2014).

    Args:
        study (str): Unique name; part of the path.
        metric (str | Unset):
        method (GetImportancesMethod | Unset):  Default: 'ped_anova'.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Importances | Problem]
     """


    kwargs = _get_kwargs(
        study=study,
metric=metric,
method=method,

    )

    response = await client.get_async_httpx_client().request(
        **kwargs
    )

    return _build_response(client=client, response=response)

async def asyncio(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    metric: str | Unset = UNSET,
    method: GetImportancesMethod | Unset = 'ped_anova',

) -> Importances | Problem | None:
    """ Which parameters a metric depends on

     Of an objective, or of whatever the COMPLETE trials reported, such as `system/cpu_seconds` for what
    they cost; of the latter less is better.
    `ped_anova` asks what tells the best trials from the others (Watanabe et al. 2023), `fanova` what
    the values vary with (Hutter et al. 2014).

    Args:
        study (str): Unique name; part of the path.
        metric (str | Unset):
        method (GetImportancesMethod | Unset):  Default: 'ped_anova'.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Importances | Problem
     """


    return (await asyncio_detailed(
        study=study,
client=client,
metric=metric,
method=method,

    )).parsed
