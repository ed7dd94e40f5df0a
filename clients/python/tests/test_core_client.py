from __future__ import annotations

import io
import math
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import espalier
from espalier import Client
from tests.conftest import Server

Make = Callable[..., str]


def test_a_study_is_asked_reported_and_told(client: Client, make_study: Make) -> None:
    study = make_study(pruner={"type": "nop"})
    asked = client.ask(study, worker="w")
    trial = asked["trials"][0]
    assert not asked["stop"]
    assert 0 <= float(str(trial["params"]["x"])) <= 1
    decision = client.report(study, trial["number"], {"step": 1, "value": 0.5})
    assert decision["should_prune"] is False
    told = client.tell(study, trial["number"], {"value": 0.25})
    assert (told["state"], told["values"]) == ("COMPLETE", [0.25])
    assert [t["number"] for t in client.best(study)] == [0]
    assert [t["number"] for t in client.trials(study, states=["COMPLETE"])] == [0]
    assert list(client.trials(study, states=["FAIL"])) == []


def test_floats_that_are_not_finite_go_and_come_as_such(client: Client, make_study: Make) -> None:
    study = make_study(pruner={"type": "nop"})
    client.ask(study)
    client.report(study, 0, {"step": 1, "metrics": {"a": math.nan, "b": math.inf, "c": -math.inf, "d": 1}})
    summary = client.get_trial(study, 0).get("metrics", {})
    assert math.isnan(summary["a"]["last"])
    assert (summary["b"]["max"], summary["c"]["min"], summary["d"]["mean"]) == (math.inf, -math.inf, 1)
    point = next(iter(client.metrics(study, 0)))["metrics"]
    assert math.isnan(point["a"])
    assert (point["b"], point["c"]) == (math.inf, -math.inf)


def test_words_of_the_user_are_never_read_as_floats(client: Client, make_study: Make) -> None:
    study = make_study(search_space={"word": {"type": "categorical", "choices": ["NaN"]}}, user_attrs={"value": "NaN"})
    assert client.ask(study)["trials"][0]["params"] == {"word": "NaN"}
    assert client.get_study(study)["user_attrs"] == {"value": "NaN"}
    assert client.get_study(study)["search_space"]["word"] == {"type": "categorical", "choices": ["NaN"]}


def test_numbers_of_other_libraries_are_sent(client: Client, make_study: Make) -> None:
    class Scalar:  # as NumPy's and PyTorch's are
        def __init__(self, value: float) -> None:
            self._value = value

        def item(self) -> float:
            return self._value

    study = make_study(pruner={"type": "nop"})
    client.ask(study)
    client.report(study, 0, {"step": 1, "metrics": {"a": Scalar(2), "b": Scalar(math.inf)}})
    got = client.get_trial(study, 0).get("metrics", {})
    assert (got["a"]["last"], got["b"]["last"]) == (2, math.inf)
    with pytest.raises(TypeError, match=r"has no form in JSON"):
        client.report(study, 0, {"step": 2, "value": object()})


def test_pages_are_read_to_the_end(client: Client, make_study: Make) -> None:
    study = make_study()
    history = [{"step": i, "value": float(i)} for i in range(2500)]
    client.create_trial(study, {"params": {"x": 0.5}, "state": "COMPLETE", "value": 1, "reports": history})
    assert [p.get("step") for p in client.metrics(study, 0)] == list(range(2500))


def test_a_study_is_changed_stopped_and_resumed(client: Client, make_study: Make) -> None:
    study = make_study(budget={"max_trials": 3})
    assert client.update_study(study, {"budget": {"max_trials": 5}}).get("budget") == {"max_trials": 5}
    with pytest.raises(espalier.PreconditionFailed, match="Read it again"):
        client.update_study(study, {"budget": {"max_trials": 6}}, etag='"never"')
    assert client.stop_study(study)["state"] == "STOPPED"
    assert client.ask(study) == {"trials": [], "stop": True, "stop_reason": "stopped"}
    assert client.resume_study(study)["state"] == "ACTIVE"
    assert study in [s["name"] for s in client.list_studies(prefix=study)]


def test_a_study_that_exists_is_loaded_if_asked_to(client: Client, make_study: Make) -> None:
    study = make_study(seed=3)
    assert client.create_study({"name": study}, load_if_exists=True)["seed"] == 3
    with pytest.raises(espalier.StudyExists, match="load_if_exists=True"):
        client.create_study({"name": study})


def test_params_are_suggested_while_a_trial_runs(client: Client, make_study: Make) -> None:
    study = make_study()
    client.ask(study)
    space = {"y": {"type": "int", "low": 1, "high": 3}}
    params = client.suggest(study, 0, space)["params"]
    assert set(params) == {"x", "y"}
    assert client.suggest(study, 0, space) == {"params": params}
    with pytest.raises(espalier.DistributionConflict):
        client.suggest(study, 0, {"y": {"type": "float", "low": 0, "high": 1}})


