package storage

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// open opens a new database, or the one at o.Path. A fault in the background
// fails the test, unless o.Report takes it.
func open(t testing.TB, o Options) *DB {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "espalier.db")
	}
	if o.Now == nil {
		o.Now = func() time.Time { return start }
	}
	if o.Report == nil {
		o.Report = func(err error) { t.Errorf("a fault in the background: %v", err) }
	}
	if o.gatherFor == 0 {
		o.gatherFor = time.Millisecond
	}
	db, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, db) })
	return db
}

func shut(t testing.TB, db *DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
}

// reopen closes db and opens it again.
func reopen(t testing.TB, db *DB) *DB {
	t.Helper()
	shut(t, db)
	return open(t, db.options)
}

// submit commits a change and returns the outcome.
func submit(t testing.TB, db *DB, c *trials.Change) error {
	t.Helper()
	if err := db.Reserve(); err != nil {
		return err
	}
	c.Done = make(chan error, 1)
	db.Submit(c)
	return <-c.Done
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pause keeps the writer from taking anything until the function it returns is
// called, so that what is queued meanwhile becomes one batch.
func pause(t testing.TB, db *DB) func() {
	t.Helper()
	entered, release, over := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		over <- db.writer.do(context.Background(), &op{apply: func(*writer) error {
			close(entered)
			<-release
			return nil
		}})
	}()
	<-entered
	return func() {
		t.Helper()
		close(release)
		must(t, <-over)
	}
}

// pragma runs a statement on the writer's connection, again if it was in one
// batch with a probe that failed.
func pragma(t testing.TB, db *DB, text string) {
	t.Helper()
	eventually(t, text, func() bool {
		err := db.writer.do(t.Context(), &op{apply: func(w *writer) error {
			_, err := w.conn.(driver.ExecerContext).ExecContext(context.Background(), text, nil)
			return err
		}})
		if trials.ErrorCode(err) != trials.StorageUnavailable {
			must(t, err)
		}
		return err == nil
	})
}

// count returns the number that a query yields.
func count(t testing.TB, db *DB, query string, args ...any) int64 {
	t.Helper()
	var n int64
	must(t, db.readers.QueryRowContext(t.Context(), query, args...).Scan(&n))
	return n
}

// eventually waits for something that the background does.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	giveUp := time.After(20 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-giveUp:
			t.Fatalf("%s: not so after 20 s", what)
		case <-tick.C:
		}
	}
}

// wantCode checks the code of an error.
func wantCode(t testing.TB, err error, want trials.Code) {
	t.Helper()
	if err == nil || trials.ErrorCode(err) != want {
		t.Fatalf("got error %v, want code %s", err, want)
	}
}

// wantSame compares deeply; NaN is the same as NaN and an empty slice as nil.
func wantSame(t testing.TB, got, want any) {
	t.Helper()
	if diff := differ("", reflect.ValueOf(got), reflect.ValueOf(want)); diff != "" {
		t.Fatalf("got and want differ at %s", diff)
	}
}

func differ(at string, a, b reflect.Value) string {
	if a.IsValid() != b.IsValid() || (a.IsValid() && a.Type() != b.Type()) {
		return fmt.Sprintf("%s: %v, want %v", at, a, b)
	}
	if !a.IsValid() {
		return ""
	}
	if a.Type() == reflect.TypeFor[time.Time]() {
		if x, y := a.Interface().(time.Time), b.Interface().(time.Time); !x.Equal(y) {
			return fmt.Sprintf("%s: %v, want %v", at, x, y)
		}
		return ""
	}
	switch a.Kind() {
	case reflect.Float64:
		if x, y := a.Float(), b.Float(); x != y && !(math.IsNaN(x) && math.IsNaN(y)) {
			return fmt.Sprintf("%s: %v, want %v", at, x, y)
		}
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return fmt.Sprintf("%s: %v, want %v", at, a, b)
			}
			return ""
		}
		return differ(at, a.Elem(), b.Elem())
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: %d elements, want %d", at, a.Len(), b.Len())
		}
		for i := range a.Len() {
			if d := differ(fmt.Sprintf("%s[%d]", at, i), a.Index(i), b.Index(i)); d != "" {
				return d
			}
		}
	case reflect.Map:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: %d entries, want %d", at, a.Len(), b.Len())
		}
		for _, k := range b.MapKeys() {
			if d := differ(fmt.Sprintf("%s[%v]", at, k), a.MapIndex(k), b.MapIndex(k)); d != "" {
				return d
			}
		}
	case reflect.Struct:
		for i := range a.NumField() {
			if d := differ(at+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i)); d != "" {
				return d
			}
		}
	default:
		if !a.Equal(b) {
			return fmt.Sprintf("%s: %v, want %v", at, a, b)
		}
	}
	return ""
}

