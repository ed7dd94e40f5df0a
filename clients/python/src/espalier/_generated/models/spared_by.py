from typing import Literal

SparedBy = Literal['holdout', 'protect', 'quota']

SPARED_BY_VALUES: set[SparedBy] = { 'holdout', 'protect', 'quota',  }

def check_spared_by(value: str) -> SparedBy:
    if value in SPARED_BY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SPARED_BY_VALUES!r}")
