package storage

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

const (
	// The probe needs more pages than any row: that a small one still fits says
	// nothing.
	insertProbe = `INSERT INTO probe (body) VALUES (zeroblob(65536))`
	deleteProbe = `DELETE FROM probe`
)

// probe tries to write while writes fail, and allows them again when it can.
func (db *DB) probe(ctx context.Context) {
	tick := time.NewTicker(db.options.probeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		f := db.fault.Load()
		if f == nil || f.last || db.tryWrite(ctx) != nil {
			continue
		}
		if db.fault.CompareAndSwap(f, nil) {
			db.janitor.nudge()
		}
	}
}

// tryWrite commits rows and removes them again. The two are not one
// transaction: that would never reach the disk.
func (db *DB) tryWrite(ctx context.Context) error {
	for _, sql := range []*statement{&db.writer.sql.insertProbe, &db.writer.sql.deleteProbe} {
		err := db.writer.do(ctx, &op{apply: func(*writer) error {
			_, err := sql.run()
			return err
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// quickCheck looks for damage, once. Writes to a damaged file are refused for
// good; reads go on as far as they can.
func (db *DB) quickCheck(ctx context.Context) {
	var found string
	err := db.readers.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&found)
	if ctx.Err() != nil || (err == nil && found == "ok") {
		return
	}
	if err == nil {
		err = fmt.Errorf("quick_check: %s", found)
	}
	db.fail(&trials.Error{
		Code:   trials.StorageUnavailable,
		Detail: "The database file is damaged. Restore a backup.",
		Err:    err,
	}, true)
}

// Backup implements [trials.Store]. The copy is made beside the database, for
// which the disk must have room, and removed again.
func (db *DB) Backup(ctx context.Context, w io.Writer) error {
	f, err := os.CreateTemp(filepath.Dir(db.options.Path), backupPrefix(db.options.Path)+"*")
	if err != nil {
		return wrap("back up", err)
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}()
	// SQLite takes an empty file as one that is not there.
	if _, err := db.readers.ExecContext(ctx, `VACUUM INTO $1`, f.Name()); err != nil {
		return wrap("back up", err)
	}
	_, err = io.Copy(w, f)
	return wrap("back up", err)
}

// backupPrefix begins the names of the copies, and of nothing that a user makes.
func backupPrefix(path string) string { return "." + filepath.Base(path) + ".copy-" }

// removeBackups removes the copies that a process left that was killed.
func removeBackups(path string) error {
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), backupPrefix(path)) {
			if err := os.Remove(filepath.Join(filepath.Dir(path), f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
