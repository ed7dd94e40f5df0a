package pruner

import (
	"fmt"
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// exhaustionTrend fires when a metric in time, such as memory, grows so
// steadily that even by a slow reading of its slope it reaches a limit before
// the trial ends. Neither what a garbage collector gives back nor a single step
// up counts as growth.
type exhaustionTrend struct {
	metric   string
	limit    *float64
	window   float64
	least    int64
	alpha    float64
	margin   float64
	envelope bool
	horizon  *float64
	warmup   float64 // seconds
}

func newExhaustionTrend() rule {
	return &exhaustionTrend{window: 10, least: 12, alpha: 0.01, margin: 0.1, envelope: true}
}

// maxSpots is how many windows a trend is fitted to at most: twice as many as
// min_samples may be.
const maxSpots = 48

func (x *exhaustionTrend) declare(s *options.Set) {
	s.Metric(&x.metric, "metric", "Sampled in time, such as system/rss_bytes.").Required()
	s.Maybe(&x.limit, "limit", "What must not be reached; the bound of the study's constraint on the metric by default.")
	s.Number(&x.window, "window_seconds", "The samples of so many seconds become one; twice as many, and so on, once there are more than 2 x min_samples windows. Best longer than the time from one garbage collection to the next.").AtLeast(0.001)
	s.Int(&x.least, "min_samples", "Unknown before so many windows are over.").AtLeast(8).AtMost(maxSpots / 2)
	s.Number(&x.alpha, "alpha", "How likely a series without a trend may pass for one (Mann-Kendall, one-sided); the slope is taken at the lower end of its interval of the same level.").AtLeast(1e-6).AtMost(0.2)
	s.Number(&x.margin, "margin", "The limit must be reached in less than 1 - margin of the time that is left.").AtLeast(0).AtMost(1)
	s.Bool(&x.envelope, "envelope", "A window counts with its lowest value, so that what a garbage collector gives back is no growth; else with its mean.")
	s.Maybe(&x.horizon, "horizon_seconds", "Looks so far ahead at most; left out, as far as the trial's last step, by its seconds per step so far.").AtLeast(0)
}

func (x *exhaustionTrend) prepare(study *trials.StudySpec, f *findings) {
	checkSpelling(study, x.metric, f)
	f.bound("exhaustion_trend", "limit", &x.limit, constraintOn(study, x.metric, "<="))
	if x.horizon == nil {
		f.warnT(study)
	} else if float64(x.least)*x.window > *x.horizon {
		f.warnings.Add("/horizon_seconds", "is less than it takes to see a trend: %d windows of %v s", x.least, x.window)
	}
}

func (x *exhaustionTrend) needs() []trials.Need {
	return []trials.Need{{Metric: x.metric, Samples: true}, {Metric: trials.WallSeconds, Series: true}}
}

func (x *exhaustionTrend) limits() []trials.RuleLimit {
	return []trials.RuleLimit{ceiling(x.metric, *x.limit, trials.Max)}
}

func (x *exhaustionTrend) warm(seconds float64) { x.warmup = seconds }

// trend is how a metric grows, and how long that may go on.
type trend struct {
	why   untrended
	n     int     // windows
	width float64 // of one, in seconds
	level float64 // of the latest
	slope float64 // the median of the slopes between two windows
	slow  float64 // what it grows by at least, per second
	left  float64 // seconds of the trial
}

type untrended int8

const (
	growing untrended = iota
	noSample
	fewWindows
	steady
	leftUnknown
)

// reach returns in how many seconds the limit is reached at the latest.
func (g *trend) reach(limit float64) float64 { return (limit - g.level) / g.slow }

func (x *exhaustionTrend) look(c *trials.Case) (g trend) {
	samples := usableFrom(c.Samples(x.metric), x.warmup)
	if len(samples) == 0 {
		g.why = noSample
		return g
	}
	var memory [maxSpots]spot
	spots, width := x.windows(samples, memory[:0])
	spots = spots[jump(spots):]
	g.n, g.width = len(spots), width
	if int64(g.n) < x.least {
		g.why = fewWindows
		return g
	}
	g.level = spots[g.n-1].v
	if !x.fit(&g, spots) {
		g.why = steady
		return g
	}
	known := false
	if g.left, known = secondsLeft(c); x.horizon != nil && (!known || *x.horizon < g.left) {
		g.left, known = *x.horizon, true
	}
	if !known {
		g.why = leftUnknown
	}
	return g
}

// spot is what stands for a window.
type spot struct{ t, v float64 }

// windows appends the windows that are over, at most 2 x least.
func (x *exhaustionTrend) windows(samples []trials.Moment, spots []spot) ([]spot, float64) {
	width, first, last := x.window, samples[0].Elapsed, samples[len(samples)-1].Elapsed
	for math.Floor(last/width)-math.Floor(first/width) > float64(2*x.least) {
		width *= 2
	}
	now, n := math.Floor(last/width), 0
	at, sum := math.Inf(-1), spot{} // the window being gathered
	for _, m := range samples {
		w := math.Floor(m.Elapsed / width)
		if w >= now {
			break
		}
		if math.IsNaN(m.Value) || math.IsInf(m.Value, 0) {
			continue
		}
		if w != at {
			at, n, sum, spots = w, 0, spot{}, append(spots, spot{m.Elapsed, m.Value})
		}
		n++
		sum.t, sum.v = sum.t+m.Elapsed, sum.v+m.Value
		end := &spots[len(spots)-1]
		switch {
		case !x.envelope:
			*end = spot{sum.t / float64(n), sum.v / float64(n)}
		case m.Value < end.v:
			*end = spot{m.Elapsed, m.Value}
		}
	}
	return spots, width
}

// The sizes of a jump, in standard deviations of an ordinary difference between
// two windows: what of each is passed over, and how much of the rest is one.
const (
	jumpSlack = 2
	jumpSize  = 8
)

// jump returns the place of the first window after the latest step up: Page's
// cumulative sum of the differences between windows, measured by their own
// spread. A step down needs none, since it can only make a trend weaker.
func jump(spots []spot) int {
	n := len(spots) - 1
	if n < 2 {
		return 0
	}
	var memory [maxSpots]float64
	away := memory[:n]
	for i := range away {
		away[i] = spots[i+1].v - spots[i].v
	}
	slices.Sort(away)
	usual, mean := away[n/2], 0.0
	for i, d := range away {
		away[i] = math.Abs(d - usual)
		mean += away[i] / float64(n)
	}
	slices.Sort(away)
	spread := math.Max(1.4826*away[n/2], math.Abs(usual)) // many times the usual growth
	if spread == 0 {
		spread = mean
	}
	if spread == 0 {
		return 0
	}
	from, sum := 0, 0.0
	for i := 1; i <= n; i++ {
		sum = math.Max(0, sum+(spots[i].v-spots[i-1].v-usual)/spread-jumpSlack)
		if sum > jumpSize {
			from, sum = i, 0
		}
	}
	return from
}

// fit takes the slope of the windows; false if they do not surely grow.
func (x *exhaustionTrend) fit(g *trend, spots []spot) bool {
	z := math.Sqrt2 * math.Erfinv(1-2*x.alpha)
	score, sd := kendall(spots)
	if !(score-1 > z*sd) {
		return false
	}
	var memory [maxSpots * (maxSpots - 1) / 2]float64
	slopes := memory[:0]
	for i, a := range spots {
		for _, b := range spots[i+1:] {
			slopes = append(slopes, (b.v-a.v)/(b.t-a.t))
		}
	}
	slices.Sort(slopes)
	n := len(slopes)
	low := max(0, int((float64(n)-z*sd)/2)-1)
	g.slope, g.slow = (slopes[(n-1)/2]+slopes[n/2])/2, math.Min(slopes[low], kept(spots))
	return g.slow > 0
}

// kendall returns Mann and Kendall's S and its standard deviation without a
// trend, ties allowed for.
func kendall(spots []spot) (score, sd float64) {
	n := float64(len(spots))
	variance := n * (n - 1) * (2*n + 5)
	for i, a := range spots {
		before, same := 0, 1.0
		for j, b := range spots {
			switch {
			case a.v == b.v && j < i:
				before++
			case a.v == b.v && j > i:
				same++
			case j > i && b.v > a.v:
				score++
			case j > i:
				score--
			}
		}
		if before == 0 { // the first of its ties
			variance -= same * (same - 1) * (2*same + 5)
		}
	}
	return score, math.Sqrt(variance / 18)
}

// kept returns the growth per second that stayed, as the lowest values tell.
// Growth from the first half to the second was not given back since; growth
// from the last quarter but one to the last did not end before.
func kept(spots []spot) float64 {
	n := len(spots)
	half, quarter := n/2, n/4
	return math.Min(
		rise(spots[:half], spots[n-half:]),
		rise(spots[n-2*quarter:n-quarter], spots[n-quarter:]),
	)
}

// rise returns by how much per second the lowest value of one stretch is above
// that of another as long before it.
func rise(before, after []spot) float64 {
	v0, v1, seconds := math.Inf(1), math.Inf(1), 0.0
	for i := range before {
		v0, v1 = math.Min(v0, before[i].v), math.Min(v1, after[i].v)
		seconds += (after[i].t - before[i].t) / float64(len(before))
	}
	return (v1 - v0) / seconds
}

// secondsLeft returns how long a trial will go on, by its seconds per step so
// far; false while that, or its last step, is not known.
func secondsLeft(c *trials.Case) (float64, bool) {
	wall := c.Curve(trials.WallSeconds)
	step, spent, ok := wall.Last()
	end, known := c.End()
	steps := float64(step + c.Steps() - max(0, c.Trial.LastStep))
	if !ok || !known || steps <= 0 || !(spent > 0) || math.IsInf(spent, 0) {
		return 0, false
	}
	since := math.Max(0, c.Elapsed()-spent)
	return math.Max(0, math.Max(0, float64(end-step))*spent/steps-since), true
}

func (x *exhaustionTrend) judge(c *trials.Case) trials.Verdict {
	switch g := x.look(c); {
	case g.why == steady:
		return trials.Pass
	case g.why != growing:
		return trials.Unknown
	case g.reach(*x.limit) < g.left*(1-x.margin):
		return trials.Fire
	default:
		return trials.Pass
	}
}

func (x *exhaustionTrend) explain(c *trials.Case, e *trials.Explanation) {
	g := x.look(c)
	u := unitOf(c.Study, x.metric)
	limit := trials.Float(*x.limit)
	e.Metric, e.Limit, e.Unit = x.metric, &limit, string(u)
	name := noun(x.metric)
	if g.why == noSample {
		e.Sentence = notReported(x.metric)
		return
	}
	e.Observed = map[string]trials.Float{"windows": trials.Float(g.n), "window_seconds": trials.Float(g.width)}
	if g.why == fewWindows {
		e.Sentence = fmt.Sprintf("Needs %d windows of %.4g s with %s since it last jumped, has %d.", x.least, g.width, name, g.n)
		return
	}
	e.Observed["level"] = trials.Float(g.level)
	if g.why == steady {
		e.Sentence = fmt.Sprintf("%s does not grow steadily.", upperFirst(name))
		return
	}
	e.Predicted = map[string]trials.Float{"slope": trials.Float(g.slope), "slope_low": trials.Float(g.slow), "seconds_to_limit": trials.Float(g.reach(*x.limit))}
	grows := fmt.Sprintf("%s grows by %s per second at least and reaches the limit of %s", upperFirst(name), u.show(g.slow, 3), u.show(*x.limit, digits))
	if g.why == leftUnknown {
		e.Sentence = fmt.Sprintf("%s within %s; how long the trial will go on is not known yet.", grows, unit("s").show(math.Max(0, g.reach(*x.limit)), 3))
		return
	}
	ahead := g.level + g.slow*g.left*(1-x.margin)
	margin := trials.Float(ahead - *x.limit)
	e.Observed["seconds_left"], e.Margin = trials.Float(g.left), &margin
	e.Predicted[fmt.Sprintf("lower%.3g", 100*(1-x.alpha))] = trials.Float(ahead)
	e.Sentence = fmt.Sprintf("%s within %s; %s are left.", grows, unit("s").show(math.Max(0, g.reach(*x.limit)), 3), unit("s").show(g.left, 3))
	if e.Verdict == trials.Fire {
		e.Counterfactual = u.continued("a limit", ahead, true)
	}
}
