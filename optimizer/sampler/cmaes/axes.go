package cmaes

import (
	"math"

	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// axis is a numeric parameter as one side of the unit cube. What can be counted
// has a cell of it for each value.
type axis struct {
	place int // in the space
	name  string
	dist  *trials.Distribution
	count int // of values, 0 if continuous
	lo    float64
	hi    float64 // of the logarithm, for log ints
}

// category is a parameter whose values have no order.
type category struct {
	place   int
	name    string
	choices int
}

// axesOf sorts the parameters of a space into axes and categories. Those with
// one value are neither.
func axesOf(space *trials.Space) (axes []axis, categories []category) {
	for i := range space.Dists {
		d := &space.Dists[i]
		switch {
		case rows.Settled(d):
		case d.Type == trials.CategoricalKind:
			categories = append(categories, category{i, space.Names[i], len(d.Choices)})
		default:
			a := axis{place: i, name: space.Names[i], dist: d, count: d.Count()}
			if a.logInt() {
				a.lo, a.hi = math.Log(d.Low-0.5), math.Log(d.High+0.5)
			}
			axes = append(axes, a)
		}
	}
	return axes, categories
}

func (a *axis) logInt() bool { return a.count > 0 && a.dist.Log }

// edge returns the upper end of a cell.
func (a *axis) edge(cell int) float64 {
	if a.logInt() {
		return (math.Log(a.dist.Low+float64(cell)+0.5) - a.lo) / (a.hi - a.lo)
	}
	return float64(cell+1) / float64(a.count)
}

// cell returns the cell of a place on the axis; those beyond the ends belong to
// the last ones.
func (a *axis) cell(u float64) int {
	u = min(max(u, 0), 1)
	i := u * float64(a.count)
	if a.logInt() {
		i = math.Round(math.Exp(a.lo+u*(a.hi-a.lo))) - a.dist.Low
	}
	return min(max(int(i), 0), a.count-1)
}

// ends returns the places that stand for a value of a counted axis: its cell,
// without end where it is the first or the last.
func (a *axis) ends(value float64) (low, high float64) {
	cell := a.cell(a.dist.Unit(value))
	low, high = math.Inf(-1), math.Inf(1)
	if cell > 0 {
		low = a.edge(cell - 1)
	}
	if cell < a.count-1 {
		high = a.edge(cell)
	}
	return low, high
}

// limits returns the edges next to the cell of a place, of the one below it and
// of the one above; at an end both are the same.
func (a *axis) limits(u float64) (low, high float64) {
	cell := a.cell(u)
	return a.edge(min(max(cell-1, 0), a.count-2)), a.edge(min(cell, a.count-2))
}

// quantile returns the standard normal deviate that is exceeded with probability
// p, for p in (0, 1).
func quantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(1-2*p) }

// below returns the probability of a standard normal below z.
func below(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// between returns a standard normal deviate that lies between two ends, by a
// chance u in [0, 1). Far out in a tail, where there is no probability left, it is
// the end nearer to 0.
func between(low, high, u float64) float64 {
	if low > 0 { // the upper tail is the exact one
		return -between(-high, -low, 1-u)
	}
	from, to := below(low), below(high)
	if p := from + u*(to-from); p > 0 && p < 1 {
		if z := -quantile(p); !math.IsInf(z, 0) {
			return min(max(z, low), high)
		}
	}
	return min(max(0, low), high)
}
