from typing import Literal

ExportStudyFormat = Literal['csv', 'jsonl']

EXPORT_STUDY_FORMAT_VALUES: set[ExportStudyFormat] = { 'csv', 'jsonl',  }

def check_export_study_format(value: str) -> ExportStudyFormat:
    if value in EXPORT_STUDY_FORMAT_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EXPORT_STUDY_FORMAT_VALUES!r}")
