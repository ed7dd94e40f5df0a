package storage

import (
	"context"
	"database/sql"
	"errors"

	"github.com/espalier-hpo/espalier/trials"
)

const hotReports = `SELECT trial_id, seq, step, at_us, decision, body FROM reports `

// hotRow is a row of reports.
type hotRow struct {
	trial, seq, at int64
	step           sql.NullInt64
	decision       uint32
	body           []byte
}

func (h *hotRow) scan(row scanner) error {
	var body sql.RawBytes
	if err := row.Scan(&h.trial, &h.seq, &h.step, &h.at, &h.decision, &body); err != nil {
		return err
	}
	h.body = append(h.body[:0], body...)
	return nil
}

func (h *hotRow) decode(r *trials.ReportRow) error {
	r.Trial, r.Seq, r.Step = h.trial&(1<<32-1), h.seq, trials.Absent
	if h.step.Valid {
		r.Step = h.step.Int64
	}
	r.At, r.Decision = fromMicro(h.at), h.decision
	return decodeBody(h.body, r)
}

// Points implements [trials.Store]. The row is used again for the next report,
// its values are not.
func (db *DB) Points(ctx context.Context, study, number, after int64, each func(*trials.ReportRow) error) error {
	return db.snapshot(ctx, "read reports", func(tx *sql.Tx) error {
		return db.points(ctx, tx, trialID(study, number), after, each)
	})
}

// points yields what is sealed of a trial and then what is not; rows that are
// sealed but not yet deleted are left out. It needs a transaction: sealing may
// go on beside it.
func (db *DB) points(ctx context.Context, tx *sql.Tx, trial, after int64, each func(*trials.ReportRow) error) error {
	var sealed sql.NullInt64
	var body []byte
	//nolint:sqlclosecheck // the transaction closes it
	err := tx.StmtContext(ctx, db.get.points).QueryRowContext(ctx, trial).Scan(&sealed, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return trialNotFound(trial & (1<<32 - 1))
	}
	if err != nil {
		return err
	}
	if sealed.Valid && sealed.Int64 > after {
		var c curve
		if err := c.parse(body); err != nil {
			return err
		}
		if err := c.rows(trial&(1<<32-1), after, each); err != nil {
			return err
		}
		after = sealed.Int64
	}
	//nolint:sqlclosecheck // the transaction closes it
	rows, err := tx.StmtContext(ctx, db.get.hot).QueryContext(ctx, trial, after)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var hot hotRow
	var r trials.ReportRow
	for rows.Next() {
		if err := hot.scan(rows); err != nil {
			return err
		}
		if err := hot.decode(&r); err != nil {
			return err
		}
		if err := each(&r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Load implements [trials.Store]. Trials with the same distributions share one
// map, which must not be written to. A row of reports is used again for the
// next one, its values are not; of a finished trial a row has only Trial, Seq,
// Step, At, Elapsed and Values. points may be called once.
func (db *DB) Load(ctx context.Context, study int64, wanted func(metric uint32) bool,
	each func(*trials.Trial, func(func(*trials.ReportRow) error) error) error,
) error {
	return db.snapshot(ctx, "load study", func(tx *sql.Tx) error {
		l := loader{wanted: wanted}
		if err := l.open(ctx, tx, study); err != nil {
			return err
		}
		defer l.close()
		for l.trials.Next() {
			var sealed sql.NullInt64
			var body sql.RawBytes
			t, err := l.scan.scan(l.trials, &sealed, &body)
			if err != nil {
				return err
			}
			l.id, l.sealed = l.scan.id, trials.Absent
			if sealed.Valid {
				l.sealed = sealed.Int64
			}
			err = each(t, func(f func(*trials.ReportRow) error) error { return l.points(t, body, f) })
			if err != nil {
				return err
			}
		}
		return l.trials.Err()
	})
}

// loader merges the trials of a study, with what is sealed of them, and the hot
// reports: both come by trial.
type loader struct {
	wanted func(uint32) bool
	trials *sql.Rows
	scan   trialScan
	id     int64 // of the trial in hand
	sealed int64 // up to which seq it is

	hot  *sql.Rows
	next hotRow // the first that is not used, if more
	more bool

	curve curve
	ints  pointInts
}

func (l *loader) open(ctx context.Context, tx *sql.Tx, study int64) error {
	from, to := trialID(study, 0), trialID(study+1, 0)
	var err error
	//nolint:rowserrcheck // advance does
	l.hot, err = tx.QueryContext(ctx, hotReports+`
		WHERE trial_id >= $1 AND trial_id < $2 ORDER BY trial_id, seq`, from, to)
	if err != nil {
		return err
	}
	//nolint:rowserrcheck // Load does
	l.trials, err = tx.QueryContext(ctx, `
		SELECT `+l.scan.columns()+`, c.last_seq, c.body
		FROM trials t LEFT JOIN curves c ON c.trial_id = t.id
		WHERE t.id >= $1 AND t.id < $2 ORDER BY t.id`, from, to)
	if err != nil {
		_ = l.hot.Close()
		return err
	}
	return l.advance()
}

func (l *loader) close() {
	_ = l.hot.Close()
	_ = l.trials.Close()
}

func (l *loader) advance() error {
	if l.more = l.hot.Next(); l.more {
		return l.next.scan(l.hot)
	}
	return l.hot.Err()
}

func (l *loader) points(t *trials.Trial, body []byte, f func(*trials.ReportRow) error) error {
	if l.sealed != trials.Absent {
		if err := l.curve.parse(body); err != nil {
			return err
		}
		var err error
		if t.State.Finished() {
			err = l.curve.points(t.Number, l.wanted, &l.ints, f)
		} else { // it has ended, and something made it go on
			err = l.curve.rows(t.Number, trials.Absent, f)
		}
		if err != nil {
			return err
		}
	}
	for l.more && l.next.trial <= l.id {
		if err := l.use(t, f); err != nil {
			return err
		}
		if err := l.advance(); err != nil {
			return err
		}
	}
	return nil
}

// use yields the hot report in hand, unless it is of a trial before or sealed.
func (l *loader) use(t *trials.Trial, f func(*trials.ReportRow) error) error {
	if l.next.trial < l.id || l.next.seq <= l.sealed {
		return nil
	}
	var r trials.ReportRow
	if err := l.next.decode(&r); err != nil {
		return err
	}
	if !t.State.Finished() {
		return f(&r)
	}
	point := pointRow(t.Number)
	point.Seq, point.Step, point.At, point.Elapsed = r.Seq, r.Step, r.At, r.Elapsed
	for _, v := range r.Values {
		if l.wanted(v.Metric) {
			point.Values = append(point.Values, v)
		}
	}
	if len(point.Values) == 0 {
		return nil
	}
	return f(&point)
}
