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
	apart   float64 // how far from the running trials, in the unit cube
}

// best returns a copy of a point, completed by the candidate that is best by the
// ratio of the densities. Given coordinates are part of every candidate, so that
// they condition both densities.
func (p *proposal) best(x []float64, rng *rand.Rand) []float64 {
	m, n, d := p.model, int(p.model.o.candidates), len(x)
	p.keep()
	points := make([]float64, n*d)
	sources := []*mixture{m.below}
	for i := range m.parts {
		sources = append(sources, m.parts[i].within)
	}
	for s, from := range sources {
		logs := p.conditioned(from, x)
		for i := s; i < n; i += len(sources) {
			p.complete(from, logs, points[i*d:i*d+d], x, p.stretch(i/len(sources)), rng)
		}
	}
	at := p.choose(points, p.scores(points, n))
	return points[at*d : at*d+d]
}

// conditioned returns the logarithms of the weights of a mixture's kernels,
// given the coordinates that are.
func (p *proposal) conditioned(from *mixture, x []float64) []float64 {
	logs := from.logs
	for _, j := range p.block.all {
		if !p.given[j] || x[j] != x[j] {
			continue
		}
		if &logs[0] == &from.logs[0] {
			logs = slices.Clone(logs)
		}
		for k := range logs {
			logs[k] += from.log(k, j, x[j])
		}
	}
	return logs
}

// complete draws a candidate, mostly from one kernel.
func (p *proposal) complete(from *mixture, logs, to, x []float64, stretch float64, rng *rand.Rand) {
	copy(to, x)
	k := pick(logs, rng)
	for _, j := range p.block.all {
		switch {
		case p.given[j]:
		case from.axes[j].exists(to):
			kernel := k
			if rng.Float64() < exchange {
				kernel = pick(logs, rng)
			}
			to[j] = from.draw(kernel, j, stretch, rng)
		default:
			to[j] = math.NaN()
		}
	}
}

// scores returns the logarithm of the ratio of densities at every point, under
// c-TPE the sum of those of the objective and the limits.
func (p *proposal) scores(points []float64, n int) []float64 {
	m := p.model
	l, g := newDensity(n), newDensity(n)
	m.below.addTo(&l, p.block, points)
	m.above.addTo(&g, p.block, points)
	if p.running != nil {
		p.running.addTo(&g, p.block, points)
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = l.log(i) - g.log(i)
	}
	if m.parts == nil {
		return out
	}
	share := min(float64(len(m.good))/float64(max(m.used, 1)), 1)
	for i, ratio := range out {
		out[i] = relative(share, -ratio)
	}
	for k := range m.parts {
		l, g := newDensity(n), newDensity(n)
		m.parts[k].within.addTo(&l, p.block, points)
		m.parts[k].beyond.addTo(&g, p.block, points)
		for i := range out {
			out[i] += relative(m.parts[k].share, g.log(i)-l.log(i))
		}
	}
	return out
}
