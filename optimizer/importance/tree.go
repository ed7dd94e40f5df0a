package importance

import (
	"math/rand/v2"
	"slices"
)

const (
	// maxDepth is how deep a tree grows at most.
	maxDepth = 64
	// A tree draws as many trials as there are, unless trials times axes are more
	// than enough, which bounds the time that a forest takes; but a few always.
	enough = 40_000
	aFew   = 200
)

// node is a split of an axis, or a leaf.
type node struct {
	axis        int // -1: a leaf
	threshold   float64
	left, right int // up to the threshold, and above it
	place       int // of the threshold among those of its axis
	value       float64
}

// tree is a regression tree over the unit cube; nodes[0] is its root.
type tree struct{ nodes []node }

// grower grows one tree, to leaves of one value (CART, by squared error).
type grower struct {
	*forest
	weight []float64 // how often a trial was drawn
	axes   []int     // in the order in which they are tried: the first of equals wins
	order  [][]int32 // as the forest's, of the drawn trials; a node has a stretch of each
	left   []bool    // by trial: it goes left
	buffer []int32
	nodes  []node
}

// grow grows a tree from a bootstrap sample of the trials.
func (f *forest) grow(chance *rand.Rand) *tree {
	n := len(f.y)
	g := &grower{
		forest: f, weight: make([]float64, n), left: make([]bool, n), buffer: make([]int32, 0, n), axes: chance.Perm(len(f.x)),
	}
	for range min(n, max(aFew, enough/len(f.x))) {
		g.weight[chance.IntN(n)]++
	}
	drawn := 0
	for _, order := range f.order {
		rows := make([]int32, 0, n)
		for _, row := range order {
			if g.weight[row] > 0 {
				rows = append(rows, row)
			}
		}
		drawn = len(rows)
		g.order = append(g.order, rows)
	}
	g.split(0, drawn, 0)
	return &tree{nodes: g.nodes}
}

// split makes the node of the trials from lo to hi, and all below it, and
// returns its place.
func (g *grower) split(lo, hi, depth int) int {
	at := len(g.nodes)
	weight, total := 0.0, 0.0
	for _, row := range g.order[0][lo:hi] {
		weight += g.weight[row]
		total += g.weight[row] * g.y[row]
	}
	g.nodes = append(g.nodes, node{axis: -1, value: total / weight})
	if depth == maxDepth || g.constant(lo, hi) {
		return at
	}
	axis, mid := g.best(lo, hi, weight, total)
	if axis < 0 {
		return at
	}
	x, order := g.x[axis], g.order[axis]
	threshold := x[order[mid-1]]/2 + x[order[mid]]/2
	for i, row := range order[lo:hi] {
		g.left[row] = lo+i < mid
	}
	for _, order := range g.order {
		g.part(order[lo:hi])
	}
	left := g.split(lo, mid, depth+1)
	right := g.split(mid, hi, depth+1)
	g.nodes[at] = node{axis: axis, threshold: threshold, left: left, right: right}
	return at
}

// constant says that all of the trials have the same target.
func (g *grower) constant(lo, hi int) bool {
	rows := g.order[0][lo:hi]
	for _, row := range rows[1:] {
		if g.y[row] != g.y[rows[0]] {
			return false
		}
	}
	return true
}

// best returns the axis, and the place of the first trial right of it, of the
// split that leaves the least squared error; axis is -1 if all trials are at
// one point.
func (g *grower) best(lo, hi int, weight, total float64) (axis, mid int) {
	axis = -1
	most := 0.0
	for _, a := range g.axes {
		x, order := g.x[a], g.order[a][lo:hi]
		w, t := 0.0, 0.0
		for i, row := range order[:len(order)-1] {
			w += g.weight[row]
			t += g.weight[row] * g.y[row]
			if x[row] == x[order[i+1]] {
				continue
			}
			// The squared error is that of the node without this.
			if gain := t*t/w + (total-t)*(total-t)/(weight-w); axis < 0 || gain > most {
				axis, mid, most = a, lo+i+1, gain
			}
		}
	}
	return axis, mid
}

// part moves the trials that go left to the front and keeps the order of both.
func (g *grower) part(rows []int32) {
	right, n := g.buffer[:0], 0
	for _, row := range rows {
		if g.left[row] {
			rows[n] = row
			n++
		} else {
			right = append(right, row)
		}
	}
	copy(rows[n:], right)
}

// decompose returns the variance of the main effect of each axis over the unit
// cube, and that of the whole tree.
func (t *tree) decompose(axes int) (effects []float64, variance float64) {
	cuts := t.cuts(axes)
	d := &decomposition{
		tree: t, cuts: cuts, low: make([]int, axes), high: make([]int, axes), steps: make([][]float64, axes),
	}
	for axis := range d.steps {
		d.high[axis] = len(cuts[axis]) - 1
		d.steps[axis] = make([]float64, len(cuts[axis]))
	}
	d.visit(0, 1)
	for _, l := range d.leaves {
		variance += l.volume * (l.value - d.mean) * (l.value - d.mean)
	}
	effects = make([]float64, axes)
	for axis, steps := range d.steps {
		height := 0.0
		for i, step := range steps[:len(steps)-1] {
			height += step
			width := cuts[axis][i+1] - cuts[axis][i]
			effects[axis] += width * (height - d.mean) * (height - d.mean)
		}
	}
	return effects, variance
}

// cuts returns for each axis 0, the thresholds of its splits in order, and 1,
// and tells each split its place among them.
func (t *tree) cuts(axes int) [][]float64 {
	out := make([][]float64, axes)
	for i := range out {
		out[i] = []float64{0, 1}
	}
	for i := range t.nodes {
		if n := &t.nodes[i]; n.axis >= 0 {
			out[n.axis] = append(out[n.axis], n.threshold)
		}
	}
	for i := range out {
		slices.Sort(out[i])
		out[i] = slices.Compact(out[i])
	}
	for i := range t.nodes {
		if n := &t.nodes[i]; n.axis >= 0 {
			n.place, _ = slices.BinarySearch(out[n.axis], n.threshold)
		}
	}
	return out
}

// decomposition walks the leaves of a tree. A main effect is a step function
// over the cuts of its axis; steps holds where it rises and by how much.
type decomposition struct {
	*tree
	cuts      [][]float64
	low, high []int // the box of the node being visited, as places of cuts
	steps     [][]float64
	leaves    []leaf
	mean      float64 // over the cube
}

type leaf struct{ value, volume float64 }

func (d *decomposition) visit(at int, volume float64) {
	n := &d.nodes[at]
	if volume == 0 {
		return // two values so near that nothing is between them
	}
	if n.axis < 0 {
		d.leaf(leaf{n.value, volume})
		return
	}
	cuts, low, high := d.cuts[n.axis], d.low[n.axis], d.high[n.axis]
	width := cuts[high] - cuts[low]
	d.high[n.axis] = n.place
	d.visit(n.left, volume*(n.threshold-cuts[low])/width)
	d.high[n.axis] = high
	d.low[n.axis] = n.place
	d.visit(n.right, volume*(cuts[high]-n.threshold)/width)
	d.low[n.axis] = low
}

func (d *decomposition) leaf(l leaf) {
	d.leaves = append(d.leaves, l)
	d.mean += l.value * l.volume
	for axis, steps := range d.steps {
		low, high := d.low[axis], d.high[axis]
		rise := l.value * l.volume / (d.cuts[axis][high] - d.cuts[axis][low])
		steps[low] += rise
		steps[high] -= rise
	}
}
