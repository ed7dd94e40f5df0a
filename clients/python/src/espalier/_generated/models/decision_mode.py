from typing import Literal

DecisionMode = Literal['enforce', 'shadow', 'spared']

DECISION_MODE_VALUES: set[DecisionMode] = { 'enforce', 'shadow', 'spared',  }

def check_decision_mode(value: str) -> DecisionMode:
    if value in DECISION_MODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DECISION_MODE_VALUES!r}")
