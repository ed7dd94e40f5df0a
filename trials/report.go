package trials

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"
)

// Report takes in what a running trial measured, renews its lease and returns
// whether it should be pruned. A report whose key was sent before keeps its
// first values; its first answer is returned, or the decision that has pruned
// the trial since. With explain the explanation comes even if nothing fires.
func (s *Service) Report(ctx context.Context, name string, number int64, r *Report, explain bool) (Decision, error) {
	var d Decision
	f := filings.Get().(*filing) //nolint:forcetypeassert // the pool holds nothing else
	err := s.write(ctx, name, func(st *study) (c *Change, err error) {
		c, d, err = s.report(st, f, number, r, explain)
		return c, err
	})
	f.clear()
	filings.Put(f)
	return d, err
}

// filing is the memory that one report needs until it is committed. The store
// lets go of a change before it tells the outcome, so it can be used again.
type filing struct {
	change Change
	row    [1]ReportRow
	judged Case
}

var filings = sync.Pool{New: func() any { return &filing{change: Change{Done: make(chan error, 1)}} }}

func (f *filing) clear() {
	*f = filing{change: Change{Done: f.change.Done}, row: [1]ReportRow{{Values: f.row[0].Values[:0]}}}
}

// ReportResult is the outcome of one report of a batch: one of both.
type ReportResult struct {
	Decision *Decision
	Err      error
}

// TrialReport is a report in a batch.
type TrialReport struct {
	Trial int64
	Report
}

// ReportBatch takes in many reports. Each stands alone.
func (s *Service) ReportBatch(ctx context.Context, name string, reports []TrialReport) ([]ReportResult, error) {
	out := make([]ReportResult, len(reports))
	err := s.write(ctx, name, func(st *study) (*Change, error) {
		all := &Change{}
		for i := range reports {
			c, d, err := s.report(st, &filing{}, reports[i].Trial, &reports[i].Report, false)
			if err != nil {
				out[i].Err = err
				continue
			}
			out[i].Decision = &d
			if c != nil {
				all.Reports = append(all.Reports, c.Reports...)
				all.Decisions = append(all.Decisions, c.Decisions...)
			}
		}
		return all, nil
	})
	return out, err
}

// running returns a running trial, or the reason why it is not.
func (st *study) running(number int64) (*Live, error) {
	t, err := st.live(number, TrialNotRunning)
	if err == nil && t.State != Running {
		return nil, Errorf(TrialNotRunning, "Trial %d is %s.", number, t.State)
	}
	return t, err
}

// live returns a trial that has not ended. One that has is [LeaseExpired] or
// the code given.
func (st *study) live(number int64, ended Code) (*Live, error) {
	if t := st.h.byNum[number]; t != nil {
		return t, nil
	}
	at, ok := st.h.place[number]
	switch {
	case !ok:
		return nil, Errorf(TrialNotFound, "Study %q has no trial %d.", st.name, number)
	case st.h.expired[number]:
		return nil, Errorf(LeaseExpired, "The lease of trial %d expired; it is FAIL for good. Drop it and ask for another.", number)
	default:
		return nil, Errorf(ended, "Trial %d is %s already.", number, st.h.states[at])
	}
}

// has returns [TrialNotFound] if the study has no such trial.
func (st *study) has(number int64) error {
	if _, err := st.live(number, TrialFinished); ErrorCode(err) == TrialNotFound {
		return err
	}
	return nil
}

// report validates, decides and advances the history. Nothing has changed when
// it fails.
func (s *Service) report(st *study, f *filing, number int64, r *Report, explain bool) (*Change, Decision, error) {
	t, err := st.running(number)
	if err != nil {
		return nil, Decision{}, err
	}
	if err := st.checkReport(r); err != nil {
		return nil, Decision{}, err
	}
	now := s.now()
	t.renew(now)
	now = st.h.stamp(now)
	c, row := &f.change, &f.row[0]
	if code, found := st.h.answered(t, r); found {
		row.Step = r.Step
		d := t.answer(code).at(row)
		d.Ignored = true
		return nil, d, nil
	}
	st.h.take(t, r, row, now)
	if why := st.overspent(now); why != nil {
		st.sweep(c, ReasonBudget, why, now)
	}
	f.judged = Case{Study: st.h.study, History: st.h, Trial: t, Report: row, Now: now}
	d := st.decide(c, &f.judged, explain)
	c.Reports = f.row[:]
	return c, d, nil
}

