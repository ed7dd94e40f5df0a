from typing import Literal

CategoricalDistributionType = Literal['categorical']

CATEGORICAL_DISTRIBUTION_TYPE_VALUES: set[CategoricalDistributionType] = { 'categorical',  }

def check_categorical_distribution_type(value: str) -> CategoricalDistributionType:
    if value in CATEGORICAL_DISTRIBUTION_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CATEGORICAL_DISTRIBUTION_TYPE_VALUES!r}")
