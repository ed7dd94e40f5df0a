package trials

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"time"
)

// Savings says what a study used, what pruning saved, and what it risked.
type Savings struct {
	// Counterfactual says what the savings are measured against.
	Counterfactual string           `json:"counterfactual"`
	LastStep       *int64           `json:"last_step,omitempty"` // of a full trial; left out while it is not known
	Trials         Counts           `json:"trial_counts"`
	PrunedTrials   int64            `json:"pruned_trials"`
	Refused        int64            `json:"refused_points"` // refused before they were tried
	Resources      map[string]Saved `json:"resources"`
	ByRule         []RuleSavings    `json:"by_rule"`
	FalsePrunes    FalsePrunes      `json:"false_prunes"`
	Pruner         PrunerCost       `json:"pruner"`
	Notes          []string         `json:"notes,omitempty"`
}

// Saved is the account of one resource. Saved is an estimate: the steps left of
// each pruned trial, at its own cost per step, corrected by what the same
// estimate would have missed in COMPLETE trials. Its 95 % interval is one for
// the sum, the error that all trials share included; left out with fewer than 5
// COMPLETE trials to learn it from.
type Saved struct {
	Used     float64  `json:"used"`
	Saved    *float64 `json:"saved,omitempty"`
	Low      *float64 `json:"saved_low,omitempty"`
	High     *float64 `json:"saved_high,omitempty"`
	Fraction *float64 `json:"saved_fraction,omitempty"` // of used and saved
	Factor   *float64 `json:"factor,omitempty"`         // by which it was computed from energy_joules
}

// RuleSavings is what one rule saved.
type RuleSavings struct {
	DecidedBy    string             `json:"decided_by"`
	PrunedTrials int64              `json:"pruned_trials"`
	Saved        map[string]float64 `json:"saved,omitempty"`
	FalsePrunes  *FalsePrunes       `json:"false_prunes,omitempty"`
}

// PrunerCost is what the pruner itself cost since the study was loaded into
// memory.
type PrunerCost struct {
	Decisions int64     `json:"decisions"`
	Seconds   float64   `json:"seconds"` // of a processor, measured at one decision in 16
	Since     time.Time `json:"since"`
}

// resources are the running totals that are accounted for, by name; steps come
// beside them.
var resources = map[string]string{
	"wall_seconds": WallSeconds, "cpu_seconds": CPUSeconds, "gpu_seconds": GPUSeconds,
	"energy_joules": EnergyJoules, "cost": Cost,
}

const steps = "steps"

// account gathers the trials of a study for its savings.
type account struct {
	spec    *StudySpec
	names   []string
	end     int64
	zero    bool
	used    map[string]float64
	counted int // trials with steps
	pruned  []prunedTrial
	full    []fullTrial
}

// prunedTrial is a PRUNED trial: how far it came, and what it used.
type prunedTrial struct {
	by   string
	last int64
	own  int64 // its max_steps, 0 without
	used map[string]float64
	// saved is what it saved, once it is estimated.
	saved map[string]float64
}

// fullTrial is a COMPLETE one: its curve of each resource.
type fullTrial struct {
	start *time.Time
	last  int64
	clock bool // the wall time is by the clock, not reported
	at    map[string]Series
}

// maxFull is how many COMPLETE trials, the latest, the error is learnt from.
const maxFull = 64

