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
	bound     *float64
	aggregate trials.Aggregate
}

func newLimit() rule { return &limit{} }

func (l *limit) declare(s *options.Set) {
	s.Metric(&l.metric, "metric", "The first objective's by default.")
	options.Word(s, &l.op, "op", "On which side of the bound the aggregate must stay; the bound is included. Left out, that of the constraint from which the bound is, else <=.", "<=", ">=")
	s.Maybe(&l.bound, "bound", "In the metric's own unit; the bound of the study's constraint on the metric by default.")
	options.Word(s, &l.aggregate, "aggregate", "How the values so far become one; that of the constraint from which the bound is, else the metric's own by default: as declared, else max for bytes and running totals, else last.",
		trials.Last, trials.Min, trials.Max, trials.Mean, trials.Sum, trials.P95)
}

func (l *limit) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &l.metric)
	checkSpelling(study, l.metric, f)
	l.fill(study, f)
	if l.op == "<=" && l.aggregate == trials.Min || l.op == ">=" && l.aggregate == trials.Max {
		f.warnings.Add("/aggregate", "fires at the first value beyond the bound, although the %s may still come back within it", l.aggregate)
	}
}

// fill makes what was left out explicit.
func (l *limit) fill(study *trials.StudySpec, f *findings) {
	given := l.bound != nil
	c := constraintOn(study, l.metric, l.op)
	f.bound("limit", "bound", &l.bound, c)
	if !given && c != nil {
		l.op = c.Op
		if l.aggregate == "" {
			l.aggregate = c.Aggregate
		}
	}
	if l.op == "" {
		l.op = "<="
	}
	if l.aggregate == "" {
		l.aggregate = study.AggregateOf(l.metric)
	}
}

// constraintOn returns the study's constraint on a metric, of several the
// tightest, nil without one. The side is open if op is empty.
func constraintOn(study *trials.StudySpec, metric, op string) *trials.Constraint {
	var found *trials.Constraint
	for i := range study.Constraints {
		c := &study.Constraints[i]
		if c.Metric != metric || op != "" && c.Op != op {
			continue
		}
		if found == nil || found.Op == c.Op && (c.Bound < found.Bound) == (c.Op == "<=") {
			found = c
		}
	}
	return found
}

// bound fills in a bound that was left out: that of the study's constraint.
func (f *findings) bound(typ, option string, bound **float64, c *trials.Constraint) {
	switch {
	case *bound != nil:
	case c != nil:
		v := c.Bound
		*bound = &v
	default:
		f.faults.Add("/"+option, "is needed by %s: the study has no constraint on this metric to take it from", typ)
	}
}

func (l *limit) needs() []trials.Need {
	return []trials.Need{{Metric: l.metric, Quantile: l.aggregate == trials.P95}}
}

// observed returns the aggregate so far; false if nothing was reported.
func (l *limit) observed(c *trials.Case) (float64, bool) {
	return c.Aggregate(l.metric, l.aggregate)
}

func (l *limit) limits() []trials.RuleLimit {
	return []trials.RuleLimit{{Constraint: trials.Constraint{Metric: l.metric, Op: l.op, Bound: *l.bound, Aggregate: l.aggregate}}}
}

// ceiling is a limit from above.
func ceiling(metric string, bound float64, a trials.Aggregate) trials.RuleLimit {
	return trials.RuleLimit{Constraint: trials.Constraint{Metric: metric, Op: "<=", Bound: bound, Aggregate: a}}
}

// timely is true of the wall time alone: it goes on between reports.
func (l *limit) timely() bool {
	return l.metric == trials.WallSeconds && (l.aggregate == trials.Max || l.aggregate == trials.Last)
}

// beyond returns by how much v is beyond the bound; negative within it.
func (l *limit) beyond(v float64) float64 {
	if l.op == ">=" {
		return *l.bound - v
	}
	return v - *l.bound
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
	bound := trials.Float(*l.bound)
	e.Limit = &bound
	v, ok := l.observed(c)
	if !ok {
		e.Sentence = notReported(l.metric)
		return
	}
	e.Observed = map[string]trials.Float{string(l.aggregate): trials.Float(v)}
	u := unitOf(c.Study, l.metric)
	value, limit := u.pair(v, *l.bound)
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
