from typing import Literal

IntDistributionType = Literal['int']

INT_DISTRIBUTION_TYPE_VALUES: set[IntDistributionType] = { 'int',  }

def check_int_distribution_type(value: str) -> IntDistributionType:
    if value in INT_DISTRIBUTION_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {INT_DISTRIBUTION_TYPE_VALUES!r}")
