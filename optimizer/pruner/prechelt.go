package pruner

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// prechelt is early stopping by the trial's own validation loss E, of which E_opt
// is the lowest so far:
//
//	gl  100 (E - E_opt) / |E_opt| > alpha
//	pq  gl / P > alpha, where P = 1000 (mean / min - 1) of the training loss in the
//	    last strip
//	up  E rose from the end of a strip to the end of the next so many times in a row
//
// A strip is so many reports; pq and up are judged at the ends of strips only.
// There, with a training metric, every rule fires also once P is below 0.1: training
// makes no progress. Prechelt divides by E_opt; its size, and of P that of the
// minimum, is for losses below 0. A metric that is maximised is turned round. A
// value that is not finite is unknown. O(strip), and of up O(successive).
type prechelt struct {
	rule       string
	alpha      *float64
	floor      float64
	strip      int64
	successive int64
	metric     string
	direction  trials.Direction
	train      string
}

// leastProgress is the P below which training makes no progress.
const leastProgress = 0.1

func newPrechelt() rule { return &prechelt{rule: "gl", floor: 1e-12, strip: 5, successive: 3} }

func (p *prechelt) declare(s *options.Set) {
	options.Word(s, &p.rule, "rule", "gl: the loss is too far above its lowest; pq: too far for the progress that training still makes; up: it rises from strip to strip.", "gl", "pq", "up")
	s.Maybe(&p.alpha, "alpha", "The limit of gl, in percent, and of pq; by default 2 and 0.75.").AtLeast(0)
	s.Number(&p.floor, "floor", "What gl divides by is at least this: a loss near 0 that doubles is no sign.").AtLeast(0)
	s.Int(&p.strip, "strip", "So many reports are a strip.").AtLeast(1).AtMost(1000)
	s.Int(&p.successive, "successive", "up: so many rises in a row.").AtLeast(1).AtMost(1000)
	s.Metric(&p.metric, "metric", "The validation metric; the first objective's by default.")
	options.Word(s, &p.direction, "direction", "The objective's by default, else minimize; also of the training metric.", trials.Minimize, trials.Maximize)
	s.Metric(&p.train, "train_metric", "The training metric, reported at the same steps. Needed by pq; the others fire with it also where training makes no progress.")
}

func (p *prechelt) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &p.metric)
	defaultDirection(study, p.metric, &p.direction)
	switch {
	case p.rule == "up" && p.alpha != nil:
		f.warnings.Add("/alpha", "is not read by up")
	case p.alpha == nil && p.rule == "gl":
		p.alpha = new(2.0)
	case p.alpha == nil && p.rule == "pq":
		p.alpha = new(0.75)
	}
	if p.rule == "pq" && p.train == "" {
		f.faults.Add("/train_metric", "is needed by pq")
	}
	if p.train != "" && p.train == p.metric {
		f.faults.Add("/train_metric", "is the validation metric")
	}
}

func (p *prechelt) needs() []trials.Need {
	out := []trials.Need{{Metric: p.metric, Series: true}}
	if p.train != "" {
		out = append(out, trials.Need{Metric: p.train, Series: true})
	}
	return out
}

// course is how a trial goes on.
type course struct {
	verdict   trials.Verdict
	points    int
	step      int64
	atEnd     bool // of a strip
	value     float64
	best      float64
	loss      float64 // gl, NaN if it is not known
	progress  float64 // P, likewise; at the end of a strip only
	rises     int64
	exhausted bool // P is too low
}

func (p *prechelt) look(c *trials.Case) (s course) {
	curve := c.Curve(p.metric)
	s.points = curve.Len()
	s.loss, s.progress = math.NaN(), math.NaN()
	if s.points == 0 {
		return s
	}
	s.step, s.value, _ = curve.Last()
	s.best = curve.Best(p.direction)
	s.atEnd = int64(s.points)%p.strip == 0
	if finite(s.value) && finite(s.best) {
		s.loss = 100 * (p.turned(s.value) - p.turned(s.best)) / max(math.Abs(s.best), p.floor)
	}
	if s.atEnd && p.train != "" {
		s.progress = p.moves(c, s.step)
		s.exhausted = s.progress < leastProgress
	}
	if s.atEnd && p.rule == "up" {
		s.rises = p.rising(&curve)
	}
	s.verdict = p.verdict(&s)
	return s
}

func (p *prechelt) verdict(s *course) trials.Verdict {
	var fires, known bool
	switch p.rule {
	case "gl":
		fires, known = s.loss > *p.alpha, !math.IsNaN(s.loss)
	case "pq":
		fires = s.loss/s.progress > *p.alpha
		known = int64(s.points) >= p.strip && (!s.atEnd || !math.IsNaN(s.loss) && !math.IsNaN(s.progress))
	default:
		fires, known = s.rises >= p.successive, int64(s.points)/p.strip > p.successive
	}
	switch {
	case s.exhausted, fires:
		return trials.Fire
	case known:
		return trials.Pass
	default:
		return trials.Unknown
	}
}

// turned makes less better.
func (p *prechelt) turned(v float64) float64 {
	if p.direction == trials.Maximize {
		return -v
	}
	return v
}

// moves returns P at the end of a strip: of the last values of the training
// metric up to a step. NaN where they are too few or not finite.
func (p *prechelt) moves(c *trials.Case, step int64) float64 {
	curve := c.Curve(p.train)
	n := curve.Len()
	for n > 0 && curve.Steps[n-1] > step {
		n--
	}
	if int64(n) < p.strip {
		return math.NaN()
	}
	sum, low := 0.0, math.Inf(1)
	for _, v := range curve.Values[n-int(p.strip) : n] {
		v = p.turned(v)
		sum += v
		low = math.Min(low, v)
	}
	mean := sum / float64(p.strip)
	out := 1000 * (mean/low - 1)
	if low <= 0 {
		out = 1000 * max(mean-low, 0) / max(math.Abs(low), p.floor)
	}
	if !finite(out) {
		return math.NaN()
	}
	return out
}

