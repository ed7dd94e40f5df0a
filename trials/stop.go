package trials

import (
	"fmt"
	"math"
	"time"
)

// StopRules end a study by themselves: asks hand out no more trials, and those
// that run should be pruned. They read the COMPLETE trials that are not known
// to be infeasible, of studies with one objective.
type StopRules struct {
	// Target stops as soon as a trial is at least as good.
	Target *float64 `json:"target,omitempty"`
	// NoImprovementTrials stops when so many trials in a row ended COMPLETE or
	// PRUNED without a new best, better by MinImprovement at least.
	NoImprovementTrials int64   `json:"no_improvement_trials,omitempty"`
	MinImprovement      float64 `json:"min_improvement,omitempty"`
	// RegretBelow stops when, with 95 % confidence, no trial drawn as the ones
	// so far would be better than the best by more than this: the noise of the
	// objective, say. It takes MinTrials (20 by default).
	RegretBelow *float64 `json:"regret_below,omitempty"`
	MinTrials   int64    `json:"min_trials,omitempty"`
	Utility     *Utility `json:"utility,omitempty"`
}

// Utility stops when the next trial is expected to win less than it costs.
type Utility struct {
	CostMetric string  `json:"cost_metric,omitempty"` // system/wall_seconds by default
	CostWeight float64 `json:"cost_weight"`           // in the objective's unit, by unit of cost
	Window     int64   `json:"window,omitempty"`      // of the last so many trials that ended; 20 by default
}

// checkStop checks the rules and makes their defaults explicit.
func (s *StudySpec) checkStop(bad *faults) {
	r := s.Stop
	if r == nil {
		return
	}
	if *r == (StopRules{}) {
		s.Stop = nil
		return
	}
	if len(s.Objectives) > 1 {
		bad.add("/stop", "needs a single objective")
	}
	if r.Target != nil && !finite(*r.Target) {
		bad.add("/stop/target", "must be finite")
	}
	if r.NoImprovementTrials < 0 {
		bad.add("/stop/no_improvement_trials", "must be at least 1")
	}
	if !(r.MinImprovement >= 0) || !finite(r.MinImprovement) {
		bad.add("/stop/min_improvement", "must be at least 0")
	}
	if r.RegretBelow != nil && (!(*r.RegretBelow >= 0) || !finite(*r.RegretBelow)) {
		bad.add("/stop/regret_below", "must be at least 0")
	}
	if r.MinTrials < 0 || r.MinTrials == 1 {
		bad.add("/stop/min_trials", "must be at least 2")
	}
	out := *r
	if r.RegretBelow != nil && r.MinTrials == 0 {
		out.MinTrials = defaultMinTrials
	}
	out.Utility = r.Utility.check(bad)
	s.Stop = &out
}

// check checks the rule and returns it with its defaults.
func (u *Utility) check(bad *faults) *Utility {
	if u == nil {
		return nil
	}
	out := *u
	if out.CostMetric == "" {
		out.CostMetric = WallSeconds
	}
	if out.Window == 0 {
		out.Window = defaultWindow
	}
	if !ValidMetricName(out.CostMetric) {
		bad.add("/stop/utility/cost_metric", "is not a valid name of a metric")
	}
	if !(out.CostWeight > 0) || !finite(out.CostWeight) {
		bad.add("/stop/utility/cost_weight", "must be a finite number above 0")
	}
	if out.Window < 2 {
		bad.add("/stop/utility/window", "must be at least 2")
	}
	return &out
}

const (
	defaultMinTrials = 20
	defaultWindow    = 20
)

// stopItself ends a study whose rules say so, once a trial has ended.
func (st *study) stopItself(c *Change, now time.Time) {
	if st.spec.Stop == nil || st.row.State == Stopped {
		return
	}
	reason, why := st.spec.Stop.reached(st.h)
	if reason == "" {
		return
	}
	st.row.State, st.row.StopReason = Stopped, reason
	st.row.Version++
	st.sweep(c, ReasonStudyStopped, why, now)
}

