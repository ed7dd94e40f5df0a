from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator

import pytest
import yaml

from espalier import api
from tests.conftest import Server
from tests.test_core_package import DOCUMENT

M = api.models


@pytest.fixture
def connection(server: Server) -> Iterator[api.Client | api.AuthenticatedClient]:
    with api.connect(server.url) as client:
        yield client


def test_each_operation_is_there() -> None:
    with DOCUMENT.open() as f:
        paths = yaml.safe_load(f)["paths"]
    operations = {o["operationId"] for p in paths.values() for o in p.values() if isinstance(o, dict)}
    assert {re.sub(r"(?<!^)(?=[A-Z])", "_", o).lower() for o in operations} <= set(api.__all__)


def test_a_study_goes_through(connection: api.Client, name: str) -> None:
    space = M.SearchSpace.from_dict({"x": {"type": "float", "low": 0, "high": 1}})
    pruner = M.Pruner.from_dict({"type": "any", "pruners": [{"type": "threshold", "upper": 10}, {"type": "median"}]})
    study = api.create_study.sync(client=connection, body=M.StudyCreate(name=name, search_space=space, pruner=pruner))
    assert isinstance(study, M.Study)
    assert study.pruner.to_dict()["pruners"][1]["type"] == "median"
    asked = api.ask_trials.sync(client=connection, study=name, body=M.AskRequest(count=2))
    assert isinstance(asked, M.AskResponse)
    assert [t.number for t in asked.trials] == [0, 1]
    decision = api.report_trial.sync(client=connection, study=name, number=0, body=M.Report(step=1, value=11.0))
    assert isinstance(decision, M.Decision)
    assert decision.should_prune
    assert isinstance(decision.explanation, M.Explanation)
    children = decision.explanation.children
    assert isinstance(children, list)
    assert children[0].verdict == "fire"
    told = api.tell_trial.sync(client=connection, study=name, number=0, body=M.Tell(state="PRUNED"))
    assert isinstance(told, M.Trial)
    assert told.last_values is not None
    listed = api.list_trials.sync(client=connection, study=name, state=["PRUNED"])
    assert isinstance(listed, M.TrialList)
    assert [t.number for t in listed.trials] == [0]
    nan = api.report_trial.sync(client=connection, study=name, number=1, body=M.Report(step=1, value="NaN"))
    assert isinstance(nan, M.Decision)
    archive = api.export_study.sync_detailed(client=connection, study=name, table="all").content
    assert archive.startswith(b'{"type":"study"')
    assert api.backup.sync_detailed(client=connection).content.startswith(b"SQLite format 3\0")
    assert api.delete_study.sync_detailed(client=connection, study=name).status_code == 204


def test_what_the_server_refuses_is_a_problem(connection: api.Client) -> None:
    problem = api.get_study.sync(client=connection, study=f"no-{uuid.uuid4().hex}")
    assert isinstance(problem, M.Problem)
    assert problem.code == "study_not_found"
    problem = api.create_study.sync(client=connection, body=M.StudyCreate(name="a b"))
    assert isinstance(problem, M.Problem)
    assert isinstance(problem.errors, list)
    assert problem.errors[0].pointer == "/name"


async def ask(url: str, study: str) -> object:
    async with api.connect(url) as client:
        await api.create_study.asyncio(client=client, body=M.StudyCreate(name=study))
        return await api.get_best_trials.asyncio(client=client, study=study)


def test_it_is_there_for_asyncio_too(server: Server, name: str) -> None:
    assert asyncio.run(ask(server.url, name)) == M.BestTrials(trials=[])


def test_without_httpx_it_is_said_what_to_install() -> None:
    script = "import sys; sys.modules['httpx'] = None\nfrom espalier import api"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "ImportError: espalier.api needs httpx: pip install 'espalier-client[api]'" in done.stderr
