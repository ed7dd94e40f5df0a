package pruner

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// sustainedLimit fires when a metric in time stays beyond a limit: for so many
// seconds on end, or in so many of the latest windows. A short peak does not
// count, and neither does what was not measured. It goes over the samples of the
// time that matters, of the latest 1024.
type sustainedLimit struct {
	metric     string
	direction  trials.Direction
	limit      *float64
	hard       *float64
	aggregate  string
	window     float64
	lasting    float64
	least, of  int64
	hysteresis float64
	stale      *float64
	warmup     float64 // seconds
}

// ewma is the aggregate that only sustained_limit has.
const ewma = "ewma"

func newSustainedLimit() rule {
	return &sustainedLimit{aggregate: string(trials.Mean), window: 10, lasting: 30, least: 3, of: 5, hysteresis: 0.05}
}

func (l *sustainedLimit) declare(s *options.Set) {
	s.Metric(&l.metric, "metric", "Sampled in time, such as system/rss_bytes.").Required()
	options.Word(s, &l.direction, "direction", "`minimize`: the limit is a ceiling; `maximize`: a floor. Left out, as the constraint from which the limit is, or the objective, says; else minimize.", trials.Minimize, trials.Maximize)
	s.Maybe(&l.limit, "limit", "In the metric's own unit; the bound of the study's constraint on the metric by default.")
	s.Maybe(&l.hard, "hard_limit", "Beyond this the latest value alone fires; left out, there is none.")
	options.Word(s, &l.aggregate, "aggregate", "How the values of a window become one; of a floor, max is the lowest and p95 the 5 % quantile. ewma goes on from window to window and forgets with window_seconds.", string(trials.Mean), string(trials.Max), string(trials.P95), ewma)
	s.Number(&l.window, "window_seconds", "How long a window is.").AtLeast(0.001)
	s.Number(&l.lasting, "for_seconds", "Fires when beyond the limit for so long on end.").AtLeast(0)
	s.Int(&l.least, "min_windows", "Fires also when so many of the latest windows are beyond the limit.").AtLeast(1).AtMost(64)
	s.Int(&l.of, "of_windows", "How many the latest windows are.").AtLeast(1).AtMost(64)
	s.Number(&l.hysteresis, "hysteresis", "Once beyond the limit, a window is within it again by this share of the limit.").AtLeast(0).AtMost(1)
	s.Maybe(&l.stale, "stale_seconds", "A longer time without a value makes it begin anew; 3 windows by default.").AtLeast(0)
}

func (l *sustainedLimit) prepare(study *trials.StudySpec, f *findings) {
	checkSpelling(study, l.metric, f)
	l.fill(study, f)
	if l.least > l.of {
		f.faults.Add("/min_windows", "must be at most of_windows, %d", l.of)
	}
	if l.lasting < l.window {
		f.warnings.Add("/for_seconds", "is shorter than a window of %v s, so that a single one fires", l.window)
	} else if l.least == 1 {
		f.warnings.Add("/min_windows", "lets a single window fire")
	}
	if *l.stale < l.window {
		f.warnings.Add("/stale_seconds", "is shorter than a window of %v s", l.window)
	}
	if l.limit != nil && l.hard != nil && l.turn(*l.hard) < l.turn(*l.limit) {
		f.warnings.Add("/hard_limit", "is within the limit of %v, which then never counts", *l.limit)
	}
}

// fill makes what was left out explicit.
func (l *sustainedLimit) fill(study *trials.StudySpec, f *findings) {
	c := constraintOn(study, l.metric, map[trials.Direction]string{trials.Minimize: "<=", trials.Maximize: ">="}[l.direction])
	switch {
	case l.direction != "":
	case l.limit == nil && c != nil && c.Op == ">=":
		l.direction = trials.Maximize
	case l.limit == nil && c != nil:
		l.direction = trials.Minimize
	}
	f.bound("sustained_limit", "limit", &l.limit, c)
	defaultDirection(study, l.metric, &l.direction)
	if l.stale == nil {
		three := 3 * l.window
		l.stale = &three
	}
}

func (l *sustainedLimit) needs() []trials.Need {
	return []trials.Need{{Metric: l.metric, Samples: true}}
}

// limits: a peak may be beyond them for a while, and so may the warm-up.
func (l *sustainedLimit) limits() []trials.RuleLimit {
	var out []trials.RuleLimit
	for _, bound := range []*float64{l.limit, l.hard} {
		if bound == nil {
			continue
		}
		one := ceiling(l.metric, *bound, trials.Max)
		if l.direction == trials.Maximize {
			one.Op, one.Aggregate = ">=", trials.Min
		}
		one.Loose = true
		out = append(out, one)
	}
	return out
}

func (l *sustainedLimit) warm(seconds float64) { l.warmup = seconds }

