package cmaes

import (
	"math"
	"math/rand/v2"
	"slices"
)

// The ways to go on after a search has converged.
const (
	restartIPOP  = "ipop"
	restartBIPOP = "bipop"
	restartNone  = "none"
)

// restarts counts what the searches so far cost.
type restarts struct {
	done  int // restarts
	large int // doublings of the generation
	spent int // trials since the last restart
	// ledger holds the trials of the searches that ended, with large
	// generations and with small ones.
	ledger [2]int
	small  bool // the search under way has small generations
}

// trend holds the best values of the latest generations.
type trend struct {
	best   []float64
	length int
}

func (t trend) with(best float64, length int) trend {
	kept := t.best[max(0, len(t.best)+1-length):]
	return trend{append(slices.Clone(kept), best), length}
}

// flat says that for many generations the best value did not change.
func (t trend) flat() bool {
	if t.length == 0 || len(t.best) < t.length {
		return false
	}
	low, high := slices.Min(t.best), slices.Max(t.best)
	return low == high || high-low <= 1e-9*max(math.Abs(low), math.Abs(high))
}

// generationSize is how many points a generation has by default: about half of
// what is usual (4 + 3 ln n), since a study seldom has more than a few hundred
// trials. Restarts have more.
func generationSize(axes int) int { return max(6, 4+int(1.3*math.Log(float64(axes)))) }

// start makes the first distribution. With a warm start its mean is that of the
// best rows so far, by the weights of a generation, and of the middle of the cube
// as one more row; from ten best rows on its covariance is theirs plus a ball
// (after Nomura et al., Warm Starting CMA-ES for Hyperparameter Optimization,
// AAAI 2021, equation 11). The best rows are a tenth of all, of few rows five or
// half of them.
func (s *search) start(h *history) {
	n := len(s.axes)
	points := int(s.settings.population)
	if points == 0 {
		points = generationSize(n)
	}
	order, _ := h.ranked(s.warm)
	s.dist, s.spread, s.made = nil, nil, len(s.warm)
	mean := make([]float64, n)
	for i := range mean {
		mean[i] = 0.5
	}
	step, c := s.settings.sigma, []float64(nil)
	if best := max(min(len(order)/2, 5), len(order)/10); s.settings.warm && best > 0 {
		top := make([][]float64, best)
		for i := range top {
			top[i] = s.point(h, s.warm[order[i]])
		}
		r := newRates(n, 2*best, true)
		for i := range mean {
			mean[i] /= 1 + r.muEff
			for k, x := range top {
				mean[i] += r.weights[k] * min(max(x[i], 0), 1) * r.muEff / (1 + r.muEff)
			}
		}
		if best >= 10 {
			step, c = s.warmShape(top, mean)
		}
	}
	s.begin(points, mean, step, c)
	s.startShares(h, order)
}

// warmShape returns the step and the covariance of the best points around their
// mean.
func (s *search) warmShape(top [][]float64, mean []float64) (step float64, c []float64) {
	n, alpha := len(mean), s.settings.sigma
	d := newNormal(mean, 1, nil, s.separable())
	for i := range d.c {
		d.c[i] *= alpha * alpha
	}
	for _, x := range top {
		off := make([]float64, n)
		for i := range x {
			off[i] = x[i] - mean[i]
		}
		d.add(1/float64(len(top)), off)
	}
	trace := 0.0
	for i := range n {
		trace += d.c[d.at(i)]
	}
	for i := range d.c {
		d.c[i] *= float64(n) / trace
	}
	return math.Sqrt(trace / float64(n)), d.c
}

// separable says that the covariance has a diagonal only: with so many axes a
// whole one would be too slow, and would never be learned.
func (s *search) separable() bool { return s.settings.separable || len(s.axes) > maxAxes }

// maxAxes is how many axes a whole covariance may have.
const maxAxes = 100

// begin starts with generations of so many points.
func (s *search) begin(points int, mean []float64, step float64, c []float64) {
	s.points = max(points, 4)
	s.rates = newRates(len(s.axes), s.points, s.separable())
	s.dist = newNormal(mean, step, c, s.separable())
	s.trend, s.batch, s.spent = trend{}, nil, 0
	s.spread = make([]float64, len(s.axes))
	for i := range s.spread {
		s.spread[i] = 1
	}
	if s.settings.margin {
		keepMargins(s.dist, s.axes, s.spread, 1/float64(len(s.axes)*s.points))
	}
}

// again starts anew at a place of its own chance, with twice as many points a
// generation (Auger and Hansen, A Restart CMA Evolution Strategy With Increasing
// Population Size, CEC 2005). With bipop a small search comes first wherever the
// small ones have cost less so far (Hansen, Benchmarking a BI-Population CMA-ES,
// GECCO 2009).
func (s *search) again() {
	base := int(s.settings.population)
	if base == 0 {
		base = generationSize(len(s.axes))
	}
	which := 0
	if s.small {
		which = 1
	}
	s.ledger[which] += s.spent
	s.done++
	rng := rand.New(rand.NewPCG(s.seed^0xe7037ed1a0b428db, uint64(s.done)))
	mean := make([]float64, len(s.axes))
	for i := range mean {
		mean[i] = rng.Float64()
	}
	step, points := 2*s.settings.sigma, 0
	s.small = s.settings.restart == restartBIPOP && s.ledger[1] < s.ledger[0] && s.large > 0
	if s.small {
		u, v := rng.Float64(), rng.Float64()
		points = int(float64(base) * math.Pow(math.Pow(2, float64(s.large))/2, u*u))
		step *= math.Pow(10, -2*v)
	} else {
		s.large = min(s.large+1, 10)
		points = base << s.large
	}
	s.begin(points, mean, step, nil)
}

// startShares sets the probability of every choice by how often the better half
// of the start-up has it.
func (s *search) startShares(h *history, order []int) {
	s.shares = make([][]float64, len(s.categories))
	for i, c := range s.categories {
		shares := make([]float64, c.choices)
		for k := range shares {
			shares[k] = 1
		}
		for _, k := range order[:(len(order)+1)/2] {
			if choice, ok := h.choice(i, s.warm[k], c.choices); ok {
				shares[choice]++
			}
		}
		s.shares[i] = normalised(shares)
	}
}

// learnShares moves the probability of every choice towards its weight in the
// better half of a generation. None falls below a tenth of an equal share.
func (s *search) learnShares(h *history, batch, order []int) {
	if len(s.categories) == 0 {
		return
	}
	shares := make([][]float64, len(s.categories))
	for i, c := range s.categories {
		next := slices.Clone(s.shares[i])
		for rank, k := range order[:s.rates.mu] {
			if choice, ok := h.choice(i, batch[k], c.choices); ok {
				w := shareRate * s.rates.weights[rank]
				for j := range next {
					next[j] *= 1 - w
				}
				next[choice] += w
			}
		}
		for j := range next {
			next[j] = max(next[j], 0.1/float64(c.choices))
		}
		shares[i] = normalised(next)
	}
	s.shares = shares
}

// shareRate is how far one generation moves the probabilities of choices.
const shareRate = 0.3

// choice returns the choice of a row, false if it has none that is known.
func (h *history) choice(category, row, choices int) (int, bool) {
	if row >= len(h.choices[category]) {
		return 0, false
	}
	v := h.choices[category][row]
	return int(v), v >= 0 && v < float64(choices)
}

func normalised(x []float64) []float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	for i := range x {
		x[i] /= sum
	}
	return x
}
