from typing import Literal

Aggregate = Literal['last', 'max', 'mean', 'min', 'p95', 'sum']

AGGREGATE_VALUES: set[Aggregate] = { 'last', 'max', 'mean', 'min', 'p95', 'sum',  }

def check_aggregate(value: str) -> Aggregate:
    if value in AGGREGATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {AGGREGATE_VALUES!r}")
