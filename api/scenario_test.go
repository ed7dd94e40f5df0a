package api

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// step is a request and what must come of it.
type step struct {
	call   string // method and path
	body   string
	status int
	holds  string // what the answer contains
	header []string
}

func (s *server) run(steps []step) {
	s.Helper()
	for _, st := range steps {
		method, path, _ := strings.Cut(st.call, " ")
		a := s.call(method, path, st.body, st.header...)
		if a.StatusCode != st.status || !strings.Contains(a.body, st.holds) {
			s.Errorf("%s %s\n got %d %s\nwant %d with %s", st.call, st.body, a.StatusCode, a.body, st.status, st.holds)
		}
	}
}

const (
	merge  = "Content-Type: application/merge-patch+json"
	lines  = "Content-Type: application/x-ndjson"
	smallS = `{"name":"a","search_space":{"x":{"type":"float","low":0,"high":1},"o":{"type":"categorical","choices":["adam","sgd"]}}}`
)

func TestEveryOperation(t *testing.T) {
	s := serve(t)
	s.run([]step{
		{"GET /healthz", "", 200, `"ok"`, nil},
		{"GET /readyz", "", 200, `"ok"`, nil},
		{"GET /v1/version", "", 200, `{"api":"v1","commit":"abc","version":"1.2.3"}`, nil},
		{"GET /v1/samplers", "", 200, `"type":"random"`, nil},
		{"GET /v1/pruners", "", 200, `"type":"nop"`, nil},
		{"GET /v1/studies", "", 200, `{"studies":[]}`, nil},
		{"POST /v1/studies", smallS, 201, `"sampler":{"type":`, nil},
		{"POST /v1/studies", smallS, 409, `"code":"study_exists"`, nil},
		{"POST /v1/studies?load_if_exists=true", smallS, 200, `"name":"a"`, nil},
		{"GET /v1/studies", "", 200, `"name":"a"`, nil},
		{"GET /v1/studies?prefix=b", "", 200, `{"studies":[]}`, nil},
		{"GET /v1/studies/a", "", 200, `"seed":7`, nil},
		{"GET /v1/studies/b", "", 404, `"code":"study_not_found"`, nil},
		{"PATCH /v1/studies/a", `{"max_steps":27}`, 200, `"max_steps":27`, []string{merge}},
		{"PATCH /v1/studies/a", `{"max_steps":null,"user_attrs":{"k":[1]}}`, 200, `"user_attrs":{"k":[1]}`, nil},
		{"PATCH /v1/studies/a", `{"max_steps":3}`, 412, `"code":"precondition_failed"`, []string{`If-Match: "99.1"`}},
		{"POST /v1/studies/a/stop", "", 200, `"state":"STOPPED"`, nil},
		{"POST /v1/studies/a/ask", "", 200, `{"trials":[],"stop":true,"stop_reason":"stopped"}`, nil},
		{"POST /v1/studies/a/resume", "", 200, `"state":"ACTIVE"`, nil},
		{"POST /v1/studies/a/trials", `{"params":{"x":0.25}}`, 201, `"state":"WAITING"`, nil},
		{"POST /v1/studies/a/trials", `{"params":{"x":0.5,"o":"sgd"},"state":"COMPLETE","value":2,"reports":[{"step":1,"value":3},{"step":2,"value":"NaN","source":"s"}]}`, 201, `"values":[2]`, nil},
		{"POST /v1/studies/a/trials", `{"params":{"x":0.5,"o":"sgd"},"skip_if_exists":true}`, 200, `"number":1`, nil},
		{"POST /v1/studies/a/ask", `{"count":2,"worker":"w"}`, 200, `"x":0.25`, nil},
		{"POST /v1/studies/a/ask", `{"search_space":{"x":{"type":"int","low":0,"high":1}}}`, 409, `"code":"distribution_conflict"`, nil},
		{"POST /v1/studies/a/trials/0/report", `{"step":1,"value":0.5}`, 200, `"should_prune":false`, nil},
		{"POST /v1/studies/a/trials/0/report?explain=true", `{"step":2,"value":0.5,"metrics":{"system/cpu_seconds":1,"loss":2}}`, 200, `"explanation"`, nil},
		{"POST /v1/studies/a/trials/0/report", `{"step":1,"value":9}`, 200, `"ignored":true`, nil},
		{"POST /v1/studies/a/trials/1/report", `{"step":1,"value":9}`, 409, `"code":"trial_not_running"`, nil},
		{"POST /v1/studies/a/trials/99/report", `{"step":1,"value":9}`, 404, `"code":"trial_not_found"`, nil},
		{"POST /v1/studies/a/reports", `{"reports":[{"trial":0,"step":3,"value":1},{"trial":1,"step":3,"value":1}]}`, 200, `{"problem":{"code":"trial_not_running"`, nil},
		{"POST /v1/studies/a/trials/0/suggest", `{"search_space":{"z":{"type":"int","low":1,"high":1}}}`, 200, `"z":1`, nil},
		{"POST /v1/studies/a/trials/0/heartbeat", "", 200, `"lease_expires"`, nil},
		{"GET /v1/studies/a/trials/0/decision", "", 200, `"verdict":"pass"`, nil},
		{"GET /v1/studies/a/trials/0/metrics", "", 200, `"step":3`, nil},
		{"GET /v1/studies/a/trials/0/metrics?name=system/", "", 200, `"metrics":{"system/cpu_seconds":1}`, nil},
		{"GET /v1/studies/a/trials/0/metrics?name=loss&name=nothing", "", 200, `"metrics":{"loss":2}`, nil},
		{"POST /v1/studies/a/trials/0/prune", "", 200, `"reason":"operator"`, nil},
		{"GET /v1/studies/a/trials/0/decisions", "", 200, `"id":"0"`, nil},
		{"POST /v1/studies/a/trials/0/release", "", 200, `"state":"WAITING"`, nil},
		{"GET /v1/studies/a/trials/0", "", 200, `"state":"WAITING"`, nil},
		{"PATCH /v1/studies/a/trials/0", `{"user_attrs":{"n":1,"m":null}}`, 200, `"user_attrs":{"n":1}`, []string{merge}},
		{"PATCH /v1/studies/a/trials/0", `{"user_attrs":{"n":2}}`, 412, `"code":"precondition_failed"`, []string{`If-Match: "0.WAITING-0"`}},
		{"GET /v1/studies/a/trials?state=WAITING&state=RUNNING&order_by=-number", "", 200, `"trials":[{"number":2`, nil},
		{"GET /v1/studies/a/trials?feasible=true&order_by=value", "", 200, `"number":1`, nil},
		{"POST /v1/studies/a/trials/2/tell", `{"values":{"value":0.125},"metrics":{"size":3}}`, 200, `"state":"COMPLETE"`, nil},
		{"POST /v1/studies/a/trials/2/tell", `{"value":0.125}`, 200, `"state":"COMPLETE"`, nil},
		{"POST /v1/studies/a/trials/2/tell", `{"value":1}`, 409, `"code":"trial_finished"`, nil},
		{"POST /v1/studies/a/ask", `{}`, 200, `"number":0`, nil},
		{"POST /v1/studies/a/trials/0/tell", ``, 200, `"values":[1]`, nil},
		{"POST /v1/studies/a/tells", `{"tells":[{"trial":0},{"trial":7,"value":1}]}`, 200, `"problem":{"code":"trial_not_found"`, nil},
		{"GET /v1/studies/a/best", "", 200, `"number":2`, nil},
		{"POST /v1/studies/a/ask", `{"params":{"o":"sgd"},"lease_seconds":9000}`, 200, `"o":"sgd"`, nil},
		{"POST /v1/studies/a/ask", `{"params":{"o":"rmsprop"}}`, 400, `"pointer":"/params/o"`, nil},
		{"GET /v1/studies/a/importances", "", 200, `{"metric":"value","method":"ped_anova","trials":3,"importances":[`, nil},
		{"GET /v1/studies/a/importances?metric=loss&method=fanova", "", 422, `"code":"not_enough_data"`, nil},
		{"GET /v1/studies/a/importances?method=guess", "", 400, `"name":"method"`, nil},
		{"GET /v1/studies/b/importances", "", 404, `"code":"study_not_found"`, nil},
		{"POST /v1/studies", `{"name":"t","search_space":{"x":{"type":"float","low":0,"high":1}}}`, 201, `"name":"t"`, nil},
		{"POST /v1/studies/t/transfer", `{"from":"a","use":"best","count":1}`, 200, `{"added":0,"enqueued":1,"skipped":0}`, []string{"Idempotency-Key: k"}},
		{"POST /v1/studies/t/transfer", `{"from":"a","use":"best","count":1}`, 200, `{"added":0,"enqueued":1,"skipped":0}`, []string{"Idempotency-Key: k"}},
		{"POST /v1/studies/t/transfer", `{"from":"a","use":"history"}`, 200, `{"added":3,"enqueued":0,"skipped":0}`, nil},
		{"POST /v1/studies/t/transfer", `{"from":"c","use":"history"}`, 400, `"pointer":"/from"`, nil},
		{"POST /v1/studies/b/transfer", `{"from":"a","use":"history"}`, 404, `"code":"study_not_found"`, nil},
		{"GET /v1/studies/t/trials/1", "", 200, `"sampling_reason":"From trial 0 of study a."`, nil},
		{"GET /v1/studies/t", "", 200, `"trial_counts":{"RUNNING":0,"WAITING":1,"COMPLETE":3,`, nil},
		{"GET /v1/studies/a/export", "", 200, "2,COMPLETE,0.125,true,,", nil},
		{"GET /v1/studies/a/export?table=metrics", "", 200, "1,s,2,,,value,NaN\r\n", nil},
		{"GET /v1/studies/a/export?table=decisions&format=jsonl", "", 200, `"reason":"operator"`, nil},
		{"GET /v1/studies/a/export?table=all&format=csv", "", 400, `"name":"format"`, nil},
		{"GET /v1/studies/b/export", "", 404, `"code":"study_not_found"`, nil},
		{"GET /v1/backup", "", 200, "SQLite format 3", nil},
		{"DELETE /v1/studies/a", "", 412, `"code":"precondition_failed"`, []string{`If-Match: "1.1"`}},
		{"DELETE /v1/studies/a", "", 204, "", nil},
		{"GET /v1/studies/a", "", 404, `"code":"study_not_found"`, nil},
		{"GET /problems/lease_expired", "", 200, "Drop the trial", nil},
		{"GET /problems/nonsense", "", 404, `"code":"not_found"`, nil},
		{"GET /openapi.yaml", "", 200, "openapi: 3.1.0", nil},
		{"GET /openapi.json", "", 200, `"3.1.0"`, nil},
		{"GET /openapi-3.0.yaml", "", 200, "openapi: 3.0.3", nil},
		{"GET /docs", "", 200, "<!doctype html>", nil},
		{"GET /docs/docs.js", "", 200, "Renders the API's document", nil},
		{"GET /docs/nothing.js", "", 404, `"code":"not_found"`, nil},
		{"GET /metrics", "", 200, `espalier_http_requests_total{code="200",method="GET",route="/healthz"} 1`, nil},
	})
}

