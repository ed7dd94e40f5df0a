package tpe

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
)

const (
	// crowd is the largest front whose members are all looked at. Of a larger
	// one every second, third ... member in the order of the losses is.
	crowd = 1000
	// exact is the largest number of objectives whose hypervolumes are computed.
	// For more they are measured along rays.
	exact = 4
	rays  = 64
)

// largest returns the n members of a front that cover the largest hypervolume,
// chosen greedily, which is within 1-1/e of the largest there is (Nemhauser et
// al. 1978). The reference point is that of Optuna: a tenth beyond the worst.
func largest(front []vector, n int) []vector {
	if len(front) > max(crowd, 2*n) {
		every := float64(len(front)) / float64(max(crowd, 2*n))
		thin := make([]vector, max(crowd, 2*n))
		for i := range thin {
			thin[i] = front[int(float64(i)*every)]
		}
		front = thin
	}
	shares, ok := normalise(front)
	if !ok {
		return front[:n]
	}
	var g gains
	if len(shares[0]) <= exact {
		g = &boxes{}
	} else {
		g = newBundle(len(shares[0]))
	}
	out := make([]vector, 0, n)
	for _, i := range greedy(shares, n, g) {
		out = append(out, front[i])
	}
	return out
}

// normalise turns losses into the shares of the way from the reference point, 0,
// to the best of each objective, 1. It fails where they are not finite.
func normalise(front []vector) (shares [][]float64, ok bool) {
	m := len(front[0].losses)
	least, worst := slices.Clone(front[0].losses), slices.Clone(front[0].losses)
	for _, x := range front {
		for i, loss := range x.losses {
			least[i], worst[i] = min(least[i], loss), max(worst[i], loss)
		}
	}
	for i, w := range worst {
		reference := max(1.1*w, 0.9*w)
		if reference == 0 {
			reference = 1e-12
		}
		worst[i] = reference
		if !rows.Finite(reference - least[i]) {
			return nil, false
		}
	}
	shares = make([][]float64, len(front))
	for k, x := range front {
		shares[k] = make([]float64, m)
		for i, loss := range x.losses {
			shares[k][i] = (worst[i] - loss) / (worst[i] - least[i])
		}
	}
	return shares, true
}

// gains says how much of the hypervolume a point adds to those taken.
type gains interface {
	gain(point []float64) float64
	take(point []float64)
}

// greedy takes n of the points, each the one that adds most. A point never adds
// more later than before, so that only the seemingly best one is looked at again
// (Minoux 1978).
func greedy(points [][]float64, n int, g gains) []int {
	bound, at := make([]float64, len(points)), make([]int, len(points))
	for i, p := range points {
		bound[i] = g.gain(p)
	}
	var out []int
	for len(out) < n {
		best := 0
		for i := range bound {
			if bound[i] > bound[best] {
				best = i
			}
		}
		if at[best] < len(out) {
			bound[best], at[best] = g.gain(points[best]), len(out)
			continue
		}
		g.take(points[best])
		out = append(out, best)
		bound[best] = math.Inf(-1)
	}
	return out
}

// boxes computes hypervolumes of the boxes between 0 and the points.
type boxes struct{ taken [][]float64 }

func (b *boxes) gain(p []float64) float64 { return exclusive(p, b.taken) }
func (b *boxes) take(p []float64)         { b.taken = append(b.taken, p) }

// exclusive returns the hypervolume that a point adds to others (While, Bradstreet
// and Barone, A Fast Way of Calculating Exact Hypervolumes, IEEE TEC 16, 2012).
func exclusive(p []float64, others [][]float64) float64 {
	volume := 1.0
	for _, x := range p {
		volume *= x
	}
	var within [][]float64
	for _, o := range others {
		q := make([]float64, len(p))
		for i := range p {
			q[i] = min(p[i], o[i])
		}
		if !slices.ContainsFunc(within, func(w []float64) bool { return covers(w, q) }) {
			within = slices.DeleteFunc(within, func(w []float64) bool { return covers(q, w) })
			within = append(within, q)
		}
	}
	return max(volume-hypervolume(within), 0)
}

// covers says that the box of a contains that of b.
func covers(a, b []float64) bool {
	for i, x := range a {
		if x < b[i] {
			return false
		}
	}
	return true
}

// hypervolume returns the volume of the union of boxes, none of which contains
// another.
func hypervolume(points [][]float64) float64 {
	if len(points) == 0 {
		return 0
	}
	slices.SortFunc(points, func(a, b []float64) int { return slices.Compare(b, a) })
	volume := 0.0
	if len(points[0]) == 2 {
		height := 0.0
		for _, p := range points {
			volume += p[0] * (p[1] - height)
			height = p[1]
		}
		return volume
	}
	for i, p := range points {
		volume += exclusive(p, points[:i])
	}
	return volume
}

// bundle measures hypervolumes by how far rays from 0 go through boxes: the mean
// of the lengths, to the power of the dimension, is in proportion to the volume
// (Shang et al., A New R2 Indicator for Better Hypervolume Approximation, GECCO
// 2018).
type bundle struct {
	inverse [][]float64 // of the directions
	reached []float64   // lengths to the power
}

func newBundle(dimension int) *bundle {
	rng := rand.New(rand.NewPCG(1, 2)) // the same rays each time
	b := &bundle{reached: make([]float64, rays)}
	for range rays {
		ray, square := make([]float64, dimension), 0.0
		for i := range ray {
			ray[i] = math.Abs(rng.NormFloat64()) + 1e-9
			square += ray[i] * ray[i]
		}
		for i := range ray {
			ray[i] = math.Sqrt(square) / ray[i]
		}
		b.inverse = append(b.inverse, ray)
	}
	return b
}

func (b *bundle) length(k int, p []float64) float64 {
	least := math.Inf(1)
	for i, inverse := range b.inverse[k] {
		least = min(least, p[i]*inverse)
	}
	return math.Pow(least, float64(len(p)))
}

func (b *bundle) gain(p []float64) float64 {
	sum := 0.0
	for k, reached := range b.reached {
		sum += max(b.length(k, p)-reached, 0)
	}
	return sum
}

func (b *bundle) take(p []float64) {
	for k := range b.reached {
		b.reached[k] = max(b.reached[k], b.length(k, p))
	}
}
