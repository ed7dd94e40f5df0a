package tpe

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// none is the index of a choice in a factor that is even.
const none = -1

// mixture is a density over the axes: a weighted sum of kernels, each the
// product of one factor an axis: a truncated normal on a line, a row of a table
// on cells, the index of a choice. A kernel is even where its trial does not have
// the parameter. The last kernel is the prior.
//
// What kernels are on an axis lies together, at [mixture.place]: most of them are
// negligible at a point by a few axes, and what they are on others is not read.
type mixture struct {
	axes    []axis
	points  []float64 // len(axes) coordinates a kernel
	at      []float64 // where a factor is in [0, 1]
	widths  []float64 // its width as last set
	inverse []float64 // of the width on a line; 0 is even
	heights []float64 // on a line: the logarithm of the height
	rows    []int32   // of cells; of choices the index, even if it is none
	weights []float64 // a kernel each; one of 0 is left out
	logs    []float64 // the logarithms of their shares
	whole   float64   // the sum of the weights
	narrow  float64   // what widths on lines are multiplied by
	hit     []float64 // of choices: the logarithm of the mass of a kernel's own
	miss    []float64 // and of any other one
}

func newMixture(axes []axis, kernels int) *mixture {
	d := len(axes)
	numbers := func() []float64 { return make([]float64, (kernels+1)*d) }
	m := &mixture{
		axes: axes, narrow: 1, points: make([]float64, kernels*d),
		at: numbers(), widths: numbers(), inverse: numbers(), heights: numbers(), rows: make([]int32, (kernels+1)*d),
		weights: make([]float64, kernels+1), logs: make([]float64, kernels+1),
		hit: make([]float64, d), miss: make([]float64, d),
	}
	for j := range axes {
		i := m.place(kernels, j)
		switch a := &axes[j]; a.kind {
		case line:
			m.at[i], m.inverse[i], m.heights[i] = 0.5, 1, height(0.5, 1)
		case cells:
			m.rows[i] = a.priorRow()
		case choice:
			m.rows[i] = none
		case settled:
		}
	}
	return m
}

// place returns where a kernel is among those of an axis.
func (m *mixture) place(k, j int) int { return j*len(m.weights) + k }

// of returns what all kernels are on an axis.
func (m *mixture) of(j int, factors []float64) []float64 {
	n := len(m.weights)
	return factors[j*n : (j+1)*n]
}

// kernels returns how many there are, without the prior.
func (m *mixture) kernels() int { return len(m.weights) - 1 }

// put makes a kernel even around a point. Its widths come with spread.
func (m *mixture) put(k int, x []float64) {
	copy(m.points[k*len(m.axes):], x)
	for j, v := range x {
		i := m.place(k, j)
		m.at[i], m.widths[i], m.inverse[i], m.heights[i], m.rows[i] = 0, 0, 0, 0, 0
		switch a := &m.axes[j]; {
		case a.kind == cells:
			m.rows[i] = a.evenRow()
		case a.kind == choice && v != v:
			m.rows[i] = none
		case a.kind == choice:
			m.rows[i] = int32(v)
		}
		if m.axes[j].scaled() && v == v {
			m.at[i] = m.axes[j].position(v)
		}
	}
}

// order returns those of the first kernels that have a coordinate on an axis,
// sorted by it.
func (m *mixture) order(j, kernels int) []int32 {
	out := make([]int32, 0, kernels)
	for k := range kernels {
		if x := m.points[k*len(m.axes)+j]; x == x {
			out = append(out, int32(k))
		}
	}
	at := m.of(j, m.at)
	slices.SortFunc(out, func(a, b int32) int { return cmp.Or(cmp.Compare(at[a], at[b]), cmp.Compare(a, b)) })
	return out
}

// many is from how many kernels on the least width does not depend on how many
// there are.
const many = 1/narrowest - 2

