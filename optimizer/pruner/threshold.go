package pruner

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// threshold fires when the value of a metric is outside [lower, upper] or is NaN:
// of a metric reported at steps the value at the highest step, as in Optuna, else
// the latest value. It looks at no other trial.
type threshold struct {
	metric       string
	lower, upper *float64
	atStep       *float64
	consecutive  int64
}

func newThreshold() rule { return &threshold{consecutive: 1} }

func (t *threshold) declare(s *options.Set) {
	s.Metric(&t.metric, "metric", "The first objective's by default.")
	s.Maybe(&t.lower, "lower", "Fires below it; left out, there is no lower end.")
	s.Maybe(&t.upper, "upper", "Fires above it; left out, there is no upper end.")
	s.Maybe(&t.atStep, "at_step", "Judges only the first report at or after this step and passes at all others; left out, it judges every report.").AtLeast(0)
	s.Int(&t.consecutive, "consecutive", "Fires only when so many values in a row are outside.").AtLeast(1).AtMost(512)
	s.SomeOf("lower", "upper")
}

func (t *threshold) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &t.metric)
	if t.lower != nil && t.upper != nil && *t.lower > *t.upper {
		f.faults.Add("/lower", "is above upper, %v", *t.upper)
	}
	if t.atStep != nil && study.MaxSteps > 0 && *t.atStep > float64(study.MaxSteps) {
		f.warnings.Add("/at_step", "is never reached: a trial has %d steps", study.MaxSteps)
	}
}

func (t *threshold) needs() []trials.Need {
	return []trials.Need{{Metric: t.metric, Series: true, Samples: t.consecutive > 1}}
}

// reading is the value that is judged, and what it rests on.
type reading struct {
	known bool
	other bool // the report is not the one that at_step asks for
	step  int64
	value float64
	row   int64 // so many values in a row are outside, as far as it matters
}

func (t *threshold) look(c *trials.Case) (r reading) {
	curve := c.Curve(t.metric)
	n := curve.Len()
	switch tally := c.Tally(t.metric); {
	case n > 0:
		r.known, r.step, r.value = true, curve.Steps[n-1], curve.Values[n-1]
		r.other = t.atStep != nil && (float64(r.step) < *t.atStep || n > 1 && float64(curve.Steps[n-2]) >= *t.atStep)
	case tally != nil && t.atStep == nil:
		r.known, r.step, r.value = true, trials.Absent, tally.Last
	default:
		return r
	}
	if !t.outside(r.value) {
		return r
	}
	for r.row = 1; r.row < t.consecutive; r.row++ {
		if v, ok := t.before(c, &curve, int(r.row)); !ok || !t.outside(v) {
			break
		}
	}
	return r
}

// before returns the value so many values ago.
func (t *threshold) before(c *trials.Case, curve *trials.Series, ago int) (float64, bool) {
	if n := curve.Len(); n > 0 {
		if ago >= n {
			return 0, false
		}
		return curve.Values[n-1-ago], true
	}
	samples := c.Samples(t.metric)
	if ago >= len(samples) {
		return 0, false
	}
	return samples[len(samples)-1-ago].Value, true
}

func (t *threshold) outside(v float64) bool {
	return math.IsNaN(v) || t.lower != nil && v < *t.lower || t.upper != nil && v > *t.upper
}

func (t *threshold) judge(c *trials.Case) trials.Verdict {
	switch r := t.look(c); {
	case !r.known:
		return trials.Unknown
	case !r.other && r.row >= t.consecutive:
		return trials.Fire
	default:
		return trials.Pass
	}
}

func (t *threshold) explain(c *trials.Case, e *trials.Explanation) {
	e.Metric = t.metric
	r := t.look(c)
	name := upperFirst(noun(t.metric))
	switch {
	case !r.known && t.atStep != nil:
		e.Sentence = name + " was not reported at a step yet."
		return
	case !r.known:
		e.Sentence = notReported(t.metric)
		return
	}
	e.Observed = map[string]trials.Float{"value": trials.Float(r.value)}
	if r.other {
		e.Observed["step"] = trials.Float(r.step)
		e.Sentence = fmt.Sprintf("Only the first report at or after step %v is judged, and step %d is not it.", *t.atStep, r.step)
		return
	}
	if t.consecutive > 1 {
		e.Observed["in_a_row"] = trials.Float(r.row)
	}
	if math.IsNaN(r.value) {
		e.Sentence = name + " is not a number" + t.inARow(&r) + "."
		if e.Verdict == trials.Fire {
			e.Counterfactual = "Would have continued with a number within the limits."
		}
		return
	}
	t.explainEnd(c, e, &r)
}

func (t *threshold) explainEnd(c *trials.Case, e *trials.Explanation, r *reading) {
	e.Limit, e.Margin = new(trials.Float), new(trials.Float)
	bound, isUpper := t.nearer(r.value)
	*e.Limit = trials.Float(bound)
	article, end := "a ", "lower"
	*e.Margin = trials.Float(bound - r.value)
	if isUpper {
		article, end = "an ", "upper"
		*e.Margin = trials.Float(r.value - bound)
	}
	u := unitOf(c.Study, t.metric)
	e.Unit = string(u)
	value, limit := u.pair(r.value, bound)
	e.Sentence = fmt.Sprintf("%s is %s; the %s limit is %s%s.", upperFirst(noun(t.metric)), value, end, limit, t.inARow(r))
	if e.Verdict == trials.Fire {
		e.Counterfactual = u.continued(article+end+" limit", r.value, isUpper)
	}
}

// inARow says how often the metric was outside in a row, where that matters.
func (t *threshold) inARow(r *reading) string {
	if t.consecutive == 1 || r.row == 0 {
		return ""
	}
	return fmt.Sprintf(", and %d of the %d values in a row that it takes are outside", r.row, t.consecutive)
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
