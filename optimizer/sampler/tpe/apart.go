package tpe

import (
	"math"
	"math/rand/v2"
	"slices"
)

// This file keeps the points of a batch apart. A batch is asked for without a
// tell between, so that one failure of the model would be the failure of all.
//
// A stream of workers is something else: each ask follows a tell, and to keep
// every point away from those in flight would forbid to look closer where it is
// good. From a request alone the two differ in what went before: in a stream
// that was kept apart, the trials that ended last were apart as well, but
// barely. From then on it is left alone, which its next requests can tell by
// points in flight that are near each other.

const (
	// batch is the number of points for which distances are set.
	batch = 8
	// streamed is how many trials that ended last make a stream.
	streamed = 3 * (batch - 1)
	// barely is how much further apart they may be at the least: random ones are
	// further.
	barely = 1.4
	// margin is how much more than half of random points' distance is kept.
	margin = 1.1
)

// measure sets how far apart the points of a batch are kept: half the median of
// the least distance between random ones.
func (b *block) measure(axes []axis) {
	const batches = 31
	rng := rand.New(rand.NewPCG(batch, batches)) // the same points each time
	least, d := make([]float64, batches), len(axes)
	points := make([]float64, batch*d)
	for i := range least {
		least[i] = math.Inf(1)
		for k := range batch {
			x := points[k*d : k*d+d]
			for _, j := range b.all {
				x[j] = math.NaN()
				if len(b.all) == 1 || axes[j].exists(x) {
					x[j] = axes[j].even(rng)
				}
			}
			least[i] = min(least[i], b.nearest(axes, x, points[:k*d]))
		}
	}
	slices.Sort(least)
	b.apart = margin * least[batches/2] / 2
}

// distance returns the distance between two points in the unit cube. Different
// choices are 1 apart, and so is a parameter that only one of them has.
func (b *block) distance(axes []axis, x, y []float64) float64 {
	sum := 0.0
	for _, j := range b.all {
		a, u, v := &axes[j], x[j], y[j]
		switch {
		case u == v || u != u && v != v:
		case a.kind == choice || u != u || v != v:
			sum++
		default:
			by := a.position(u) - a.position(v)
			sum += by * by
		}
	}
	return math.Sqrt(sum)
}

// nearest returns the distance of a point from the nearest of some.
func (b *block) nearest(axes []axis, x, points []float64) float64 {
	least := math.Inf(1)
	for i := 0; i < len(points); i += len(axes) {
		least = min(least, b.distance(axes, x, points[i:i+len(axes)]))
	}
	return least
}

// keep sets how far from the running trials candidates must be: 0 where there
// are none, or where they are those of a stream.
func (p *proposal) keep() {
	p.apart = 0
	if p.running == nil || len(p.block.all) == 0 {
		return
	}
	m, d := p.model, len(p.model.axes)
	// More points than a batch has are nearer to each other by themselves.
	crowd := float64(p.running.kernels()+1) / batch
	apart := p.block.apart * math.Pow(max(crowd, 1), -2/float64(len(p.block.all)))

	if p.least(p.running.points) < apart {
		return
	}
	p.apart = apart
	if m.used < streamed || len(m.slots) < streamed {
		return
	}
	latest := make([]float64, 0, streamed*d) // in the order of their ends
	for i := m.used - streamed; i < m.used; i++ {
		slot := i % len(m.slots)
		latest = append(latest, m.above.points[slot*d:slot*d+d]...)
	}
	if least := p.least(latest); apart <= least && least < barely*apart {
		p.apart = 0
	}
}

// least returns the least distance of a point from one shortly before it.
func (p *proposal) least(points []float64) float64 {
	d, least := len(p.model.axes), math.Inf(1)
	for i := 0; i < len(points); i += d {
		before := points[max(0, i-(batch-1)*d):i]
		least = min(least, p.block.nearest(p.model.axes, points[i:i+d], before))
	}
	return least
}

// stretch returns by how much the kernels of a candidate are widened: some of the
// candidates must get away from the running trials.
func (p *proposal) stretch(candidate int) float64 {
	if p.apart == 0 {
		return 1
	}
	return [...]float64{1, 2, 4, 8}[candidate%4]
}

// choose returns the candidate with the best score of those that are far enough
// from every running trial; if none is, the furthest.
func (p *proposal) choose(scores []float64) int {
	at, d := 0, len(p.model.axes)
	if p.apart == 0 {
		for i, s := range scores {
			if s > scores[at] {
				at = i
			}
		}
		return at
	}
	far := -1.0
	for i, s := range scores {
		distance := min(p.block.nearest(p.model.axes, p.points[i*d:i*d+d], p.running.points), p.apart)
		if distance > far || distance == far && s > scores[at] {
			at, far = i, distance
		}
	}
	return at
}
