package tpe

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"github.com/espalier-hpo/espalier/trials"
)

// window is how many of the newest trials the density of the others remembers,
// fewer in spaces of more than 200 parameters.
const window = 1000

const (
	// narrow is the width of the kernels of good trials in units of Optuna's.
	narrow = 0.6
	// exchange is the share of a candidate's coordinates that are of another
	// kernel than the first one's.
	exchange = 0.1
)

// model is what a view says about a space: the density of the good trials and
// that of the others. It grows with the view; what it holds depends on the view
// alone, not on how it grew.
type model struct {
	o      *settings
	space  *trials.Space
	axes   []axis
	blocks []block
	origin origin

	seen    int // rows of the view
	used    int // of them that have ended: the trials of the model
	ranked  int // of those that are COMPLETE or PRUNED
	ranking ranking
	best    []int // the rows of the good trials, the best first
	good    []int // the same, sorted
	below   *mixture
	above   *mixture
	slots   []int     // the row of each kernel of above, a ring
	orders  [][]int32 // the kernels of above that have a weight, in the order of each axis
	spread  []bool    // axes of so many that a width changes with the neighbours alone
	parts   []part    // of the limits, for c-TPE

	columns [][]float64
	places  []int     // where the view had the columns last
	x       []float64 // for one point
}

func newModel(o *settings, space *trials.Space, v *trials.View) *model {
	m := &model{o: o, space: space, axes: newAxes(space), origin: originOf(v)}
	d := len(m.axes)
	m.blocks = newBlocks(m.axes, o)
	for i := range m.blocks {
		m.blocks[i].measure(m.axes)
	}
	m.slots = make([]int, max(min(window, 200*window/(d+1)), 100))
	m.orders, m.spread = make([][]int32, d), make([]bool, d)
	m.above = newMixture(m.axes, len(m.slots))
	for i := range m.above.points {
		m.above.points[i] = math.NaN()
	}
	m.below = newMixture(m.axes, 0)
	m.below.narrow = narrow
	m.columns, m.places, m.x = make([][]float64, d), make([]int, d), make([]float64, d)
	m.ranking = newRanking(o, len(v.Objectives))
	m.refreshBelow()
	m.refreshAbove()
	return m
}

// newBlocks divides the axes into those that are modelled together.
func newBlocks(axes []axis, o *settings) []block {
	var out []block
	var together []int
	for j := range axes {
		if o.multivariate && (o.group || len(axes[j].when) == 0) {
			together = append(together, j)
		} else {
			out = append(out, newBlock(axes, j))
		}
	}
	if together != nil { // parents first
		out = append([]block{newBlock(axes, together...)}, out...)
	}
	return out
}

// catchUp takes in what is new in the view.
func (m *model) catchUp(v *trials.View) {
	var fresh []int
	for ; m.seen < v.Len(); m.seen++ {
		switch v.States[m.seen] {
		case trials.Complete, trials.Pruned:
			m.ranked++
			m.ranking.add(v, m.seen)
		case trials.Fail: // bad, and in no case good
		default:
			continue
		}
		fresh = append(fresh, m.seen)
	}
	if len(fresh) == 0 {
		return
	}
	m.locate(v)
	for i, row := range fresh {
		if len(fresh)-i <= len(m.slots) { // else the window loses it again
			m.remember(row)
		}
		m.used++
	}
	if best := m.ranking.good(m.ranked); !slices.Equal(best, m.best) {
		m.best = best
		m.good = append(m.good[:0], best...)
		slices.Sort(m.good)
		m.refreshBelow()
	}
	m.refreshAbove()
	if m.o.constraints == ratios {
		m.refreshParts(v)
	}
}

// locate finds the columns of the axes. They are mostly where they were.
func (m *model) locate(v *trials.View) {
	for j, name := range m.space.Names {
		if p := m.places[j]; p >= len(v.Columns) || v.Columns[p].Name != name {
			m.places[j] = slices.IndexFunc(v.Columns, func(c trials.Column) bool { return c.Name == name })
		}
		m.columns[j] = nil
		if p := m.places[j]; p >= 0 {
			m.columns[j] = v.Columns[p].Values
		} else {
			m.places[j] = 0
		}
	}
}

// read sets m.x to the point of a row.
func (m *model) read(row int) {
	for j := range m.axes {
		m.x[j] = math.NaN()
		if row < len(m.columns[j]) {
			m.x[j] = m.axes[j].place(m.columns[j][row])
		}
	}
}

// remember puts a trial into the window, where the oldest one was. It has no
// weight yet.
func (m *model) remember(row int) {
	slot := m.used % len(m.slots)
	if m.above.weights[slot] > 0 {
		m.leave(slot)
	}
	m.read(row)
	m.above.put(slot, m.x)
	m.slots[slot] = row
}

// leave takes a kernel of above, of which it was part, out of the orders.
func (m *model) leave(slot int) {
	m.above.weights[slot] = 0
	for j := range m.axes {
		if i := m.find(j, slot); i >= 0 {
			m.orders[j] = slices.Delete(m.orders[j], i, i+1)
			m.respread(j, i-1, i+1)
		}
	}
}

// join puts a kernel of above into the orders.
func (m *model) join(slot int) {
	for j := range m.axes {
		if i := m.find(j, slot); i >= 0 {
			m.orders[j] = slices.Insert(m.orders[j], i, int32(slot))
			m.respread(j, i-1, i+2)
		}
	}
}