// spell is how the latest samples stand to a limit. Of a floor, every value is
// turned round, so that beyond is above.
type spell struct {
	why    unsustained
	latest float64 // sample
	value  float64 // of the latest window that is over, NaN without one
	worst  float64 // of all windows
	lasted float64 // how many seconds the latest windows are beyond it on end
	marks  uint64  // the latest windows, a bit each: those beyond it

	beyond bool
	since  float64 // the first sample of those beyond it on end
	at     float64 // the latest window
	time   float64 // of the latest sample
	begun  bool    // there was one
	ewma   float64
}

type unsustained int8

const (
	watched unsustained = iota
	unsampled
	outOfDate
	noWindow
)

// look goes over the samples with a limit.
func (l *sustainedLimit) look(c *trials.Case, limit float64) (g spell) {
	samples := usableFrom(c.Samples(l.metric), l.warmup)
	g.value, g.worst = math.NaN(), math.Inf(-1)
	if len(samples) == 0 {
		g.why = unsampled
		return g
	}
	last := samples[len(samples)-1]
	g.latest = l.turn(last.Value)
	if c.Back == 0 && c.Elapsed()-last.Elapsed > *l.stale {
		g.why = outOfDate
		return g
	}
	var memory [maxWindow]float64
	now := math.Floor(last.Elapsed / l.window)
	from := math.Floor((last.Elapsed - l.reach()) / l.window) // which is cut
	samples = usableFrom(samples, from*l.window)
	for len(samples) > 1 && math.Floor(samples[0].Elapsed/l.window) <= from {
		samples = samples[1:]
	}
	for i, j := 0, 0; i < len(samples); i = j {
		at := math.Floor(samples[i].Elapsed / l.window)
		for j = i + 1; j < len(samples) && j-i < maxWindow && math.Floor(samples[j].Elapsed/l.window) == at; {
			j++
		}
		first, value := l.one(&g, samples[i:j], memory[:0])
		if at < now && !math.IsNaN(value) { // else it is not over
			l.close(&g, at, first, value, l.turn(limit))
		}
	}
	g.shift(now - 1)
	if math.IsNaN(g.value) {
		g.why = noWindow
	}
	return g
}

// reach returns how many seconds back the verdict looks: what came before is
// beyond all windows and gaps that count, or forgotten.
func (l *sustainedLimit) reach() float64 {
	back := math.Max(float64(l.of)*l.window, l.lasting+*l.stale) + 3*l.window
	if l.aggregate == ewma {
		back += 5 * l.window
	}
	return back
}

// maxWindow is how many samples a window has at most: as many as are kept.
const maxWindow = 1024

