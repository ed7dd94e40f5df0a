package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/espalier-hpo/espalier/trials"
)

// Trial implements [trials.Store].
func (db *DB) Trial(ctx context.Context, study, number int64) (*trials.Trial, error) {
	s := trialScan{whole: true}
	t, err := s.scan(db.get.trial.QueryRowContext(ctx, trialID(study, number)))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, trialNotFound(number)
	}
	return t, wrap("read trial", err)
}

// Trials implements [trials.Store]. Numbers that there are not are left out; a
// limit of 0 is none. Ties are by number. Trials that lack what the order sorts
// by come last, by number. Trials may share the map of their distributions.
func (db *DB) Trials(ctx context.Context, study int64, q trials.TrialQuery) ([]trials.Trial, error) {
	out := []trials.Trial{}
	err := db.snapshot(ctx, "list trials", func(tx *sql.Tx) error {
		if q.Numbers != nil {
			return db.numbered(ctx, tx, study, q, &out)
		}
		for _, part := range parts(study, q) {
			left := atMost(q.Limit) - int64(len(out))
			if left <= 0 {
				return nil
			}
			s := trialScan{whole: true}
			err := eachRow(ctx, tx, func(row scanner) error {
				t, err := s.scan(row)
				if err == nil {
					out = append(out, *t)
				}
				return err
			}, part.text(s.columns(), left), part.args...)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// numbered reads the trials of a query by their numbers, in the order in which
// those are given.
func (db *DB) numbered(ctx context.Context, tx *sql.Tx, study int64, q trials.TrialQuery, out *[]trials.Trial) error {
	s := trialScan{whole: true}
	get := tx.StmtContext(ctx, db.get.trial) //nolint:sqlclosecheck // the transaction closes it
	for _, n := range q.Numbers {
		t, err := s.scan(get.QueryRowContext(ctx, trialID(study, n)))
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		if selects(q, t) {
			*out = append(*out, *t)
		}
	}
	return nil
}

func selects(q trials.TrialQuery, t *trials.Trial) bool {
	if q.Feasible != nil && (t.Feasible == nil || *t.Feasible != *q.Feasible) {
		return false
	}
	for _, s := range q.States {
		if s == t.State {
			return true
		}
	}
	return len(q.States) == 0
}

const decisionRows = `SELECT trial_id, idx, at_us, decision FROM decisions`

func scanDecision(row scanner) (*trials.DecisionRow, error) {
	var d trials.DecisionRow
	var id, at int64
	var text string
	if err := row.Scan(&id, &d.Index, &at, &text); err != nil {
		return nil, err
	}
	d.Trial, d.At = id&(1<<32-1), fromMicro(at)
	return &d, json.Unmarshal([]byte(text), &d.Decision)
}

// StudyDecisions implements [trials.Store].
func (db *DB) StudyDecisions(ctx context.Context, study int64, each func(*trials.DecisionRow) error) error {
	return db.each(ctx, "read decisions", func(row scanner) error {
		d, err := scanDecision(row)
		if err != nil {
			return err
		}
		return each(d)
	}, decisionRows+`
		WHERE trial_id >= $1 AND trial_id < $2 ORDER BY trial_id, idx`, trialID(study, 0), trialID(study+1, 0))
}

// Decisions implements [trials.Store].
func (db *DB) Decisions(ctx context.Context, study, number, after int64, limit int) ([]trials.DecisionRow, error) {
	out := []trials.DecisionRow{}
	id := trialID(study, number)
	err := db.each(ctx, "read decisions", func(row scanner) error {
		d, err := scanDecision(row)
		if err == nil {
			out = append(out, *d)
		}
		return err
	}, decisionRows+`
		WHERE trial_id = $1 AND idx > $2 ORDER BY idx LIMIT $3`, id, after, atMost(limit))
	if err != nil || len(out) > 0 {
		return out, err
	}
	var n int64
	err = db.readers.QueryRowContext(ctx, `SELECT count(*) FROM trials WHERE id = $1`, id).Scan(&n)
	if err == nil && n == 0 {
		return nil, trialNotFound(number)
	}
	return out, wrap("read decisions", err)
}

// Answer implements [trials.Store].
func (db *DB) Answer(ctx context.Context, scope, key string) (*trials.Answer, error) {
	a := trials.Answer{Scope: scope, Key: key}
	var body, header sql.NullString
	var created int64
	oldest := db.options.Now().Add(-trials.AnswerLife).UnixMicro()
	err := db.get.answer.QueryRowContext(ctx, scope, key, oldest).Scan(&a.Hash, &a.Status, &body, &header, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap("read answer", err)
	}
	a.Created = fromMicro(created)
	if body.Valid {
		a.Body = json.RawMessage(body.String)
	}
	var d decoder
	d.text(header, &a.Header)
	return &a, wrap("read answer", d.err)
}
