package pruner

import (
	"fmt"
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// projectedTotal fires when what a running total is heading for is above a
// limit, also by the lower end of its prediction interval: naive projection
// stops trials that would have stayed within it. It looks at the latest 64
// increments, whatever the length of the trial.
type projectedTotal struct {
	metric    string
	limit     *float64
	minPoints int64
	z, slack  float64
	growth    string
	sums      bool // the values are increments
}

// Of projected_total, how the increments go on.
const (
	constant = "const"
	linear   = "linear"
)

// leastForLine is how many increments a line needs at least: with fewer, what
// is left beside its two parameters says nothing of the noise.
const leastForLine = 6

func newProjectedTotal() rule {
	return &projectedTotal{minPoints: 3, z: 1.645, slack: 0.02, growth: constant}
}

func (p *projectedTotal) declare(s *options.Set) {
	s.Metric(&p.metric, "metric", "A running total since the trial began; or, if its aggregate is sum, what was added since the report before.").Required()
	s.Maybe(&p.limit, "limit", "What the total may be at the last step; the bound of the study's constraint on the metric by default.")
	s.Int(&p.minPoints, "min_points", fmt.Sprintf("Unknown before so many increments; with growth linear at least %d.", leastForLine)).AtLeast(2).AtMost(increments)
	s.Number(&p.z, "z", "How many standard errors the lower end of the prediction interval is below the prediction; 1.645 is one-sided 95 %.").AtLeast(0).AtMost(10)
	s.Number(&p.slack, "slack", "By which share of the limit the prediction must be above it as well.").AtLeast(0).AtMost(10)
	options.Word(s, &p.growth, "growth", "How the increments go on: as their mean, or along a line, for steps that cost more and more, as in boosting.", constant, linear)
}

func (p *projectedTotal) prepare(study *trials.StudySpec, f *findings) {
	checkSpelling(study, p.metric, f)
	c := constraintOn(study, p.metric, "<=")
	f.bound("projected_total", "limit", &p.limit, c)
	p.sums = study.AggregateOf(p.metric) == trials.Sum || c != nil && c.Aggregate == trials.Sum
	if p.growth == linear {
		p.minPoints = max(p.minPoints, leastForLine)
	}
	if p.limit != nil && *p.limit <= 0 {
		f.warnings.Add("/limit", "is not above 0: every trial is beyond it")
	}
	if study.MaxSteps > 0 && p.minPoints >= study.MaxSteps {
		f.warnings.Add("/min_points", "so many are there at the last step only: a trial has %d steps", study.MaxSteps)
	}
	f.warnT(study)
}

func (p *projectedTotal) needs() []trials.Need {
	return []trials.Need{{Metric: p.metric, Series: true}}
}

func (p *projectedTotal) limits() []trials.RuleLimit {
	return []trials.RuleLimit{ceiling(p.metric, *p.limit, totalOf(p.sums))}
}

// totalOf is the aggregate that is the total of a metric.
func totalOf(sums bool) trials.Aggregate {
	if sums {
		return trials.Sum
	}
	return trials.Max
}

// projection is what a trial's total is heading for.
type projection struct {
	why      unprojected
	used     float64
	n        int     // increments
	mean, sd float64 // of an increment
	rem      float64 // steps
	total    float64
	se       float64
	fell     int64 // the step at which the total fell
}

type unprojected int8

const (
	projected unprojected = iota
	noTotal
	notCounted
	totalFell
	fewIncrements
	endUnknown
)

// low returns the lower end of the prediction interval.
func (g *projection) low(z float64) float64 { return g.total - z*g.se }

// project looks at the trial; each guard returns.
func (p *projectedTotal) project(c *trials.Case) (g projection) {
	curve := c.Curve(p.metric)
	var h ledger
	if !h.take(&curve, p.sums, c.Steps() > c.Trial.LastStep) {
		g.why = noTotal
		return g
	}
	g.used = h.total
	if p.sums {
		g.used = p.sum(c, &curve)
	}
	if math.IsNaN(g.used) || math.IsInf(g.used, 0) {
		g.why = notCounted
		return g
	}
	if step, ok := h.fell(); ok {
		g.why, g.fell = totalFell, step
		return g
	}
	h.dropStart()
	if g.n = h.n; int64(g.n) < p.minPoints {
		g.why = fewIncrements
		return g
	}
	end, ok := c.End()
	if !ok {
		g.why = endUnknown
		return g
	}
	g.rem = math.Max(0, float64(end)-float64(h.last))
	p.extend(&g, &h)
	return g
}

// sum adds up all increments. The tally has done so already, but for points
// that are passed over.
func (p *projectedTotal) sum(c *trials.Case, curve *trials.Series) float64 {
	tally := c.Tally(p.metric)
	if tally == nil {
		return math.NaN()
	}
	whole := *c
	whole.Back = 0
	all, total := whole.Curve(p.metric), tally.Sum
	for _, v := range all.Values[curve.Len():] {
		total -= v
	}
	return total
}

// extend predicts the total from the increments so far.
func (p *projectedTotal) extend(g *projection, h *ledger) {
	n, rem := float64(h.n), g.rem
	weight, meanAt := 0.0, 0.0
	for _, x := range h.all[:h.n] {
		weight += x.steps
		g.mean += x.steps * x.each
		meanAt += x.steps * x.at
	}
	g.mean, meanAt = g.mean/weight, meanAt/weight
	slope, spread, free, ahead := 0.0, 0.0, n-1, 0.0
	if p.growth == linear {
		for _, x := range h.all[:h.n] {
			spread += x.steps * (x.at - meanAt) * (x.at - meanAt)
			slope += x.steps * (x.at - meanAt) * (x.each - g.mean)
		}
		slope /= spread
		free, ahead = n-2, float64(h.last)+(1+rem)/2-meanAt
	}
	square := 0.0
	for _, x := range h.all[:h.n] {
		miss := x.each - g.mean - slope*(x.at-meanAt)
		square += x.steps * miss * miss
	}
	g.sd = math.Sqrt(square / free)
	// A slope below 0 is kept, since it only predicts less; but no step gives
	// anything back.
	g.total = g.used + math.Max(0, rem*(g.mean+slope*ahead))
	vague := 1 / n
	if spread > 0 {
		vague += ahead * ahead / (spread * n / weight)
	}
	g.se = g.sd * math.Sqrt(rem+rem*rem*vague)
}

func (p *projectedTotal) judge(c *trials.Case) trials.Verdict {
	g := p.project(c)
	return p.verdict(&g)
}

func (p *projectedTotal) verdict(g *projection) trials.Verdict {
	switch {
	case g.why != projected:
		return trials.Unknown
	case g.low(p.z) > *p.limit && g.total > (1+p.slack)**p.limit:
		return trials.Fire
	default:
		return trials.Pass
	}
}

func (*projectedTotal) explainDecides() {}

func (p *projectedTotal) explain(c *trials.Case, e *trials.Explanation) {
	g := p.project(c)
	e.Verdict = p.verdict(&g)
	u := unitOf(c.Study, p.metric)
	limit := trials.Float(*p.limit)
	e.Metric, e.Limit, e.Unit = p.metric, &limit, string(u)
	name := noun(p.metric)
	switch g.why {
	case noTotal:
		e.Sentence = upperFirst(name) + " was not reported at a step yet."
	case notCounted:
		e.Sentence = upperFirst(name) + " so far is not a finite number."
	case totalFell:
		e.Sentence = fmt.Sprintf("%s fell at step %d: it is not a running total.", upperFirst(name), g.fell)
	case fewIncrements:
		e.Sentence = fmt.Sprintf("Needs %d steps with %s, has %d.", p.minPoints, name, g.n)
	case endUnknown:
		e.Sentence = "The last step of the trial is not known yet."
	default:
		p.explainTotal(e, &g, u)
		return
	}
	if g.why > notCounted {
		e.Observed = map[string]trials.Float{"used": trials.Float(g.used), "n": trials.Float(g.n)}
	}
}

func (p *projectedTotal) explainTotal(e *trials.Explanation, g *projection, u unit) {
	low, margin := g.low(p.z), trials.Float(g.low(p.z)-*p.limit)
	sure := fmt.Sprintf("%.3g", math.Min(100*normalCDF(p.z), 99.9))
	e.Observed = map[string]trials.Float{
		"used": trials.Float(g.used), "n": trials.Float(g.n), "mean_step": trials.Float(g.mean), "sd": trials.Float(g.sd),
		"steps_left": trials.Float(g.rem),
	}
	e.Predicted = map[string]trials.Float{"total": trials.Float(g.total), "lower" + sure: trials.Float(low)}
	e.Margin = &margin
	total, above, limit := u.show(g.total, 3), u.show(low, 3), u.show(*p.limit, digits)
	if above == limit || total == limit {
		above, limit = u.pair(low, *p.limit)
		total, _ = u.pair(g.total, *p.limit)
	}
	e.Sentence = fmt.Sprintf("%s is heading for %s (%s %% sure above %s); the limit is %s.", upperFirst(noun(p.metric)), total, sure, above, limit)
	if e.Verdict != trials.Fire {
		return
	}
	likely := trials.Float(1)
	if g.se > 0 {
		likely = trials.Float(normalCDF((g.total - *p.limit) / g.se))
	}
	e.Probability = &likely
	e.Counterfactual = u.continued("a limit", math.Min(low, g.total/(1+p.slack)), true)
	if each := (*p.limit - g.used) / g.rem; each > 0 && !math.IsInf(each, 0) && !math.IsInf(low, 0) {
		e.Counterfactual = fmt.Sprintf("%s, or if each of the %.0f steps left took %s.",
			e.Counterfactual[:len(e.Counterfactual)-1], g.rem, u.room(each, false))
	}
}

// increments is how many of the latest increments are looked at.
const increments = 64

// increment is what was added between two reports.
type increment struct {
	at    float64 // the middle of its steps
	steps float64
	each  float64 // per step
	end   int64   // its last step
}

// ledger is the latest increments of a total, the latest first. A report over
// a gap of steps is so many equal ones, but counts as one observation.
type ledger struct {
	all   [increments]increment
	n     int
	total float64 // the latest
	last  int64   // its step
	first bool    // the earliest one is here: the last
}

// take gathers the increments. Values that are no finite number are gaps.
// FromZero says that steps begin at 0. False without a value.
func (h *ledger) take(curve *trials.Series, sums, fromZero bool) bool {
	later, found := 0.0, false // the report after the one looked at
	var laterStep int64
	i := curve.Len() - 1
	for ; i >= max(0, curve.Len()-4*increments) && h.n < increments; i-- {
		step, v := curve.Steps[i], curve.Values[i]
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		if found {
			h.put(step, laterStep, later, v, sums)
		} else {
			h.total, h.last = v, step
		}
		later, laterStep, found = v, step, true
	}
	if found && i < 0 && h.n < increments { // the first report goes back to the start
		before := int64(0)
		if fromZero {
			before = -1
		}
		h.put(min(before, laterStep-1), laterStep, later, 0, sums)
		h.first = true
	}
	return found
}

func (h *ledger) put(from, to int64, v, before float64, sums bool) {
	if sums {
		before = 0
	}
	steps := float64(to - from)
	h.all[h.n] = increment{at: float64(from) + (steps+1)/2, steps: steps, each: (v - before) / steps, end: to}
	h.n++
}

// fell returns the step of the latest increment below 0.
func (h *ledger) fell() (int64, bool) {
	for _, x := range h.all[:h.n] {
		if x.each < 0 {
			return x.end, true
		}
	}
	return 0, false
}

// dropStart drops the first increment of the trial if it is more than half as
// much again as the median of the others: it has the start-up in it.
func (h *ledger) dropStart() {
	if !h.first || h.n < 2 {
		return
	}
	var rest [increments]float64
	for i, x := range h.all[:h.n-1] {
		rest[i] = x.each
	}
	slices.Sort(rest[:h.n-1])
	if mid := h.n - 1; h.all[h.n-1].each > 1.5*(rest[(mid-1)/2]+rest[mid/2])/2 {
		h.n--
	}
}

// normalCDF is the distribution function of the standard normal.
func normalCDF(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }
