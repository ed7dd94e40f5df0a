from __future__ import annotations

import asyncio
import gc
import inspect
import math
import time
import warnings
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import espalier
from espalier import aio
from tests.conftest import Server
from tests.foreign import answer, foreign, gate, json_answer

SPACE = {"x": {"type": "float", "low": 0, "high": 1}}
VERSION = '{"api":"v1","version":"x"}'


def run(
    work: Callable[[aio.Client], Coroutine[Any, Any, None]], url: str, timeout: float = 30, retry_seconds: float = 30
) -> None:
    async def main() -> None:
        async with aio.Client(url, timeout=timeout, retry_seconds=retry_seconds) as client:
            await work(client)

    asyncio.run(main())


def test_it_has_every_call_of_the_other_client() -> None:
    calls = {n for n, f in inspect.getmembers(espalier.Client, inspect.isfunction) if not n.startswith("_")}
    assert calls == {n for n, f in inspect.getmembers(aio.Client, inspect.isfunction) if not n.startswith("_")}


def test_calls_are_awaited_and_iterated(server: Server, name: str) -> None:
    async def work(client: aio.Client) -> None:
        await client.create_study({"name": name, "search_space": SPACE, "pruner": {"type": "nop"}})
        asked = await client.ask(name, count=2)
        assert [t["number"] for t in asked["trials"]] == [0, 1]
        await client.report(name, 0, {"step": 1, "value": math.nan})
        assert [p["step"] async for p in client.metrics(name, 0)] == [1]
        await client.tell(name, 0, {"value": 1})
        assert [t["number"] async for t in client.trials(name, states=["COMPLETE"])] == [0]
        assert (await client.best(name))[0]["values"] == [1]
        rows = b"".join([piece async for piece in client.export(name)])
        assert rows.startswith(b"number,state")
        assert await client.ready()
        with pytest.raises(espalier.StudyNotFound):
            await client.get_study("no-such-study")
        await client.delete_study(name)

    run(work, server.url)


def test_events_are_iterated(server: Server, name: str) -> None:
    async def work(client: aio.Client) -> None:
        await client.create_study({"name": name, "search_space": SPACE})
        await client.ask(name)

        async def report() -> None:
            for step in range(10**6):
                await client.report(name, 0, {"step": step, "value": 1})
                await asyncio.sleep(0.02)

        reports = asyncio.create_task(report())
        events = client.events(name)
        first = await anext(events)
        await events.aclose()
        reports.cancel()
        assert first.revision > 0

    run(work, server.url)


def test_a_study_is_optimized_by_many_tasks(server: Server, name: str) -> None:
    running = most = 0

    async def train(trial: aio.Trial) -> float | None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            await trial.suggest({"y": {"type": "int", "low": 0, "high": 3}})
            for step in range(3):
                if await trial.report({"value": float(str(trial.params["x"]))}, step):
                    raise espalier.TrialPruned
            if trial.number == 5:
                raise ValueError("bad luck")
            return None if trial.number % 2 else 1.0
        finally:
            running -= 1

    async def work(client: aio.Client) -> None:
        spec = {"name": name, "search_space": SPACE, "pruner": {"type": "threshold", "upper": 0.5, "metric": "value"}}
        study = await aio.create_study(spec, client=client)
        await study.optimize(train, n_trials=20, concurrency=4, catch=ValueError)
        states = [t["state"] async for t in client.trials(name)]
        assert len(states) == 20
        assert states.count("PRUNED") > 2
        assert states.count("COMPLETE") > 2
        assert set(states) <= {"PRUNED", "COMPLETE", "FAIL"}
        assert await study.best_trials()
        await client.stop_study(name)
        await (await aio.load_study(name, client=client)).optimize(train)  # it has ended: at once

    run(work, server.url)
    assert most == 4


