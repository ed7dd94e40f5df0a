package nsga2

import (
	"math"
	"math/rand/v2"

	"github.com/espalier-hpo/espalier/trials"
)

// cross returns a coordinate in [0, 1] of a child of two parents, by simulated
// binary crossover (Deb and Agrawal 1995), kept within the cube: the spread of
// the children is cut off where the nearer end is. The first of both children is
// near a.
func cross(a, b, eta float64, rng *rand.Rand) float64 {
	u, near := rng.Float64(), rng.Float64() < 0.5
	low, high := min(a, b), max(a, b)
	if high-low < 1e-14 {
		return a
	}
	beta := func(room float64) float64 {
		alpha := 2 - math.Pow(1+2*room/(high-low), -(eta+1))
		if u*alpha <= 1 {
			return math.Pow(u*alpha, 1/(eta+1))
		}
		return math.Pow(1/(2-u*alpha), 1/(eta+1))
	}
	below := (low + high - beta(low)*(high-low)) / 2
	above := (low + high + beta(1-high)*(high-low)) / 2
	if near == (a < b) {
		return min(max(below, 0), 1)
	}
	return min(max(above, 0), 1)
}

// mutate moves a coordinate in [0, 1] by polynomial mutation (Deb et al. 2002,
// with the ends of the range as in the authors' code, revision 1.1.6).
func mutate(x, eta float64, rng *rand.Rand) float64 {
	u := rng.Float64()
	if u <= 0.5 {
		x += math.Pow(2*u+(1-2*u)*math.Pow(1-x, eta+1), 1/(eta+1)) - 1
	} else {
		x += 1 - math.Pow(2*(1-u)+(2*u-1)*math.Pow(x, eta+1), 1/(eta+1))
	}
	return min(max(x, 0), 1)
}

// unit returns a value as a place in [0, 1], drawn at random where there is none.
// A value beyond the ends, which may have changed, is the end.
func unit(d *trials.Distribution, v float64, rng *rand.Rand) float64 {
	if math.IsNaN(v) {
		return rng.Float64()
	}
	if d.Type != trials.CategoricalKind {
		v = min(max(v, d.Low), d.High)
	}
	return d.Unit(v)
}
