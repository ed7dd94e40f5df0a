// Package espalier is the Go client of Espalier: a training program asks for a
// trial, reports what it measures, is told whether to go on, and tells the
// result.
//
//	client, err := espalier.New("http://127.0.0.1:8080")
//	study, err := client.LoadOrCreateStudy(ctx, espalier.StudySpec{
//		Name:        "mnist",
//		Direction:   espalier.Minimize,
//		SearchSpace: espalier.SearchSpace{"lr": espalier.FloatDistribution{Low: 1e-5, High: 0.1, Log: true}},
//		Budget:      &espalier.Budget{MaxTrials: 100},
//	})
//	err = study.Optimize(ctx, func(ctx context.Context, trial *espalier.Trial) (float64, error) {
//		var p struct{ LR float64 }
//		if err := trial.Decode(&p); err != nil {
//			return 0, err
//		}
//		loss := 0.0
//		for epoch := range int64(10) {
//			loss = train(p.LR)
//			decision, err := trial.Report(ctx, epoch, espalier.Metrics{"value": loss})
//			if err != nil {
//				return 0, err
//			}
//			if decision.ShouldPrune {
//				return 0, espalier.ErrPruned
//			}
//		}
//		return loss, nil
//	})
//
// [Study.Ask], [Trial.Report] and [Trial.Tell] are the same by hand, for a loop
// of one's own.
//
// # Options
//
// What is left out of a struct is left out of the request, and the server's
// default holds. Where zero says something else than nothing, a field is a
// pointer: Seed: new(int64(0)) is the seed 0.
//
// # Errors
//
// What the server refuses is a [*Problem]: its Code is stable, and its Errors
// name the faults of a request one by one. A server that does not answer, or
// cannot serve for now, is an [*Unreachable]. A trial whose lease ran out, or that
// somebody else ended, is [ErrLeaseLost]; the first is FAIL on the server, and asked
// again if the study's max_retries allows it. The errors of a context come through as they are.
//
// # Retries
//
// A request that fails because the server is away is sent again, with growing
// pauses or as long as the server says (Retry-After), where a repetition cannot
// do harm: what reads, what carries an idempotency key, reports (they have a key
// each), tells (they compare) and heartbeats. [WithRetryFor] says for how long.
// A report is not waited for: see [Trial.Report].
//
// # What is not here
//
// Calls that this package does not wrap are in package api, the generated core:
// [Client.API] with [api.Read]. They have the same time limits, retries and
// errors.
package espalier

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// Client is a client of one server. It is safe for concurrent use.
type Client struct {
	settings
	core *api.Client
	once *api.Client // tries once, and not for long: training waits for it
}

// settings are what the options set.
type settings struct {
	server   string
	token    string
	http     *http.Client
	timeout  time.Duration
	retryFor time.Duration
	note     func(error)
}

// The defaults of the options.
const (
	defaultTimeout  = 30 * time.Second
	defaultRetryFor = 30 * time.Second
	connectTimeout  = 10 * time.Second
	answerTimeout   = 10 * time.Minute // until an answer begins
	idleTimeout     = 90 * time.Second
	reportTime      = 5 * time.Second
)

// Option is an option of [New] and [Client.With].
type Option func(*settings)

// WithToken sends the server's token with every request. White space around it is
// left out: a file may end in a line end.
func WithToken(token string) Option {
	return func(s *settings) { s.token = strings.TrimSpace(token) }
}

// WithHTTPClient sends requests by an HTTP client of one's own: for a proxy, or
// for certificates. It should have no Timeout, which would end streams. It is not
// changed; redirects are followed only if it has a CheckRedirect.
func WithHTTPClient(c *http.Client) Option { return func(s *settings) { s.http = c } }

// WithTimeout bounds one try of a call, 30 s by default; 0 is no bound. Streams,
// imports and replays have none but that their answer begins within 10 min.
func WithTimeout(d time.Duration) Option { return func(s *settings) { s.timeout = d } }

// WithRetryFor sends a request again for so long while the server is away, 30 s
// by default; 0 is not at all.
func WithRetryFor(d time.Duration) Option { return func(s *settings) { s.retryFor = d } }

// WithRetryNote calls note with the reason before a request is sent again, from
// the goroutine of the call.
func WithRetryNote(note func(error)) Option { return func(s *settings) { s.note = note } }

// New returns a client of the server at a URL such as http://127.0.0.1:8080. It
// sends nothing yet.
func New(server string, opts ...Option) (*Client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("the server %q is no URL such as http://127.0.0.1:8080", server)
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout:   connectTimeout,
		ResponseHeaderTimeout: answerTimeout,
		IdleConnTimeout:       idleTimeout,
		MaxIdleConnsPerHost:   64, // many workers of one process share it
		ForceAttemptHTTP2:     true,
	}
	s := settings{server: server, http: &http.Client{Transport: transport}, timeout: defaultTimeout, retryFor: defaultRetryFor}
	return s.client(opts)
}

// With returns a client of the same server with other options. The two share
// their connections.
func (c *Client) With(opts ...Option) *Client {
	out, _ := c.client(opts) // the URL was checked by New
	return out
}

// client makes a client of the settings and options on top.
func (s settings) client(opts []Option) (*Client, error) {
	for _, set := range opts {
		set(&s)
	}
	if s.http.CheckRedirect == nil {
		// A redirected POST would be sent on as a GET, whose answer is another one.
		own := *s.http
		own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		s.http = &own
	}
	core, err := s.core()
	if err != nil {
		return nil, err
	}
	c := &Client{settings: s, core: core}
	s.retryFor, s.note = 0, nil
	if s.timeout == 0 || s.timeout > reportTime {
		s.timeout = reportTime
	}
	c.once, err = s.core()
	return c, err
}

// core returns the generated client, set so.
func (s settings) core() (*api.Client, error) {
	return api.NewClient(s.server, api.WithHTTPClient(&transport{s}), api.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		if s.token != "" {
			r.Header.Set("Authorization", "Bearer "+s.token)
		}
		return nil
	}))
}

// API returns the generated core, for what this package does not wrap:
//
//	v, err := api.Read[api.Version](client.API().GetVersion(ctx))
//
// Its requests have the client's token, time limit and retries.
func (c *Client) API() *api.Client { return c.core }

// Repeatable marks a request as one that may be sent again, for a call of the
// core that does no harm when it is done twice.
func Repeatable(_ context.Context, r *http.Request) error {
	// net/http looks for this header as well. It is empty, and not sent.
	r.Header["Idempotency-Key"] = []string{}
	return nil
}
