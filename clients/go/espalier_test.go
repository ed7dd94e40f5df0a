package espalier_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

func TestNewRefusesWhatIsNoURL(t *testing.T) {
	t.Parallel()
	for _, server := range []string{"", "localhost:8080", "127.0.0.1:8080", "ftp://host", "http://", "http://a b"} {
		if c, err := espalier.New(server); err == nil {
			t.Errorf("New(%q) = %v, want an error", server, c)
		}
	}
}

func TestAProgramMayHaveADefaultTransportOfItsOwn(t *testing.T) {
	before := http.DefaultTransport
	defer func() { http.DefaultTransport = before }()
	http.DefaultTransport = http.NewFileTransport(http.Dir(t.TempDir()))
	if _, err := client(t).CreateStudy(t.Context(), espalier.StudySpec{Name: t.Name()}); err != nil {
		t.Error(err)
	}
}

func TestAStudyComesBackAsItWasMade(t *testing.T) {
	t.Parallel()
	c := client(t)
	spec := espalier.StudySpec{
		Name:       "full",
		Objectives: []espalier.Objective{{Metric: "loss", Direction: espalier.Minimize}},
		SearchSpace: espalier.SearchSpace{
			"optimizer": espalier.CategoricalDistribution{Choices: []any{"adam", "sgd", true, nil, 2.0}},
			"lr":        espalier.FloatDistribution{Low: 1e-5, High: 0.1, Log: true},
			"width":     espalier.IntDistribution{Low: 1, High: 1<<53 - 1, Step: 2},
			"momentum":  espalier.FloatDistribution{Low: 0, High: 0.9, When: espalier.When{"optimizer": {"sgd"}}},
		},
		Sampler: map[string]any{"type": "random"},
		Pruner:  map[string]any{"type": "median", "warmup_steps": 3},
		Budget:  &espalier.Budget{MaxTrials: 3, CPUSeconds: 60},
		Holdout: new(0.0),
		Seed:    new(int64(0)),
	}
	made := study(t, c, spec).Info
	if !reflect.DeepEqual(made.SearchSpace, spec.SearchSpace) {
		t.Errorf("search space %+v, want %+v", made.SearchSpace, spec.SearchSpace)
	}
	if made.Seed != 0 || *made.Budget != *spec.Budget || !strings.Contains(string(made.Pruner), `"warmup_steps":3`) {
		t.Errorf("got %+v", made)
	}
	if _, err := c.CreateStudy(t.Context(), spec); code(err) != api.ProblemCodeStudyExists {
		t.Errorf("made again: %v, want study_exists", err)
	}
	again, err := c.LoadOrCreateStudy(t.Context(), espalier.StudySpec{Name: "full"})
	if err != nil || again.Info.Seed != 0 || len(again.Info.SearchSpace) != 4 {
		t.Errorf("loaded: %+v, %v", again, err)
	}
}

// code is the code of a problem, "" of another error.
func code(err error) espalier.ProblemCode {
	if p, ok := errors.AsType[*espalier.Problem](err); ok {
		return p.Code
	}
	return ""
}

func TestEachFaultOfARequestHasItsPlace(t *testing.T) {
	t.Parallel()
	c := client(t)
	_, err := c.CreateStudy(t.Context(), espalier.StudySpec{Name: "bad", SearchSpace: espalier.SearchSpace{
		"a": espalier.FloatDistribution{Low: 2, High: 1}, "b": espalier.IntDistribution{Low: 2, High: 1},
	}})
	p, ok := errors.AsType[*espalier.Problem](err)
	if !ok || p.Status != http.StatusBadRequest || len(p.Errors) != 2 || p.Errors[0].Pointer != "/search_space/a/high" {
		t.Fatalf("got %+v, want a problem with two places", err)
	}
	if text := err.Error(); !strings.Contains(text, "/search_space/a/high: ") || !strings.Contains(text, "/search_space/b/high: ") {
		t.Errorf("the text %q does not name both", text)
	}
}

