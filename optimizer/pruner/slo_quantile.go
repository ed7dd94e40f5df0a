package pruner

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// sloQuantile fires when a quantile of what a trial measured of itself, such as
// latencies, is surely beyond an objective for it. It assumes no distribution:
// the bound on the quantile is one of the values.
type sloQuantile struct {
	metric string
	kind   string
	q      float64
	slo    *float64
	alpha  float64
	least  int64
	bound  bool
}

// The kinds of slo_quantile.
const (
	latency    = "latency"
	throughput = "throughput"
	size       = "size"
)

func newSLOQuantile() rule {
	return &sloQuantile{kind: latency, q: 0.95, alpha: 0.05, least: 60, bound: true}
}

func (r *sloQuantile) declare(s *options.Set) {
	s.Metric(&r.metric, "metric", "One value a request or a batch, with or without a step.").Required()
	options.Word(s, &r.kind, "kind", "`latency`: the quantile q must not be above slo. `throughput`: the quantile 1 - q must not be below it. `size`: no value may be above it; q, alpha, min_samples and lower_bound do not count.", latency, throughput, size)
	s.Number(&r.q, "q", "The share of the values that must be within slo.").AtLeast(0.5).AtMost(0.9999)
	s.Maybe(&r.slo, "slo", "In the metric's own unit; the bound of the study's constraint on the metric by default.")
	s.Number(&r.alpha, "alpha", "How likely a trial that is just within slo may fire at one look.").AtLeast(1e-9).AtMost(0.5)
	s.Int(&r.least, "min_samples", "Unknown before so many values.").AtLeast(1)
	s.Bool(&r.bound, "lower_bound", "Judges the bound that the quantile is beyond but for alpha; else the quantile itself.")
}

func (r *sloQuantile) prepare(study *trials.StudySpec, f *findings) {
	checkSpelling(study, r.metric, f)
	op := "<="
	if r.kind == throughput {
		op = ">="
	}
	f.bound("slo_quantile", "slo", &r.slo, constraintOn(study, r.metric, op))
}

func (r *sloQuantile) needs() []trials.Need {
	return []trials.Need{{Metric: r.metric, Quantile: r.kind != size}}
}

// limits: of the quantiles that a trial is summed up by there is the 95 % one
// alone. Of others, and of a throughput, what is within the limit as a whole is.
func (r *sloQuantile) limits() []trials.RuleLimit {
	l := ceiling(r.metric, *r.slo, trials.Max)
	switch {
	case r.kind == throughput:
		l.Op, l.Aggregate, l.Loose = ">=", trials.Min, true
	case r.kind == latency && r.q == 0.95:
		l.Aggregate = trials.P95
	case r.kind == latency:
		l.Loose = true
	}
	return []trials.RuleLimit{l}
}

// service is what a trial's values say of its objective.
type service struct {
	why      unserved
	n        int     // numbers
	quantile float64 // nearest rank
	bound    float64 // what is judged: surely not beyond the quantile
	sure     bool    // bound is such a bound, not the quantile itself
}

type unserved int8

const (
	measured unserved = iota
	noValue
	fewValues
	noBoundYet
)

func (r *sloQuantile) look(c *trials.Case) (g service) {
	tally := c.Tally(r.metric)
	if tally == nil {
		g.why = noValue
		return g
	}
	if r.kind == size {
		g.n, g.quantile, g.bound = int(tally.Count), tally.Max, tally.Max
		if math.IsNaN(tally.Max) {
			g.why = noValue
		}
		return g
	}
	values := numbersOf(tally.Sorted())
	g.n = len(values)
	switch {
	case g.n == 0:
		g.why = noValue
	case int64(g.n) < r.least:
		g.why = fewValues
	default:
		r.rank(&g, values)
	}
	return g
}

// rank finds the quantile and its bound. A throughput is read from above.
func (r *sloQuantile) rank(g *service, values []float64) {
	from := func(i int) float64 { // the i-th best, from 1
		if r.kind == throughput {
			return values[g.n-i]
		}
		return values[i-1]
	}
	g.quantile = from(min(max(1, int(math.Ceil(float64(g.n)*r.q-1e-9))), g.n))
	if !r.bound {
		g.bound = g.quantile
		return
	}
	i := boundIndex(g.n, r.q, r.alpha)
	if i == 0 {
		g.why = noBoundYet
		return
	}
	g.bound, g.sure = from(i), true
}

