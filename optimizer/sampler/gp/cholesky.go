package gp

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// leastPivot keeps a matrix that is singular to rounding factorable: a smaller
// pivot is raised to it, as if the point had that much more noise.
const leastPivot = 1e-12

// triangle is the lower factor of a positive definite matrix, row by row. A row
// depends on those above it alone and never changes, so a factor that grew is,
// to the bit, the one of the whole matrix; those that share rows may be read at
// once.
type triangle [][]float64

// grow appends the row of one more point, given its covariances with those
// before it and with itself. It takes over the slice.
func (l *triangle) grow(row []float64) {
	n := len(*l)
	l.solve(row[:n])
	row[n] = math.Sqrt(max(row[n]-floats.Dot(row[:n], row[:n]), leastPivot))
	*l = append(*l, row)
}

// solve replaces v by L⁻¹v, of as many rows as v has.
func (l triangle) solve(v []float64) {
	for i := range v {
		row := l[i]
		v[i] = (v[i] - floats.Dot(row[:i], v[:i])) / row[i]
	}
}

// solveTransposed replaces v by L⁻ᵀv.
func (l triangle) solveTransposed(v []float64) {
	for i := len(v) - 1; i >= 0; i-- {
		v[i] /= l[i][i]
		floats.AddScaled(v[:i], -v[i], l[i][:i])
	}
}

// inverse writes L⁻ᵀ into the upper triangle of m: its row j is the column j of
// L⁻¹, from the diagonal on.
func (l triangle) inverse(m [][]float64) {
	for j := range l {
		row := m[j]
		row[j] = 1 / l[j][j]
		for i := j + 1; i < len(l); i++ {
			row[i] = -floats.Dot(l[i][j:i], row[j:i]) / l[i][i]
		}
	}
}
