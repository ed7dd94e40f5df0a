from typing import Literal

DecisionReason = Literal['budget', 'operator', 'pruner', 'study_stopped']

DECISION_REASON_VALUES: set[DecisionReason] = { 'budget', 'operator', 'pruner', 'study_stopped',  }

def check_decision_reason(value: str) -> DecisionReason:
    if value in DECISION_REASON_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DECISION_REASON_VALUES!r}")
