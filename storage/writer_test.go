package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// queue submits changes while the writer is paused and returns their outcomes.
func queue(t *testing.T, db *DB, changes ...*trials.Change) []error {
	t.Helper()
	resume := pause(t, db)
	for _, c := range changes {
		c.Done = make(chan error, 1)
		must(t, db.Reserve())
		db.Submit(c)
	}
	resume()
	out := make([]error, len(changes))
	for i, c := range changes {
		out[i] = <-c.Done
	}
	return out
}

func TestFailedChangeFailsAlone(t *testing.T) {
	db := open(t, Options{})
	a, b := create(t, db, "a"), create(t, db, "b")
	var fa, fb trials.Fence
	bad := aTrial(1, trials.Running)
	bad.UserAttrs = json.RawMessage(`{not json`)
	good := func(s *trials.StudyRow, f *trials.Fence, n int64) *trials.Change {
		return &trials.Change{Study: s.ID, Fence: f, Epoch: f.Epoch(), Trials: []*trials.Trial{aTrial(n, trials.Running)}}
	}
	outcomes := queue(t, db,
		good(a, &fa, 0),
		&trials.Change{
			Study: a.ID, Fence: &fa, Names: []trials.Name{{ID: 0, Name: "loss"}},
			Trials: []*trials.Trial{aTrial(5, trials.Running), bad}, Reports: reports(5, 1, 1),
		},
		good(b, &fb, 0),
		good(a, &fa, 2),
		&trials.Change{Study: a.ID, Fence: &fa}, // a barrier
		good(b, &fb, 1),
	)
	for i, want := range []string{"", "internal", "", "stale", "stale", ""} {
		got := ""
		switch err := outcomes[i]; {
		case errors.Is(err, trials.ErrStale):
			got = "stale"
		case err != nil:
			got = string(trials.ErrorCode(err))
		}
		if got != want {
			t.Errorf("change %d: %v, want %q", i, outcomes[i], want)
		}
	}
	if fa.Epoch() != 1 || fb.Epoch() != 0 {
		t.Errorf("fences at %d and %d, want 1 and 0", fa.Epoch(), fb.Epoch())
	}
	if n := count(t, db, `SELECT count(*) FROM trials`) + count(t, db, `SELECT count(*) FROM names`); n != 3 {
		t.Errorf("%d rows, want the 3 trials of the good changes", n)
	}
	must(t, db.Ready())
	must(t, submit(t, db, good(a, &fa, 2)))
}

func TestReportTwiceIsRefused(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "a")
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{aTrial(0, trials.Running)}, Reports: reports(0, 2, 1)}))
	wantCode(t, submit(t, db, &trials.Change{Study: s.ID, Reports: reports(0, 1, 1)}), trials.Internal)
	wantCode(t, submit(t, db, &trials.Change{Study: s.ID, Reports: reports(7, 1, 1)}), trials.Internal)
}

func TestLastRowOfABatchWins(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "a")
	var changes []*trials.Change
	for i := range 20 {
		row := *s
		row.NextNumber = int64(100 + i)
		changes = append(changes, &trials.Change{Study: s.ID, Row: &row})
	}
	for _, err := range queue(t, db, changes...) {
		must(t, err)
	}
	got, err := db.Study(t.Context(), "a")
	must(t, err)
	if got.NextNumber != 119 {
		t.Errorf("next number %d, want 119", got.NextNumber)
	}
}

func TestFullQueueRefusesBeforeAnythingIsDecided(t *testing.T) {
	db := open(t, Options{QueueSize: 2})
	must(t, db.Reserve())
	must(t, db.Reserve())
	wantCode(t, db.Reserve(), trials.StorageUnavailable)
	db.Cancel()
	must(t, db.Reserve())
	db.Cancel()
	db.Cancel()
	must(t, db.Ready())
}

func TestBarrierCostsNoTransaction(t *testing.T) {
	db := open(t, Options{})
	create(t, db, "a")
	eventually(t, "the background is at rest", func() bool { return !db.janitor.sweepDue() })
	before := db.writer.commits.Load()
	must(t, submit(t, db, &trials.Change{Study: 1}))
	if n := db.writer.commits.Load() - before; n != 0 {
		t.Errorf("%d transactions, want none", n)
	}
}

func TestManyWritersEachGetOneOutcome(t *testing.T) {
	db := open(t, Options{QueueSize: 16, MaxBatch: 4})
	s := create(t, db, "a")
	var all []*trials.Trial
	for n := range int64(8) {
		all = append(all, aTrial(n, trials.Running))
	}
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: all}))
	var wg sync.WaitGroup
	for n := range int64(8) {
		wg.Go(func() {
			for _, r := range reports(n, 100, 3) {
				if err := submit(t, db, &trials.Change{Study: s.ID, Reports: []trials.ReportRow{r}}); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 20 {
				_ = db.Points(t.Context(), s.ID, n, -1, func(*trials.ReportRow) error { return nil })
			}
		})
	}
	wg.Wait()
	for n := range int64(8) {
		wantSame(t, points(t, db, s.ID, n, -1), reports(n, 100, 3))
	}
}

