package api

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// fault is one thing that a refusal must name.
type fault struct{ in, place string } // place: the pointer of a body, the name of a parameter

func body(pointer string) fault { return fault{"body", pointer} }

func TestBadInputIsNamedAndChangesNothing(t *testing.T) {
	s := serve(t)
	s.study("a", "")
	s.must("POST", "/v1/studies/a/trials", `{"params":{"x":0.5},"state":"COMPLETE","value":1}`)
	s.must("POST", "/v1/studies/a/ask", "")
	const (
		studies = "POST /v1/studies"
		ask     = "POST /v1/studies/a/ask"
		create  = "POST /v1/studies/a/trials"
		report  = "POST /v1/studies/a/trials/1/report"
		reports = "POST /v1/studies/a/reports"
		tell    = "POST /v1/studies/a/trials/1/tell"
	)
	deep := strings.Repeat(`{"type":"any","pruners":[`, 20) + `{"type":"nop"}` + strings.Repeat("]}", 20)
	deepAt := "/pruner" + strings.Repeat("/pruners/0", 16)
	tests := []struct {
		call, body string
		status     int
		code       trials.Code
		faults     []fault
	}{
		{studies, `{"name":1}`, 400, trials.InvalidRequest, []fault{body("/name")}},
		{studies, `{"name":"a/b"}`, 400, trials.InvalidRequest, []fault{body("/name")}},
		{studies, `{}`, 400, trials.InvalidRequest, []fault{body("/name")}},
		{studies, `[]`, 400, trials.InvalidRequest, []fault{body("")}},
		{studies, ``, 400, trials.InvalidRequest, []fault{body("")}},
		{studies, `{"name":"b","nam":1,"Name":"c"}`, 400, trials.InvalidRequest, []fault{body("/nam"), body("/Name")}},
		{studies, `{"name":"b","name":"c"}`, 400, trials.MalformedJSON, []fault{body("/name")}},
		{studies, `{"name":"b"}{"name":"c"}`, 400, trials.MalformedJSON, []fault{body("")}},
		{studies, `{"name":"b"`, 400, trials.MalformedJSON, []fault{body("")}},
		{studies, "{\"name\":\"b\",\"user_attrs\":{\"k\":\"\xff\"}}", 400, trials.MalformedJSON, []fault{body("/user_attrs/k")}},
		{studies, `{"name":"b","user_attrs":` + strings.Repeat(`[`, 1_000_000) + `}`, 400, trials.MalformedJSON, []fault{body("")}},
		{studies, `{"name":"b","search_space":{"x":{"type":"flot","low":0,"high":1}}}`, 400, trials.InvalidRequest, []fault{body("/search_space/x/type")}},
		{studies, `{"name":"b","search_space":{"x":{"low":0,"high":1}}}`, 400, trials.InvalidRequest, []fault{body("/search_space/x/type")}},
		{studies, `{"name":"b","search_space":{"x":{"type":"float","low":"0","hgh":1}}}`, 400, trials.InvalidRequest, []fault{
			body("/search_space/x/low"), body("/search_space/x/hgh"), body("/search_space/x/high"),
		}},
		{studies, `{"name":"b","search_space":{"x/y~":{"type":"float","low":2,"high":1}}}`, 400, trials.InvalidRequest, []fault{body("/search_space/x~1y~0/high")}},
		{studies, `{"name":"b","sampler":{"type":"randm"}}`, 400, trials.InvalidRequest, []fault{body("/sampler/type")}},
		{studies, `{"name":"b","pruner":{"type":"nop","x":1}}`, 400, trials.InvalidRequest, []fault{body("/pruner/x")}},
		{studies, `{"name":"b","pruner":` + deep + `}`, 400, trials.InvalidRequest, []fault{body(deepAt)}},
		{studies, `{"name":"b","lease_seconds":null}`, 400, trials.InvalidRequest, []fault{body("/lease_seconds")}},
		{studies, `{"name":"b","seed":1.5,"max_steps":0}`, 400, trials.InvalidRequest, []fault{body("/seed"), body("/max_steps")}},
		{studies + "?load_if_exist=true", `{"name":"b"}`, 400, trials.InvalidRequest, []fault{{"query", "load_if_exist"}}},
		{studies + "?load_if_exists=maybe", `{"name":"b"}`, 400, trials.InvalidRequest, []fault{{"query", "load_if_exists"}}},
		{"PATCH /v1/studies/a", `{"seed":1}`, 400, trials.InvalidRequest, []fault{body("/seed")}},
		{studies, `{"name":"b","max_steps":9007199254740992}`, 400, trials.InvalidRequest, []fault{body("/max_steps")}},
		{"PATCH /v1/studies/a", `{"stop":{"min_trials":1}}`, 400, trials.InvalidRequest, []fault{body("/stop/min_trials")}},
		{"GET /v1/studies/a/trials/9007199254740992", ``, 400, trials.InvalidRequest, []fault{{"path", "number"}}},
		{reports, `{"reports":[{"trial":9007199254740992,"step":1}]}`, 400, trials.InvalidRequest, []fault{body("/reports/0/trial")}},
		{create, `{"params":{},"state":"RUNNING"}`, 400, trials.InvalidRequest, []fault{body("/state")}},
		{"GET /v1/studies/a%2Fb", ``, 400, trials.InvalidRequest, []fault{{"path", "study"}}},
		{"GET /v1/studies/.a", ``, 400, trials.InvalidRequest, []fault{{"path", "study"}}},
		{"GET /v1/studies/a/trials/one", ``, 400, trials.InvalidRequest, []fault{{"path", "number"}}},
		{"GET /v1/studies/a/trials/-1", ``, 400, trials.InvalidRequest, []fault{{"path", "number"}}},
		{"GET /v1/studies?page_size=0", ``, 400, trials.InvalidRequest, []fault{{"query", "page_size"}}},
		{"GET /v1/studies?page_size=1&page_size=2", ``, 400, trials.InvalidRequest, []fault{{"query", "page_size"}}},
		{"GET /v1/studies?page_token=x", ``, 400, trials.InvalidPageToken, []fault{{"query", "page_token"}}},
		{"GET /v1/studies/a/trials?state=DONE&order_by=x", ``, 400, trials.InvalidRequest, []fault{{"query", "state"}, {"query", "order_by"}}},
		{"GET /v1/studies/a/trials/1/decision?wait_seconds=61", ``, 400, trials.InvalidRequest, []fault{{"query", "wait_seconds"}}},
		{ask, `{"count":0}`, 400, trials.InvalidRequest, []fault{body("/count")}},
		{ask, `{"count":1,"COUNT":1000}`, 400, trials.InvalidRequest, []fault{body("/COUNT")}},
		{create, `{"params":{"x":2}}`, 400, trials.InvalidRequest, []fault{body("/params/x")}},
		{create, `{"params":{"y":2}}`, 400, trials.InvalidRequest, []fault{body("/params/y")}},
		{create, `{"params":{"x":{}}}`, 400, trials.InvalidRequest, []fault{body("/params/x")}},
		{create, `{"params":{"x":0.5},"state":"COMPLETE","value":1,"reports":[{"step":1},{"step":-1}]}`, 400, trials.InvalidRequest, []fault{body("/reports/1/step")}},
		{create, `{"params":{"x":0.5},"state":"COMPLETE","value":"NaN"}`, 422, trials.ValuesMismatch, nil},
		{report, `{"step":-1,"value":1}`, 400, trials.InvalidRequest, []fault{body("/step")}},
		{report, `{"step":"3"}`, 400, trials.InvalidRequest, []fault{body("/step")}},
		{report, `{"step":3.5}`, 400, trials.InvalidRequest, []fault{body("/step")}},
		{report, `{"step":1,"Step":2}`, 400, trials.InvalidRequest, []fault{body("/Step")}},
		{report, `{"step":1,"step":2}`, 400, trials.MalformedJSON, []fault{body("/step")}},
		{report, `{"value":"nan"}`, 400, trials.InvalidRequest, []fault{body("/value")}},
		{report, `{"metrics":{"a b":1}}`, 400, trials.InvalidRequest, []fault{body("/metrics/a b")}},
		{report, `{"metrics":{"a":[1]}}`, 400, trials.InvalidRequest, []fault{body("/metrics/a")}},
		{report, `{"metrics":{"value":1},"value":2}`, 400, trials.InvalidRequest, []fault{body("/metrics/value")}},
		{report, `{}`, 400, trials.InvalidRequest, []fault{body("")}},
		{report, ``, 400, trials.InvalidRequest, []fault{body("")}},
		{report, `{"value":` + strings.Repeat("[", 1_000_000), 400, trials.InvalidRequest, []fault{body("/value")}},
		{reports, `{"reports":[{"trial":1,"step":1},{"trial":1,"stp":1}]}`, 400, trials.InvalidRequest, []fault{body("/reports/1/stp")}},
		{reports, `{"reports":[{"step":1,"value":1}]}`, 400, trials.InvalidRequest, []fault{body("/reports/0/trial")}},
		{reports, `{"reports":[]}`, 400, trials.InvalidRequest, []fault{body("/reports")}},
		{reports, `{"reports":[{"trial":1,"step":1}],"x":1}`, 400, trials.InvalidRequest, []fault{body("/x")}},
		{reports, `{"x":` + strings.Repeat("[", 1_000_000), 400, trials.MalformedJSON, []fault{body("")}},
		{tell, `{"value":"NaN"}`, 422, trials.ValuesMismatch, nil},
		{tell, `{"values":[1,2]}`, 422, trials.ValuesMismatch, nil},
		{tell, `{"state":"RUNNING"}`, 400, trials.InvalidRequest, []fault{body("/state")}},
		{tell, `{"value":"inf"}`, 400, trials.InvalidRequest, []fault{body("/value")}},
		{"POST /v1/studies/a/trials/0/tell", `{"value":2}`, 409, trials.TrialFinished, nil},
		{"POST /v1/studies/a/tells", `{"tells":[{"trial":1,"vale":1}]}`, 400, trials.InvalidRequest, []fault{body("/tells/0/vale")}},
		{"GET /v1/nothing", ``, 404, trials.NotFound, nil},
		{"GET /v1/studies/a/b", ``, 404, trials.NotFound, nil},
		{"PUT /v1/studies/a", `{}`, 405, trials.MethodNotAllowed, nil},
		{"GET /v1/studies/a/events", "", 410, trials.CursorExpired, nil},
	}
	before := s.must("GET", "/v1/studies/a/export?table=all", "").body
	for _, test := range tests {
		method, path, _ := strings.Cut(test.call, " ")
		headers := []string{}
		if test.code == trials.CursorExpired {
			headers = append(headers, "Last-Event-ID: 1")
		}
		a := s.call(method, path, test.body, headers...)
		shown := test.body[:min(len(test.body), 120)]
		p := decode[struct {
			Code   trials.Code
			Errors []trials.FieldError
		}](t, a)
		var got []fault
		for _, e := range p.Errors {
			got = append(got, fault{e.In, e.Pointer + e.Name})
		}
		if a.StatusCode != test.status || p.Code != test.code || !sameFaults(got, test.faults) {
			t.Errorf("%s %s\n got %d %s\nwant %d %s %v", test.call, shown, a.StatusCode, a.body[:min(len(a.body), 600)], test.status, test.code, test.faults)
		}
	}
	if after := s.must("GET", "/v1/studies/a/export?table=all", "").body; after != before {
		t.Errorf("the refused requests made of\n%s\nthis:\n%s", before, after)
	}
	if all := s.must("GET", "/v1/studies", "").body; strings.Contains(all, `"name":"b"`) {
		t.Errorf("a refused study is there: %s", all)
	}
}

