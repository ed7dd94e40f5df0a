package gp

import (
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// absent is the category of a parameter that does not exist in a point; a
// numeric one is put in the middle of its range. What tells the branches of a
// conditional space apart are the parents, which differ.
const (
	absent = -1
	middle = 0.5
)

// frame maps the parameters of a space to the axes of a model: first the numeric
// ones, on the unit interval, counted ones in the middle of their share; then
// the categories, by the index of the choice. Parameters with one value only are
// left out where no condition can hang on them.
type frame struct {
	axes        []axis
	numeric     int
	order       []int // of the axes, parents before children
	conditional bool
}

type axis struct {
	name  string
	dist  *trials.Distribution
	count int    // of values; 0 is continuous
	links []link // conditions, all of which must hold
}

// link is a condition: the parent, as an axis, has one of these inner values.
type link struct {
	parent  int
	allowed []float64
}

func newFrame(space *trials.Space) *frame {
	f := &frame{}
	for i := range space.Dists {
		f.conditional = f.conditional || len(space.Dists[i].When) > 0
	}
	place := make([]int, len(space.Names)) // of the axis
	for _, categories := range []bool{false, true} {
		for i := range space.Dists {
			d := &space.Dists[i]
			if (d.Type == trials.CategoricalKind) != categories || !f.conditional && rows.Settled(d) {
				continue
			}
			place[i] = len(f.axes)
			f.axes = append(f.axes, axis{name: space.Names[i], dist: d, count: d.Count()})
		}
		if !categories {
			f.numeric = len(f.axes)
		}
	}
	for i := range space.Dists {
		if !f.conditional {
			break
		}
		a := &f.axes[place[i]]
		f.order = append(f.order, place[i])
		for parent, values := range a.dist.When {
			p := space.Index(parent)
			l := link{parent: place[p]}
			for _, v := range values {
				if inner, err := space.Dists[p].Encode(v); err == nil {
					l.allowed = append(l.allowed, inner)
				}
			}
			a.links = append(a.links, l)
		}
	}
	return f
}

// equal says that points of f and g mean the same.
func (f *frame) equal(g *frame) bool {
	return slices.EqualFunc(f.axes, g.axes, func(a, b axis) bool {
		return a.name == b.name && a.dist.Equal(b.dist)
	})
}

// unit returns the place of an inner value on an axis.
func (f *frame) unit(i int, v float64) float64 {
	if i >= f.numeric {
		return v
	}
	return f.axes[i].dist.Unit(v)
}

// value returns the inner value at a place on an axis.
func (f *frame) value(i int, x float64) float64 {
	if i >= f.numeric {
		return max(x, 0)
	}
	return f.axes[i].dist.At(x)
}

// snap moves a place on an axis to the nearest value that there is.
func (f *frame) snap(i int, x float64) float64 {
	if i >= f.numeric || f.axes[i].count == 0 {
		return x
	}
	d := f.axes[i].dist
	return d.Unit(d.At(x))
}

// settle marks the parameters that do not exist in a point.
func (f *frame) settle(x []float64) {
	for _, i := range f.order {
		if len(f.axes[i].links) > 0 && !f.active(i, x) {
			x[i] = f.gap(i)
		}
	}
}

func (f *frame) gap(i int) float64 {
	if i >= f.numeric {
		return absent
	}
	return middle
}

// active says whether the parameter of an axis exists in a point that is settled
// as far as its parents.
func (f *frame) active(i int, x []float64) bool {
	for _, l := range f.axes[i].links {
		v := x[l.parent]
		if l.parent >= f.numeric && v == absent || len(f.axes[l.parent].links) > 0 && !f.active(l.parent, x) {
			return false
		}
		v = f.value(l.parent, v)
		if !slices.ContainsFunc(l.allowed, func(a float64) bool { return math.Abs(a-v) <= 1e-9*(1+math.Abs(v)) }) {
			return false
		}
	}
	return true
}

// point returns the point of a trial whose inner values are looked up by axis,
// NaN where it has none. It is nil where the trial says nothing of this space:
// it has none of the parameters, or a value that is now outside.
func (f *frame) point(value func(axis int) float64) []float64 {
	x, some := make([]float64, len(f.axes)), false
	for i := range f.axes {
		v, d := value(i), f.axes[i].dist
		switch {
		case math.IsNaN(v):
			x[i] = f.gap(i)
			continue
		case i >= f.numeric && !(0 <= v && v < float64(len(d.Choices))),
			i < f.numeric && !(d.Low <= v && v <= d.High):
			return nil
		}
		x[i], some = f.unit(i, v), true
	}
	if !some {
		return nil
	}
	return x
}

// distance returns the Euclidean distance of two points; different categories
// are 1 apart.
func (f *frame) distance(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		switch {
		case i < f.numeric:
			sum += (a[i] - b[i]) * (a[i] - b[i])
		case a[i] != b[i]:
			sum++
		}
	}
	return math.Sqrt(sum)
}
