package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/espalier-hpo/espalier/trials"
)

func studyExists(name string) error {
	return trials.Errorf(trials.StudyExists, "There is a study named %q.", name)
}

func studyNotFound(name string) error {
	return trials.Errorf(trials.StudyNotFound, "There is no study named %q.", name)
}

func trialNotFound(number int64) error {
	return trials.Errorf(trials.TrialNotFound, "There is no trial %d.", number)
}

// gets are the short queries, prepared.
type gets struct{ study, trial, answer, points, hot *sql.Stmt }

func (g *gets) prepare(ctx context.Context, db *sql.DB) error {
	whole := trialScan{whole: true}
	for _, q := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&g.study, `SELECT ` + studyColumns + ` FROM studies WHERE name = $1 AND hidden = 0`},
		{&g.trial, `SELECT ` + whole.columns() + ` FROM trials t WHERE t.id = $1`},
		{&g.answer, `
			SELECT hash, status, body, header, created_us FROM answers
			WHERE scope = $1 AND key = $2 AND created_us > $3`},
		{&g.points, `SELECT c.last_seq, c.body FROM trials t LEFT JOIN curves c ON c.trial_id = t.id WHERE t.id = $1`},
		{&g.hot, hotReports + `WHERE trial_id = $1 AND seq > $2 ORDER BY seq`},
	} {
		stmt, err := db.PrepareContext(ctx, q.text) //nolint:sqlclosecheck // the pool closes it
		if err != nil {
			return err
		}
		*q.to = stmt
	}
	return nil
}

// CreateStudy implements [trials.Store].
func (db *DB) CreateStudy(ctx context.Context, row *trials.StudyRow, era *trials.Era, answer *trials.Answer) error {
	if err := db.Ready(); err != nil {
		return err
	}
	args, err := studyArgs(row)
	if err != nil {
		return wrap("create study", err)
	}
	id := int64(0)
	err = db.writer.do(ctx, &op{apply: func(w *writer) error {
		res, err := w.sql.insertStudy.run(args...)
		if isConstraint(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE) {
			return studyExists(row.Spec.Name)
		}
		if err != nil {
			return err
		}
		if id, err = res.LastInsertId(); err != nil {
			return err
		}
		if row.Hidden { // its name has its id
			if _, err := w.sql.nameStudy.run(id, importName(id)); err != nil {
				return err
			}
		}
		if era != nil {
			if err := w.writeEra(id, era); err != nil {
				return err
			}
		}
		if answer != nil {
			return w.writeAnswer(answer)
		}
		return nil
	}})
	if err != nil {
		return wrap("create study", err)
	}
	row.ID = id
	return nil
}

// DeleteStudy implements [trials.Store].
func (db *DB) DeleteStudy(ctx context.Context, id int64) error {
	if err := db.Ready(); err != nil {
		return err
	}
	return wrap("delete study", db.writer.do(ctx, &op{
		apply: func(w *writer) error {
			n, err := w.sql.hideStudy.changed(id, "~deleted/"+strconv.FormatInt(id, 10))
			if err == nil && n == 0 {
				err = trials.Errorf(trials.StudyNotFound, "There is no such study.")
			}
			return err
		},
		committed: func() { db.janitor.delete(id) },
	}))
}

// Study implements [trials.Store].
func (db *DB) Study(ctx context.Context, name string) (*trials.StudyRow, error) {
	row, err := scanStudy(db.get.study.QueryRowContext(ctx, name))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, studyNotFound(name)
	}
	return row, wrap("read study", err)
}

// studyGone returns StudyNotFound if no study has the id or it is being
// deleted.
func (db *DB) studyGone(ctx context.Context, id int64) error {
	var n int64
	err := db.readers.QueryRowContext(ctx, `SELECT count(*) FROM studies WHERE id = $1 AND hidden < 2`, id).Scan(&n)
	if err == nil && n == 0 {
		return trials.Errorf(trials.StudyNotFound, "There is no such study.")
	}
	return wrap("read study", err)
}

// Studies implements [trials.Store]. A limit of 0 is none.
func (db *DB) Studies(ctx context.Context, prefix, after string, limit int) ([]trials.StudyRow, error) {
	out := []trials.StudyRow{}
	// The upper bound is above every name with the prefix: names are ASCII.
	err := db.each(ctx, "list studies", func(row scanner) error {
		s, err := scanStudy(row)
		if err == nil {
			out = append(out, *s)
		}
		return err
	}, `SELECT `+studyColumns+` FROM studies
		WHERE hidden = 0 AND name >= $1 AND name < $2 AND name > $3
		ORDER BY name LIMIT $4`, prefix, prefix+"\U0010ffff", after, atMost(limit))
	return out, err
}

// Busy implements [trials.Store].
func (db *DB) Busy(ctx context.Context) ([]string, error) {
	var out []string
	err := db.each(ctx, "list busy studies", func(row scanner) error {
		var name string
		err := row.Scan(&name)
		out = append(out, name)
		return err
	}, `SELECT s.name FROM studies s
		WHERE s.hidden = 0 AND EXISTS (SELECT 1 FROM trials t WHERE t.study_id = s.id AND t.state = 'RUNNING')
		ORDER BY s.name`)
	return out, err
}

// Names implements [trials.Store].
func (db *DB) Names(ctx context.Context, study int64) ([]string, error) {
	var out []string
	err := db.each(ctx, "read names", func(row scanner) error {
		var id int
		var name string
		if err := row.Scan(&id, &name); err != nil {
			return err
		}
		for len(out) < id { // no id is left out by the service
			out = append(out, "")
		}
		out = append(out, name)
		return nil
	}, `SELECT id, name FROM names WHERE study_id = $1 ORDER BY id`, study)
	return out, err
}

// Eras implements [trials.Store].
func (db *DB) Eras(ctx context.Context, study int64) ([]trials.Era, error) {
	var out []trials.Era
	err := db.each(ctx, "read eras", func(row scanner) error {
		var version, since int64
		var text string
		if err := row.Scan(&version, &since, &text); err != nil {
			return err
		}
		var e trials.Era
		err := json.Unmarshal([]byte(text), &e)
		e.Version, e.Since = version, fromMicro(since)
		out = append(out, e)
		return err
	}, `SELECT version, since_us, era FROM eras WHERE study_id = $1 ORDER BY version`, study)
	return out, err
}

// each calls f for every row of a query.
func (db *DB) each(ctx context.Context, doing string, f func(scanner) error, query string, args ...any) error {
	return wrap(doing, eachRow(ctx, db.readers, f, query, args...))
}

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func eachRow(ctx context.Context, q querier, f func(scanner) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// snapshot runs f in a transaction, in which every query sees the same state.
func (db *DB) snapshot(ctx context.Context, doing string, f func(tx *sql.Tx) error) error {
	tx, err := db.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return wrap(doing, err)
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	return wrap(doing, f(tx))
}

func atMost(limit int) int64 {
	if limit <= 0 {
		return 1 << 62
	}
	return int64(limit)
}
