"""What a parameter may be: a float, an integer, or one of some choices.

The classes are Optuna's, with one argument more: `when` makes a parameter of a study's search
space conditional on others. Suggesting inside the objective needs none of this; a search space
given to `create_study` or `Study.ask` is made of them.
"""

from __future__ import annotations

import decimal
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

__all__ = [
    "BaseDistribution",
    "CategoricalDistribution",
    "Choice",
    "FloatDistribution",
    "IntDistribution",
    "When",
    "check_distribution_compatibility",
]

Choice = None | bool | int | float | str
When = Mapping[str, Sequence[Choice]]
"""Of a conditional parameter: for each parent, the values with which the parameter exists."""


class BaseDistribution:
    """What the three distributions share."""

    kind: ClassVar[str]

    def single(self) -> bool:
        """Says whether only one value is possible."""
        raise NotImplementedError

    def contains(self, value: Any) -> bool:
        """Says whether a value is within the bounds, or one of the choices."""
        raise NotImplementedError

    def value(self, wire: Any) -> Any:
        """Returns a value as it came in JSON in this distribution's own type."""
        raise NotImplementedError

    def to_wire(self) -> dict[str, Any]:
        """Returns the distribution as the API writes it."""
        raise NotImplementedError


def _wire_when(node: dict[str, Any], when: When | None) -> dict[str, Any]:
    if when is not None:
        node["when"] = {parent: list(values) for parent, values in when.items()}
    return node


def _check_range(low: float, high: float, log: bool, step: float | None, least_of_log: float) -> None:
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"low and high must be finite, but are {low} and {high}.")
    if low > high:
        raise ValueError(f"low <= high must hold, but low is {low} and high is {high}.")
    if log and low < least_of_log:
        raise ValueError(f"With log, low must be {'at least 1' if least_of_log == 1 else 'above 0'}, but is {low}.")
    if step is not None and step <= 0:
        raise ValueError(f"step must be above 0, but is {step}.")