// respread sets the widths in part of the order of an axis, if the others are
// settled: else all of them will be.
func (m *model) respread(j, from, to int) {
	if m.spread[j] {
		m.above.spread(j, m.orders[j], from, to)
	}
}

// find returns the place of a kernel in the order of an axis, -1 if it has no
// width there.
func (m *model) find(j, slot int) int {
	if x := m.above.points[slot*len(m.axes)+j]; x != x || !m.axes[j].scaled() {
		return -1
	}
	order, at := m.orders[j], m.above.of(j, m.above.at)
	x := at[slot]
	return sort.Search(len(order), func(i int) bool {
		y := at[order[i]]
		return y > x || y == x && int(order[i]) >= slot
	})
}

// refreshBelow makes the density of the good trials.
func (m *model) refreshBelow() {
	m.below = m.build(m.below, m.best)
	if len(m.origin.objectives) == 1 {
		copy(m.below.weights, merits(len(m.best)))
	}
	m.below.settle(m.o.floor)
}

// build makes the density of the trials at rows, of equal weights, in place of
// another one if it has the room.
func (m *model) build(b *mixture, at []int) *mixture {
	if b.kernels() < len(at) {
		wider := newMixture(m.axes, len(at))
		wider.narrow = b.narrow
		b = wider
	}
	clear(b.weights)
	for k, row := range at {
		m.read(row)
		b.put(k, m.x)
		b.weights[k] = 1
	}
	b.weights[b.kernels()] = m.o.priorWeight
	for j := range m.axes {
		if m.axes[j].scaled() {
			order := b.order(j, len(at))
			b.spread(j, order, 0, len(order))
		}
	}
	return b
}

// refreshAbove gives weights to the window but for the good trials, and widths
// to those whose neighbours changed.
func (m *model) refreshAbove() {
	a, n, good := m.above, min(m.used, len(m.slots)), m.good
	for age := n - 1; age >= 0; age-- { // as rows are sorted
		slot := (m.used - 1 - age) % len(m.slots)
		row, was := m.slots[slot], a.weights[slot] > 0
		for len(good) > 0 && good[0] < row {
			good = good[1:]
		}
		switch is := len(good) == 0 || good[0] != row; {
		case is && !was:
			m.join(slot)
		case was && !is:
			m.leave(slot)
			continue
		case !is:
			continue
		}
		a.weights[slot] = fade(age, n)
	}
	a.weights[a.kernels()] = m.o.priorWeight
	for j, order := range m.orders {
		if !m.spread[j] || len(order) < many {
			a.spread(j, order, 0, len(order))
			m.spread[j] = len(order) >= many
		}
	}
	a.settle(0)
}

// fade is the weight of the trial after which age others ended, of n: the newest
// 25 have 1, the weights of those before fall evenly to 1/n.
func fade(age, n int) float64 {
	const fresh = 25
	if age < fresh {
		return 1
	}
	oldest := n - 1 - fresh
	if oldest == 0 {
		return 1 / float64(n)
	}
	return 1 + float64(age-fresh)/float64(oldest)*(1/float64(n)-1)
}

// merits are the weights of n good trials, best first: those of the parents in
// CMA-ES (Hansen, The CMA Evolution Strategy: A Tutorial, 2016, equation 49),
// with a mean of 1.
func merits(n int) []float64 {
	out, sum := make([]float64, n), 0.0
	for i := range out {
		out[i] = math.Log(float64(n)+0.5) - math.Log(float64(i)+1)
		sum += out[i]
	}
	for i := range out {
		out[i] *= float64(n) / sum
	}
	return out
}

// suggest returns the coordinates of a point.
func (m *model) suggest(r *trials.SampleRequest, rng *rand.Rand) []float64 {
	x, given := make([]float64, len(m.axes)), make([]bool, len(m.axes))
	for j, name := range m.space.Names {
		x[j] = math.NaN()
		if v, ok := r.Fixed[name]; ok {
			x[j], given[j] = m.axes[j].place(v), true
		}
	}
	p := proposal{model: m, given: given, running: m.running(r)}
	if p.running != nil {
		for k, d := 0, len(x); k < len(r.Pending); k++ {
			if r.Pending[k].Fresh {
				p.fresh = append(p.fresh, p.running.points[k*d:k*d+d]...)
			}
		}
	}
	p.points = slices.Repeat(x, int(m.o.candidates))
	for i := range m.blocks {
		p.block = &m.blocks[i]
		p.complete(x, rng)
	}
	return x
}

// running returns the density of the running trials, nil without them.
func (m *model) running(r *trials.SampleRequest) *mixture {
	if !m.o.liar || len(r.Pending) == 0 {
		return nil
	}
	out := newMixture(m.axes, len(r.Pending))
	x := make([]float64, len(m.axes))
	for k := range r.Pending {
		for j, name := range m.space.Names {
			x[j] = math.NaN()
			if v, ok := r.Pending[k].Values[name]; ok {
				x[j] = m.axes[j].place(v)
			}
		}
		out.put(k, x)
		out.weights[k] = 1
		for j := range m.axes {
			if m.axes[j].scaled() && x[j] == x[j] {
				out.widen(int32(k), j, narrowest)
			}
		}
	}
	out.settle(0)
	out.hit, out.miss = m.above.hit, m.above.miss
	for k := range out.logs {
		out.logs[k] += math.Log(out.whole / m.above.whole)
	}
	return out
}
