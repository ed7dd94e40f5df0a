package storage

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/espalier-hpo/espalier/trials"
)

// wrap gives an error of the driver a code and says what was being done. An
// error that has a code keeps it. The end of a context stays recognisable.
func wrap(doing string, err error) error {
	var known *trials.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.Is(err, trials.ErrStale):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w", doing, err)
	case outage(err):
		return &trials.Error{
			Code: trials.StorageUnavailable, Detail: "The database cannot be used at the moment.",
			Err: fmt.Errorf("%s: %w", doing, err),
		}
	default:
		return &trials.Error{Code: trials.Internal, Err: fmt.Errorf("%s: %w", doing, err)}
	}
}

// outage says that err is of the disk or the file and not of the statement:
// any other write would meet it as well.
func outage(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff { // the rest is detail
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM,
		sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	return false
}

// isConstraint says that err is the violation of a constraint of the given
// extended code.
func isConstraint(err error, code int) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code() == code
}

func unavailable(detail string) error {
	return trials.Errorf(trials.StorageUnavailable, "%s", detail)
}

// busy says that err is that another connection holds a lock.
func busy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}