// usableFrom passes over the samples before a time, and those after the latest
// that is usable.
func usableFrom(samples []trials.Moment, seconds float64) []trials.Moment {
	for n := len(samples); n > 0 && !usable(samples[n-1]); n-- {
		samples = samples[:n-1]
	}
	low, high := 0, len(samples)
	for low < high {
		if mid := (low + high) / 2; samples[mid].Elapsed < seconds {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return samples[low:]
}

func usable(m trials.Moment) bool { return !math.IsNaN(m.Value) && !math.IsInf(m.Elapsed, 0) }

// turn turns a value round if the limit is a floor.
func (l *sustainedLimit) turn(v float64) float64 {
	if l.direction == trials.Maximize {
		return -v
	}
	return v
}

// one takes in the samples of a window, and returns when the first was taken
// and what they become. After a gap everything begins anew.
func (l *sustainedLimit) one(g *spell, samples []trials.Moment, values []float64) (first, value float64) {
	sum, most := 0.0, math.Inf(-1)
	for _, m := range samples {
		if !usable(m) {
			continue
		}
		v := l.turn(m.Value)
		switch {
		case g.begun && m.Elapsed-g.time <= *l.stale:
			if l.aggregate == ewma {
				g.ewma += (1 - math.Exp((g.time-m.Elapsed)/l.window)) * (v - g.ewma)
			}
		default:
			g.beyond, g.marks, g.lasted, g.ewma, g.begun = false, 0, 0, v, true
		}
		g.time = m.Elapsed
		if len(values) == 0 {
			first = m.Elapsed
		}
		values, sum, most = append(values, v), sum+v, math.Max(most, v)
	}
	switch n := len(values); {
	case n == 0:
		return first, math.NaN()
	case l.aggregate == ewma:
		return first, g.ewma
	case l.aggregate == string(trials.Max):
		return first, most
	case l.aggregate == string(trials.P95):
		slices.Sort(values)
		return first, values[(n*95+99)/100-1]
	default:
		return first, sum / float64(n)
	}
}

// close ends a window.
func (l *sustainedLimit) close(g *spell, at, first, value, limit float64) {
	g.shift(at)
	g.value, g.worst = value, math.Max(g.worst, value)
	bar := limit
	if g.beyond {
		bar -= l.hysteresis * math.Abs(limit)
	}
	if value <= bar {
		g.beyond, g.lasted = false, 0
		return
	}
	if !g.beyond {
		g.beyond, g.since = true, first
	}
	g.marks |= 1
	g.lasted = (at+1)*l.window - g.since
}

// shift goes on to a window.
func (g *spell) shift(at float64) {
	if by := at - g.at; by < 64 {
		g.marks <<= uint(math.Max(0, by))
	} else {
		g.marks = 0
	}
	g.at = at
}

// fires says that windows stayed beyond the limit.
func (l *sustainedLimit) fires(g *spell) (lasted, often bool) {
	if g.why != watched {
		return false, false
	}
	return g.lasted > 0 && g.lasted >= l.lasting, int64(l.count(g)) >= l.least
}

// count counts the latest windows beyond the limit.
func (l *sustainedLimit) count(g *spell) int { return bits.OnesCount64(g.marks << (64 - l.of)) }

// breaks says that the latest value is beyond the hard limit.
func (l *sustainedLimit) breaks(g *spell) bool {
	return l.hard != nil && (g.why == watched || g.why == noWindow) && g.latest > l.turn(*l.hard)
}

func (l *sustainedLimit) judge(c *trials.Case) trials.Verdict {
	g := l.look(c, *l.limit)
	lasted, often := l.fires(&g)
	switch {
	case l.breaks(&g) || lasted || often:
		return trials.Fire
	case g.why != watched:
		return trials.Unknown
	default:
		return trials.Pass
	}
}

func (l *sustainedLimit) explain(c *trials.Case, e *trials.Explanation) {
	g := l.look(c, *l.limit)
	u := unitOf(c.Study, l.metric)
	limit := trials.Float(*l.limit)
	e.Metric, e.Limit, e.Unit = l.metric, &limit, string(u)
	name := upperFirst(noun(l.metric))
	switch {
	case g.why == unsampled:
		e.Sentence = notReported(l.metric)
	case g.why == outOfDate:
		e.Sentence = fmt.Sprintf("%s was not reported for more than %.4g s.", name, *l.stale)
	case l.breaks(&g):
		hard, margin := trials.Float(*l.hard), trials.Float(g.latest-l.turn(*l.hard))
		e.Observed = map[string]trials.Float{"latest": trials.Float(l.turn(g.latest))}
		e.Limit, e.Margin = &hard, &margin
		value, bar := u.pair(l.turn(g.latest), *l.hard)
		e.Sentence = fmt.Sprintf("%s is %s; the hard limit is %s.", name, value, bar)
		e.Counterfactual = u.continued("a hard limit", l.turn(g.latest), l.direction != trials.Maximize)
	case g.why == noWindow:
		e.Sentence = fmt.Sprintf("No window of %.4g s is over yet.", l.window)
	default:
		l.explainWindows(c, e, &g, u)
	}
}

func (l *sustainedLimit) explainWindows(c *trials.Case, e *trials.Explanation, g *spell, u unit) {
	margin := trials.Float(g.value - l.turn(*l.limit))
	e.Margin = &margin
	e.Observed = map[string]trials.Float{
		"value": trials.Float(l.turn(g.value)), "seconds_beyond": trials.Float(g.lasted), "windows_beyond": trials.Float(l.count(g)),
	}
	value, limit := u.pair(l.turn(g.value), *l.limit)
	side := "above"
	if l.direction == trials.Maximize {
		side = "below"
	}
	switch lasted, often := l.fires(g); {
	case lasted:
		e.Sentence = fmt.Sprintf("%s has been %s the limit of %s for %.4g s and is %s.", l.subject(), side, limit, g.lasted, value)
	case often:
		e.Sentence = fmt.Sprintf("%s was %s the limit of %s in %d of the latest %d windows and is %s.", l.subject(), side, limit, l.count(g), l.of, value)
	default:
		e.Sentence = fmt.Sprintf("%s is %s; the limit is %s.", l.subject(), value, limit)
		return
	}
	e.Counterfactual = u.continued("a limit", l.turn(l.enough(c, g.worst)), l.direction != trials.Maximize)
}

// enough returns the nearest limit with which the windows would not have fired,
// turned round: between the limit and the worst of them.
func (l *sustainedLimit) enough(c *trials.Case, worst float64) float64 {
	low, high := l.turn(*l.limit), worst
	for range 60 {
		mid := low + (high-low)/2
		g := l.look(c, l.turn(mid))
		if lasted, often := l.fires(&g); lasted || often {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

// subject names what is judged of a window.
func (l *sustainedLimit) subject() string {
	of := map[string]string{string(trials.Mean): "mean ", string(trials.Max): "highest ", string(trials.P95): "95 % quantile of ", ewma: "moving mean of "}[l.aggregate]
	if l.direction == trials.Maximize {
		switch l.aggregate {
		case string(trials.Max):
			of = "lowest "
		case string(trials.P95):
			of = "5 % quantile of "
		}
	}
	return fmt.Sprintf("The %s%s per %.4g s", of, noun(l.metric), l.window)
}
