package gp

import (
	"math"
	"slices"
)

// warp makes losses look more like draws from a normal distribution, by the
// transformation of Yeo and Johnson (A New Family of Power Transformations,
// Biometrika 87, 2000) of greatest likelihood. It only ever draws in the greater
// losses and spreads the lesser: where they range over decades, a model of the
// plain losses would see nothing but the worst. It is monotone.
func warp(y []float64) {
	z := centred(y)
	if z == nil {
		return
	}
	best, greatest := 1.0, math.Inf(-1)
	for i := range 21 {
		power := 1 - float64(i)/10
		if l := likelihood(z, power); l > greatest {
			best, greatest = power, l
		}
	}
	for i, v := range z {
		y[i] = yeoJohnson(v, best)
	}
}

// centred returns the losses around their median in units of the middle half's
// range, or of the whole range where that is 0; nil if all are equal.
func centred(y []float64) []float64 {
	sorted := slices.Sorted(slices.Values(y))
	n := len(sorted)
	top := max(math.Abs(sorted[0]), math.Abs(sorted[n-1])) // lest differences overflow
	if top == 0 {
		return nil
	}
	spread := sorted[n*3/4]/top - sorted[n/4]/top
	if spread <= 0 {
		spread = sorted[n-1]/top - sorted[0]/top
	}
	if spread <= 0 {
		return nil
	}
	z := make([]float64, n)
	for i, v := range y {
		z[i] = min(max((v/top-sorted[n/2]/top)/spread, -1e90), 1e90)
	}
	return z
}

// likelihood returns the logarithm of the likelihood of a power, but for a
// constant.
func likelihood(z []float64, power float64) float64 {
	n, sum, square, jacobian := float64(len(z)), 0.0, 0.0, 0.0
	for _, v := range z {
		t := yeoJohnson(v, power)
		sum += t
		square += t * t
		jacobian += math.Copysign(math.Log1p(math.Abs(v)), v)
	}
	return -0.5*n*math.Log(square/n-sum/n*sum/n) + (power-1)*jacobian
}

// yeoJohnson is the transformation for a power of at most 1.
func yeoJohnson(v, power float64) float64 {
	switch {
	case v < 0:
		return -math.Expm1((2-power)*math.Log1p(-v)) / (2 - power)
	case math.Abs(power) < 1e-9:
		return math.Log1p(v)
	default:
		return math.Expm1(power*math.Log1p(v)) / power
	}
}
