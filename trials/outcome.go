package trials

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"
)

// Outcome says whether a decision that was not enforced would have been right.
type Outcome string

// The outcomes. A quality verdict was wrong if the trial, once COMPLETE and
// feasible, was better than the incumbent of the moment of the decision; the
// forecast that a limit will be crossed was wrong if it was not.
const (
	OutcomeRight    Outcome = "right"
	OutcomeWrong    Outcome = "wrong"
	OutcomeCensored Outcome = "censored" // it ended otherwise: pruned after all, FAIL, a lost lease
	OutcomePending  Outcome = "pending"  // it has not ended
)

// What a rule predicts.
const (
	PredictsQuality = "quality"
	PredictsLimit   = "limit"
)

// outcome judges a decision that was not enforced by how its trial ended.
func (d *Decision) outcome(t *Trial, study *StudySpec) Outcome {
	switch {
	case !t.State.Finished():
		return OutcomePending
	case t.State != Complete || d.Predicts == "":
		return OutcomeCensored
	case d.Predicts == PredictsLimit:
		leaf := d.Explanation.deciding(d.DecidedBy)
		if leaf == nil || leaf.Limit == nil {
			return OutcomeCensored
		}
		sum, ok := t.Metrics[leaf.Metric]
		v, has := sum.Value(study.AggregateOf(leaf.Metric))
		if !ok || !has {
			return OutcomeCensored
		}
		if v <= float64(*leaf.Limit) != leaf.floor() {
			return OutcomeWrong
		}
		return OutcomeRight
	case len(study.Objectives) > 1:
		return OutcomeCensored
	case t.Feasible != nil && !*t.Feasible:
		return OutcomeRight
	case d.Incumbent == nil || study.Objectives[0].Direction.Better(float64(t.Values[0]), float64(*d.Incumbent)):
		return OutcomeWrong
	default:
		return OutcomeRight
	}
}

// floor says that the limit of a rule that fired is one from below: what was
// predicted is below it.
func (e *Explanation) floor() bool {
	return e.Margin != nil && e.Predicted != nil && slices.ContainsFunc([]string{"total", "value"}, func(name string) bool {
		v, ok := e.Predicted[name]
		return ok && v < *e.Limit
	})
}

// deciding returns the leaf that fired and has a label or type.
func (e *Explanation) deciding(by string) *Explanation {
	if e == nil {
		return nil
	}
	if e.Verdict == Fire && len(e.Children) == 0 && (e.Label == by || e.Label == "" && e.Type == by) {
		return e
	}
	for i := range e.Children {
		if found := e.Children[i].deciding(by); found != nil {
			return found
		}
	}
	return nil
}

// FalsePrunes estimates how often a verdict that prunes is wrong, from trials
// that went on although it fired: those of the holdout, and those of times in
// which nothing was enforced. What spared a trial is chance, so the estimate is
// not biased by what the pruner does.
type FalsePrunes struct {
	Checked  int64 `json:"checked"`  // fires with an outcome
	Wrong    int64 `json:"wrong"`    // of them
	Censored int64 `json:"censored"` // left out: the trial ended otherwise
	Pending  int64 `json:"pending"`  // the trial has not ended
	// Rate is left out, with its Wilson interval (95 %), while nothing was
	// checked: unknown, not zero. Each fire counts by one over the chance of
	// being looked at (the share of the holdout then).
	Rate *float64 `json:"rate,omitempty"`
	Low  *float64 `json:"rate_low,omitempty"`
	High *float64 `json:"rate_high,omitempty"`
	// Effective is Kish's effective number of fires, (sum w)^2 / sum w^2.
	Effective float64 `json:"effective,omitempty"`
	// NeedsMore is about how many more fires it takes for an interval of 5
	// percentage points to either side.
	NeedsMore int64 `json:"needs_more"`

	weights, squares, wrongs float64
}

func (f *FalsePrunes) add(o Outcome, weight float64) {
	switch o {
	case OutcomePending:
		f.Pending++
		return
	case OutcomeCensored:
		f.Censored++
		return
	case OutcomeWrong:
		f.Wrong++
		f.wrongs += weight
	case OutcomeRight:
	}
	f.Checked++
	f.weights += weight
	f.squares += weight * weight
}

// normal975 is the 97.5 % quantile of the normal distribution.
const normal975 = 1.959963984540054

