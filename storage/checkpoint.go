package storage

import (
	"context"
	"database/sql/driver"
	"fmt"
	"os"
	"time"
)

const (
	checkpointEvery = 250 * time.Millisecond
	autoCheckpoint  = 4000      // frames of the log, from which on the writer does it
	frameBytes      = 4096 + 24 // a page and its header
	largeLog        = 64 << 20  // bytes
	longLog         = 1 << 20   // bytes the log has at least, once there are commits
	logStep         = 256 << 10 // bytes
)

// checkpoint copies what is committed from the log to the database while there
// are commits, so that the writer need not stop for it, and keeps the log longer
// than it is. When there are no commits and the log has grown large it is cut.
func (db *DB) checkpoint(ctx context.Context) {
	conn, err := connect(ctx, db.checkpointDSN())
	if err != nil {
		if ctx.Err() == nil {
			db.options.Report(wrap("open checkpointer", err))
		}
		return
	}
	defer func() { _ = conn.Close() }()
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for last := int64(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := db.writer.commits.Load()
		if err := db.checkpointOnce(ctx, conn, now != last); err != nil && !busy(err) && ctx.Err() == nil { // else it is done next time
			db.options.Report(wrap("checkpoint", err))
		}
		last = now
	}
}

func (db *DB) checkpointOnce(ctx context.Context, conn driver.Conn, commits bool) error {
	if !commits {
		if log, err := os.Stat(db.log()); err == nil && log.Size() > largeLog {
			_, err = runCheckpoint(ctx, conn, "TRUNCATE")
			return err
		}
		return nil
	}
	frames, err := runCheckpoint(ctx, conn, "PASSIVE")
	if err != nil || db.options.Relaxed {
		return err
	}
	// It is of use, not needed: a disk too full for it says so to the writer, if
	// it is too full for that, too.
	_ = growLog(db.log(), min(max(2*frames*frameBytes, longLog), autoCheckpoint*frameBytes+logStep))
	return nil
}

func (db *DB) log() string { return db.options.Path + "-wal" }

// runCheckpoint returns how many frames the log has, copied or not.
func runCheckpoint(ctx context.Context, conn driver.Conn, mode string) (int64, error) {
	rows, err := conn.(driver.QueryerContext).QueryContext(ctx, `PRAGMA wal_checkpoint(`+mode+`)`, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	row := make([]driver.Value, 3) // whether it was kept from it, frames of the log, frames copied
	if err := rows.Next(row); err != nil {
		return 0, err
	}
	frames, ok := row[1].(int64)
	if !ok {
		return 0, fmt.Errorf("a log of %v frames", row[1])
	}
	return frames, nil
}

// growLog makes the log at least so many bytes long, with zeros at its end. The
// sync of a commit that lengthens the file has the disk write the file's size
// too, and takes up to twice as long. Zeros are no frames to SQLite, and since
// they are appended they never overwrite what it writes meanwhile.
func growLog(path string, length int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || info.Size() >= length { // the latter soon and from then on
		return err
	}
	zeros := make([]byte, logStep)
	for size := info.Size(); size < length; size += logStep {
		if _, err := f.Write(zeros); err != nil {
			return err
		}
		if err := f.Sync(); err != nil { // a commit must not wait for all of it
			return err
		}
	}
	return nil
}
