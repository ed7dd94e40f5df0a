from typing import Literal

FloatDistributionType = Literal['float']

FLOAT_DISTRIBUTION_TYPE_VALUES: set[FloatDistributionType] = { 'float',  }

def check_float_distribution_type(value: str) -> FloatDistributionType:
    if value in FLOAT_DISTRIBUTION_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {FLOAT_DISTRIBUTION_TYPE_VALUES!r}")
