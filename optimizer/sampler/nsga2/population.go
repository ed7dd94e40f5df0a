package nsga2

import (
	"cmp"
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// individual is a trial that may become a parent. It is never written to once it
// is made.
type individual struct {
	number    int64
	violation float64   // 0 is feasible
	losses    []float64 // less is better
	values    []float64 // by place in the space, NaN where it has none
}

// dominates is constraint domination (Deb et al. 2002, section VI): the feasible
// before the infeasible, those by violation, the feasible by their losses.
func (a *individual) dominates(b *individual) bool {
	if a.violation > 0 || b.violation > 0 {
		return a.violation < b.violation
	}
	better := false
	for i, v := range a.losses {
		if v > b.losses[i] {
			return false
		}
		better = better || v < b.losses[i]
	}
	return better
}

// population holds the best individuals up to a row of a history. Growing it
// makes another one.
type population struct {
	space      *trials.Space
	generation uint64 // of the view
	objectives []trials.Objective
	seen       int // rows of the view
	ended      int // individuals there have been
	members    []*individual
	rank       []int // of each member: the number of its front
	crowding   []float64
}

// Origin implements [rows.State].
func (p *population) Origin() (generation uint64, seen int) { return p.generation, p.seen }

// serves says that the population is of this request's study, as it was or
// earlier.
func (p *population) serves(r *trials.SampleRequest) bool {
	if p.generation != r.View.Generation || p.seen > r.View.Len() || !slices.Equal(p.objectives, r.Study.Objectives) {
		return false
	}
	return p.space == r.Space || slices.Equal(p.space.Names, r.Space.Names) &&
		slices.EqualFunc(p.space.Dists, r.Space.Dists, func(a, b trials.Distribution) bool { return a.Equal(&b) })
}

// grow returns the population after all rows of a view. It has at most size
// members.
func (p *population) grow(view *trials.View, size int) *population {
	out := *p
	out.members = slices.Clone(p.members)
	columns := make([][]float64, len(p.space.Names))
	for i, name := range p.space.Names {
		columns[i] = view.Column(name)
	}
	changed := false
	for ; out.seen < view.Len(); out.seen++ {
		x := read(view, out.seen, columns)
		if x == nil {
			continue
		}
		out.ended++
		out.members = append(out.members, x)
		changed = true
		if len(out.members) > size {
			out.order()
			out.members = out.members[:size]
			out.rank, out.crowding = out.rank[:size], out.crowding[:size]
		}
	}
	if changed {
		out.order()
	}
	return &out
}

// read returns the individual of a row, nil if it cannot be compared: only a
// COMPLETE trial with finite values can.
func read(view *trials.View, row int, columns [][]float64) *individual {
	if view.States[row] != trials.Complete {
		return nil
	}
	out := &individual{
		number: view.Numbers[row], violation: rows.Violation(view, row),
		losses: make([]float64, len(view.Objectives)), values: make([]float64, len(columns)),
	}
	for i := range out.losses {
		if out.losses[i] = rows.Loss(view, row, i); !rows.Finite(out.losses[i]) {
			return nil
		}
	}
	for i, column := range columns {
		out.values[i] = math.NaN()
		if row < len(column) {
			out.values[i] = column[row]
		}
	}
	return out
}

// order sorts the members: by front, in a front the least crowded first, then the
// older. It makes new slices.
func (p *population) order() {
	fronts := sortFronts(p.members)
	p.members = make([]*individual, 0, len(p.members))
	p.rank, p.crowding = nil, nil
	for rank, front := range fronts {
		apart := crowding(front)
		places := make([]int, len(front))
		for i := range places {
			places[i] = i
		}
		slices.SortFunc(places, func(a, b int) int {
			return cmp.Or(cmp.Compare(apart[b], apart[a]), cmp.Compare(front[a].number, front[b].number))
		})
		for _, i := range places {
			p.members = append(p.members, front[i])
			p.rank, p.crowding = append(p.rank, rank), append(p.crowding, apart[i])
		}
	}
}

// sortFronts splits individuals into fronts, none of whose members dominates
// another (Zhang et al., An Efficient Approach to Nondominated Sorting for
// Evolutionary Multiobjective Optimization, 2015, with its binary search).
func sortFronts(of []*individual) [][]*individual {
	sorted := slices.Clone(of)
	slices.SortFunc(sorted, func(a, b *individual) int {
		return cmp.Or(cmp.Compare(a.violation, b.violation), slices.Compare(a.losses, b.losses), cmp.Compare(a.number, b.number))
	})
	var fronts [][]*individual
	for _, x := range sorted {
		low, high := 0, len(fronts)
		for low < high {
			middle := (low + high) / 2
			if slices.ContainsFunc(fronts[middle], func(y *individual) bool { return y.dominates(x) }) {
				low = middle + 1
			} else {
				high = middle
			}
		}
		if low == len(fronts) {
			fronts = append(fronts, nil)
		}
		fronts[low] = append(fronts[low], x)
	}
	return fronts
}

// crowding returns how far the neighbours of each member of a front are apart, as
// a sum of shares of the front's ranges; +Inf at its ends (Deb et al. 2002,
// section III-B).
func crowding(front []*individual) []float64 {
	out := make([]float64, len(front))
	places := make([]int, len(front))
	for k := range front[0].losses {
		for i := range places {
			places[i] = i
		}
		slices.SortFunc(places, func(a, b int) int {
			return cmp.Or(cmp.Compare(front[a].losses[k], front[b].losses[k]), cmp.Compare(front[a].number, front[b].number))
		})
		low, high := front[places[0]].losses[k], front[places[len(places)-1]].losses[k]
		if low == high {
			continue
		}
		out[places[0]], out[places[len(places)-1]] = math.Inf(1), math.Inf(1)
		for i := 1; i < len(places)-1; i++ {
			// Halves first: the range may be larger than a float64.
			gap := front[places[i+1]].losses[k]/2 - front[places[i-1]].losses[k]/2
			out[places[i]] += gap / (high/2 - low/2)
		}
	}
	return out
}
