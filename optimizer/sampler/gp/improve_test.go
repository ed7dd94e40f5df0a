package gp

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

// The references are of 60 digits: by mpmath's erfc, and far out by the
// continued fraction of Mills' ratio.
var tails = []struct{ z, gain, below float64 }{
	{3, 1.09873966532770777, -0.0013508099647481938},
	{0.5, -0.359827683745063819, -0.368946415288656393},
	{0, -0.918938533204672742, -0.693147180559945309},
	{-0.5, -1.62051626438731992, -1.17591176159361861},
	{-1, -2.48512102571264134, -1.84102164500926351},
	{-1.001, -2.48702565795538921, -1.84254718075607677},
	{-5, -16.7443011626609901, -15.0649983939887257},
	{-14.9, -117.339966890324445, -114.629754418146952},
	{-15.1, -120.366288969044076, -117.642971971132645},
	{-40, -808.29856835661996, -804.608442013753788},
	{-1e3, -500014.734452091158, -500007.826694812184},
	{-1e6, -500000000028.54996, -500000000014.734449},
}

func TestLogarithmsAreExactFarInTheTail(t *testing.T) {
	for _, tt := range tails {
		gain, slope := logGain(tt.z)
		near(t, "log gain", gain, tt.gain, 1e-11)
		near(t, "log Φ", logBelow(tt.z), tt.below, 1e-12)
		near(t, "the slope", math.Log(slope), tt.below-tt.gain, 1e-8)
	}
	high, _ := logGain(-3 + 1e-6)
	low, _ := logGain(-3 - 1e-6)
	_, slope := logGain(-3)
	near(t, "the slope", slope, (high-low)/2e-6, 1e-7)
	near(t, "the slope of log Φ", slopeBelow(-3), (logBelow(-3+1e-6)-logBelow(-3-1e-6))/2e-6, 1e-7)
}

// expected is the mean gain over many draws.
func expected(at []moments, gain func(y []float64) float64) float64 {
	rng := rand.New(rand.NewPCG(3, 4))
	const draws = 100_000
	sum, y := 0.0, make([]float64, len(at))
	for range draws {
		for j, m := range at {
			y[j] = m.mean + m.sd*rng.NormFloat64()
		}
		sum += gain(y)
	}
	return sum / draws
}

var (
	front      = [][]float64{{0.2, 0.9}, {0.5, 0.4}, {0.9, 0.1}, {0.6, 0.5}} // the last is dominated
	reference2 = []float64{1, 1}
)

// area is the dominated area up to the reference.
func area(front [][]float64, reference []float64) float64 {
	front = slices.Clone(front)
	slices.SortFunc(front, slices.Compare[[]float64])
	sum, height := 0.0, reference[1]
	for _, f := range front {
		if f[0] < reference[0] && f[1] < height {
			sum += (reference[0] - f[0]) * (height - f[1])
			height = f[1]
		}
	}
	return sum
}

func TestHypervolumeImprovementIsItsExpectation(t *testing.T) {
	u := newHypervolume(front, reference2)
	before := area(front, reference2)
	for _, at := range [][]moments{{{0.4, 0.3}, {0.4, 0.2}}, {{0.1, 0.05}, {0.95, 0.2}}, {{0.9, 0.5}, {0.8, 0.5}}} {
		want := expected(at, func(y []float64) float64 {
			return area(append(slices.Clone(front), slices.Clone(y)), reference2) - before
		})
		got := math.Exp(u.log(at, make([]float64, 2), make([]float64, 2)))
		near(t, "the expected improvement", got/want, 1, 0.02)
	}
}

func TestScalarisedImprovementIsItsExpectation(t *testing.T) {
	reference, weights := []float64{1, 1, 1.2}, []float64{0.5, 0.7, 0.51}
	known := [][]float64{{0.3, 0.5, 0.8}, {0.8, 0.2, 0.4}}
	u := newScalarised(known, reference, weights)
	for _, at := range [][]moments{{{0.4, 0.3}, {0.4, 0.2}, {0.5, 0.2}}, {{0, 0.5}, {0.3, 0.3}, {0.8, 0.5}}} {
		want := expected(at, func(y []float64) float64 {
			least := math.Inf(1)
			for j := range y {
				least = min(least, (reference[j]-y[j])/weights[j])
			}
			return max(least-u.best, 0)
		})
		got := math.Exp(u.log(at, make([]float64, 3), make([]float64, 3)))
		near(t, "the expected improvement", got/want, 1, 0.02)
	}
}

