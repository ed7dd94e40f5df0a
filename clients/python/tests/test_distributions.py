"""Distributions."""

from __future__ import annotations

from typing import Any

import pytest

from espalier.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    check_distribution_compatibility,
    from_wire,
)


@pytest.mark.parametrize(
    ("distribution", "wire"),
    [
        (FloatDistribution(0, 1), {"type": "float", "low": 0.0, "high": 1.0}),
        (FloatDistribution(1e-5, 1, log=True), {"type": "float", "low": 1e-5, "high": 1.0, "log": True}),
        (FloatDistribution(0, 1, step=0.1), {"type": "float", "low": 0.0, "high": 1.0, "step": 0.1}),
        (IntDistribution(-2, 4, step=3), {"type": "int", "low": -2, "high": 4, "step": 3}),
        (IntDistribution(1, 9, log=True), {"type": "int", "low": 1, "high": 9, "log": True}),
        (
            CategoricalDistribution(["a", None, True, 2, 0.5], when={"b": [1]}),
            {"type": "categorical", "choices": ["a", None, True, 2, 0.5], "when": {"b": [1]}},
        ),
    ],
)
def test_a_distribution_reads_back_as_it_was_written(distribution: BaseDistribution, wire: dict[str, Any]) -> None:
    assert distribution.to_wire() == wire
    assert from_wire(wire) == distribution
    assert hash(from_wire(wire)) == hash(distribution)


@pytest.mark.parametrize(
    ("distribution", "inside", "outside"),
    [
        (FloatDistribution(0, 1), [0, 0.5, 1], [-0.1, 1.1, None, "0.5", True, float("nan")]),
        (FloatDistribution(0, 1, step=0.1), [0, 0.1, 0.30000000000000004, 0.7, 1.0], [0.05, 1.1]),
        (IntDistribution(1, 7, step=2), [1, 3, 7], [2, 8, 0, "1", None, True]),
        (CategoricalDistribution([1, True, None, "a"]), [1, True, None, "a", 1.0], [0, False, "b"]),
    ],
)
def test_what_is_in_a_distribution(distribution: BaseDistribution, inside: list[Any], outside: list[Any]) -> None:
    assert [v for v in inside if not distribution.contains(v)] == []
    assert [v for v in outside if distribution.contains(v)] == []


def test_a_range_is_cut_to_whole_steps_in_decimals() -> None:
    with pytest.warns(UserWarning, match=r"high is 0\.9"):
        assert FloatDistribution(0, 1, step=0.3).high == 0.9
    with pytest.warns(UserWarning, match="high is 8"):
        assert IntDistribution(0, 10, step=4).high == 8
    assert FloatDistribution(0, 0.7, step=0.1).high == 0.7


def test_choices_come_back_as_they_were_written() -> None:
    choices = CategoricalDistribution([1.0, True, None, "1"])
    assert [repr(choices.value(v)) for v in (1, True, None, "1")] == ["1.0", "True", "None", "'1'"]
    with pytest.raises(ValueError, match="none of the choices"):
        choices.value(2)


@pytest.mark.parametrize(
    ("make", "kind", "says"),
    [
        (lambda: CategoricalDistribution(["a", "a"]), ValueError, "twice"),
        (lambda: CategoricalDistribution([(1, 2)]), TypeError, "Suggest a name for it"),  # type: ignore[list-item]
        (lambda: CategoricalDistribution([float("inf")]), ValueError, "not finite"),
        (lambda: FloatDistribution(0, float("inf")), ValueError, "must be finite"),
        (lambda: IntDistribution(0, 2.5), ValueError, "must be an integer"),  # type: ignore[arg-type]
        (lambda: from_wire({"type": "normal"}), ValueError, "does not know"),
    ],
)
def test_impossible_distributions_are_refused(make: Any, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        make()


def test_what_a_parameter_may_become() -> None:
    check_distribution_compatibility(FloatDistribution(0, 1), FloatDistribution(5, 6))
    check_distribution_compatibility(IntDistribution(0, 1), IntDistribution(0, 8, step=2))
    for old, new in [
        (FloatDistribution(1, 2), IntDistribution(1, 2)),
        (FloatDistribution(1, 2), FloatDistribution(1, 2, log=True)),
        (CategoricalDistribution([1, 2]), CategoricalDistribution([2, 1])),
        (CategoricalDistribution([1]), CategoricalDistribution([True])),
    ]:
        with pytest.raises(ValueError, match="same parameter name|dynamic value space"):
            check_distribution_compatibility(old, new)
