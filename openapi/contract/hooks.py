"""What the fuzzer must be told beyond the document.

It gets studies with a history to talk about, bodies that make sense together, samplers and pruners by the schemas that the
server publishes, and the list of rules that JSON Schema cannot state, by which a valid request may be refused.
"""

import functools
import itertools
import os
import re
import zlib

import requests
import schemathesis
from hypothesis import strategies
from schemathesis.openapi.checks import RejectedPositiveData

SERVER, TOKEN = os.environ["ESPALIER_SERVER"], os.environ["ESPALIER_TOKEN"]
THOROUGH = os.environ["CONTRACT_FORM"] == "thorough"


def send(method, path, body=None):
    """Send one request of the preparation; it must succeed."""
    answer = requests.request(method, SERVER + path, json=body, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10)
    answer.raise_for_status()
    return answer


def call(method, path, body=None):
    """Send one request of the preparation and return what is answered."""
    return send(method, path, body).json()


# ---- What there is before the first request ----

SPACE = {
    "x": {"type": "float", "low": 0, "high": 1},
    "n": {"type": "int", "low": 1, "high": 8},
    "c": {"type": "categorical", "choices": ["a", "b"]},
    "y": {"type": "float", "low": 0.001, "high": 1, "log": True, "when": {"c": ["b"]}},
}


def make_studies():
    """Make the studies that schemathesis.toml names, one of one objective, one of two, each with trials in every state."""
    call("POST", "/v1/studies", {"name": "curves", "search_space": SPACE, "seed": 1, "max_steps": 4, "lease_seconds": 86400})
    two = [{"metric": "loss", "direction": "minimize"}, {"metric": "speed", "direction": "maximize"}]
    call("POST", "/v1/studies", {"name": "front", "search_space": SPACE, "seed": 1, "objectives": two, "lease_seconds": 86400})
    for name in ("curves", "front"):
        study = f"/v1/studies/{name}"
        for trial in call("POST", f"{study}/ask", {"count": 12})["trials"]:
            number = trial["number"]
            for step in range(1, 5):
                cost = {"system/cpu_seconds": step * 1.5}
                value = {"value": (number + 1) / step} if name == "curves" else {}
                call("POST", f"{study}/trials/{number}/report", {"step": step, "metrics": cost, **value})
            values = {"value": number / 8} if name == "curves" else {"values": [number, -number]}
            state = [values, values, values, values, {"state": "PRUNED"}, {"state": "FAIL", "error": "oom"}]
            if number < len(state):
                call("POST", f"{study}/trials/{number}/tell", state[number])
        call("POST", f"{study}/trials", {"params": {"x": 0.5}})


# ---- What the document leaves to the catalogues ----

LEAF = {
    "type": "object",
    "required": ["type"],
    "additionalProperties": False,
    "properties": {"type": {"type": "string", "enum": ["nop", "median", "non_finite"]}},
}


def nodes(entries):
    """Return one schema of what may stand where a sampler or a pruner is given: their examples, or all that is published."""
    if THOROUGH:
        return {"anyOf": [published(entry["schema"]) for entry in entries]}
    return {"enum": [entry["example"] for entry in entries]}


def published(schema):
    """Return a published schema as a part of the document; rules within rules are small ones, for trees grow fast."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" not in schema:
            return LEAF
        return {k: published(v) for k, v in schema.items() if k != "$schema"}
    return [published(v) for v in schema] if isinstance(schema, list) else schema


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Prepare the server, and let requests take samplers and pruners as the server publishes them."""
    make_studies()
    schemas = raw_schema["components"]["schemas"]
    schemas["StudyCreate"]["properties"]["sampler"] = nodes(call("GET", "/v1/samplers")["samplers"])
    schemas["StudyCreate"]["properties"]["pruner"] = nodes(call("GET", "/v1/pruners")["pruners"])
    schemas["StudyPatch"]["properties"]["sampler"] = {"enum": [{"type": "random"}, {"type": "tpe", "startup_trials": 1}]}
    schemas["StudyPatch"]["properties"]["pruner"] = schemas["ReplayPruner"]["properties"]["pruner"] = LEAF


@functools.cache
def archive(study):
    """Return the archive of a study, to import."""
    return send("GET", f"/v1/studies/{study}/export?table=all").content


schemathesis.openapi.media_type("application/x-ndjson", strategies.sampled_from(("curves", "front")).map(archive))


# ---- Bodies that make sense together ----


def choose(among, by):
    """Choose one of a list, the same for the same reason, so that a failure can be played again."""
    return among[zlib.crc32(repr(by).encode()) % len(among)]


def ordered(distribution):
    """Return a distribution whose ends are in order and which is of one scale."""
    d = dict(distribution)
    if d["type"] == "categorical":
        return d
    low, high = sorted((d["low"], d["high"]))
    if d.get("log"):
        d.pop("step", None)
        low = max(low, 1)
        high = max(high, low)
    d.update(low=low, high=high)
    return d


def sensible_study(body):
    """Mend what JSON Schema lets pass in a study, and let most names be new."""
    if len(body["name"]) < 8:
        body["name"] += f"-{zlib.crc32(repr(body).encode()):x}"
    if "objectives" in body:
        body.pop("direction", None)
    for name, distribution in body.get("search_space", {}).items():
        distribution = body["search_space"][name] = ordered(distribution)
        distribution.pop("when", None)
    if choose((True, True, False), body.get("name")):
        body["search_space"] = dict(SPACE)


