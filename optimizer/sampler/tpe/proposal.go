package tpe

import (
	"math"
	"math/rand/v2"
	"slices"
)

// proposal is the search for the best coordinates on the axes of a block.
type proposal struct {
	model   *model
	block   *block
	given   []bool
	running *mixture
	fresh   []float64 // those of the running ones that are of the same batch
	points  []float64 // the candidates, len(given) coordinates each
	apart   float64   // how far from the others of the batch, in the unit cube
}

// complete sets the coordinates of a block at a point to those of the candidate
// that is best by the ratio of the densities. Given coordinates are part of
// every candidate, so that they condition both densities.
func (p *proposal) complete(x []float64, rng *rand.Rand) {
	m, d := p.model, len(x)
	n := len(p.points) / d
	p.keep()
	sources := []*mixture{m.below}
	for i := range m.parts {
		sources = append(sources, m.parts[i].within)
	}
	for s, from := range sources {
		shares := p.conditioned(from, x)
		for i := s; i < n; i += len(sources) {
			p.draw(from, shares, p.points[i*d:i*d+d], p.stretch(i/len(sources)), rng)
		}
	}
	at := p.choose(p.scores(n))
	for _, j := range p.block.all {
		x[j] = p.points[at*d+j]
		for i := range n { // later blocks see them
			p.points[i*d+j] = x[j]
		}
	}
}

// conditioned returns the shares of a mixture's kernels, given the coordinates
// that are; each with those before it.
func (p *proposal) conditioned(from *mixture, x []float64) []float64 {
	shares := slices.Clone(from.logs)
	for _, j := range p.block.all {
		if p.given[j] && x[j] == x[j] {
			for k := range shares {
				shares[k] += from.log(k, j, x[j])
			}
		}
	}
	top, sum := slices.Max(shares), 0.0
	for k, l := range shares {
		sum += math.Exp(l - top)
		shares[k] = sum
	}
	return shares
}

// pick draws a kernel.
func pick(shares []float64, rng *rand.Rand) int {
	k, _ := slices.BinarySearch(shares, rng.Float64()*shares[len(shares)-1])
	return k
}

// draw draws a candidate, mostly from one kernel.
func (p *proposal) draw(from *mixture, shares, to []float64, stretch float64, rng *rand.Rand) {
	k := pick(shares, rng)
	for _, j := range p.block.all {
		switch {
		case p.given[j]:
		case from.axes[j].exists(to):
			kernel := k
			if rng.Float64() < exchange {
				kernel = pick(shares, rng)
			}
			to[j] = from.draw(kernel, j, stretch, rng)
		default:
			to[j] = math.NaN()
		}
	}
}

// scores returns the logarithm of the ratio of densities at every point, under
// c-TPE the sum of those of the objective and the limits.
func (p *proposal) scores(n int) []float64 {
	m := p.model
	l, g := newDensity(n), newDensity(n)
	m.below.addTo(&l, p.block, p.points)
	m.above.addTo(&g, p.block, p.points)
	if p.running != nil {
		p.running.addTo(&g, p.block, p.points)
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = l.log(i) - g.log(i)
	}
	if m.parts == nil {
		return out
	}
	share := min(float64(len(m.good))/float64(max(m.ranked, 1)), 1)
	for i, ratio := range out {
		out[i] = relative(share, -ratio)
	}
	for k := range m.parts {
		l, g := newDensity(n), newDensity(n)
		m.parts[k].within.addTo(&l, p.block, p.points)
		m.parts[k].beyond.addTo(&g, p.block, p.points)
		for i := range out {
			out[i] += relative(m.parts[k].share, g.log(i)-l.log(i))
		}
	}
	return out
}
