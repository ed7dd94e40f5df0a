package trials_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/optimizer/importance"
	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/storage"
	"github.com/espalier-hpo/espalier/trials"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// tb is what [env] needs of a test, so that a property can have one as well.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// env is a service over SQLite with a clock that the test moves.
type env struct {
	tb
	*trials.Service
	ctx   context.Context
	path  string
	clock atomic.Int64 // milliseconds since start
	db    *storage.DB
	wrap  func(trials.Store) trials.Store // what stands between service and store
	extra map[string]trials.Sampler       // beside those of the table, by type
}

func newEnv(t testing.TB) *env {
	t.Helper()
	e := &env{tb: t, ctx: t.Context(), path: filepath.Join(t.TempDir(), "test.db")}
	e.open()
	t.Cleanup(e.close)
	return e
}

func (e *env) now() time.Time { return start.Add(time.Duration(e.clock.Load()) * time.Millisecond) }

func (e *env) pass(d time.Duration) { e.clock.Add(d.Milliseconds()) }

func (e *env) open() {
	e.Helper()
	db, err := storage.Open(context.Background(), storage.Options{
		Path: e.path, Now: e.now, Relaxed: true,
		Report: func(err error) { e.Errorf("in the background: %v", err) },
	})
	if err != nil {
		e.Fatalf("open: %v", err)
	}
	e.db = db
	var store trials.Store = db
	if e.wrap != nil {
		store = e.wrap(db)
	}
	e.Service = trials.NewService(trials.Config{
		Store: store, Samplers: testSamplers{extra: e.extra}, Pruners: pruner.Table{}, Now: e.now, Seed: func() int64 { return 1 },
		Report: func(err error) { e.Errorf("in the background: %v", err) }, Importances: importance.Evaluators{},
	})
}

func (e *env) close() {
	e.Service.Close()
	if err := e.db.Close(); err != nil {
		e.Errorf("close: %v", err)
	}
}

// restart closes the database and opens it again, as a new process would.
func (e *env) restart() {
	e.Helper()
	e.close()
	e.open()
	if err := e.Resume(e.ctx); err != nil {
		e.Fatalf("Resume() = %v", err)
	}
}

// study makes a study of a document.
func (e *env) study(doc string) trials.Study {
	e.Helper()
	var spec trials.StudySpec
	if err := json.Unmarshal([]byte(doc), &spec); err != nil {
		e.Fatalf("%s: %v", doc, err)
	}
	out, created, err := e.CreateStudy(e.ctx, &spec, false, nil)
	if err != nil || !created {
		e.Fatalf("CreateStudy(%s) = %v, %v", doc, created, err)
	}
	return out
}

// plain is a study with a parameter and the name s.
const plain = `{"name":"s","search_space":{"x":{"type":"float","low":0,"high":1}}}`

func (e *env) ask(n int) []trials.AskedTrial {
	e.Helper()
	out, err := e.Ask(e.ctx, "s", &trials.AskRequest{Count: n}, nil)
	if err != nil {
		e.Fatalf("Ask() = %v", err)
	}
	return out.Trials
}

// one asks for one trial and returns its number.
func (e *env) one() int64 {
	e.Helper()
	got := e.ask(1)
	if len(got) != 1 {
		e.Fatalf("Ask() gave %d trials, want 1", len(got))
	}
	return got[0].Number
}

// rep makes a report; a step below 0 is none. Metrics are "name", value, ...
func rep(step int64, metrics ...any) *trials.Report {
	r := &trials.Report{Step: step, Seq: trials.Absent, Elapsed: math.NaN()}
	for i := 0; i < len(metrics); i += 2 {
		r.Metrics = append(r.Metrics, trials.Metric{Name: metrics[i].(string), Value: number(metrics[i+1])})
	}
	return r
}

func number(v any) float64 {
	if i, ok := v.(int); ok {
		return float64(i)
	}
	return v.(float64)
}

func (e *env) report(n int64, r *trials.Report) trials.Decision {
	e.Helper()
	d, err := e.Report(e.ctx, "s", n, r, false)
	if err != nil {
		e.Fatalf("Report(%d, %+v) = %v", n, r, err)
	}
	return d
}

func float(v float64) *trials.Float { f := trials.Float(v); return &f }

func (e *env) tell(n int64, v float64) trials.Trial {
	e.Helper()
	out, err := e.Tell(e.ctx, "s", n, &trials.Tell{Value: float(v)})
	if err != nil {
		e.Fatalf("Tell(%d, %v) = %v", n, v, err)
	}
	return out
}

func (e *env) trial(n int64) trials.Trial {
	e.Helper()
	out, err := e.Trial(e.ctx, "s", n)
	if err != nil {
		e.Fatalf("Trial(%d) = %v", n, err)
	}
	return out
}

func (e *env) get() trials.Study {
	e.Helper()
	out, err := e.Study(e.ctx, "s")
	if err != nil {
		e.Fatalf("Study() = %v", err)
	}
	return out
}

func (e *env) enqueue(doc string) trials.Trial {
	e.Helper()
	out, _, err := e.CreateTrial(e.ctx, "s", create(e, doc), nil)
	if err != nil {
		e.Fatalf("CreateTrial(%s) = %v", doc, err)
	}
	return out
}

// create reads a request; reports are not in it.
func create(t tb, doc string) *trials.TrialCreate {
	t.Helper()
	var req trials.TrialCreate
	if err := json.Unmarshal([]byte(doc), &req); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return &req
}

func (e *env) patch(doc string) trials.Study {
	e.Helper()
	out, err := e.UpdateStudy(e.ctx, "s", json.RawMessage(doc), "")
	if err != nil {
		e.Fatalf("UpdateStudy(%s) = %v", doc, err)
	}
	return out
}

// same checks that the study in memory equals the one in the store.
func (e *env) same() {
	e.Helper()
	diff, err := e.CompareRebuilt(e.ctx, "s")
	if err != nil || diff != "" {
		e.Fatalf("rebuilt differs from grown: %v\n%s", err, diff)
	}
}

func (e *env) export() string {
	e.Helper()
	var b bytes.Buffer
	if err := e.Export(e.ctx, "s", &b); err != nil {
		e.Fatalf("Export() = %v", err)
	}
	return b.String()
}

// code checks the code of an error, and that its text has a part.
func (e *env) code(err error, want trials.Code, part string) {
	e.Helper()
	if got := trials.ErrorCode(err); err == nil || got != want || !strings.Contains(err.Error(), part) {
		e.Errorf("error %v (%s), want %s with %q", err, got, want, part)
	}
}

func doc(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// eq compares the JSON of two values.
func eq(t tb, what string, got, want any) {
	t.Helper()
	g, w := doc(got), doc(want)
	if s, ok := want.(string); ok && strings.ContainsAny(s, "[{") {
		w = s
	}
	if g != w {
		t.Errorf("%s = %s, want %s", what, g, w)
	}
}

func states(list []trials.Trial) string {
	out := ""
	for _, t := range list {
		out += fmt.Sprintf("%d:%s ", t.Number, t.State)
	}
	return strings.TrimSpace(out)
}
