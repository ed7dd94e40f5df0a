from typing import Literal

ProblemCode = Literal['cursor_expired', 'distribution_conflict', 'forbidden', 'idempotency_key_reused', 'internal', 'invalid_page_token', 'invalid_request', 'lease_expired', 'malformed_json', 'method_not_allowed', 'not_acceptable', 'not_enough_data', 'not_found', 'payload_too_large', 'precondition_failed', 'request_in_progress', 'storage_unavailable', 'study_exists', 'study_not_found', 'trial_finished', 'trial_not_found', 'trial_not_running', 'unauthenticated', 'unsupported_media_type', 'values_mismatch']

PROBLEM_CODE_VALUES: set[ProblemCode] = { 'cursor_expired', 'distribution_conflict', 'forbidden', 'idempotency_key_reused', 'internal', 'invalid_page_token', 'invalid_request', 'lease_expired', 'malformed_json', 'method_not_allowed', 'not_acceptable', 'not_enough_data', 'not_found', 'payload_too_large', 'precondition_failed', 'request_in_progress', 'storage_unavailable', 'study_exists', 'study_not_found', 'trial_finished', 'trial_not_found', 'trial_not_running', 'unauthenticated', 'unsupported_media_type', 'values_mismatch',  }

def check_problem_code(value: str) -> ProblemCode:
    if value in PROBLEM_CODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PROBLEM_CODE_VALUES!r}")
