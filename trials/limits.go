package trials

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// RuleLimit is a limit that a rule of the pruner holds trials to. A trial that
// breaks it counts as infeasible, as if it were a constraint of the study.
type RuleLimit struct {
	Constraint        // on what a trial comes to
	Rule       string // label, or type, of the rule
	Path       string // JSON Pointer into the pruner
	// Loose says that a trial may be beyond the bound and the rule not fire, as
	// of a peak that may be short: known are trials within it, and those that the
	// rule stopped.
	Loose bool
}

// same says that two limits are one.
func (c *Constraint) same(o *Constraint) bool {
	return c.Metric == o.Metric && c.Op == o.Op && c.Bound == o.Bound
}

// final says that an aggregate beyond the bound stays beyond it.
func (c *Constraint) final() bool {
	if c.Op == ">=" {
		return c.Aggregate == Min
	}
	return c.Aggregate == Max || c.Aggregate == Sum || RunningTotal(c.Metric)
}

// partial says that the aggregate of a trial that was cut short is only part of
// what it would have come to.
func partial(metric string, a Aggregate) bool { return a == Sum || RunningTotal(metric) }

// ending is what limits read of a trial that ended, or of one as it is now.
type ending struct {
	state     State
	stop      *Explanation // the rule that stopped it, nil if none did
	forecast  bool         // it foretold what a limit would be crossed by
	aggregate func(metric string, a Aggregate) (float64, bool)
}

// endingOf returns the ending of a trial with the decision that pruned it.
func endingOf(t *Trial, aggregate func(string, Aggregate) (float64, bool)) *ending {
	e := &ending{state: t.State, aggregate: aggregate}
	if d := t.Decision; d != nil && d.ShouldPrune && d.Reason == ReasonPruner && t.State.Finished() && t.State != Complete {
		e.stop, e.forecast = d.Explanation.deciding(d.DecidedBy), d.Predicts == PredictsLimit
	}
	return e
}

// foretold returns what the rule that stopped a trial said that the metric of a
// limit would come to at the least, or of a floor at the most.
func (e *ending) foretold(c *Constraint) (float64, bool) {
	if e.stop == nil || !e.forecast || e.stop.Metric != c.Metric || c.Aggregate == Mean {
		return 0, false
	}
	end := "lower"
	if c.Op == ">=" {
		end = "upper"
	}
	for name, v := range e.stop.Predicted { // it has one such number
		if strings.HasPrefix(name, end) && !math.IsNaN(float64(v)) {
			return float64(v), true
		}
	}
	return 0, false
}

// crossed returns the value with which the rule of a limit stopped a trial.
func (e *ending) crossed(l *RuleLimit) (float64, bool) {
	s := e.stop
	if s == nil || e.forecast || s.Path != l.Path || s.Metric != l.Metric || s.Limit == nil || s.Margin == nil {
		return 0, false
	}
	if l.Op == ">=" {
		return float64(*s.Limit - *s.Margin), true
	}
	return float64(*s.Limit + *s.Margin), true
}

// put sets what was observed, and by how much that breaks a limit.
func (r *ConstraintResult) put(c *Constraint, observed float64) {
	o, v := Float(observed), Float(c.Violation(observed))
	r.Observed, r.Violation = &o, &v
}

// censor takes in a forecast: the trial would have come to that at the least. If
// that is within the bound, as it may be once the bound was changed, then whether
// the trial would have kept it is not known.
func (r *ConstraintResult) censor(c *Constraint, foretold float64) {
	if r.Violation == nil || c.Violation(foretold) > float64(*r.Violation) {
		r.put(c, foretold)
	}
	r.Censored = true
	if *r.Violation <= 0 {
		r.Violation = nil
	}
}

// constraint applies a constraint of the study.
func (e *ending) constraint(c *Constraint) ConstraintResult {
	r := ConstraintResult{Metric: c.Metric}
	if v, ok := e.aggregate(c.Metric, c.Aggregate); ok {
		r.put(c, v)
	}
	if v, ok := e.foretold(c); ok {
		r.censor(c, v)
	}
	return r
}

// rule applies the limit of a rule; false if nothing is known. To a rule, NaN is
// a measurement that failed, and no breach.
func (e *ending) rule(l *RuleLimit) (ConstraintResult, bool) {
	bound := l.Bound
	r := ConstraintResult{Metric: l.Metric, Bound: &bound, Op: l.Op, Rule: l.Rule}
	if v, ok := e.aggregate(l.Metric, l.Aggregate); ok && !math.IsNaN(v) {
		r.put(&l.Constraint, v)
	}
	if v, ok := e.foretold(&l.Constraint); ok {
		r.censor(&l.Constraint, v)
		return r, true
	}
	if v, ok := e.crossed(l); ok && (l.Loose || r.Violation == nil || l.Violation(v) > float64(*r.Violation)) {
		r.put(&l.Constraint, v)
		return r, true
	}
	switch {
	case r.Violation == nil:
		return r, false
	case *r.Violation > 0 && (l.Loose || e.state != Complete && !l.final()):
		return r, false // the rule did not say so: it may have been within its rights
	default:
		return r, true
	}
}