func TestAFixedValueThatIsNotSuggestedIsWarnedOf(t *testing.T) {
	t.Parallel()
	s := study(t, client(t), espalier.StudySpec{SearchSpace: espalier.SearchSpace{}})
	if _, err := s.Enqueue(t.Context(), espalier.Params{"width": 9}); err != nil {
		t.Fatal(err)
	}
	trial, err := s.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	space := espalier.SearchSpace{"width": espalier.IntDistribution{Low: 3, High: 3}}
	if err := trial.Suggest(t.Context(), space); err != nil {
		t.Fatal(err)
	}
	if w := trial.Warnings; len(w) != 1 || w[0].Pointer != "/search_space/width" || w[0].Detail != "the trial's fixed value 9 is none of int 3 to 3; another was drawn" {
		t.Errorf("warnings %v, params %v", w, trial.Params)
	}
}

func TestATrialIsAskedReportedAndTold(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{SearchSpace: espalier.SearchSpace{
		"lr":    espalier.FloatDistribution{Low: 0.1, High: 1},
		"width": espalier.IntDistribution{Low: 3, High: 3},
	}})
	trial, err := s.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := struct {
		LR    float64
		Width int
		Other string
	}{Other: "kept"}
	if err := trial.Decode(&p); err != nil || p.LR < 0.1 || p.Width != 3 || p.Other != "kept" {
		t.Errorf("params %+v, %v, of %v", p, err, trial.Params)
	}
	if err := trial.Suggest(t.Context(), espalier.SearchSpace{"act": espalier.CategoricalDistribution{Choices: []any{"relu"}}}); err != nil || trial.Params["act"] != "relu" {
		t.Errorf("suggested %v, %v", trial.Params, err)
	}
	if len(trial.Warnings) != 0 {
		t.Errorf("warnings %v, want none", trial.Warnings)
	}
	for step := range int64(3) {
		d, err := trial.Report(t.Context(), step, espalier.Metrics{"value": 1 / float64(step+1), "grad": math.Inf(1)})
		if err != nil || d.Step == nil || *d.Step != step {
			t.Errorf("step %d: %+v, %v", step, d, err)
		}
	}
	for range 2 {
		if _, err := trial.Sample(t.Context(), espalier.Metrics{"system/rss_bytes": 5}); err != nil {
			t.Error(err)
		}
	}
	if err := trial.SetUserAttrs(t.Context(), map[string]any{"note": "here"}); err != nil {
		t.Error(err)
	}
	told, err := trial.Tell(t.Context())
	if err != nil || told.State != espalier.Complete || told.Values[0] != 1.0/3 || told.UserAttrs["note"] != "here" || told.Metrics["system/rss_bytes"].Count != 2 {
		t.Errorf("told %+v, %v", told, err)
	}
	if !math.IsInf(float64(told.Metrics["grad"].Max), 1) {
		t.Errorf("grad %+v", told.Metrics["grad"])
	}
	best, err := s.Best(t.Context())
	if err != nil || len(best) != 1 || best[0].Number != trial.Number {
		t.Errorf("best %+v, %v", best, err)
	}
}

func TestSeveralTrialsAndObjectives(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{
		Objectives: []espalier.Objective{{Metric: "loss", Direction: espalier.Minimize}, {Metric: "speed", Direction: espalier.Maximize}},
		Budget:     &espalier.Budget{MaxTrials: 3},
	})
	trials, err := s.AskFor(t.Context(), espalier.AskRequest{Count: 5, Worker: "w", Params: espalier.Params{"x": 0.5}})
	if err != nil || len(trials) != 3 || trials[2].Params["x"] != 0.5 {
		t.Fatalf("got %d trials, %v", len(trials), err)
	}
	if told, err := trials[0].Tell(t.Context(), 1, 2); err != nil || !reflect.DeepEqual(told.Values, []float64{1, 2}) || told.Worker != "w" {
		t.Errorf("told %+v, %v", told, err)
	}
	if told, err := trials[1].Prune(t.Context()); err != nil || told.State != espalier.Pruned {
		t.Errorf("told %+v, %v", told, err)
	}
	if told, err := trials[2].Fail(t.Context(), errors.New("no memory")); err != nil || told.State != espalier.Failed || told.Error != "no memory" {
		t.Errorf("told %+v, %v", told, err)
	}
	if _, err := s.Ask(t.Context()); !errors.Is(err, espalier.ErrStopped) || !strings.Contains(err.Error(), "budget") {
		t.Errorf("asked again: %v, want ErrStopped for the budget", err)
	}
}

