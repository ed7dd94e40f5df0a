"""JSON as the API has it: a float that is not finite travels as the string `NaN`, `Infinity` or `-Infinity`."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

__all__ = ["decode", "encode"]

_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

# Where an answer has a `Float`: members that are one, and members whose own members or items are.
FLOATS = frozenset({
    "incumbent", "last", "limit", "margin", "max", "mean", "min", "observed", "p95", "probability", "sum", "value",
    "violation",
})  # fmt: skip
FLOAT_MAPS = frozenset({"last_values", "metrics", "observed", "predicted", "saved_estimate", "values"})

# What people name and write: a word there is that word.
_FREE = frozenset({"distributions", "objectives", "params", "pruner", "sampler", "search_space", "user_attrs"})


def _plain(thing: Any) -> Any:
    """A scalar of NumPy, PyTorch and the like as Python's own."""
    if hasattr(thing, "item"):
        with contextlib.suppress(ValueError, RuntimeError):  # it is an array of several
            return thing.item()
    raise TypeError(f"{thing!r} of type {type(thing).__name__} has no form in JSON")


_strict = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=_plain).encode


def encode(body: Any) -> bytes:
    """Returns the JSON of a request. TypeError: something in it has no form in JSON."""
    try:
        return _strict(body).encode()
    except ValueError:  # a float that is not finite, or a circle, which the second try reports
        return _strict(_spell(body)).encode()


def _spell(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {k: _spell(v) for k, v in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_spell(v) for v in thing]
    if hasattr(thing, "item"):
        thing = _plain(thing)
    if isinstance(thing, float) and not math.isfinite(thing):
        return "NaN" if thing != thing else "Infinity" if thing > 0 else "-Infinity"
    return thing


def decode(body: bytes) -> Any:
    """Returns what an answer says. ValueError: it is no JSON."""
    answer = json.loads(body)
    if b'NaN"' in body or b'Infinity"' in body:
        _read_words(answer)
    return answer


def _read_words(thing: Any) -> None:
    if isinstance(thing, list):
        for item in thing:
            _read_words(item)
    elif isinstance(thing, dict):
        for name, value in thing.items():
            if name in _FREE:
                continue
            if isinstance(value, str):
                if name in FLOATS:
                    thing[name] = _WORDS.get(value, value)
            elif name in FLOAT_MAPS and isinstance(value, list):
                value[:] = [_WORDS.get(v, v) if isinstance(v, str) else v for v in value]
                _read_words(value)
            else:
                if name in FLOAT_MAPS and isinstance(value, dict):
                    for key, inner in value.items():
                        if isinstance(inner, str):
                            value[key] = _WORDS.get(inner, inner)
                _read_words(value)
