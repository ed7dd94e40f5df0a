package storage

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

func TestSecondOpenerIsRefused(t *testing.T) {
	db := open(t, Options{})
	_, err := Open(t.Context(), db.options)
	if err == nil || !strings.Contains(err.Error(), db.options.Path) || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("a second Open = %v, want an error that names the path", err)
	}
	shut(t, db)
	reopen(t, db)
}

func TestNewerSchemaIsRefused(t *testing.T) {
	db := open(t, Options{})
	pragma(t, db, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`)
	shut(t, db)
	_, err := Open(t.Context(), db.options)
	if err == nil || !strings.Contains(err.Error(), "schema version 999") {
		t.Errorf("Open = %v, want an error that names the schema version", err)
	}
}

func TestFilesAreForTheirOwnerAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are of unix")
	}
	db := open(t, Options{})
	create(t, db, "a")
	files, err := os.ReadDir(filepath.Dir(db.options.Path))
	must(t, err)
	if len(files) < 3 {
		t.Errorf("%d files, want the database, its log and the lock at least", len(files))
	}
	for _, f := range files {
		info, err := f.Info()
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", f.Name(), info.Mode())
		}
	}
}

func TestPragmasAreInForce(t *testing.T) {
	for _, relaxed := range []bool{false, true} {
		db := open(t, Options{Relaxed: relaxed})
		pragma(t, db, `CREATE TABLE seen AS SELECT
			(SELECT foreign_keys FROM pragma_foreign_keys) AS fk, (SELECT journal_mode FROM pragma_journal_mode) AS mode,
			(SELECT synchronous FROM pragma_synchronous) AS sync, (SELECT auto_vacuum FROM pragma_auto_vacuum) AS vacuum`)
		want := int64(2)
		if relaxed {
			want = 1
		}
		if n := count(t, db, `SELECT sync FROM seen WHERE fk = 1 AND mode = 'wal' AND vacuum = 2`); n != want {
			t.Errorf("relaxed %v: synchronous is %d, want %d", relaxed, n, want)
		}
	}
}

func TestDamagedFileIsNotWrittenTo(t *testing.T) {
	db := open(t, Options{})
	s := create(t, db, "a")
	must(t, submit(t, db, &trials.Change{Study: s.ID, Trials: []*trials.Trial{aTrial(0, trials.Running)}, Reports: reports(0, 2000, 9)}))
	root := count(t, db, `SELECT rootpage FROM sqlite_schema WHERE name = 'reports'`)
	shut(t, db)
	f, err := os.OpenFile(db.options.Path, os.O_RDWR, 0)
	must(t, err)
	_, err = f.WriteAt(make([]byte, 100), (root-1)*4096+12)
	must(t, err)
	must(t, f.Close())

	reported := make(chan error, 9)
	o := db.options
	o.Report = func(err error) { reported <- err }
	o.probeEvery = time.Millisecond
	db, err = Open(t.Context(), o)
	if err != nil {
		return // it is met at once: as good
	}
	t.Cleanup(func() { _ = db.Close() })
	wantCode(t, <-reported, trials.StorageUnavailable)
	err = db.Ready()
	wantCode(t, err, trials.StorageUnavailable)
	if !strings.Contains(err.Error(), "damaged") {
		t.Errorf("Ready() = %v, want one that says so", err)
	}
	wantCode(t, db.Reserve(), trials.StorageUnavailable)
}

func TestLeftoverCopiesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "e.db")
	for _, name := range []string{".e.db.copy-1", "e.db.backup", "other"} {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	open(t, Options{Path: path})
	for name, want := range map[string]bool{".e.db.copy-1": false, "e.db.backup": true, "other": true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", name, err == nil, want)
		}
	}
}
