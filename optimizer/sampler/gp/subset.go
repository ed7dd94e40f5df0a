package gp

import (
	"cmp"
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/sampler/rows"
	"github.com/espalier-hpo/espalier/trials"
)

// choose returns the rows that models keep of the trials before a mark, nil if
// they can keep all: a third are the best, a third the newest, and the rest lie
// as far from these and from each other as they can.
func (h *history) choose(v *trials.View, mark, at int) []int {
	room := h.most - h.most/fitShare
	if at <= room {
		return nil
	}
	if chosen, ok := h.chosen[mark]; ok {
		return chosen
	}
	taken := make([]bool, at)
	var out []int
	take := func(order []int, upTo int) {
		for _, row := range order {
			if len(out) < upTo && !taken[row] {
				taken[row] = true
				out = append(out, row)
			}
		}
	}
	useful := make([]int, 0, at)
	for row := at - 1; row >= 0; row-- {
		if h.points[row] != nil {
			useful = append(useful, row)
		}
	}
	third := room / 3
	for j := range v.Objectives { // the best by each objective
		take(byQuality(v, useful, j), third*(j+1)/len(v.Objectives))
	}
	take(useful, 2*third)
	h.scatter(&out, useful, taken, room)
	slices.Sort(out)
	h.chosen[mark] = out
	return out
}

// byQuality orders rows: feasible ones by their loss, then the others by their
// violation; those without a loss come last of their kind.
func byQuality(v *trials.View, of []int, objective int) []int {
	type graded struct {
		row             int
		violation, loss float64
	}
	order := make([]graded, len(of))
	for i, row := range of {
		g := graded{row, rows.Violation(v, row), rows.Loss(v, row, objective)}
		if math.IsNaN(g.loss) {
			g.loss = math.Inf(1)
		}
		if math.IsNaN(g.violation) {
			g.violation = math.Inf(1)
		}
		order[i] = g
	}
	slices.SortStableFunc(order, func(a, b graded) int {
		return cmp.Or(cmp.Compare(a.violation, b.violation), cmp.Compare(a.loss, b.loss))
	})
	out := make([]int, len(of))
	for i, g := range order {
		out[i] = g.row
	}
	return out
}

// scatter takes, again and again, the row that is farthest from all taken.
func (h *history) scatter(out *[]int, of []int, taken []bool, upTo int) {
	apart := make([]float64, len(of))
	for i := range of {
		apart[i] = math.Inf(1)
	}
	seen := 0
	for len(*out) < upTo {
		for ; seen < len(*out); seen++ {
			from := h.points[(*out)[seen]]
			for i, row := range of {
				if !taken[row] {
					apart[i] = min(apart[i], h.frame.distance(h.points[row], from))
				}
			}
		}
		best := -1
		for i, row := range of {
			if !taken[row] && (best < 0 || apart[i] > apart[best]) {
				best = i
			}
		}
		if best < 0 {
			return
		}
		taken[of[best]] = true
		*out = append(*out, of[best])
	}
}
