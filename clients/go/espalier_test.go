package espalier_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	espalier "github.com/espalier-hpo/espalier/clients/go"
)

// answer returns a client of a server that gives one answer to everything, and
// the requests it got.
func answer(t *testing.T, status int, header map[string]string, body string) (*espalier.Client, *[]*http.Request) {
	t.Helper()
	var got []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		got = append(got, r)
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	c, err := espalier.New(server.URL, espalier.WithToken("s3cret"))
	if err != nil {
		t.Fatal(err)
	}
	return c, &got
}

func TestNewRefusesWhatIsNoURL(t *testing.T) {
	for _, server := range []string{"", "localhost:8080", "127.0.0.1:8080", "ftp://host", "http://", "http://a b"} {
		if c, err := espalier.New(server); err == nil {
			t.Errorf("New(%q) = %v, want an error", server, c)
		}
	}
}

func TestACallSendsTheTokenBelowTheServersPath(t *testing.T) {
	c, got := answer(t, http.StatusOK, nil, `{"trials":[],"stop":true,"stop_reason":"budget"}`)
	c.Server += "behind/a/proxy/"
	out, err := c.Ask(t.Context(), "mnist", espalier.AskRequest{})
	if err != nil || !out.Stop {
		t.Fatalf("Ask = %+v, %v; want a stop", out, err)
	}
	r := (*got)[0]
	if want := "/behind/a/proxy/v1/studies/mnist/ask"; r.URL.Path != want {
		t.Errorf("path %s, want %s", r.URL.Path, want)
	}
	if want := "Bearer s3cret"; r.Header.Get("Authorization") != want {
		t.Errorf("Authorization %q, want %q", r.Header.Get("Authorization"), want)
	}
	if r.Header.Get("Idempotency-Key") == "" {
		t.Error("no Idempotency-Key")
	}
}

func TestAReportReadsNumbersThatAreNotFinite(t *testing.T) {
	c, got := answer(t, http.StatusOK, nil, `{"trial":3,"state":"RUNNING","should_prune":true,"mode":"enforce",
		"explanation":{"type":"threshold","verdict":"fire","sentence":"It diverged.","margin":"Infinity"}}`)
	step := int64(1)
	d, err := c.Report(t.Context(), "mnist", 3, espalier.Report{Step: &step})
	if err != nil || !d.ShouldPrune || *d.Explanation.Margin < 1e308 {
		t.Fatalf("Report = %+v, %v; want should_prune with an infinite margin", d, err)
	}
	if _, sent := (*got)[0].Header["Idempotency-Key"]; sent {
		t.Error("an empty Idempotency-Key was sent")
	}
}

func TestAProblemIsAnError(t *testing.T) {
	tests := map[string]struct {
		status int
		header map[string]string
		body   string
		want   espalier.Error
		text   string
	}{
		"with places": {
			status: 400,
			body: `{"type":"/problems/invalid_request","title":"Invalid","status":400,"code":"invalid_request","detail":"The request is not valid.",
				"errors":[{"in":"body","pointer":"/search_space/lr/high","detail":"must be above low"},{"in":"query","name":"page_size","detail":"at most 1000"}]}`,
			want: espalier.Error{Status: 400, Code: espalier.ProblemCodeInvalidRequest, Detail: "The request is not valid."},
			text: "The request is not valid. (/search_space/lr/high: must be above low; query page_size: at most 1000)",
		},
		"that asks to wait": {
			status: 503, header: map[string]string{"Retry-After": "2"},
			body: `{"type":"/problems/storage_unavailable","title":"Storage unavailable","status":503,"code":"storage_unavailable"}`,
			want: espalier.Error{Status: 503, Code: espalier.ProblemCodeStorageUnavailable, Detail: "Storage unavailable", RetryAfter: 2 * time.Second},
			text: "Storage unavailable",
		},
		"of a proxy": {
			status: 502, body: "<html>Bad Gateway</html>",
			want: espalier.Error{Status: 502, Detail: "The server answered 502 Bad Gateway."},
			text: "The server answered 502 Bad Gateway.",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, _ := answer(t, tt.status, tt.header, tt.body)
			_, err := espalier.Read[espalier.Study](c.GetStudy(t.Context(), "mnist", nil))
			var e *espalier.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if e.Status != tt.want.Status || e.Code != tt.want.Code || e.Detail != tt.want.Detail || e.RetryAfter != tt.want.RetryAfter {
				t.Errorf("got %+v, want %+v", e, tt.want)
			}
			if e.Error() != tt.text {
				t.Errorf("text %q, want %q", e.Error(), tt.text)
			}
		})
	}
}

func TestAnAnswerMayBeReadAsItCame(t *testing.T) {
	body := `{"name":"mnist", "new_member": 1e-5}`
	c, _ := answer(t, http.StatusOK, nil, body)
	raw, err := espalier.Read[json.RawMessage](c.GetStudy(t.Context(), "mnist", nil))
	if err != nil || string(raw) != body {
		t.Errorf("got %s, %v; want %s", raw, err, body)
	}
}

func TestAnEmptyAnswerIsNoError(t *testing.T) {
	c, _ := answer(t, http.StatusNoContent, nil, "")
	if _, err := espalier.Read[struct{}](c.DeleteStudy(t.Context(), "mnist", nil)); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestAnAnswerThatIsNoJSONIsAnError(t *testing.T) {
	c, _ := answer(t, http.StatusOK, nil, "<html>")
	if _, err := espalier.Read[espalier.Study](c.GetStudy(t.Context(), "mnist", nil)); err == nil || !strings.Contains(err.Error(), "read the answer") {
		t.Errorf("got %v, want an error that says what was done", err)
	}
}
