package gp

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

const (
	mostCandidates  = 1200
	leastCandidates = 150
	// work is how many multiplications the candidates of one ask may cost, about.
	work     = 2e7
	starts   = 4  // of the polishing
	polishes = 60 // evaluations of one polishing
	rounds   = 3  // of continuous and discrete polishing in turn
	apart    = 0.05
)

// search looks for the point of greatest acquisition: random points and
// perturbed incumbents, the best few of which are moved uphill.
type search struct {
	*acquisition
	rng        *rand.Rand
	given      map[int]float64 // axes that are not to be chosen
	incumbents [][]float64
	settled    []float64
}

// candidate is a point with a value for every axis, also for those that do not
// exist in it.
type candidate struct {
	x     []float64
	value float64
}

// of returns the acquisition at a point.
func (s *search) of(x []float64) float64 {
	v := s.value(s.settle(x), nil)
	if math.IsNaN(v) {
		return math.Inf(-1)
	}
	return v
}

// settle returns the point as it would be tried.
func (s *search) settle(x []float64) []float64 {
	if !s.frame.conditional {
		return x
	}
	s.settled = append(s.settled[:0], x...)
	s.frame.settle(s.settled)
	return s.settled
}

// best returns the best point found.
func (s *search) best() candidate {
	pool := s.candidates(s.count())
	slices.SortStableFunc(pool, func(a, b candidate) int { return cmp.Compare(b.value, a.value) })
	best := pool[0]
	least := apart * math.Sqrt(float64(len(s.frame.axes)))
	var tried [][]float64
	for _, c := range pool {
		if slices.ContainsFunc(tried, func(x []float64) bool { return s.frame.distance(x, c.x) < least }) {
			continue
		}
		tried = append(tried, slices.Clone(c.x))
		if c = s.polish(c); c.value > best.value {
			best = c
		}
		if len(tried) == starts {
			break
		}
	}
	return best
}

// any returns the best of a few random points.
func (s *search) any(count int) candidate {
	best := candidate{value: math.Inf(-1)}
	for range max(count, 1) {
		x := s.random()
		if v := s.of(x); best.x == nil || v > best.value {
			best = candidate{x, v}
		}
	}
	return best
}

// count returns how many candidates there is time for.
func (s *search) count() int {
	each := 0.0
	for _, m := range s.models() {
		n := float64(len(m.x))
		each += n * (n/2 + 2*float64(len(s.frame.axes)) + 40)
	}
	return int(min(max(work/max(each, 1), leastCandidates), mostCandidates))
}

func (s *search) candidates(count int) []candidate {
	out := make([]candidate, 0, count)
	add := func(x []float64) { out = append(out, candidate{x, s.of(x)}) }
	for range count * 2 / 3 {
		add(s.random())
	}
	for len(out) < count && len(s.incumbents) > 0 {
		add(s.perturbed(s.incumbents[len(out)%len(s.incumbents)]))
	}
	return out
}

func (s *search) random() []float64 {
	x := make([]float64, len(s.frame.axes))
	for i := range x {
		x[i] = s.draw(i)
	}
	return x
}

// draw returns a random place on an axis, the given one if there is one.
func (s *search) draw(i int) float64 {
	u := s.rng.Float64()
	if v, ok := s.given[i]; ok {
		return v
	}
	if i >= s.frame.numeric {
		return s.frame.axes[i].dist.At(u)
	}
	return s.frame.snap(i, u)
}

// perturbed moves some axes of a point by a share of the length scale, from the
// whole of it to a ten-thousandth.
func (s *search) perturbed(from []float64) []float64 {
	x := slices.Clone(from)
	share := math.Pow(10, -4*s.rng.Float64())
	often := max(0.4, 2/float64(len(x)))
	for i := range x {
		if x[i] == absent && i >= s.frame.numeric {
			x[i] = s.draw(i) // in case another category makes it exist
		}
		if _, given := s.given[i]; given || s.rng.Float64() > often {
			continue
		}
		if i >= s.frame.numeric {
			if s.rng.Float64() < 0.5 {
				x[i] = s.draw(i)
			}
			continue
		}
		width := share * min(0.5, 1/s.root(i))
		if n := s.frame.axes[i].count; n > 0 {
			width = max(width, 1/float64(n))
		}
		x[i] = s.frame.snap(i, min(max(x[i]+width*s.rng.NormFloat64(), 0), 1))
	}
	for i, v := range s.given {
		x[i] = v
	}
	return x
}