@dataclass(frozen=True)
class FloatDistribution(BaseDistribution):
    """A float in [low, high], both included.

    With `log`, uniform on the log scale, and `low` is above 0; with `step`, one of low, low + step, ...,
    and `high` is lowered to the last of them. One of both at most. ValueError: they are not so.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    when: When | None = field(default=None, compare=False, repr=False)

    kind: ClassVar[str] = "float"

    def __post_init__(self) -> None:
        if self.log and self.step is not None:
            raise ValueError("log and step exclude each other.")
        _check_range(self.low, self.high, self.log, self.step, math.ulp(0.0))
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))
        if self.step is not None:
            object.__setattr__(self, "step", float(self.step))
            object.__setattr__(self, "high", self._last())

    def _last(self) -> float:
        """The highest value that is a whole number of steps above low, in decimal, so that 0.1 is a tenth."""
        low, high, step = (decimal.Decimal(str(v)) for v in (self.low, self.high, self.step))
        if (high - low) % step == 0:
            return self.high
        last = float((high - low) // step * step + low)
        warnings.warn(
            f"The range from {self.low} to {self.high} is no multiple of the step {self.step}: high is {last}.",
            stacklevel=4,
        )
        return last

    def single(self) -> bool:
        """Says whether low is high."""
        return self.low == self.high

    def contains(self, value: Any) -> bool:
        """Says whether a value is a number within the range, and on a step but for rounding."""
        if isinstance(value, (bool, str)) or value is None or not self.low <= value <= self.high:
            return False
        if self.step is None:
            return True
        steps = (value - self.low) / self.step
        return bool(abs(steps - round(steps)) < 1e-8)

    def value(self, wire: Any) -> float:
        """Returns a number of JSON as a float."""
        return float(wire)

    def to_wire(self) -> dict[str, Any]:
        """Returns the distribution as the API writes it."""
        node: dict[str, Any] = {"type": "float", "low": self.low, "high": self.high}
        if self.log:
            node["log"] = True
        if self.step is not None:
            node["step"] = self.step
        return _wire_when(node, self.when)


@dataclass(frozen=True)
class IntDistribution(BaseDistribution):
    """An integer in [low, high], both included.

    With `log`, uniform on the log scale, `low` is at least 1 and `step` is 1; else one of low, low + step, ...,
    and `high` is lowered to the last of them. ValueError: they are not so.
    """

    low: int
    high: int
    log: bool = False
    step: int = 1
    when: When | None = field(default=None, compare=False, repr=False)

    kind: ClassVar[str] = "int"

    def __post_init__(self) -> None:
        if self.log and self.step != 1:
            raise ValueError(f"With log, step must be 1, but is {self.step}.")
        _check_range(self.low, self.high, self.log, self.step, 1)
        for name in ("low", "high", "step"):
            value = getattr(self, name)
            if value != int(value):
                raise ValueError(f"{name} must be an integer, but is {value}.")
            object.__setattr__(self, name, int(value))
        if last := (self.high - self.low) % self.step:
            warnings.warn(
                f"The range from {self.low} to {self.high} is no multiple of the step {self.step}: "
                f"high is {self.high - last}.",
                stacklevel=3,
            )
            object.__setattr__(self, "high", self.high - last)

    def single(self) -> bool:
        """Says whether low is high."""
        return self.low == self.high

    def contains(self, value: Any) -> bool:
        """Says whether a value is a number within the range, and on a step."""
        if isinstance(value, (bool, str)) or value is None or not self.low <= value <= self.high:
            return False
        return bool((value - self.low) % self.step == 0)

    def value(self, wire: Any) -> int:
        """Returns a number of JSON as an int."""
        return int(wire)

    def to_wire(self) -> dict[str, Any]:
        """Returns the distribution as the API writes it."""
        node: dict[str, Any] = {"type": "int", "low": self.low, "high": self.high}
        if self.log:
            node["log"] = True
        if self.step != 1:
            node["step"] = self.step
        return _wire_when(node, self.when)


def _same(a: Any, b: Any) -> bool:
    """Equality that tells True from 1."""
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


@dataclass(frozen=True)
class CategoricalDistribution(BaseDistribution):
    """One of some choices: None, booleans, finite numbers and strings.

    JSON has one kind of number: a choice of 1.0 is 1 in a trial that is read from the server.

    ValueError: there is none, or two are the same. TypeError: one is of another type; suggest a name for it,
    and look the thing up by the name.
    """

    choices: Sequence[Choice]
    when: When | None = field(default=None, compare=False, repr=False)

    kind: ClassVar[str] = "categorical"

    def __post_init__(self) -> None:
        object.__setattr__(self, "choices", tuple(_plain_choice(c) for c in self.choices))
        if not self.choices:
            raise ValueError("choices must have at least one element.")
        if len({(isinstance(c, bool), c) for c in self.choices}) < len(self.choices):
            raise ValueError(f"A choice is there twice: {self.choices}.")

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, CategoricalDistribution)
            and len(self.choices) == len(other.choices)
            and all(_same(a, b) for a, b in zip(self.choices, other.choices, strict=True))
        )

    def __hash__(self) -> int:
        return hash(self.choices)

    def single(self) -> bool:
        """Says whether there is one choice."""
        return len(self.choices) == 1

    def contains(self, value: Any) -> bool:
        """Says whether a value is one of the choices; True is not 1."""
        return any(_same(value, choice) for choice in self.choices)

    def value(self, wire: Any) -> Choice:
        """Returns the choice that a value of JSON is: 1.0 comes back as 1. ValueError: it is none."""
        for choice in self.choices:
            if _same(wire, choice):
                return choice
        raise ValueError(f"{wire!r} is none of the choices {self.choices}.")

    def to_wire(self) -> dict[str, Any]:
        """Returns the distribution as the API writes it."""
        return _wire_when({"type": "categorical", "choices": list(self.choices)}, self.when)


def _plain_choice(choice: Any) -> Choice:
    plain = choice.item() if hasattr(choice, "item") else choice  # a scalar of NumPy
    if not isinstance(plain, None | bool | int | float | str):
        raise TypeError(
            f"The choice {choice!r} is of type {type(choice).__name__}; a choice is None, a bool, a number or a str. "
            "Suggest a name for it, and look it up in a dict."
        )
    if isinstance(plain, float) and not math.isfinite(plain):
        raise ValueError(f"The choice {choice!r} is not finite.")
    return plain


def from_wire(node: Mapping[str, Any]) -> BaseDistribution:
    """Reads a distribution of the API."""
    options = {k: v for k, v in node.items() if k != "type"}
    match node["type"]:
        case "float":
            return FloatDistribution(**options)
        case "int":
            return IntDistribution(**options)
        case "categorical":
            return CategoricalDistribution(**options)
        case other:
            raise ValueError(f"The server has a distribution of the type {other!r}, which this client does not know.")


def check_distribution_compatibility(old: BaseDistribution, new: BaseDistribution) -> None:
    """ValueError: values of both cannot stand beside each other in one study.

    The type and `log` of a parameter stay the same, and so do its choices; a range may change.
    """
    if type(old) is not type(new):
        raise ValueError(f"Cannot set different distribution kind to the same parameter name: {old} != {new}")
    if isinstance(old, CategoricalDistribution):
        if old != new:
            raise ValueError(f"CategoricalDistribution does not support dynamic value space: {old} != {new}")
    elif isinstance(old, FloatDistribution | IntDistribution) and old.log != getattr(new, "log", None):
        raise ValueError(f"Cannot set different log configuration to the same parameter name: {old} != {new}")