// Savings returns what pruning saved in a study. CO2 is grams per kilowatt-hour
// of electricity; 0 leaves the emissions out.
func (s *Service) Savings(ctx context.Context, name string, co2 float64) (Savings, error) {
	a := account{used: map[string]float64{}}
	var out Savings
	var id, refused int64
	ends := int64(Absent)
	err := s.read(ctx, name, func(st *study) error {
		a.spec, id, refused = st.spec, st.row.ID, st.row.Refused
		ends = st.h.usualEnd
		out = Savings{Trials: st.h.counts, Refused: refused, Pruner: st.cost.show()}
		return nil
	})
	if err != nil {
		return Savings{}, err
	}
	if a.names, err = s.Store.Names(ctx, id); err != nil {
		return Savings{}, err
	}
	found, err := s.gather(ctx, id, &a)
	if err != nil {
		return Savings{}, err
	}
	if a.zero {
		a.used[steps] += float64(a.counted) // the step 0 of each
	}
	a.end = ends
	if a.end == Absent && a.spec.MaxSteps > 0 {
		a.end = lastOf(a.spec.MaxSteps, a.zero)
	}
	out.PrunedTrials = int64(len(a.pruned))
	out.Resources = a.totals()
	out.ByRule = a.byRule()
	if a.end == Absent {
		out.Counterfactual = "Unknown: no last step of a full trial is known yet. Say max_steps, or let 5 trials complete."
	} else {
		end := a.end
		out.LastStep = &end
		out.Counterfactual = fmt.Sprintf("The same trials, each run to step %d.", a.end)
	}
	if energy, ok := out.Resources["energy_joules"]; ok && co2 > 0 {
		out.Resources["co2_grams"] = energy.times(co2 / 3.6e6)
	}
	return out, s.risk(ctx, id, found, &a, &out)
}

// times returns the account of what is so many times as much.
func (s Saved) times(f float64) Saved {
	by := func(v *float64) *float64 {
		if v == nil {
			return nil
		}
		return ptr(*v * f)
	}
	return Saved{Used: s.Used * f, Saved: by(s.Saved), Low: by(s.Low), High: by(s.High), Fraction: s.Fraction, Factor: &f}
}

