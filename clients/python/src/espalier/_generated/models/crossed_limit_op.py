from typing import Literal

CrossedLimitOp = Literal['<=', '>=']

CROSSED_LIMIT_OP_VALUES: set[CrossedLimitOp] = { '<=', '>=',  }

def check_crossed_limit_op(value: str) -> CrossedLimitOp:
    if value in CROSSED_LIMIT_OP_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CROSSED_LIMIT_OP_VALUES!r}")
