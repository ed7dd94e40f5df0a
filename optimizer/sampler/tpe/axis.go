package tpe

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// kind is how the model sees a parameter.
type kind int

const (
	settled kind = iota // it has one value: coordinate 0
	line                // coordinates in [0, 1]; factors are truncated normals
	cells               // a coarse grid: coordinates are indices; factors have the mass of a normal in each cell
	choice              // coordinates are indices without an order
)

const (
	// maxCells is the longest grid whose factors are tabled. The cells of a
	// longer one are narrower than nearly every factor: it is a line whose
	// points are rounded.
	maxCells = 64
	// narrowest is the least width of a factor, as a share of the range (the
	// "magic clip" of hyperopt and Optuna).
	narrowest = 0.01
	// levels are the widths tabled for cells: from narrowest to 1, each ratio
	// times the one before.
	levels = 27
	ratio  = 1.2
	// tiny is the least mass of a cell, so that every score is finite.
	tiny = 1e-30
)

// axis is one parameter in the coordinates of the model. It does not change
// once it is made. NaN is the coordinate of a parameter that does not exist.
type axis struct {
	dist *trials.Distribution
	kind kind
	n    int // values; 0 is a continuum
	when []condition
	// centres are the middles of the cells in [0, 1].
	centres []float64
	// rows holds factors of cells: the logarithms of the masses of n cells, for
	// every level and every centre; then the prior's; then the even one.
	rows []float32
}

// condition must hold for a parameter to exist.
type condition struct {
	parent  int
	allowed []float64 // coordinates of the parent
}

// newAxes returns the axes of a space, in its order: parents first.
func newAxes(space *trials.Space) []axis {
	out := make([]axis, len(space.Names))
	for i := range out {
		a := &out[i]
		a.dist = &space.Dists[i]
		a.n = a.dist.Count()
		switch {
		case rows.Settled(a.dist):
			a.kind = settled
		case a.dist.Type == trials.CategoricalKind:
			a.kind = choice
		case 0 < a.n && a.n <= maxCells:
			a.kind = cells
			a.table(out[:i])
		default:
			a.kind = line
		}
		for parent, values := range a.dist.When {
			c := condition{parent: space.Index(parent)}
			for _, v := range values {
				if inner, err := space.Dists[c.parent].Encode(v); err == nil {
					c.allowed = append(c.allowed, out[c.parent].place(inner))
				}
			}
			a.when = append(a.when, c)
		}
	}
	return out
}

// table fills in the cells. They end half a step around their values, on the
// logarithmic scale if the parameter has one. An axis before that has the same
// ones shares its tables: they are large, and memory is far away.
func (a *axis) table(before []axis) {
	for i := range before {
		if b := &before[i]; b.kind == cells && b.n == a.n && b.dist.Log == a.dist.Log &&
			(!a.dist.Log || b.dist.Low == a.dist.Low) {
			a.centres, a.rows = b.centres, b.rows
			return
		}
	}
	edges := make([]float64, a.n+1)
	a.centres = make([]float64, a.n)
	for i := range a.n {
		edges[i+1] = float64(i+1) / float64(a.n)
		a.centres[i] = (float64(i) + 0.5) / float64(a.n)
		if a.dist.Log {
			edges[i+1] = a.dist.Unit(a.dist.Low + float64(i) + 0.5)
			a.centres[i] = a.dist.Unit(a.dist.Low + float64(i))
		}
	}
	a.rows = make([]float32, 0, (levels*a.n+2)*a.n)
	width := narrowest
	for range levels {
		for _, centre := range a.centres {
			a.tabulate(edges, centre, width)
		}
		width *= ratio
	}
	a.tabulate(edges, 0.5, 1)
	for i := range a.n {
		a.rows = append(a.rows, float32(math.Log(edges[i+1]-edges[i])))
	}
}

