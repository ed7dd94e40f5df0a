from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import espalier
from espalier import _errors, _json, _usage

DOCUMENT = Path(__file__).parents[3] / "openapi" / "openapi.yaml"


@pytest.fixture(scope="module")
def document() -> Any:
    with DOCUMENT.open() as f:
        return yaml.safe_load(f)


def test_the_version_is_the_apis(document: Any) -> None:
    assert espalier.__version__ == document["info"]["version"]


def test_each_name_can_be_had() -> None:
    for name in espalier._LAZY:
        assert getattr(espalier, name) is not None
        assert name in dir(espalier)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = espalier.nothing


def test_each_name_is_known_to_type_checkers() -> None:
    source = Path(espalier.__file__).read_text()
    declared = set(re.findall(r"\bas (\w+)\b", source.split("if TYPE_CHECKING:")[1].split("\ndef ")[0]))
    assert declared == set(espalier._LAZY)


def test_importing_loads_nothing_that_is_not_used() -> None:
    script = """
import sys
before = set(sys.modules)
import espalier
print(*sorted(m for m in set(sys.modules) - before if not m.startswith("espalier")))
espalier.Client("http://x"), espalier.Reporter
print(*sorted({m.split(".")[0] for m in set(sys.modules) - before}))
"""
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    alone, used = out.splitlines()
    assert not {"datetime", "json", "logging", "psutil", "socket", "urllib"} & {m.split(".")[0] for m in alone.split()}
    assert not {"attr", "http", "httpx", "numpy", "pandas", "psutil", "ssl", "email"} & set(used.split())


def test_each_problem_of_the_document_becomes_an_exception(document: Any) -> None:
    codes = set(document["components"]["schemas"]["ProblemCode"]["enum"])
    assert set(_errors._BY_CODE) <= codes
    for code in codes:
        error = _errors.api_error(400, {"code": code, "title": "A title", "detail": "What is wrong"})
        assert str(error).startswith("What is wrong.")
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again)) == (type(error), str(error))


def test_an_error_names_the_fields_and_the_trace() -> None:
    error = _errors.api_error(
        500,
        {
            "code": "internal", "title": "It broke", "trace_id": "abc",
            "errors": [{"pointer": "/a/0", "detail": "is odd"}, {"name": "n", "detail": "is even."}],
        },
    )  # fmt: skip
    assert str(error) == ("It broke. /a/0: is odd. n: is even. The server's log says more under the trace id abc.")
    assert isinstance(_errors.api_error(429, {"code": "rate_limited"}), espalier.RateLimited)
    assert type(_errors.api_error(400, {"code": "new_code"})) is espalier.ApiError


def schemas(thing: Any) -> Iterator[tuple[str, Any]]:
    """Every member in the document's schemas, with its own schema."""
    if isinstance(thing, dict):
        yield from thing.get("properties", {}).items()
        for inner in thing.values():
            yield from schemas(inner)
    elif isinstance(thing, list):
        for inner in thing:
            yield from schemas(inner)


def test_every_float_of_the_document_is_read_as_one(document: Any) -> None:
    def refers(schema: Any, *names: str) -> bool:
        return isinstance(schema, dict) and schema.get("$ref", "").rsplit("/", 1)[-1] in names

    floats, maps = set(), set()
    for name, schema in schemas(document["components"]["schemas"]):
        if refers(schema, "Float"):
            floats.add(name)
        if refers(schema, "Metrics", "Values") or refers(schema.get("items"), "Float"):
            maps.add(name)
        if refers(schema.get("additionalProperties"), "Float"):
            maps.add(name)
    assert floats == set(_json.FLOATS)
    assert maps <= set(_json.FLOAT_MAPS)
    assert set(_json.FLOAT_MAPS) - maps <= {"metrics"}


def test_the_monitors_metrics_are_those_of_the_agent() -> None:
    guide = (DOCUMENT.parents[1] / "docs" / "agent.md").read_text()
    for name in _usage.NAMES:
        short = name.removeprefix("system/")
        assert f"`{name}`" in guide or f"`{short}`" in guide, name


def test_what_optuna_has_and_this_has_not_is_refused_with_what_is_nearest() -> None:
    with pytest.raises(AttributeError, match="give the server's URL as storage="):
        espalier.storages  # noqa: B018