func sameFaults(got, want []fault) bool {
	if len(got) != len(want) {
		return false
	}
	found := map[fault]bool{}
	for _, f := range got {
		found[f] = true
	}
	for _, f := range want {
		if !found[f] {
			return false
		}
	}
	return true
}

func TestBodiesHaveALimitAndAType(t *testing.T) {
	s := serve(t)
	s.study("a", "")
	s.must("POST", "/v1/studies/a/ask", "")
	big := strings.Repeat(" ", maxBody)
	s.run([]step{
		{"POST /v1/studies", big + `{"name":"b"}`, 413, `"code":"payload_too_large"`, nil},
		{"POST /v1/studies/a/trials/0/report", big + `{"step":1}`, 413, `"code":"payload_too_large"`, nil},
		{"POST /v1/studies/a/reports", big + `{"reports":[{"trial":0,"step":1,"value":1}]}`, 200, `"decision"`, nil},
		{"POST /v1/studies/a/trials", big + `{"params":{}}`, 201, `"number":1`, nil},
		{"POST /v1/studies/a/reports", strings.Repeat(big, 32) + `{}`, 413, `"code":"payload_too_large"`, nil},
		{"POST /v1/studies", `{"name":"b"}`, 415, `"code":"unsupported_media_type"`, []string{"Content-Type: application/x-www-form-urlencoded"}},
		{"POST /v1/studies/a/trials/0/report", `{"step":2}`, 415, `"code":"unsupported_media_type"`, []string{"Content-Type: text/plain"}},
		{"POST /v1/studies", `{"name":"b"}`, 201, `"name":"b"`, []string{"Content-Type: application/json; charset=utf-8"}},
	})
}

