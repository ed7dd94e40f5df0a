package trials

import (
	"errors"
	"fmt"
)

// Code names what went wrong in a way that a caller can act on. The list is
// closed and is the one of the document's ProblemCode.
type Code string

// The codes, grouped by what the caller can do.
const (
	InvalidRequest       Code = "invalid_request" // mend the request
	MalformedJSON        Code = "malformed_json"
	InvalidPageToken     Code = "invalid_page_token"
	Unauthenticated      Code = "unauthenticated"
	Forbidden            Code = "forbidden"
	NotFound             Code = "not_found"
	StudyNotFound        Code = "study_not_found"
	TrialNotFound        Code = "trial_not_found"
	MethodNotAllowed     Code = "method_not_allowed"
	NotAcceptable        Code = "not_acceptable"
	StudyExists          Code = "study_exists"
	TrialNotRunning      Code = "trial_not_running" // drop the trial
	TrialFinished        Code = "trial_finished"
	LeaseExpired         Code = "lease_expired"
	DistributionConflict Code = "distribution_conflict"
	RequestInProgress    Code = "request_in_progress" // wait, then try again
	CursorExpired        Code = "cursor_expired"      // read all anew
	PreconditionFailed   Code = "precondition_failed"
	PayloadTooLarge      Code = "payload_too_large"
	UnsupportedMediaType Code = "unsupported_media_type"
	IdempotencyKeyReused Code = "idempotency_key_reused"
	ValuesMismatch       Code = "values_mismatch"
	NotEnoughData        Code = "not_enough_data"
	Internal             Code = "internal"
	StorageUnavailable   Code = "storage_unavailable" // try again after Retry-After
)

// FieldError is one fault of a request, or one warning about a study. Pointer
// is a JSON Pointer (RFC 6901) into the body; Name is that of a parameter or
// header.
type FieldError struct {
	In      string `json:"in"`
	Pointer string `json:"pointer,omitempty"`
	Name    string `json:"name,omitempty"`
	Detail  string `json:"detail"`
	Code    string `json:"code,omitempty"` // of a warning that programs may want to know
}

// Error is an error with a code. Detail and Fields are for the caller, Err is
// for the log.
type Error struct {
	Code   Code
	Detail string
	Fields []FieldError
	Err    error
}

// Error returns the detail, and the cause if there is one.
func (e *Error) Error() string {
	msg := e.Detail
	if msg == "" {
		msg = string(e.Code)
	}
	if len(e.Fields) > 0 {
		msg += fmt.Sprintf(" (%s: %s)", e.Fields[0].Pointer, e.Fields[0].Detail)
	}
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an error of the given code with a detail for the caller.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Invalid returns an [InvalidRequest] error for one place in the body.
func Invalid(pointer, format string, args ...any) *Error {
	return &Error{
		Code: InvalidRequest, Detail: "The request is not valid.",
		Fields: []FieldError{{In: "body", Pointer: pointer, Detail: fmt.Sprintf(format, args...)}},
	}
}

// ErrorCode returns the code of err, [Internal] for a foreign error.
func ErrorCode(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// faults gathers the faults of a request, so that a caller sees all at once.
type faults []FieldError

func (f *faults) add(pointer, format string, args ...any) {
	*f = append(*f, FieldError{In: "body", Pointer: pointer, Detail: fmt.Sprintf(format, args...)})
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Code: InvalidRequest, Detail: "The request is not valid.", Fields: f}
}
