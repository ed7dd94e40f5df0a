package pruner

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// budget bounds what a trial spends, or a study. Of a study it prunes the worst
// running trials once the rest would not fit into what is left; the best one
// always goes on. Each judgement looks at every running trial.
type budget struct {
	scope  string
	unit   string
	limit  *float64
	soft   *float64
	hard   float64
	finish *float64

	metric string
	sums   bool // the values are increments
}

// The scopes of budget.
const (
	ofTrial = "trial"
	ofStudy = "study"
)

func newBudget() rule { return &budget{hard: 1} }

// budgetUnits are the units, with the metric of each.
var budgetUnits = map[string]string{
	"wall_seconds": trials.WallSeconds, "cpu_seconds": trials.CPUSeconds, "gpu_seconds": trials.GPUSeconds,
	"energy_joules": trials.EnergyJoules, "cost": trials.Cost,
}

func (b *budget) declare(s *options.Set) {
	options.Word(s, &b.scope, "scope", "`trial`: what this trial has spent. `study`: what all have spent and the running ones still need, as far as that is known.", ofTrial, ofStudy).Required()
	options.Word(s, &b.unit, "unit", "What is counted. The wall seconds of a study go on from its first trial on, whatever runs beside it.", "wall_seconds", "cpu_seconds", "gpu_seconds", "energy_joules", "cost").Required()
	s.Maybe(&b.limit, "limit", "The budget; by default the study's of this unit, or, of a trial, the bound of its constraint on the metric.").AtLeast(0)
	s.Maybe(&b.soft, "soft", "Of a study: prunes once this share of the limit is spent; 0.85 by default.").AtLeast(0)
	s.Number(&b.hard, "hard", "Prunes for what is beyond this share of the limit.").AtLeast(0.01)
	s.Maybe(&b.finish, "finish_fraction", "Of a study: the share of the limit kept for the best running trial while it is not known what that still needs; 0.15 by default.").AtLeast(0).AtMost(1)
}

func (b *budget) prepare(study *trials.StudySpec, f *findings) {
	b.metric = budgetUnits[b.unit]
	b.sums = study.AggregateOf(b.metric) == trials.Sum
	b.fill(study, f)
	b.studyOnly("soft", &b.soft, 0.85, f)
	b.studyOnly("finish_fraction", &b.finish, 0.15, f)
	if b.soft != nil && *b.soft > b.hard {
		f.warnings.Add("/soft", "is above hard, %v: it prunes too late", b.hard)
	}
	if b.limit != nil && *b.limit == 0 {
		f.warnings.Add("/limit", "is not above 0: every trial is beyond it")
	}
}

// studyOnly sets the default of an option that the scope study alone has.
func (b *budget) studyOnly(name string, v **float64, otherwise float64, f *findings) {
	switch {
	case b.scope == ofStudy && *v == nil:
		*v = &otherwise
	case b.scope == ofTrial && *v != nil:
		f.faults.Add("/"+name, "is of the scope study only")
	}
}

// fill makes the limit explicit.
func (b *budget) fill(study *trials.StudySpec, f *findings) {
	if b.scope == ofTrial {
		f.bound("budget", "limit", &b.limit, constraintOn(study, b.metric, "<="))
		return
	}
	if all := study.Budget; b.limit == nil && all != nil {
		limit := map[string]float64{
			"wall_seconds": all.WallSeconds, "cpu_seconds": all.CPUSeconds, "gpu_seconds": all.GPUSeconds,
			"energy_joules": all.EnergyJoules, "cost": all.Cost,
		}[b.unit]
		if limit > 0 {
			b.limit = &limit
		}
	}
	if b.limit == nil {
		f.faults.Add("/limit", "is needed by budget: the study's budget has no %s", b.unit)
	}
}

// class: that a study's budget will not do is a forecast.
func (b *budget) class() trials.Class {
	if b.scope == ofStudy {
		return trials.Forecast
	}
	return trials.Crossed
}

func (b *budget) needs() []trials.Need {
	if b.scope == ofTrial {
		return []trials.Need{{Metric: b.metric}}
	}
	return []trials.Need{{Metric: b.metric, Series: true, Totals: true}}
}

// limits: what a study may spend is no limit of a trial.
func (b *budget) limits() []trials.RuleLimit {
	if b.scope == ofStudy {
		return nil
	}
	return []trials.RuleLimit{ceiling(b.metric, b.most(), totalOf(b.sums))}
}