func TestAReleasedTrialIsHandedOutAgain(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{})
	first, err := s.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if back, err := first.Release(t.Context()); err != nil || back.State != espalier.Waiting {
		t.Fatalf("released: %+v, %v", back, err)
	}
	if again, err := s.Ask(t.Context()); err != nil || again.Number != first.Number || again.Params["x"] != first.Params["x"] {
		t.Errorf("asked again: %+v, %v", again, err)
	}
}

func TestListsYieldEverything(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{})
	const n = 230 // more than two pages
	for i := range n {
		spec := espalier.TrialSpec{Params: espalier.Params{"x": float64(i) / n}, State: espalier.Complete, Value: new(api.Float(i))}
		if i%2 == 1 {
			spec.State, spec.Value = espalier.Failed, nil
		}
		if _, err := s.Add(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
	}
	var numbers []int64
	for trial, err := range s.Trials(t.Context(), espalier.TrialFilter{States: []espalier.TrialState{espalier.Complete}, OrderBy: "-number"}) {
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, trial.Number)
	}
	if len(numbers) != n/2 || numbers[0] != n-2 || numbers[n/2-1] != 0 {
		t.Errorf("got %d trials, from %d to %d", len(numbers), numbers[0], numbers[len(numbers)-1])
	}
	for trial, err := range s.Trials(t.Context(), espalier.TrialFilter{}) {
		if err != nil || trial.Number != 0 {
			t.Errorf("the first is %+v, %v", trial, err)
		}
		break
	}
	names := 0
	for other, err := range c.Studies(t.Context(), t.Name()) {
		if err != nil || other.Name != t.Name() {
			t.Errorf("got %+v, %v", other, err)
		}
		names++
	}
	if names != 1 {
		t.Errorf("%d studies, want 1", names)
	}
	for _, err := range s.Trials(t.Context(), espalier.TrialFilter{OrderBy: "luck"}) {
		if code(err) != api.ProblemCodeInvalidRequest {
			t.Errorf("a wrong order: %v", err)
		}
	}
}

func TestDecisionsAndPointsAreLogged(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{Pruner: map[string]any{"type": "limit", "metric": "size", "bound": 2}})
	trial, err := s.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d, err := trial.Report(t.Context(), 0, espalier.Metrics{"size": 3, "value": 1}); err != nil || !d.ShouldPrune || d.DecidedBy != "limit" || *d.Explanation.Margin != 1 {
		t.Errorf("decision %+v, %v", d, err)
	}
	all := 0
	for d, err := range s.Decisions(t.Context(), api.DecisionModeEnforce) {
		if err != nil || d.Trial != 0 || d.DecidedBy != "limit" {
			t.Errorf("got %+v, %v", d, err)
		}
		all++
	}
	for d, err := range s.TrialDecisions(t.Context(), 0) {
		if err != nil || !d.ShouldPrune {
			t.Errorf("got %+v, %v", d, err)
		}
		all++
	}
	for p, err := range s.Points(t.Context(), 0, "size") {
		if err != nil || p.Metrics["size"] != 3 || len(p.Metrics) != 1 {
			t.Errorf("got %+v, %v", p, err)
		}
		all++
	}
	if all != 3 {
		t.Errorf("%d of 3 seen", all)
	}
}

