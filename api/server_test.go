package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/labstack/echo/v4"

	"github.com/espalier-hpo/espalier/openapi"
	"github.com/espalier-hpo/espalier/optimizer/importance"
	"github.com/espalier-hpo/espalier/optimizer/pruner"
	whatif "github.com/espalier-hpo/espalier/optimizer/replay"
	"github.com/espalier-hpo/espalier/optimizer/sampler"
	"github.com/espalier-hpo/espalier/storage"
	"github.com/espalier-hpo/espalier/trials"
)

// server is the whole API over a database of its own. Every answer it gives in
// a test is held to the document.
type server struct {
	testing.TB
	*httptest.Server
	service *trials.Service
	log     bytes.Buffer
	late    atomic.Int64 // how far its clock is ahead
	path    string
	token   string
	origins []string
	stop    func()
}

// serve starts a server over a new database.
func serve(t *testing.T) *server {
	t.Helper()
	s := &server{TB: t, path: filepath.Join(t.TempDir(), "test.db")}
	s.start(nil)
	return s
}

// now is the clock of the tests.
func (s *server) now() time.Time { return time.Now().Add(time.Duration(s.late.Load())) }

// start opens the database and listens. Wrap may put something in front of the
// store.
func (s *server) start(wrap func(trials.Store) trials.Store) {
	s.Helper()
	db, err := storage.Open(context.Background(), storage.Options{Path: s.path, Relaxed: true, Now: s.now})
	if err != nil {
		s.Fatal(err)
	}
	var store trials.Store = db
	if wrap != nil {
		store = wrap(store)
	}
	s.service = trials.NewService(trials.Config{
		Store: store, Samplers: sampler.Table{}, Pruners: pruner.Table{},
		Now: s.now, Seed: func() int64 { return 7 }, Importances: importance.Evaluators{}, Replayer: whatif.Engine{Pruners: pruner.Table{}},
	})
	handler, err := New(Config{
		Service: s.service, Token: s.token, Origins: s.origins, Log: s.logger(),
		Version: "1.2.3", Commit: "abc", Now: s.now,
	})
	if err != nil {
		s.Fatal(err)
	}
	s.Server = httptest.NewServer(handler)
	s.Client().Transport = &checked{s.TB, s.Client().Transport, handler.(*echo.Echo), load(s.TB)}
	s.stop = func() {
		s.service.Close()
		s.Close()
		if err := db.Close(); err != nil {
			s.Error(err)
		}
	}
	s.Cleanup(func() { s.stop() })
}

// restart closes the server and opens its database again.
func (s *server) restart(wrap func(trials.Store) trials.Store) {
	s.Helper()
	s.stop()
	s.stop = func() {}
	s.start(wrap)
}

func (s *server) logger() *slog.Logger { return slog.New(slog.NewTextHandler(&s.log, nil)) }

var document = sync.OnceValues(openapi.Load)

func load(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// checked holds answers to the document.
type checked struct {
	t    testing.TB
	next http.RoundTripper
	echo *echo.Echo
	doc  *openapi3.T
}

// RoundTrip implements [http.RoundTripper].
func (c *checked) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if err != nil || strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	route := c.route(r)
	if route == nil {
		return resp, nil
	}
	opaque := resp.Header.Get("Content-Type") == "application/vnd.sqlite3" || resp.Header.Get("Content-Type") == archiveType
	err = openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: route},
		Status:                 resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true, ExcludeResponseBody: opaque},
	})
	if err != nil {
		c.t.Errorf("%s %s: the answer %d %s is not the document's: %v", r.Method, r.URL, resp.StatusCode, body, err)
	}
	return resp, nil
}

// route finds the operation of a request, nil if it has none.
func (c *checked) route(r *http.Request) *routers.Route {
	ctx := c.echo.NewContext(r, nil)
	c.echo.Router().Find(r.Method, echo.GetPath(r), ctx)
	path := ctx.Path()
	for _, name := range ctx.ParamNames() {
		path = strings.Replace(path, ":"+name, "{"+name+"}", 1)
	}
	item := c.doc.Paths.Value(path)
	if item == nil || item.GetOperation(r.Method) == nil {
		return nil
	}
	return &routers.Route{Spec: c.doc, Path: path, PathItem: item, Method: r.Method, Operation: item.GetOperation(r.Method)}
}

// answer is a response, read.
type answer struct {
	*http.Response
	body string
}

// call sends a request. Options are headers, as "Name: value".
func (s *server) call(method, path, body string, headers ...string) answer {
	s.Helper()
	a, err := s.try(method, path, body, headers...)
	if err != nil {
		s.Fatal(err)
	}
	return a
}

func (s *server) try(method, path, body string, headers ...string) (answer, error) {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequest(method, s.URL+path, reader)
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp, string(b)}, err
}

// must is call, for what is to succeed.
func (s *server) must(method, path, body string, headers ...string) answer {
	s.Helper()
	a := s.call(method, path, body, headers...)
	if a.StatusCode >= http.StatusBadRequest {
		s.Fatalf("%s %s %s: %d %s", method, path, body, a.StatusCode, a.body)
	}
	return a
}

// study makes a study with a parameter x from 0 to 1.
func (s *server) study(name, more string) {
	s.Helper()
	s.must("POST", "/v1/studies", fmt.Sprintf(`{"name":%q,"search_space":{"x":{"type":"float","low":0,"high":1}}%s}`, name, more))
}

// decode reads the JSON of an answer.
func decode[T any](t testing.TB, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
	return v
}

func TestAWorkersDay(t *testing.T) {
	s := serve(t)
	s.study("mnist", "")
	s.must("POST", "/v1/studies/mnist/ask", "")
	a := s.must("POST", "/v1/studies/mnist/trials/0/report", `{"step":1,"value":0.42,"metrics":{"system/cpu_seconds":3.1}}`)
	if d := decode[trials.Decision](t, a); d.State != trials.Running || d.ShouldPrune || *d.Step != 1 {
		t.Errorf("the report is answered %s", a.body)
	}
	s.must("POST", "/v1/studies/mnist/trials/0/tell", `{"value":0.07}`)
	a = s.must("GET", "/v1/studies/mnist/best", "")
	if best := decode[openapi.BestTrials](t, a).Trials; len(best) != 1 || best[0].Values[0] != 0.07 {
		t.Errorf("the best trial is %s", a.body)
	}
}
