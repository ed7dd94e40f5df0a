package tpe

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
)

var exRho, _ = strconv.ParseFloat(os.Getenv("RHO"), 64)

// batch is the number of points in flight for which distances are set.
const batch = 8

// measure sets how far apart the points of a batch are kept.
func (b *block) measure(axes []axis) {
	const batches = 31
	rng := rand.New(rand.NewPCG(8, 8)) // the same batches each time
	least := make([]float64, batches)
	points := make([]float64, batch*len(axes))
	for i := range least {
		least[i] = math.Inf(1)
		for k := range batch {
			x := points[k*len(axes) : (k+1)*len(axes)]
			for _, j := range b.all {
				x[j] = axes[j].even(rng)
			}
			for o := range k {
				least[i] = min(least[i], b.distance(axes, x, points[o*len(axes):(o+1)*len(axes)]))
			}
		}
	}
	slices.Sort(least)
	b.apart = least[batches/2] / 2
}

// distance returns the distance between two points in the unit cube. Different
// choices are 1 apart, as is a parameter that only one of them has.
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

// stretch returns by how much the kernels of a candidate are widened: while other
// trials are running some of them must be further away than good ones are.
func (p *proposal) stretch(candidate int) float64 {
	if p.running == nil || exRho == 0 {
		return 1
	}
	return [...]float64{1, 2, 4, 8}[candidate%4]
}

// choose returns the candidate with the best score of those that are far enough
// from every running trial, or if none is the furthest.
func (p *proposal) choose(points, scores []float64) int {
	at, far, best := 0, 0.0, math.Inf(-1)
	for i, s := range scores {
		distance := p.nearest(points, i)
		if far < p.far(1) && distance > far || distance >= p.far(1) && s > best {
			at, far = i, distance
			if distance >= p.far(1) {
				best = s
			}
		}
	}
	return at
}

func (p *proposal) far(float64) float64 {
	if p.running == nil || exRho == 0 {
		return 0
	}
	q := float64(p.running.kernels() + 1)
	return exRho * p.block.apart * min(1, math.Pow(batch/q, 2/float64(len(p.block.all))))
}

// nearest returns the distance of a candidate from the nearest running trial.
func (p *proposal) nearest(points []float64, i int) float64 {
	d := len(p.model.axes)
	least := math.Inf(1)
	if p.running == nil {
		return least
	}
	for k := range p.running.kernels() {
		least = min(least, p.block.distance(p.model.axes, points[i*d:i*d+d], p.running.points[k*d:k*d+d]))
	}
	return least
}