// gather reads the trials of a study.
func (s *Service) gather(ctx context.Context, id int64, a *account) (map[int64]*Trial, error) {
	found := map[int64]*Trial{}
	var complete []*Trial
	err := s.eachTrial(ctx, id, func(t *Trial) error {
		used := a.take(t)
		if t.Decision != nil || t.State == Complete {
			found[t.Number] = &Trial{
				Number: t.Number, State: t.State, Values: t.Values, Metrics: t.Metrics, Feasible: t.Feasible, DatetimeStart: t.DatetimeStart,
			}
		}
		switch t.State {
		case Complete:
			complete = append(complete, found[t.Number])
		case Pruned:
			a.pruned = append(a.pruned, prunedTrial{decidedBy(t), t.LastStep, t.MaxSteps, used, map[string]float64{}})
		case Running, Waiting, Fail:
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := s.findZero(ctx, id, a); err != nil {
		return nil, err
	}
	for _, t := range complete[max(0, len(complete)-maxFull):] {
		full := fullTrial{start: t.DatetimeStart, last: Absent, at: map[string]Series{}}
		err := s.Store.Points(ctx, id, t.Number, Absent, func(r *ReportRow) error {
			full.take(r, a.names)
			a.zero = a.zero || r.Step == 0
			return nil
		})
		if err != nil {
			return nil, err
		}
		if full.last > 0 {
			a.full = append(a.full, full)
		}
	}
	return found, nil
}

// findZero finds out from the first trials whether steps begin at 0.
func (s *Service) findZero(ctx context.Context, id int64, a *account) error {
	first, err := s.Store.Trials(ctx, id, TrialQuery{Order: ByNumber, Limit: 10})
	if err != nil {
		return err
	}
	for i := range first {
		err := s.Store.Points(ctx, id, first[i].Number, Absent, func(r *ReportRow) error {
			a.zero = a.zero || r.Step == 0
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func decidedBy(t *Trial) string {
	if d := t.Decision; d != nil && d.ShouldPrune {
		return d.DecidedBy
	}
	return "worker"
}

// take adds what a trial used, and returns it.
func (a *account) take(t *Trial) map[string]float64 {
	used := map[string]float64{}
	for name, metric := range resources {
		if sum, ok := t.Metrics[metric]; ok {
			agg := Max
			if a.spec.Metrics[metric].Aggregate == Sum {
				agg = Sum
			}
			if v, ok := sum.Value(agg); ok && finite(v) && v >= 0 {
				used[name] = v
			}
		}
	}
	if t.LastStep >= 0 {
		used[steps] = float64(t.LastStep)
		a.counted++
	}
	for name, v := range used {
		a.used[name] = math.Min(a.used[name]+v, math.MaxFloat64)
	}
	return used
}

// take takes in a report of a COMPLETE trial.
func (f *fullTrial) take(r *ReportRow, names []string) {
	if r.Step < 0 {
		return
	}
	f.last = max(f.last, r.Step)
	for _, v := range r.Values {
		for name, metric := range resources {
			if int(v.Metric) < len(names) && names[v.Metric] == metric {
				s := f.at[name]
				s.add(r.Step, v.Value)
				f.at[name] = s
			}
		}
	}
	elapsed := r.Elapsed
	if math.IsNaN(elapsed) && f.start != nil {
		elapsed = r.At.Sub(*f.start).Seconds()
	}
	if _, own := f.at["wall_seconds"]; !math.IsNaN(elapsed) && (f.clock || !own) {
		s := f.at["wall_seconds"]
		s.add(r.Step, elapsed)
		f.at["wall_seconds"], f.clock = s, true
	}
}

// saved returns what the steps left of a trial would have cost at its own cost
// per step; false where that is not known.
func (a *account) saved(p *prunedTrial, name string) (float64, bool) {
	end := a.end
	if p.own > 0 {
		end = lastOf(p.own, a.zero)
	}
	if end == Absent || p.last < 0 {
		return 0, false
	}
	left := math.Max(0, float64(end-p.last))
	if name == steps {
		return left, true
	}
	used, ok := p.used[name]
	done := a.done(p.last)
	if !ok || done <= 0 {
		return 0, false
	}
	return used / done * left, true
}

// done returns how many steps were done at a step.
func (a *account) done(step int64) float64 {
	if a.zero {
		step++
	}
	return float64(step)
}

// errorAt returns what the estimate made at a step would have missed in COMPLETE
// trials: the mean and the variance of actual over estimated, and of how many.
func (a *account) errorAt(name string, step int64) (mean, variance float64, n int) {
	var ratios []float64
	for i := range a.full {
		f := &a.full[i]
		if name == steps {
			if left := float64(a.end - step); left > 0 && f.last >= step {
				ratios = append(ratios, float64(f.last-step)/left)
			}
			continue
		}
		curve := f.at[name]
		then, ok := curve.UpTo(step)
		last, total, has := curve.Last()
		if !ok || !has || !(then > 0) || last <= step {
			continue
		}
		guess := then / a.done(step) * float64(last-step)
		if ratio := (total - then) / guess; finite(ratio) {
			ratios = append(ratios, ratio)
		}
	}
	n = len(ratios)
	if n == 0 {
		return 1, math.NaN(), 0
	}
	for _, r := range ratios {
		mean += r / float64(n)
	}
	for _, r := range ratios {
		variance += (r - mean) * (r - mean) / math.Max(1, float64(n-1))
	}
	return mean, variance, n
}

// totals returns the account of every resource that was measured, and notes what
// each pruned trial saved.
func (a *account) totals() map[string]Saved {
	out := map[string]Saved{}
	for _, name := range slices.Sorted(maps.Keys(a.used)) {
		sum, alone, common, least := 0.0, 0.0, 0.0, math.MaxInt
		for i := range a.pruned {
			p := &a.pruned[i]
			guess, ok := a.saved(p, name)
			if !ok {
				continue
			}
			mean, variance, n := a.errorAt(name, p.last)
			if n < 5 {
				mean, variance = 1, math.NaN()
			}
			least = min(least, n)
			p.saved[name] = guess * mean
			sum += guess * mean
			alone += guess * guess * variance
			common += guess * math.Sqrt(variance/float64(max(n, 1)))
		}
		saved := Saved{Used: a.used[name]}
		if a.end != Absent {
			saved.Saved = ptr(sum)
			if total := sum + saved.Used; total > 0 {
				saved.Fraction = ptr(sum / total)
			}
			if half := student975(least-1) * math.Sqrt(alone+common*common); !math.IsNaN(half) && least != math.MaxInt {
				saved.Low, saved.High = ptr(math.Max(0, sum-half)), ptr(sum+half)
			}
		}
		out[name] = saved
	}
	return out
}

// student975 approximates the 97.5 % quantile of Student's t distribution
// (Cornish and Fisher; Abramowitz and Stegun 26.7.5): within 0.5 % from 4
// degrees of freedom on.
func student975(df int) float64 {
	if df < 1 {
		return math.NaN()
	}
	z, n := normal975, float64(df)
	z3, z5, z7 := z*z*z, math.Pow(z, 5), math.Pow(z, 7)
	return z + (z3+z)/(4*n) + (5*z5+16*z3+3*z)/(96*n*n) + (3*z7+19*z5+17*z3-15*z)/(384*n*n*n)
}

// byRule returns what each rule saved, the most steps first.
func (a *account) byRule() []RuleSavings {
	rules := map[string]*RuleSavings{}
	for i := range a.pruned {
		p := &a.pruned[i]
		r := rules[p.by]
		if r == nil {
			r = &RuleSavings{DecidedBy: p.by}
			rules[p.by] = r
		}
		r.PrunedTrials++
		for name, v := range p.saved {
			if r.Saved == nil {
				r.Saved = map[string]float64{}
			}
			r.Saved[name] += v
		}
	}
	out := []RuleSavings{}
	for _, by := range slices.Sorted(maps.Keys(rules)) {
		out = append(out, *rules[by])
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Saved[steps] > out[j].Saved[steps] })
	return out
}

// risk counts the false prunes, in all and by rule: the first fire of each rule
// in a trial that went on.
func (s *Service) risk(ctx context.Context, id int64, found map[int64]*Trial, a *account, out *Savings) error {
	eras, err := s.eras(ctx, id)
	if err != nil {
		return err
	}
	byRule := map[string]*FalsePrunes{}
	last, first := int64(Absent), map[string]bool{}
	err = s.Store.StudyDecisions(ctx, id, func(r *DecisionRow) error {
		d := &r.Decision
		weight := eras.weight(d, found[r.Trial])
		if r.Trial != last {
			last = r.Trial
			clear(first)
		}
		if weight == 0 || first[d.DecidedBy] {
			return nil
		}
		t := found[r.Trial]
		if t == nil {
			t = &Trial{State: Running}
		}
		o := d.outcome(t, a.spec)
		if len(first) == 0 {
			out.FalsePrunes.add(o, weight)
		}
		first[d.DecidedBy] = true
		if byRule[d.DecidedBy] == nil {
			byRule[d.DecidedBy] = &FalsePrunes{}
		}
		byRule[d.DecidedBy].add(o, weight)
		return nil
	})
	if err != nil {
		return err
	}
	out.FalsePrunes.finish()
	for by, f := range byRule {
		f.finish()
		i := slices.IndexFunc(out.ByRule, func(r RuleSavings) bool { return r.DecidedBy == by })
		if i < 0 {
			out.ByRule = append(out.ByRule, RuleSavings{DecidedBy: by})
			i = len(out.ByRule) - 1
		}
		out.ByRule[i].FalsePrunes = f
	}
	sort.SliceStable(out.ByRule, func(i, j int) bool {
		x, y := &out.ByRule[i], &out.ByRule[j]
		if x.PrunedTrials == 0 && y.PrunedTrials == 0 {
			return x.DecidedBy < y.DecidedBy
		}
		return x.PrunedTrials > 0 && y.PrunedTrials == 0
	})
	if a.spec.Holdout == nil || *a.spec.Holdout == 0 {
		out.Notes = append(out.Notes, "There is no holdout: false prunes can be counted only while every prediction is in shadow mode. Say holdout, 0.05 for example.")
	}
	return nil
}
