"""User attrs: those of the user, and those in which the client keeps what the API has no place for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OWN = "espalier:"
"""User attrs whose names begin so are the client's own; they are shown as `system_attrs`."""


def shown(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """The user attrs without the client's own."""
    return {k: v for k, v in attrs.items() if not k.startswith(OWN)}


def attr_patch(attrs: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """A merge patch (RFC 7396) after which an attr is the value. ValueError: a None in it, or the client's own name."""
    if key.startswith(OWN):
        raise ValueError(f"Attrs whose names begin with {OWN!r} are the client's own.")
    if _holds_none(value):
        raise ValueError(f"The attr {key!r} is or holds None, which cannot be stored: leave it out.")
    return {key: _replacing(attrs.get(key), value)}


def _holds_none(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_none, value.values()))
    return value is None


def _replacing(old: Any, new: Any) -> Any:
    """What must be merged into old to make it new: of an object, members that are not in new are removed by null."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    gone: dict[str, Any] = dict.fromkeys(k for k in old if k not in new)
    return gone | {k: _replacing(old.get(k), v) for k, v in new.items()}
