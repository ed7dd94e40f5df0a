from typing import Literal

MetricDeclarationKind = Literal['application', 'model', 'system']

METRIC_DECLARATION_KIND_VALUES: set[MetricDeclarationKind] = { 'application', 'model', 'system',  }

def check_metric_declaration_kind(value: str) -> MetricDeclarationKind:
    if value in METRIC_DECLARATION_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {METRIC_DECLARATION_KIND_VALUES!r}")