// spread sets the widths of the kernels from one place up to another in the order
// of an axis: the larger of the gaps to the neighbours, of which the outermost
// have one only; alone, the larger of the gaps to the ends. They are cut to
// [1/min(100, n+2), 1] (Bergstra et al., NIPS 2011, section 4, without the ends
// as neighbours, as in Optuna 5).
func (m *mixture) spread(j int, order []int32, from, to int) {
	at, n := m.of(j, m.at), len(order)
	least := max(1/float64(n+2), narrowest)
	for i := max(from, 0); i < min(to, n); i++ {
		k, width := order[i], least
		if n == 1 {
			width = max(width, at[k], 1-at[k])
		}
		if i > 0 {
			width = max(width, at[k]-at[order[i-1]])
		}
		if i+1 < n {
			width = max(width, at[order[i+1]]-at[k])
		}
		m.widen(k, j, width)
	}
}

// widen sets the width of a factor. It computes nothing if that is what it was.
func (m *mixture) widen(k int32, j int, width float64) {
	i := m.place(int(k), j)
	if m.widths[i] == width {
		return
	}
	m.widths[i] = width
	a := &m.axes[j]
	if a.kind == cells {
		m.rows[i] = a.row(int(m.points[int(k)*len(m.axes)+j]), width)
		return
	}
	width = max(width*m.narrow, a.leastWidth(m.at[i]))
	m.inverse[i], m.heights[i] = 1/width, height(m.at[i], width)
}

// settle makes the weights count. The share of a choice's kernel that is spread
// evenly is Optuna's, which falls with the number of kernels, but at least
// floor.
func (m *mixture) settle(floor float64) {
	n := 0
	m.whole = 0
	for _, w := range m.weights {
		m.whole += w
		if w > 0 {
			n++
		}
	}
	for k, w := range m.weights {
		m.logs[k] = math.Log(w / m.whole)
	}
	for j := range m.axes {
		if a := &m.axes[j]; a.kind == choice {
			c := float64(a.n)
			even := max(c/(float64(n)+c), floor)
			m.miss[j] = math.Log(even / c)
			m.hit[j] = math.Log(1 - even + even/c)
		}
	}
}

// log returns the logarithm of one factor at a coordinate.
func (m *mixture) log(k, j int, x float64) float64 {
	i := m.place(k, j)
	switch a := &m.axes[j]; a.kind {
	case line:
		z := (x - m.at[i]) * m.inverse[i]
		return m.heights[i] - 0.5*z*z
	case cells:
		return float64(a.rows[int(m.rows[i])+int(x)])
	case choice:
		return m.choiceLog(j, m.rows[i], x)
	default:
		return 0
	}
}

func (m *mixture) choiceLog(j int, own int32, x float64) float64 {
	switch own {
	case int32(x):
		return m.hit[j]
	case none:
		return -math.Log(float64(m.axes[j].n))
	default:
		return m.miss[j]
	}
}

// draw draws a coordinate from one factor, made wider by stretch.
func (m *mixture) draw(k, j int, stretch float64, rng *rand.Rand) float64 {
	i, a := m.place(k, j), &m.axes[j]
	switch a.kind {
	case line:
		if m.inverse[i] == 0 {
			return a.even(rng)
		}
		x := truncated(m.at[i], stretch/m.inverse[i], rng)
		if a.n > 0 {
			x = a.place(a.dist.At(x))
		}
		return x
	case cells:
		row := int(m.rows[i])
		if stretch > 1 && k < m.kernels() && m.widths[i] > 0 {
			row = int(a.row(int(m.points[k*len(m.axes)+j]), m.widths[i]*stretch))
		}
		return drawRow(a.rows[row:row+a.n], rng)
	case choice:
		if m.rows[i] == none {
			return float64(rng.IntN(a.n))
		}
		u := rng.Float64() - (math.Exp(m.hit[j]) - math.Exp(m.miss[j]))
		if u < 0 {
			return float64(m.rows[i])
		}
		return math.Min(math.Floor(u*math.Exp(-m.miss[j])), float64(a.n-1))
	default:
		return 0
	}
}

func drawRow(row []float32, rng *rand.Rand) float64 {
	u := rng.Float64()
	for i, l := range row {
		if u -= math.Exp(float64(l)); u < 0 {
			return float64(i)
		}
	}
	return float64(len(row) - 1)
}
