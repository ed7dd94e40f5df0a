from typing import Literal

Outcome = Literal['censored', 'pending', 'right', 'wrong']

OUTCOME_VALUES: set[Outcome] = { 'censored', 'pending', 'right', 'wrong',  }

def check_outcome(value: str) -> Outcome:
    if value in OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {OUTCOME_VALUES!r}")
