package main

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const asked = `{"trials":[{"number":7,"params":{"lr":0.01,"hidden":8,"batch_size":64,"optimizer":"adam","weight_decay":1e-5,"dropout":0}}],"stop":false}`

// script answers the worker's calls: one trial of three epochs, then stop. It returns the calls and what the worker told.
func script(t *testing.T, ctx context.Context, report func(step int) (status int, answer string)) (calls []string, told []progress) {
	t.Helper()
	asks, steps := 0, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		path := strings.TrimPrefix(r.URL.Path, "/v1/studies/digits/")
		status, answer := http.StatusOK, `{}`
		switch {
		case path == "ask" && asks == 0:
			asks, answer = 1, asked
		case path == "ask":
			answer = `{"trials":[],"stop":true}`
		case path == "trials/7/report":
			steps++
			if _, measured := cpuSeconds(); measured && !strings.Contains(string(body), `"system/cpu_seconds":`) {
				t.Errorf("report without CPU seconds: %s", body)
			}
			status, answer = report(steps)
			body = nil
		}
		calls = append(calls, strings.TrimSpace(path+" "+string(body)))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	w, err := newWorker(newClient(server.URL, "digits"), "w", 3, func(p progress) {
		if p.State != "RUNNING" {
			told = append(told, p)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.work(ctx); err != nil {
		t.Fatal(err)
	}
	return calls, told
}

func TestWorkerPrunesWhenTold(t *testing.T) {
	calls, told := script(t, t.Context(), func(step int) (int, string) {
		if step < 2 {
			return 200, `{"should_prune":false}`
		}
		return 200, `{"should_prune":true,"reason":"pruner","decided_by":"median","explanation":{"sentence":"too slow"}}`
	})
	want := []string{`ask {"worker":"w"}`, "trials/7/report", "trials/7/report", `trials/7/tell {"state":"PRUNED"}`, `ask {"worker":"w"}`}
	if !slices.Equal(calls, want) {
		t.Errorf("calls %q", calls)
	}
	if len(told) != 1 || told[0].State != "PRUNED" || told[0].Epochs != 2 || told[0].DecidedBy != "median" || told[0].Sentence != "too slow" {
		t.Errorf("told %+v", told)
	}
}

func TestWorkerTellsTheBestEpoch(t *testing.T) {
	calls, told := script(t, t.Context(), func(int) (int, string) { return 200, `{"should_prune":false}` })
	var tell struct {
		Value   float64
		Metrics map[string]float64
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(calls[4], "trials/7/tell ")), &tell); err != nil {
		t.Fatalf("%v in %q", err, calls)
	}
	if told[0].State != "COMPLETE" || told[0].Epochs != 3 || tell.Value != told[0].BestError || tell.Metrics["test_accuracy"] <= 0.5 {
		t.Errorf("tell %+v, told %+v", tell, told)
	}
}

func TestWorkerDropsALostTrial(t *testing.T) {
	calls, told := script(t, t.Context(), func(int) (int, string) { return 409, `{"code":"lease_expired","detail":"too late"}` })
	if len(calls) != 3 || told[0].State != "lost" || !strings.Contains(told[0].Sentence, "too late") {
		t.Errorf("calls %q, told %+v", calls, told)
	}
}

func TestWorkerReleasesWhenStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	calls, told := script(t, ctx, func(int) (int, string) { stop(); return 200, `{"should_prune":false}` })
	if len(calls) != 3 || calls[2] != "trials/7/release {}" || told[0].State != "released" {
		t.Errorf("calls %q, told %+v", calls, told)
	}
}

func TestProblemIsPrinted(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"code":"invalid_request","detail":"no","errors":[{"pointer":"/worker","detail":"too long"}]}`)
	}))
	defer server.Close()
	err := newClient(server.URL, "digits").post(t.Context(), "/ask", nil, nil)
	if err == nil || !strings.Contains(err.Error(), "400 invalid_request: no\n  /worker: too long") {
		t.Errorf("error %v", err)
	}
}

func TestFloatTravelsWhenNotFinite(t *testing.T) {
	got, err := json.Marshal([]float{0.5, float(math.NaN()), float(math.Inf(1)), float(math.Inf(-1))})
	if want := `[0.5,"NaN","Infinity","-Infinity"]`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}