func TestAStudyIsChangedStoppedResumedAndDeleted(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{Budget: &espalier.Budget{MaxTrials: 1}})
	changed, err := s.Update(t.Context(), espalier.StudyPatch{MaxRetries: new(2), Pruner: map[string]any{"type": "nop"}})
	if err != nil || changed.Info.MaxRetries != 2 || changed.Info.Budget.MaxTrials != 1 || !strings.Contains(string(changed.Info.Pruner), `"nop"`) {
		t.Errorf("changed: %+v, %v", changed, err)
	}
	if stopped, err := s.Stop(t.Context()); err != nil || stopped.Info.State != api.StudyStateSTOPPED {
		t.Errorf("stopped: %+v, %v", stopped, err)
	}
	if resumed, err := s.Resume(t.Context()); err != nil || resumed.Info.State != api.StudyStateACTIVE {
		t.Errorf("resumed: %+v, %v", resumed, err)
	}
	if err := s.Delete(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := s.Refresh(t.Context()); code(err) != api.ProblemCodeStudyNotFound {
		t.Errorf("after the deletion: %v", err)
	}
}

func TestAnExportIsImportedUnderAnotherName(t *testing.T) {
	t.Parallel()
	c := client(t)
	s := study(t, c, espalier.StudySpec{})
	if _, err := s.Enqueue(t.Context(), espalier.Params{"x": 0.25}); err != nil {
		t.Fatal(err)
	}
	archive, err := s.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	copied, err := c.Import(t.Context(), archive, "copy")
	if err != nil || copied.Name != "copy" || copied.Info.TrialCounts.WAITING != 1 {
		t.Errorf("got %+v, %v", copied, err)
	}
}

