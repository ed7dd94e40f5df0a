package main

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

const (
	resamples = 10_000
	level     = 0.05
	floor     = 1e-3 // of a regret as a share of random's
)

// middle returns the middle value, NaN of none.
func middle(values []float64) float64 { return quantile(values, 0.5) }

func quantile(values []float64, q float64) float64 {
	return quantileInPlace(slices.Clone(values), q)
}

// quantileInPlace interpolates between the values, which it sorts.
func quantileInPlace(values []float64, q float64) float64 {
	if len(values) == 0 {
		return nan
	}
	slices.Sort(values)
	at := q * float64(len(values)-1)
	i := int(at)
	if i == len(values)-1 {
		return values[i]
	}
	return values[i] + (at-float64(i))*(values[i+1]-values[i])
}

// comparison is the ratio of two medians with its 95 % interval.
type comparison struct {
	ratio, low, high float64
	chance           float64 // two-sided, that there is no difference
	verdict          string  // better, not worse or worse, after Holm
}

// compare draws the seeds again and again, the same on both sides, which share
// start points and shifts.
func compare(ours, theirs []float64) comparison {
	rng := rand.New(rand.NewPCG(1, 2))
	ratios := make([]float64, resamples)
	a, b := make([]float64, len(ours)), make([]float64, len(ours))
	above, below := 0, 0
	for i := range ratios {
		for j := range ours {
			k := rng.IntN(len(ours))
			a[j], b[j] = ours[k], theirs[k]
		}
		ratios[i] = quantileInPlace(a, 0.5) / quantileInPlace(b, 0.5)
		if ratios[i] >= 1 {
			above++
		}
		if ratios[i] <= 1 {
			below++
		}
	}
	return comparison{
		ratio: middle(ours) / middle(theirs), low: quantile(ratios, 0.025), high: quantile(ratios, 0.975),
		chance: min(1, 2*float64(1+min(above, below))/float64(1+resamples)),
	}
}

// holm judges several comparisons at once: Holm, A Simple Sequentially Rejective
// Multiple Test Procedure, 1979.
func holm(all []*comparison) {
	order := slices.Clone(all)
	slices.SortStableFunc(order, func(a, b *comparison) int { return cmp.Compare(a.chance, b.chance) })
	rejecting := true
	for i, c := range order {
		rejecting = rejecting && c.chance <= level/float64(len(order)-i)
		switch {
		case rejecting && c.ratio < 1:
			c.verdict = "better"
		case rejecting && c.ratio > 1:
			c.verdict = "worse"
		default:
			c.verdict = "not worse"
		}
	}
}
