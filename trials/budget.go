package trials

import (
	"fmt"
	"math"
	"time"
)

// overspent returns an explanation if a budget other than max_trials is used
// up, nil otherwise. It costs one look at each trial that has not ended.
func (st *study) overspent(now time.Time) *Explanation {
	b := st.row.Spec.Budget
	if b == nil || *b == (Budget{MaxTrials: b.MaxTrials}) {
		return nil
	}
	spent := st.spent(now)
	for _, l := range []struct {
		name, metric string
		limit        float64
		spent        *float64
	}{
		{"wall_seconds", WallSeconds, b.WallSeconds, spent.WallSeconds},
		{"trial_seconds", "", b.TrialSeconds, spent.TrialSeconds},
		{"cpu_seconds", CPUSeconds, b.CPUSeconds, spent.CPUSeconds},
		{"gpu_seconds", GPUSeconds, b.GPUSeconds, spent.GPUSeconds},
		{"energy_joules", EnergyJoules, b.EnergyJoules, spent.EnergyJoules},
		{"cost", Cost, b.Cost, spent.Cost},
	} {
		if l.limit == 0 || l.spent == nil || *l.spent < l.limit {
			continue
		}
		limit, margin := Float(l.limit), Float(*l.spent-l.limit)
		return &Explanation{
			Type: "budget", Metric: l.metric, Verdict: Fire, Limit: &limit, Margin: &margin,
			Observed:       map[string]Float{l.name: Float(*l.spent)},
			Sentence:       fmt.Sprintf("The study has spent %.6g of its budget of %.6g %s.", *l.spent, l.limit, l.name),
			Counterfactual: fmt.Sprintf("Would have continued with a budget of more than %.6g %s.", *l.spent, l.name),
		}
	}
	return nil
}

// spent returns what the study has spent, its running trials included.
func (st *study) spent(now time.Time) Amounts {
	h := st.h
	total, seconds := h.spent, h.ended
	for _, t := range h.open {
		total.add(h.spending(t))
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
	b := st.row.Spec.Budget
	switch {
	case st.row.State == Stopped:
		return StopStopped
	case b != nil && b.MaxTrials > 0 && st.h.handed >= b.MaxTrials, st.overspent(now) != nil:
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
