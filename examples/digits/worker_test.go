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

const asked = `{"trials":[{"number":7,"params":{"lr":0.01,"hidden":8,"batch_size":64,"optimizer":"adam"}}],"stop":false}`

// TestWorker hands out one trial of three epochs and answers its second report by a script.
func TestWorker(t *testing.T) {
	for name, test := range map[string]struct {
		status          int
		answer          string // to the second report
		stop            bool   // Ctrl-C during the second report
		last            string // call about the trial
		state, sentence string
		epochs          int
	}{
		"prunes":   {200, `{"should_prune":true,"decided_by":"median","explanation":{"sentence":"bad"}}`, false, `tell {"state":"PRUNED"}`, "PRUNED", "bad", 2},
		"loses":    {409, `{"code":"lease_expired","detail":"late"}`, false, "report ", "lost", "409 lease_expired: late", 2},
		"releases": {200, `{}`, true, "release {}", "released", "", 2},
		"finishes": {200, `{}`, false, `tell {"metrics":{"test_accuracy":0.`, "COMPLETE", "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var calls []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				calls = append(calls, strings.TrimPrefix(r.URL.Path, "/v1/studies/digits/")+" "+string(body))
				status, answer := 200, `{}`
				switch n := len(calls); {
				case n == 1:
					answer = asked
				case n == 3:
					status, answer = test.status, test.answer
					if test.stop {
						stop()
					}
				case strings.HasPrefix(calls[n-1], "ask"):
					answer = `{"trials":[],"stop":true}`
				}
				w.WriteHeader(status)
				_, _ = io.WriteString(w, answer)
			}))
			defer server.Close()
			var told progress
			w, err := newWorker(options{server: server.URL, study: "digits", maxEpochs: 3}, func(p progress) { told = p })
			if err != nil {
				t.Fatal(err)
			}
			if err := w.work(ctx); err != nil {
				t.Fatal(err)
			}
			_, measured := cpuSeconds()
			if strings.Contains(calls[1], `"system/cpu_seconds":`) != measured || !strings.Contains(calls[1], `"step":1`) {
				t.Errorf("report %s", calls[1])
			}
			calls = slices.DeleteFunc(calls, func(c string) bool { return strings.HasPrefix(c, "ask") })
			if last := calls[len(calls)-1]; !strings.HasPrefix(last, "trials/7/"+test.last) {
				t.Errorf("last call %s", last)
			}
			if told.State != test.state || told.Epochs != test.epochs || !strings.HasSuffix(told.Sentence, test.sentence) {
				t.Errorf("told %+v", told)
			}
		})
	}
}

func TestFloatTravelsWhenNotFinite(t *testing.T) {
	got, err := json.Marshal([]float{0.5, float(math.NaN()), float(math.Inf(1)), float(math.Inf(-1))})
	if want := `[0.5,"NaN","Infinity","-Infinity"]`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}