// root returns the inverse length scale of an axis, that of the model that
// leads.
func (s *search) root(i int) float64 {
	for _, m := range s.models() {
		return min(max(math.Sqrt(m.weights[i]), 1e-2), 1e3)
	}
	return 1
}

// polish moves a candidate uphill, in its continuous and its counted axes in
// turn.
func (s *search) polish(c candidate) candidate {
	for range rounds {
		before := c.value
		s.climb(&c)
		if !s.step(&c) || c.value-before < 1e-3 {
			break
		}
	}
	return c
}

// climb is projected L-BFGS in the continuous axes that exist, each in units of
// its length scale.
func (s *search) climb(c *candidate) {
	x := slices.Clone(s.settle(c.x))
	var free []int
	var b box
	for i := range s.frame.numeric {
		a := &s.frame.axes[i]
		_, given := s.given[i]
		if given || a.count > 0 || len(a.links) > 0 && !s.frame.active(i, x) {
			continue
		}
		free = append(free, i)
		b.low, b.high = append(b.low, 0), append(b.high, s.root(i))
	}
	if len(free) == 0 {
		return
	}
	z, slopes := make([]float64, len(free)), make([]float64, len(x))
	for j, i := range free {
		z[j] = x[i] * b.high[j]
	}
	b.evals, b.tolerance, b.longest = polishes, 1e-4, 1
	b.f = func(z, gradient []float64) float64 {
		for j, i := range free {
			x[i] = min(max(z[j]/b.high[j], 0), 1)
		}
		v := s.value(x, slopes)
		for j, i := range free {
			gradient[j] = -slopes[i] / b.high[j]
		}
		return -v
	}
	b.minimise(z)
	for j, i := range free {
		x[i] = min(max(z[j]/b.high[j], 0), 1)
	}
	moved := slices.Clone(c.x)
	for _, i := range free {
		moved[i] = x[i]
	}
	if v := s.of(moved); v > c.value {
		c.x, c.value = moved, v
	}
}

// step tries other values of each counted axis, one at a time, and says whether
// any was better.
func (s *search) step(c *candidate) bool {
	better := false
	for i := range s.frame.axes {
		a := &s.frame.axes[i]
		if _, given := s.given[i]; given || a.count <= 1 {
			continue
		}
		for _, v := range s.neighbours(i, c.x[i]) {
			x := slices.Clone(c.x)
			x[i] = v
			if value := s.of(x); value > c.value {
				c.x, c.value, better = x, value, true
			}
		}
	}
	return better
}

const mostNeighbours = 16 // of a category, tried at once

// neighbours returns the other categories, at most a few, or the values at
// doubling distances on both sides.
func (s *search) neighbours(i int, x float64) []float64 {
	a := &s.frame.axes[i]
	var out []float64
	if i >= s.frame.numeric {
		if a.count <= mostNeighbours {
			for v := range a.count {
				out = append(out, float64(v))
			}
			return out
		}
		for range mostNeighbours {
			out = append(out, s.draw(i))
		}
		return out
	}
	at, step := a.dist.At(x), a.dist.Step
	if step == 0 {
		step = 1 // of an int
	}
	for n := 1; n < a.count && n <= 128; n *= 2 {
		for _, v := range []float64{at - float64(n)*step, at + float64(n)*step} {
			if v >= a.dist.Low && v <= a.dist.High {
				out = append(out, s.frame.snap(i, a.dist.Unit(v)))
			}
		}
	}
	return out
}
