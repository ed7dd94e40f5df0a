package pruner

import (
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

// standing is how a trial stands among its peers, and why the verdict is so.
type standing struct {
	verdict   trials.Verdict
	why       why
	completed int
	peers     int // at the step
	step      int64
	mark      float64 // on the axis
	own       float64
	bar       float64
}

type why int8

const (
	compared why = iota
	tooFewTrials
	noReport
	beforeFrom
	isNaN
	tooFewPeers
	noBar // it is not a number
	noMark
)

// look judges the trial; each guard returns in the order in which Optuna has
// them. The bar that the verdict can do without is asked for by exact.
func (p *percentile) look(c *trials.Case, exact bool) (s standing) {
	s.completed = c.History.Completed()
	if int64(s.completed) < p.least() {
		s.why = tooFewTrials
		return s
	}
	if p.lane != nil {
		p.lookAlong(c, &s)
		return s
	}
	curve := c.Curve(p.metric)
	n := curve.Len()
	if n == 0 {
		s.why = noReport
		return s
	}
	s.step = curve.Steps[n-1]
	if p.rhs == headMean && int64(n) < p.from || (p.lhs == runningMean || p.rhs == runningMean) && s.step < p.from {
		s.why = beforeFrom
		return s
	}
	s.own = p.value(c, &curve)
	if math.IsNaN(s.own) && !p.firstNaN {
		s.verdict, s.why = trials.Fire, isNaN
		return s
	}
	if p.carry {
		p.compareCarried(c, &s, exact)
	} else {
		p.compare(c, &s)
	}
	return s
}

// least is how many trials must have completed.
func (p *percentile) least() int64 {
	if p.population == completed {
		return max(p.startup, 1)
	}
	return p.startup
}

// value returns what of the trial is compared.
func (p *percentile) value(c *trials.Case, curve *trials.Series) float64 {
	switch {
	case p.lhs == byLast:
		return curve.Values[curve.Len()-1]
	case p.lhs == runningMean:
		mean := c.Form(p.metric, p.own())
		if _, v, ok := mean.Last(); ok {
			return v
		}
		return math.NaN()
	case p.firstNaN && math.IsNaN(curve.Values[0]):
		return math.NaN()
	default:
		return curve.Best(p.direction)
	}
}

func (p *percentile) compare(c *trials.Case, s *standing) {
	peers := c.Peers(p.metric, p.which, s.step)
	n, mine := peers.Len(), -1 // the place of the trial's own value among them
	s.peers = n + peers.NaN()
	if p.which.Reached {
		form := c.Form(p.metric, p.which)
		if v, ok := form.At(s.step); ok {
			s.peers--
			if !math.IsNaN(v) {
				mine, _ = peers.Below(v)
				n--
			}
		}
	}
	if int64(s.peers) < p.minTrials {
		s.why = tooFewPeers
		return
	}
	s.bar = p.barOf(n, func(i int) float64 {
		if mine >= 0 && i >= mine {
			i++
		}
		return peers.At(i)
	})
	p.decide(s)
}

// barOf returns what a trial is compared with, of n values in ascending order.
func (p *percentile) barOf(n int, at func(int) float64) float64 {
	switch {
	case n <= 0:
		return math.NaN()
	case p.statistic == ofMean:
		sum := 0.0
		for i := range n {
			sum += at(i)
		}
		return sum / float64(n)
	case p.halfway():
		return (at((n-1)/2) + at(n/2)) / 2
	case p.direction == trials.Maximize:
		return trials.Quantile(n, (100-p.percentile)/100, at)
	default:
		return trials.Quantile(n, p.percentile/100, at)
	}
}

// halfway says that the median of an even number is the mean of the two in the
// middle: of means it is so in Vizier and Ray.
func (p *percentile) halfway() bool { return p.rhs != raw && p.percentile == 50 }

func (p *percentile) decide(s *standing) {
	switch {
	case math.IsNaN(s.own):
		s.verdict, s.why = trials.Fire, isNaN
	case math.IsNaN(s.bar):
		s.why = noBar
	case p.direction.Better(s.bar, s.own):
		s.verdict = trials.Fire
	default:
		s.verdict = trials.Pass
	}
}

// compareCarried compares with values that no index has: one look at each finds
// the neighbours of the trial's own, which is enough unless the exact bar is
// asked for. Means that are not finite are passed over, as in Ray.
func (p *percentile) compareCarried(c *trials.Case, s *standing, exact bool) {
	own := p.sign * s.own
	below, above, sum, less := math.Inf(-1), math.Inf(1), 0.0, 0
	var all []float64
	c.Others(p.metric, p.which, func(o *trials.Series) {
		v, ok := p.carried(o, s.step)
		if !ok {
			return
		}
		s.peers++
		sum += v
		if exact {
			all = append(all, v)
		}
		if v *= p.sign; v < own {
			less++
			below = max(below, v)
		} else {
			above = min(above, v)
		}
	})
	switch {
	case int64(s.peers) < p.minTrials:
		s.why = tooFewPeers
		return
	case p.statistic == ofMean:
		s.bar = sum / float64(s.peers)
	case exact:
		slices.Sort(all)
		s.bar = p.barOf(len(all), func(i int) float64 { return all[i] })
	default:
		s.bar = p.barOf(s.peers, func(i int) float64 {
			if p.sign < 0 {
				i = s.peers - 1 - i
			}
			if i < less {
				return p.sign * below
			}
			return p.sign * above
		})
	}
	p.decide(s)
}

// carried returns what of another trial stands at a step.
func (p *percentile) carried(o *trials.Series, step int64) (float64, bool) {
	n := o.Len()
	if p.which.Reached && o.Steps[n-1] < step {
		return 0, false
	}
	at := n - 1
	if p.rhs != headMean && o.Steps[at] > step {
		i, found := slices.BinarySearch(o.Steps, step)
		if at = i; !found {
			at--
		}
	}
	if at < 0 {
		return 0, false
	}
	v := o.Values[at]
	return v, finite(v)
}

// vote judges a value at a mark on the axis.
func (p *percentile) vote(before *trials.Ranked, v float64) trials.Vote {
	s := standing{own: v, bar: math.NaN(), peers: before.Len() + before.NaN()}
	if int64(s.peers) >= max(p.least(), p.minTrials) {
		s.bar = p.barOf(before.Len(), before.At)
		p.decide(&s)
	}
	return trials.Vote{Verdict: s.verdict, Bar: s.bar}
}

// lookAlong takes the verdict of the latest mark.
func (p *percentile) lookAlong(c *trials.Case, s *standing) {
	votes := c.Votes(p.lane)
	if len(votes) == 0 {
		s.why = noMark
		return
	}
	v := &votes[len(votes)-1]
	s.verdict, s.mark, s.own, s.bar, s.peers = v.Verdict, v.Mark, v.Value, v.Bar, v.Of
	switch {
	case v.Verdict != trials.Unknown && math.IsNaN(v.Value):
		s.why = isNaN
	case v.Verdict == trials.Unknown && int64(v.Of) < max(p.least(), p.minTrials):
		s.why = tooFewPeers
	case v.Verdict == trials.Unknown:
		s.why = noBar
	}
}

func (p *percentile) judge(c *trials.Case) trials.Verdict { return p.look(c, false).verdict }
