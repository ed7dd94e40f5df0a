package trials

import (
	"fmt"
	"math"
	"time"
)

// limit is one limit of a budget, and where to find what was spent of it.
type limit struct {
	name, metric string
	limit        float64
	spent        func(*Amounts) *float64
}

// limits returns all limits but max_trials.
func (b *Budget) limits() [6]limit {
	return [...]limit{
		{"wall_seconds", WallSeconds, b.WallSeconds, func(a *Amounts) *float64 { return a.WallSeconds }},
		{"trial_seconds", "", b.TrialSeconds, func(a *Amounts) *float64 { return a.TrialSeconds }},
		{"cpu_seconds", CPUSeconds, b.CPUSeconds, func(a *Amounts) *float64 { return a.CPUSeconds }},
		{"gpu_seconds", GPUSeconds, b.GPUSeconds, func(a *Amounts) *float64 { return a.GPUSeconds }},
		{"energy_joules", EnergyJoules, b.EnergyJoules, func(a *Amounts) *float64 { return a.EnergyJoules }},
		{"cost", Cost, b.Cost, func(a *Amounts) *float64 { return a.Cost }},
	}
}

// metered says that there is a limit other than max_trials.
func (b *Budget) metered() bool { return b != nil && *b != (Budget{MaxTrials: b.MaxTrials}) }

// overspent returns an explanation if a limit other than max_trials is used up,
// nil otherwise.
func (b *Budget) overspent(spent Amounts) *Explanation {
	for _, l := range b.limits() {
		used := l.spent(&spent)
		if l.limit == 0 || used == nil || *used < l.limit {
			continue
		}
		limit, margin := Float(l.limit), Float(*used-l.limit)
		return &Explanation{
			Type: "budget", Metric: l.metric, Verdict: Fire, Limit: &limit, Margin: &margin,
			Observed:       map[string]Float{l.name: Float(*used)},
			Sentence:       fmt.Sprintf("The study has spent %.6g of its budget of %.6g %s.", *used, l.limit, l.name),
			Counterfactual: fmt.Sprintf("Would have continued with a budget of more than %.6g %s.", *used, l.name),
		}
	}
	return nil
}

// overspent says likewise whether the study's budget is used up now. It costs a
// look at each trial that has not ended.
func (st *study) overspent(now time.Time) *Explanation {
	if b := st.row.Spec.Budget; b.metered() {
		return b.overspent(st.spent(now))
	}
	return nil
}

// spent returns what the study has spent, its running trials included.
func (st *study) spent(now time.Time) Amounts {
	h := st.h
	total, seconds := h.spent, h.ended
	for _, t := range h.open {
		if len(t.tallies) > 0 {
			total.add(h.spending(t))
		}
		if t.State == Running && t.DatetimeStart != nil {
			seconds += math.Max(0, now.Sub(*t.DatetimeStart).Seconds())
		}
	}
	a := amounts(float64(h.handed), seconds, total)
	a.WallSeconds = wall(&st.row, now)
	return a
}

func wall(row *StudyRow, now time.Time) *float64 {
	if row.FirstAsk.IsZero() {
		return nil
	}
	w := math.Max(0, now.Sub(row.FirstAsk).Seconds())
	return &w
}

// stopReason says why an ask hands out no more trials; empty if it does.
func (st *study) stopReason(now time.Time) string {
	if b := st.row.Spec.Budget; st.row.State == Active && b.metered() {
		return st.row.stopReason(st.h.handed, st.spent(now))
	}
	return st.row.stopReason(st.h.handed, Amounts{})
}

func (row *StudyRow) stopReason(handed int64, spent Amounts) string {
	b := row.Spec.Budget
	switch {
	case row.StopReason != "":
		return row.StopReason
	case row.State == Stopped:
		return StopStopped
	case b != nil && (b.MaxTrials > 0 && handed >= b.MaxTrials || b.overspent(spent) != nil):
		return StopBudget
	default:
		return ""
	}
}

// sweep prunes every running trial, since the study was stopped or a budget is
// used up: it adds the decisions to the change.
func (st *study) sweep(c *Change, reason string, why *Explanation, now time.Time) {
	for _, t := range st.h.open {
		if t.State == Running && t.pruned == nil {
			st.prune(c, t, Decision{Reason: reason, Explanation: why}, nil, now)
		}
	}
}

// prune makes an enforced decision that prunes a trial, and logs it.
func (st *study) prune(c *Change, t *Live, d Decision, row *ReportRow, now time.Time) {
	d.ShouldPrune, d.Mode = true, Enforce
	if d.DecidedBy == "" {
		d.DecidedBy = d.Explanation.Type
	}
	if d.Counterfactual == "" {
		d.Counterfactual = d.Explanation.Counterfactual
	}
	st.log(c, t, d, row, now)
	t.wake()
}

// log enters a decision in which a rule fired into a trial's log.
func (st *study) log(c *Change, t *Live, d Decision, row *ReportRow, now time.Time) {
	d.Trial, d.State, d.PrunerVersion = t.Number, Running, st.row.PrunerVersion
	if row != nil && row.Step >= 0 {
		step := row.Step
		d.Step = &step
	}
	c.Decisions = append(c.Decisions, DecisionRow{Trial: t.Number, Index: int64(len(t.log)), At: now, Decision: d})
	t.enter(d)
}