// timely is true of the wall time alone: it goes on between reports.
func (b *budget) timely() bool { return b.unit == "wall_seconds" }

// outlook is what a budget is heading for.
type outlook struct {
	why     unbudgeted
	spent   float64 // so far
	heading float64 // with what the running trials still need
	without float64 // likewise, without those worse than this one
	need    float64 // of this one; NaN is not known
	share   float64 // of the limit, kept for the best one
	rank    int     // of this one among the running trials, from 1
	running int
}

type unbudgeted int8

const (
	counted unbudgeted = iota
	nothingCounted
)

// most is what may be spent.
func (b *budget) most() float64 { return b.hard * *b.limit }

func (b *budget) look(c *trials.Case) (o outlook) {
	if b.scope == ofTrial {
		used, ok := b.used(c)
		if !ok {
			o.why = nothingCounted
		}
		o.spent, o.heading = used, used
		return o
	}
	ok := false
	if o.spent, ok = b.spent(c); !ok {
		o.why = nothingCounted
	}
	o.heading, o.without = o.spent, o.spent
	if o.why == counted && o.spent > *b.soft**b.limit {
		b.predict(c, &o)
	}
	return o
}

// used returns what a trial has spent so far.
func (b *budget) used(c *trials.Case) (float64, bool) {
	a := trials.Max
	if b.sums {
		a = trials.Sum
	}
	v, ok := c.Aggregate(b.metric, a)
	return v, ok && !math.IsNaN(v)
}

// spent returns what the study has spent; false while nothing was measured.
func (b *budget) spent(c *trials.Case) (float64, bool) {
	if b.unit == "wall_seconds" {
		at, ok := c.History.Began()
		return math.Max(0, c.Now.Sub(at).Seconds()), ok
	}
	sum, measured := c.History.Spent(b.metric)
	for _, t := range c.History.Open() {
		other := trials.Case{Study: c.Study, History: c.History, Trial: t, Now: c.Now}
		if v, ok := b.used(&other); ok && t.State == trials.Running {
			sum, measured = sum+v, true
		}
	}
	return sum, measured
}

// predict adds up what the running trials still need, and ranks this one.
func (b *budget) predict(c *trials.Case, o *outlook) {
	mean, known := c.History.MeanTotal(b.metric)
	if !known {
		mean = math.NaN()
	}
	step := commonStep(c)
	own := seatOf(c, c.Trial, step)
	best, reserve := own, false
	o.rank, o.need = 1, math.NaN()
	for _, t := range c.History.Open() {
		if !runs(t) {
			continue
		}
		o.running++
		need, other := b.need(c, t, mean), seatOf(c, t, step)
		if other.before(own) {
			o.rank++
		}
		if !best.before(other) {
			best, reserve = other, math.IsNaN(need)
		}
		if t == c.Trial {
			o.need = need
		}
		switch {
		case math.IsNaN(need):
		case b.unit == "wall_seconds": // they run side by side
			o.heading = math.Max(o.heading, o.spent+need)
		default:
			o.heading += need
			if !own.before(other) {
				o.without += need
			}
		}
	}
	switch {
	case b.unit == "wall_seconds":
		o.without += o.need
	case reserve:
		o.share = *b.finish
		o.heading += o.share * *b.limit
		o.without += o.share * *b.limit
	}
}

// runs says that a trial spends: it runs, and was not told to stop.
func runs(t *trials.Live) bool { return t.State == trials.Running && !t.Told() }

// need returns what a running trial still needs: by its own cost per step, else
// as much as other trials did in all; NaN if neither is known.
func (b *budget) need(c *trials.Case, t *trials.Live, total float64) float64 {
	other := trials.Case{Study: c.Study, History: c.History, Trial: t, Now: c.Now}
	used, ok := b.used(&other)
	if !ok {
		used = 0
	}
	curve := other.Curve(b.metric)
	end, known := other.End()
	if step, at, ok := curve.Last(); ok && known {
		if b.sums {
			at = used
		}
		steps := float64(step + other.Steps() - max(0, t.LastStep))
		if each := at / steps; steps > 0 && each >= 0 && !math.IsInf(each, 0) {
			since := math.Min(math.Max(0, used-at), each) // of the step under way
			return math.Max(0, math.Max(0, float64(end-step))*each-since)
		}
	}
	return math.Max(0, total-used)
}

// seat is how a running trial stands among the others.
type seat struct {
	value  float64 // NaN without one
	number int64
	better trials.Direction
}

