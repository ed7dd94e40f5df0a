from typing import Literal

GetImportancesMethod = Literal['fanova', 'ped_anova']

GET_IMPORTANCES_METHOD_VALUES: set[GetImportancesMethod] = { 'fanova', 'ped_anova',  }

def check_get_importances_method(value: str) -> GetImportancesMethod:
    if value in GET_IMPORTANCES_METHOD_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GET_IMPORTANCES_METHOD_VALUES!r}")