// checkReport refuses what could not be stored.
func (st *study) checkReport(r *Report) error {
	if r.Value != nil && len(st.row.Spec.Objectives) > 1 {
		return Errorf(ValuesMismatch, "The study has %d objectives: report them by metric in place of value.", len(st.row.Spec.Objectives))
	}
	if r.Source != "" && !SourceName.MatchString(r.Source) {
		return Invalid("/source", "must match %s", SourceName)
	}
	if len(r.Metrics) > MaxReportMetrics {
		return Invalid("/metrics", "a report has at most %d metrics", MaxReportMetrics)
	}
	fresh := 0
	if _, known := st.h.ids[r.Source]; !known {
		fresh++
	}
	for i := range r.Metrics {
		name := r.Metrics[i].Name
		if r.Value != nil && name == st.row.Spec.Objectives[0].Metric {
			return Invalid("/metrics/"+escapePointer(name), "is what value is short for; give one of both")
		}
		if !ValidMetricName(name) {
			return Invalid("/metrics/"+escapePointer(name), "is not a valid name of a metric")
		}
		if _, known := st.h.ids[name]; !known {
			fresh++
		}
	}
	if fresh > 0 && len(st.h.names)+fresh > MaxMetrics {
		return tooMany("/metrics")
	}
	return nil
}

// tooMany refuses names beyond [MaxMetrics]; sources count as well.
func tooMany(pointer string) error {
	return Invalid(pointer, "the trials of a study report at most %d different metrics", MaxMetrics)
}

// renew gives a running trial its full lease.
func (t *Live) renew(now time.Time) {
	t.expires = now.Add(time.Duration(t.LeaseSeconds) * time.Second)
}

// answer returns what a report was answered that had the code: the decision in
// the log, unless the trial has been pruned since.
func (t *Live) answer(code uint32) Decision {
	d := t.quiet()
	if t.pruned == nil && code > 0 && int(code) <= len(t.log) {
		lease := d.LeaseExpires
		d = t.log[code-1]
		d.LeaseExpires = lease
	}
	return d
}

// quiet returns the decision of a trial in which nothing new fires: the one
// that has pruned it, if one has.
func (t *Live) quiet() Decision {
	expires := t.expires
	if t.pruned != nil {
		d := *t.pruned
		d.LeaseExpires = &expires
		return d
	}
	return Decision{Trial: t.Number, State: t.State, Mode: Enforce, LeaseExpires: &expires}
}

// decide judges a trial at its latest report, and logs what fires for the
// first time.
func (st *study) decide(c *Change, kase *Case, explain bool) Decision {
	t, row, logged := kase.Trial, kase.Report, len(kase.Trial.log)
	if t.pruned == nil {
		done := st.cost.begin()
		verdict, shadow := st.pruner.Judge(kase)
		st.cost.end(done)
		if verdict == Fire || shadow {
			st.fire(c, t, kase, verdict == Fire)
		}
	}
	d := t.quiet()
	switch {
	case t.pruned != nil || len(t.log) > logged:
		row.Decision = uint32(len(t.log)) // nothing is logged after what prunes
		t.decided(row)
		d = t.answer(row.Decision)
	case explain:
		tree, _ := st.pruner.Explain(kase)
		d.Explanation = &tree
	}
	return d.at(row)
}

// at sets the step of a decision that has none.
func (d Decision) at(row *ReportRow) Decision {
	if d.Step == nil && row != nil && row.Step >= 0 {
		step := row.Step
		d.Step = &step
	}
	return d
}