func ptr[T any](v T) *T { return &v }

// aStudy is a row with something in every field.
func aStudy(name string) *trials.StudyRow {
	return &trials.StudyRow{
		Spec: trials.StudySpec{
			Name:       name,
			Objectives: []trials.Objective{{Metric: "loss", Direction: trials.Minimize}},
			Metrics:    map[string]trials.MetricDeclaration{"loss": {Aggregate: "min"}},
			SearchSpace: trials.SearchSpace{
				"lr":  {Type: trials.FloatKind, Low: 1e-5, High: 0.1, Log: true},
				"net": {Type: trials.CategoricalKind, Choices: []any{"a", 2.0, true, nil}},
			},
			Sampler: json.RawMessage(`{"type":"random"}`), Pruner: json.RawMessage(`{"type":"none"}`),
			Seed: ptr(int64(7)), LeaseSeconds: 3600, UserAttrs: json.RawMessage(`{"who":"me"}`),
		},
		State: trials.Active, Version: 1, PrunerVersion: 2, NextNumber: 3, Handed: 4,
		Created: start, FirstAsk: start.Add(time.Minute + time.Microsecond),
		Counts: trials.Counts{Running: 1, Fail: 2}, Spent: trials.Amounts{Trials: ptr(2.0), Cost: ptr(0.5)},
		Refused: 5, StopReason: trials.StopExhausted,
	}
}

func create(t testing.TB, db *DB, name string) *trials.StudyRow {
	t.Helper()
	row := aStudy(name)
	must(t, db.CreateStudy(t.Context(), row, nil, nil))
	return row
}

// aTrial is a trial with the least there may be.
func aTrial(number int64, state trials.State) *trials.Trial {
	nan := math.NaN()
	t := &trials.Trial{
		Number: number, State: state, EndedSeq: -1, LastStep: trials.Absent, Created: start,
		Params:        trials.Params{"lr": 0.01},
		Distributions: trials.SearchSpace{"lr": {Type: trials.FloatKind, Low: 1e-5, High: 0.1, Log: true}},
		Spent:         trials.Spending{nan, nan, nan, nan},
	}
	if state.Finished() {
		t.EndedSeq = number
	}
	return t
}

// aReport has the given number of metrics.
func aReport(trial, seq int64, metrics int) trials.ReportRow {
	r := trials.ReportRow{
		Trial: trial, Seq: seq, Step: seq, Client: trials.Absent, Elapsed: math.NaN(),
		At: start.Add(time.Duration(seq*1_500_003+trial*37%211*1001) * time.Microsecond),
	}
	for m := range metrics {
		r.Values = append(r.Values, trials.MetricValue{Metric: uint32(m), Value: 1 / (float64(seq) + float64(m) + 1.1)})
	}
	return r
}

func reports(trial int64, n, metrics int) []trials.ReportRow {
	out := make([]trials.ReportRow, n)
	for i := range out {
		out[i] = aReport(trial, int64(i), metrics)
	}
	return out
}

// points reads all reports of a trial.
func points(t testing.TB, db *DB, study, number, after int64) []trials.ReportRow {
	t.Helper()
	var out []trials.ReportRow
	must(t, db.Points(t.Context(), study, number, after, func(r *trials.ReportRow) error {
		out = append(out, *r)
		return nil
	}))
	return out
}

func sealedNow(t testing.TB, db *DB, trial int64) func() bool {
	return func() bool {
		return count(t, db, `SELECT count(*) FROM reports WHERE trial_id = $1`, trial) == 0 &&
			count(t, db, `SELECT count(*) FROM curves WHERE trial_id = $1`, trial) == 1
	}
}
