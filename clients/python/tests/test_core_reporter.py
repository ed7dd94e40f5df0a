from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

import espalier
from espalier import Client, Reporter
from tests.conftest import Server
from tests.foreign import Gate, foreign, gate, json_answer

Make = Callable[..., str]


@pytest.fixture
def way(server: Server) -> Iterator[Gate]:
    with gate(lambda: server.url) as there:
        yield there


def begin(client: Client, study: str, **options: int) -> Reporter:
    trial = client.ask(study, **options)["trials"][0]  # type: ignore[arg-type]
    return Reporter(client, study, trial["number"], lease_expires=trial["lease_expires"])


def drain(reporter: Reporter) -> None:
    """Reports go out with later ones, when it is time for another try."""
    until = time.monotonic() + 10
    while reporter.pending and time.monotonic() < until:
        reporter.heartbeat()
    assert reporter.pending == 0


def test_a_report_brings_the_decision(client: Client, make_study: Make) -> None:
    study = make_study(pruner={"type": "threshold", "upper": 10, "metric": "value"})
    reporter = begin(client, study)
    assert reporter.should_prune is False
    assert reporter.report(step=0, value=1)["should_prune"] is False
    assert reporter.report(step=1, value=11, metrics={"other": math.nan})["should_prune"] is True
    assert reporter.should_prune is True
    assert reporter.decision.get("decided_by") == "threshold"
    assert reporter.heartbeat()["should_prune"] is True
    with pytest.raises(espalier.InvalidRequest, match="/step"):
        reporter.report(step=-1, value=1)


def test_samples_get_numbers_of_their_own(client: Client, make_study: Make) -> None:
    study = make_study(pruner={"type": "nop"})
    reporter = begin(client, study)
    for i in range(3):
        reporter.report(metrics={"a": i}, elapsed_seconds=i)
        reporter.report(metrics={"a": i}, source="other")
    points = list(client.metrics(study, 0))
    assert [p["metrics"]["a"] for p in points] == [0, 0, 1, 1, 2, 2]
    assert len({(p.get("source"), p.get("seq")) for p in points}) == 6


def test_while_the_server_is_away_training_goes_on_and_nothing_is_lost(
    way: Gate, client: Client, make_study: Make
) -> None:
    study = make_study(pruner={"type": "nop"})
    reporter = begin(Client(way.url), study)
    reporter.report(step=0, value=0)
    way.shut()
    began = time.monotonic()
    for step in range(1, 1001):
        assert reporter.report(step=step, value=step)["should_prune"] is False
    assert time.monotonic() - began < 5
    assert reporter.pending == 1000
    way.open()
    drain(reporter)
    points = list(client.metrics(study, 0))
    assert [p.get("step") for p in points] == list(range(1001))
    elapsed = [p.get("elapsed_seconds", 0) for p in points[1:]]
    assert elapsed == sorted(elapsed)
    assert elapsed[-1] < 10  # when they were, not when they arrived
    assert reporter.report(step=1001, value=0).get("step") == 1001


def test_a_restart_of_the_server_goes_unseen(own_server: Server, name: str) -> None:
    client = Client(own_server.url, retry_seconds=30)
    client.create_study({"name": name, "pruner": {"type": "nop"}})
    reporter = begin(client, name)
    for step in range(50):
        if step == 20:
            own_server.kill()
        if step == 40:
            own_server.start()
        reporter.report(step=step, value=step)
    reporter.flush()
    assert [p.get("step") for p in client.metrics(name, 0)] == list(range(50))
    assert client.tell(name, 0)["values"] == [49]


def test_a_flush_waits_for_the_server_and_says_if_it_stays_away(way: Gate, client: Client, make_study: Make) -> None:
    reporter = begin(Client(way.url, retry_seconds=0.3), make_study())
    reporter.report(step=0, value=0)
    way.shut()
    reporter.report(step=1, value=0)
    with pytest.raises(espalier.ServerUnreachable):
        reporter.flush()
    assert reporter.pending == 1
    way.open()
    reporter.flush()
    assert reporter.pending == 0


def test_a_prune_that_was_decided_meanwhile_is_learnt_of(way: Gate, client: Client, make_study: Make) -> None:
    study = make_study()
    reporter = begin(Client(way.url), study)
    reporter.report(step=0, value=0)
    way.shut()
    reporter.report(step=1, value=0)
    client.prune(study, 0)
    way.open()
    drain(reporter)
    assert reporter.should_prune


def test_when_the_lease_is_over_the_trial_is_lost(way: Gate, client: Client, make_study: Make) -> None:
    study = make_study(pruner={"type": "nop"})
    reporter = begin(Client(way.url), study, lease_seconds=1)
    assert 0 < reporter.lease_seconds <= 2
    way.shut()
    reporter.report(step=0, value=0)

    def train() -> None:
        for step in range(1, 10**6):
            reporter.report(step=step, value=0)
            time.sleep(0.01)  # a step of training

    with pytest.raises(espalier.LeaseLost, match=r"lease of \d s.*ask for another trial"):
        train()
    for call in (reporter.heartbeat, reporter.flush, reporter.check, lambda: reporter.report(step=0, value=0)):
        with pytest.raises(espalier.LeaseLost):
            call()


