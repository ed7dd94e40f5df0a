package pruner

import (
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// percentile fires when a trial is strictly worse than a percentile, or the
// mean, of others at the same step, or at the same mark along a metric. As it is
// left, it decides exactly as PercentilePruner and MedianPruner of Optuna do;
// what they leave undecided for want of data is unknown here. O(1) in the number
// of trials, but for carry and the mean, which look at each.
type percentile struct {
	manner
	isMedian   bool
	preset     string
	percentile float64 // the best so many percent are kept
	metric     string
	direction  trials.Direction
	axis       string
	minimum    *float64 // of the axis
	maximum    *float64
	marks      int64

	set   *options.Set
	which trials.Peers
	lane  *trials.Lane
	sign  float64 // -1 where the metric is maximised
}

// manner is how it compares: what the presets set.
type manner struct {
	lhs, rhs              string
	statistic, population string
	from                  int64
	startup, minTrials    int64
	carry, firstNaN       bool
}

// The words of a manner.
const (
	byBest, byLast             = "best", "last"
	raw, runningMean, headMean = "raw", "running_mean", "head_mean"
	ofPercentile, ofMean       = "percentile", "mean"
	completed, reached         = "completed", "reached"
)

// manners are the presets.
var manners = map[string]manner{
	"optuna": {byBest, raw, ofPercentile, completed, 0, 5, 1, false, false},
	"vizier": {byBest, runningMean, ofPercentile, completed, 0, 5, 1, true, false},
	"ray":    {byBest, runningMean, ofPercentile, reached, 0, 0, 3, true, true},
	"katib":  {byLast, headMean, ofMean, completed, 4, 3, 1, true, false},
}

func newPercentile() rule {
	return &percentile{manner: manners["optuna"], percentile: 50, marks: 16}
}

func newMedian() rule {
	return &percentile{manner: manners["optuna"], percentile: 50, marks: 16, isMedian: true}
}

func (p *percentile) declare(s *options.Set) {
	p.set = s
	if !p.isMedian {
		s.Number(&p.percentile, "percentile", "The best so many percent are kept.").AtLeast(0).AtMost(100)
	}
	options.Word(s, &p.preset, "preset", "Sets the options below, up to first_nan, as another implementation has them; those given beside it win. "+
		"optuna: what is left out anyway. vizier: the best so far against the median of running means of COMPLETE trials. "+
		"ray: likewise of all trials that reached the step; set from_step and warmup_steps to its grace period. "+
		"katib: the latest value against the mean of the means of the first from_step values.", "optuna", "vizier", "ray", "katib")
	options.Word(s, &p.lhs, "lhs", "What of the trial is compared: its best value so far, the latest, or the mean from from_step on. NaN fires; the best is NaN if every value is.", byBest, byLast, runningMean)
	options.Word(s, &p.rhs, "rhs", "With what of the others: the value at the step, the mean of the values from from_step on, or of the first from_step values. The median of an even number of means is halfway; percentiles are interpolated.", raw, runningMean, headMean)
	options.Word(s, &p.statistic, "statistic", "What of the others' is the bar. The mean looks at each.", ofPercentile, ofMean)
	options.Word(s, &p.population, "population", "The others: COMPLETE trials, or all that reached the step, whatever became of them.", completed, reached)
	s.Int(&p.from, "from_step", "Where the running mean begins; of head_mean, of how many reports it is. Unknown before.").AtLeast(0)
	s.Int(&p.startup, "startup_trials", "Unknown before so many trials completed.").AtLeast(0)
	s.Int(&p.minTrials, "min_trials", "Unknown while there are fewer others at the step.").AtLeast(1)
	s.Bool(&p.carry, "carry", "A trial without a report at the step stands there with what it reported before. Every report then costs a look at every trial, and their curves are kept.")
	s.Bool(&p.firstNaN, "first_nan", "A best value that begins with NaN stays NaN, and fires, as in Ray.")
	s.Metric(&p.metric, "metric", "The first objective's by default.")
	options.Word(s, &p.direction, "direction", "The objective's by default, else minimize.", trials.Minimize, trials.Maximize)
	s.Metric(&p.axis, "axis", "A metric that grows, such as system/wall_seconds: trials are compared at marks along it in place of steps, each as it passes one. Best values then stand against best values, latest against latest.")
	s.Maybe(&p.minimum, "min_resource", "The first mark on the axis; 0 by default.").AtLeast(0)
	s.Maybe(&p.maximum, "max_resource", "The last mark on the axis, which it needs.").Above(0)
	s.Int(&p.marks, "marks", "How many marks there are on the axis, by a constant factor from min_resource to max_resource if that is above 0, else evenly.").AtLeast(1).AtMost(trials.MaxMarks)
}

func (p *percentile) prepare(study *trials.StudySpec, f *findings) {
	p.resolve()
	defaultMetric(study, &p.metric)
	checkSpelling(study, p.metric, f)
	defaultDirection(study, p.metric, &p.direction)
	p.sign = signOf(p.direction)
	p.which = trials.Peers{Reached: p.population == reached, Carry: p.carry}
	if p.rhs != raw {
		p.which.Form, p.which.From = trials.Form(p.rhs), p.from
	}
	if p.rhs == headMean && p.from == 0 {
		f.faults.Add("/from_step", "must be at least 1: of so many reports a head_mean is")
	}
	if p.percentile == 0 {
		f.warnings.Add("/percentile", "keeps only trials that are at least as good as the best one at their step")
	}
	p.prepareAxis(f)
	if study.Budget == nil || study.Budget.MaxTrials == 0 {
		return
	}
	if p.startup >= study.Budget.MaxTrials {
		f.warnings.Add("/startup_trials", "so many never complete before the last one is judged: the budget is %d trials", study.Budget.MaxTrials)
	}
	if p.minTrials >= study.Budget.MaxTrials {
		f.warnings.Add("/min_trials", "so many never complete before the last one is judged: the budget is %d trials", study.Budget.MaxTrials)
	}
}

// resolve puts a preset in place of what was left out.
func (p *percentile) resolve() {
	if p.preset == "" {
		return
	}
	given, m := p.manner, manners[p.preset]
	p.manner, p.preset = m, ""
	keep(p.set, "lhs", &p.lhs, given.lhs)
	keep(p.set, "rhs", &p.rhs, given.rhs)
	keep(p.set, "statistic", &p.statistic, given.statistic)
	keep(p.set, "population", &p.population, given.population)
	keep(p.set, "from_step", &p.from, given.from)
	keep(p.set, "startup_trials", &p.startup, given.startup)
	keep(p.set, "min_trials", &p.minTrials, given.minTrials)
	keep(p.set, "carry", &p.carry, given.carry)
	keep(p.set, "first_nan", &p.firstNaN, given.firstNaN)
}

func keep[T any](s *options.Set, name string, p *T, given T) {
	if s.Given(name) {
		*p = given
	}
}

func (p *percentile) prepareAxis(f *findings) {
	switch {
	case p.axis == "":
		if p.minimum != nil || p.maximum != nil {
			f.faults.Add("/axis", "is needed by min_resource and max_resource")
		}
		return
	case p.maximum == nil:
		f.faults.Add("/max_resource", "is needed with an axis: the last mark on it")
		return
	case p.lhs == runningMean || p.rhs != raw || p.carry:
		f.faults.Add("/axis", "goes with lhs best or last and rhs raw, without carry")
	}
	if p.minimum == nil {
		p.minimum = new(float64)
	}
	if *p.minimum >= *p.maximum {
		f.faults.Add("/min_resource", "must be less than max_resource, %v", *p.maximum)
	}
	p.lane = &trials.Lane{
		Metric: p.metric, Axis: p.axis, Marks: spaced(*p.minimum, *p.maximum, int(p.marks)),
		Completed: p.population == completed, Through: true, Vote: p.vote,
	}
	if p.lhs == byBest {
		p.lane.Best = p.direction
	}
}

// spaced returns n marks up to high: from low by a constant factor, or from 0 in
// even steps.
func spaced(low, high float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		if low > 0 && n > 1 {
			out[i] = low * math.Pow(high/low, float64(i)/float64(n-1))
		} else {
			out[i] = high * float64(i+1) / float64(n)
		}
	}
	out[n-1] = high
	return out
}

func (p *percentile) needs() []trials.Need {
	need := trials.Need{Metric: p.metric, Series: true}
	if p.lane == nil {
		need.Peers = []trials.Peers{p.which}
	}
	if p.lhs == runningMean && p.own() != p.which {
		need.Peers = append(need.Peers, p.own())
	}
	return []trials.Need{need}
}

// own is the form of the trial's own curve, where that is a running mean.
func (p *percentile) own() trials.Peers {
	own := p.which
	own.Form, own.From = trials.RunningMean, p.from
	return own
}

func (p *percentile) lanes() []*trials.Lane {
	if p.lane == nil {
		return nil
	}
	return []*trials.Lane{p.lane}
}

// signOf returns -1 where a metric is maximised.
func signOf(d trials.Direction) float64 {
	if d == trials.Maximize {
		return -1
	}
	return 1
}
