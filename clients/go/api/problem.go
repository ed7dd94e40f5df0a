package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ProblemDetails is [Problem], an answer that is no success (RFC 9457). It is an
// error, for [errors.As].
type ProblemDetails struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// Code is stable. It is empty when the answer was no problem of an Espalier
	// server; a proxy's, say.
	Code     ProblemCode `json:"code"`
	Instance string      `json:"instance,omitempty"`
	TraceID  string      `json:"trace_id,omitempty"`
	// Errors are the faults of a request, one for each place.
	Errors []FieldError `json:"errors,omitempty"`
	// RetryAfter is how long the server wishes not to be asked again, 0 if it
	// did not say.
	RetryAfter time.Duration `json:"-"`
}

// Error returns the detail and all faults, in one line.
func (p *ProblemDetails) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	if len(p.Errors) == 0 {
		return text
	}
	faults := make([]string, len(p.Errors))
	for i, f := range p.Errors {
		faults[i] = f.String()
	}
	return text + " (" + strings.Join(faults, "; ") + ")"
}

// Temporary says that the same request may succeed later: the server cannot
// serve for now, or is still at work on the same request.
func (p *ProblemDetails) Temporary() bool {
	return p.Status >= http.StatusInternalServerError || p.Status == http.StatusTooManyRequests ||
		p.Status == http.StatusRequestTimeout || p.Code == ProblemCodeRequestInProgress
}

// String returns the place of a fault and what it is.
func (f FieldError) String() string {
	switch {
	case f.Pointer != "":
		return f.Pointer + ": " + f.Detail
	case f.Name != "":
		return string(f.In) + " " + f.Name + ": " + f.Detail
	default:
		return string(f.In) + ": " + f.Detail
	}
}

// Read decodes the answer to a call of [Client] and closes it:
//
//	study, err := api.Read[api.Study](core.GetStudy(ctx, name, nil))
//
// What the server refused is a [*Problem].
func Read[T any](response *http.Response, err error) (T, error) {
	var out T
	response, err = Check(response, err)
	if err != nil {
		return out, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return out, fmt.Errorf("read the answer: %w", err)
	}
	if response.StatusCode == http.StatusNoContent {
		return out, nil
	}
	if err := json.Unmarshal(body, &out); err != nil {
		return out, fmt.Errorf("read the answer, which is not as Espalier's are: %w", err)
	}
	return out, nil
}

// Check passes an answer on for its body to be read, as of an export or a
// backup. What the server refused is a [*Problem], and so is a page of HTML, which
// is a proxy's whatever its status.
func Check(response *http.Response, err error) (*http.Response, error) {
	if err != nil {
		return nil, err
	}
	if response.StatusCode < http.StatusMultipleChoices && !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		return response, nil
	}
	defer response.Body.Close()
	return nil, ReadProblem(response)
}

// foreign says what an answer was that is no problem of an Espalier server.
func foreign(response *http.Response) string {
	status := strings.TrimSpace(fmt.Sprintf("%d %s", response.StatusCode, http.StatusText(response.StatusCode)))
	to := response.Header.Get("Location")
	switch {
	case response.StatusCode == http.StatusNotModified:
		return "It has not changed."
	case response.StatusCode < http.StatusBadRequest && to != "":
		return fmt.Sprintf("The answer was %s, to %s: give the URL that it redirects to.", status, to)
	default:
		return fmt.Sprintf("The answer was %s, and not from an Espalier server: is the URL right, or is a proxy on the way?", status)
	}
}

// ReadProblem makes a problem of an answer that is no success.
func ReadProblem(response *http.Response) *Problem {
	p := &Problem{}
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(body, p)
	}
	if err != nil || p.Code == "" {
		p = &Problem{Title: foreign(response)}
	}
	p.Status = response.StatusCode
	if s, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && s > 0 {
		p.RetryAfter = time.Duration(s) * time.Second
	}
	return p
}
