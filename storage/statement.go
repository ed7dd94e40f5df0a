package storage

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// statement is a prepared statement of the writer's connection. It is for one
// goroutine.
type statement struct {
	exec func([]driver.NamedValue) (driver.Result, error)
	args []driver.NamedValue // used again
}

// run executes the statement. An argument is int64, float64, bool, string,
// []byte or nil, as the driver takes them.
func (s *statement) run(args ...any) (driver.Result, error) {
	for len(s.args) < len(args) {
		s.args = append(s.args, driver.NamedValue{Ordinal: len(s.args) + 1})
	}
	for i, a := range args {
		s.args[i].Value = a
	}
	res, err := s.exec(s.args[:len(args)])
	for i := range args {
		s.args[i].Value = nil
	}
	return res, err
}

// changed executes the statement and returns how many rows it changed.
func (s *statement) changed(args ...any) (int64, error) {
	res, err := s.run(args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// statements are all that the writer ever runs.
type statements struct {
	all []driver.Stmt

	begin, commit, rollback, truncate       statement
	insertStudy, nameStudy, updateStudy     statement
	hideStudy, deleteStudy                  statement
	insertName, upsertTrial, insertReport   statement
	insertReports, insertDecision           statement
	insertAnswer, upsertCurve               statement
	sliceSealed, sliceReports, sliceCurves  statement
	sliceDecisions, sliceTrials, sliceNames statement
	sliceEras, upsertEra, sliceAnswers      statement
	insertProbe, deleteProbe                statement
}

// prepare prepares them all. They run without an end of ctx: a caller that hangs
// up must not interrupt a transaction that others share.
func (s *statements) prepare(ctx context.Context, conn driver.Conn) error {
	forever := context.WithoutCancel(ctx)
	texts := map[*statement]string{
		&s.begin: `BEGIN IMMEDIATE`, &s.commit: `COMMIT`, &s.rollback: `ROLLBACK`,
		&s.truncate:    `PRAGMA wal_checkpoint(TRUNCATE)`,
		&s.insertStudy: insertStudy, &s.nameStudy: nameStudy, &s.updateStudy: updateStudy,
		&s.hideStudy: hideStudy, &s.deleteStudy: deleteStudy,
		&s.insertName: insertName, &s.upsertTrial: upsertTrial(), &s.insertReport: insertReport,
		&s.insertReports:  insertReports(),
		&s.insertDecision: insertDecision, &s.insertAnswer: insertAnswer, &s.upsertCurve: upsertCurve,
		&s.sliceSealed: sliceSealed, &s.sliceReports: sliceReports, &s.sliceCurves: sliceCurves,
		&s.sliceDecisions: sliceDecisions, &s.sliceTrials: sliceTrials, &s.sliceNames: sliceNames,
		&s.sliceEras: sliceEras, &s.upsertEra: upsertEra, &s.sliceAnswers: sliceAnswers,
		&s.insertProbe: insertProbe, &s.deleteProbe: deleteProbe,
	}
	for st, text := range texts {
		prepared, err := conn.(driver.ConnPrepareContext).PrepareContext(ctx, text)
		if err != nil {
			return fmt.Errorf("prepare %q: %w", text, err)
		}
		s.all = append(s.all, prepared)
		st.exec = func(args []driver.NamedValue) (driver.Result, error) {
			return prepared.(driver.StmtExecContext).ExecContext(forever, args)
		}
	}
	return nil
}

func (s *statements) close() {
	for _, prepared := range s.all {
		_ = prepared.Close()
	}
}
