package espalier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// The pauses between two tries: each is twice as long as the one before.
const (
	firstPause   = 500 * time.Millisecond
	longestPause = 10 * time.Second
)

// Unreachable is a server that did not answer, or that could not serve for as
// long as it was tried; then Err is its [*Problem].
type Unreachable struct {
	Server string // its URL
	Err    error
}

// Error says why, and what to look at.
func (e *Unreachable) Error() string {
	if _, answered := errors.AsType[*Problem](e.Err); answered {
		return fmt.Sprintf("the server at %s cannot serve for now: %v", e.Server, e.Err)
	}
	return fmt.Sprintf("the server at %s does not answer: %v", e.Server, e.Err)
}

// Unwrap returns the last reason.
func (e *Unreachable) Unwrap() error { return e.Err }

// transport sends the requests of the core. It bounds each try, and sends again
// what may be while the server is away.
type transport struct{ settings }

// Do implements the core's HttpRequestDoer. An answer that is no success is an
// error, a [*Problem].
func (t *transport) Do(r *http.Request) (*http.Response, error) {
	over := time.NewTimer(t.retryFor)
	defer over.Stop()
	for n := 0; ; n++ {
		response, err := t.try(r, n)
		if err == nil || r.Context().Err() != nil || !temporary(err) {
			return response, err
		}
		away := &Unreachable{t.server, err}
		if t.retryFor == 0 || !repeatable(r) {
			return nil, away
		}
		if t.note != nil {
			t.note(err)
		}
		timer := time.NewTimer(max(pause(n), retryAfter(err)))
		select {
		case <-timer.C:
		case <-over.C:
			timer.Stop()
			return nil, away
		case <-r.Context().Done():
			timer.Stop()
			return nil, fmt.Errorf("%w, while %w", r.Context().Err(), away)
		}
	}
}

// temporary says that an error is of the network, or of a server that cannot
// serve for now.
func temporary(err error) bool {
	p, answered := errors.AsType[*Problem](err)
	return !answered || p.Temporary()
}

// pause is how long to wait after so many failures, at random within the second
// half of it.
func pause(n int) time.Duration {
	d := min(longestPause, firstPause<<min(n, 10))
	return d/2 + rand.N(d/2+1) //nolint:gosec // jitter
}

// retryAfter is how long a server wished not to be asked again.
func retryAfter(err error) time.Duration {
	if p, answered := errors.AsType[*Problem](err); answered {
		return p.RetryAfter
	}
	return 0
}

// try sends a request once. The answer is read within the time limit, if there
// is one.
func (t *transport) try(r *http.Request, n int) (*http.Response, error) {
	if n > 0 && r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		r.Body = body
	}
	limit := t.limit(r)
	if limit == 0 {
		return api.Check(t.http.Do(r))
	}
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	defer cancel()
	response, err := api.Check(t.http.Do(r.WithContext(ctx)))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// lasting are the calls, by the end of their paths, that may take any time.
var lasting = map[string]bool{"backup": true, "events": true, "export": true, "import": true, "replay": true, "transfer": true}

// limit is how long one try may take, 0 without a limit. A long poll has its
// wait on top.
func (t *transport) limit(r *http.Request) time.Duration {
	if t.timeout == 0 || lasting[path.Base(r.URL.Path)] {
		return 0
	}
	wait, _ := strconv.Atoi(r.URL.Query().Get("wait_seconds"))
	return t.timeout + time.Duration(wait)*time.Second
}

// repeatable says that a request may be sent twice, as net/http does.
func repeatable(r *http.Request) bool {
	_, keyed := r.Header["Idempotency-Key"]
	return (r.Method == http.MethodGet || r.Method == http.MethodHead || keyed) && (r.Body == nil || r.Body == http.NoBody || r.GetBody != nil)
}
