package pruner

import (
	"math"
	"slices"
	"sync"

	"github.com/espalier-hpo/espalier/trials"
)

// maxFitted is how many points are fitted at most.
const maxFitted = 64

// nearPowers is up to which t powers are looked up.
const nearPowers = 1 << 12

// maxExponents is how many power laws are averaged at most.
const maxExponents = 16

// leastWeight is the least weight of a law relative to the best one, e^-60: then
// a poor law still widens the prediction.
const leastWeight = 8.75651076269652e-27

var defaultExponents = []float64{0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2}

// defaultPowers is the table that nearly every study needs.
var defaultPowers = sync.OnceValue(func() [][]float64 { return powersOf(defaultExponents) })

// powerLaws predicts by power laws of several exponents.
type powerLaws struct {
	exponents []float64
	powers    [][]float64 // by exponent: t^-e of t up to nearPowers
}

func newPowerLaws(exponents []float64) powerLaws {
	if slices.Equal(exponents, defaultExponents) {
		return powerLaws{exponents, defaultPowers()}
	}
	return powerLaws{exponents, powersOf(exponents)}
}

func powersOf(exponents []float64) [][]float64 {
	out := make([][]float64, len(exponents))
	for i, e := range exponents {
		out[i] = make([]float64, nearPowers+1)
		for t := range out[i] {
			out[i][t] = math.Pow(float64(t), -e)
		}
	}
	return out
}

// sample is the part of a curve that is fitted: values as deviations from their
// weighted mean. The weights are t.
type sample struct {
	n      int
	shift  int64 // from a step to its t
	t      [maxFitted]int64
	log    [maxFitted]float64 // of t, where powers cannot be looked up
	w, y   [maxFitted]float64
	weight float64 // of all
	mean   float64
	square float64 // weighted, of y
	unit   float64 // of y
}

// take fills s and returns how many points of the curve are finite, as far as
// can be told from those that were looked at.
func (s *sample) take(curve *trials.Series, sign float64) int {
	all := curve.Len()
	looked := min(all, maxFitted)
	if curve.Steps[0] == 0 {
		s.shift = 1
	}
	n := 0
	for i := range looked {
		at := i
		if all > maxFitted {
			at = i * (all - 1) / (maxFitted - 1)
		}
		if v := curve.Values[at]; finite(v) {
			t := curve.Steps[at] + s.shift
			w := float64(t)
			s.t[n], s.w[n], s.y[n] = t, w, sign*v
			s.weight += w
			s.mean += w * (s.y[n] - s.y[0])
			n++
		}
	}
	s.n, s.unit = n, 1
	s.mean = s.y[0] + s.mean/s.weight // of equal values exactly the value
	s.center()
	return n * all / looked
}

// center takes the mean off. Squares of values very large or small would be
// infinite or nothing: then the unit is the largest.
func (s *sample) center() {
	y := s.y[:s.n]
	for i, w := range s.w[:s.n] {
		d := y[i] - s.mean
		y[i] = d
		s.square += w * d * d
	}
	if finite(s.square) && s.square > 1e-200 {
		return
	}
	largest := 0.0
	for _, d := range y {
		largest = max(largest, math.Abs(d))
	}
	if largest == 0 {
		return
	}
	s.unit, s.square = largest, 0
	for i, w := range s.w[:s.n] {
		y[i] /= largest
		s.square += w * y[i] * y[i]
	}
}

// predict returns mean and standard deviation of the value at t = end. Digits that
// the values do not have are uncertain as well.
func (p *powerLaws) predict(s *sample, end int64) (mu, sd float64) {
	least := 1e-12 * math.Abs(s.mean)
	if s.square == 0 { // a constant stays
		return s.mean, least
	}
	for i := 0; i < s.n && !s.near(); i++ {
		s.log[i] = math.Log(float64(s.t[i]))
	}
	var at, v, q [maxExponents]float64
	best := math.Inf(1)
	for k := range p.exponents {
		at[k], v[k] = p.law(s, k, end)
		// A perfect fit would outweigh all others without end.
		v[k] = max(v[k], 1e-24*s.square)
		best = min(best, v[k])
	}
	sum := 0.0
	for k := range p.exponents {
		q[k] = max(power(math.Sqrt(best/v[k]), s.n), leastWeight)
		sum += q[k]
		mu += q[k] * at[k]
	}
	mu /= sum
	variance := 0.0
	for k := range p.exponents {
		d := at[k] - mu
		variance += q[k] / sum * (d*d + v[k]/s.weight)
	}
	return s.mean + s.unit*mu, max(s.unit*math.Sqrt(variance), least)
}

// power returns x^n.
func power(x float64, n int) float64 {
	out := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			out *= x
		}
		x *= x
	}
	return out
}

// law fits one power law and returns what it predicts at t = end, as a deviation
// from the mean, and the weighted square of its residuals.
func (p *powerLaws) law(s *sample, k int, end int64) (at, square float64) {
	var powers [maxFitted]float64
	n := s.n
	x, y, w := powers[:n], s.y[:n], s.w[:n]
	p.fill(x, s, k)
	// Taken from the last one, powers that are nearly the same lose no digits.
	last := x[n-1]
	sum, xx, xy := 0.0, 0.0, 0.0
	for i := range x {
		d := x[i] - last
		x[i] = d
		d *= w[i]
		sum += d
		xx += d * x[i]
		xy += d * y[i]
	}
	mean := sum / s.weight
	xx -= sum * mean
	a := 0.0
	if xx > 0 && xy > 0 {
		a = xy / xx
	}
	square = s.square - a*xy
	if square < 1e-3*s.square { // few digits are left
		square = 0
		for i, d := range x {
			r := y[i] - a*(d-mean)
			square += w[i] * r * r
		}
	}
	return a * (p.at(k, end) - last - mean), square
}

// fill looks up t^-e of the k-th exponent, or computes it.
func (p *powerLaws) fill(x []float64, s *sample, k int) {
	if column := p.powers[k]; s.near() {
		for i := range x {
			x[i] = column[s.t[i]]
		}
		return
	}
	for i := range x {
		x[i] = math.Exp(-p.exponents[k] * s.log[i])
	}
}

// near says that every power can be looked up.
func (s *sample) near() bool { return s.t[s.n-1] <= nearPowers }

// at returns t^-e of the k-th exponent.
func (p *powerLaws) at(k int, t int64) float64 {
	if column := p.powers[k]; t < int64(len(column)) {
		return column[t]
	}
	return math.Pow(float64(t), -p.exponents[k])
}