func TestATokenIsAskedFor(t *testing.T) {
	s := &server{TB: t, path: t.TempDir() + "/test.db", token: "secret"}
	s.start(nil)
	none, wrong := []string{"Authorization: "}, []string{"Authorization: Bearer secre"}
	for _, path := range []string{"/healthz", "/readyz", "/v1/version", "/openapi.yaml", "/docs", "/problems/internal"} {
		if a := s.call("GET", path, "", none...); a.StatusCode != http.StatusOK {
			t.Errorf("%s without a token: %d", path, a.StatusCode)
		}
	}
	for _, path := range []string{"/v1/studies", "/metrics", "/v1/backup", "/v1/nothing"} {
		for _, header := range [][]string{none, wrong} {
			if a := s.call("GET", path, "", header...); a.StatusCode != http.StatusUnauthorized || a.Header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s with %s: %d %s", path, header, a.StatusCode, a.body)
			}
		}
	}
	s.must("GET", "/v1/studies", "")
	s.must("GET", "/metrics", "")
}

func TestAPageOfAnotherOriginMayNotWrite(t *testing.T) {
	s := serve(t)
	s.run([]step{
		{"POST /v1/studies", `{"name":"b"}`, 403, `"code":"forbidden"`, []string{"Sec-Fetch-Site: cross-site"}},
		{"POST /v1/studies", `{"name":"b"}`, 403, `"code":"forbidden"`, []string{"Origin: https://elsewhere.example"}},
		{"GET /v1/studies", ``, 200, ``, []string{"Sec-Fetch-Site: cross-site"}},
		{"POST /v1/studies", `{"name":"b"}`, 201, ``, []string{"Sec-Fetch-Site: same-origin"}},
	})
}

