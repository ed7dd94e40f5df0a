package tpe

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// factor is what one kernel is on one axis: a truncated normal on a line, a row
// of a table on cells, the index of a choice. The zero value is even on a line.
type factor struct {
	mu, inverse, height float64 // inverse is of the width
	row                 int32   // of cells; of choices the index, even if it is none
}

// none is the index of a choice in a factor that is even.
const none = -1

// mixture is a density over the axes: a weighted sum of kernels, each the
// product of one factor an axis. A kernel is even where its trial does not have
// the parameter. The last kernel is the prior.
type mixture struct {
	axes    []axis
	factors []factor  // len(axes) a kernel
	points  []float64 // len(axes) coordinates a kernel
	// at and widths hold the position and the width as last set, of all kernels
	// an axis: what spread walks through.
	at      []float64
	widths  []float64
	weights []float64 // a kernel each; one of 0 is left out
	logs    []float64 // the logarithms of their shares
	whole   float64   // the sum of the weights
	narrow  float64   // what widths on lines are multiplied by
	hit     []float64 // of choices: the logarithm of the mass of a kernel's own
	miss    []float64 // and of any other one
}

func newMixture(axes []axis, kernels int) *mixture {
	d := len(axes)
	m := &mixture{
		axes: axes, narrow: 1, factors: make([]factor, (kernels+1)*d), points: make([]float64, kernels*d),
		at: make([]float64, kernels*d), widths: make([]float64, kernels*d),
		weights: make([]float64, kernels+1), logs: make([]float64, kernels+1),
		hit: make([]float64, d), miss: make([]float64, d),
	}
	for j := range axes {
		f := &m.factors[kernels*d+j]
		switch a := &axes[j]; a.kind {
		case line:
			*f = factor{mu: 0.5, inverse: 1, height: height(0.5, 1)}
		case cells:
			f.row = a.priorRow()
		case choice:
			f.row = none
		case settled:
		}
	}
	return m
}

// kernels returns how many there are, without the prior.
func (m *mixture) kernels() int { return len(m.weights) - 1 }

// put makes a kernel even around a point. Its widths come with spread.
func (m *mixture) put(k int, x []float64) {
	d := len(m.axes)
	copy(m.points[k*d:], x)
	for j, v := range x {
		f := &m.factors[k*d+j]
		*f = factor{}
		m.widths[j*m.kernels()+k] = 0
		if m.axes[j].scaled() && v == v {
			m.at[j*m.kernels()+k] = m.axes[j].position(v)
		}
		switch a := &m.axes[j]; {
		case a.kind == cells:
			f.row = a.evenRow()
		case a.kind == choice && v != v:
			f.row = none
		case a.kind == choice:
			f.row = int32(v)
		case v == v:
			f.mu = v
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
	slices.SortFunc(out, func(a, b int32) int { return m.compare(j, a, b) })
	return out
}

func (m *mixture) compare(j int, a, b int32) int {
	d := len(m.axes)
	return cmp.Or(cmp.Compare(m.points[int(a)*d+j], m.points[int(b)*d+j]), cmp.Compare(a, b))
}

// spread sets the widths on an axis, given the kernels in their order there:
// the larger of the gaps to the neighbours, of which the outermost have one
// only; alone, the larger of the gaps to the ends. They are cut to
// [1/min(100, n+2), 1] (Bergstra et al., NIPS 2011, section 4, without the ends
// as neighbours, as in Optuna 5).
func (m *mixture) spread(j int, order []int32) {
	n := 0
	for _, k := range order {
		if m.weights[k] > 0 {
			n++
		}
	}
	least := max(1/float64(n+2), narrowest)
	at := m.at[j*m.kernels() : (j+1)*m.kernels()]
	last, gap := int32(-1), 0.0
	for _, k := range order {
		if m.weights[k] == 0 {
			continue
		}
		if n == 1 {
			gap = max(at[k], 1-at[k])
		}
		if last >= 0 {
			next := at[k] - at[last]
			m.widen(last, j, max(gap, next, least))
			gap = next
		}
		last = k
	}
	if last >= 0 {
		m.widen(last, j, max(gap, least))
	}
}

// widen sets the width of a factor. It computes nothing if that is what it was.
func (m *mixture) widen(k int32, j int, width float64) {
	was := &m.widths[j*m.kernels()+int(k)]
	if *was == width {
		return
	}
	*was = width
	i := int(k)*len(m.axes) + j
	f, a := &m.factors[i], &m.axes[j]
	if a.kind == cells {
		f.row = a.row(int(m.points[i]), width)
		return
	}
	width = max(width*m.narrow, a.leastWidth(f.mu))
	f.inverse, f.height = 1/width, height(f.mu, width)
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
	f := &m.factors[k*len(m.axes)+j]
	switch a := &m.axes[j]; a.kind {
	case line:
		z := (x - f.mu) * f.inverse
		return f.height - 0.5*z*z
	case cells:
		return float64(a.rows[int(f.row)+int(x)])
	case choice:
		return m.choiceLog(j, f.row, x)
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
	f, a := &m.factors[k*len(m.axes)+j], &m.axes[j]
	switch a.kind {
	case line:
		if f.inverse == 0 {
			return a.even(rng)
		}
		x := truncated(f.mu, stretch/f.inverse, rng)
		if a.n > 0 {
			x = a.place(a.dist.At(x))
		}
		return x
	case cells:
		row := int(f.row)
		if stretch > 1 && k < m.kernels() && m.widths[j*m.kernels()+k] > 0 {
			row = int(a.row(int(m.points[k*len(m.axes)+j]), m.widths[j*m.kernels()+k]*stretch))
		}
		return drawRow(a.rows[row:row+a.n], rng)
	case choice:
		if f.row == none {
			return float64(rng.IntN(a.n))
		}
		u := rng.Float64() - (math.Exp(m.hit[j]) - math.Exp(m.miss[j]))
		if u < 0 {
			return float64(f.row)
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
