from typing import Literal

ListTrialsOrderBy = Literal['-datetime_complete', '-number', '-value', 'datetime_complete', 'number', 'value']

LIST_TRIALS_ORDER_BY_VALUES: set[ListTrialsOrderBy] = { '-datetime_complete', '-number', '-value', 'datetime_complete', 'number', 'value',  }

def check_list_trials_order_by(value: str) -> ListTrialsOrderBy:
    if value in LIST_TRIALS_ORDER_BY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIST_TRIALS_ORDER_BY_VALUES!r}")
