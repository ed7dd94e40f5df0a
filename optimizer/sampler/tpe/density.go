package tpe

import "math"

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

// addTo adds the kernels at points, of len(axes) coordinates each. The prior
// goes first: it bounds each sum from below, so that few factors of most other
// kernels need to be looked at.
func (m *mixture) addTo(to *density, b *block, points []float64) {
	for k := m.kernels(); k >= 0; k-- {
		if m.weights[k] > 0 {
			m.addKernel(to, b, points, k)
		}
	}
}

// addKernel adds one kernel at every point. What is added to the logarithm after
// the heights can only lower it, so that a kernel that is negligible so far is
// given up. Masses of cells come last: they are the furthest away in memory.
func (m *mixture) addKernel(to *density, b *block, points []float64, k int) {
	d := len(m.axes)
	factors := m.factors[k*d : k*d+d]
	heights := m.logs[k]
	for _, j := range b.lines {
		heights += factors[j].height
	}
next:
	for i := range to.top {
		x := points[i*d : i*d+d]
		l, enough := heights, to.top[i]-negligible
		for _, j := range b.lines {
			f := &factors[j]
			z := (x[j] - f.mu) * f.inverse
			if z != z { // the point does not have the parameter
				l -= f.height
				continue
			}
			if l -= 0.5 * z * z; l < enough {
				continue next
			}
		}
		for _, j := range b.choices {
			if x[j] == x[j] {
				l += m.choiceLog(j, factors[j].row, x[j])
			}
		}
		if l < enough {
			continue
		}
		for _, j := range b.cells {
			if x[j] == x[j] {
				l += float64(m.axes[j].rows[int(factors[j].row)+int(x[j])])
			}
		}
		if l >= enough {
			to.add(i, l)
		}
	}
}
