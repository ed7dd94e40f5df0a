from typing import Literal

EventType = Literal['decision', 'report', 'study', 'trial']

EVENT_TYPE_VALUES: set[EventType] = { 'decision', 'report', 'study', 'trial',  }

def check_event_type(value: str) -> EventType:
    if value in EVENT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EVENT_TYPE_VALUES!r}")