// tabulate appends the masses of a truncated normal.
func (a *axis) tabulate(edges []float64, mu, width float64) {
	at := func(edge float64) float64 { return math.Erf((edge - mu) / (width * math.Sqrt2)) }
	first := at(edges[0])
	whole := at(edges[a.n]) - first
	for _, edge := range edges[1:] {
		next := at(edge)
		a.rows = append(a.rows, float32(math.Log(max((next-first)/whole, tiny))))
		first = next
	}
}

// row returns where the factor around a cell begins. A width is rounded to the
// nearest level.
func (a *axis) row(index int, width float64) int32 {
	level := int(math.Round(math.Log(width/narrowest) / math.Log(ratio)))
	return int32((min(max(level, 0), levels-1)*a.n + index) * a.n)
}

func (a *axis) priorRow() int32 { return int32(levels * a.n * a.n) }
func (a *axis) evenRow() int32  { return a.priorRow() + int32(a.n) }

// place returns the coordinate of a value, NaN if it is none of the parameter's:
// its distribution was another one then.
func (a *axis) place(v float64) float64 {
	switch {
	case a.dist.Type == trials.CategoricalKind:
		if !a.dist.Contains(v) {
			return math.NaN()
		}
		return v
	case !(a.dist.Low <= v && v <= a.dist.High): // also for NaN
		return math.NaN()
	case a.kind == settled:
		return 0
	case a.kind == line:
		return a.dist.Unit(v)
	case a.dist.Log:
		return math.Round(v - a.dist.Low)
	default:
		return math.Min(math.Floor(a.dist.Unit(v)*float64(a.n)), float64(a.n-1))
	}
}

// value returns the value at a coordinate. One that does not exist has any.
func (a *axis) value(x float64) float64 {
	switch {
	case x != x || a.kind == settled:
		return a.dist.At(0)
	case a.kind == line:
		return a.dist.At(x)
	case a.kind == cells && a.dist.Log:
		return a.dist.Low + x
	case a.kind == cells:
		return a.dist.At((x + 0.5) / float64(a.n))
	default:
		return x
	}
}

// even draws a coordinate as if nothing was known.
func (a *axis) even(rng *rand.Rand) float64 { return a.place(a.dist.At(rng.Float64())) }

// exists says whether the parameter does, given the coordinates of those before
// it.
func (a *axis) exists(x []float64) bool {
	for i := range a.when {
		if !slices.Contains(a.when[i].allowed, x[a.when[i].parent]) { // NaN is never in it
			return false
		}
	}
	return true
}

// scaled says that factors on the axis have a width.
func (a *axis) scaled() bool { return a.kind == line || a.kind == cells }

// position returns where a coordinate is in [0, 1], which widths are shares of.
func (a *axis) position(x float64) float64 {
	if a.kind == cells {
		return a.centres[int(x)]
	}
	return x
}

// leastWidth returns the least width of a factor at a coordinate: on a long
// logarithmic grid the first cells are wide.
func (a *axis) leastWidth(x float64) float64 {
	if a.kind == line && a.n > 0 && a.dist.Log {
		v := a.dist.At(x)
		return (a.dist.Unit(v+0.5) - a.dist.Unit(v-0.5)) / 2
	}
	return 0
}

// height returns the logarithm of the height of a normal that is cut off
// outside [0, 1], where its centre is.
func height(mu, width float64) float64 {
	mass := 0.5 * (math.Erf((1-mu)/(width*math.Sqrt2)) + math.Erf(mu/(width*math.Sqrt2)))
	return -math.Log(width * mass * math.Sqrt(2*math.Pi))
}

// truncated draws from such a normal, by its inverse distribution function.
func truncated(mu, width float64, rng *rand.Rand) float64 {
	scale := width * math.Sqrt2
	low, high := math.Erf(-mu/scale), math.Erf((1-mu)/scale)
	return min(max(mu+scale*math.Erfinv(low+rng.Float64()*(high-low)), 0), 1)
}
