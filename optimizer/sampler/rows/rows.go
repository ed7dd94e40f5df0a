// Package rows reads a view the way samplers do: every objective minimised, all
// violations in one number, parameters by their place. It knows package trials
// alone.
package rows

import (
	"math"

	"github.com/espalier-hpo/espalier/trials"
)

// Loss returns the value of an objective of the trial at a row, the sign turned
// so that less is better; NaN where it has none.
func Loss(v *trials.View, row, objective int) float64 {
	n := len(v.Objectives)
	return signed(v.Objectives[objective].Direction, v.Values[row*n+objective])
}

// LastLoss returns the last report of the first objective likewise.
func LastLoss(v *trials.View, row int) float64 {
	return signed(v.Objectives[0].Direction, v.Last[row])
}

func signed(d trials.Direction, value float64) float64 {
	if d == trials.Maximize {
		return -value
	}
	return value
}

// Violation returns by how much a trial breaks its limits in all, each as a
// share of its bound (of 1 where the bound is 0): 0 is feasible, or not known
// not to be.
func Violation(v *trials.View, row int) float64 {
	sum := 0.0
	for i := range v.Limits {
		if slack := v.Limits[i].At(row); slack > 0 {
			sum += slack / v.Limits[i].Scale()
		}
	}
	if sum == 0 && v.Violations[row] > 0 {
		return v.Violations[row]
	}
	return sum
}

// Free returns the places of the parameters of a request that are to be chosen:
// they are not given and have more than one value.
func Free(r *trials.SampleRequest) []int {
	var out []int
	for i, name := range r.Space.Names {
		if _, given := r.Fixed[name]; !given && !Settled(&r.Space.Dists[i]) {
			out = append(out, i)
		}
	}
	return out
}

// Settled says that a distribution has one value only.
func Settled(d *trials.Distribution) bool {
	return d.Count() == 1 || d.Type != trials.CategoricalKind && d.Low == d.High
}

// Fill makes a sample: what draw returns for each parameter that is not given.
// It is called for the given ones too, in the order of the space, so that giving
// one changes no other's chance.
func Fill(r *trials.SampleRequest, by string, draw func(i int) float64) trials.Sample {
	out := trials.Sample{Values: make(map[string]float64, len(r.Space.Names)), By: by}
	for i, name := range r.Space.Names {
		v := draw(i)
		if _, given := r.Fixed[name]; !given {
			out.Values[name] = v
		}
	}
	return out
}

// Finite is false for NaN and infinities.
func Finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Dominates says that losses a are nowhere worse than b and somewhere better.
func Dominates(a, b []float64) bool {
	better := false
	for i, x := range a {
		if x > b[i] {
			return false
		}
		better = better || x < b[i]
	}
	return better
}
