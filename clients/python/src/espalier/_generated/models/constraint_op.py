from typing import Literal

ConstraintOp = Literal['<=', '>=']

CONSTRAINT_OP_VALUES: set[ConstraintOp] = { '<=', '>=',  }

def check_constraint_op(value: str) -> ConstraintOp:
    if value in CONSTRAINT_OP_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CONSTRAINT_OP_VALUES!r}")