func TestLengthsAreCountedInCharacters(t *testing.T) {
	s := serve(t)
	s.study("a", "")
	is := func(n int) string { return strings.Repeat("é", n) }
	s.run([]step{
		{"POST /v1/studies/a/ask", `{"worker":"` + is(128) + `"}`, 200, `"number":0`, nil},
		{"POST /v1/studies/a/ask", `{"worker":"` + is(129) + `"}`, 400, `"pointer":"/worker"`, nil},
		{"POST /v1/studies/a/trials/0/tell", `{"state":"FAIL","reason":"` + is(257) + `"}`, 400, `"pointer":"/reason"`, nil},
		{"POST /v1/studies/a/trials/0/tell", `{"state":"FAIL","reason":"` + is(256) + `"}`, 200, `"state":"FAIL"`, nil},
		{"POST /v1/studies/a/replay", `{"pruners":[{"name":"` + is(65) + `","pruner":{"type":"nop"}}]}`, 400, `"pointer":"/pruners/0/name"`, nil},
		{"POST /v1/studies/a/replay", `{"pruners":[{"name":"` + is(64) + `","pruner":{"type":"nop"}}]}`, 422, `"code":"not_enough_data"`, nil},
	})
}

func TestAnArchiveMakesTheSameStudy(t *testing.T) {
	s := serve(t)
	s.study("a", "")
	s.must("POST", "/v1/studies/a/ask", "")
	s.must("POST", "/v1/studies/a/trials/0/report", `{"step":1,"value":1,"metrics":{"m":"-Infinity"}}`)
	s.must("POST", "/v1/studies/a/trials/0/tell", `{"value":0.5}`)
	first := s.must("GET", "/v1/studies/a/export?table=all", "").body
	s.run([]step{
		{"POST /v1/import?name=b", first, 201, `"name":"b"`, []string{lines}},
		{"POST /v1/import", first, 409, `"code":"study_exists"`, []string{lines}},
		{"POST /v1/import?name=c", "{}\n", 400, `"code":"invalid_request"`, []string{lines}},
		{"POST /v1/import?name=a/b", first, 400, `"name":"name"`, []string{lines}},
		{"POST /v1/import", first, 415, `"code":"unsupported_media_type"`, nil},
		{"GET /v1/studies/c", "", 404, `"code":"study_not_found"`, nil},
	})
	again := s.must("GET", "/v1/studies/b/export?table=all", "").body
	if want := strings.ReplaceAll(first, `"name":"a"`, `"name":"b"`); again != want {
		t.Errorf("got\n%s\nwant\n%s", again, want)
	}
}

