package pruner

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// marginalUtility fires when going on no longer pays. The utility of a trial is its
// best value, as a score, less cost_weight times what it cost. What the next window
// of reports is worth is guessed from the last one: gains halve from window to
// window, and costs stay. It fires when
//
//	gain of the last window / 2 < cost_weight * cost of the last window + eps
//
// where the gain is by how much the best value became better, against the 1024
// reports before the window. The cost metric is a running total. Where it is
// reported at steps its cost is taken between those of the window; where it is
// sampled, each report has cost the same. NaN and infinite values gain nothing; a
// window without a finite value is unknown.
type marginalUtility struct {
	weight     float64
	costMetric string
	window     int64
	eps        float64
	metric     string
	direction  trials.Direction
}

// bestReach is against how many reports before the window a gain is measured.
const bestReach = 1024

func newMarginalUtility() rule { return &marginalUtility{costMetric: trials.WallSeconds, window: 5} }

func (m *marginalUtility) declare(s *options.Set) {
	s.Number(&m.weight, "cost_weight", "How much of the metric a unit of cost is worth: at 0.001 a second must gain 0.001.").Above(0).Required()
	s.Metric(&m.costMetric, "cost_metric", "A running total.")
	s.Int(&m.window, "window", "So many reports are a window.").AtLeast(1).AtMost(1000)
	s.Number(&m.eps, "eps", "A window must gain so much more, in the metric's own unit.").AtLeast(0)
	s.Metric(&m.metric, "metric", "The first objective's by default.")
	options.Word(s, &m.direction, "direction", "The objective's by default, else minimize.", trials.Minimize, trials.Maximize)
}

func (m *marginalUtility) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &m.metric)
	defaultDirection(study, m.metric, &m.direction)
	if m.costMetric == m.metric {
		f.faults.Add("/cost_metric", "is the metric that is to gain")
	}
	if study.MaxSteps > 0 && m.window >= study.MaxSteps {
		f.warnings.Add("/window", "is never over: a trial has %d steps", study.MaxSteps)
	}
}

func (m *marginalUtility) needs() []trials.Need {
	return []trials.Need{{Metric: m.metric, Series: true}, {Metric: m.costMetric, Series: true}}
}

// worth is what the last window gained and cost; NaN is not known.
type worth struct {
	verdict    trials.Verdict
	points     int
	step       int64
	over       bool // the trial is at its last step
	gain, cost float64
	need       float64 // what the next window must gain
}

func (m *marginalUtility) look(c *trials.Case) (w worth) {
	w.gain, w.cost = math.NaN(), math.NaN()
	curve := c.Curve(m.metric)
	if w.points = curve.Len(); int64(w.points) <= m.window {
		return w
	}
	w.step = curve.Steps[w.points-1]
	if end, known := c.End(); known && w.step >= end {
		w.over, w.verdict = true, trials.Pass
		return w
	}
	w.gain, w.cost = m.gain(&curve), m.cost(c, &curve)
	w.need = m.weight*w.cost + m.eps
	switch {
	case math.IsNaN(w.gain) || math.IsNaN(w.cost):
	case w.gain/2 < w.need:
		w.verdict = trials.Fire
	default:
		w.verdict = trials.Pass
	}
	return w
}

// gain returns by how much the best value became better in the last window.
func (m *marginalUtility) gain(curve *trials.Series) float64 {
	n := curve.Len() - int(m.window)
	before := m.best(curve.Values[max(0, n-bestReach):n])
	now := m.best(curve.Values[n:])
	switch {
	case math.IsNaN(before) || math.IsNaN(now):
		return math.NaN()
	case m.direction.Better(now, before):
		return math.Abs(now - before)
	default:
		return 0
	}
}

func (m *marginalUtility) best(values []float64) float64 {
	best := math.NaN()
	for _, v := range values {
		if finite(v) && m.direction.Better(v, best) {
			best = v
		}
	}
	return best
}

// cost returns what the last window cost.
func (m *marginalUtility) cost(c *trials.Case, curve *trials.Series) float64 {
	n := curve.Len()
	if costs := c.Curve(m.costMetric); costs.Len() > 0 {
		before, known := costs.UpTo(curve.Steps[n-1-int(m.window)])
		until, _ := costs.UpTo(curve.Steps[n-1])
		if !known {
			return math.NaN()
		}
		return spent(until - before)
	}
	tally := c.Tally(m.costMetric)
	if tally == nil {
		return math.NaN()
	}
	return spent(tally.Max / float64(n+c.Back) * float64(m.window))
}

// spent returns a cost; NaN where it cannot be one.
func spent(v float64) float64 {
	if v < 0 || math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

func (m *marginalUtility) judge(c *trials.Case) trials.Verdict { return m.look(c).verdict }

func (m *marginalUtility) explain(c *trials.Case, e *trials.Explanation) {
	w := m.look(c)
	e.Metric = m.metric
	name, u := noun(m.metric), unitOf(c.Study, m.metric)
	e.Observed = map[string]trials.Float{"points": trials.Float(w.points)}
	switch {
	case int64(w.points) <= m.window:
		e.Sentence = fmt.Sprintf("Needs %d values of %s at steps, has %d.", m.window+1, name, w.points)
		return
	case w.over:
		e.Sentence = fmt.Sprintf("Step %d is the last one.", w.step)
		return
	case math.IsNaN(w.gain):
		e.Sentence = fmt.Sprintf("No %s of the last %d reports is finite, or none before them.", name, m.window)
		return
	case math.IsNaN(w.cost):
		e.Sentence = fmt.Sprintf("What the last %d reports cost in %s is not known.", m.window, noun(m.costMetric))
		return
	}
	e.Observed["step"], e.Observed["gain"], e.Observed["cost"] = trials.Float(w.step), trials.Float(w.gain), trials.Float(w.cost)
	e.Predicted = map[string]trials.Float{"gain": trials.Float(w.gain / 2), "cost": trials.Float(w.cost)}
	limit, margin := trials.Float(w.need), trials.Float(w.need-w.gain/2)
	e.Limit, e.Margin, e.Unit = &limit, &margin, string(u)
	gain, need := u.pair(w.gain/2, w.need)
	e.Sentence = fmt.Sprintf("The next %d reports are expected to gain %s of %s and to cost %s of %s, for which it takes %s.",
		m.window, gain, name, unitOf(c.Study, m.costMetric).show(w.cost, digits), noun(m.costMetric), need)
	if e.Verdict == trials.Fire {
		e.Counterfactual = u.continued(fmt.Sprintf("a gain in the last %d reports", m.window), 2*w.need, true)
	}
}
