package storage

import (
	"database/sql"
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// scanner is a row of a query.
type scanner interface{ Scan(dest ...any) error }

const studyColumns = `
	id, spec, hidden, state, version, pruner_version, next_number, handed, created_us, first_ask_us, counts, spent,
	refused, stop_reason`

func scanStudy(row scanner) (*trials.StudyRow, error) {
	var s trials.StudyRow
	var spec, counts, spent, state string
	var created int64
	var firstAsk sql.NullInt64
	err := row.Scan(&s.ID, &spec, &s.Hidden, &state, &s.Version, &s.PrunerVersion, &s.NextNumber, &s.Handed,
		&created, &firstAsk, &counts, &spent, &s.Refused, &s.StopReason)
	if err != nil {
		return nil, err
	}
	s.State, s.Created = trials.StudyState(state), fromMicro(created)
	if firstAsk.Valid {
		s.FirstAsk = fromMicro(firstAsk.Int64)
	}
	var d decoder
	d.json(spec, &s.Spec)
	d.json(counts, &s.Counts)
	d.json(spent, &s.Spent)
	return &s, d.err
}

func fromMicro(us int64) time.Time { return time.UnixMicro(us).UTC() }

// trialScan reads rows of trials. It is used for many rows of one query.
type trialScan struct {
	whole bool // with metrics and decision

	study                                    int64
	state                                    string
	params, distributions, fixed, objectives sql.NullString
	lastValues, constraints, attrs           sql.NullString
	metrics, decision                        sql.NullString
	value, violation                         sql.NullFloat64
	spent                                    [4]sql.NullFloat64
	feasible                                 sql.NullBool
	retryOf, start, complete, lease          sql.NullInt64
	created, id                              int64

	seen  string             // the distributions decoded last,
	space trials.SearchSpace // which most trials share
}

// columns are what the query must select, of the trials named t, before what
// scan is given besides.
func (s *trialScan) columns() string {
	c := trialColumns[:]
	if !s.whole {
		c = c[:len(c)-2]
	}
	return "t." + strings.Join(c, ", t.")
}

// scan reads a row. Trials with the same distributions share one map.
func (s *trialScan) scan(row scanner, besides ...any) (*trials.Trial, error) {
	t := &trials.Trial{}
	dest := []any{
		&s.id, &s.study, &t.Number, &s.state, &s.params, &s.distributions, &s.fixed, &s.objectives, &s.value,
		&s.lastValues, &s.constraints, &s.feasible, &s.violation, &t.Attempt, &s.retryOf, &t.SampledBy, &s.attrs,
		&t.Worker, &t.Reason, &t.Error, &s.created, &s.start, &s.complete, &s.lease, &t.LeaseSeconds,
		&t.Handed, &t.EndedSeq, &t.Reports, &t.Version, &t.MaxSteps, &t.Holdout, &t.LastStep, &t.SamplingReason,
		&s.spent[0], &s.spent[1], &s.spent[2], &s.spent[3],
	}
	if s.whole {
		dest = append(dest, &s.metrics, &s.decision)
	}
	if err := row.Scan(append(dest, besides...)...); err != nil {
		return nil, err
	}
	return t, s.fill(t)
}

func (s *trialScan) fill(t *trials.Trial) error {
	var d decoder
	t.State, t.Created = trials.State(s.state), fromMicro(s.created)
	d.text(s.params, &t.Params)
	t.Distributions = s.searchSpace(&d)
	d.text(s.fixed, &t.Fixed)
	d.text(s.objectives, &t.Values)
	d.text(s.lastValues, &t.LastValues)
	d.text(s.constraints, &t.Constraints)
	d.text(s.metrics, &t.Metrics)
	d.text(s.decision, &t.Decision)
	if s.attrs.Valid {
		t.UserAttrs = json.RawMessage(s.attrs.String)
	}
	if s.feasible.Valid {
		v := s.feasible.Bool
		t.Feasible = &v
	}
	if s.violation.Valid {
		v := trials.Float(s.violation.Float64)
		t.Violation = &v
	}
	if s.retryOf.Valid {
		v := s.retryOf.Int64
		t.RetryOf = &v
	}
	t.DatetimeStart, t.DatetimeComplete, t.LeaseExpires = timeOf(s.start), timeOf(s.complete), timeOf(s.lease)
	for i, v := range s.spent {
		t.Spent[i] = math.NaN()
		if v.Valid {
			t.Spent[i] = v.Float64
		}
	}
	return d.err
}

func (s *trialScan) searchSpace(d *decoder) trials.SearchSpace {
	if !s.distributions.Valid {
		return nil
	}
	if s.space == nil || s.distributions.String != s.seen {
		s.space = nil
		d.json(s.distributions.String, &s.space)
		s.seen = s.distributions.String
	}
	return s.space
}

func timeOf(us sql.NullInt64) *time.Time {
	if !us.Valid {
		return nil
	}
	t := fromMicro(us.Int64)
	return &t
}

// decoder reads JSON columns and keeps the first error.
type decoder struct{ err error }

func (d *decoder) text(s sql.NullString, v any) {
	if s.Valid {
		d.json(s.String, v)
	}
}

func (d *decoder) json(s string, v any) {
	if err := json.Unmarshal([]byte(s), v); err != nil && d.err == nil {
		d.err = err
	}
}
