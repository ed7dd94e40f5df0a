package pruner

import (
	"fmt"
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// curveFit predicts the last value of a trial from its own curve, and fires when
// even a lucky end would be worse than the best of the COMPLETE trials. The
// prediction is an average over power laws
//
//	y(t) = c + a t^-e, a >= 0
//
// one for each exponent e, each fitted by least squares with weights t, and
// weighed by v^(-n/2), where v is its weighted mean square of residuals. t counts
// from 1: of a trial whose first step is 0 it is the step plus 1.
//
// Of a curve longer than 64 points 64 are fitted, evenly spread and the last one
// always among them, so that no report costs more. Points that are not finite are
// passed over.
//
// A curve that has hardly begun to move says nothing of where it ends: late
// bloomers look like hopeless trials. While it has come less than flat_share of
// the way from its first value to the best's final one it needs flat_points.
type curveFit struct {
	minPoints  int64
	flatPoints int64
	flatShare  float64
	minTrials  int64
	z          float64
	k          int64
	exponents  []float64
	metric     string
	direction  trials.Direction
	laws       powerLaws
}

func newCurveFit() rule {
	return &curveFit{minTrials: 3, flatShare: 0.1, z: 1.64, k: 1, exponents: slices.Clone(defaultExponents)}
}

func (f *curveFit) declare(s *options.Set) {
	s.Int(&f.minPoints, "min_points", "Unknown with fewer points; at least 3. 0 stands for 8, or for a fifth of the study's max_steps if that is more.").AtLeast(0)
	s.Number(&f.flatShare, "flat_share", "A trial that has come less than this share of the way from its first value to the best's final one is flat; 0 - none is.").AtLeast(0).AtMost(1)
	s.Int(&f.flatPoints, "flat_points", "Unknown of a flat trial with fewer points. 0 stands for 24 % of the study's max_steps, for 12 without.").AtLeast(0)
	s.Int(&f.minTrials, "min_trials", "Unknown before so many trials ended, in whatever state.").AtLeast(0)
	s.Number(&f.z, "z", "How many standard deviations better than predicted the end may turn out.").AtLeast(0)
	s.Int(&f.k, "k", "Compares with the k-th best COMPLETE trial.").AtLeast(1)
	s.Numbers(&f.exponents, maxExponents, 0.01, 10, "exponents", "Of the power laws.")
	s.Metric(&f.metric, "metric", "The first objective's by default.")
	options.Word(s, &f.direction, "direction", "The objective's by default, else minimize.", trials.Minimize, trials.Maximize)
}

func (f *curveFit) prepare(study *trials.StudySpec, found *findings) {
	defaultMetric(study, &f.metric)
	defaultDirection(study, f.metric, &f.direction)
	found.warnT(study)
	switch {
	case f.minPoints == 0:
		f.minPoints = max(8, int64(math.Ceil(0.2*float64(study.MaxSteps))))
	case f.minPoints < 3:
		found.faults.Add("/min_points", "must be 0 or at least 3")
	}
	if f.flatPoints == 0 {
		f.flatPoints = flatPoints(study.MaxSteps, 0.24, f.minPoints)
	}
	if study.MaxSteps > 0 && f.minPoints >= study.MaxSteps {
		found.warnings.Add("/min_points", "is never reached before the last step: a trial has %d steps", study.MaxSteps)
	}
	f.laws = newPowerLaws(f.exponents)
}

func (f *curveFit) needs() []trials.Need {
	return []trials.Need{{Metric: f.metric, Series: true, Finals: true}}
}

// forecast is what is predicted, and what it rests on. Of a metric that is
// maximised mu and lowest are turned round.
type forecast struct {
	ahead
	verdict trials.Verdict
	ended   int
	points  int // of the curve that are finite
	mu, sd  float64
	lowest  float64 // mu - z*sd
}

// look judges the trial; all asks for the prediction also where the verdict is
// known without.
func (f *curveFit) look(c *trials.Case, all bool) (p forecast) {
	p.ahead = lookAhead(c, f.metric, f.direction, int(f.k))
	p.ended = c.History.Ended()
	if p.gap == enough && int64(p.ended) < f.minTrials {
		p.gap = fewTrials
	}
	if p.verdict = p.gap.verdict(); p.gap != enough {
		return p
	}
	var s sample
	p.points = s.take(&p.curve, p.sign)
	switch {
	case int64(p.points) < f.minPoints || s.n < int(min(f.minPoints, 8)):
		p.gap = fewPoints
	case !finite(s.square):
		p.gap = tooLarge
	case int64(p.points) < f.flatPoints && f.flat(&p.ahead):
		p.gap = tooFlat
	}
	if p.gap != enough {
		return p
	}
	bar := p.sign * p.bar
	// Every law falls, and passes through the mean: none predicts more.
	hopeful := s.mean <= bar
	p.verdict = trials.Pass
	if hopeful && !all {
		return p
	}
	p.mu, p.sd = f.laws.predict(&s, p.end+s.shift)
	p.lowest = p.mu - f.z*p.sd
	if p.lowest > bar && !hopeful {
		p.verdict = trials.Fire
	}
	return p
}

// flat says that a curve has hardly begun to move.
func (f *curveFit) flat(a *ahead) bool {
	for _, first := range a.curve.Values {
		if finite(first) {
			first, best := a.sign*first, a.sign*a.curve.Best(f.direction)
			return first-best < f.flatShare*(first-a.sign*a.bar)
		}
	}
	return false
}

func (f *curveFit) judge(c *trials.Case) trials.Verdict { return f.look(c, false).verdict }

func (*curveFit) explainDecides() {}

func (f *curveFit) explain(c *trials.Case, e *trials.Explanation) {
	p := f.look(c, true)
	e.Metric, e.Verdict = f.metric, p.verdict
	e.Observed = p.observed()
	switch p.gap {
	case enough:
	case fewTrials:
		e.Observed["ended"] = trials.Float(p.ended)
		e.Sentence = fmt.Sprintf("Needs %d trials that ended, has %d.", f.minTrials, p.ended)
		return
	case fewPoints:
		e.Observed["points"] = trials.Float(p.points)
		e.Sentence = fmt.Sprintf("Needs %d values of %s, has %d.", f.minPoints, noun(f.metric), p.points)
		return
	case tooFlat:
		e.Observed["points"] = trials.Float(p.points)
		e.Sentence = fmt.Sprintf("%s has hardly moved so far; that needs %d values, has %d.", upperFirst(noun(f.metric)), f.flatPoints, p.points)
		return
	default:
		e.Sentence = p.why(f.metric, f.k)
		return
	}
	f.explainForecast(c, e, &p)
}

func (f *curveFit) explainForecast(c *trials.Case, e *trials.Explanation, p *forecast) {
	name, u := noun(f.metric), unitOf(c.Study, f.metric)
	e.Observed["points"] = trials.Float(p.points)
	lowest, mu := p.sign*p.lowest, p.sign*p.mu
	e.Predicted = map[string]trials.Float{"final": trials.Float(mu), "sd": trials.Float(p.sd), "at_best": trials.Float(lowest)}
	p.against(e, p.lowest, u)
	final, bar := u.pair(lowest, p.bar)
	verb := "is not worse"
	if p.verdict == trials.Fire {
		verb = "is worse"
		e.Counterfactual = unit("").continued("z", (p.mu-p.sign*p.bar)/p.sd, true)
	}
	e.Sentence = fmt.Sprintf("%s is heading for %s at step %d, or %s with luck, which %s than the final value of %s, %s.",
		upperFirst(name), u.show(mu, digits), p.end, final, verb, kthBest(f.k), bar)
}