def test_an_error_ends_the_work_and_leaves_no_trial_running(server: Server, name: str) -> None:
    async def train(trial: aio.Trial) -> float:
        if trial.number == 1:
            raise KeyError("oops")
        await asyncio.Event().wait()
        return 1.0

    async def work(client: aio.Client) -> None:
        study = await aio.create_study({"name": name, "search_space": SPACE}, client=client)
        with pytest.raises(KeyError, match="oops"):
            await study.optimize(train, concurrency=2)
        trials = {t["number"]: t async for t in client.trials(name)}
        assert (trials[0]["state"], trials[0].get("reason")) == ("FAIL", "interrupted")
        assert (trials[1]["state"], trials[1].get("error")) == ("FAIL", "KeyError('oops')")
        assert not [t for t in trials.values() if t["state"] == "RUNNING"]

    run(work, server.url)


def test_values_that_the_study_does_not_take_fail_the_trial_and_the_work_goes_on(server: Server, name: str) -> None:
    async def train(trial: aio.Trial) -> float | list[float]:
        returned: list[float | list[float]] = [math.nan, [1.0, 2.0], 1.0]
        return returned[trial.number]

    async def work(client: aio.Client) -> None:
        study = await aio.create_study({"name": name, "search_space": SPACE}, client=client)
        with pytest.warns(UserWarning, match="Trial [01] is FAIL: "):
            await study.optimize(train, n_trials=3)
        trials = [t async for t in client.trials(name)]
        assert [t["state"] for t in trials] == ["FAIL", "FAIL", "COMPLETE"]
        assert "NaN" in (trials[0].get("error") or "")

    run(work, server.url)


def test_a_lost_lease_ends_the_work_unless_it_is_caught(server: Server, name: str) -> None:
    async def loses(trial: aio.Trial) -> float:
        with espalier.Client(server.url) as blocking:  # so that nothing renews the lease
            while blocking.get_trial(name, trial.number)["state"] == "RUNNING":
                time.sleep(0.05)
        return 1.0

    async def work(client: aio.Client) -> None:
        study = await aio.create_study({"name": name, "search_space": SPACE, "lease_seconds": 1}, client=client)
        await study.optimize(loses, n_trials=1, catch=espalier.LeaseLost)
        with pytest.raises(espalier.LeaseLost):
            await study.optimize(loses, n_trials=1)

    run(work, server.url)


def test_leases_are_renewed_while_an_objective_is_silent(server: Server, name: str) -> None:
    async def work(client: aio.Client) -> None:
        study = await aio.create_study({"name": name, "search_space": SPACE, "lease_seconds": 2}, client=client)
        await client.ask(name)  # a lease that is not renewed: once it is over, so is that of any other

        async def silent(trial: aio.Trial) -> float:
            while (await client.get_trial(name, 0))["state"] == "RUNNING":
                await asyncio.sleep(0.05)
            return 1.0

        await study.optimize(silent, n_trials=1)
        assert [t["state"] async for t in client.trials(name)] == ["FAIL", "COMPLETE"]

    run(work, server.url)


@pytest.mark.parametrize(("at", "state"), [("ask", "WAITING"), ("tell", "COMPLETE")])
def test_work_that_is_cancelled_leaves_no_trial_running(server: Server, name: str, at: str, state: str) -> None:
    async def work(client: aio.Client) -> None:
        study = await aio.create_study({"name": name, "search_space": SPACE}, client=client)
        loop = asyncio.get_running_loop()

        def cancel_at_the_next_answer() -> None:
            way.before_next = lambda: loop.call_soon_threadsafe(task.cancel)

        async def train(trial: aio.Trial) -> float:
            if at == "tell":
                cancel_at_the_next_answer()
            return 1.0

        if at == "ask":
            cancel_at_the_next_answer()
        task = asyncio.create_task(study.optimize(train))
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [t["state"] async for t in client.trials(name)] == [state]

    with gate(lambda: server.url) as way:
        run(work, way.url)


