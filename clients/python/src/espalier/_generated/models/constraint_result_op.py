from typing import Literal

ConstraintResultOp = Literal['<=', '>=']

CONSTRAINT_RESULT_OP_VALUES: set[ConstraintResultOp] = { '<=', '>=',  }

def check_constraint_result_op(value: str) -> ConstraintResultOp:
    if value in CONSTRAINT_RESULT_OP_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CONSTRAINT_RESULT_OP_VALUES!r}")
