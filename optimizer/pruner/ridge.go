package pruner

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// ridge is a linear model of standardised features, fitted by least squares with a
// penalty on its weights. Of several penalties it has the one with the least error
// of leaving one out, which is known in closed form: the residual over 1 - H_ii,
// where H is the hat matrix.
type ridge struct {
	mean          float64
	centre, scale []float64 // of the features; a scale of 0 leaves one out
	weights       []float64 // of the standardised features
	sd            float64   // root mean square of the errors of leaving one out
}

// penalties are tried, in units of the number of rows.
var penalties = []float64{1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100}

// newRidge fits rows of features, NaN where one is missing, to their targets. It
// costs O(rows * features^2 + features^3).
func newRidge(rows [][]float64, targets []float64) *ridge {
	n, p := len(rows), len(rows[0])
	r := &ridge{centre: make([]float64, p), scale: make([]float64, p), weights: make([]float64, p)}
	y := make([]float64, n)
	for _, t := range targets {
		r.mean += (t - targets[0]) / float64(n)
	}
	r.mean += targets[0] // of equal targets exactly the target
	for i, t := range targets {
		y[i] = t - r.mean
	}
	used := r.standardise(rows)
	if len(used) == 0 {
		r.sd = r.constant(y)
		return r
	}
	r.solve(rows, used, y)
	return r
}

// standardise finds centre and scale of each feature, and which of them vary.
func (r *ridge) standardise(rows [][]float64) (used []int) {
	for j := range r.centre {
		n, first, sum, square := 0.0, math.NaN(), 0.0, 0.0
		for _, row := range rows {
			if v := row[j]; !math.IsNaN(v) {
				if n == 0 {
					first = v
				}
				n++
				sum += v - first
				square += (v - first) * (v - first)
			}
		}
		mean := sum / n
		sd := math.Sqrt(max(square/n-mean*mean, 0))
		if sd > 1e-12*math.Abs(first) && finite(sd) {
			r.centre[j], r.scale[j] = first+mean, sd
			used = append(used, j)
		}
	}
	return used
}

// at returns a standardised feature; one that is missing is the mean.
func (r *ridge) at(j int, v float64) float64 {
	if r.scale[j] == 0 || math.IsNaN(v) {
		return 0
	}
	return (v - r.centre[j]) / r.scale[j]
}

// constant returns the error of leaving one out of a model without features.
func (r *ridge) constant(y []float64) float64 {
	n, square := float64(len(y)), 0.0
	for _, v := range y {
		square += v * v
	}
	return math.Sqrt(square/n) * n / (n - 1)
}

// solve finds the penalty and the weights. With the eigenvectors V and eigenvalues
// L of X'X the weights are V (L + penalty)^-1 V'X'y for any penalty, and H_ii is
// the sum of (XV)_ij^2 / (L_j + penalty) and 1/n of the mean.
func (r *ridge) solve(rows [][]float64, used []int, y []float64) {
	n, p := len(rows), len(used)
	x := mat.NewDense(n, p, nil)
	for i, row := range rows {
		for k, j := range used {
			x.Set(i, k, r.at(j, row[j]))
		}
	}
	var gram mat.SymDense
	gram.SymOuterK(1, x.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&gram, true) {
		r.sd = r.constant(y)
		return
	}
	var v, z mat.Dense
	eigen.VectorsTo(&v)
	z.Mul(x, &v)
	values := eigen.Values(nil)
	zy := make([]float64, p)
	for i := range n {
		for k := range p {
			zy[k] += z.At(i, k) * y[i]
		}
	}
	best, least := 0.0, math.Inf(1)
	for _, penalty := range penalties {
		if e := leaveOneOut(&z, values, zy, y, penalty*float64(n)); e < least {
			best, least = penalty*float64(n), e
		}
	}
	if best == 0 {
		r.sd = r.constant(y)
		return
	}
	r.sd = math.Sqrt(least)
	for k, j := range used {
		for m := range p {
			r.weights[j] += v.At(k, m) * zy[m] / (math.Max(values[m], 0) + best)
		}
	}
}

// leaveOneOut returns the mean square of the errors of leaving one out.
func leaveOneOut(z *mat.Dense, values, zy, y []float64, penalty float64) float64 {
	n, p := z.Dims()
	square := 0.0
	for i := range n {
		fit, h := 0.0, 1/float64(n)
		row := z.RawRowView(i)
		for k := range p {
			d := row[k] / (math.Max(values[k], 0) + penalty)
			fit += d * zy[k]
			h += d * row[k]
		}
		e := (y[i] - fit) / math.Max(1-h, 1e-9)
		square += e * e / float64(n)
	}
	return square
}
