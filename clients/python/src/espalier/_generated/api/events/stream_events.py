from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...types import Response, UNSET
from ... import errors

from ...models.event import Event
from ...models.problem import Problem
from ...types import UNSET, Unset
from typing import cast



def _get_kwargs(
    study: str,
    *,
    trial: int | Unset = UNSET,
    last_event_id: str | Unset = UNSET,

) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(last_event_id, Unset):
        headers["Last-Event-ID"] = last_event_id



    

    params: dict[str, Any] = {}

    params["trial"] = trial


    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}


    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/studies/{study}/events".format(study=quote(str(study), safe=""),),
        "params": params,
    }


    _kwargs["headers"] = headers
    return _kwargs



def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Event | Problem:
    if response.status_code == 200:
        response_200 = Event.from_dict(response.text)



        return response_200

    response_default = Problem.from_dict(response.json())



    return response_default



def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Event | Problem]:
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
    trial: int | Unset = UNSET,
    last_event_id: str | Unset = UNSET,

) -> Response[Event | Problem]:
    """ Server-sent events of a study

     `event:` is the event's `type`, `id:` its revision, `data:` one JSON `Event`: what changed, not how;
    read the trial or the study for more.
    Events are coalesced: several changes of one trial may come as one. A comment line is sent at once,
    with the `id:` it begins after, and one every 15 s.
    Reconnect with `Last-Event-ID`; a revision that is too old is 410 `cursor_expired`: read all anew.

    Args:
        study (str): Unique name; part of the path.
        trial (int | Unset):
        last_event_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Event | Problem]
     """


    kwargs = _get_kwargs(
        study=study,
trial=trial,
last_event_id=last_event_id,

    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)

def sync(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    trial: int | Unset = UNSET,
    last_event_id: str | Unset = UNSET,

) -> Event | Problem | None:
    """ Server-sent events of a study

     `event:` is the event's `type`, `id:` its revision, `data:` one JSON `Event`: what changed, not how;
    read the trial or the study for more.
    Events are coalesced: several changes of one trial may come as one. A comment line is sent at once,
    with the `id:` it begins after, and one every 15 s.
    Reconnect with `Last-Event-ID`; a revision that is too old is 410 `cursor_expired`: read all anew.

    Args:
        study (str): Unique name; part of the path.
        trial (int | Unset):
        last_event_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Event | Problem
     """


    return sync_detailed(
        study=study,
client=client,
trial=trial,
last_event_id=last_event_id,

    ).parsed

async def asyncio_detailed(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    trial: int | Unset = UNSET,
    last_event_id: str | Unset = UNSET,

) -> Response[Event | Problem]:
    """ Server-sent events of a study

     `event:` is the event's `type`, `id:` its revision, `data:` one JSON `Event`: what changed, not how;
    read the trial or the study for more.
    Events are coalesced: several changes of one trial may come as one. A comment line is sent at once,
    with the `id:` it begins after, and one every 15 s.
    Reconnect with `Last-Event-ID`; a revision that is too old is 410 `cursor_expired`: read all anew.

    Args:
        study (str): Unique name; part of the path.
        trial (int | Unset):
        last_event_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Event | Problem]
     """


    kwargs = _get_kwargs(
        study=study,
trial=trial,
last_event_id=last_event_id,

    )

    response = await client.get_async_httpx_client().request(
        **kwargs
    )

    return _build_response(client=client, response=response)

async def asyncio(
    study: str,
    *,
    client: AuthenticatedClient | Client,
    trial: int | Unset = UNSET,
    last_event_id: str | Unset = UNSET,

) -> Event | Problem | None:
    """ Server-sent events of a study

     `event:` is the event's `type`, `id:` its revision, `data:` one JSON `Event`: what changed, not how;
    read the trial or the study for more.
    Events are coalesced: several changes of one trial may come as one. A comment line is sent at once,
    with the `id:` it begins after, and one every 15 s.
    Reconnect with `Last-Event-ID`; a revision that is too old is 410 `cursor_expired`: read all anew.

    Args:
        study (str): Unique name; part of the path.
        trial (int | Unset):
        last_event_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Event | Problem
     """


    return (await asyncio_detailed(
        study=study,
client=client,
trial=trial,
last_event_id=last_event_id,

    )).parsed
