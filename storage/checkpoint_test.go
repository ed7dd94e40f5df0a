package storage

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// crashed returns a copy of the files as they are, as another process finds them
// after the machine lost power.
func crashed(t *testing.T, db *DB) *DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(db.options.Path + suffix)
		must(t, err)
		must(t, os.WriteFile(path+suffix, b, 0o600))
	}
	return open(t, Options{Path: path})
}

func logSize(t *testing.T, db *DB) int64 {
	t.Helper()
	info, err := os.Stat(db.log())
	must(t, err)
	return info.Size()
}

func TestLogIsKeptLongerThanItIs(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "a")
	eventually(t, "a log that is longer", func() bool { return logSize(t, db) >= longLog })
	long := logSize(t, db)
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{aTrial(0, trials.Running)}, Reports: reports(0, 50, 3)}))
	if size := logSize(t, db); size != long {
		t.Errorf("a commit made the log %d bytes long, it was %d", size, long)
	}
	b, err := os.ReadFile(db.log())
	must(t, err)
	if !bytes.HasSuffix(b, make([]byte, logStep)) {
		t.Error("the log has no room left")
	}
	wantSame(t, points(t, crashed(t, db), s.ID, 0, trials.Absent), points(t, db, s.ID, 0, trials.Absent))
}

func TestRelaxedLogIsNotKeptLonger(t *testing.T) {
	db := open(t, Options{Relaxed: true})
	create(t, db, "a")
	conn, err := connect(t.Context(), db.checkpointDSN())
	must(t, err)
	defer func() { must(t, conn.Close()) }()
	must(t, db.checkpointOnce(t.Context(), conn, true))
	if size := logSize(t, db); size >= longLog {
		t.Errorf("the log has %d bytes", size)
	}
}

// The zeros may come at any moment: before the log has a frame, between two, and
// when it is used again from its beginning.
func TestLogGrowsAtAnyMomentAndLosesNothing(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "a")
	conn, err := connect(t.Context(), db.checkpointDSN())
	must(t, err)
	defer func() { must(t, conn.Close()) }()
	number := int64(0)
	for _, mode := range []string{"TRUNCATE", "PASSIVE", "RESTART", "PASSIVE"} {
		_, err := runCheckpoint(t.Context(), conn, mode)
		if err != nil && !busy(err) {
			t.Fatal(err)
		}
		for range 3 {
			must(t, growLog(db.log(), logSize(t, db)+1))
			must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{aTrial(number, trials.Running)}, Reports: reports(number, 5, 3)}))
			number++
			if n := count(t, crashed(t, db), `SELECT count(*) FROM reports`); n != 5*number {
				t.Fatalf("%s: %d reports after a crash, want %d", mode, n, 5*number)
			}
		}
	}
	if n := count(t, reopen(t, db), `SELECT count(*) FROM reports`); n != 5*number {
		t.Errorf("%d reports when it is opened again, want %d", n, 5*number)
	}
}