// before says that p is better; without an order the older trial is.
func (p seat) before(o seat) bool {
	switch {
	case p.better.Better(p.value, o.value):
		return true
	case p.better.Better(o.value, p.value):
		return false
	default:
		return p.number < o.number
	}
}

// commonStep returns the latest step that every running trial with a value of
// the first objective has reached.
func commonStep(c *trials.Case) int64 {
	common := int64(math.MaxInt64)
	for _, t := range c.History.Open() {
		other := trials.Case{Study: c.Study, History: c.History, Trial: t}
		curve := other.Curve(c.Study.Objectives[0].Metric)
		if step, _, ok := curve.Last(); ok && runs(t) {
			common = min(common, step)
		}
	}
	return common
}

// seatOf returns how a trial stands at a step, or at the latest that it reported
// before it, or at its first.
func seatOf(c *trials.Case, t *trials.Live, step int64) seat {
	first := c.Study.Objectives[0]
	other := trials.Case{Study: c.Study, History: c.History, Trial: t}
	curve := other.Curve(first.Metric)
	p := seat{math.NaN(), t.Number, first.Direction}
	low, high := 0, curve.Len()
	for low < high {
		if mid := (low + high) / 2; curve.Steps[mid] <= step {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if curve.Len() > 0 {
		p.value = curve.Values[max(0, low-1)]
	}
	return p
}

func (b *budget) judge(c *trials.Case) trials.Verdict {
	o := b.look(c)
	switch {
	case o.why == nothingCounted:
		return trials.Unknown
	case b.scope == ofTrial && o.spent > b.most():
		return trials.Fire
	case o.heading <= b.most() || o.rank == 1: // also a trial within its own
		return trials.Pass
	case math.IsNaN(o.need):
		return trials.Unknown
	case o.need > 0 && o.without > b.most():
		return trials.Fire
	default:
		return trials.Pass
	}
}

func (b *budget) explain(c *trials.Case, e *trials.Explanation) {
	o := b.look(c)
	u := unitOf(c.Study, b.metric)
	most := trials.Float(b.most())
	e.Metric, e.Limit, e.Unit = b.metric, &most, string(u)
	if o.why == nothingCounted {
		e.Sentence = notReported(b.metric)
		return
	}
	margin := trials.Float(o.heading - b.most())
	e.Margin = &margin
	e.Observed = map[string]trials.Float{"spent": trials.Float(o.spent)}
	spent, limit := u.pair(o.spent, b.most())
	name := noun(b.metric)
	switch {
	case b.scope == ofTrial:
		e.Sentence = fmt.Sprintf("%s of this trial is %s; its budget is %s.", upperFirst(name), spent, limit)
		if e.Verdict == trials.Fire {
			e.Counterfactual = u.continued("a budget", o.spent, true)
		}
	case o.running == 0:
		e.Sentence = fmt.Sprintf("The study has spent %s of %s; its budget is %s.", spent, name, limit)
	default:
		b.explainStudy(e, &o, u)
	}
}

func (b *budget) explainStudy(e *trials.Explanation, o *outlook, u unit) {
	name := noun(b.metric)
	e.Observed["rank"], e.Observed["running"] = trials.Float(o.rank), trials.Float(o.running)
	e.Predicted = map[string]trials.Float{"total": trials.Float(o.heading)}
	if !math.IsNaN(o.need) {
		e.Predicted["needed"] = trials.Float(o.need)
	}
	heading, limit := u.pair(o.heading, b.most())
	e.Sentence = fmt.Sprintf("The study is heading for %s of %s; its budget is %s.", heading, name, limit)
	if o.heading <= b.most() {
		return
	}
	start := e.Sentence[:len(e.Sentence)-1]
	switch {
	case o.rank == 1:
		e.Sentence = start + ", and this trial is the best that runs."
	case math.IsNaN(o.need):
		e.Sentence = start + ", but what this trial still needs is not known yet."
	case e.Verdict == trials.Fire:
		e.Sentence = fmt.Sprintf("%s, and this trial is number %d of %d that run.", start, o.rank, o.running)
		e.Counterfactual = u.continued("a budget", b.enough(o), true)
	default:
		e.Sentence = start + ", but without the worse ones that run it is kept."
	}
}

// enough returns the least limit with which a trial would have gone on.
func (b *budget) enough(o *outlook) float64 {
	least := o.spent / *b.soft
	if rest := b.hard - o.share; rest > 0 {
		least = math.Min(least, (o.without-o.share**b.limit)/rest)
	}
	return least
}
