package gp

import (
	"math"
	"slices"
)

// hyper holds the hyperparameters of a model. The covariance of two points is
// scale·k(r) with Matérn's k for ν = 5/2 and r² the sum over the axes of
// weight·(difference)², where two different categories differ by 1; noise is
// added to a point's own.
type hyper struct {
	weights      []float64 // inverse squared length scales, one an axis
	scale, noise float64   // variances of the signal and of the noise
}

// distance returns r² of two scaled points: the first so many axes are numeric,
// already multiplied by the root of their weight; the others are categories.
func (h *hyper) distance(a, b []float64, numeric int) float64 {
	sum := 0.0
	b = b[:len(a)]
	for i, v := range a[:numeric] {
		d := v - b[i]
		sum += d * d
	}
	for i := numeric; i < len(a); i++ {
		if a[i] != b[i] {
			sum += h.weights[i]
		}
	}
	return sum
}

// matern returns k for a squared distance, and its derivative by it.
func matern(r2 float64) (k, slope float64) {
	s := math.Sqrt(5 * r2)
	e := math.Exp(-s)
	return (1 + s + 5.0/3*r2) * e, -5.0 / 6 * (1 + s) * e
}

// scaled returns the point with its numeric axes multiplied by the roots of
// their weights.
func (h *hyper) scaled(x []float64, numeric int) []float64 {
	out := slices.Clone(x)
	for i := range numeric {
		out[i] *= math.Sqrt(h.weights[i])
	}
	return out
}