// judge applies the constraints, the limits of the worker's own that it told,
// and those of the pruner's rules. The last come only once a trial has ended.
func (s *StudySpec) judge(rules []RuleLimit, told []ConstraintResult, e *ending) []ConstraintResult {
	var out []ConstraintResult
	for i := range s.Constraints {
		out = append(out, e.constraint(&s.Constraints[i]))
	}
	out = append(out, told...)
	if !e.state.Finished() {
		return out
	}
	for i := range rules {
		if r, ok := e.rule(&rules[i]); ok {
			out = append(out, r)
		}
	}
	return out
}

// rulesOf returns the limits of a pruner's rules that the study's constraints do
// not have already, each once.
func (s *StudySpec) rulesOf(p Pruner) []RuleLimit {
	var out []RuleLimit
	for _, l := range p.Limits() {
		had := slices.ContainsFunc(s.Constraints, func(c Constraint) bool { return c.same(&l.Constraint) }) ||
			slices.ContainsFunc(out, func(o RuleLimit) bool { return o.same(&l.Constraint) })
		if !had {
			out = append(out, l)
		}
	}
	return out
}

// hold takes in the limits that trials are held to.
func (h *History) hold(rules []RuleLimit) {
	h.rules = rules
	for i := range rules {
		l := &rules[i]
		h.need(Need{Metric: l.Metric, Quantile: l.Aggregate == P95})
		h.limits = append(h.limits, Limit{Metric: l.Metric, Op: l.Op, Bound: l.Bound, Aggregate: l.Aggregate, Implicit: true})
	}
}

// measure keeps by how much the trial at a place broke or kept each limit.
func (h *History) measure(at int, t *Trial) {
	for i := range t.Constraints {
		r := &t.Constraints[i]
		if r.Violation == nil {
			continue
		}
		l := h.limitOf(i, r)
		if l == nil {
			continue
		}
		v, cut := float64(*r.Violation), r.Censored || t.State != Complete && partial(l.Metric, l.Aggregate)
		if cut && v <= 0 { // it may yet have come to break it
			continue
		}
		l.Slack = append(padded(l.Slack, at, math.NaN()), v)
		if cut {
			l.Censored = append(padded(l.Censored, at, false), true)
		}
	}
}

// limitOf returns the limit that a result is of, nil if it is known no more. The
// limits of workers are one for a metric and side, with the bound of the first.
func (h *History) limitOf(i int, r *ConstraintResult) *Limit {
	own := len(h.study.Constraints)
	switch {
	case r.Bound == nil:
		if i < own && h.limits[i].Metric == r.Metric {
			return &h.limits[i]
		}
		return nil
	case r.Rule != "":
		for k := range h.rules {
			if l := &h.limits[own+k]; l.Metric == r.Metric && l.Op == r.Op && l.Bound == *r.Bound {
				return l
			}
		}
		return nil
	}
	workers := own + len(h.rules)
	for k := workers; k < len(h.limits); k++ {
		if l := &h.limits[k]; l.Metric == r.Metric && l.Op == r.Op {
			return l
		}
	}
	a := Max
	if r.Op == ">=" {
		a = Min
	}
	h.limits = append(h.limits, Limit{Metric: r.Metric, Op: r.Op, Bound: *r.Bound, Aggregate: a, Implicit: true})
	return &h.limits[len(h.limits)-1]
}

// padded returns a slice that is n long, filled up.
func padded[T any](s []T, n int, with T) []T {
	for len(s) < n {
		s = append(s, with)
	}
	return s
}

// crossed returns what a worker's own limits make of a trial.
func crossed(limits []CrossedLimit) []ConstraintResult {
	var out []ConstraintResult
	for _, l := range limits {
		bound := l.Bound
		r := ConstraintResult{Metric: l.Metric, Bound: &bound, Op: cmp.Or(l.Op, "<=")}
		r.put(&Constraint{Op: r.Op, Bound: bound}, l.Observed)
		out = append(out, r)
	}
	return out
}

// told returns the results of the worker's own limits among those of a trial.
func told(results []ConstraintResult) []ConstraintResult {
	var out []ConstraintResult
	for _, r := range results {
		if r.Bound != nil && r.Rule == "" {
			out = append(out, r)
		}
	}
	return out
}

// feasibility sums the results up: feasible is nil while it is not known. Of a
// rule's limit nothing need be known, but for a trial that it stopped.
func feasibility(results []ConstraintResult) (feasible *bool, violation float64) {
	yes, no, known := true, false, true
	for _, r := range results {
		switch {
		case r.Violation == nil:
			known = known && r.Rule != "" && !r.Censored
		case *r.Violation > 0:
			violation += float64(*r.Violation)
		}
	}
	switch {
	case violation > 0:
		return &no, violation
	case known:
		return &yes, 0
	default:
		return nil, 0
	}
}