// fire handles a verdict that fires: an enforced one prunes the trial, a
// shadow one is logged the first time its rules fire.
func (st *study) fire(c *Change, t *Live, kase *Case, enforced bool) {
	tree, by := st.pruner.Explain(kase)
	d := Decision{Reason: ReasonPruner, Mode: Shadow, Explanation: &tree}
	if by != nil {
		d.Counterfactual = by.Counterfactual
		d.DecidedBy = by.name()
		switch {
		case by.Class&Quality != 0:
			d.Predicts = PredictsQuality
		case by.Class&Forecast != 0:
			d.Predicts = PredictsLimit
		}
	}
	d.SavedEstimate, d.Incumbent = kase.saving(), kase.incumbent()
	if enforced {
		if d.SparedBy = spare(st.pruner, kase); d.SparedBy == "" {
			st.prune(c, t, d, kase.Report, kase.Now)
			return
		}
		d.Mode = Spared
	}
	if !t.fired[fingerprint(&d)] {
		st.log(c, t, d, kase.Report, kase.Now)
	}
}

// timely judges the running trials that a rule may stop between reports.
func (st *study) timely(c *Change, now time.Time) {
	if !st.pruner.Timely() {
		return
	}
	for _, t := range st.h.open {
		if t.State == Running && t.pruned == nil {
			st.judgeTime(c, t, now)
		}
	}
}

func (st *study) judgeTime(c *Change, t *Live, now time.Time) {
	kase := &Case{Study: st.h.study, History: st.h, Trial: t, Now: now, Without: Timeless}
	if verdict, shadow := st.pruner.Judge(kase); verdict == Fire || shadow {
		st.fire(c, t, kase, verdict == Fire)
	}
}

// Heartbeat renews the lease of a running trial and returns its decision.
func (s *Service) Heartbeat(ctx context.Context, name string, number int64) (Decision, error) {
	var d Decision
	err := s.write(ctx, name, func(st *study) (*Change, error) {
		t, err := st.running(number)
		if err != nil {
			return nil, err
		}
		now := s.now()
		t.renew(now)
		c := &Change{}
		if why := st.overspent(now); why != nil {
			st.sweep(c, ReasonBudget, why, now)
		}
		if t.pruned == nil && st.pruner.Timely() {
			st.judgeTime(c, t, now)
		}
		d = t.quiet()
		return c, nil
	})
	return d, err
}

// Prune asks a running trial to stop: an operator's prune. Its worker learns
// of it from its next report, heartbeat or decision.
func (s *Service) Prune(ctx context.Context, name string, number int64) (Decision, error) {
	var d Decision
	err := s.write(ctx, name, func(st *study) (*Change, error) {
		t, err := st.running(number)
		if err != nil {
			return nil, err
		}
		c := &Change{}
		if t.pruned == nil {
			why := &Explanation{Type: "operator", Verdict: Fire, Sentence: "An operator asked the trial to stop."}
			st.prune(c, t, Decision{Reason: ReasonOperator, Explanation: why}, nil, s.now())
		}
		d = t.quiet()
		return c, nil
	})
	return d, err
}

// Decision returns the decision of a trial with its explanation. With a wait
// it returns as soon as the trial should be pruned or has ended, at the latest
// after the wait.
func (s *Service) Decision(ctx context.Context, name string, number int64, wait time.Duration) (Decision, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		d, changed, err := s.decision(context.WithoutCancel(ctx), name, number)
		if err != nil || d.ShouldPrune || changed == nil {
			return d, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return d, nil
		case <-s.closed:
			return d, nil
		}
	}
}

