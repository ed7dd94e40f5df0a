package gp

import (
	"math"
	"slices"
)

// utility is what an acquisition gains from the objectives, as a logarithm.
type utility interface {
	// log returns it for the posterior of each objective at a point, all to be
	// minimised, and writes its derivatives by each mean and deviation.
	log(at []moments, byMean, bySD []float64) float64
}

// improvement is the expected improvement over the least mean known.
type improvement struct{ best float64 }

func (u improvement) log(at []moments, byMean, bySD []float64) float64 {
	z := (u.best - at[0].mean) / at[0].sd
	value, slope := logGain(z)
	byMean[0], bySD[0] = -slope/at[0].sd, (1-slope*z)/at[0].sd
	return value + math.Log(at[0].sd)
}

// hypervolume is the expected improvement of the hypervolume of two objectives,
// exact: the region that is not yet dominated is cut into strips at the first
// objectives of the front (Emmerich et al., Hypervolume-based expected
// improvement, CEC 2011), each a product of two expectations.
type hypervolume struct {
	edge   []float64 // of the strips: the front's first objectives, then the reference
	height []float64 // of each strip: the reference, then the front's second objectives
}

func newHypervolume(front [][]float64, reference []float64) hypervolume {
	front = slices.Clone(front)
	slices.SortFunc(front, slices.Compare[[]float64])
	u := hypervolume{height: []float64{reference[1]}}
	for _, f := range front {
		if f[0] < reference[0] && f[1] < u.height[len(u.height)-1] {
			u.edge, u.height = append(u.edge, f[0]), append(u.height, f[1])
		}
	}
	u.edge = append(u.edge, reference[0])
	return u
}

func (u hypervolume) log(at []moments, byMean, bySD []float64) float64 {
	n := len(u.edge)
	terms, parts := make([]float64, n), make([]strip, n)
	none := math.Inf(-1)
	before := gain{none, none, none}
	for i := range terms {
		here, high := gainOver(u.edge[i], at[0]), gainOver(u.height[i], at[1])
		parts[i] = strip{before: before, here: here, high: high, wide: logLess(here.value, before.value)}
		terms[i] = parts[i].wide + high.value
		before = here
	}
	total := logSum(terms)
	byMean[0], byMean[1], bySD[0], bySD[1] = 0, 0, 0, 0
	for i, p := range parts {
		share := math.Exp(terms[i] - total)
		if share == 0 || math.IsNaN(share) {
			continue
		}
		byMean[0] -= share * (math.Exp(p.here.below-p.wide) - math.Exp(p.before.below-p.wide))
		bySD[0] += share * (math.Exp(p.here.density-p.wide) - math.Exp(p.before.density-p.wide))
		byMean[1] -= share * math.Exp(p.high.below-p.high.value)
		bySD[1] += share * math.Exp(p.high.density-p.high.value)
	}
	return total
}

// strip is one strip with its width and height.
type strip struct {
	before, here, high gain
	wide               float64
}

// gain is log E[max(0, a - Y)] with the logarithms of what its derivatives by
// the mean and the deviation of Y are, but for the sign of the first.
type gain struct{ value, below, density float64 }

func gainOver(a float64, y moments) gain {
	z := (a - y.mean) / y.sd
	value, _ := logGain(z)
	return gain{value + math.Log(y.sd), logBelow(z), logDensity(z)}
}

// scalarised is the expected improvement of min over the objectives of
// (reference - y)/weight, whose mean over all weights is the hypervolume (Zhang
// and Golovin, Random Hypervolume Scalarizations, ICML 2020). That it exceeds a
// level is a product over the objectives; the levels are summed over.
type scalarised struct {
	reference, weights []float64
	best               float64
	levels, shares     []float64 // above the best, and the logarithms of their shares
}

const levels = 24 // of the sum, evenly spaced on a logarithmic scale

func newScalarised(front [][]float64, reference, weights []float64) *scalarised {
	u := &scalarised{reference: reference, weights: weights}
	for _, f := range front {
		least := math.Inf(1)
		for j, y := range f {
			least = min(least, (reference[j]-y)/weights[j])
		}
		u.best = max(u.best, least)
	}
	// From a millionth of the unit, which is a standard deviation, to ten.
	step := math.Log(1e7) / (levels - 1)
	for i := range levels {
		t := math.Log(1e-6) + float64(i)*step
		u.levels = append(u.levels, u.best+math.Exp(t))
		u.shares = append(u.shares, t+math.Log(step))
	}
	return u
}

func (u *scalarised) log(at []moments, byMean, bySD []float64) float64 {
	var terms [levels]float64
	for i, level := range u.levels {
		terms[i] = u.shares[i]
		for j, y := range at {
			terms[i] += logBelow((u.reference[j] - u.weights[j]*level - y.mean) / y.sd)
		}
	}
	total := logSum(terms[:])
	for j, y := range at {
		byMean[j], bySD[j] = 0, 0
		for i, level := range u.levels {
			z := (u.reference[j] - u.weights[j]*level - y.mean) / y.sd
			d := math.Exp(terms[i]-total) * slopeBelow(z) / y.sd
			byMean[j] -= d
			bySD[j] -= d * z
		}
	}
	return total
}
