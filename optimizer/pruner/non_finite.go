package pruner

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// nonFinite fires when training broke down: a value was NaN or infinite, with
// or without a step, or the latest one is many times worse than the best. It
// looks at no other trial. O(1).
type nonFinite struct {
	metric    string
	direction trials.Direction
	nan       bool
	infinite  bool
	tolerate  int64
	factor    float64
}

func newNonFinite() rule { return &nonFinite{nan: true, infinite: true, factor: 10} }

func (n *nonFinite) declare(s *options.Set) {
	s.Bool(&n.nan, "nan", "Whether NaN is a fault.")
	s.Bool(&n.infinite, "infinite", "Whether an infinite value is a fault.")
	s.Int(&n.tolerate, "tolerate", "So many faults of a trial are let pass.").AtLeast(0)
	s.Number(&n.factor, "divergence_factor", "Fires also when the latest value is more than so many times the best one; 0 is off. "+
		"It is asked only of a metric that is minimised and of which every value so far is above 0: of others, and of accuracies, `times worse` says nothing. "+
		"A loss that begins near 0 by chance makes an ordinary one look diverged: then set warmup_steps, or confirm.").AtLeast(0)
	s.Metric(&n.metric, "metric", "The first objective's by default.")
	options.Word(s, &n.direction, "direction", "The objective's by default, else minimize.", trials.Minimize, trials.Maximize)
}

func (n *nonFinite) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &n.metric)
	defaultDirection(study, n.metric, &n.direction)
	if n.factor > 0 && n.factor <= 1 {
		f.faults.Add("/divergence_factor", "must be 0 or above 1: any value is once the best")
	}
	if !n.nan && !n.infinite && (n.factor == 0 || n.direction == trials.Maximize) {
		f.warnings.Add("", "never fires with these options")
	}
}

func (n *nonFinite) needs() []trials.Need { return []trials.Need{{Metric: n.metric, Series: true}} }

// breakdown is what the verdict rests on.
type breakdown struct {
	verdict        trials.Verdict
	count          int64
	nans, infs     int64
	faults         int64 // of those, the ones that count
	value, best    float64
	scaled         bool // whether value can be compared with the best
	limit          float64
	tooManyFaults  bool
	tooFarFromBest bool
}

func (n *nonFinite) look(c *trials.Case) (b breakdown) {
	tally := c.Tally(n.metric)
	if tally == nil {
		return b
	}
	b.verdict, b.count, b.nans, b.infs = trials.Pass, tally.Count, tally.NaNs, tally.Infs
	curve := c.Curve(n.metric)
	if c.Back > 0 {
		b.forget(c, n.metric, curve.Len())
	}
	b.value, b.best = tally.Last, tally.Min
	if _, v, ok := curve.Last(); ok {
		b.value, b.best = v, curve.Min
	}
	if n.nan {
		b.faults += b.nans
	}
	if n.infinite {
		b.faults += b.infs
	}
	b.limit = n.factor * b.best
	b.scaled = n.factor > 0 && n.direction == trials.Minimize && b.best > 0 && !math.IsNaN(b.value) && !math.IsInf(b.value, 0)
	b.tooManyFaults = b.faults > n.tolerate
	b.tooFarFromBest = b.scaled && b.value > b.limit
	if b.tooManyFaults || b.tooFarFromBest {
		b.verdict = trials.Fire
	}
	return b
}

// forget takes back what came after the points of the curve that are looked at.
func (b *breakdown) forget(c *trials.Case, metric string, points int) {
	now := *c
	now.Back = 0
	curve := now.Curve(metric)
	for _, v := range curve.Values[points:] {
		b.count--
		switch {
		case math.IsNaN(v):
			b.nans--
		case math.IsInf(v, 0):
			b.infs--
		}
	}
}

func (n *nonFinite) judge(c *trials.Case) trials.Verdict { return n.look(c).verdict }

func (n *nonFinite) explain(c *trials.Case, e *trials.Explanation) {
	e.Metric = n.metric
	b := n.look(c)
	if b.verdict == trials.Unknown {
		e.Sentence = notReported(n.metric)
		return
	}
	e.Observed = map[string]trials.Float{
		"value": trials.Float(b.value), "values": trials.Float(b.count),
		"nan": trials.Float(b.nans), "infinite": trials.Float(b.infs),
	}
	if b.scaled && !b.tooManyFaults {
		n.explainDistance(c, e, &b)
		return
	}
	limit, margin := trials.Float(n.tolerate), trials.Float(b.faults-n.tolerate)
	e.Limit, e.Margin = &limit, &margin
	e.Sentence = fmt.Sprintf("Faulty values of %s: %d of %d (%d NaN, %d infinite); %d are let pass.", noun(n.metric), b.faults, b.count, b.nans, b.infs, n.tolerate)
	if b.tooManyFaults {
		e.Counterfactual = unit("").continued("tolerate", float64(b.faults), true)
	}
}

// explainDistance explains how far the latest value is from the best one.
func (n *nonFinite) explainDistance(c *trials.Case, e *trials.Explanation, b *breakdown) {
	u := unitOf(c.Study, n.metric)
	limit, margin := trials.Float(b.limit), trials.Float(b.value-b.limit)
	e.Observed["best"] = trials.Float(b.best)
	e.Limit, e.Margin, e.Unit = &limit, &margin, string(u)
	value, bar := u.pair(b.value, b.limit)
	relation := "is not above"
	if b.tooFarFromBest {
		relation = "is above"
		e.Counterfactual = unit("").continued("a divergence_factor", b.value/b.best, true)
	}
	e.Sentence = fmt.Sprintf("%s is %s, which %s %s, %v times the best so far.", upperFirst(noun(n.metric)), value, relation, bar, n.factor)
}
