from typing import Literal

ExportStudyTable = Literal['all', 'decisions', 'metrics', 'trials']

EXPORT_STUDY_TABLE_VALUES: set[ExportStudyTable] = { 'all', 'decisions', 'metrics', 'trials',  }

def check_export_study_table(value: str) -> ExportStudyTable:
    if value in EXPORT_STUDY_TABLE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EXPORT_STUDY_TABLE_VALUES!r}")
