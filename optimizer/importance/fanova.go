package importance

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

// trees is how many trees a forest has.
const trees = 64

// fanova is functional ANOVA (Hutter, Hoos and Leyton-Brown, ICML 2014): the
// share of a random forest's variance over the space that is the main effect of
// one parameter, as the mean of its trees.
//
// The space is measured as its trials are drawn: a log range by the logarithm,
// every choice alike. (Optuna measures log ranges by the number itself and
// gives each choice an axis of its own.) Choices are ordered by the mean target
// of their trials, so that a split parts them into better and worse ones
// (Wright and König, PeerJ 2019).
//
// Conditional parameters that the same trials have are judged by a forest of
// those trials alone, over all that these have in common; their shares then
// count by how much of the variance of all trials is that within these.
func fanova(t *table, seed int64) []float64 {
	out := make([]float64, len(t.params))
	t = t.scaled()
	whole := spread(t.target)
	if whole == 0 {
		return out
	}
	for _, group := range t.groups() {
		rows := group.rows
		if len(rows) < 2 {
			continue
		}
		y := pick(t.target, rows)
		part := spread(y) / whole
		if part == 0 {
			continue
		}
		f := newForest(t, group.common, rows)
		for i, share := range f.mainEffects(seed) {
			if p := group.common[i]; slices.Contains(group.own, p) {
				out[p] = share * part
			}
		}
	}
	return out
}

// group is the parameters that exactly some trials have.
type group struct {
	own    []int // places of the parameters
	common []int // those and the others that all these trials have
	rows   []int
}

// groups parts the parameters that have more than one value.
func (t *table) groups() []*group {
	var out []*group
	for i := range t.params {
		p := &t.params[i]
		if p.single() {
			continue
		}
		at := slices.IndexFunc(out, func(g *group) bool {
			return len(g.rows) == p.has && p.hasAll(g.rows)
		})
		if at < 0 {
			g := &group{}
			for row, v := range p.values {
				if !math.IsNaN(v) {
					g.rows = append(g.rows, row)
				}
			}
			at, out = len(out), append(out, g)
		}
		out[at].own = append(out[at].own, i)
	}
	for _, g := range out {
		for i := range t.params {
			if p := &t.params[i]; !p.single() && p.hasAll(g.rows) {
				g.common = append(g.common, i)
			}
		}
	}
	return out
}

// hasAll says that all these trials have the parameter.
func (p *param) hasAll(rows []int) bool {
	return !slices.ContainsFunc(rows, func(row int) bool { return math.IsNaN(p.values[row]) })
}

// scaled returns the table with targets from -1 to 1, whose squares are finite.
func (t *table) scaled() *table {
	most := 0.0
	for _, y := range t.target {
		most = max(most, math.Abs(y))
	}
	out := &table{params: t.params, target: make([]float64, len(t.target))}
	for i, y := range t.target {
		out.target[i] = y / max(most, math.SmallestNonzeroFloat64)
	}
	return out
}

// spread is the sum of the squared distances of y from its mean.
func spread(y []float64) float64 {
	mean, total := sum(y)/float64(len(y)), 0.0
	for _, v := range y {
		total += (v - mean) * (v - mean)
	}
	return total
}

func pick(x []float64, rows []int) []float64 {
	out := make([]float64, len(rows))
	for i, row := range rows {
		out[i] = x[row]
	}
	return out
}

// forest is what its trees are grown from.
type forest struct {
	x     [][]float64 // by axis and trial, from 0 to 1
	order [][]int32   // by axis: the trials by x
	y     []float64   // by trial, around 0
}

func newForest(t *table, params, rows []int) *forest {
	f := &forest{y: pick(t.target, rows)}
	mean := sum(f.y) / float64(len(f.y))
	for i := range f.y {
		f.y[i] -= mean
	}
	for _, i := range params {
		x := f.axis(&t.params[i].dist, pick(t.params[i].values, rows))
		order := make([]int32, len(x))
		for row := range order {
			order[row] = int32(row)
		}
		slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(x[a], x[b]) })
		f.x, f.order = append(f.x, x), append(f.order, order)
	}
	return f
}

// axis maps the values of a parameter to the unit interval, in place.
func (f *forest) axis(d *trials.Distribution, values []float64) []float64 {
	if d.Type == trials.CategoricalKind {
		rank := f.ranks(len(d.Choices), values)
		for i, v := range values {
			values[i] = rank[int(v)]
		}
	}
	for i, v := range values {
		values[i] = d.Unit(v)
	}
	return values
}

// ranks returns the place of each choice by the mean of the trials that made
// it. A choice that none made counts as average.
func (f *forest) ranks(choices int, values []float64) []float64 {
	total, count := make([]float64, choices), make([]float64, choices)
	for i, v := range values {
		total[int(v)] += f.y[i]
		count[int(v)]++
	}
	order := make([]int, choices)
	for c := range order {
		order[c] = c
		total[c] /= max(count[c], 1)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(total[a], total[b]) })
	rank := make([]float64, choices)
	for place, c := range order {
		rank[c] = float64(place)
	}
	return rank
}

// mainEffects returns for each axis the share of the variance over the space
// that its main effect is.
func (f *forest) mainEffects(seed int64) []float64 {
	out := make([]float64, len(f.x))
	grown := 0.0
	for i := range uint64(trees) {
		t := f.grow(rand.New(rand.NewPCG(uint64(seed), i)))
		effects, variance := t.decompose(len(f.x))
		if variance <= 0 {
			continue // the tree has one leaf, or all have the same value
		}
		grown++
		for axis, v := range effects {
			out[axis] += v / variance
		}
	}
	for axis := range out {
		out[axis] /= max(grown, 1)
	}
	return out
}
