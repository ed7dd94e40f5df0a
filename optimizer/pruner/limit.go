package pruner

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// limit is a hard limit on the aggregate of a metric so far. NaN is unknown,
// not a breach: a measurement that failed says nothing about what was spent.
type limit struct {
	metric    string
	op        string
	bound     float64
	aggregate trials.Aggregate
}

func newLimit() rule { return &limit{op: "<="} }

func (l *limit) declare(s *options.Set) {
	s.Metric(&l.metric, "metric", "The first objective's by default.")
	options.Word(s, &l.op, "op", "On which side of the bound the aggregate must stay; the bound is included.", "<=", ">=")
	s.Number(&l.bound, "bound", "In the metric's own unit.").Required()
	options.Word(s, &l.aggregate, "aggregate", "How the values so far become one; the metric's own by default: as declared, else max for bytes and running totals, else last.",
		trials.Last, trials.Min, trials.Max, trials.Mean, trials.Sum, trials.P95)
}

func (l *limit) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &l.metric)
	if l.aggregate == "" {
		l.aggregate = study.AggregateOf(l.metric)
	}
	if l.op == "<=" && l.aggregate == trials.Min || l.op == ">=" && l.aggregate == trials.Max {
		f.warnings.Add("/aggregate", "fires at the first value beyond the bound, although the %s may still come back within it", l.aggregate)
	}
}

func (l *limit) needs() []trials.Need {
	return []trials.Need{{Metric: l.metric, Quantile: l.aggregate == trials.P95}}
}

// observed returns the aggregate so far; false if nothing was reported.
func (l *limit) observed(c *trials.Case) (float64, bool) {
	return c.Aggregate(l.metric, l.aggregate)
}

// timely is true of the wall time alone: it goes on between reports.
func (l *limit) timely() bool {
	return l.metric == trials.WallSeconds && (l.aggregate == trials.Max || l.aggregate == trials.Last)
}

// beyond returns by how much v is beyond the bound; negative within it.
func (l *limit) beyond(v float64) float64 {
	if l.op == ">=" {
		return l.bound - v
	}
	return v - l.bound
}

func (l *limit) judge(c *trials.Case) trials.Verdict {
	v, ok := l.observed(c)
	switch {
	case !ok || math.IsNaN(v):
		return trials.Unknown
	case l.beyond(v) > 0:
		return trials.Fire
	default:
		return trials.Pass
	}
}

func (l *limit) explain(c *trials.Case, e *trials.Explanation) {
	e.Metric = l.metric
	bound := trials.Float(l.bound)
	e.Limit = &bound
	v, ok := l.observed(c)
	if !ok {
		e.Sentence = notReported(l.metric)
		return
	}
	e.Observed = map[string]trials.Float{string(l.aggregate): trials.Float(v)}
	u := unitOf(c.Study, l.metric)
	value, limit := u.pair(v, l.bound)
	if math.IsNaN(v) {
		e.Sentence = fmt.Sprintf("%s is not a number; the limit is %s.", upperFirst(l.subject()), limit)
		return
	}
	margin := trials.Float(l.beyond(v))
	e.Margin = &margin
	e.Sentence = fmt.Sprintf("%s is %s; the limit is %s.", upperFirst(l.subject()), value, limit)
	if e.Verdict == trials.Fire {
		e.Counterfactual = u.continued("a limit", v, l.op == "<=")
	}
}

// subject names the aggregate, such as "the mean val_loss". Of a running total
// the largest value so far is the value.
func (l *limit) subject() string {
	name := noun(l.metric)
	switch l.aggregate {
	case trials.Max:
		if grows(l.metric) {
			return name
		}
		return "the highest " + name + " so far"
	case trials.Min:
		return "the lowest " + name + " so far"
	case trials.Mean:
		return "the mean " + name + " so far"
	case trials.Sum:
		return "the sum of " + name + " so far"
	case trials.P95:
		return "the 95 % quantile of " + name + " so far"
	default:
		return name
	}
}
