from typing import Literal

FloatType1 = Literal['-Infinity', 'Infinity', 'NaN']

FLOAT_TYPE_1_VALUES: set[FloatType1] = { '-Infinity', 'Infinity', 'NaN',  }

def check_float_type_1(value: str) -> FloatType1:
    if value in FLOAT_TYPE_1_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {FLOAT_TYPE_1_VALUES!r}")