func TestAStudyIsReadAgainOnlyWhenItChanged(t *testing.T) {
	s := serve(t)
	s.study("a", "")
	tag := s.must("GET", "/v1/studies/a", "").Header.Get("ETag")
	if a := s.call("GET", "/v1/studies/a", "", "If-None-Match: "+tag); a.StatusCode != http.StatusNotModified || a.body != "" {
		t.Errorf("unchanged: %d %s", a.StatusCode, a.body)
	}
	s.must("POST", "/v1/studies/a/ask", "")
	if a := s.call("GET", "/v1/studies/a", "", "If-None-Match: "+tag); a.StatusCode != http.StatusOK {
		t.Errorf("changed: %d %s", a.StatusCode, a.body)
	}
	if a := s.call("PATCH", "/v1/studies/a", `{"max_retries":1}`, "If-Match: "+tag); a.StatusCode != http.StatusOK {
		t.Errorf("a patch of what only trials changed: %d %s", a.StatusCode, a.body)
	}
	if a := s.call("PATCH", "/v1/studies/a", `{"max_retries":2}`, "If-Match: "+tag); a.StatusCode != http.StatusPreconditionFailed {
		t.Errorf("a patch of what was patched: %d %s", a.StatusCode, a.body)
	}
}

func TestALateWorkerIsToldSo(t *testing.T) {
	s := serve(t)
	s.study("a", `,"lease_seconds":60`)
	s.must("POST", "/v1/studies/a/ask", "")
	s.late.Store(int64(61 * time.Second))
	s.service.Tick(t.Context())
	s.run([]step{
		{"POST /v1/studies/a/trials/0/report", `{"value":1}`, 409, `"code":"lease_expired"`, nil},
		{"POST /v1/studies/a/trials/0/heartbeat", "", 409, `"code":"lease_expired"`, nil},
		{"GET /v1/studies/a/trials/0", "", 200, `"reason":"lease_expired"`, nil},
	})
}

