package storage

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/espalier-hpo/espalier/trials"
)

// trialID is the key of a trial; those of a study are [trialID(s, 0),
// trialID(s+1, 0)).
func trialID(study, number int64) int64 { return study<<32 | number }

const (
	insertStudy = `
		INSERT INTO studies (name, hidden, state, spec, version, pruner_version, next_number,
			handed, created_us, first_ask_us, counts, spent, refused, stop_reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	nameStudy   = `UPDATE studies SET name = $2 WHERE id = $1`
	updateStudy = `
		UPDATE studies SET name = $2, hidden = $3, state = $4, spec = $5, version = $6, pruner_version = $7,
			next_number = $8, handed = $9, created_us = $10, first_ask_us = $11, counts = $12, spent = $13,
			refused = $14, stop_reason = $15
		WHERE id = $1 AND hidden < 2`
	hideStudy   = `UPDATE studies SET name = $2, hidden = 2 WHERE id = $1 AND hidden < 2`
	deleteStudy = `DELETE FROM studies WHERE id = $1`
	insertName  = `INSERT INTO names (study_id, id, name) VALUES ($1, $2, $3)`
	upsertEra   = `
		INSERT INTO eras (study_id, version, since_us, era) VALUES ($1, $2, $3, $4)
		ON CONFLICT (study_id, version) DO UPDATE SET since_us = excluded.since_us, era = excluded.era`

	insertReport = `
		INSERT INTO reports (trial_id, seq, step, at_us, decision, body)
		VALUES ($1, $2, $3, $4, $5, $6)`
	insertDecision = `
		INSERT INTO decisions (trial_id, idx, at_us, decision)
		VALUES ($1, $2, $3, $4)`
	// A key may be used again when its answer is too old to be given; else it
	// is used twice, and the second must not be committed.
	insertAnswer = `
		INSERT INTO answers (scope, key, hash, status, body, header, created_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (scope, key) DO UPDATE SET hash = excluded.hash, status = excluded.status,
			body = excluded.body, header = excluded.header, created_us = excluded.created_us
		WHERE answers.created_us <= $8`
)

// apply writes a change in the transaction that is open, but for its study's
// row: of the rows of one study only the last of the transaction is written.
func (w *writer) apply(c *trials.Change) error {
	if c.Row != nil {
		w.keepRow(c.Row)
	}
	for _, n := range c.Names {
		if _, err := w.sql.insertName.run(c.Study, int64(n.ID), n.Name); err != nil {
			return fmt.Errorf("name %q: %w", n.Name, err)
		}
	}
	for _, t := range c.Trials {
		if err := w.writeTrial(c.Study, t); err != nil {
			return fmt.Errorf("trial %d: %w", t.Number, err)
		}
	}
	for i := range c.Reports {
		if err := w.writeReport(c.Study, &c.Reports[i]); err != nil {
			return fmt.Errorf("reports: %w", err)
		}
	}
	for i := range c.Decisions {
		if err := w.writeDecision(c.Study, &c.Decisions[i]); err != nil {
			return fmt.Errorf("decision %d of trial %d: %w", c.Decisions[i].Index, c.Decisions[i].Trial, err)
		}
	}
	if c.Era != nil {
		if err := w.writeEra(c.Study, c.Era); err != nil {
			return fmt.Errorf("era %d: %w", c.Era.Version, err)
		}
	}
	if c.Answer != nil {
		return w.writeAnswer(c.Answer)
	}
	return nil
}

// Reports are most of what is written, and several in one statement cost much
// less than as many statements. Nothing in a transaction reads them but an op.
const (
	reportRows    = 16 // of one statement
	reportColumns = 6
)

// insertReports inserts reportRows rows. Its parameters have no numbers, which
// the driver would look up by name, one by one.
func insertReports() string {
	return `INSERT INTO reports (trial_id, seq, step, at_us, decision, body) VALUES (?, ?, ?, ?, ?, ?)` +
		strings.Repeat(`, (?, ?, ?, ?, ?, ?)`, reportRows-1)
}

// writeReport collects a report for flushReports.
func (w *writer) writeReport(study int64, r *trials.ReportRow) error {
	at := len(w.bodies)
	w.bodies = appendBody(w.bodies, r)
	var step any
	if r.Step != trials.Absent {
		step = r.Step
	}
	w.reports = append(w.reports, trialID(study, r.Trial), r.Seq, step, r.At.UnixMicro(), int64(r.Decision), w.bodies[at:])
	if len(w.reports) < reportRows*reportColumns {
		return nil
	}
	return w.flushReports()
}

// flushReports writes the reports that were collected.
func (w *writer) flushReports() error {
	rows := w.reports
	w.reports, w.bodies = w.reports[:0], w.bodies[:0]
	if len(rows) == reportRows*reportColumns {
		_, err := w.sql.insertReports.run(rows...)
		return err
	}
	for ; len(rows) > 0; rows = rows[reportColumns:] {
		if _, err := w.sql.insertReport.run(rows[:reportColumns]...); err != nil {
			return fmt.Errorf("report %v of trial %v: %w", rows[1], rows[0].(int64)&(1<<32-1), err)
		}
	}
	return nil
}

func (w *writer) writeDecision(study int64, d *trials.DecisionRow) error {
	b, err := trials.MarshalJSON(&d.Decision)
	if err != nil {
		return err
	}
	_, err = w.sql.insertDecision.run(trialID(study, d.Trial), d.Index, d.At.UnixMicro(), string(b))
	return err
}

func (w *writer) writeEra(study int64, e *trials.Era) error {
	b, err := trials.MarshalJSON(e)
	if err != nil {
		return err
	}
	_, err = w.sql.upsertEra.run(study, e.Version, e.Since.UnixMicro(), string(b))
	return err
}

func (w *writer) writeAnswer(a *trials.Answer) error {
	header, err := text(a.Header, a.Header == nil)
	if err != nil {
		return err
	}
	n, err := w.sql.insertAnswer.changed(a.Scope, a.Key, a.Hash, int64(a.Status), raw(a.Body), header,
		a.Created.UnixMicro(), a.Created.Add(-trials.AnswerLife).UnixMicro())
	if err == nil && n == 0 {
		err = fmt.Errorf("the idempotency key %q has an answer already", a.Key)
	}
	return err
}

func (w *writer) keepRow(row *trials.StudyRow) {
	for i, r := range w.rows {
		if r.ID == row.ID {
			w.rows[i] = row
			return
		}
	}
	w.rows = append(w.rows, row)
}

func (w *writer) writeRows() error {
	for _, row := range w.rows {
		args, err := studyArgs(row)
		if err != nil {
			return err
		}
		n, err := w.sql.updateStudy.changed(append([]any{row.ID}, args...)...)
		switch {
		case isConstraint(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE):
			return studyExists(row.Spec.Name)
		case err != nil:
			return fmt.Errorf("study %q: %w", row.Spec.Name, err)
		case n == 0:
			return studyNotFound(row.Spec.Name)
		}
	}
	return nil
}

// studyArgs are the columns of a study from name on.
func studyArgs(row *trials.StudyRow) ([]any, error) {
	spec, err := trials.MarshalJSON(&row.Spec)
	if err != nil {
		return nil, err
	}
	counts, err := trials.MarshalJSON(row.Counts)
	if err != nil {
		return nil, err
	}
	spent, err := trials.MarshalJSON(row.Spent)
	if err != nil {
		return nil, err
	}
	name := row.Spec.Name
	if row.Hidden {
		name = importName(row.ID)
	}
	var firstAsk any
	if !row.FirstAsk.IsZero() {
		firstAsk = row.FirstAsk.UnixMicro()
	}
	return []any{
		name, row.Hidden, string(row.State), string(spec), row.Version, row.PrunerVersion,
		row.NextNumber, row.Handed, row.Created.UnixMicro(), firstAsk, string(counts), string(spent),
		row.Refused, row.StopReason,
	}, nil
}

func importName(id int64) string { return "~import/" + strconv.FormatInt(id, 10) }

// trialColumns are the columns of trials; the last two are of no use to
// [DB.Load]. See trialArgs and trialScan.
var trialColumns = [...]string{
	"id", "study_id", "number", "state", "params", "distributions", "fixed", "objectives", "value",
	"last_values", "constraints", "feasible", "violation", "attempt", "retry_of", "sampled_by", "user_attrs",
	"worker", "reason", "error", "created_us", "start_us", "complete_us", "lease_us", "lease_seconds",
	"handed", "ended_seq", "reports", "version", "max_steps", "holdout", "last_step", "sampling_reason", "cpu_seconds", "gpu_seconds", "energy_joules", "cost",
	"metrics", "decision",
}

// upsertTrial is a statement that updates in place: REPLACE would delete the
// row and with it the reports.
func upsertTrial() string {
	var places, updates strings.Builder
	for i, c := range trialColumns {
		if i > 0 {
			places.WriteString(", ")
		}
		fmt.Fprintf(&places, "$%d", i+1)
		if i > 2 {
			if i > 3 {
				updates.WriteString(", ")
			}
			fmt.Fprintf(&updates, "%s = excluded.%s", c, c)
		}
	}
	return `INSERT INTO trials (` + strings.Join(trialColumns[:], ", ") + `) VALUES (` + places.String() +
		`) ON CONFLICT (id) DO UPDATE SET ` + updates.String()
}

func (w *writer) writeTrial(study int64, t *trials.Trial) error {
	var e encoder
	args := [...]any{
		trialID(study, t.Number), study, t.Number, string(t.State),
		e.text(t.Params, t.Params == nil), e.text(t.Distributions, t.Distributions == nil), e.text(t.Fixed, t.Fixed == nil),
		e.text(t.Values, t.Values == nil), firstValue(t),
		e.text(t.LastValues, t.LastValues == nil), e.text(t.Constraints, t.Constraints == nil), boolean(t.Feasible), violation(t),
		t.Attempt, integer(t.RetryOf), t.SampledBy, raw(t.UserAttrs),
		t.Worker, t.Reason, t.Error, t.Created.UnixMicro(),
		micro(t.DatetimeStart), micro(t.DatetimeComplete), micro(t.LeaseExpires), t.LeaseSeconds,
		t.Handed, t.EndedSeq, t.Reports, t.Version, t.MaxSteps, t.Holdout, t.LastStep, t.SamplingReason,
		number(t.Spent[0]), number(t.Spent[1]), number(t.Spent[2]), number(t.Spent[3]),
		e.text(t.Metrics, t.Metrics == nil), e.text(t.Decision, t.Decision == nil),
	}
	if e.err != nil {
		return e.err
	}
	_, err := w.sql.upsertTrial.run(args[:]...)
	return err
}

// encoder makes JSON of values and keeps the first error.
type encoder struct{ err error }

func (e *encoder) text(v any, null bool) any {
	out, err := text(v, null)
	if err != nil && e.err == nil {
		e.err = err
	}
	return out
}

func text(v any, null bool) (any, error) {
	if null {
		return nil, nil
	}
	b, err := trials.MarshalJSON(v)
	return string(b), err
}

func raw(b json.RawMessage) any {
	if b == nil {
		return nil
	}
	return string(b)
}

func boolean(v *bool) any {
	if v == nil {
		return nil
	}
	return *v
}

func integer(v *int64) any {
	if v == nil {
		return nil
	}
	return *v
}

func micro(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMicro()
}

// number is a REAL; NULL stands for NaN.
func number(v float64) any {
	if math.IsNaN(v) {
		return nil
	}
	return v
}

func firstValue(t *trials.Trial) any {
	if len(t.Values) == 0 {
		return nil
	}
	return number(float64(t.Values[0]))
}

func violation(t *trials.Trial) any {
	if t.Violation == nil {
		return nil
	}
	return number(float64(*t.Violation))
}