func TestAPageOfAnAllowedOriginMayDoAll(t *testing.T) {
	const page = "https://dash.example:8443"
	s := &server{TB: t, path: t.TempDir() + "/test.db", token: "secret", origins: []string{page}}
	s.start(nil)
	preflight := func(origin, path string) answer {
		return s.call("OPTIONS", path, "", "Authorization: ", "Origin: "+origin, "Sec-Fetch-Site: cross-site",
			"Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: authorization,content-type,if-match")
	}
	a := preflight(page, "/v1/studies/a")
	if h := a.Header; a.StatusCode != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != page || h.Get("Vary") != "Origin" ||
		!strings.Contains(h.Get("Access-Control-Allow-Methods"), "PATCH") || h.Get("Access-Control-Allow-Headers") != "authorization,content-type,if-match" {
		t.Errorf("the preflight is answered %d %v", a.StatusCode, h)
	}
	a = s.call("POST", "/v1/studies", `{"name":"b"}`, "Origin: "+page, "Sec-Fetch-Site: cross-site")
	if h := a.Header; a.StatusCode != http.StatusCreated || h.Get("Access-Control-Allow-Origin") != page || !strings.Contains(h.Get("Access-Control-Expose-Headers"), "ETag") {
		t.Errorf("the write is answered %d %v", a.StatusCode, h)
	}
	if a = s.call("GET", "/v1/studies/c", "", "Origin: "+page); a.StatusCode != http.StatusNotFound || a.Header.Get("Access-Control-Allow-Origin") != page {
		t.Errorf("a problem is answered %d %v", a.StatusCode, a.Header)
	}
	for _, other := range []string{"https://dash.example", "https://dash.example:8443.evil.example", "null"} {
		a = preflight(other, "/v1/studies/a")
		if a.StatusCode < 400 || a.Header.Get("Access-Control-Allow-Origin") != "" || a.Header.Get("Vary") != "Origin" {
			t.Errorf("a page of %s: %d %v", other, a.StatusCode, a.Header)
		}
		if a = s.call("POST", "/v1/studies", `{"name":"c"}`, "Origin: "+other); a.StatusCode != http.StatusForbidden {
			t.Errorf("a page of %s writes: %d", other, a.StatusCode)
		}
	}
}

func TestAnOriginIsOne(t *testing.T) {
	for _, origin := range []string{"", "*", "https://*.example", "dash.example", "https://dash.example/path"} {
		if _, err := New(Config{Origins: []string{origin}, Now: time.Now}); err == nil || !strings.Contains(err.Error(), "is not an origin") {
			t.Errorf("%q: %v", origin, err)
		}
	}
}