// numbersOf passes over NaN, which sorts first.
func numbersOf(sorted []float64) []float64 {
	low, high := 0, len(sorted)
	for low < high {
		if mid := (low + high) / 2; math.IsNaN(sorted[mid]) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return sorted[low:]
}

// boundIndex returns the largest k for which P(X < k) <= alpha, X being how many
// of n values are at most their q-quantile (binomial): the k-th smallest is
// above the quantile with at most that probability. 0 if there is none. It
// starts from the normal approximation, where the terms are large, and sums
// them up from there: about sqrt(n) of them.
func boundIndex(n int, q, alpha float64) int {
	mean, sd := float64(n)*q, math.Sqrt(float64(n)*q*(1-q))
	k := int(mean - math.Sqrt2*math.Erfinv(1-2*alpha)*sd)
	k = min(max(k, 1), n)
	term := binomial(n, k-1, q) // P(X = k-1)
	below, odds := 0.0, q/(1-q) // P(X < k)
	for i, p := k-1, term; i >= 0 && p > below*1e-17; i-- {
		below += p
		p *= float64(i) / (float64(n-i+1) * odds)
	}
	for below > alpha && k > 0 {
		below -= term
		term *= float64(k-1) / (float64(n-k+2) * odds)
		k--
	}
	for k < n {
		next := term * float64(n-k+1) * odds / float64(k)
		if k == 0 {
			next = binomial(n, 0, q)
		}
		if below+next > alpha {
			break
		}
		term, below = next, below+next
		k++
	}
	return k
}

// binomial returns P(X = k) of n tries.
func binomial(n, k int, q float64) float64 {
	lg := func(v int) float64 {
		l, _ := math.Lgamma(float64(v) + 1)
		return l
	}
	return math.Exp(lg(n) - lg(k) - lg(n-k) + float64(k)*math.Log(q) + float64(n-k)*math.Log1p(-q))
}

// beyond returns by how much a value is beyond the objective; negative within.
func (r *sloQuantile) beyond(v float64) float64 {
	if r.kind == throughput {
		return *r.slo - v
	}
	return v - *r.slo
}

func (r *sloQuantile) judge(c *trials.Case) trials.Verdict {
	switch g := r.look(c); {
	case g.why != measured:
		return trials.Unknown
	case r.beyond(g.bound) > 0:
		return trials.Fire
	default:
		return trials.Pass
	}
}

func (r *sloQuantile) explain(c *trials.Case, e *trials.Explanation) {
	g := r.look(c)
	u := unitOf(c.Study, r.metric)
	limit := trials.Float(*r.slo)
	e.Metric, e.Limit, e.Unit = r.metric, &limit, string(u)
	if g.why == noValue {
		e.Sentence = notReported(r.metric)
		return
	}
	e.Observed = map[string]trials.Float{"n": trials.Float(g.n)}
	name := noun(r.metric)
	switch {
	case g.why == fewValues:
		e.Sentence = fmt.Sprintf("Needs %d values of %s, has %d.", r.least, name, g.n)
		return
	case g.why == noBoundYet:
		e.Sentence = fmt.Sprintf("%d values of %s are too few to be sure of anything.", g.n, name)
		return
	}
	margin := trials.Float(r.beyond(g.bound))
	e.Margin, e.Observed["quantile"] = &margin, trials.Float(g.quantile)
	bound, slo := u.pair(g.bound, *r.slo)
	e.Sentence = fmt.Sprintf("%s is %s; the limit is %s.", r.subject(), bound, slo)
	if g.sure {
		side, end := "least", "lower"
		if r.kind == throughput {
			side, end = "most", "upper"
		}
		e.Predicted = map[string]trials.Float{fmt.Sprintf("%s%.3g", end, 100*(1-r.alpha)): trials.Float(g.bound)}
		e.Sentence = fmt.Sprintf("%s is %s (%.4g %% sure at %s %s); the limit is %s.",
			r.subject(), u.show(g.quantile, digits), 100*(1-r.alpha), side, bound, slo)
	}
	if e.Verdict == trials.Fire {
		e.Counterfactual = u.continued("a limit", g.bound, r.kind != throughput)
	}
}

// subject names what is judged.
func (r *sloQuantile) subject() string {
	share := 100 * r.q
	switch r.kind {
	case size:
		return "The highest " + noun(r.metric) + " so far"
	case throughput:
		share = 100 * (1 - r.q)
	}
	return fmt.Sprintf("The %.4g %% quantile of %s", share, noun(r.metric))
}
