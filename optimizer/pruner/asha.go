package pruner

import (
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// asha is successive halving that never waits: a trial that passes a rung goes on
// if it is among the best 1/eta of those that passed it before. What was said at a
// rung stays, so that rules that speak at different steps can be combined. Votes
// are cast as a rung is passed, at O(log n); judging looks at the trial's own.
type asha struct {
	halving
	auto     bool
	rate     int64
	stopLast bool
	metric   string
	lane     *trials.Lane
}

func newASHA() rule { return &asha{halving: newHalving()} }

func (a *asha) declare(s *options.Set) {
	a.declareRungs(s)
	s.Bool(&a.auto, "min_resource_auto", "Optuna's `auto`: the first rung is at a hundredth of the last step of the longest COMPLETE trial, once there is one. Of compat optuna.")
	s.Int(&a.rate, "min_early_stopping_rate", "So many rungs are left out at the lower end.").AtLeast(0).AtMost(53)
	a.declarePopulation(s)
	options.Word(s, &a.compat, "compat", "espalier: with enough others at the rung, fires if strictly worse than the worst of their best 1/reduction_factor, interpolated, and of NaN. "+
		"optuna: as SuccessiveHalvingPruner, which with few trials keeps only the best; it has no max_resource. "+
		"ray: as AsyncHyperBandScheduler: a report counts at the highest rung passed alone, the first there goes on, and so does NaN.", asEspalier, asOptuna, asRay)
	s.Bool(&a.stopLast, "stop_last_trials", "Of compat ray, where Ray itself has it on: fires at max_resource, and a rung that was jumped over is judged at a later report. Here a trial that is stopped at its end is PRUNED and has no value.")
	s.Metric(&a.metric, "metric", "The first objective's by default.")
	options.Word(s, &a.direction, "direction", "The objective's by default, else minimize.", trials.Minimize, trials.Maximize)
}

func (a *asha) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &a.metric)
	checkSpelling(study, a.metric, f)
	defaultDirection(study, a.metric, &a.direction)
	a.preparePopulation(study, f)
	if a.stopLast && a.compat != asRay {
		f.warnings.Add("/stop_last_trials", "is of compat ray only")
	}
	a.lane = &trials.Lane{Metric: a.metric, Axis: a.axis, Vote: a.vote}
	if a.auto {
		a.prepareAuto(f)
		return
	}
	if !a.prepareRungs(study, a.compat != asOptuna, f) {
		return
	}
	switch a.compat {
	case asOptuna:
		a.lane.Marks = powers(*a.minimum, a.eta, a.rate, math.Inf(1))
	case asRay:
		a.lane.Highest, a.lane.Refill = true, a.stopLast
		a.lane.Marks = a.rayMarks()
	default:
		a.lane.Marks = powers(*a.minimum, a.eta, a.rate, a.end())
	}
	a.warn(study, a.lane.Marks, f)
}

func (a *asha) prepareAuto(f *findings) {
	if a.compat != asOptuna || a.minimum != nil || a.axis != "" || a.bootstrap > 0 {
		f.faults.Add("/min_resource_auto", "goes with compat optuna alone, without min_resource, axis and bootstrap_count")
	}
	eta, rate := a.eta, a.rate
	a.lane.After = func(last int64) []float64 {
		return powers(float64(max(last/100, 1)), eta, rate, math.Inf(1))
	}
}

// rayMarks has as many rungs as Ray counts, the last one perhaps at
// max_resource.
func (a *asha) rayMarks() []float64 {
	marks := powers(*a.minimum, a.eta, a.rate, math.Inf(1))
	if a.maximum == nil {
		return marks
	}
	n := floorLog(*a.maximum / *a.minimum, a.eta, true) + 1 - int(a.rate)
	return marks[:max(0, min(n, len(marks)))]
}

func (a *asha) needs() []trials.Need  { return []trials.Need{{Metric: a.metric, Series: true}} }
func (a *asha) lanes() []*trials.Lane { return []*trials.Lane{a.lane} }

func (a *asha) judge(c *trials.Case) trials.Verdict {
	if a.last(c) {
		return trials.Fire
	}
	verdict, _ := latched(c.Votes(a.lane))
	return verdict
}

// last says that a trial is at the end, where Ray stops it.
func (a *asha) last(c *trials.Case) bool {
	if !a.stopLast || a.compat != asRay || a.maximum == nil {
		return false
	}
	at := float64(c.Trial.LastStep)
	if a.axis != "" {
		at, _ = c.Aggregate(a.axis, trials.Max)
	}
	return at >= *a.maximum
}

func (a *asha) explain(c *trials.Case, e *trials.Explanation) {
	e.Metric = a.metric
	if a.last(c) {
		e.Sentence = "The trial has reached max_resource, " + mark(c.Study, a.axis, *a.maximum) + "."
		e.Counterfactual = "Would have continued without stop_last_trials."
		return
	}
	a.explainVotes(c, e, a.lane)
}
