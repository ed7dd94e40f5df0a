package pruner

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// threshold fires when the latest value of a metric, with or without a step, is
// outside [lower, upper] or is NaN. It looks at no other trial.
type threshold struct {
	metric       string
	lower, upper *float64
}

func newThreshold() rule { return &threshold{} }

func (t *threshold) declare(s *options.Set) {
	s.Metric(&t.metric, "metric", "The first objective's by default.")
	s.Maybe(&t.lower, "lower", "Fires below it; left out, there is no lower end.")
	s.Maybe(&t.upper, "upper", "Fires above it; left out, there is no upper end.")
	s.SomeOf("lower", "upper")
}

func (t *threshold) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &t.metric)
	if t.lower != nil && t.upper != nil && *t.lower > *t.upper {
		f.faults.Add("/lower", "is above upper, %v", *t.upper)
	}
}

func (t *threshold) needs() []trials.Need { return []trials.Need{{Metric: t.metric}} }

func (t *threshold) latest(c *trials.Case) (float64, bool) {
	tally := c.Trial.Tally(c.History, t.metric)
	if tally == nil {
		return 0, false
	}
	return tally.Value(trials.Last)
}

func (t *threshold) judge(c *trials.Case) trials.Verdict {
	v, ok := t.latest(c)
	switch {
	case !ok:
		return trials.Unknown
	case math.IsNaN(v), t.lower != nil && v < *t.lower, t.upper != nil && v > *t.upper:
		return trials.Fire
	default:
		return trials.Pass
	}
}

func (t *threshold) explain(c *trials.Case, e *trials.Explanation) {
	e.Metric = t.metric
	v, ok := t.latest(c)
	if !ok {
		e.Sentence = notReported(t.metric)
		return
	}
	e.Observed = map[string]trials.Float{"value": trials.Float(v)}
	if math.IsNaN(v) {
		e.Sentence = fmt.Sprintf("%s is not a number.", upperFirst(noun(t.metric)))
		e.Counterfactual = "Would have continued with a number within the limits."
		return
	}
	e.Limit, e.Margin = new(trials.Float), new(trials.Float)
	bound, isUpper := t.nearer(v)
	*e.Limit = trials.Float(bound)
	article, end := "a ", "lower"
	*e.Margin = trials.Float(bound - v)
	if isUpper {
		article, end = "an ", "upper"
		*e.Margin = trials.Float(v - bound)
	}
	u := unitOf(c.Study, t.metric)
	value, limit := u.pair(v, bound)
	e.Sentence = fmt.Sprintf("%s is %s; the %s limit is %s.", upperFirst(noun(t.metric)), value, end, limit)
	if e.Verdict == trials.Fire {
		e.Counterfactual = u.continued(article+end+" limit", v, isUpper)
	}
}

// nearer returns the end that v is beyond, or else the one that it is nearer to.
func (t *threshold) nearer(v float64) (bound float64, isUpper bool) {
	switch {
	case t.lower == nil:
		return *t.upper, true
	case t.upper == nil, v-*t.lower < *t.upper-v:
		return *t.lower, false
	default:
		return *t.upper, true
	}
}
