package pruner

import (
	"fmt"
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// rungs are the marks at which trials are compared: min_resource, and each
// reduction_factor times the one before.
type rungs struct {
	minimum, maximum *float64
	eta              int64
	axis             string
}

func (r *rungs) declareRungs(s *options.Set) {
	s.Maybe(&r.minimum, "min_resource", "Where the first rung is: a step, or a value of the axis, which needs it. By default a twentieth of the study's max_steps, and at least 3.").Above(0)
	s.Maybe(&r.maximum, "max_resource", "All rungs are below it, as there is nothing to save at the end of a trial. The study's max_steps by default, without which, or on an axis, there are up to 64 rungs.").Above(0)
	s.Int(&r.eta, "reduction_factor", "The best of so many trials goes on at a rung, and each rung is so many times further than the one before.").AtLeast(2).AtMost(1000)
	s.Metric(&r.axis, "axis", "A metric that grows, such as system/wall_seconds, along which the rungs are; steps if left out. Values are interpolated between reports.")
}

// prepareRungs fills in what was left out and says whether there may be rungs.
func (r *rungs) prepareRungs(study *trials.StudySpec, bounded bool, f *findings) bool {
	switch {
	case r.axis == "":
		if r.minimum == nil {
			v := float64(share(study.MaxSteps, 0.05, 3))
			r.minimum = &v
		}
		if r.maximum == nil && bounded && study.MaxSteps > 0 {
			v := float64(study.MaxSteps)
			r.maximum = &v
		}
		if *r.minimum != math.Trunc(*r.minimum) {
			f.faults.Add("/min_resource", "must be a step: only on an axis it may be between two integers")
		}
	case r.minimum == nil:
		f.faults.Add("/min_resource", "is needed with an axis, in its unit")
		return false
	}
	return true
}

// end is below which the rungs are.
func (r *rungs) end() float64 {
	if r.maximum == nil {
		return math.Inf(1)
	}
	return *r.maximum
}

func (r *rungs) warn(study *trials.StudySpec, marks []float64, f *findings) {
	switch {
	case len(marks) == 0:
		f.warnings.Add("/max_resource", "leaves no rung: the rule never speaks")
	case r.axis == "" && study.MaxSteps > 0 && marks[0] > float64(study.MaxSteps):
		f.warnings.Add("/min_resource", "is never reached: a trial has %d steps", study.MaxSteps)
	}
}

// powers returns low*eta^k for k from first on, those below high. Each is rounded
// once, and exact of integers.
func powers(low float64, eta, first int64, high float64) []float64 {
	var out []float64
	power := int64(1)
	for k := int64(0); len(out) < trials.MaxMarks; k++ {
		mark := low * float64(power)
		if mark >= high || mark > maxStep {
			break
		}
		if k >= first {
			out = append(out, mark)
		}
		if power > maxStep/eta {
			break
		}
		power *= eta
	}
	return out
}

// maxStep is up to where integers are exact.
const maxStep = 1 << 53

// floorLog returns the logarithm of a ratio of at least 1, rounded down; below 1 it
// is -1. With short it is that of CPython and numpy, which divide two rounded
// logarithms, and so are one short of some powers.
func floorLog(ratio float64, eta int64, short bool) int {
	n, power := -1, int64(1)
	for float64(power) <= ratio {
		n++
		if short && float64(power) == ratio && slices.Contains(shortPowers[eta], n) {
			return n - 1
		}
		if power > maxStep/eta {
			break
		}
		power *= eta
	}
	return n
}

// shortPowers are the exponents n, by eta, at which log(eta^n)/log(eta) is below
// n in double precision with glibc.
var shortPowers = map[int64][]int{
	3:  {5, 10, 13, 15, 17, 20, 23, 26, 27, 29, 30, 31},
	9:  {5, 10, 13, 15},
	10: {3, 6, 9, 12, 13, 15},
	11: {7, 14},
	12: {7, 13, 14},
}

// latched returns the verdict of a trial's votes: a fire stays, else the latest
// that is not unknown counts. The vote is the one that decides, nil without any.
func latched(votes []trials.Vote) (trials.Verdict, *trials.Vote) {
	var last *trials.Vote
	for i := range votes {
		v := &votes[i]
		if v.Verdict == trials.Fire {
			return v.Verdict, v
		}
		if last == nil || v.Verdict != trials.Unknown || last.Verdict == trials.Unknown {
			last = v
		}
	}
	if last == nil {
		return trials.Unknown, nil
	}
	return last.Verdict, last
}

// mark names a place on the way of a trial.
func mark(study *trials.StudySpec, axis string, v float64) string {
	if axis == "" {
		return "step " + number(v, digits)
	}
	return unitOf(study, axis).show(v, digits) + " of " + noun(axis)
}

// waitsForRung explains a trial without a vote.
func waitsForRung(c *trials.Case, e *trials.Explanation, lane *trials.Lane) {
	if len(lane.Marks) == 0 {
		e.Sentence = "No rung is known yet: they follow from the last step of COMPLETE trials."
		if lane.After == nil {
			e.Sentence = "There is no rung."
		}
		return
	}
	e.Sentence = fmt.Sprintf("The first rung is at %s.", mark(c.Study, lane.Axis, lane.Marks[0]))
}

// halving says who goes on at a rung.
type halving struct {
	rungs
	population int64
	bootstrap  int64
	compat     string
	direction  trials.Direction
	set        *options.Set
}

// The implementations that a rule can decide as.
const (
	asEspalier = "espalier"
	asOptuna   = "optuna"
	asRay      = "ray"
)

func newHalving() halving {
	return halving{rungs: rungs{eta: 3}, population: 6, compat: asEspalier}
}

func (h *halving) declarePopulation(s *options.Set) {
	h.set = s
	s.Int(&h.population, "min_rung_population", "Unknown at a rung that fewer others passed; twice the reduction_factor by default. Of compat espalier.").AtLeast(1)
	s.Int(&h.bootstrap, "bootstrap_count", "Prunes the first so many trials at every rung, as Optuna does. Of compat optuna.").AtLeast(0)
}

func (h *halving) preparePopulation(study *trials.StudySpec, f *findings) {
	if !h.set.Given("min_rung_population") {
		h.population = 2 * h.eta
	}
	if h.bootstrap > 0 && h.compat != asOptuna {
		f.warnings.Add("/bootstrap_count", "is of compat optuna only")
	}
	warnPopulation(study, h.population, h.compat == asEspalier, f)
}

func warnPopulation(study *trials.StudySpec, least int64, counts bool, f *findings) {
	if b := study.Budget; counts && b != nil && b.MaxTrials > 0 && least >= b.MaxTrials {
		f.warnings.Add("/min_rung_population", "so many are never there before the last trial: the budget is %d trials", b.MaxTrials)
	}
}

// vote judges a value at a rung.
func (h *halving) vote(before *trials.Ranked, v float64) trials.Vote {
	switch h.compat {
	case asOptuna:
		return h.voteOptuna(before, v)
	case asRay:
		return h.voteRay(before, v)
	}
	n := before.Len()
	out := trials.Vote{Bar: math.NaN()}
	if int64(n) < h.population {
		return out
	}
	q := 100 / float64(h.eta) / 100
	if h.direction == trials.Maximize {
		q = 1 - q
	}
	switch out.Bar = before.Quantile(q); {
	case math.IsNaN(v):
		out.Verdict = trials.Fire
	case math.IsNaN(out.Bar):
	case h.direction.Better(out.Bar, v):
		out.Verdict = trials.Fire
	default:
		out.Verdict = trials.Pass
	}
	return out
}

// voteOptuna is SuccessiveHalvingPruner.prune of Optuna, at one rung.
func (h *halving) voteOptuna(before *trials.Ranked, v float64) trials.Vote {
	out := trials.Vote{Verdict: trials.Fire, Bar: math.NaN()}
	if math.IsNaN(v) {
		return out
	}
	n := before.Len()
	better, equal := before.Below(v)
	if h.direction == trials.Maximize {
		better = n - better - equal
	}
	keep := max((n+1)/int(h.eta)-1, 0) // the place of the worst that goes on, itself included
	switch {
	case int64(n+1) <= h.bootstrap:
		return out
	case better > keep:
		out.Bar = h.best(before, keep)
		return out
	case better == keep:
		out.Bar = v
	default:
		out.Bar = h.best(before, keep-1)
	}
	out.Verdict = trials.Pass
	return out
}

// best returns the k-th best value, from 0.
func (h *halving) best(r *trials.Ranked, k int) float64 {
	if h.direction == trials.Maximize {
		return r.At(r.Len() - 1 - k)
	}
	return r.At(k)
}

// voteRay is _Bracket.on_result of Ray's AsyncHyperBandScheduler, at one rung:
// the percentile is that of the negated values if they are minimised.
func (h *halving) voteRay(before *trials.Ranked, v float64) trials.Vote {
	n, sign := before.Len(), -signOf(h.direction)
	q := float64((1-1/float64(h.eta))*100) / 100
	cutoff := trials.Quantile(n, q, func(i int) float64 {
		if sign < 0 {
			i = n - 1 - i
		}
		return sign * before.At(i)
	})
	out := trials.Vote{Verdict: trials.Pass, Bar: sign * cutoff}
	if sign*v < cutoff {
		out.Verdict = trials.Fire
	}
	return out
}

// explainVotes explains the vote that decides.
func (h *halving) explainVotes(c *trials.Case, e *trials.Explanation, lane *trials.Lane) {
	_, v := latched(c.Votes(lane))
	if v == nil {
		waitsForRung(c, e, lane)
		return
	}
	name, u := noun(lane.Metric), unitOf(c.Study, lane.Metric)
	at := mark(c.Study, lane.Axis, v.Mark)
	e.Observed = map[string]trials.Float{"rung": trials.Float(v.Mark), "value": trials.Float(v.Value), "peers": trials.Float(v.Of)}
	up := h.direction == trials.Maximize
	switch {
	case v.Verdict == trials.Unknown && int64(v.Of) < h.population:
		e.Sentence = fmt.Sprintf("Needs %s at the rung at %s, has %d.", otherTrials(h.population), at, v.Of)
		return
	case v.Verdict == trials.Unknown:
		e.Sentence = fmt.Sprintf("What the best 1/%d of %s have at the rung at %s is not a number.", h.eta, otherTrials(int64(v.Of)), at)
		return
	case v.Verdict == trials.Fire && math.IsNaN(v.Value):
		e.Sentence = fmt.Sprintf("At the rung at %s %s was not a number.", at, name)
		e.Counterfactual = "Would have continued with a number among the best there."
		return
	case v.Verdict == trials.Fire && math.IsNaN(v.Bar):
		e.Sentence = fmt.Sprintf("Only %s passed the rung at %s before; the first %d are pruned.", otherTrials(int64(v.Of)), at, h.bootstrap)
		e.Counterfactual = unit("").continued("a bootstrap_count", float64(v.Of), false)
		return
	case math.IsNaN(v.Bar):
		e.Sentence = fmt.Sprintf("%s had nothing to be compared with at the rung at %s.", upperFirst(name), at)
		return
	}
	bar, margin := trials.Float(v.Bar), trials.Float(signOf(h.direction)*(v.Value-v.Bar))
	e.Limit, e.Margin, e.Unit = &bar, &margin, string(u)
	verb := "which is not worse"
	if v.Verdict == trials.Fire {
		verb = "worse"
		e.Counterfactual = u.continued("a "+name+" there", v.Bar, up)
	}
	value, limit := u.pair(v.Value, v.Bar)
	e.Sentence = fmt.Sprintf("At the rung at %s %s was %s, %s than the best 1/%d of %s, %s.",
		at, name, value, verb, h.eta, otherTrials(int64(v.Of)), limit)
}

func otherTrials(n int64) string {
	if n == 1 {
		return "1 other trial"
	}
	return fmt.Sprintf("%d other trials", n)
}