func TestPagesFollowOneAnother(t *testing.T) {
	s := serve(t)
	for _, name := range []string{"a", "b", "c"} {
		s.study(name, "")
	}
	s.must("POST", "/v1/studies/a/ask", `{"count":5}`)
	for _, body := range []string{`{"step":1,"value":1}`, `{"step":2,"value":2}`, `{"step":3,"value":3}`} {
		s.must("POST", "/v1/studies/a/trials/0/report", body)
	}
	for _, list := range []struct {
		path string
		want int
	}{{"/v1/studies?", 3}, {"/v1/studies/a/trials?order_by=-number&", 5}, {"/v1/studies/a/trials/0/metrics?", 3}} {
		pages, next := 0, ""
		for {
			path := list.path + "page_size=1"
			if next != "" {
				path += "&page_token=" + next
			}
			a := s.must("GET", path, "")
			pages++
			if next = decode[struct {
				Next string `json:"next_page_token"`
			}](t, a).Next; next == "" {
				break
			}
			if other := s.call("GET", "/v1/studies/b/trials?page_token="+next, ""); other.StatusCode != http.StatusBadRequest ||
				!strings.Contains(other.body, "invalid_page_token") {
				t.Errorf("a token of %s is taken elsewhere: %d %s", path, other.StatusCode, other.body)
			}
		}
		if pages != list.want {
			t.Errorf("%s has %d pages of one, want %d", list.path, pages, list.want)
		}
	}
}
