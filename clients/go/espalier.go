package espalier

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// New returns a client of the server at a URL such as http://127.0.0.1:8080.
// Only connecting has a time limit, for streams and long polls are to last: a
// call that must end has a context with a deadline.
func New(server string, opts ...ClientOption) (*Client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("the server %q is no URL such as http://127.0.0.1:8080", server)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	transport.MaxIdleConnsPerHost = 64 // many workers of one process share it
	own := WithHTTPClient(&http.Client{Transport: transport})
	return NewClient(server, append([]ClientOption{own}, opts...)...)
}

// WithToken sends the server's token with every request.
func WithToken(token string) ClientOption {
	return WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	})
}

// Ask asks for trials of a study. A connection that was lost before the answer
// began is tried again, without a trial being handed out twice.
func (c *Client) Ask(ctx context.Context, study string, r AskRequest) (AskResponse, error) {
	key := rand.Text()
	return Read[AskResponse](c.AskTrials(ctx, study, &AskTrialsParams{IdempotencyKey: &key}, r))
}

// Report reports what a trial measured; the decision says whether to go on.
func (c *Client) Report(ctx context.Context, study string, trial int64, r Report) (Decision, error) {
	var again []RequestEditorFn
	if r.Step != nil || r.Seq != nil {
		again = []RequestEditorFn{repeatable}
	}
	return Read[Decision](c.ReportTrial(ctx, study, trial, nil, r, again...))
}

// Tell ends a trial.
func (c *Client) Tell(ctx context.Context, study string, trial int64, t Tell) (Trial, error) {
	return Read[Trial](c.TellTrial(ctx, study, trial, t, repeatable))
}

// repeatable lets net/http send a request again whose connection turned out to
// be closed. The empty header says so and is not sent.
func repeatable(_ context.Context, r *http.Request) error {
	r.Header["Idempotency-Key"] = []string{}
	return nil
}

// Read decodes the answer to a call of [Client] and closes it:
//
//	study, err := espalier.Read[espalier.Study](client.GetStudy(ctx, name, nil))
//
// What the server refused is an [*Error].
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
		return out, fmt.Errorf("read the answer: %w", err)
	}
	return out, nil
}

// Check passes an answer on for its body to be read, as of an export or a
// backup. What the server refused is an [*Error].
func Check(response *http.Response, err error) (*http.Response, error) {
	if err != nil {
		return nil, err
	}
	if response.StatusCode < http.StatusMultipleChoices {
		return response, nil
	}
	defer response.Body.Close()
	return nil, refusal(response)
}

// Error is an answer that is no success: the server's problem (RFC 9457).
type Error struct {
	Status int
	// Code is stable. It is empty when the answer was no problem of an Espalier
	// server; a proxy's, say.
	Code   ProblemCode
	Detail string
	// Fields are the faults of a request, one for each place.
	Fields []FieldError
	// RetryAfter is how long the server wishes not to be asked again, 0 if it
	// did not say.
	RetryAfter time.Duration
}

// Error returns the detail and all faults, in one line.
func (e *Error) Error() string {
	if len(e.Fields) == 0 {
		return e.Detail
	}
	faults := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		faults[i] = f.String()
	}
	return e.Detail + " (" + strings.Join(faults, "; ") + ")"
}

// String returns the place of a fault and what it is.
func (f FieldError) String() string {
	switch {
	case f.Pointer != nil && *f.Pointer != "":
		return *f.Pointer + ": " + f.Detail
	case f.Name != nil:
		return string(f.In) + " " + *f.Name + ": " + f.Detail
	default:
		return string(f.In) + ": " + f.Detail
	}
}

// refusal makes an error of an answer.
func refusal(response *http.Response) *Error {
	e := &Error{Status: response.StatusCode}
	if s, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && s > 0 {
		e.RetryAfter = time.Duration(s) * time.Second
	}
	var p Problem
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(body, &p)
	}
	if err != nil || p.Code == "" {
		e.Detail = strings.TrimSpace(fmt.Sprintf("The server answered %d %s.", e.Status, http.StatusText(e.Status)))
		return e
	}
	e.Code, e.Fields, e.Detail = p.Code, p.Errors, p.Title
	if p.Detail != nil && *p.Detail != "" {
		e.Detail = *p.Detail
	}
	return e
}