// rising returns from how many ends of strips to the next, up to now, the metric
// got worse. It looks as far back as it matters.
func (p *prechelt) rising(curve *trials.Series) (rises int64) {
	for i := curve.Len() - 1; rises < p.successive && int64(i) >= p.strip; rises++ {
		before := i - int(p.strip)
		if !(p.turned(curve.Values[i]) > p.turned(curve.Values[before])) {
			break
		}
		i = before
	}
	return rises
}

func (p *prechelt) judge(c *trials.Case) trials.Verdict { return p.look(c).verdict }

func (p *prechelt) explain(c *trials.Case, e *trials.Explanation) {
	s := p.look(c)
	e.Metric = p.metric
	name := noun(p.metric)
	if s.points == 0 {
		e.Sentence = upperFirst(name) + " was not reported at a step yet."
		return
	}
	e.Observed = map[string]trials.Float{"step": trials.Float(s.step), "value": trials.Float(s.value), "best": trials.Float(s.best)}
	if !math.IsNaN(s.progress) {
		e.Observed["progress"] = trials.Float(s.progress)
	}
	switch {
	case s.exhausted:
		p.explainProgress(e, &s)
	case p.rule == "gl" && !math.IsNaN(s.loss):
		p.explainLoss(c, e, &s)
	case p.rule == "gl":
		e.Sentence = fmt.Sprintf("The latest %s, or the best one, is not finite.", name)
	case s.verdict == trials.Unknown && !s.atEnd || p.rule == "up" && s.verdict == trials.Unknown:
		e.Sentence = fmt.Sprintf("Needs %d values of %s, has %d.", p.least(), name, s.points)
	case s.verdict == trials.Unknown:
		e.Sentence = fmt.Sprintf("The latest %s, or one of the last %d values of %s, is missing or not finite.", name, p.strip, noun(p.train))
	case !s.atEnd:
		e.Sentence = fmt.Sprintf("Report %d is not the last one of a strip of %d.", s.points, p.strip)
	case p.rule == "pq":
		p.explainQuotient(e, &s)
	default:
		p.explainRises(e, &s)
	}
}

// least is how many reports it takes to judge.
func (p *prechelt) least() int64 {
	if p.rule == "up" {
		return (p.successive + 1) * p.strip
	}
	return p.strip
}

func (p *prechelt) explainLoss(c *trials.Case, e *trials.Explanation, s *course) {
	u := unitOf(c.Study, p.metric)
	e.Observed["generalisation_loss"] = trials.Float(s.loss)
	p.against(e, s.loss, *p.alpha, "%")
	value, best := u.pair(s.value, s.best)
	loss, limit := unit("%").pair(s.loss, *p.alpha)
	side, up := "above", p.direction == trials.Maximize
	if up {
		side = "below"
	}
	e.Sentence = fmt.Sprintf("%s is %s, %s %s its best so far, %s; the limit is %s.", upperFirst(noun(p.metric)), value, loss, side, best, limit)
	if s.verdict == trials.Fire {
		room := *p.alpha / 100 * max(math.Abs(s.best), p.floor)
		e.Counterfactual = u.continued(noun(p.metric), p.turned(p.turned(s.best)+room), up)
	}
}

func (p *prechelt) explainQuotient(e *trials.Explanation, s *course) {
	quotient := s.loss / s.progress
	e.Observed["generalisation_loss"], e.Observed["quotient"] = trials.Float(s.loss), trials.Float(quotient)
	p.against(e, quotient, *p.alpha, "")
	shown, limit := unit("").pair(quotient, *p.alpha)
	e.Sentence = fmt.Sprintf("%s is %s %% off its best so far, %s times the progress of %s, %s per mille; the limit is %s.",
		upperFirst(noun(p.metric)), number(s.loss, digits), shown, noun(p.train), number(s.progress, digits), limit)
	if s.verdict == trials.Fire {
		e.Counterfactual = unit("").continued("alpha", quotient, true)
	}
}

func (p *prechelt) explainRises(e *trials.Explanation, s *course) {
	e.Observed["rises"] = trials.Float(s.rises)
	p.against(e, float64(s.rises), float64(p.successive), "")
	e.Sentence = fmt.Sprintf("%s got worse from strip to strip %d times in a row; it takes %d.", upperFirst(noun(p.metric)), s.rises, p.successive)
	if s.verdict == trials.Fire {
		e.Counterfactual = unit("").continued("successive", float64(s.rises+1), true)
	}
}

func (p *prechelt) explainProgress(e *trials.Explanation, s *course) {
	limit, margin := trials.Float(leastProgress), trials.Float(leastProgress-s.progress)
	e.Limit, e.Margin = &limit, &margin
	e.Sentence = fmt.Sprintf("%s makes no progress: over %d reports its mean is %s per mille off its best; the limit is %v.",
		upperFirst(noun(p.train)), p.strip, number(s.progress, digits), leastProgress)
	e.Counterfactual = unit("").continued("a progress", leastProgress, true)
}

func (p *prechelt) against(e *trials.Explanation, v, bound float64, u unit) {
	limit, margin := trials.Float(bound), trials.Float(v-bound)
	e.Limit, e.Margin, e.Unit = &limit, &margin, string(u)
}
