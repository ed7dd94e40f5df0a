package storage

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// The limits here do not depend on what else the machine does: bytes and
// allocations, not seconds.

const metrics = 9

// interleave writes steps reports for each of n running trials, 64 to a batch,
// as workers in step would.
func interleave(t testing.TB, db *DB, study int64, n, from, to int64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(from), 1))
	var batch []*trials.Change
	flush := func() {
		if len(batch) == 0 {
			return
		}
		resume := pause(t, db)
		for _, c := range batch {
			must(t, db.Reserve())
			db.Submit(c)
		}
		resume()
		for _, c := range batch {
			must(t, <-c.Done)
		}
		batch = batch[:0]
	}
	for step := from; step < to; step++ {
		for trial := range n {
			r := aReport(trial, step, metrics)
			for i := range r.Values {
				r.Values[i].Value = rng.NormFloat64()
			}
			r.At = r.At.Add(time.Duration(rng.IntN(900_000)) * time.Microsecond)
			batch = append(batch, &trials.Change{Study: study, Reports: []trials.ReportRow{r}, Done: make(chan error, 1)})
			if len(batch) == 64 {
				flush()
			}
		}
	}
	flush()
}

func running(t testing.TB, db *DB, study, n int64) []*trials.Trial {
	t.Helper()
	var all []*trials.Trial
	for i := range n {
		all = append(all, aTrial(i, trials.Running))
	}
	must(t, submit(t, db, &trials.Change{Study: study, Trials: all}))
	return all
}

// tableBytes is the size of the pages of a table.
func tableBytes(t testing.TB, db *DB, table string) float64 {
	t.Helper()
	return float64(count(t, db, `SELECT sum(pgsize) FROM dbstat WHERE name = $1`, table))
}

func TestBytesOnDisk(t *testing.T) {
	const n, steps = 50, 200
	db := open(t, Options{Relaxed: true})
	s := create(t, db, "a")
	all := running(t, db, s.ID, n)

	written := bytesWritten(t)
	interleave(t, db, s.ID, n, 0, steps)
	if after := bytesWritten(t); written > 0 {
		perReport := (after - written) / (n * steps)
		t.Logf("written per report: %.0f B", perReport)
		if perReport > 9000 {
			t.Errorf("%.0f B written per report, want at most 9000", perReport)
		}
	}
	hot := tableBytes(t, db, "reports") / (n * steps * metrics)
	t.Logf("hot: %.2f B a point", hot)
	if hot > 14 {
		t.Errorf("hot: %.2f B a point, want at most 14", hot)
	}

	for _, tr := range all {
		done := *tr
		done.State = trials.Complete
		must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{&done}}))
	}
	eventually(t, "all trials are sealed", func() bool {
		return count(t, db, `SELECT count(*) FROM reports`) == 0 && count(t, db, `SELECT count(*) FROM curves`) == n
	})
	sealed := tableBytes(t, db, "curves") / (n * steps * metrics)
	t.Logf("sealed: %.2f B a point", sealed)
	if sealed > 12 {
		t.Errorf("sealed: %.2f B a point, want at most 12", sealed)
	}
}

// bytesWritten is what the process has written so far, 0 where the system does
// not say.
func bytesWritten(t testing.TB) float64 {
	t.Helper()
	b, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		var n float64
		if _, err := fmt.Sscanf(line, "wchar: %f", &n); err == nil {
			return n
		}
	}
	return 0
}

func TestAllocationsPerReport(t *testing.T) {
	db := open(t, Options{Relaxed: true})
	s := create(t, db, "a")
	running(t, db, s.ID, 1)
	const n = 500
	var allocs float64
	must(t, db.writer.do(t.Context(), &op{apply: func(w *writer) error { // in the writer's own goroutine
		rows, seq := reports(0, 2*n, metrics), 0
		var failed error
		allocs = testing.AllocsPerRun(n, func() {
			if err := w.writeReport(s.ID, &rows[seq]); err != nil {
				failed = err
			}
			seq++
		})
		return failed
	}}))
	t.Logf("%.1f allocations a report", allocs)
	if allocs > 6 {
		t.Errorf("%.1f allocations a report, want at most 6", allocs)
	}
}

func BenchmarkWriteReport(b *testing.B) {
	db := open(b, Options{Relaxed: true})
	s := create(b, db, "a")
	running(b, db, s.ID, 50)
	b.ReportAllocs()
	for seq := int64(0); b.Loop(); seq++ {
		must(b, db.writer.do(b.Context(), &op{apply: func(w *writer) error {
			for trial := range int64(50) {
				r := aReport(trial, seq, metrics)
				if err := w.writeReport(s.ID, &r); err != nil {
					return err
				}
			}
			return nil
		}}))
	}
}

// BenchmarkLoad loads a study of 10,000 finished trials with 100 reports of 9
// metrics each, of which one is wanted.
func BenchmarkLoad(b *testing.B) {
	db := open(b, Options{Relaxed: true})
	s := create(b, db, "a")
	const n = 10_000
	for from := int64(0); from < n; from += 100 {
		must(b, db.writer.do(b.Context(), &op{apply: func(w *writer) error {
			for i := from; i < from+100; i++ {
				tr := aTrial(i, trials.Complete)
				tr.Distributions = aStudy("").Spec.SearchSpace
				tr.Params = trials.Params{"lr": 0.01 + float64(i)*1e-7, "net": "a"}
				tr.Values, tr.UserAttrs = []trials.Float{trials.Float(i)}, json.RawMessage(`{}`)
				tr.DatetimeStart, tr.DatetimeComplete = &start, &start
				if err := w.writeTrial(s.ID, tr); err != nil {
					return err
				}
				if _, err := w.sql.upsertCurve.run(trialID(s.ID, i), int64(100), int64(99), sealReports(reports(i, 100, metrics))); err != nil {
					return err
				}
			}
			return nil
		}}))
	}
	b.ReportAllocs()
	for b.Loop() {
		seen := 0
		must(b, db.Load(b.Context(), s.ID, func(m uint32) bool { return m == 4 },
			func(_ *trials.Trial, points func(func(*trials.ReportRow) error) error) error {
				return points(func(r *trials.ReportRow) error { seen += len(r.Values); return nil })
			}))
		if seen != n*100 {
			b.Fatalf("%d points, want %d", seen, n*100)
		}
	}
}

// BenchmarkCommit is a closed loop of 64 clients, each with one report a change.
func BenchmarkCommit(b *testing.B) {
	for _, relaxed := range []bool{false, true} {
		b.Run(fmt.Sprintf("relaxed=%v", relaxed), func(b *testing.B) {
			db := open(b, Options{Relaxed: relaxed})
			s := create(b, db, "a")
			running(b, db, s.ID, 64)
			next := make(chan int64, 64)
			for i := range int64(64) {
				next <- i
			}
			b.SetParallelism(32) // times the processors
			b.RunParallel(func(pb *testing.PB) {
				trial, seq := <-next, int64(0)
				done := make(chan error, 1)
				for pb.Next() {
					if err := db.Reserve(); err != nil {
						b.Error(err)
						return
					}
					db.Submit(&trials.Change{Study: s.ID, Reports: []trials.ReportRow{aReport(trial, seq, metrics)}, Done: done})
					if err := <-done; err != nil {
						b.Error(err)
						return
					}
					seq++
				}
				next <- trial // with its reports: the next run takes another
			})
			b.ReportMetric(float64(b.N)/float64(max(1, db.writer.commits.Load())), "changes/commit")
		})
	}
}
