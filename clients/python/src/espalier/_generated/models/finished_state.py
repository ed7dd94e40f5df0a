from typing import Literal

FinishedState = Literal['COMPLETE', 'FAIL', 'PRUNED']

FINISHED_STATE_VALUES: set[FinishedState] = { 'COMPLETE', 'FAIL', 'PRUNED',  }

def check_finished_state(value: str) -> FinishedState:
    if value in FINISHED_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {FINISHED_STATE_VALUES!r}")
