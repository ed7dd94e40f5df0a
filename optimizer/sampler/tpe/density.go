package tpe

import (
	"math"
	"slices"
)

// block is a set of axes that are modelled together, in the order of the space
// and by kind.
type block struct {
	all, lines, choices, cells []int
	// apart is how far from each other eight points in flight are kept: half
	// the least distance between as many random ones.
	apart float64
}

func newBlock(axes []axis, members ...int) block {
	b := block{all: members}
	for _, j := range members {
		switch axes[j].kind {
		case line:
			b.lines = append(b.lines, j)
		case choice:
			b.choices = append(b.choices, j)
		case cells:
			b.cells = append(b.cells, j)
		case settled:
		}
	}
	return b
}

// density is the logarithm of a density at several points, while kernels are
// added to it: sum is in units of the largest kernel there, top its logarithm.
type density struct{ top, sum []float64 }

func newDensity(points int) density {
	d := density{make([]float64, points), make([]float64, points)}
	for i := range d.top {
		d.top[i] = math.Inf(-1)
	}
	return d
}

func (d *density) log(i int) float64 { return d.top[i] + math.Log(d.sum[i]) }

func (d *density) add(i int, l float64) {
	if l <= d.top[i] {
		d.sum[i] += math.Exp(l - d.top[i])
		return
	}
	d.sum[i] = d.sum[i]*math.Exp(d.top[i]-l) + 1
	d.top[i] = l
}

// negligible is how many nats below the largest kernel at a point another one is
// left out: a thousand of them change the density by less than a thousandth.
const negligible = 14

// ahead is on how many lines all kernels are looked at: together, they leave few
// that are not negligible, and the processor is faster without a choice at each.
const ahead = 3

// addTo adds the kernels at points, of len(axes) coordinates each. The prior
// goes first: it bounds each sum from below, so that few factors of most other
// kernels need to be looked at.
func (m *mixture) addTo(to *density, b *block, points []float64) {
	highest := slices.Clone(m.logs)
	for _, j := range b.lines {
		for k, h := range m.of(j, m.heights) {
			highest[k] += h
		}
	}
	d, logs := len(m.axes), make([]float64, len(highest))
	for i := range to.top {
		copy(logs, highest)
		m.addAt(to, i, b, points[i*d:i*d+d], logs)
	}
}

// addAt adds the kernels at one point, given the logarithms of the most that they
// are anywhere, which it uses up. What else is added to them can only lower them,
// so that a kernel that is negligible so far is given up.
func (m *mixture) addAt(to *density, i int, b *block, x, logs []float64) {
	lines := b.lines
	for n := 0; n < ahead && len(lines) > 0; lines = lines[1:] {
		j := lines[0]
		if x[j] != x[j] { // the point does not have the parameter
			for k, h := range m.of(j, m.heights) {
				logs[k] -= h
			}
			continue
		}
		n++
		at, inverse := m.of(j, m.at), m.of(j, m.inverse)
		for k := range logs {
			z := (x[j] - at[k]) * inverse[k]
			logs[k] -= 0.5 * z * z
		}
	}
	enough := to.top[i] - negligible
	for k, l := range slices.Backward(logs) {
		if l < enough {
			continue
		}
		if l = m.lower(l, k, b, lines, x, enough); l >= enough {
			to.add(i, l)
			enough = to.top[i] - negligible
		}
	}
}

// lower lowers the logarithm of a kernel by what is left to look at, until it is
// negligible. Masses of cells come last: they are the furthest away in memory.
func (m *mixture) lower(l float64, k int, b *block, lines []int, x []float64, enough float64) float64 {
	for _, j := range lines {
		i := m.place(k, j)
		if x[j] != x[j] {
			l -= m.heights[i]
			continue
		}
		z := (x[j] - m.at[i]) * m.inverse[i]
		if l -= 0.5 * z * z; l < enough {
			return l
		}
	}
	for _, j := range b.choices {
		if x[j] == x[j] {
			l += m.choiceLog(j, m.rows[m.place(k, j)], x[j])
		}
	}
	if l < enough {
		return l
	}
	for _, j := range b.cells {
		if x[j] == x[j] {
			l += float64(m.axes[j].rows[int(m.rows[m.place(k, j)])+int(x[j])])
		}
	}
	return l
}
