from typing import Literal

StudyState = Literal['ACTIVE', 'STOPPED']

STUDY_STATE_VALUES: set[StudyState] = { 'ACTIVE', 'STOPPED',  }

def check_study_state(value: str) -> StudyState:
    if value in STUDY_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STUDY_STATE_VALUES!r}")