def sensible_trial(body):
    """Let most new trials have parameters that their study has."""
    if choose((True, True, False), body["params"]):
        body["params"] = {"x": 0.25, "n": 3, "c": "a"}
        body.pop("distributions", None)
    if choose((True, False), body) and body.get("state") in ("COMPLETE", None):
        for member in ("value", "values"):
            body.pop(member, None)
        if body.get("state"):
            body["value"] = 0.5


def short_replay(body):
    """Keep a replay from taking minutes."""
    body["orders"] = min(body.get("orders", 1), 10)
    if "pruners" in body:
        body["pruners"] = body["pruners"][:3]
    else:
        body["pruners"] = [{"pruner": {"type": "median"}}]
    body.pop("recommend", None)


def few(body):
    """Ask for a handful of trials."""
    if body.get("count", 1) > 5:
        body["count"] = 5


# An archive names its study. Were each import of that name, one after a deletion would look as if nothing had been deleted.
imports = itertools.count()
# Were the key of a new study used twice, the study could have been deleted since the answer that is given again.
keys = itertools.count()

MEND = {"createStudy": sensible_study, "createTrial": sensible_trial, "replayStudy": short_replay, "askTrials": few}


@schemathesis.hook
def map_case(context, case):
    """Mend a request that is valid by the document; shorten long polls, and let few preconditions fail."""
    if case.meta is not None and case.meta.generation.mode.is_negative:
        return case
    operation = context.operation.definition.raw["operationId"]
    if operation in MEND and isinstance(case.body, dict):
        MEND[operation](case.body)
    if operation == "getDecision" and case.query:
        case.query.pop("wait_seconds", None)
    if operation == "importStudy":
        case.query = {"name": f"import-{next(imports)}"}
    if operation == "createStudy" and "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = f"study-{next(keys)}"
    if case.headers and choose((True,) * 7 + (False,), case.body):
        case.headers.pop("If-Match", None)
    return case


@schemathesis.hook
def before_add_examples(context, examples):
    """Mend examples as well."""
    examples[:] = [map_case(context, case) for case in examples]


# ---- Problems ----

# What any operation may answer, by the document's introduction.
COMMON = set(
    "invalid_request malformed_json unauthenticated forbidden not_found method_not_allowed not_acceptable payload_too_large "
    "unsupported_media_type storage_unavailable internal".split()
)


def own_codes(operation):
    """Return the codes that the document lists for an operation."""
    return operation.definition.raw.get("x-problems", [])


@schemathesis.check
def problem_conformance(ctx, response, case):
    """Hold a problem to its operation: a code of the list, and the status of the answer."""
    if response.status_code < 400:
        return
    problem = response.json()
    if problem["code"] not in COMMON.union(own_codes(case.operation)):
        raise AssertionError(f"{problem['code']} is none of the operation's x-problems")
    if problem["status"] != response.status_code:
        raise AssertionError(f"the problem says {problem['status']}")


# A valid request may be refused by rules that JSON Schema cannot state, or not without a keyword that generators of clients
# stumble over: for a place, what the problem says. Anything else is a finding.
VALUE = "is not one of the choices|is not a number|is not a value of"
NAME = "a parameter needs a name|has characters that cannot be shown|the name is longer than 128 bytes"
RULES = {
    # Maps of names: propertyNames is not in OpenAPI 3.0.
    r"/(reports/\d+/)?metrics/.*": "is not a valid name of a metric|is what value is short for",
    r"/params/.*": f"there is no parameter of this name|{NAME}|{VALUE}|it exists only with other values",
    # Members that depend on each other.
    r"/(search_space|distributions)/.*": f"{NAME}|is below low|at most 2\\^53 steps|of log and step at most one|low must be above 0"
    "|the distance between them must be finite|is there twice|there is no other parameter of this name",
    r"/direction": "cannot stand beside objectives",
    r"/objectives/\d+/metric": "is an objective already",
    r"/stop": "needs a single objective",
    r"/value": "give one of both|is of a finished trial",
    r"/(values|metrics|reports|reason|error)": "is of a finished trial",
    r"/reports/\d+": "report them by metric in place of value",
    r"/count": "is of use best",
    r"/retry": "is of FAIL",
    r"/unused_params/\d+": "is no parameter of the trial|is in the study's search space",
    r"/limits_crossed(/\d+/observed)?": "are of PRUNED and FAIL|is within the bound|must be finite",
    r"format": "must be jsonl for the table all",
    # One type of states is worth more to a client than one without RUNNING for new trials.
    r"/state": "must be WAITING, COMPLETE, PRUNED or FAIL",
    # What there is on the server.
    r"/from": "there is no study of this name|its objectives are|is the study itself",
    r"/cost": "was not recorded",
    # Samplers and pruners: options that depend on each other, on the study, or have a bound that must not be met itself.
    r"/(sampler|pruner)/.*": "is needed (by|with)|must be above 0|must be 0 or|must be at (most|least)|must be less than|must be a step"
    "|is above upper|goes with|works for one objective|numeric parameters|combinations|is of the scope study only"
    "|is the (validation )?metric|is none of the metrics|needs max_resource|names of metrics|at least one is needed"
    "|multiply down the tree",
}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drop the refusal of a valid request whose reason is stated: by a code among the operation's own, or by a rule above."""
    if not isinstance(failure, RejectedPositiveData):
        return True
    problem = response.json()
    if problem["code"] in own_codes(context.operation):
        return False
    return not all(stated(fault) for fault in problem.get("errors", [{"detail": problem["detail"]}]))


def stated(fault):
    """Tell whether a rule is broken where a problem says."""
    where = fault.get("pointer", fault.get("name", ""))
    return any(re.fullmatch(place, where, re.DOTALL) and re.search(detail, fault["detail"]) for place, detail in RULES.items())