func TestFullDiskWritesNothingAndIsSurvived(t *testing.T) {
	var mu sync.Mutex
	var reported []error
	db := open(t, Options{probeEvery: time.Millisecond, Report: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		reported = append(reported, err)
	}})
	s := create(t, db, "a")
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{aTrial(0, trials.Running)}}))
	pragma(t, db, fmt.Sprintf(`PRAGMA max_page_count = %d`, count(t, db, `PRAGMA page_count`)+1))

	var f, g trials.Fence
	row := *s
	row.NextNumber = 77
	outcomes := queue(t, db,
		&trials.Change{Study: s.ID, Fence: &f, Row: &row, Reports: reports(0, 1, 1)},
		&trials.Change{Study: s.ID, Fence: &g, Reports: reports(0, 2000, 9)[1:]},
	)
	for _, err := range outcomes {
		wantCode(t, err, trials.StorageUnavailable)
	}
	if f.Epoch() != 1 || g.Epoch() != 1 {
		t.Errorf("fences at %d and %d, want both moved", f.Epoch(), g.Epoch())
	}
	wantCode(t, db.Ready(), trials.StorageUnavailable)
	wantCode(t, db.Reserve(), trials.StorageUnavailable)
	wantCode(t, db.CreateStudy(t.Context(), aStudy("b"), nil, nil), trials.StorageUnavailable)
	got, err := db.Study(t.Context(), "a") // reads go on
	must(t, err)
	if n := len(points(t, db, s.ID, 0, -1)); got.NextNumber == 77 || n != 0 {
		t.Errorf("next number %d and %d reports of a change that failed", got.NextNumber, n)
	}

	pragma(t, db, `PRAGMA max_page_count = 1000000`)
	eventually(t, "writes succeed again", func() bool { return db.Ready() == nil })
	must(t, submit(t, db, &trials.Change{Study: s.ID, Fence: &f, Epoch: 1, Reports: reports(0, 2000, 9)}))
	if n := count(t, db, `SELECT count(*) FROM probe`); n != 0 {
		t.Errorf("the probe left %d rows", n)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(reported) != 1 {
		t.Errorf("reported %v, want the fault once", reported)
	}
}

func TestCloseDrainsTheQueueAndReopenKeepsEverything(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "a")
	want := fullTrial(0)
	want.State = trials.Running
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{want}, Names: []trials.Name{{ID: 0, Name: "loss"}}}))
	last := &trials.Change{Study: s.ID, Reports: reports(0, 3, 2), Done: make(chan error, 1)}
	must(t, db.Reserve())
	go func() {
		for !db.closing.Load() {
			time.Sleep(time.Microsecond)
		}
		db.Submit(last)
	}()
	shut(t, db)
	must(t, <-last.Done)
	wantCode(t, db.Reserve(), trials.StorageUnavailable)
	late := &trials.Change{Study: s.ID, Done: make(chan error, 1)}
	db.Submit(late)
	wantCode(t, <-late.Done, trials.StorageUnavailable)

	db = open(t, db.options)
	row, err := db.Study(t.Context(), "a")
	must(t, err)
	wantSame(t, row, s)
	got, err := db.Trial(t.Context(), s.ID, 0)
	must(t, err)
	wantSame(t, got, want)
	wantSame(t, points(t, db, s.ID, 0, -1), reports(0, 3, 2))
	names, err := db.Names(t.Context(), s.ID)
	must(t, err)
	wantSame(t, names, []string{"loss"})
}

func TestCallerThatLeavesDoesNotHarmTheWrite(t *testing.T) {
	db := open(t, Options{})
	resume := pause(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { left <- db.CreateStudy(ctx, aStudy("a"), nil, nil) }()
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("CreateStudy = %v, want canceled", err)
	}
	resume()
	create(t, db, "b")
}

func TestWrapKeepsWhatIsKnown(t *testing.T) {
	if err := wrap("x", nil); err != nil {
		t.Errorf("wrap(nil) = %v", err)
	}
	if err := wrap("x", trials.ErrStale); !errors.Is(err, trials.ErrStale) {
		t.Errorf("wrap(ErrStale) = %v", err)
	}
	if err := wrap("x", context.Canceled); !errors.Is(err, context.Canceled) {
		t.Errorf("wrap(Canceled) = %v", err)
	}
	wantCode(t, wrap("x", trials.Errorf(trials.StudyExists, "y")), trials.StudyExists)
	wantCode(t, wrap("x", errors.New("y")), trials.Internal)
}

func TestPathsAreEscaped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b%20#?.db")
	db := open(t, Options{Path: path})
	create(t, db, "a")
	db = reopen(t, db)
	if _, err := db.Study(t.Context(), "a"); err != nil || !strings.HasSuffix(db.options.Path, "a b%20#?.db") {
		t.Errorf("after opening again: %v", err)
	}
}