func TestSlopesOfUtilitiesAreTheirSlopes(t *testing.T) {
	for name, tt := range map[string]struct {
		u  utility
		at []moments
	}{
		"improvement":          {improvement{0.3}, []moments{{0.7, 0.2}}},
		"improvement, far out": {improvement{0.3}, []moments{{9, 0.2}}},
		"hypervolume":          {newHypervolume(front, reference2), []moments{{0.4, 0.3}, {0.6, 0.2}}},
		"hypervolume, far out": {newHypervolume(front, reference2), []moments{{3, 0.1}, {2, 0.05}}},
		"scalarised":           {newScalarised(front, reference2, []float64{0.6, 0.8}), []moments{{0.4, 0.3}, {0.6, 0.2}}},
		"scalarised, far out":  {newScalarised(front, reference2, []float64{0.6, 0.8}), []moments{{3, 0.1}, {2, 0.05}}},
	} {
		t.Run(name, func(t *testing.T) {
			n := len(tt.at)
			byMean, bySD, none := make([]float64, n), make([]float64, n), make([]float64, n)
			tt.u.log(tt.at, byMean, bySD)
			for j := range n {
				const h = 1e-6
				slope := func(move func(m *moments, by float64)) float64 {
					up, down := slices.Clone(tt.at), slices.Clone(tt.at)
					move(&up[j], h)
					move(&down[j], -h)
					return (tt.u.log(up, none, slices.Clone(none)) - tt.u.log(down, none, slices.Clone(none))) / (2 * h)
				}
				near(t, "by the mean", byMean[j], slope(func(m *moments, by float64) { m.mean += by }), 1e-5)
				near(t, "by the deviation", bySD[j], slope(func(m *moments, by float64) { m.sd += by }), 1e-5)
			}
		})
	}
}

func TestSlopesOfTheAcquisitionAreItsSlopes(t *testing.T) {
	x, y := cloud(30)
	m := (&factored{hyper: someHyper(), numeric: 3}).grown(x...).given(y)
	other := (&factored{hyper: unfitted(4), numeric: 3}).grown(x...).given(y)
	a := &acquisition{
		frame: &frame{axes: make([]axis, 4), numeric: 3}, utility: newHypervolume([][]float64{{-1, 0}, {0, -1}}, []float64{2, 2}),
		objectives: []*model{m, other}, limits: []kept{{other, -0.5}}, cost: m, costPower: 0.7, costSD: 1.3,
	}
	a.prepare()
	at, gradient := []float64{0.35, 0.65, 0.2, 1}, make([]float64, 4)
	a.value(at, gradient)
	for i := range 3 {
		const h = 1e-6
		up, down := slices.Clone(at), slices.Clone(at)
		up[i] += h
		down[i] -= h
		near(t, "the slope", gradient[i], (a.value(up, nil)-a.value(down, nil))/(2*h), 1e-5)
	}
}

func TestTheSearchIsAroundTheWholeFront(t *testing.T) {
	b := &builder{
		rng:  rand.New(rand.NewPCG(1, 1)),
		view: &trials.View{Objectives: make([]trials.Objective, 2)},
		means: map[int][]float64{
			0: {0, 4}, 1: {1, 2}, 2: {2, 1}, 3: {4, 0}, // the front
			4: {1, 3}, 5: {0, 5}, 6: {4, 4}, // what it dominates
			7: {-1, -1}, // breaks a limit
		},
		feasible: []int{0, 5, 1, 4, 2, 3, 6},
	}
	points := make([][]float64, 8)
	for row := range points {
		points[row] = []float64{float64(row), 9}
	}
	got := b.incumbents(points, map[int]float64{1: 7})
	slices.SortFunc(got, slices.Compare)
	if want := [][]float64{{0, 7}, {1, 7}, {2, 7}, {3, 7}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("it searches around %v, want %v", got, want)
	}
}
