from typing import Literal

StopReason = Literal['budget', 'exhausted', 'no_improvement', 'regret', 'stopped', 'target', 'utility']

STOP_REASON_VALUES: set[StopReason] = { 'budget', 'exhausted', 'no_improvement', 'regret', 'stopped', 'target', 'utility',  }

def check_stop_reason(value: str) -> StopReason:
    if value in STOP_REASON_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STOP_REASON_VALUES!r}")