def test_a_trial_is_enqueued_released_pruned_and_annotated(client: Client, make_study: Make) -> None:
    study = make_study()
    client.create_trial(study, {"params": {"x": 0.125}})
    assert client.ask(study)["trials"][0]["params"] == {"x": 0.125}
    assert client.release(study, 0)["state"] == "WAITING"
    client.ask(study)
    assert client.heartbeat(study, 0)["should_prune"] is False
    assert client.prune(study, 0)["should_prune"] is True
    assert client.decision(study, 0, wait_seconds=5).get("reason") == "operator"
    assert client.update_trial(study, 0, {"note": "n"})["user_attrs"] == {"note": "n"}
    client.tell(study, 0, {"state": "PRUNED"})
    assert client.savings(study)
    assert list(client.decisions(study)) == list(client.decisions(study, 0))


def test_batches_stand_alone(client: Client, make_study: Make) -> None:
    study = make_study(pruner={"type": "nop"})
    client.ask(study, count=2)
    got = client.report_batch(study, [{"trial": 0, "step": 1, "value": 1}, {"trial": 7, "step": 1, "value": 1}])
    assert got[0]["decision"]["should_prune"] is False
    assert got[1]["problem"]["code"] == "trial_not_found"
    told = client.tell_batch(study, [{"trial": 0, "value": 1}, {"trial": 1, "state": "FAIL", "reason": "oom"}])
    assert [r["trial"]["state"] for r in told] == ["COMPLETE", "FAIL"]


def test_analysis_of_too_few_trials_says_so(client: Client, make_study: Make) -> None:
    study = make_study()
    with pytest.raises(espalier.NotEnoughData):
        client.importances(study)
    with pytest.raises(espalier.NotEnoughData):
        client.replay(study, {"pruners": [{"name": "m", "pruner": {"type": "median"}}]})


def test_what_a_study_learnt_is_taken_over(client: Client, make_study: Make, name: str) -> None:
    study = make_study()
    client.create_trial(study, {"params": {"x": 0.5}, "state": "COMPLETE", "value": 1})
    other = client.create_study({"name": f"{name}-2", "search_space": client.get_study(study)["search_space"]})["name"]
    assert client.transfer(other, study, use="history") == {"added": 1, "enqueued": 0, "skipped": 0}


def test_a_study_is_exported_and_imported(client: Client, make_study: Make, tmp_path: Path) -> None:
    study = make_study()
    client.create_trial(study, {"params": {"x": 0.5}, "state": "COMPLETE", "value": 1})
    rows = b"".join(client.export(study, table="trials", format="csv")).decode().splitlines()
    assert rows[1].startswith("0,COMPLETE,1,")
    archive = b"".join(client.export(study, table="all"))
    (tmp_path / "archive").write_bytes(archive)
    sources: list[bytes | Path | io.BytesIO] = [archive, tmp_path / "archive", io.BytesIO(archive)]
    for i, source in enumerate(sources):
        copy = client.import_study(source, name=f"{study}-{i}")
        assert copy["trial_counts"]["COMPLETE"] == 1


def test_the_database_is_backed_up(client: Client) -> None:
    assert b"".join(client.backup()).startswith(b"SQLite format 3\0")


def test_events_arrive_and_resume(client: Client, make_study: Make) -> None:
    study = make_study()
    client.ask(study)
    seen = threading.Event()

    def work() -> None:  # when a stream has begun, only what it brings can tell
        step = 0
        while not seen.wait(0.02):
            client.report(study, 0, {"step": step, "value": 1})
            step += 1

    worker = threading.Thread(target=work)
    worker.start()
    events = client.events(study)
    first = next(events)
    events.close()
    seen.set()
    worker.join()
    assert first.revision > 0

    client.tell(study, 0, {"value": 1})
    later = client.events(study, after=first.revision, trial=0)
    event = next(e for e in later if e.type == "trial")
    later.close()
    assert event.trial == 0
    assert event.revision > first.revision


def test_a_stream_of_a_study_that_is_not_there_is_refused(client: Client) -> None:
    with pytest.raises(espalier.StudyNotFound):
        next(client.events("no-such-study"))
    with pytest.raises(espalier.StudyNotFound):
        next(client.export("no-such-study"))


def test_the_server_says_what_it_is_and_has(client: Client) -> None:
    assert client.version()["api"]
    assert client.ready()
    assert {"random", "tpe"} <= {s["type"] for s in client.samplers()}
    assert {"median", "preset"} <= {p["type"] for p in client.pruners()}


def test_a_client_survives_pickling(server: Server) -> None:
    import pickle

    with pickle.loads(pickle.dumps(Client(server.url, timeout=7))) as copy:
        assert copy.transport.timeout == 7
        assert copy.ready()
