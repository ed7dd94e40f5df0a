from typing import Literal

PrunerMode = Literal['enforce', 'shadow']

PRUNER_MODE_VALUES: set[PrunerMode] = { 'enforce', 'shadow',  }

def check_pruner_mode(value: str) -> PrunerMode:
    if value in PRUNER_MODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PRUNER_MODE_VALUES!r}")