def test_a_lease_that_ran_out_is_said_by_the_server(client: Client, make_study: Make) -> None:
    study = make_study()
    reporter = begin(client, study, lease_seconds=1)
    wait_for_state(client, study, "FAIL")
    with pytest.raises(espalier.LeaseLost, match="Ask for another trial") as caught:
        reporter.report(step=0, value=1)
    assert isinstance(caught.value, espalier.ApiError)
    with pytest.raises(espalier.LeaseLost):
        reporter.check()


def wait_for_state(client: Client, study: str, state: str) -> None:
    for _ in client.events(study, after=None, trial=0):
        if client.get_trial(study, 0)["state"] == state:
            return


def test_a_trial_that_was_told_takes_no_reports(client: Client, make_study: Make) -> None:
    study = make_study()
    reporter = begin(client, study)
    client.tell(study, 0, {"value": 1})
    with pytest.raises(espalier.LeaseLost, match="another trial"):
        reporter.report(step=0, value=1)


def test_a_study_that_was_deleted_is_said(way: Gate, client: Client, make_study: Make) -> None:
    study = make_study()
    reporter = begin(Client(way.url), study)
    way.shut()
    reporter.report(step=0, value=1)
    client.delete_study(study)
    way.open()
    with pytest.raises(espalier.StudyNotFound):
        drain(reporter)
    with pytest.raises(espalier.StudyNotFound):
        reporter.report(step=1, value=1)


def test_of_what_waits_only_the_wrong_is_refused(way: Gate, client: Client, make_study: Make) -> None:
    study = make_study(pruner={"type": "nop"})
    reporter = begin(Client(way.url), study)
    way.shut()
    reporter.report(step=0, value=0)
    reporter.report(step=1, metrics={"no name": 1})
    reporter.report(step=2, value=2)
    way.open()
    with pytest.raises(espalier.InvalidRequest, match="no name"):
        reporter.flush()
    assert reporter.pending == 0
    assert [p.get("step") for p in client.metrics(study, 0)] == [0, 2]


def test_what_waits_is_as_it_was_reported(way: Gate, client: Client, make_study: Make) -> None:
    study = make_study(pruner={"type": "nop"})
    reporter = begin(Client(way.url), study)
    way.shut()
    metrics = {}
    for step in range(3):
        metrics["a"] = float(step)
        reporter.report(step=step, metrics=metrics)
    way.open()
    reporter.flush()
    assert [p["metrics"]["a"] for p in client.metrics(study, 0)] == [0, 1, 2]


def test_what_the_server_cannot_store_for_now_waits_on() -> None:
    asked = '{"trials":[{"number":0,"params":{},"attempt":1,"lease_expires":"2030-01-01T01:00:00Z"}],"stop":false}'
    went = '{"trial":0,"state":"RUNNING","should_prune":false,"mode":"enforce"}'
    full = '{"problem":{"type":"t","title":"t","status":503,"code":"storage_unavailable"}}'
    date = "Date: Tue, 01 Jan 2030 00:00:00 GMT"
    away = b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n"
    half = f'{{"results":[{{"decision":{went}}},{full}]}}'
    whole = f'{{"results":[{{"decision":{went}}}]}}'
    with foreign(json_answer(asked, date), away, json_answer(half, date), json_answer(whole, date)) as there:
        reporter = begin(Client(there.url), "s")
        reporter.report(step=0, value=0)
        reporter.report(step=1, value=1)
        drain(reporter)
        assert b'"step":0' in there.requests[2]
        assert b'"step":1' in there.requests[2]
        assert b'"step":0' not in there.requests[3]


def test_a_proxy_that_has_no_server_behind_it_is_an_outage() -> None:
    asked = '{"trials":[{"number":0,"params":{},"attempt":1,"lease_expires":"2030-01-01T01:00:00Z"}],"stop":false}'
    date = "Date: Tue, 01 Jan 2030 00:00:00 GMT"
    away = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n"
    with foreign(json_answer(asked, date), away) as there:
        reporter = begin(Client(there.url), "s")
        assert reporter.lease_seconds == 3600
        assert reporter.report(step=0, value=0)["should_prune"] is False
        assert reporter.pending == 1


def test_a_lease_is_measured_by_the_servers_clock_alone(client: Client, make_study: Make) -> None:
    reporter = begin(client, make_study(), lease_seconds=100)
    assert reporter.lease_seconds == pytest.approx(100, abs=2)
    expires = reporter.heartbeat().get("lease_expires", "")
    assert datetime.fromisoformat(expires).tzinfo is not None
    assert reporter.lease_seconds == pytest.approx(100, abs=2)