def test_a_study_asks_for_one_trial_at_a_time(server: Server, name: str) -> None:
    async def work(client: aio.Client) -> None:
        study = await aio.create_study({"name": name, "search_space": SPACE}, client=client)
        with pytest.raises(TypeError, match=r"Client\.ask takes count"):
            await study.ask(count=2)

    run(work, server.url)


def test_connections_are_kept_and_replaced(server: Server) -> None:
    async def work(client: aio.Client) -> None:
        await client.version()
        await client.version()
        assert len(client.transport._idle) == 1

    run(work, server.url)
    client = aio.Client(server.url)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # asyncio's, of a connection whose event loop has ended
        for _ in range(2):  # an event loop each
            assert asyncio.run(version(client)) == "v1"
        client.close()
        del client
        gc.collect()
    with gate(lambda: server.url) as way:

        async def restart(client: aio.Client) -> None:
            await client.version()
            way.shut()
            way.open()
            assert (await client.version())["api"]

        run(restart, way.url, retry_seconds=0)


def test_a_call_that_outlives_its_client_keeps_no_connection(server: Server, name: str) -> None:
    async def work(client: aio.Client) -> None:
        await client.create_study({"name": name, "search_space": SPACE})
        await client.ask(name)
        slow = asyncio.ensure_future(client.decision(name, 0, wait_seconds=1))
        await client.version()  # meanwhile it begins
        client.close()
        await slow
        await client.version()
        assert not client.transport._idle

    run(work, server.url)


async def version(client: aio.Client) -> str:
    said = await client.version()
    return said["api"]


def test_a_cancelled_call_spoils_none_after_it(server: Server, name: str) -> None:
    async def work(client: aio.Client) -> None:
        await client.create_study({"name": name, "search_space": SPACE})
        await client.ask(name)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.decision(name, 0, wait_seconds=30)
        assert (await client.tell(name, 0, {"value": 1}))["state"] == "COMPLETE"

    run(work, server.url)


@pytest.mark.parametrize(
    ("there", "kind"),
    [
        (None, espalier.Timeout),
        (answer("200 OK", "text/html", "<p>log in</p>"), espalier.NotEspalier),
        (answer("502 Bad Gateway", "text/html", ""), espalier.ServerUnreachable),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\nx", espalier.ServerUnreachable),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", espalier.NotEspalier),
        (b"SSH-2.0\r\n\r\n", espalier.NotEspalier),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000, espalier.NotEspalier),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_named(there: bytes | None, kind: type[Exception]) -> None:
    async def work(client: aio.Client) -> None:
        with pytest.raises(kind):
            await client.version()

    with foreign(there) as place:
        run(work, place.url, timeout=0.3, retry_seconds=0)


def test_a_server_that_is_away_for_now_is_asked_again() -> None:
    async def work(client: aio.Client) -> None:
        assert (await client.version())["version"] == "x"

    chunked = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked += f"{len(VERSION):x}\r\n{VERSION}\r\n0\r\n\r\n".encode()
    with foreign(answer("503 Away", "text/plain", ""), chunked, json_answer(VERSION)) as place:
        run(work, place.url, retry_seconds=10)
        assert len(place.requests) == 2


def test_what_the_server_doubts_is_warned_of_where_it_was_asked(server: Server, name: str) -> None:
    async def work(client: aio.Client) -> None:
        late = {"type": "median", "warmup_steps": 9}
        with pytest.warns(UserWarning, match="^/pruner/warmup_steps: ") as caught:
            study = await aio.create_study({"name": name, "max_steps": 5, "pruner": late}, client=client)
        assert caught[0].filename == __file__
        await client.create_trial(name, {"params": {"x": 2}})
        trial = await study.ask()
        assert trial is not None
        with pytest.warns(UserWarning, match="^/search_space/x: the trial's fixed value 2 is none of") as caught:
            await trial.suggest({"x": {"type": "float", "low": 0, "high": 1}})
        assert caught[0].filename == __file__

    run(work, server.url)