// Wilson returns the interval of a share of n, z standard deviations to either
// side (Wilson 1927).
func Wilson(share, n, z float64) (low, high float64) {
	if !(n > 0) {
		return 0, 1
	}
	mid := (share + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	return math.Max(0, mid-half), math.Min(1, mid+half)
}

func (f *FalsePrunes) finish() {
	const half = 0.05
	worst := 0.5
	if f.Checked > 0 {
		f.Effective = f.weights * f.weights / f.squares
		rate := f.wrongs / f.weights
		low, high := Wilson(rate, f.Effective, normal975)
		f.Rate, f.Low, f.High = &rate, &low, &high
		worst = math.Min(0.5, high)
		if low > 0.5 {
			worst = low
		}
	}
	f.NeedsMore = int64(math.Ceil(math.Max(0, normal975*normal975*worst*(1-worst)/(half*half)-f.Effective)))
}

// idle says that a pruner enforces nothing but limits that were crossed: every
// rule that predicts is in shadow mode, as far as its node says.
func idle(node json.RawMessage) bool {
	var n struct {
		Type string `json:"type"`
		Mode string `json:"mode"`
		// Scope tells a budget of one trial, which is crossed, from one of the study.
		Scope string `json:"scope"`
		branches
	}
	if json.Unmarshal(node, &n) != nil {
		return false
	}
	crossed := slices.Contains([]string{"nop", "limit", "non_finite", "threshold", "sustained_limit"}, n.Type)
	if n.Mode == Shadow || crossed || n.Type == "budget" && n.Scope == "trial" {
		return true
	}
	all, some := true, false
	n.below(func(_ string, child json.RawMessage) { all, some = all && idle(child), true })
	return all && some && n.Type != "patience"
}

// eras knows what was in force when.
type eras map[int64]*Era

func (s *Service) eras(ctx context.Context, study int64) (eras, error) {
	list, err := s.Store.Eras(ctx, study)
	if err != nil {
		return nil, err
	}
	out := eras{}
	for i := range list {
		out[list[i].Version] = &list[i]
	}
	return out, nil
}

// at returns what was in force at a time.
func (e eras) at(t time.Time) (found *Era) {
	for _, era := range e {
		if !era.Since.After(t) && (found == nil || era.Version > found.Version) {
			found = era
		}
	}
	return found
}

// weight says by how much a fire that was not enforced counts: 0 if it tells
// nothing about the fires that are.
func (e eras) weight(d *Decision, t *Trial) float64 {
	era := e[d.PrunerVersion]
	if t != nil && t.DatetimeStart != nil && d.SparedBy == ByHoldout {
		era = e.at(*t.DatetimeStart) // whether it is held out was settled then
	}
	switch {
	case d.Predicts == "" || era == nil:
		return 0
	case d.Mode == Spared && d.SparedBy == ByHoldout && era.Holdout != nil && *era.Holdout > 0:
		return 1 / *era.Holdout
	case d.Mode == Shadow && idle(era.Pruner):
		return 1
	default:
		return 0
	}
}

// DecisionCursor is the last decision of the page before.
type DecisionCursor struct {
	Trial int64 `json:"t"`
	Index int64 `json:"i"`
}

// StudyDecisions returns the decisions of a study's trials in which a rule
// fired, by trial, after a cursor; of one mode if it is not empty.
func (s *Service) StudyDecisions(ctx context.Context, name, mode string, after *DecisionCursor, limit int) ([]DecisionRecord, error) {
	id, spec, err := s.known(ctx, name, Absent)
	if err != nil {
		return nil, err
	}
	out := []DecisionRecord{}
	err = s.Store.StudyDecisions(ctx, id, func(r *DecisionRow) error {
		if mode != "" && r.Decision.Mode != mode ||
			after != nil && (r.Trial < after.Trial || r.Trial == after.Trial && r.Index <= after.Index) || len(out) == limit {
			return nil
		}
		out = append(out, record(r))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, s.outcomes(ctx, id, spec, out)
}

// Cursor returns where the page after a decision begins.
func (d *DecisionRecord) Cursor() DecisionCursor {
	i, _ := strconv.ParseInt(d.ID, 10, 64) // record wrote it
	return DecisionCursor{d.Trial, i}
}

func record(r *DecisionRow) DecisionRecord {
	return DecisionRecord{ID: strconv.FormatInt(r.Index, 10), Time: r.At, Decision: r.Decision}
}

// outcomes sets the outcome of the decisions that were not enforced.
func (s *Service) outcomes(ctx context.Context, study int64, spec *StudySpec, list []DecisionRecord) error {
	var numbers []int64
	for i := range list {
		if !list[i].ShouldPrune && !slices.Contains(numbers, list[i].Trial) {
			numbers = append(numbers, list[i].Trial)
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	found, err := s.Store.Trials(ctx, study, TrialQuery{Numbers: numbers})
	if err != nil {
		return err
	}
	for i := range list {
		at := slices.IndexFunc(found, func(t Trial) bool { return t.Number == list[i].Trial })
		if !list[i].ShouldPrune && at >= 0 {
			list[i].Outcome = list[i].outcome(&found[at], spec)
		}
	}
	return nil
}
