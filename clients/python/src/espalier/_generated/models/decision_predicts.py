from typing import Literal

DecisionPredicts = Literal['limit', 'quality']

DECISION_PREDICTS_VALUES: set[DecisionPredicts] = { 'limit', 'quality',  }

def check_decision_predicts(value: str) -> DecisionPredicts:
    if value in DECISION_PREDICTS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DECISION_PREDICTS_VALUES!r}")
