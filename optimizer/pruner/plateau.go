package pruner

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// plateau fires when the last values of a metric hardly differ: their standard
// deviation, of the population, is at most std. It differs from Ray's stopper in
// that a deviation of exactly std fires (so that 0 means equal values), that the
// grace period is warmup_steps, in steps, and warmup_fraction, that a value not
// finite is unknown, and that the values are the latest by step. O(results).
type plateau struct {
	std       float64
	results   int64
	threshold *float64
	metric    string
	direction trials.Direction
}

func newPlateau() rule { return &plateau{std: 0.01, results: 4} }

func (p *plateau) declare(s *options.Set) {
	s.Number(&p.std, "std", "Fires at this standard deviation or less, in the metric's own unit.").AtLeast(0)
	s.Int(&p.results, "num_results", "Of so many values, the latest.").AtLeast(2).AtMost(1000)
	s.Maybe(&p.threshold, "metric_threshold", "Passes while the latest value is worse than this; left out, it never does.")
	s.Metric(&p.metric, "metric", "The first objective's by default.")
	options.Word(s, &p.direction, "direction", "The objective's by default, else minimize.", trials.Minimize, trials.Maximize)
}

func (p *plateau) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &p.metric)
	defaultDirection(study, p.metric, &p.direction)
	if study.MaxSteps > 0 && p.results > study.MaxSteps {
		f.warnings.Add("/num_results", "is more than a trial has: %d steps", study.MaxSteps)
	}
}

func (p *plateau) needs() []trials.Need { return []trials.Need{{Metric: p.metric, Series: true}} }

// flatness is how much the last values differ.
type flatness struct {
	verdict trials.Verdict
	points  int
	value   float64
	std     float64 // NaN if a value is not finite
	worse   bool    // the value is worse than the threshold
}

func (p *plateau) look(c *trials.Case) (f flatness) {
	curve := c.Curve(p.metric)
	f.points, f.std = curve.Len(), math.NaN()
	if f.points == 0 {
		return f
	}
	f.value = curve.Values[f.points-1]
	if int64(f.points) < p.results {
		return f
	}
	f.std = deviation(curve.Values[f.points-int(p.results):])
	f.worse = p.threshold != nil && p.direction.Better(*p.threshold, f.value)
	switch {
	case math.IsNaN(f.std):
	case f.std <= p.std && !f.worse:
		f.verdict = trials.Fire
	default:
		f.verdict = trials.Pass
	}
	return f
}

// deviation returns the standard deviation of a population; NaN where a value is
// not finite.
func deviation(values []float64) float64 {
	n, mean, square := float64(len(values)), 0.0, 0.0
	for _, v := range values {
		mean += (v - values[0]) / n
	}
	for _, v := range values {
		d := v - values[0] - mean
		square += d * d
	}
	return math.Sqrt(square / n)
}

func (p *plateau) judge(c *trials.Case) trials.Verdict { return p.look(c).verdict }

func (p *plateau) explain(c *trials.Case, e *trials.Explanation) {
	f := p.look(c)
	e.Metric = p.metric
	name, u := noun(p.metric), unitOf(c.Study, p.metric)
	e.Observed = map[string]trials.Float{"points": trials.Float(f.points)}
	switch {
	case int64(f.points) < p.results:
		e.Sentence = fmt.Sprintf("Needs %d values of %s at steps, has %d.", p.results, name, f.points)
		return
	case math.IsNaN(f.std):
		e.Sentence = fmt.Sprintf("One of the last %d values of %s is not finite.", p.results, name)
		return
	}
	limit, margin := trials.Float(p.std), trials.Float(p.std-f.std)
	e.Observed["value"], e.Observed["std"] = trials.Float(f.value), trials.Float(f.std)
	e.Limit, e.Margin, e.Unit = &limit, &margin, string(u)
	std, bar := u.pair(f.std, p.std)
	e.Sentence = fmt.Sprintf("The last %d values of %s have a standard deviation of %s; the limit is %s.", p.results, name, std, bar)
	switch {
	case f.verdict == trials.Fire && f.std == 0:
		e.Counterfactual = "Would have continued if one of them differed."
	case f.verdict == trials.Fire:
		e.Counterfactual = fmt.Sprintf("Would have continued with std below %s.", u.show(f.std, digits))
	case f.worse:
		value, threshold := u.pair(f.value, *p.threshold)
		e.Sentence += fmt.Sprintf(" It is judged once %s, now %s, is as good as %s.", name, value, threshold)
	}
}
