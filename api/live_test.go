package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

func TestARequestSentAgainIsAnsweredAsBefore(t *testing.T) {
	s := serve(t)
	s.study("a", "")
	requests := []struct{ path, body, other string }{
		{"/v1/studies", smallS[:9] + "b" + smallS[10:], `{"name":"c"}`},
		{"/v1/studies/a/trials", `{"params":{"x":0.5}}`, `{"params":{"x":0.25}}`},
		{"/v1/studies/a/ask", `{"count":2}`, `{"count":3}`},
	}
	first := make([]answer, len(requests))
	for i, r := range requests {
		first[i] = s.must("POST", r.path, r.body, "Idempotency-Key: k")
	}
	check := func() {
		t.Helper()
		for i, r := range requests {
			again := s.must("POST", r.path, r.body, `Idempotency-Key: "k"`)
			if strings.TrimSpace(again.body) != strings.TrimSpace(first[i].body) || again.StatusCode != first[i].StatusCode ||
				again.Header.Get("Idempotency-Replayed") != "true" || again.Header.Get("Location") != first[i].Header.Get("Location") {
				t.Errorf("%s: first %d %s, then %d %s", r.path, first[i].StatusCode, first[i].body, again.StatusCode, again.body)
			}
			if a := s.call("POST", r.path, r.other, "Idempotency-Key: k"); a.StatusCode != http.StatusUnprocessableEntity ||
				!strings.Contains(a.body, "idempotency_key_reused") {
				t.Errorf("%s: the key with another body: %d %s", r.path, a.StatusCode, a.body)
			}
		}
	}
	check()
	s.restart(nil)
	check()
	if all := decode[struct{ Trials []trials.Trial }](t, s.must("GET", "/v1/studies/a/trials", "")); len(all.Trials) != 2 {
		t.Errorf("there are %d trials, want the 2 that were asked for", len(all.Trials))
	}
}

// listen opens a stream of events and returns its lines; a line "" ends an
// event.
func (s *server) listen(path string, headers ...string) (lines func() string, end func()) {
	s.Helper()
	r, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
	if err != nil {
		s.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		s.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		s.Fatalf("%s: %d", path, resp.StatusCode)
	}
	in := bufio.NewScanner(resp.Body)
	return func() string {
		if !in.Scan() {
			s.Fatalf("the stream ended: %v", in.Err())
		}
		return in.Text()
	}, func() { resp.Body.Close() }
}

// event reads lines up to the end of an event.
func event(lines func() string) string {
	var out []string
	for l := lines(); l != ""; l = lines() {
		out = append(out, l)
	}
	return strings.Join(out, "\n")
}

func TestEventsGoOnWhereTheyBrokeOff(t *testing.T) {
	s := serve(t)
	s.study("a", "")
	lines, end := s.listen("/v1/studies/a/events")
	first := event(lines)
	comment, start, _ := strings.Cut(first, "\nid: ")
	if !strings.HasPrefix(comment, ":") || start == "" {
		t.Errorf("the stream begins with %q, want a comment and the id to resume at", first)
	}
	s.must("POST", "/v1/studies/a/ask", `{"count":2}`)
	s.must("POST", "/v1/studies/a/trials/1/report", `{"step":1,"value":1}`)
	one := event(lines)
	end()
	if !strings.HasPrefix(one, "event: trial\nid: ") || !strings.Contains(one, `data: {"type":"trial","trial":0,"revision":`) {
		t.Errorf("the first event is %q", one)
	}
	lines, end = s.listen("/v1/studies/a/events", "Last-Event-ID: "+start)
	event(lines)
	if again := event(lines); again != one {
		t.Errorf("a stream that was cut before its first event goes on with %q, want %q", again, one)
	}
	end()
	id := strings.TrimPrefix(strings.Split(one, "\n")[1], "id: ")

	lines, end = s.listen("/v1/studies/a/events", "Last-Event-ID: "+id)
	event(lines)
	if next := event(lines); !strings.Contains(next, `"trial":1`) {
		t.Errorf("after %s comes %q", id, next)
	}
	end()

	lines, end = s.listen("/v1/studies/a/events?trial=0", "Last-Event-ID: "+id)
	defer end()
	event(lines)
	passed := event(lines)
	if !strings.HasPrefix(passed, "id: ") || strings.Contains(passed, "data:") {
		t.Errorf("what is of another trial comes as %q", passed)
	}
	s.must("POST", "/v1/studies/a/trials/0/report", `{"step":1,"value":1}`)
	if next := event(lines); !strings.Contains(next, `"type":"report","trial":0`) {
		t.Errorf("then comes %q", next)
	}
}

func TestALongPollWakesWhenTheTrialIsPruned(t *testing.T) {
	s := serve(t)
	s.study("a", "")
	s.must("POST", "/v1/studies/a/ask", "")
	start, got := time.Now(), make(chan answer)
	go func() {
		a, err := s.try("GET", "/v1/studies/a/trials/0/decision?wait_seconds=60", "")
		if err != nil {
			t.Error(err)
		}
		got <- a
	}()
	s.must("POST", "/v1/studies/a/trials/0/prune", "")
	a := <-got
	if !strings.Contains(a.body, `"should_prune":true`) || time.Since(start) > 30*time.Second {
		t.Errorf("after %v: %s", time.Since(start), a.body)
	}
}

func TestAsksTogetherGetEachTrialOnce(t *testing.T) {
	const askers, most = 1000, 500
	s := serve(t)
	s.study("a", fmt.Sprintf(`,"budget":{"max_trials":%d}`, most))
	var (
		mu   sync.Mutex
		seen = map[int64]int{}
		wait sync.WaitGroup
	)
	s.Client().Transport.(*checked).next.(*http.Transport).MaxConnsPerHost = 64
	for range askers {
		wait.Go(func() {
			for {
				a, err := s.try("POST", "/v1/studies/a/ask", "")
				if err != nil || a.StatusCode != http.StatusOK {
					t.Errorf("%v %s", err, a.body)
					return
				}
				r := decode[trials.AskResult](t, a)
				mu.Lock()
				for _, asked := range r.Trials {
					seen[asked.Number]++
				}
				mu.Unlock()
				if r.RetryAfter == 0 {
					return // a trial, or a stop
				}
			}
		})
	}
	wait.Wait()
	for number, n := range seen {
		if n != 1 {
			t.Errorf("trial %d was given %d times", number, n)
		}
	}
	if len(seen) != most {
		t.Errorf("%d trials were given, want %d", len(seen), most)
	}
}

// leaky is a store whose backup breaks off.
type leaky struct{ trials.Store }

func (leaky) Backup(_ context.Context, w io.Writer) error {
	_, _ = w.Write(make([]byte, 1<<20))
	return io.ErrShortWrite
}

func TestAStreamThatBreaksOffDoesNotLookWhole(t *testing.T) {
	s := serve(t)
	s.restart(func(store trials.Store) trials.Store { return leaky{store} })
	if a, err := s.try("GET", "/v1/backup", ""); err == nil {
		t.Errorf("the client sees a whole answer: %d, %d bytes", a.StatusCode, len(a.body))
	}
}
