package pruner

import (
	"fmt"
	"math"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// convexBound fires when the trial's local line, drawn on to its last step, ends
// worse than the best COMPLETE trial: a convex curve flattens, so that it cannot
// do better than its line. With k = span and T the last step,
//
//	bound = y(t) + slope (T - t) - noise_z s
//	slope = (y(t) - y(t-k)) / k, and 0 if that is the wrong way
//
// s is the standard deviation of the last min_points values about their own line
// of least squares. A curve that gets worse for a moment says nothing of its end,
// so the line never rises. Of a curve that is not convex, such as one with a
// warm-up, the bound is wrong: confirm and warmup_steps help.
//
// Values that are not finite are passed over. O(min_points + span).
type convexBound struct {
	span      int64
	noiseZ    float64
	minPoints int64
	metric    string
	direction trials.Direction
}

// reach is how many values that are not finite are passed over at most.
const reach = 64

func newConvexBound() rule { return &convexBound{span: 3, noiseZ: 1, minPoints: 6} }

func (b *convexBound) declare(s *options.Set) {
	s.Int(&b.span, "span", "The slope is that of the line from so many reports ago to the latest.").AtLeast(1).AtMost(64)
	s.Number(&b.noiseZ, "noise_z", "So many standard deviations of noise are granted.").AtLeast(0)
	s.Int(&b.minPoints, "min_points", "Unknown with fewer values; of so many, the latest, the noise is taken.").AtLeast(3).AtMost(64)
	s.Metric(&b.metric, "metric", "The first objective's by default.")
	options.Word(s, &b.direction, "direction", "The objective's by default, else minimize.", trials.Minimize, trials.Maximize)
}

func (b *convexBound) prepare(study *trials.StudySpec, f *findings) {
	defaultMetric(study, &b.metric)
	defaultDirection(study, b.metric, &b.direction)
	f.warnT(study)
	if study.MaxSteps > 0 && max(b.minPoints, b.span+1) >= study.MaxSteps {
		f.warnings.Add("/min_points", "is never reached before the last step: a trial has %d steps", study.MaxSteps)
	}
}

func (b *convexBound) needs() []trials.Need {
	return []trials.Need{{Metric: b.metric, Series: true, Finals: true}}
}

// tail holds the latest finite values of a curve, the latest first; of a metric
// that is maximised they are turned round.
type tail struct {
	n    int
	t, y [65]float64
}

func (s *tail) take(curve *trials.Series, want int, sign float64) {
	for i := curve.Len() - 1; i >= max(0, curve.Len()-want-reach) && s.n < want; i-- {
		if v := curve.Values[i]; finite(v) {
			s.t[s.n], s.y[s.n] = float64(curve.Steps[i]), sign*v
			s.n++
		}
	}
}

// noise returns the standard deviation of the n latest values about their line
// of least squares.
func (s *tail) noise(n int) float64 {
	t, y := s.t[:n], s.y[:n]
	mt, my := 0.0, 0.0
	for i := range t {
		mt += (t[i] - t[0]) / float64(n)
		my += (y[i] - y[0]) / float64(n)
	}
	tt, ty := 0.0, 0.0
	for i := range t {
		d := t[i] - t[0] - mt
		tt += d * d
		ty += d * (y[i] - y[0] - my)
	}
	square := 0.0
	for i := range t {
		r := y[i] - y[0] - my - ty/tt*(t[i]-t[0]-mt)
		square += r * r
	}
	return math.Sqrt(square / float64(n-2))
}

// extension is the line that is drawn on, turned round as the values are.
type extension struct {
	ahead
	verdict             trials.Verdict
	points              int
	value, slope, noise float64
	left                float64 // steps from the value to the end
	bound               float64
}

func (b *convexBound) look(c *trials.Case) (x extension) {
	x.ahead = lookAhead(c, b.metric, b.direction, 1)
	if x.verdict = x.gap.verdict(); x.gap != enough {
		return x
	}
	var s tail
	s.take(&x.curve, int(b.least()), x.sign)
	x.points = s.n
	if int64(s.n) < b.least() {
		x.gap = fewPoints
		return x
	}
	x.value = s.y[0]
	x.slope = min((s.y[0]-s.y[b.span])/(s.t[0]-s.t[b.span]), 0)
	x.noise = s.noise(int(b.minPoints))
	x.left = float64(x.end) - s.t[0]
	x.bound = x.value + x.slope*x.left - b.noiseZ*x.noise
	switch {
	case !finite(x.bound):
		x.gap = tooLarge
	case x.bound > x.sign*x.bar:
		x.verdict = trials.Fire
	default:
		x.verdict = trials.Pass
	}
	return x
}

// least is how many values it takes.
func (b *convexBound) least() int64 { return max(b.minPoints, b.span+1) }

func (b *convexBound) judge(c *trials.Case) trials.Verdict { return b.look(c).verdict }

func (b *convexBound) explain(c *trials.Case, e *trials.Explanation) {
	x := b.look(c)
	e.Metric = b.metric
	e.Observed = x.observed()
	switch x.gap {
	case enough:
	case fewPoints:
		e.Observed["points"] = trials.Float(x.points)
		e.Sentence = fmt.Sprintf("Needs %d values of %s that are finite, has %d of late.", b.least(), noun(b.metric), x.points)
		return
	default:
		e.Sentence = x.why(b.metric, 1)
		return
	}
	u := unitOf(c.Study, b.metric)
	e.Observed["value"], e.Observed["slope"], e.Observed["noise"] = trials.Float(x.sign*x.value), trials.Float(x.sign*x.slope), trials.Float(x.noise)
	e.Predicted = map[string]trials.Float{"at_best": trials.Float(x.sign * x.bound)}
	x.against(e, x.bound, u)
	final, bar := u.pair(x.sign*x.bound, x.bar)
	verb := "is not worse"
	if e.Verdict == trials.Fire {
		verb = "is worse"
		slope := (x.sign*x.bar + b.noiseZ*x.noise - x.value) / x.left
		e.Counterfactual = u.continued("a slope per step", x.sign*slope, b.direction == trials.Maximize)
	}
	e.Sentence = fmt.Sprintf("Even if %s went on along its latest line it would reach %s at step %d, which %s than the final value of %s, %s.",
		noun(b.metric), final, x.end, verb, kthBest(1), bar)
}
