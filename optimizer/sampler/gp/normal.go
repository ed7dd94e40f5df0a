package gp

import "math"

const (
	logSqrt2Pi = 0.91893853320467274178 // log √(2π)
	// tail is where the asymptotic series of Mills' ratio take over: there they
	// are exact to 1e-10, and erfc has begun to lose digits.
	tail = -15
)

// logDensity returns the logarithm of the standard normal density.
func logDensity(z float64) float64 { return -0.5*z*z - logSqrt2Pi }

// logBelow returns log Φ(z), exact for any z above -1e150.
func logBelow(z float64) float64 {
	switch {
	case z > 5:
		return math.Log1p(-0.5 * math.Erfc(z/math.Sqrt2))
	case z > tail:
		return math.Log(0.5 * math.Erfc(-z/math.Sqrt2))
	}
	// Abramowitz and Stegun, 26.2.12.
	w := 1 / (z * z)
	series := 1 - w*(1-w*(3-w*(15-w*(105-w*(945-w*10395)))))
	return logDensity(z) - math.Log(-z) + math.Log(series)
}

// slopeBelow returns the derivative of [logBelow], the inverse of Mills' ratio.
func slopeBelow(z float64) float64 { return math.Exp(logDensity(z) - logBelow(z)) }

// logGain returns log E[max(0, Z+z)] for a standard normal Z, which is
// log(φ(z) + zΦ(z)), and its derivative. Both stay exact where the expectation
// itself is far below the smallest float (Ament et al., Unexpected Improvements
// to Expected Improvement for Bayesian Optimization, NeurIPS 2023, section 4.1).
func logGain(z float64) (value, slope float64) {
	switch {
	case z > -1:
		value = math.Log(math.Exp(logDensity(z)) + 0.5*z*math.Erfc(-z/math.Sqrt2))
	case z > tail:
		mills := math.Sqrt(math.Pi/2) * math.Exp(0.5*z*z) * math.Erfc(-z/math.Sqrt2)
		value = logDensity(z) + math.Log1p(z*mills)
	default:
		w := 1 / (z * z)
		series := w * (1 - w*(3-w*(15-w*(105-w*(945-w*(10395-w*135135))))))
		value = logDensity(z) + math.Log(series)
	}
	return value, math.Exp(logBelow(z) - value)
}

// logLess returns log(exp(a) - exp(b)) for a >= b.
func logLess(a, b float64) float64 {
	if a <= b {
		return math.Inf(-1)
	}
	return a + math.Log(-math.Expm1(b-a))
}

// logSum returns the logarithm of the sum of the exponentials.
func logSum(terms []float64) float64 {
	top := math.Inf(-1)
	for _, t := range terms {
		top = max(top, t)
	}
	if math.IsInf(top, 0) {
		return top
	}
	sum := 0.0
	for _, t := range terms {
		sum += math.Exp(t - top)
	}
	return top + math.Log(sum)
}