func TestAnswersSayHowLongTheyTook(t *testing.T) {
	s := serve(t)
	s.study("a", "")
	const trial = "/v1/studies/a/trials/0"
	total := regexp.MustCompile(`^total;dur=[0-9]+\.[0-9]{3}$`)
	for _, r := range [][3]string{
		{"POST", "/v1/studies/a/ask", ""},
		{"POST", trial + "/report", `{"step":1,"value":1}`},
		{"POST", trial + "/report", `{"step":-1}`},
		{"POST", trial + "/tell", ""},
		{"GET", "/v1/studies/a/export", ""},
		{"GET", "/nothing", ""},
	} {
		if a := s.call(r[0], r[1], r[2]); !total.MatchString(a.Header.Get("Server-Timing")) {
			t.Errorf("%s %s %s: %d, Server-Timing: %q", r[0], r[1], r[2], a.StatusCode, a.Header.Get("Server-Timing"))
		}
	}
}

// broken is a store that fails.
type broken struct {
	trials.Store
	err error
}

func (b broken) Reserve() error { return b.err }
func (b broken) Ready() error   { return b.err }

func TestAFailureKeepsItsDetailToItself(t *testing.T) {
	s := serve(t)
	s.study("a", "")
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	s.restart(func(store trials.Store) trials.Store { return broken{store, os.ErrPermission} })
	a := s.call("GET", "/v1/studies/a", "", "Traceparent: 00-"+trace+"-00f067aa0ba902b7-01")
	if a.StatusCode != http.StatusInternalServerError || strings.Contains(a.body, "permission") ||
		!strings.Contains(a.body, trace) || a.Header.Get("X-Trace-Id") != trace {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
	s.Close() // the log is whole
	if n := bytes.Count(s.log.Bytes(), []byte("permission denied")); n != 1 || !bytes.Contains(s.log.Bytes(), []byte(trace)) {
		t.Errorf("logged %d times: %s", n, s.log.String())
	}
}

func TestAStorageThatIsAwayIsToBeTriedAgain(t *testing.T) {
	s := serve(t)
	s.study("a", "")
	s.restart(func(store trials.Store) trials.Store {
		return broken{store, trials.Errorf(trials.StorageUnavailable, "The queue is full.")}
	})
	for _, path := range []string{"/readyz", "/v1/studies/a"} {
		a := s.call("GET", path, "")
		if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") != "1" || !strings.Contains(a.body, "storage_unavailable") {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
		}
	}
}

var traces = regexp.MustCompile(`"trace_id":"[0-9a-f]{32}"`)

func TestProblemsReadSo(t *testing.T) {
	s := serve(t)
	a := s.call("POST", "/v1/studies", `{"name":"b","search_space":{"x":{"type":"flot"}},"pruer":{"type":"nop"}}`)
	const want = `{"code":"invalid_request","detail":"The request is not valid.","errors":[` +
		`{"in":"body","pointer":"/pruer","detail":"is not a member of this object; did you mean pruner?"},` +
		`{"in":"body","pointer":"/search_space/x/type","detail":"must be one of float, int, categorical"}],` +
		`"status":400,"title":"The request is not valid","trace_id":"T","type":"/problems/invalid_request"}` + "\n"
	if got := traces.ReplaceAllString(a.body, `"trace_id":"T"`); got != want || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	a = s.call("PUT", "/v1/studies", `{}`)
	if allow := a.Header.Get("Allow"); !strings.Contains(allow, "GET") || !strings.Contains(allow, "POST") {
		t.Errorf("a 405 allows %q", allow)
	}
}

func TestEveryCodeHasItsProblem(t *testing.T) {
	codes := load(t).Components.Schemas["ProblemCode"].Value.Enum
	if len(codes) != len(kinds) {
		t.Errorf("the document has %d codes, the table %d", len(codes), len(kinds))
	}
	for _, c := range codes {
		code := trials.Code(c.(string))
		if k := kinds[code]; k.title == "" || k.advice == "" {
			t.Errorf("%s: the table has %+v", code, k)
		}
		if p := problemOf(trials.Errorf(code, "x")); p.Status != kinds[code].status || p.Code != code {
			t.Errorf("%s is rendered %+v", code, p)
		}
	}
}

func TestAPanicIsAFailureOfOneRequest(t *testing.T) {
	s := serve(t)
	handler, err := New(Config{Service: nil, Log: s.logger(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/samplers", nil))
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), `"code":"internal"`) || !strings.Contains(s.log.String(), "panic") {
		t.Errorf("got %d %s, logged %s", w.Code, w.Body, s.log.String())
	}
}