// reached says which rule ends the study, and why; empty if none does.
func (r *StopRules) reached(h *History) (string, *Explanation) {
	if len(h.best) == 0 || h.breach(int(h.best[0])) > 0 {
		return "", nil
	}
	d := h.study.Objectives[0].Direction
	best := h.values[h.best[0]]
	e := &Explanation{Type: "stop", Metric: h.study.Objectives[0].Metric, Verdict: Fire, Observed: map[string]Float{"best": Float(best)}}
	if r.Target != nil && !d.Better(*r.Target, best) {
		limit := Float(*r.Target)
		e.Limit = &limit
		e.Sentence = fmt.Sprintf("The best value, %.6g, has reached the target, %.6g.", best, *r.Target)
		return StopTarget, e
	}
	costs := h.costs()
	if n := r.NoImprovementTrials; n > 0 {
		if since := h.since(costs, r.MinImprovement); since >= n {
			e.Observed["trials"] = Float(since)
			e.Sentence = fmt.Sprintf("The last %d trials were not better than the best value, %.6g, by %.6g.", since, best, r.MinImprovement)
			return StopStale, e
		}
	}
	if r.RegretBelow != nil {
		if bound, ok := regretBound(costs, r.MinTrials); ok && bound <= *r.RegretBelow {
			limit := Float(*r.RegretBelow)
			e.Limit, e.Observed["regret_bound"] = &limit, Float(bound)
			e.Sentence = fmt.Sprintf("With 95 %% confidence no trial like these is better than the best by more than %.4g; the noise is %.4g.", bound, *r.RegretBelow)
			return StopRegret, e
		}
	}
	if u := r.Utility; u != nil {
		if gain, cost, ok := h.utility(costs, u); ok && gain < cost*u.CostWeight {
			e.Observed["gain"], e.Observed["cost"] = Float(gain), Float(cost)
			e.Sentence = fmt.Sprintf("A trial won %.4g of late and cost %.4g of %s, which is worth %.4g.", gain, cost, u.CostMetric, cost*u.CostWeight)
			return StopUtility, e
		}
	}
	return "", nil
}

// costs returns the values of COMPLETE trials that are not known to be
// infeasible, as costs (lower is better), by place; NaN for the others.
func (h *History) costs() []float64 {
	out := make([]float64, len(h.numbers))
	for i := range out {
		out[i] = math.NaN()
		if h.states[i] == Complete && !(h.violations[i] > 0) {
			out[i] = h.values[i]
			if h.study.Objectives[0].Direction == Maximize {
				out[i] = -out[i]
			}
		}
	}
	return out
}

// since counts the trials that ended COMPLETE or PRUNED since the best value
// last got better by at least a difference.
func (h *History) since(costs []float64, better float64) int64 {
	best, n := math.Inf(1), int64(0)
	for i, v := range costs {
		switch {
		case h.states[i] == Fail:
		case !math.IsNaN(v) && (math.IsInf(best, 1) || v < best && best-v >= better):
			best, n = v, 0
		default:
			n++
		}
	}
	return n
}

// regretBound returns by how much at most, with 95 % confidence, the best
// possible value is better than the best one: (y2-y1)(1-a)/a of the two best
// (Robson and Whitlock 1964, "Estimation of a truncation point", Biometrika 51).
// It takes the trials as drawn alike.
func regretBound(costs []float64, least int64) (float64, bool) {
	first, second, n := math.Inf(1), math.Inf(1), int64(0)
	for _, v := range costs {
		switch {
		case math.IsNaN(v):
			continue
		case v < first:
			first, second = v, first
		case v < second:
			second = v
		}
		n++
	}
	const alpha = 0.05
	return (second - first) * (1 - alpha) / alpha, n >= max(least, 2)
}

// utility returns what a trial of the window won on average, and what it cost
// (Lee et al. 2025, cost-sensitive freeze-thaw: utility is gain less cost).
func (h *History) utility(costs []float64, u *Utility) (gain, cost float64, ok bool) {
	n := len(h.numbers)
	from := n - int(u.Window)
	totals := h.Totals(u.CostMetric)
	if from < 1 {
		return 0, 0, false
	}
	before, after, counted := math.Inf(1), math.Inf(1), 0
	for i, v := range costs {
		if !math.IsNaN(v) {
			if i < from {
				before = math.Min(before, v)
			}
			after = math.Min(after, v)
		}
		if i >= from && i < len(totals) && finite(totals[i]) {
			cost += totals[i]
			counted++
		}
	}
	if counted == 0 || math.IsInf(before, 1) {
		return 0, 0, false
	}
	return (before - after) / float64(u.Window), cost / float64(counted), true
}
