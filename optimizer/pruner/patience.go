package pruner

import (
	"fmt"
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// patience asks another rule once the trial stopped improving: the best of its
// latest patience+1 values is worse than the best before them by more than
// min_delta. NaN is passed over; where only NaN is left on a side it is unknown. It
// decides as PatientPruner of Optuna does. O(patience) a report.
type patience struct {
	one
	patience  int64
	minDelta  float64
	deltaMode string
	metric    string
	direction trials.Direction
}

// How min_delta is meant.
const (
	absolute = "abs"
	relative = "rel"
)

func newPatience() rule {
	return &patience{one: one{name: "then"}, patience: 5, deltaMode: absolute}
}

func (p *patience) declare(s *options.Set) {
	s.Int(&p.patience, "patience", "The latest so many values and one more are compared with those before; unknown until there are.").AtLeast(0)
	s.Number(&p.minDelta, "min_delta", "By how much at least they must be worse than the best before, for the rule to fire.").AtLeast(0)
	options.Word(s, &p.deltaMode, "delta_mode", "`rel`: min_delta is a share of the best before, without its sign.", absolute, relative)
	s.Metric(&p.metric, "metric", "The first objective's by default.")
	options.Word(s, &p.direction, "direction", "The objective's by default, else minimize.", trials.Minimize, trials.Maximize)
	s.Node(&p.pruner, "then", "The rule that decides once the trial stopped improving; left out, it fires then.")
}

func (p *patience) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &p.metric)
	checkSpelling(study, p.metric, f)
	defaultDirection(study, p.metric, &p.direction)
	if len(p.pruner) == 0 {
		f.warnings.Add("", "fires on trials that would have been the best, often: a curve that rests is not at its end; say then, such as {\"type\":\"median\"}")
	}
	if study.MaxSteps > 0 && p.patience+1 >= study.MaxSteps {
		f.warnings.Add("/patience", "is never over: a trial has %d steps", study.MaxSteps)
	}
}

func (p *patience) needs() []trials.Need { return []trials.Need{{Metric: p.metric, Series: true}} }

// rest is how the latest values stand to those before them.
type rest struct {
	verdict       trials.Verdict
	points        int
	before, after float64 // the best on each side; before only where it matters
}

func (p *patience) look(c *trials.Case) rest {
	curve := c.Curve(p.metric)
	n := curve.Len()
	r := rest{points: n}
	if int64(n) <= p.patience+1 {
		return r
	}
	split := n - 1 - int(p.patience)
	r.before, r.after = curve.Best(p.direction), p.best(curve.Values[split:])
	switch {
	case math.IsNaN(r.after):
	case p.direction.Better(p.bar(r.before), r.after): // so the best of all is before
		r.verdict = trials.Fire
	case slices.ContainsFunc(curve.Values[:split], func(v float64) bool { return !math.IsNaN(v) }):
		r.verdict = trials.Pass
	}
	return r
}

// best returns the best number among values, NaN without one.
func (p *patience) best(values []float64) float64 {
	best := math.NaN()
	for _, v := range values {
		if p.direction.Better(v, best) || math.IsNaN(best) {
			best = v
		}
	}
	return best
}

// bar returns what the latest values must not be worse than.
func (p *patience) bar(before float64) float64 {
	delta := p.minDelta
	if p.deltaMode == relative {
		delta *= math.Abs(before)
	}
	return before + signOf(p.direction)*delta
}

func (p *patience) guard(c *trials.Case) trials.Verdict { return p.look(c).verdict }

func (p *patience) explain(c *trials.Case, e *trials.Explanation) {
	r := p.look(c)
	e.Metric = p.metric
	e.Observed = map[string]trials.Float{"points": trials.Float(r.points)}
	name, latest := noun(p.metric), p.patience+1
	if int64(r.points) <= latest {
		e.Sentence = fmt.Sprintf("Needs %d values of %s, has %d.", latest+1, name, r.points)
		return
	}
	curve := c.Curve(p.metric)
	r.before = p.best(curve.Values[:r.points-int(latest)])
	e.Observed["before"], e.Observed["latest"] = trials.Float(r.before), trials.Float(r.after)
	if math.IsNaN(r.before) || math.IsNaN(r.after) {
		e.Sentence = fmt.Sprintf("The latest %d values of %s, or all before them, are not numbers.", latest, name)
		return
	}
	bar := p.bar(r.before)
	limit, margin := trials.Float(bar), trials.Float(signOf(p.direction)*(r.after-bar))
	u := unitOf(c.Study, p.metric)
	e.Limit, e.Margin, e.Unit = &limit, &margin, string(u)
	verb := "is not worse"
	if r.verdict == trials.Fire {
		verb = "is worse"
		e.Counterfactual = u.continued("a best "+name+" among them", bar, p.direction == trials.Maximize)
	}
	after, before := u.pair(r.after, r.before)
	e.Sentence = fmt.Sprintf("The best of the latest %d values of %s, %s, %s than the best before, %s%s.",
		latest, name, after, verb, before, p.byMore(u, bar-r.before))
}

// byMore says by how much more than nothing.
func (p *patience) byMore(u unit, delta float64) string {
	if p.minDelta == 0 {
		return ""
	}
	return ", by more than " + u.show(math.Abs(delta), digits)
}