func TestATokenIsSentAndItsLackIsAProblem(t *testing.T) {
	t.Parallel()
	s, err := serve(t.TempDir(), "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.down)
	without, _ := espalier.New(s.url)
	if _, err := without.LoadStudy(t.Context(), "toy"); code(err) != api.ProblemCodeUnauthenticated {
		t.Errorf("without a token: %v", err)
	}
	if _, err := without.With(espalier.WithToken("s3cret\n")).CreateStudy(t.Context(), espalier.StudySpec{Name: "toy"}); err != nil {
		t.Errorf("with a token: %v", err)
	}
}

func TestEventsComeAsTheyHappenAndOutliveABrokenStream(t *testing.T) {
	t.Parallel()
	server, c := start(t)
	s := study(t, c, espalier.StudySpec{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	trials, ended := make(chan int64, 100), make(chan error, 1)
	go func() {
		for e, err := range s.Events(ctx, espalier.EventFilter{}) {
			if err != nil {
				ended <- err
			} else if e.Type == api.EventTypeTrial {
				trials <- *e.Trial
			}
		}
	}()
	n := int64(0)
	for heard := false; !heard; n++ { // the first ones may come before the stream
		enqueue(t, s, float64(n)/1000)
		select {
		case <-trials:
			heard = true
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err := server.cut(); err != nil {
		t.Fatal(err)
	}
	enqueue(t, s, 1)
	for got := int64(-1); got != n; {
		select {
		case got = <-trials:
		case err := <-ended:
			t.Fatalf("no event of trial %d: %v", n, err)
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("at last %v, want the end of ctx", err)
	}
	for _, err := range s.Events(t.Context(), espalier.EventFilter{After: new(int64(1))}) {
		if code(err) != api.ProblemCodeCursorExpired {
			t.Errorf("a cursor from before: %v", err)
		}
	}
}

func enqueue(t *testing.T, s *espalier.Study, x float64) {
	t.Helper()
	if _, err := s.Enqueue(t.Context(), espalier.Params{"x": x}); err != nil {
		t.Fatal(err)
	}
}

func TestACallWaitsForAServerThatComesBack(t *testing.T) {
	t.Parallel()
	var server *realServer
	var once sync.Once
	note := func(error) {
		once.Do(func() {
			if err := server.up(); err != nil {
				t.Error(err)
			}
		})
	}
	server, c := start(t, espalier.WithRetryNote(note))
	s := study(t, c, espalier.StudySpec{})
	server.down()
	trial, err := s.Ask(t.Context())
	if err != nil || trial.Number != 0 {
		t.Fatalf("asked: %+v, %v", trial, err)
	}
	if info, err := s.Refresh(t.Context()); err != nil || info.Info.TrialCounts.RUNNING != 1 {
		t.Errorf("trials %+v, %v, want one that runs", info.Info.TrialCounts, err)
	}
}

func TestAServerThatIsNotThereIsUnreachable(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	_ = l.Close()
	c, _ := espalier.New(url, espalier.WithRetryFor(0))
	_, err = c.LoadStudy(t.Context(), "toy")
	away, ok := errors.AsType[*espalier.Unreachable](err)
	if !ok || away.Server != url || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v, want an *Unreachable that names %s", err, url)
	}
	ctx, cancel := context.WithCancel(t.Context())
	patient := c.With(espalier.WithRetryFor(time.Hour), espalier.WithRetryNote(func(error) { cancel() }))
	if _, err := patient.LoadStudy(ctx, "toy"); !errors.Is(err, context.Canceled) {
		t.Errorf("an end of ctx: %v", err)
	}
}

func TestAServerThatHangsIsLeftInTime(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // it accepts and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c, _ := espalier.New("http://"+l.Addr().String(), espalier.WithRetryFor(0), espalier.WithTimeout(50*time.Millisecond))
	if _, err := c.LoadStudy(t.Context(), "toy"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want an end of the time limit", err)
	}
}

// foreign is something else than a server of ours.
func foreign(t *testing.T, answer http.HandlerFunc) *espalier.Client {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	c, err := espalier.New(s.URL+"/behind/a/proxy/", espalier.WithRetryFor(0))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnswersOfOthersAreNoAnswers(t *testing.T) {
	t.Parallel()
	c := foreign(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<html>")
	})
	_, err := c.LoadStudy(t.Context(), "toy")
	if p, ok := errors.AsType[*espalier.Problem](err); !ok || p.Status != http.StatusNotFound || p.Code != "" || !strings.Contains(err.Error(), "proxy") {
		t.Errorf("a page that is not there: %v", err)
	}
	c = foreign(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") })
	if _, err := c.LoadStudy(t.Context(), "toy"); err == nil || !strings.Contains(err.Error(), "200 OK, and not from an Espalier server") {
		t.Errorf("a page: %v", err)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	c := foreign(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, shared.url+strings.TrimPrefix(r.URL.Path, "/behind/a/proxy"), http.StatusMovedPermanently)
	})
	s, err := c.CreateStudy(t.Context(), espalier.StudySpec{Name: "elsewhere"}) // it would become a GET of all studies
	if p, ok := errors.AsType[*espalier.Problem](err); !ok || p.Status != http.StatusMovedPermanently || !strings.Contains(err.Error(), shared.url) {
		t.Errorf("got %+v, %v; want an error that names %s", s, err, shared.url)
	}
}

func TestAPageIsNoEventAndNoExport(t *testing.T) {
	t.Parallel()
	c := foreign(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/toy") {
			_, _ = io.WriteString(w, `{"name":"toy"}`)
			return
		}
		_, _ = io.WriteString(w, "<html>")
	})
	s, err := c.LoadStudy(t.Context(), "toy")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for _, err := range s.Events(ctx, espalier.EventFilter{}) {
		if p, ok := errors.AsType[*espalier.Problem](err); !ok || p.Code != "" {
			t.Errorf("a page: %v", err)
		}
	}
	if archive, err := s.Export(ctx); err == nil {
		t.Errorf("a page was exported: %v", archive)
	}
}

func TestANameThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", ".", "..", "a/b", "a?b", "a b"} {
		if s, err := client(t).LoadStudy(t.Context(), name); code(err) == "" {
			t.Errorf("LoadStudy(%q) = %+v, %v, want a problem", name, s, err)
		}
	}
}

func TestRetriesKeepTheirKeyAndTheirBodyAndWaitAsAsked(t *testing.T) {
	t.Parallel()
	var keys, bodies, paths []string
	c := foreign(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		keys, bodies, paths = append(keys, r.Header.Get("Idempotency-Key")), append(bodies, string(body)), append(paths, r.URL.Path)
		if len(keys) == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"type":"/problems/storage_unavailable","title":"Busy","status":503,"code":"storage_unavailable"}`)
			return
		}
		_, _ = io.WriteString(w, `{"name":"toy"}`)
	})
	var waits []time.Duration
	patient := c.With(espalier.WithRetryFor(time.Minute), espalier.WithRetryNote(func(err error) {
		if p, ok := errors.AsType[*espalier.Problem](err); ok {
			waits = append(waits, p.RetryAfter)
		}
	}))
	before := time.Now()
	if _, err := patient.CreateStudy(t.Context(), espalier.StudySpec{Name: "toy"}); err != nil {
		t.Fatal(err)
	}
	if len(keys) != 2 || keys[0] == "" || keys[0] != keys[1] || bodies[0] != bodies[1] || paths[0] != "/behind/a/proxy/v1/studies" {
		t.Errorf("keys %q, bodies %q, paths %q", keys, bodies, paths)
	}
	if took := time.Since(before); len(waits) != 1 || waits[0] != time.Second || took < time.Second {
		t.Errorf("waited %v for Retry-After %v", took, waits)
	}
	keys = nil
	if _, err := c.CreateStudy(t.Context(), espalier.StudySpec{Name: "toy"}); code(err) != api.ProblemCodeStorageUnavailable {
		t.Errorf("without retries: %v", err)
	}
}

func TestWhatMayDoHarmIsSentOnce(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	c := foreign(t, func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	})
	patient := c.With(espalier.WithRetryFor(time.Minute))
	if _, err := api.Check(patient.API().ReportTrial(t.Context(), "toy", 0, nil, api.Report{Value: new(api.Float(1))})); err == nil || n.Load() != 1 {
		t.Errorf("a report without a key was sent %d times: %v", n.Load(), err)
	}
	if _, err := patient.Import(t.Context(), bytes.NewReader(nil), ""); err == nil || n.Load() != 2 {
		t.Errorf("an import was sent %d times: %v", n.Load()-1, err)
	}
}

func ExampleStudy_Optimize() {
	ctx := context.Background()
	client, err := espalier.New(shared.url)
	if err != nil {
		panic(err)
	}
	study, err := client.LoadOrCreateStudy(ctx, espalier.StudySpec{
		Name:        "parabola",
		SearchSpace: espalier.SearchSpace{"x": espalier.FloatDistribution{Low: -10, High: 10}},
		Sampler:     map[string]any{"type": "tpe"},
		Seed:        new(int64(1)),
	})
	if err != nil {
		panic(err)
	}
	err = study.Optimize(ctx, func(_ context.Context, trial *espalier.Trial) (float64, error) {
		var p struct{ X float64 }
		if err := trial.Decode(&p); err != nil {
			return 0, err
		}
		return (p.X - 2) * (p.X - 2), nil
	}, espalier.Trials(50))
	if err != nil {
		panic(err)
	}
	best, err := study.Best(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println(best[0].Values[0] < 0.5)
	// Output: true
}

func ExampleStudy_Ask() {
	ctx := context.Background()
	client, err := espalier.New(shared.url)
	if err != nil {
		panic(err)
	}
	study, err := client.CreateStudy(ctx, espalier.StudySpec{
		Name:        "example-by-hand",
		SearchSpace: espalier.SearchSpace{"lr": espalier.FloatDistribution{Low: 1e-5, High: 0.1, Log: true}},
		Budget:      &espalier.Budget{MaxTrials: 3},
	})
	if err != nil {
		panic(err)
	}
	for {
		trial, err := study.Ask(ctx)
		if errors.Is(err, espalier.ErrStopped) {
			break
		}
		if err != nil {
			panic(err)
		}
		loss := trial.Params["lr"].(float64) * 2
		if _, err := trial.Tell(ctx, loss); err != nil {
			panic(err)
		}
	}
	for trial, err := range study.Trials(ctx, espalier.TrialFilter{}) {
		if err != nil {
			panic(err)
		}
		fmt.Println(trial.Number, trial.State)
	}
	// Output:
	// 0 COMPLETE
	// 1 COMPLETE
	// 2 COMPLETE
}
