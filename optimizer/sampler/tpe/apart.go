package tpe

import (
	"math"
	"math/rand/v2"
	"slices"
)

// This file keeps the points of a batch apart. A batch is asked for without a
// tell between, so that one failure of the model would be the failure of all. A
// stream of workers is something else: each ask follows a tell, and to keep every
// point away from those in flight would forbid to look closer where it is good.

const (
	// batch is the number of points for which distances are set.
	batch = 8
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

// keep sets how far from the others of its batch candidates must be: 0 where
// there are none.
func (p *proposal) keep() {
	p.apart = 0
	if len(p.fresh) == 0 || len(p.block.all) == 0 {
		return
	}
	// More points than a batch has are nearer to each other by themselves.
	crowd := float64(len(p.fresh)/len(p.model.axes)+1) / batch
	p.apart = p.block.apart * math.Pow(max(crowd, 1), -2/float64(len(p.block.all)))
}

// stretch returns by how much the kernels of a candidate are widened: some of the
// candidates must get away from the others of the batch.
func (p *proposal) stretch(candidate int) float64 {
	if p.apart == 0 {
		return 1
	}
	return [...]float64{1, 2, 4, 8}[candidate%4]
}

// choose returns the candidate with the best score of those that are far enough
// from every other of the batch; if none is, the furthest.
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
		distance := min(p.block.nearest(p.model.axes, p.points[i*d:i*d+d], p.fresh), p.apart)
		if distance > far || distance == far && s > scores[at] {
			at, far = i, distance
		}
	}
	return at
}