func (s *Service) decision(ctx context.Context, name string, number int64) (d Decision, changed <-chan struct{}, err error) {
	var id int64
	err = s.read(ctx, name, func(st *study) error {
		t, err := st.live(number, TrialFinished)
		if ErrorCode(err) == TrialNotFound {
			return err
		}
		if err != nil {
			id = st.row.ID
			return nil //nolint:nilerr // it has ended: its decision is stored
		}
		d = t.quiet()
		if t.State != Running {
			d.LeaseExpires = nil
		}
		if !d.ShouldPrune {
			tree, _ := st.pruner.Explain(&Case{Study: st.h.study, History: st.h, Trial: t, Now: s.now()})
			d.Explanation = &tree
		}
		if t.changed == nil {
			t.changed = make(chan struct{})
		}
		changed = t.changed
		return nil
	})
	if err != nil || id == 0 {
		return d, changed, err
	}
	t, err := s.Store.Trial(ctx, id, number)
	if err != nil {
		return d, nil, err
	}
	d = Decision{Trial: number, State: t.State, Mode: Enforce}
	if t.Decision != nil {
		d = *t.Decision
	}
	return d, nil, nil
}

// Decisions returns a trial's log of decisions after an index, oldest first.
func (s *Service) Decisions(ctx context.Context, name string, number, after int64, limit int) ([]DecisionRecord, error) {
	id, spec, err := s.known(ctx, name, number)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.Decisions(ctx, id, number, after, limit)
	if err != nil {
		return nil, err
	}
	out := make([]DecisionRecord, len(rows))
	for i := range rows {
		out[i] = record(&rows[i])
	}
	return out, s.outcomes(ctx, id, spec, out)
}

// ReportPoint is one report of a trial, for reading.
type ReportPoint struct {
	Step    *int64           `json:"step,omitempty"`
	Seq     *int64           `json:"seq,omitempty"` // the client's
	Source  string           `json:"source,omitempty"`
	Elapsed *float64         `json:"elapsed_seconds,omitempty"`
	Time    time.Time        `json:"time"`
	Metrics map[string]Float `json:"metrics"`

	Index int64 `json:"-"` // order of arrival, from 0
}

// Points calls each with a trial's reports after an index, in order of
// arrival, reduced to the metrics that keep says yes to.
func (s *Service) Points(ctx context.Context, name string, number, after int64, keep func(metric string) bool, each func(ReportPoint) error) error {
	id, _, err := s.known(ctx, name, number)
	if err != nil {
		return err
	}
	names, err := s.Store.Names(ctx, id)
	if err != nil {
		return err
	}
	err = s.Store.Points(ctx, id, number, after, func(r *ReportRow) error {
		if !r.named(names) {
			return errLater
		}
		if p, ok := point(r, names, keep); ok {
			return each(p)
		}
		return nil
	})
	if errors.Is(err, errLater) {
		return nil
	}
	return err
}

// errLater ends a reading at what came after the reading began.
var errLater = errors.New("it came after the reading began")

// named says that all ids of a report are in names: else it came after the
// names were read.
func (r *ReportRow) named(names []string) bool {
	return int(r.Source) < len(names) &&
		!slices.ContainsFunc(r.Values, func(v MetricValue) bool { return int(v.Metric) >= len(names) })
}

func point(r *ReportRow, names []string, keep func(string) bool) (ReportPoint, bool) {
	p := ReportPoint{Time: r.At, Metrics: map[string]Float{}, Index: r.Seq, Source: names[r.Source]}
	for _, v := range r.Values {
		if name := names[v.Metric]; keep == nil || keep(name) {
			p.Metrics[name] = Float(v.Value)
		}
	}
	step, seq, elapsed := r.Step, r.Client, r.Elapsed // the row may be used again
	if step >= 0 {
		p.Step = &step
	}
	if seq >= 0 {
		p.Seq = &seq
	}
	if !math.IsNaN(elapsed) {
		p.Elapsed = &elapsed
	}
	return p, keep == nil || len(p.Metrics) > 0 || len(r.Values) == 0
}

// known checks that there is a study, and that it has the trial if that is not
// [Absent], waits until all that was written of it is committed, and gives the
// study's id and spec.
func (s *Service) known(ctx context.Context, name string, number int64) (id int64, spec *StudySpec, err error) {
	err = s.read(ctx, name, func(st *study) error {
		id, spec = st.row.ID, st.spec
		if number == Absent {
			return nil
		}
		return st.has(number)
	})
	return id, spec, err
}
