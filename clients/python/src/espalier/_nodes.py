"""What samplers and pruners have in common: each is a node of JSON, a `type` and its options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, Self


class Node:
    """A sampler or pruner of the server's catalogue.

    Options that are None are left out: the server's default holds. Names and values are checked by the server
    when the study is made.
    """

    def __init__(self, type: str, /, **options: Any) -> None:
        self.type = type
        self.options = {name: value for name, value in options.items() if value is not None}

    @classmethod
    def from_wire(cls, node: Mapping[str, Any]) -> Self:
        """Reads a node as the server has it."""
        new = cls.__new__(cls)
        Node.__init__(new, node["type"], **{k: v for k, v in node.items() if k != "type"})
        return new

    def to_wire(self) -> dict[str, Any]:
        """Returns the node as the API writes it."""
        return {"type": self.type, **{name: _wire(value) for name, value in self.options.items()}}

    def same_as(self, stored: Mapping[str, Any]) -> bool:
        """Says whether a node of the server, its defaults explicit, says all that this one says."""
        return _within(self.to_wire(), stored)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.to_wire() == other.to_wire()

    def __hash__(self) -> int:
        return hash(self.type)

    def __repr__(self) -> str:
        name = type(self).__name__
        options = "".join(f", {k}={v!r}" for k, v in self.options.items())
        return f"{name}({self.type!r}{options})"


def _wire(value: Any) -> Any:
    if isinstance(value, Node):
        return value.to_wire()
    if isinstance(value, (list, tuple)):
        return [_wire(v) for v in value]
    return value


def _within(mine: Any, stored: Any) -> bool:
    if isinstance(mine, dict):
        return isinstance(stored, Mapping) and all(k in stored and _within(v, stored[k]) for k, v in mine.items())
    if isinstance(mine, list):
        return isinstance(stored, list) and len(mine) == len(stored) and all(map(_within, mine, stored))
    return bool(mine == stored)


def refuse(owner: str, given: Iterable[str], instead: Mapping[str, str]) -> None:
    """TypeError for options of Optuna's that Espalier has not, with what is nearest; nothing when none is given."""
    for name in given:
        _refuse(owner, name, instead.get(name, "leave it out"))


def _refuse(owner: str, name: str, instead: str) -> NoReturn:
    raise TypeError(f"{owner} has no option {name!r}: {instead}.")
